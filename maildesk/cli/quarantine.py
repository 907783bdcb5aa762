"""The quarantine: mail that could not be handled or is not trusted, kept whole until a person decides."""

from __future__ import annotations

import sys

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_rows, say
from maildesk.model.errors import PermanentFailure

_COLUMNS = ("id", "mailbox", "received_at", "attempts", "size", "reason")


@click.group()
def quarantine() -> None:
    """Mail set aside: list, look at, try again, let in, drop."""


@quarantine.command("list")
@click.option("--limit", default=100, show_default=True)
@json_option
@pass_invocation
def list_(invocation: Invocation, limit: int, as_json: bool) -> None:
    """List what waits, the latest first, with the reason."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        rows = store.look.mails(state="quarantined", limit=limit)
    print_rows(rows, _COLUMNS, as_json=as_json)


@quarantine.command()
@click.argument("row", type=int)
@click.option("--raw", is_flag=True, help="Write the mail's bytes, nothing else, to standard output.")
@pass_invocation
def show(invocation: Invocation, row: int, raw: bool) -> None:
    """Show one mail."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        found, content = store.look.mail(row), store.look.raw(row)
    if found is None or content is None:
        raise PermanentFailure(f"there is no mail {row}")
    if raw:
        sys.stdout.buffer.write(content)
        return
    for name, value in found.items():
        if value not in ("", None):
            say(f"{name:12} {value}")
    say("\n" + content[:4000].decode("utf-8", "replace").replace("\r\n", "\n"))


@quarantine.command()
@click.argument("rows", type=int, nargs=-1, required=True)
@pass_invocation
def retry(invocation: Invocation, rows: tuple[int, ...]) -> None:
    """Try again from the start; the daemon takes it up within seconds."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        for row in rows:
            store.ledger.put_back(row)
            say(f"{row} will be tried again")


@quarantine.command()
@click.argument("rows", type=int, nargs=-1, required=True)
@pass_invocation
def release(invocation: Invocation, rows: tuple[int, ...]) -> None:
    """Let it in although it was marked as spam or its sender is blocked; the daemon takes it up within seconds."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        for row in rows:
            store.ledger.release(row)
            say(f"{row} will be let in")


@quarantine.command()
@click.argument("rows", type=int, nargs=-1, required=True)
@pass_invocation
def drop(invocation: Invocation, rows: tuple[int, ...]) -> None:
    """Keep as ignored: a person looked at it."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        for row in rows:
            store.ledger.drop(row)
            say(f"{row} dropped")

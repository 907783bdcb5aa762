"""The outbox: what waits, what left, what is in doubt, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_json, print_rows, say
from maildesk.model.change import OutboxState
from maildesk.model.errors import PermanentFailure

_COLUMNS = ("id", "state", "template", "recipient", "ticket", "not_before", "attempts", "reason")


@click.group()
def outbox() -> None:
    """Mail to send: list, look at, send again, take back."""


@outbox.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice([state.value for state in OutboxState]))
@click.option("--unknown", is_flag=True, help="Only what may or may not have been delivered.")
@click.option("--ticket", default=0, help="Only of this ticket.")
@click.option("--limit", default=100, show_default=True)
@json_option
@pass_invocation
def list_(
    invocation: Invocation, states: tuple[str, ...], unknown: bool, ticket: int, limit: int, as_json: bool
) -> None:
    """List mail to send, the latest first."""
    from maildesk.cli.opened import opened

    wanted = (OutboxState.UNKNOWN.value,) if unknown else states
    with opened(invocation) as store:
        rows = [*store.look.outbox(states=wanted, ticket_number=ticket, limit=limit)]
        if not wanted or OutboxState.HELD.value in wanted:
            rows += [_undecided(row) for row in store.look.held() if ticket in {0, row["ticket"]}]
    print_rows(rows, _COLUMNS, as_json=as_json)


def _undecided(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """An agent's mail that was not even written yet, because its author or a lead has to decide first."""
    return {
        "id": f"mail {row['mail']}",
        "state": OutboxState.HELD.value,
        "template": "answer",
        "recipient": "",
        "ticket": row["ticket"],
        "not_before": None,
        "attempts": 0,
        "reason": f"{row['reason']}: {row['person']} decides",
    }


@outbox.command()
@click.argument("row", type=int)
@json_option
@pass_invocation
def show(invocation: Invocation, row: int, as_json: bool) -> None:
    """Show one mail with its bytes as they leave."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        found = store.look.outbox_mail(row)
    if found is None:
        raise PermanentFailure(f"there is no mail {row} in the outbox")
    data, content = found
    if as_json:
        print_json(dict(data) | {"content": content.decode("utf-8", "replace")})
        return
    for name, value in data.items():
        if value not in ("", None):
            say(f"{name:12} {value}")
    say("\n" + content.decode("utf-8", "replace").replace("\r\n", "\n"))


@outbox.command()
@click.argument("rows", type=int, nargs=-1, required=True)
@pass_invocation
def retry(invocation: Invocation, rows: tuple[int, ...]) -> None:
    """Send again what failed or is in doubt, with the same bytes and Message-ID."""
    from maildesk.cli.opened import clock, opened

    with opened(invocation) as store:
        for row in rows:
            store.queue.retry(row, clock())
            say(f"{row} queued")


@outbox.command()
@click.argument("rows", type=int, nargs=-1, required=True)
@pass_invocation
def release(invocation: Invocation, rows: tuple[int, ...]) -> None:
    """Send what waits for a decision, with all mails that wait for the same one."""
    from maildesk.cli.opened import clock, opened

    with opened(invocation) as store:
        for row in rows:
            say(f"{store.queue.release(row, clock())} queued")


@outbox.command()
@click.argument("rows", type=int, nargs=-1, required=True)
@pass_invocation
def cancel(invocation: Invocation, rows: tuple[int, ...]) -> None:
    """Take back what has not left."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        for row in rows:
            store.queue.cancel(row)
            say(f"{row} cancelled")

"""Mail: what maildesk understands of it, and bringing it in by hand."""

from __future__ import annotations

import json
import mailbox
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, plain, print_json, print_rows


@click.group()
def mail() -> None:
    """Mail: parse files, bring mail in."""


@mail.command()
@click.argument("source", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--jsonl", is_flag=True, help="One object a line (a single file prints one object anyway).")
@pass_invocation
def parse(invocation: Invocation, source: Path, jsonl: bool) -> None:
    """Print what maildesk understands of a mail FILE, of every file of a DIR, or of standard input (-)."""
    from maildesk.ingest.shown import shown_mail
    from maildesk.model.mail import Reading

    reading = invocation.desk().reading if invocation.config else Reading()
    for name, content in _files(source):
        data = shown_mail(name, content, reading)
        click.echo(json.dumps(data, ensure_ascii=False, default=plain, indent=None if jsonl or source.is_dir() else 2))


@mail.command()
@click.argument("source", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--mailbox", "mailbox_name", required=True, help="The mailbox it is taken to have come to.")
@click.option("--dry-run", is_flag=True, help="Show what would be decided, and keep nothing.")
@json_option
@pass_invocation
def ingest(invocation: Invocation, source: Path, mailbox_name: str, dry_run: bool, as_json: bool) -> None:
    """Bring in a mail FILE, an MBOX, a DIR or standard input (-), on the same path as from IMAP."""
    from maildesk.cli.bring import bring_in

    rows = list(bring_in(invocation, _mails(source), mailbox_name, dry_run=dry_run))
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("file", "outcome", "ticket", "reason", "mails"))


def _files(source: Path) -> Iterator[tuple[str, bytes]]:
    if str(source) == "-":
        yield "-", sys.stdin.buffer.read()
        return
    paths = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
    for path in paths:
        yield (path.relative_to(source).as_posix() if source.is_dir() else str(path)), path.read_bytes()


def _mails(source: Path) -> Iterator[tuple[str, bytes]]:
    """Like ``_files``, an mbox taken apart."""
    for name, content in _files(source):
        if not content.startswith(b"From "):
            yield name, content
            continue
        if str(source) == "-":
            yield name, content.partition(b"\n")[2]
            continue
        box: Any = mailbox.mbox(source / name if source.is_dir() else source, create=False)
        for number, key in enumerate(box.keys(), 1):
            yield f"{name}:{number}", box.get_bytes(key)

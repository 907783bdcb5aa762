"""Mail: what maildesk understands of it, and bringing it in by hand."""

from __future__ import annotations

import json
import mailbox
import sys
from collections.abc import Iterator, Mapping
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
        if isinstance(content, OSError):
            data: Mapping[str, Any] = {"file": name, "error": content.strerror}
        else:
            data = shown_mail(name, content, reading)
        click.echo(json.dumps(data, ensure_ascii=False, default=plain, indent=None if jsonl or source.is_dir() else 2))
        if isinstance(content, OSError) and not source.is_dir():
            raise SystemExit(2)


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


def _files(source: Path) -> Iterator[tuple[str, bytes | OSError]]:
    """Name and content of each mail file; in a folder in name order, and what cannot be read with its error."""
    if str(source) == "-":
        yield "-", sys.stdin.buffer.read()
    elif not source.is_dir():
        yield str(source), _read(source)
    else:
        for path in sorted(source.rglob("*")):
            if path.is_file() or not path.exists():
                yield path.relative_to(source).as_posix(), _read(path)


def _read(path: Path) -> bytes | OSError:
    try:
        return path.read_bytes()
    except OSError as error:
        return error


def _mails(source: Path) -> Iterator[tuple[str, bytes | OSError]]:
    """Like ``_files``, an mbox taken apart. Raises OSError where the source itself cannot be read."""
    for name, content in _files(source):
        if isinstance(content, OSError):
            if not source.is_dir():
                raise content
            yield name, content
            continue
        if not content.startswith(b"From "):
            yield name, content
            continue
        if str(source) == "-":
            yield name, content.partition(b"\n")[2]
            continue
        box: Any = mailbox.mbox(source / name if source.is_dir() else source, create=False)
        for number, key in enumerate(box.keys(), 1):
            yield f"{name}:{number}", box.get_bytes(key)

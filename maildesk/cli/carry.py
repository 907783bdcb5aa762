"""The history for other programs, and into an empty store; docs/export.md says what stands in it."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import covered, progress, say
from maildesk.model.errors import PermanentFailure
from maildesk.store.carry import KINDS, Line, keys


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True), default="-")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only tickets that changed since this day.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--kind", type=click.Choice(KINDS), help="Only lines of this kind; csv needs one.")
@pass_invocation
def export(invocation: Invocation, file: Path, since: datetime | None, form: str, kind: str | None) -> None:
    """Write contacts, tickets with their histories, ratings and the facts of mails, a line each, to FILE or (-) out."""
    from maildesk.cli.opened import opened

    if form == "csv" and kind is None:
        raise click.UsageError(f"csv holds one kind of lines: --kind {'|'.join(KINDS)}")
    begin = since.replace(tzinfo=ZoneInfo(invocation.settings().desk.timezone)).astimezone(UTC) if since else None
    with opened(invocation) as store, progress("tickets") as tick, _written(file) as out:
        lines = (line for line in store.carrier.lines(begin, tick) if kind in {None, line["type"]})
        if kind and form == "csv":
            _as_csv(lines, keys(kind), out)
        else:
            out.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


@contextmanager
def _written(file: Path) -> Iterator[TextIO]:
    """Standard output, or a file for its owner only."""
    if str(file) == "-":
        yield sys.stdout
        return
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(number, "w", encoding="utf-8", newline="") as out:
        yield out


def _as_csv(lines: Iterable[Line], names: tuple[str, ...], out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(line[name]) for name in names] for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return covered(value) if isinstance(value, str) else str(value)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path, allow_dash=True))
@pass_invocation
def import_(invocation: Invocation, file: Path) -> None:
    """Bring an export FILE (jsonl) into an empty store: all of it or nothing. No mail leaves because of it."""
    from maildesk.cli.backup import silently
    from maildesk.cli.opened import clock, opened
    from maildesk.store.database import hold

    desk = invocation.desk()
    with hold(invocation.settings().database_url), opened(invocation) as store:
        store.restored.refuse_workers()
        with progress("lines") as tick, click.open_file(str(file), encoding="utf-8") as source:
            came = store.carrier.bring(_read(source), tick)
        silently(store, desk, clock())
    say(", ".join(f"{count} {kind}" for kind, count in came.items() if count) or "nothing was in it")


def _read(source: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, text in enumerate(source, 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
        except ValueError as error:
            raise PermanentFailure(f"line {number}: no JSON: {error}") from None
        if not isinstance(line, dict):
            raise PermanentFailure(f"line {number}: no object")
        yield number, line

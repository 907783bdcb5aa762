"""Numbers: figures of a period, surveys and what was answered."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, known, print_json, print_rows, say
from maildesk.forms import days
from maildesk.insight.kpi import Period
from maildesk.insight.report import Material, Report
from maildesk.model.desk import Desk
from maildesk.model.errors import PermanentFailure, WrongUse

_WORTH_A_BAR = 20_000
"""Entries from which on one waits long enough to want to see progress."""
_FILE = click.Path(path_type=Path, dir_okay=False, writable=True)


@click.command()
@click.option("--last", default="30d", show_default=True, help="Up to now: 30d, 2w.")
@click.option("--from", "begin", type=click.DateTime(["%Y-%m-%d"]), help="The first day, instead of --last.")
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), help="The day after the last; default: now.")
@click.option("--group", "groups", multiple=True, help="Only tickets of this group.")
@click.option("--language", type=click.Choice(["en", "fa"]), help="Default: the desk's.")
@click.option("--html", type=_FILE, help="Write one self-contained page with charts.")
@click.option("--xlsx", type=_FILE, help="Write a spreadsheet.")
@json_option
@pass_invocation
def report(
    invocation: Invocation,
    last: str,
    begin: datetime | None,
    end: datetime | None,
    groups: tuple[str, ...],
    language: str | None,
    html: Path | None,
    xlsx: Path | None,
    as_json: bool,
) -> None:
    """Tell the figures of a period. Those of a past period are the same whenever they are asked for."""
    from maildesk.cli.opened import clock
    from maildesk.insight import spreadsheet
    from maildesk.insight.page import page
    from maildesk.insight.report import as_data, build

    desk, now = invocation.desk(), clock()
    for group in groups:
        known("group", group, desk.groups)
    found = _gathered(invocation, desk, _period(desk, now, last, begin, end), now, language or "", groups)
    laid_out = build(found)
    if html:
        html.write_text(page(laid_out), "utf-8")
    if xlsx:
        xlsx.write_bytes(_with_extra(spreadsheet.workbook, laid_out))
    if as_json:
        print_json({**as_data(found.figures), "before": as_data(found.before)})
        return
    if not html and not xlsx:
        _tell(laid_out)
    for file in (file for file in (html, xlsx) if file):
        say(f"written: {file.resolve()}")


def _gathered(
    invocation: Invocation, desk: Desk, period: Period, now: datetime, language: str, groups: tuple[str, ...]
) -> Material:
    from maildesk.cli.opened import opened
    from maildesk.insight import gather

    with opened(invocation) as store:
        size = store.look.entry_count(period.end)
        with click.progressbar(length=size, label="History", file=sys.stderr, hidden=size < _WORTH_A_BAR) as bar:
            return gather.material(
                store.look, desk, period, now=now, language=language, groups=frozenset(groups), tick=bar.update
            )


def _period(desk: Desk, now: datetime, last: str, begin: datetime | None, end: datetime | None) -> Period:
    """The period that was asked for, from midnight of the desk's zone on. Raises WrongUse for an empty one."""
    zone = ZoneInfo(desk.timezone)
    until = end.replace(tzinfo=zone) if end else now
    try:
        since = begin or (until.astimezone(zone) - timedelta(days=days(last) - 1))
    except ValueError as error:
        raise WrongUse(f"--last {last}: {error}") from None
    first = since.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=zone)
    if first >= until:
        raise WrongUse("--from must be before --to")
    return Period(first.astimezone(now.tzinfo), until.astimezone(now.tzinfo))


def _with_extra(make: Callable[[Report], bytes], laid_out: Report) -> bytes:
    try:
        return make(laid_out)
    except ModuleNotFoundError as error:
        raise PermanentFailure(f"a spreadsheet needs {error.name}: pip install 'maildesk[excel]'") from None


def _tell(laid_out: Report) -> None:
    from maildesk.insight.report import with_note

    comma = "،" if laid_out.language == "fa" else ","
    say(f"{laid_out.title}{comma} {laid_out.subtitle}")
    for table in laid_out.tables:
        say(f"\n{table.title}")
        rows = [{str(n): with_note(cell, laid_out.language) for n, cell in enumerate(row)} for row in table.rows]
        print_rows([dict(zip(table.columns, row.values(), strict=True)) for row in rows], table.columns)


@click.group()
def survey() -> None:
    """Satisfaction surveys."""


@survey.command("list")
@click.option("--limit", default=100, show_default=True)
@json_option
@pass_invocation
def list_(invocation: Invocation, limit: int, as_json: bool) -> None:
    """List surveys, the latest first: who was asked, and what they answered."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        rows = store.look.surveys(limit=limit)
    print_rows(rows, ("ticket", "recipient", "state", "reason", "sent_at", "stars", "comment"), as_json=as_json)

"""Reports by mail: each order once for its period, after that has ended, to everybody it names in their language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate

from maildesk.conclude import conclude, no_scene
from maildesk.insight import spreadsheet
from maildesk.insight.gather import material
from maildesk.insight.kpi import Period
from maildesk.insight.letter import letter
from maildesk.insight.report import Material, Report, build
from maildesk.model.change import Attachment, Change, Notice
from maildesk.model.desk import Desk, ReportOrder
from maildesk.model.people import Role
from maildesk.schedule.run import JobRun

LATE = timedelta(days=2)
"""A report that nobody could send for so long is not sent any more: its time has passed."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def send_due(run: JobRun) -> int:
    """Write the reports that are due; returns how many mails that makes."""
    return sum(_send(run, order) for order in run.desk.reports)


def _send(run: JobRun, order: ReportOrder) -> int:
    due, period = latest(order, run.desk, run.now)
    key = f"report:{order.name}:{due:%Y-%m-%d}"
    with run.store.deciding(run.now) as tx:
        done = bool(tx.is_done([key]))
    if done or run.now - due > LATE or not run.store.look.entry_count(period.end):
        return 0
    groups = frozenset(order.groups)
    found = material(run.store.look, run.desk, period, now=run.now, groups=groups, only_voice=order.kind == "voice")
    notices = tuple(_notices(order, run.desk, found, key))
    with run.store.deciding(run.now) as tx:
        if tx.is_done([key]):
            return 0
        tx.mark_done(key)
        conclude(tx, Change(now=run.now, origin=f"job:{key}").send(*notices), run.desk, no_scene)
    return len(notices)


def latest(order: ReportOrder, desk: Desk, now: datetime) -> tuple[datetime, Period]:
    """When the order was due last, and the period it is about: the day, week or month that had ended by then.

    A month is one of the calendar that the report's reader uses.
    """
    zone = ZoneInfo(desk.timezone)
    today = now.astimezone(zone).date()
    first = next(
        day
        for day in _backwards(today)
        if _begins(order, day, desk) and _at(day, order.at.hour, order.at.minute, zone) <= now
    )
    begin = next(day for day in _backwards(first - timedelta(days=1)) if _begins(order, day, desk))
    due = _at(first, order.at.hour, order.at.minute, zone)
    return due, Period(_at(begin, 0, 0, zone), _at(first, 0, 0, zone))


def _backwards(day: date) -> Iterable[date]:
    return (day - timedelta(days=back) for back in range(70))


def _begins(order: ReportOrder, day: date, desk: Desk) -> bool:
    """Whether a period of the order begins on that day."""
    if order.every == "month":
        persian = (order.language or desk.language) == "fa"
        return (JalaliDate(day).day if persian else day.day) == 1
    return order.every == "day" or day.weekday() == order.weekday


def _at(day: date, hour: int, minute: int, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)


def _notices(order: ReportOrder, desk: Desk, found: Material, key: str) -> Iterable[Notice]:
    laid_out: dict[str, tuple[Report, tuple[Attachment, ...]]] = {}
    for email in order.to:
        agent = desk.agent_at(email)
        language = order.language or (agent.language if agent else "") or desk.language
        if language not in laid_out:
            report = build(replace(found, language=language))
            laid_out[language] = (report, _files(order, report))
        report, files = laid_out[language]
        yield Notice(
            template="report",
            to=email,
            to_name=agent.display if agent else "",
            role=agent.role if agent else Role.DEPARTMENT,
            cause=key,
            mailbox=next(iter(desk.mailboxes), ""),
            language=language,
            data=letter(report),
            attachments=files,
        )


def _files(order: ReportOrder, report: Report) -> tuple[Attachment, ...]:
    """The spreadsheet, where it is wanted and its library is there."""
    if not order.xlsx:
        return ()
    try:
        content = spreadsheet.workbook(report)
    except ModuleNotFoundError:
        return ()
    return (Attachment(f"{order.name}-{report.figures.days[0].date}.xlsx", XLSX, content),)

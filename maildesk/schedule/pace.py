"""How fast each group answers, made now and then so that no mail has to look it up in the history."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from maildesk.model.desk import Calendar, Desk, Pace
from maildesk.model.ticket import Ticket
from maildesk.schedule.run import JobRun
from maildesk.service.calendar import calendar_of, open_time
from maildesk.service.promise import WINDOW, pace

_MINUTE = 60


def measure(run: JobRun) -> str:
    """Keep the figures of every group that answered anybody within the window."""
    since = run.now - WINDOW
    minutes: dict[str, list[float]] = defaultdict(list)
    boxes: dict[str, str] = {}
    begin = run.now
    for row in run.store.look.first_answers(since):
        calendar = _calendar(run.desk, row["group"], row["mailbox"])
        minutes[row["group"]].append(_worked(calendar, row["opened_at"], row["answered_at"]))
        boxes[row["group"]] = row["mailbox"]
        begin = min(begin, row["opened_at"])
    queues = run.store.look.queues()
    found: dict[str, Pace] = {}
    for group, times in minutes.items():
        working = _worked(_calendar(run.desk, group, boxes[group]), max(since, begin), run.now)
        found[group] = pace(times, queues.get(group, 0), working)
    with run.store.deciding(run.now) as tx:
        tx.keep_paces(found)
    return f"{len(found)} groups measured"


def _calendar(desk: Desk, group: str, mailbox: str) -> Calendar:
    return calendar_of(desk, Ticket(number=0, mailbox=mailbox, group=group))


def _worked(calendar: Calendar, begin: datetime, end: datetime) -> float:
    return open_time(calendar, begin, end).total_seconds() / _MINUTE

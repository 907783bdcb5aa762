"""When an answer can be expected, said honestly: by what the last 30 days and the present queue say, not by hope.

The figures of a group (``Pace``) are made now and then by a job; a mail only reads the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from maildesk.model.desk import Calendar, Desk, Pace
from maildesk.model.ticket import Ticket
from maildesk.service.calendar import add_minutes, calendar_of, is_open
from maildesk.service.sla import calendar_for, pick, target_minutes

WINDOW = timedelta(days=30)
FEWEST = 20
"""With fewer first answers in the window their 80th percentile says nothing."""
_PERCENTILE = 0.8
_STEP = timedelta(minutes=15)
"""Nobody promises 10:52: an estimate is told by quarters of an hour."""
_INSTANT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a customer is told: until when, and whether that is what usually happens or a target of the desk."""

    at: datetime
    usual: bool


def pace(minutes: Sequence[float], waiting: int, working_minutes: float) -> Pace:
    """The figures of a group.

    ``minutes`` are the business minutes of the window's first answers, ``waiting`` the tickets that still wait for
    theirs, ``working_minutes`` the window's working time. The queue takes as long as so many answers took then.
    """
    if not minutes:
        return Pace()
    usual = sorted(minutes)[ceil(len(minutes) * _PERCENTILE) - 1]
    return Pace(len(minutes), usual, waiting * working_minutes / len(minutes))


def expected(desk: Desk, ticket: Ticket, organisation: str, known: Pace | None, now: datetime) -> Promise | None:
    """When a customer who writes now can expect an answer; None where nothing can be said.

    A first answer comes when it usually comes, or once those who wait already have theirs, whichever is later. Where
    too few answers tell what is usual, and for later answers, the service level's target counts.
    """
    if ticket.answered_at is None and known is not None and known.answers >= FEWEST:
        calendar = calendar_of(desk, ticket)
        at = add_minutes(calendar, now, max(known.usual, known.queue, _STEP / timedelta(minutes=1)))
        return Promise(_rounded(at, calendar), usual=True)
    sla = pick(desk, ticket, organisation)
    minutes = target_minutes(sla, answered=ticket.answered_at is not None)
    return None if minutes is None else Promise(add_minutes(calendar_for(desk, ticket, sla), now, minutes), usual=False)


def _rounded(at: datetime, calendar: Calendar) -> datetime:
    """The next quarter of an hour, unless it lies behind the end of the working time."""
    over = timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond) % _STEP
    later = at + (_STEP - over) if over else at
    return later if is_open(calendar, later - _INSTANT) else at

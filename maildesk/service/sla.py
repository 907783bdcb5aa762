"""Service levels: which one a ticket has, how its clocks run, and when they are due.

A clock stores its start, its minutes and its pauses; when it is due is computed, so a changed calendar or target
counts at once. Response clocks run from the oldest customer mail that no public answer followed; only a human answer
that was sent stops them, and one that bounces lets them run again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maildesk.model.desk import Calendar, Desk, Sla
from maildesk.model.ticket import Clock, Entry, EntryKind, Event, Status, Ticket
from maildesk.service.calendar import add_minutes, calendar_of, minutes_between, open_time, open_times

FIRST, NEXT, RESOLUTION, INFORMED = "first_response", "next_response", "resolution", "keep_informed"
TARGETS = (FIRST, NEXT, RESOLUTION, INFORMED)
_RESPONSES = frozenset({FIRST, NEXT})
_HALTS = {
    Status.WAITING: frozenset(TARGETS),
    Status.PAUSED: frozenset({FIRST, NEXT, RESOLUTION}),
}
"""What does not run in a status. While a department has its turn the customer is still to be kept informed."""


def pick(desk: Desk, ticket: Ticket, organisation: str = "") -> Sla | None:
    """The service level of a ticket: the one its group names, else the first that fits; None for none."""
    group = desk.groups.get(ticket.group)
    if group and group.sla:
        return next((sla for sla in desk.slas if sla.name == group.sla), None)
    return next((sla for sla in desk.slas if _fits(sla, ticket, organisation)), None)


def organisation(desk: Desk, requester: str, known: Callable[[str], str]) -> str:
    """The organisation to ``pick`` by: looked up (``known``) only where a service level goes by it, else ""."""
    return known(requester) if any(sla.organisations for sla in desk.slas) else ""


def _fits(sla: Sla, ticket: Ticket, organisation: str) -> bool:
    pairs = (
        (sla.groups, ticket.group),
        (sla.priorities, str(ticket.priority)),
        (sla.organisations, organisation),
    )
    return all(not wanted or value in wanted for wanted, value in pairs)


def calendar_for(desk: Desk, ticket: Ticket, sla: Sla | None) -> Calendar:
    """The calendar that counts: the service level's own, else the one that the ticket is worked by."""
    named = desk.calendars.get(sla.calendar) if sla else None
    return named or calendar_of(desk, ticket)


def keep(ticket: Ticket, entries: Sequence[Entry], sla: Sla | None) -> tuple[Clock, ...]:
    """The ticket's clocks after one decision; ``ticket`` is as it is afterwards, ``entries`` are what it added."""
    for entry in entries:
        kind, event = entry.kind, Event(entry.event) if entry.event else None
        if entry.after.get("quiet") is False and ticket.answered_at is None:
            event = Event.OPENED  # for the clocks an old ticket begins when its customer writes again
        wrote = kind is EntryKind.CUSTOMER and ticket.waiting_since is not None
        at = ticket.waiting_since if wrote and ticket.waiting_since else entry.at
        asks_nothing = kind is EntryKind.CUSTOMER and not wrote
        clocks = follow(ticket, EntryKind.AUTO if asks_nothing else kind, event, at, sla)
        ticket = ticket if clocks == ticket.clocks else replace(ticket, clocks=clocks)
    if any(_CHOOSERS & entry.after.keys() for entry in entries):
        return _missing(replace(ticket, clocks=retarget(ticket, sla)), sla, entries[-1].at)
    return ticket.clocks


_CHOOSERS = frozenset({"group", "priority", "requester"})
"""What decides which service level a ticket has."""


def _missing(ticket: Ticket, sla: Sla | None, at: datetime) -> tuple[Clock, ...]:
    """The clocks with those that another service level asks for besides."""
    if ticket.is_done or ticket.merged_into:
        return ticket.clocks
    clocks = ticket.clocks
    if ticket.waiting_since and not _running(clocks, _RESPONSES):
        began = any(clock.target == FIRST for clock in clocks) or ticket.answered_at
        clocks = _start(clocks, sla, ticket.waiting_since, NEXT if began else FIRST)
    clocks = _start(clocks, sla, ticket.opened_at or at, RESOLUTION) if ticket.cycle == 1 else clocks
    return _halted(ticket, _start(clocks, sla, at, RESOLUTION, INFORMED), at)


def follow(ticket: Ticket, kind: EntryKind, event: Event | None, at: datetime, sla: Sla | None) -> tuple[Clock, ...]:
    """The ticket's clocks after something happened to it; ``ticket`` is as it is afterwards.

    An answer stops nothing here: it does when it is sent (``answered``).
    """
    clocks = ticket.clocks
    if event is Event.OPENED:
        asked = (FIRST,) if kind is EntryKind.CUSTOMER else ()
        clocks = _start(clocks, sla, at, *asked, RESOLUTION, INFORMED)
    elif event is Event.REOPENED:
        clocks = _start(clocks, sla, at, NEXT, RESOLUTION, INFORMED)
    elif kind is EntryKind.CUSTOMER and not ticket.is_done and not _running(clocks, _RESPONSES):
        clocks = _start(clocks, sla, at, NEXT)
    if ticket.is_done or ticket.merged_into:
        return tuple(_stopped(clock, at) for clock in clocks)
    return _halted(ticket, clocks, at)


def _halted(ticket: Ticket, clocks: tuple[Clock, ...], at: datetime) -> tuple[Clock, ...]:
    """The clocks, running or standing still as the ticket's status asks."""
    halted = _HALTS.get(ticket.status, frozenset())
    return tuple(_paused(clock, at) if clock.target in halted else _resumed(clock, at) for clock in clocks)


def retarget(ticket: Ticket, sla: Sla | None) -> tuple[Clock, ...]:
    """Running clocks with the minutes of another service level: its group or priority changed. None drops them."""
    found = []
    for clock in ticket.clocks:
        minutes = _minutes(sla, clock.target)
        if clock.stopped:
            found.append(clock)
        elif minutes is not None:
            found.append(replace(clock, minutes=minutes))
    return tuple(found)


def answered(ticket: Ticket, answered_at: datetime, sla: Sla | None) -> tuple[Clock, ...]:
    """The clocks once an answer was sent: responses stop at the answer's time, keeping informed begins anew.

    A customer who wrote while the answer waited to be sent is answered by the next one.
    """
    clocks = tuple(
        _stopped(clock, answered_at) if _is_answered(clock, answered_at) else clock for clock in ticket.clocks
    )
    if ticket.is_done:
        return clocks
    begun = _start(clocks, sla, answered_at, INFORMED)
    if ticket.waiting_since and ticket.waiting_since > answered_at and not _running(begun, _RESPONSES):
        begun = _start(begun, sla, ticket.waiting_since, NEXT)
    halted = _HALTS.get(ticket.status, frozenset())
    return tuple(_paused(clock, answered_at) if clock.target in halted else clock for clock in begun)


def informed(ticket: Ticket, at: datetime, sla: Sla | None) -> tuple[Clock, ...]:
    """The clocks once the customer heard from us without an answer: keeping informed begins anew."""
    clocks = tuple(_stopped(clock, at) if clock.target == INFORMED else clock for clock in ticket.clocks)
    return clocks if ticket.is_done else _start(clocks, sla, at, INFORMED)


def _is_answered(clock: Clock, at: datetime) -> bool:
    """Whether an answer at this time ends it. An answer to several people is one answer: it informs once."""
    return clock.started <= at if clock.target in _RESPONSES else clock.target == INFORMED and clock.started < at


def not_delivered(clocks: tuple[Clock, ...], answered_at: datetime) -> tuple[Clock, ...]:
    """The clocks once that answer bounced or failed: what it stopped or halted runs on as if it had never been."""
    found = []
    for clock in clocks:
        stopped = None if clock.target in _RESPONSES and clock.stopped == answered_at else clock.stopped
        paused = clock.paused if stopped else tuple(pause for pause in clock.paused if pause[0] != answered_at)
        found.append(replace(clock, stopped=stopped, paused=paused))
    return tuple(found)


def _minutes(sla: Sla | None, target: str) -> float | None:
    minutes: float | None = getattr(sla, target) if sla else None
    return minutes


def _running(clocks: tuple[Clock, ...], targets: frozenset[str]) -> bool:
    return any(clock.target in targets and clock.stopped is None for clock in clocks)


def _start(clocks: tuple[Clock, ...], sla: Sla | None, at: datetime, *targets: str) -> tuple[Clock, ...]:
    """Start what the service level knows and what does not run yet. Cycles number the clocks of one target from 1."""
    for target in targets:
        minutes = _minutes(sla, target)
        if minutes is not None and not _running(clocks, frozenset({target})):
            cycle = 1 + sum(clock.target == target for clock in clocks)
            clocks = (*clocks, Clock(target, cycle, at, minutes))
    return clocks


def _stopped(clock: Clock, at: datetime) -> Clock:
    return clock if clock.stopped else replace(_resumed(clock, at), stopped=max(at, clock.started))


def is_paused(clock: Clock) -> bool:
    """Whether it stands still."""
    return bool(clock.paused) and clock.paused[-1][1] is None


def _paused(clock: Clock, at: datetime) -> Clock:
    return clock if clock.stopped or is_paused(clock) else replace(clock, paused=(*clock.paused, (at, None)))


def _resumed(clock: Clock, at: datetime) -> Clock:
    if clock.stopped or not is_paused(clock):
        return clock
    start = clock.paused[-1][0]
    return replace(clock, paused=(*clock.paused[:-1], (start, max(at, start))))


def _stretches(clock: Clock) -> tuple[tuple[datetime, datetime | None], ...]:
    """The times between the pauses; the last one is open-ended unless a pause is."""
    found, start = [], clock.started
    for begin, end in clock.paused:
        found.append((start, begin))
        if end is None:
            return tuple(found)
        start = end
    return (*found, (start, None))


def due_at(clock: Clock, calendar: Calendar) -> datetime | None:
    """When its minutes are used up; None while it is paused before that. A stopped clock: when it would have been."""
    left = timedelta(minutes=clock.minutes)
    for start, end in _stretches(clock):
        if end is None:
            return add_minutes(calendar, start, left)
        worked = open_time(calendar, start, end)
        if worked >= left:
            return add_minutes(calendar, start, left)
        left -= worked
    return None


def next_target(
    desk: Desk, ticket: Ticket, organisation: str, now: datetime, target: str = ""
) -> tuple[str, datetime, timedelta] | None:
    """The running clock that is used up first, or that of ``target``: its target, when, and the business time left."""
    calendar = calendar_for(desk, ticket, pick(desk, ticket, organisation))
    running = [clock for clock in ticket.clocks if clock.stopped is None and target in {"", clock.target}]
    dues = [(at, clock.target) for clock in running if not is_paused(clock) and (at := due_at(clock, calendar))]
    if not dues:
        return None
    at, found = min(dues)
    return found, at, open_time(calendar, now, at) if at > now else timedelta(0)


def time_used(clock: Clock, calendar: Calendar, now: datetime) -> timedelta:
    """Business time that counts, up to ``now`` or to where it stopped."""
    until = clock.stopped or now
    worked = (open_time(calendar, start, min(end or until, until)) for start, end in _stretches(clock))
    return sum(worked, timedelta(0))


def minutes_used(clock: Clock, calendar: Calendar, now: datetime) -> int:
    """Whole business minutes that count, up to ``now`` or to where it stopped."""
    return time_used(clock, calendar, now) // timedelta(minutes=1)


def percent_used(clock: Clock, calendar: Calendar, now: datetime) -> int:
    """How much of its minutes is used up, in whole percent rounded down; more than 100 when it is overdue."""
    whole = max(timedelta(minutes=clock.minutes), timedelta(seconds=1))
    return time_used(clock, calendar, now) * 100 // whole


def target_minutes(sla: Sla | None, *, answered: bool) -> float | None:
    """The business minutes that a service level allows for the answer to a mail; None where it says nothing."""
    return _minutes(sla, NEXT if answered else FIRST)


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of a clock's time: how many minutes of it count, and why as many."""

    start: datetime
    end: datetime
    minutes: int
    reason: str
    """open, closed or paused."""


def explain(clock: Clock, calendar: Calendar, now: datetime) -> tuple[Interval, ...]:
    """Every stretch from its start to ``now`` or to where it stopped, without a gap; only the open ones count."""
    until = clock.stopped or now
    found: list[Interval] = []
    for start, end in _stretches(clock):
        found += _by_hours(calendar, start, min(end or until, until))
        if end is not None and end < until:
            pause_end = next((last for begin, last in clock.paused if begin == end), None) or until
            found.append(Interval(end, min(pause_end, until), 0, "paused"))
    return tuple(interval for interval in found if interval.start < interval.end)


def _by_hours(calendar: Calendar, start: datetime, end: datetime) -> list[Interval]:
    found, at = [], start
    for opens, closes in open_times(calendar, start, end):
        found.append(Interval(at, opens, 0, "closed"))
        found.append(Interval(opens, closes, minutes_between(calendar, opens, closes), "open"))
        at = closes
    return [*found, Interval(at, end, 0, "closed")]

"""Which steps of an escalation are due, and when the next one is. Pure; ``schedule.escalation`` takes them.

A step is due when so much business time of a clock is used up. A clock that stands still, was stopped or was
acknowledged by an agent has no steps; ``Clock.told`` says how many of them were taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maildesk.model.desk import Desk, EscalationStep, Sla
from maildesk.model.ticket import Clock, Ticket
from maildesk.service.sla import calendar_for, due_at, is_paused, pick

MERGED_AFTER = timedelta(minutes=10)
"""A step that is noticed so much later than it was due is only noted, where a later one is due as well."""


@dataclass(frozen=True, slots=True)
class Due:
    """A step that is due."""

    clock: Clock
    step: EscalationStep
    position: int
    """Among the clock's steps, from 1, in the order in which they are due."""
    at: datetime

    @property
    def label(self) -> str:
        """The step in words: "75 %" or "+120 min"."""
        return f"+{self.step.after_minutes:g} min" if self.step.after_minutes else f"{self.step.percent} %"

    @property
    def key(self) -> str:
        """``target:cycle:step``: with the ticket's number what makes it happen once, whatever restarts."""
        after = f"+{self.step.after_minutes:g}m" if self.step.after_minutes else ""
        return f"{self.clock.target}:{self.clock.cycle}:{self.step.percent}%{after}"


def steps_of(sla: Sla, clock: Clock) -> Sequence[tuple[float, EscalationStep]]:
    """The steps of a clock with the business minutes after which they are due, in that order."""
    found = ((clock.minutes * step.percent / 100 + step.after_minutes, step) for step in sla.steps)
    return sorted(found, key=lambda pair: pair[0])


def due(ticket: Ticket, desk: Desk, organisation: str, now: datetime) -> tuple[Due, ...]:
    """Every step that is due and was not taken, the longest due first."""
    sla = pick(desk, ticket, organisation)
    if sla is None or not sla.steps:
        return ()
    calendar = calendar_for(desk, ticket, sla)
    found = []
    for clock in _running(ticket):
        for position, (minutes, step) in enumerate(steps_of(sla, clock), 1):
            at = due_at(replace(clock, minutes=minutes), calendar) if position > clock.told else None
            if at is not None and at <= now:
                found.append(Due(clock, step, position, at))
    return tuple(sorted(found, key=lambda one: one.at))


def next_due(ticket: Ticket, desk: Desk, organisation: str) -> datetime | None:
    """When the next step that was not taken is due; None where there is none, or its clock stands still."""
    sla = pick(desk, ticket, organisation) if ticket.clocks else None
    if sla is None or not sla.steps:
        return None
    calendar = calendar_for(desk, ticket, sla)
    left = ((clock, steps_of(sla, clock)[clock.told :]) for clock in _running(ticket))
    times = (due_at(replace(clock, minutes=steps[0][0]), calendar) for clock, steps in left if steps)
    return min((at for at in times if at is not None), default=None)


def to_take(found: Iterable[Due], now: datetime) -> tuple[tuple[Due, ...], tuple[Due, ...]]:
    """(the steps to take, those to note only): after a long sleep only the latest of a clock tells anybody."""
    steps = tuple(found)
    latest = {one.clock.target: one.position for one in steps}
    late = [one for one in steps if one.position < latest[one.clock.target] and now - one.at > MERGED_AFTER]
    return tuple(one for one in steps if one not in late), tuple(late)


def told(clocks: Iterable[Clock], steps: Iterable[Due]) -> tuple[Clock, ...]:
    """The clocks once these steps were taken or noted."""
    taken: dict[tuple[str, int], int] = {}
    for one in steps:
        place = one.clock.target, one.clock.cycle
        taken[place] = max(one.position, taken.get(place, 0))
    return tuple(replace(clock, told=max(clock.told, taken.get((clock.target, clock.cycle), 0))) for clock in clocks)


def acknowledged(clocks: Iterable[Clock], agent: str) -> tuple[Clock, ...]:
    """The clocks once an agent sees to what they count: nobody is told of those that run now."""
    return tuple(clock if clock.stopped else replace(clock, acknowledged=agent) for clock in clocks)


def _running(ticket: Ticket) -> Iterable[Clock]:
    if ticket.is_done or ticket.merged_into:
        return ()
    return (clock for clock in ticket.clocks if not (clock.stopped or clock.acknowledged or is_paused(clock)))

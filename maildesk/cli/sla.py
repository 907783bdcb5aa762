"""Service levels, explained: why a ticket is due when it is, and when one would be."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_json, print_rows, say
from maildesk.model.desk import Calendar, Desk, Sla
from maildesk.model.errors import PermanentFailure, WrongUse
from maildesk.model.ticket import Clock, Priority, Ticket
from maildesk.service import escalate
from maildesk.service import sla as levels

_PARTS = ("start", "end", "minutes", "reason")


@click.group()
def sla() -> None:
    """Service levels: explain a ticket's clocks, simulate one."""


@sla.command()
@click.argument("number", type=int)
@json_option
@pass_invocation
def explain(invocation: Invocation, number: int, as_json: bool) -> None:
    """Show every interval that a ticket's clocks count or leave out, when they are due, and who is told next."""
    from maildesk.cli.opened import clock, opened

    desk = invocation.desk()
    with opened(invocation) as store:
        ticket = store.look.ticket(number)
        contact = store.look.contact(ticket.requester) if ticket else None
    if ticket is None:
        raise PermanentFailure(f"there is no ticket {number}")
    organisation = contact.organisation if contact else ""
    told = explained(desk, ticket, organisation, clock())
    if as_json:
        print_json(told)
        return
    say(f"#{number}: service level {told['sla'] or 'none'}, calendar {told['calendar']} ({told['timezone']})")
    for one in told["clocks"]:
        _say_clock(one, told["timezone"])


def target_at(desk: Desk, ticket: Ticket, organisation: str) -> datetime | None:
    """When the earliest target of a ticket is missed, if nothing happens; None where no clock runs."""
    calendar = levels.calendar_for(desk, ticket, levels.pick(desk, ticket, organisation))
    running = [clock for clock in ticket.clocks if clock.stopped is None and not levels.is_paused(clock)]
    return min((at for clock in running if (at := levels.due_at(clock, calendar))), default=None)


def explained(desk: Desk, ticket: Ticket, organisation: str, now: datetime) -> dict[str, Any]:
    """What `sla explain` tells."""
    level = levels.pick(desk, ticket, organisation)
    calendar = levels.calendar_for(desk, ticket, level)
    return {
        "ticket": ticket.number,
        "sla": level.name if level else "",
        "calendar": calendar.name,
        "timezone": calendar.timezone,
        "next_step_at": escalate.next_due(ticket, desk, organisation),
        "clocks": [_clock(clock, calendar, level, now) for clock in ticket.clocks],
    }


def _clock(clock: Clock, calendar: Calendar, level: Sla | None, now: datetime) -> dict[str, Any]:
    left = escalate.steps_of(level, clock)[clock.told :] if level else ()
    return {
        "target": clock.target,
        "cycle": clock.cycle,
        "minutes": round(clock.minutes, 2),
        "used": levels.minutes_used(clock, calendar, now),
        "percent": levels.percent_used(clock, calendar, now),
        "due_at": levels.due_at(clock, calendar),
        "stopped": clock.stopped,
        "acknowledged": clock.acknowledged,
        "steps_taken": clock.told,
        "steps_left": [{"after_minutes": round(minutes, 2), "notify": step.notify} for minutes, step in left],
        "intervals": levels.explain(clock, calendar, now),
    }


def _say_clock(one: dict[str, Any], timezone: str) -> None:
    zone = ZoneInfo(timezone)
    state = "stopped" if one["stopped"] else "stands still" if one["due_at"] is None else "runs"
    due = f", due {one['due_at'].astimezone(zone):%a %Y-%m-%d %H:%M}" if one["due_at"] else ""
    say()
    say(f"{one['target']} {one['cycle']}: {one['used']} of {one['minutes']:g} min ({one['percent']} %), {state}{due}")
    if one["acknowledged"]:
        say(f"acknowledged by {one['acknowledged']}")
    rows = [
        {
            "start": f"{part.start.astimezone(zone):%a %Y-%m-%d %H:%M}",
            "end": f"{part.end.astimezone(zone):%a %Y-%m-%d %H:%M}",
            "minutes": part.minutes,
            "reason": part.reason,
        }
        for part in one["intervals"]
    ]
    print_rows(rows, _PARTS)


@sla.command()
@click.option("--received", help="When the mail came, as 2026-11-22T16:30, in the calendar's zone; default: now.")
@click.option("--sla", "name", help="The service level; default: what a ticket of this group and priority has.")
@click.option("--calendar", help="Another calendar than the service level's.")
@click.option("--group", default="", help="The ticket's group.")
@click.option("--priority", type=click.Choice([str(one) for one in Priority]), default="normal", show_default=True)
@click.option("--organisation", default="")
@json_option
@pass_invocation
def simulate(
    invocation: Invocation,
    received: str | None,
    name: str | None,
    calendar: str | None,
    group: str,
    priority: str,
    organisation: str,
    as_json: bool,
) -> None:
    """Show when the targets and steps of a ticket that nobody answers would be due."""
    desk = invocation.desk()
    level = _level(desk, name, group, priority, organisation)
    ticket = Ticket(number=1, mailbox=next(iter(desk.mailboxes), ""), group=group)
    hours = levels.calendar_for(desk, ticket, level)
    if calendar is not None:
        if calendar not in desk.calendars:
            raise WrongUse(f"there is no calendar {calendar!r}; there are: {', '.join(desk.calendars)}")
        hours = desk.calendars[calendar]
    start = _moment(received, hours)
    rows = _course(level, hours, start)
    if as_json:
        print_json({"sla": level.name, "calendar": hours.name, "received": start, "steps": rows})
        return
    zone = ZoneInfo(hours.timezone)
    say(f"service level {level.name}, calendar {hours.name} ({hours.timezone}), received {start.astimezone(zone):%c}")
    print_rows([{**row, "at": f"{row['at'].astimezone(zone):%a %Y-%m-%d %H:%M}"} for row in rows], _STEPS)


_STEPS = ("at", "target", "after_minutes", "step", "notify")


def _course(level: Sla, hours: Calendar, start: datetime) -> list[dict[str, Any]]:
    rows = []
    for target in levels.TARGETS:
        minutes = getattr(level, target)
        if minutes is None or target == levels.NEXT:
            continue
        clock = Clock(target, 1, start, minutes)
        marks = {
            after: (_told(step.percent, step.after_minutes), step.notify)
            for after, step in escalate.steps_of(level, clock)
        }
        for after, (step, notify) in {minutes: ("due", ()), **marks}.items():
            at = levels.due_at(Clock(target, 1, start, after), hours)
            rows.append({"at": at, "target": target, "after_minutes": after, "step": step, "notify": notify})
    return sorted(rows, key=lambda row: row["at"])


def _told(percent: int, after: float) -> str:
    return f"+{after:g} min" if after else f"{percent} %"


def _level(desk: Desk, name: str | None, group: str, priority: str, organisation: str) -> Sla:
    if name is None:
        probe = Ticket(number=1, mailbox="", group=group, priority=Priority(priority))
        found = levels.pick(desk, probe, organisation)
        if found is None:
            raise WrongUse("no service level fits such a ticket: name one with --sla")
        return found
    found = next((one for one in desk.slas if one.name == name), None)
    if found is None:
        raise WrongUse(f"there is no service level {name!r}; there are: {', '.join(s.name for s in desk.slas)}")
    return found


def _moment(received: str | None, hours: Calendar) -> datetime:
    from maildesk.cli.opened import clock

    if received is None:
        return clock()
    try:
        moment = datetime.fromisoformat(received)
    except ValueError:
        raise WrongUse(f"{received!r}: write a time as 2026-11-22T16:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(hours.timezone))

"""Why somebody of the desk is told of a ticket, and when: at once, or in one mail with other things."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from maildesk.model.desk import Calendar, Desk
from maildesk.model.people import Agent, Role
from maildesk.model.ticket import Priority, Ticket
from maildesk.service.assign import duty_calendar
from maildesk.service.calendar import hours, is_open, next_open

GATHERING = timedelta(minutes=2)
"""So long before a gathered mail leaves, it is made of what waited for it."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_DAYS = 62
"""A calendar with no working day in so many days is taken to have none."""


def why_told(agent: Agent, ticket: Ticket, desk: Desk) -> str:
    """What an agent is to a ticket, as a key of the words behind "Why you get this mail"."""
    if ticket.assignee == agent.name:
        return "assignee"
    if agent.name in ticket.watchers:
        return "watcher"
    if ticket.account_manager == agent.name:
        return "account_manager"
    if desk.lead_of(ticket.group) == agent.name:
        return "lead"
    if ticket.group in agent.groups:
        return "group" if ticket.assignee else "nobody"
    return "manager" if agent.role is Role.MANAGER else "named"


def told_at(agent: Agent, ticket: Ticket, desk: Desk, now: datetime) -> datetime | None:
    """When a rule's notification of a ticket may reach an agent, aware: None for at once.

    For those who want one mail for many things the next full hour, or the next morning, of their working time; what is
    urgent reaches everybody at once.
    """
    if agent.notify not in {"hourly", "daily"} or ticket.priority is Priority.URGENT:
        return None
    calendar = duty_calendar(agent, desk, ticket.group) or Calendar("", desk.timezone)
    here = (now + GATHERING).astimezone(ZoneInfo(calendar.timezone))
    if agent.notify == "daily":
        return _morning(calendar, desk.worklist.at, here)
    at = (here + _HOUR).replace(minute=0, second=0, microsecond=0)
    return at if is_open(calendar, at) else next_open(calendar, at)


def _morning(calendar: Calendar, at: time, here: datetime) -> datetime:
    """The first such time of a working day after this moment."""
    first = here.date() if here.time() <= at else here.date() + _DAY
    days = (first + _DAY * count for count in range(_DAYS))
    day = next((one for one in days if calendar.always or hours(calendar, one)), first)
    return datetime.combine(day, at, here.tzinfo)

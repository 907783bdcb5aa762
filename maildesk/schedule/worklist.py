"""The agents' mail in the morning: what is overdue, due, waiting and snoozed, answered line by line."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from maildesk.commands.asks import row, worklist_groups
from maildesk.conclude import conclude, no_scene
from maildesk.model.change import Change, Notice
from maildesk.model.desk import Calendar, Desk
from maildesk.model.errors import Conflict
from maildesk.model.people import Agent
from maildesk.model.ticket import Ticket
from maildesk.model.tokens import Right
from maildesk.schedule.run import JobRun
from maildesk.service.calendar import hours

_LATEST = timedelta(hours=6)
"""A morning that the desk slept through gets its mail so much later, not after that."""


def send(run: JobRun) -> str:
    """Write to every agent whose morning it is, who works today and has something to do."""
    if not run.desk.worklist.enabled:
        return "worklists are off"
    count = 0
    for agent in run.desk.agents.values():
        day = morning(agent, run.desk, run.now)
        if day is not None:
            count += _to(run, agent, day)
    return f"{count} worklists"


def morning(agent: Agent, desk: Desk, now: datetime) -> date | None:
    """The agent's working day whose mail is due now, in the zone of the calendar they work by; None for none."""
    calendar = calendar_of(agent, desk)
    here = now.astimezone(ZoneInfo(calendar.timezone))
    begins = datetime.combine(here.date(), desk.worklist.at, here.tzinfo)
    if not begins <= here < begins + _LATEST:
        return None
    return here.date() if calendar.always or hours(calendar, here.date()) else None


def calendar_of(agent: Agent, desk: Desk) -> Calendar:
    """The agent's own calendar, else that of their first group, else one that is always open, in the desk's zone."""
    names = (agent.calendar, *(desk.groups[name].calendar for name in agent.groups if name in desk.groups))
    found = next((desk.calendars[name] for name in names if name in desk.calendars), None)
    return found or Calendar("", desk.timezone)


def _to(run: JobRun, agent: Agent, day: date) -> int:
    key = f"worklist:{agent.name}:{day}"
    waiting = run.store.look.asked()
    try:
        with run.store.deciding(run.now) as tx:
            if tx.is_done([key]):
                return 0
            tx.mark_done(key)
            present = agent.name not in tx.away()
            tickets = tx.worklist(agent.name) if present else ()
            numbers = sorted({row["ticket"] for row in waiting if row["recipient"] in agent.addresses})
            undecided = tuple(one for number in numbers if present and (one := tx.tickets(numbers)[number]))
            if not tickets and not undecided:
                return 0
            notice = _mail(agent, run.desk, tickets, undecided, day, run.now)
            conclude(tx, Change(now=run.now, origin=f"job:{key}").send(notice), run.desk, no_scene)
    except Conflict:
        return 0
    return 1


def _mail(
    agent: Agent, desk: Desk, tickets: tuple[Ticket, ...], undecided: tuple[Ticket, ...], day: date, now: datetime
) -> Notice:
    zone = ZoneInfo(calendar_of(agent, desk).timezone)
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    waiting = ({"title": "undecided", "tickets": tuple(map(row, undecided))},) if undecided else ()
    return Notice(
        template="worklist",
        to=agent.email,
        to_name=agent.display,
        role=agent.role,
        cause=f"worklist:{day}",
        mailbox=next(iter(desk.mailboxes), ""),
        language=agent.language or desk.language,
        data={"groups": (*waiting, *worklist_groups(tickets, desk, now, midnight)), "purpose": "worklist"},
        rights=(Right.COMMAND,),
        expires=now + timedelta(days=1),
    )

"""Escalations: whoever must know that a ticket waits too long is told, once a step, by a key that survives restarts.

A mail to somebody who is off duty waits for their hours, unless the ticket is urgent; what has gathered for one person
by then goes as one list, without the tickets that were answered meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from maildesk.commands.asks import row
from maildesk.conclude import conclude, no_scene
from maildesk.model.change import Change, Notice
from maildesk.model.desk import Desk, Scene
from maildesk.model.errors import Conflict
from maildesk.model.people import Agent
from maildesk.model.ticket import EntryKind, Event, Priority, Status, Ticket
from maildesk.model.tokens import Right
from maildesk.rules.engine import act
from maildesk.rules.mails import people
from maildesk.schedule.run import Decide, JobRun, decide_on
from maildesk.service import escalate
from maildesk.service.assign import duty_calendar
from maildesk.service.calendar import is_open, next_open
from maildesk.service.escalate import Due
from maildesk.service.sla import calendar_for, due_at, pick
from maildesk.service.sla import organisation as organisation_of
from maildesk.service.telling import why_told
from maildesk.store.tx import Tx

GATHERING = timedelta(minutes=2)
"""So long before a held mail may leave it is looked at again: alone, with others, or not at all."""
_TOGETHER = 20
"""Tickets whose steps one transaction takes: at opening time and after a sleep many are due at once."""


def take_steps(run: JobRun) -> int:
    """Take every step that is due; returns how many."""
    due = run.store.look.due(run.now)
    return sum(_steps_together(run, due[begin : begin + _TOGETHER]) for begin in range(0, len(due), _TOGETHER))


def _steps_together(run: JobRun, numbers: Sequence[int]) -> int:
    """Take the steps of these tickets in one transaction; where somebody else was faster, of each on its own."""
    try:
        with run.store.deciding(run.now) as tx:
            tx.tickets(numbers)
            return sum(_steps_of(tx, run.desk, number) for number in numbers)
    except Conflict:
        return sum(_steps_together(run, [number]) for number in numbers) if len(numbers) > 1 else 0


def _steps_of(tx: Tx, desk: Desk, number: int) -> int:
    ticket = tx.tickets([number])[number]
    if ticket is None:
        return 0
    organisation = organisation_of(desk, ticket.requester, tx.organisation)
    found = escalate.due(ticket, desk, organisation, tx.now)
    keys = {one: f"escalate:{number}:{one.key}" for one in found}
    done = tx.is_done(list(keys.values())) if keys else frozenset()
    taken, passed = escalate.to_take((one for one in found if keys[one] not in done), tx.now)
    for one in (*taken, *passed):
        tx.mark_done(keys[one])
    for one in taken:
        current = tx.tickets([number])[number]
        if current and not current.is_done:
            with_it = [late for late in passed if late.clock.target == one.clock.target]
            about = {"target": one.clock.target, "percent": one.step.percent}
            decide_on(tx, desk, current, f"job:{keys[one]}", _step(one, with_it, organisation), **about)
    if not taken:
        _look_again(tx, desk, ticket, found, organisation)
    return len(taken)


def _look_again(tx: Tx, desk: Desk, ticket: Ticket, found: Sequence[Due], organisation: str) -> None:
    """Nothing is due after all: the service level or the calendar was changed."""
    clocks = escalate.told(ticket.clocks, found)
    change = Change(now=tx.now, origin=f"job:escalations:{ticket.number}", tickets={ticket.number: ticket})
    later = escalate.next_due(ticket, desk, organisation)
    tx.save(change.record(ticket.number, EntryKind.CHANGE, "job: escalations", clocks=clocks, due_at=later))


def _step(due: Due, passed: Sequence[Due], organisation: str) -> Decide:
    """What a step does: an entry with the event `due`, and a mail to each who must know."""

    def decide(change: Change, scene: Scene) -> Change:
        ticket = change.tickets[scene.number]
        also = f" ({', '.join(one.label for one in passed)} went by unseen)" if passed else ""
        change = change.record(
            ticket.number,
            EntryKind.CHANGE,
            "job: escalations",
            cause=f"{due.clock.target}: {due.label}{also}",
            event=Event.DUE,
            clocks=escalate.told(ticket.clocks, (due, *passed)),
        )
        if due.step.assign and ticket.status in {Status.NEW, Status.OPEN}:
            change = act(change, scene, (("assign", due.step.assign),), "job: escalations")
        handed_on = change.tickets[ticket.number].assignee != ticket.assignee
        told = (*(("assignee",) if handed_on else ()), *due.step.notify)
        found = dict.fromkeys(agent for name in told for agent in people(change, scene, name))
        return change.send(*(_notice(agent, due, change, scene, organisation) for agent in found))

    return decide


def _notice(agent: Agent, due: Due, change: Change, scene: Scene, organisation: str) -> Notice:
    desk, ticket = scene.desk, change.tickets[scene.number]
    calendar = calendar_for(desk, ticket, pick(desk, ticket, organisation))
    return Notice(
        template="escalation",
        to=agent.email,
        to_name=agent.display,
        role=agent.role,
        cause=due.key,
        ticket=ticket.number,
        mailbox=ticket.mailbox,
        language=agent.language or desk.language,
        data={
            "target": due.clock.target,
            "since": ticket.waiting_since,
            "percent": due.step.percent,
            "due_at": due_at(due.clock, calendar),
            "reason": why_told(agent, ticket, desk),
        },
        rights=(Right.ANSWER, Right.NOTE),
        not_before=_begin(agent, ticket, desk, change.now, late=change.now - due.at > escalate.MERGED_AFTER),
    )


def _begin(agent: Agent, ticket: Ticket, desk: Desk, now: datetime, *, late: bool) -> datetime | None:
    """When the mail may leave: None for at once. After a long sleep there is much to tell: it is gathered first."""
    calendar = duty_calendar(agent, desk, ticket.group)
    if ticket.priority is not Priority.URGENT and calendar is not None and not is_open(calendar, now):
        return next_open(calendar, now)
    return now + GATHERING / 2 if late else None


# -- what was held until its reader's hours -------------------------------------------------------------------------


def gather(run: JobRun) -> int:
    """Make one list of the held warnings that may leave now, a list for each reader; returns how many lists."""
    waiting: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for held in run.store.look.held_back("escalation", run.now + GATHERING):
        waiting[held["recipient"]].append(held)
    count = 0
    for reader, mails in waiting.items():
        try:
            with run.store.deciding(run.now) as tx:
                count += _gather(tx, run.desk, reader, mails)
        except Conflict:
            continue
    return count


def _gather(tx: Tx, desk: Desk, reader: str, mails: Sequence[Mapping[str, Any]]) -> int:
    known = tx.tickets({held["ticket"] for held in mails})
    stale = [held["id"] for held in mails if not _still_waits(known[held["ticket"]])]
    tx.withdraw(stale, "answered meanwhile")
    left = [held for held in mails if held["id"] not in stale]
    agent = desk.agent_at(reader)
    if len(left) < 2 or agent is None:
        return 0
    gone = tx.withdraw([held["id"] for held in left], "told together with others")
    numbers = sorted({held["ticket"] for held in left if held["id"] in gone})
    tickets = [ticket for number in numbers if (ticket := known[number])]
    begin = max(held["not_before"] for held in left)
    cause = f"escalations:{agent.name}:{begin:%Y-%m-%dT%H:%M}:{max(held['id'] for held in left)}"
    change = Change(now=tx.now, origin=f"job:{cause}").send(_list(agent, tickets, desk, cause, begin))
    conclude(tx, change, desk, no_scene)
    return 1


def _still_waits(ticket: Ticket | None) -> bool:
    """Whether what was to be told still holds."""
    if ticket is None or ticket.is_done or ticket.merged_into:
        return False
    return any(clock.told and not clock.stopped and not clock.acknowledged for clock in ticket.clocks)


def _list(agent: Agent, tickets: Sequence[Ticket], desk: Desk, cause: str, begin: datetime) -> Notice:
    rows = []
    for ticket in tickets:
        calendar = calendar_for(desk, ticket, pick(desk, ticket))
        running = (due_at(clock, calendar) for clock in ticket.clocks if not clock.stopped)
        rows.append({**row(ticket), "due_at": min((at for at in running if at), default=None)})
    overdue = tuple(one for one in rows if one["due_at"] and one["due_at"] <= begin)
    soon = tuple(one for one in rows if one not in overdue)
    return Notice(
        template="worklist",
        to=agent.email,
        to_name=agent.display,
        role=agent.role,
        cause=cause,
        mailbox=next(iter(desk.mailboxes), ""),
        language=agent.language or desk.language,
        data={
            "groups": ({"title": "overdue", "tickets": overdue}, {"title": "due", "tickets": soon}),
            "purpose": "worklist",
        },
        rights=(Right.COMMAND,),
        not_before=begin,
    )

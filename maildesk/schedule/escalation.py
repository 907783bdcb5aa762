"""Escalations: a ticket that waits too long is told of, once per step, by a key that survives restarts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from maildesk.model.change import Change, Notice
from maildesk.model.desk import Desk, EscalationStep, Scene, Sla
from maildesk.model.people import Agent, Role
from maildesk.model.ticket import EntryKind, Event, Status, Ticket
from maildesk.model.tokens import Right
from maildesk.service.calendar import add_minutes
from maildesk.service.sla import calendar_for, pick


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one target of one service level."""

    sla: Sla
    target: str
    number: int
    step: EscalationStep


def steps(desk: Desk) -> tuple[Step, ...]:
    """Every step of the desk that concerns waiting customers, in rising order."""
    return tuple(
        Step(sla, target, number, step)
        for sla in desk.slas
        for target in ("first_response", "next_response")
        if getattr(sla, target) is not None
        for number, step in enumerate(sla.steps)
    )


def key(ticket: Ticket, step: Step, desk: Desk, now: datetime) -> str:
    """``escalate:ticket:target:since:step`` when the step is due for this ticket now, else empty."""
    if ticket.waiting_since is None or ticket.status not in {Status.NEW, Status.OPEN}:
        return ""
    target = "first_response" if ticket.answered_at is None else "next_response"
    if target != step.target or pick(desk, ticket) is not step.sla:
        return ""
    minutes = getattr(step.sla, target) * step.step.percent / 100 + step.step.after_minutes
    due = add_minutes(calendar_for(desk, ticket, step.sla), ticket.waiting_since, minutes)
    since = int(ticket.waiting_since.timestamp())
    return f"escalate:{ticket.number}:{target}:{since}:{step.number}" if due <= now else ""


def decision(step: Step) -> Callable[[Change, Scene], Change]:
    """What a step does: an entry with the event `due`, and a mail to each who must know."""

    def decide(change: Change, scene: Scene) -> Change:
        ticket = change.tickets[scene.number]
        change = change.record(
            ticket.number,
            EntryKind.CHANGE,
            "job: escalations",
            cause=f"{step.target}: {told(step.step)}",
            event=Event.DUE,
        )
        people = dict.fromkeys(one for name in step.step.notify for one in _people(name, ticket, scene.desk))
        return change.send(*(_notice(agent, ticket, step, change, scene) for agent in people))

    return decide


def told(step: EscalationStep) -> str:
    """A step in words: "75 %" or "+120 min"."""
    return f"+{step.after_minutes} min" if step.after_minutes else f"{step.percent} %"


def _people(name: str, ticket: Ticket, desk: Desk) -> list[Agent]:
    if name == "manager":
        return [agent for agent in desk.agents.values() if agent.role is Role.MANAGER]
    wanted = {"assignee": ticket.assignee, "lead": desk.lead_of(ticket.group)}.get(name, name)
    return [desk.agents[wanted]] if wanted in desk.agents else []


def _notice(agent: Agent, ticket: Ticket, step: Step, change: Change, scene: Scene) -> Notice:
    return Notice(
        template="escalation",
        to=agent.email,
        to_name=agent.display,
        role=agent.role,
        cause=change.origin.removeprefix("job:"),
        ticket=ticket.number,
        mailbox=ticket.mailbox,
        language=agent.language or scene.desk.language,
        data={
            "target": step.target,
            "since": ticket.waiting_since,
            "percent": step.step.percent,
        },
        rights=(Right.ANSWER, Right.NOTE),
    )

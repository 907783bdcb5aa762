"""While an agent is away: who covers gets what customers write, and gives back what stayed unanswered."""

from __future__ import annotations

from collections.abc import Mapping

from maildesk.model.change import Change, Notice
from maildesk.model.desk import Desk, Scene
from maildesk.model.people import Agent
from maildesk.model.ticket import EntryKind, Ticket
from maildesk.model.tokens import Right

FIELD = "covered"
"""The ticket's field that names who it belongs to, as long as somebody else covers."""
_LONGEST = 10


def hand_over(change: Change, scene: Scene) -> Change:
    """A customer wrote to somebody who is away: their cover gets the ticket, else nobody, which is the group's."""
    ticket = change.tickets[scene.number]
    owner = scene.desk.agents.get(ticket.assignee)
    if owner is None or owner.name not in scene.away or ticket.is_done:
        return change
    cover = covering(owner.name, scene.covers, scene.desk)
    fields = tuple(sorted({**dict(ticket.fields), FIELD: owner.name}.items()))
    cause = f"{owner.name} is away: {cover or 'the group'} covers"
    given = change.record(ticket.number, EntryKind.CHANGE, "maildesk", cause=cause, assignee=cover, fields=fields)
    return given.send(_told(given, scene.desk, owner, ticket.number, "covered"))


def covering(agent: str, covers: Mapping[str, str], desk: Desk) -> str:
    """Who covers for an agent: their cover, whose cover if that one is away too, ...; "" for nobody."""
    seen = {agent}
    for _ in range(_LONGEST):
        agent = covers.get(agent, "")
        if not agent or agent in seen or agent not in desk.agents:
            return ""
        if agent not in covers:
            return agent
        seen.add(agent)
    return ""


def give_back(change: Change, scene: Scene) -> Change:
    """Its owner is (nearly) here again: what nobody answered is theirs again, the rest stays where it is."""
    ticket = change.tickets[scene.number]
    owner = scene.desk.agents.get(ticket.field(FIELD))
    cover = scene.desk.agents.get(ticket.assignee)
    fields = tuple(pair for pair in ticket.fields if pair[0] != FIELD)
    if owner is None or not is_unanswered(ticket):
        return change.record(
            ticket.number, EntryKind.CHANGE, "job: absence", cause=f"{ticket.field(FIELD)} is back", fields=fields
        )
    given = change.record(
        ticket.number,
        EntryKind.CHANGE,
        "job: absence",
        cause=f"{owner.name} is back, and nobody answered",
        fields=fields,
        assignee=owner.name,
    )
    given = given.send(_told(given, scene.desk, owner, ticket.number, "returned"))
    return given.send(_told(given, scene.desk, cover, ticket.number, "assigned_away")) if cover else given


def is_unanswered(ticket: Ticket) -> bool:
    """Whether its customer still waits."""
    return ticket.waiting_since is not None and not ticket.is_done


def _told(change: Change, desk: Desk, agent: Agent, number: int, event: str) -> Notice:
    ticket = change.tickets[number]
    return Notice(
        template="notification",
        to=agent.email,
        to_name=agent.display,
        role=agent.role,
        cause=f"{event}:{ticket.version}",
        ticket=number,
        mailbox=ticket.mailbox,
        language=agent.language or desk.language,
        data={"event": event, "author": ticket.requester_name or ticket.requester},
        rights=(Right.ANSWER, Right.NOTE),
        entry=ticket.version,
    )

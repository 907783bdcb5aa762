"""Commands about several tickets at once: link, merge, unmerge."""

from __future__ import annotations

from typing import Any

from maildesk.commands import arguments
from maildesk.commands.row import Outcome, change_fields, change_other, question
from maildesk.commands.state import reopened
from maildesk.model.change import Change, Order, Question
from maildesk.model.desk import Scene
from maildesk.model.ticket import Event, Status, Ticket


def link(change: Change, scene: Scene, order: Order) -> Outcome:
    """Two tickets belong together; each shows the other."""
    other = _other(change, scene, order)
    if isinstance(other, Question):
        return other
    ticket = change.tickets[scene.number]
    linked = change_fields(change, scene, order, links=_with(ticket, other.number))
    return change_other(linked, scene, order, other.number, links=_with(other, ticket.number))


def merge(change: Change, scene: Scene, order: Order) -> Outcome:
    """Let the ticket go on in another one, whose participants its people become."""
    other = _other(change, scene, order)
    if isinstance(other, Question):
        return other
    ticket = change.tickets[scene.number]
    if ticket.merged_into or other.merged_into:
        return question(order, "is_merged", detail=str(ticket.merged_into or other.merged_into))
    if other.status is Status.CLOSED:
        return question(order, "is_closed", detail=str(other.number))
    people = (other.participants | ticket.participants | {ticket.requester}) - {other.requester}
    since = min((at for at in (ticket.waiting_since, other.waiting_since) if at), default=None)
    merged = change_fields(
        change,
        scene,
        order,
        merged_into=other.number,
        status=Status.CLOSED,
        closed_at=change.now,
        snoozed_until=None,
        waiting_since=None,
    )
    links = _with(other, ticket.number)
    return change_other(merged, scene, order, other.number, participants=people, links=links, waiting_since=since)


def unmerge(change: Change, scene: Scene, order: Order) -> Outcome:
    """A ticket stands on its own again, open; its people no longer take part in the other one.

    A mail about the merged ticket is one about the other: there the only one that was merged into it is meant.
    """
    inside = [one.number for _, one in sorted(change.tickets.items()) if one.merged_into == scene.number]
    here = [scene.number] if change.tickets[scene.number].merged_into else inside
    if order.args:
        number = arguments.number(order, order.args[0])
        if isinstance(number, Question):
            return number
        here = [number] if number in {scene.number, *inside} and change.tickets[number].merged_into else []
    if len(here) != 1:
        detail = ", ".join(map(str, here))
        return question(order, "which_merged" if here else "not_merged", detail=detail)
    ticket = change.tickets[here[0]]
    after: dict[str, Any] = {"merged_into": 0, "status": Status.OPEN, **reopened(ticket)}
    alone = change_other(change, scene, order, ticket.number, Event.REOPENED, **after)
    other = change.tickets.get(ticket.merged_into)
    if other is None:
        return alone
    people = other.participants - ticket.participants - {ticket.requester}
    return change_other(alone, scene, order, other.number, participants=people)


def _other(change: Change, scene: Scene, order: Order) -> Ticket | Question:
    number = arguments.number(order, " ".join(order.args))
    if isinstance(number, Question):
        return number
    if number == scene.number:
        return question(order, "same_ticket", detail=str(number))
    if number not in change.tickets:
        return question(order, "no_such_ticket", detail=str(number))
    return change.tickets[number]


def _with(ticket: Ticket, number: int) -> tuple[int, ...]:
    return ticket.links if number in ticket.links else tuple(sorted((*ticket.links, number)))

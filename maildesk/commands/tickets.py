"""Commands about several tickets at once: link, merge, unmerge."""

from __future__ import annotations

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
    """The ticket stands on its own again, open; who took part in the other one stays there."""
    ticket = change.tickets[scene.number]
    if not ticket.merged_into:
        return question(order, "not_merged")
    after = reopened(ticket)
    return change_fields(change, scene, order, Event.REOPENED, merged_into=0, status=Status.OPEN, **after)


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

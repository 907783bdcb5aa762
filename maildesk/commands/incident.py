"""Incidents: one trouble that concerns many tickets. One update reaches everybody, solving it solves them all."""

from __future__ import annotations

from maildesk.commands import arguments
from maildesk.commands.row import Outcome, actor, change_other, customer_tongue, hold_seconds, question
from maildesk.commands.state import settle
from maildesk.model.change import Change, Notice, Order, Question
from maildesk.model.desk import Scene
from maildesk.model.people import Role
from maildesk.model.ticket import EntryKind, Ticket

TAG = "incident"
_FIELD = "incident"


def incident(change: Change, scene: Scene, order: Order, text: str) -> Outcome:
    """Make the ticket an incident that concerns the named tickets too; ``text`` is what all of them are told."""
    umbrella = change.tickets[scene.number]
    if umbrella.field(_FIELD):
        return question(order, "is_concerned", detail=umbrella.field(_FIELD))
    numbers = []
    for word in order.args:
        number = arguments.number(order, word)
        if isinstance(number, Question):
            return number
        if number == scene.number:
            return question(order, "same_ticket", detail=word)
        if number not in change.tickets:
            return question(order, "no_such_ticket", detail=str(number))
        numbers.append(number)
    links = tuple(sorted({*umbrella.links, *numbers}))
    change = change_other(change, scene, order, scene.number, tags=umbrella.tags | {TAG}, links=links)
    for number in numbers:
        one = change.tickets[number]
        fields = tuple(sorted({**dict(one.fields), _FIELD: str(scene.number)}.items()))
        around = tuple(sorted({*one.links, scene.number}))
        change = change_other(change, scene, order, number, fields=fields, links=around)
    return _inform(change, scene, order, text) if text else change


def concerned(change: Change, number: int) -> tuple[Ticket, ...]:
    """The open tickets that an incident concerns, as far as the change holds them; the incident itself is not one."""
    return tuple(
        one
        for _, one in sorted(change.tickets.items())
        if one.field(_FIELD) == str(number) and not one.is_done and not one.merged_into
    )


def _inform(change: Change, scene: Scene, order: Order, text: str) -> Change:
    """One mail for each person, through the gate: what is too much at once leaves later."""
    told: set[str] = set()
    for ticket in (change.tickets[scene.number], *concerned(change, scene.number)):
        if not ticket.requester or ticket.requester in told or ticket.requester in scene.desk.own_addresses:
            continue
        told.add(ticket.requester)
        change = change.record(
            ticket.number, EntryKind.NOTICE, actor(scene).name, cause=order.written, text=text, public=True
        )
        change = change.send(
            Notice(
                template="incident",
                to=ticket.requester,
                to_name=ticket.requester_name,
                role=Role.REQUESTER,
                cause=change.origin,
                ticket=ticket.number,
                mailbox=ticket.mailbox,
                language=customer_tongue(scene.desk, ticket),
                data={"text": text},
                hold_seconds=hold_seconds(scene),
                entry=change.tickets[ticket.number].version,
            )
        )
    return change


def solve_all(change: Change, scene: Scene, order: Order) -> Change:
    """With the incident every ticket is solved that it concerns."""
    if TAG in change.tickets[scene.number].tags:
        for ticket in concerned(change, scene.number):
            change = settle(change, scene, order, ticket.number)
    return change

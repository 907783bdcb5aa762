"""Commands that only ask: they change nothing, a mail answers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from maildesk.commands import arguments
from maildesk.commands.row import Outcome, actor, question, tongue
from maildesk.commands.words import REASONS_HEAD
from maildesk.model.change import Change, Notice, Order, Question
from maildesk.model.desk import Scene
from maildesk.model.ticket import Entry, Status, Ticket
from maildesk.model.tokens import Right

_BRACKETS = str.maketrans("[]", "()")
"""In mail to agents a customer's brackets are parentheses: nothing of theirs looks like a command."""
_GROUPS = (Status.NEW, Status.OPEN, Status.WAITING, Status.PAUSED)


def list_tickets(change: Change, scene: Scene, order: Order) -> Outcome:  # noqa: ARG001 - every command has these three
    """The agent's tickets, by whose turn it is; answering line by line works as with the morning's worklist."""
    groups = []
    for status in _GROUPS:
        tickets = [row(ticket) for ticket in scene.worklist if ticket.status is status]
        if tickets:
            groups.append({"title": status.value, "tickets": tuple(tickets)})
    data = {"groups": tuple(groups)}
    return change.send(to_actor(change, scene, "worklist", data, (Right.COMMAND,), purpose="worklist", number=0))


def search(change: Change, scene: Scene, order: Order) -> Outcome:  # noqa: ARG001 - every command has these three
    """The latest tickets that hold all the words; answering line by line works as with a worklist."""
    groups = ({"title": "found", "tickets": tuple(map(row, scene.found))},) if scene.found else ()
    data = {"groups": groups}
    return change.send(to_actor(change, scene, "worklist", data, (Right.COMMAND,), purpose="worklist", number=0))


def row(ticket: Ticket) -> Mapping[str, Any]:
    """A line of a worklist."""
    return {
        "number": ticket.number,
        "subject": ticket.subject.translate(_BRACKETS),
        "requester": ticket.requester_name or ticket.requester,
        "status": ticket.status.value,
        "due_at": ticket.snoozed_until,
    }


def show(change: Change, scene: Scene, order: Order) -> Outcome:
    """What happened to a ticket so far; a reply to it is a note, never an answer."""
    number = arguments.number(order, order.args[0]) if order.args else scene.number
    if isinstance(number, Question):
        return number
    if number not in change.tickets:
        return question(order, "no_such_ticket", detail=str(number))
    entries = tuple(_shown(entry) for entry in scene.story if entry.ticket == number)
    shown = to_actor(change, scene, "show", {"entries": entries}, (Right.NOTE, Right.COMMAND), number=number)
    return change.send(shown)


def _shown(entry: Entry) -> Mapping[str, Any]:
    return {
        "number": entry.number,
        "kind": entry.kind.value,
        "author": entry.author,
        "at": entry.at,
        "text": entry.text,
        "public": entry.public,
    }


def why(change: Change, scene: Scene, order: Order) -> Outcome:  # noqa: ARG001 - every command has these three
    """Every decision about the ticket, with its reason."""
    language = tongue(scene)
    head = REASONS_HEAD["fa" if language == "fa" else "en"]
    told = [head, *(f"{reason.step}: {reason.text}" for reason in scene.reasons if reason.ticket == scene.number)]
    return change.send(
        to_actor(change, scene, "transcript", {"lines": as_lines(told)}, (Right.COMMAND,), purpose="why")
    )


def as_lines(texts: Iterable[str]) -> tuple[Mapping[str, str], ...]:
    """Lines of a transcript that cannot be taken back."""
    return tuple({"text": text, "undo": ""} for text in texts)


def to_actor(
    change: Change,
    scene: Scene,
    template: str,
    data: Mapping[str, Any],
    rights: tuple[Right, ...],
    *,
    purpose: str = "",
    number: int | None = None,
) -> Notice:
    """A mail that answers the agent; ``purpose`` says what its reply token is for."""
    me = actor(scene)
    number = scene.number if number is None else number
    ticket = change.tickets.get(number)
    return Notice(
        template=template,
        to=me.email,
        to_name=me.display,
        role=me.role,
        cause=f"{change.origin}:{purpose}" if purpose else change.origin,
        ticket=ticket.number if ticket else 0,
        mailbox=ticket.mailbox if ticket else next(iter(scene.desk.mailboxes), ""),
        language=me.language or scene.desk.language,
        data={**data, "purpose": purpose} if purpose else data,
        rights=rights,
        entry=ticket.version if ticket else 0,
    )

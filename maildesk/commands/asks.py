"""Commands that only ask: they change nothing, a mail answers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from maildesk.commands import arguments
from maildesk.commands.row import Outcome, actor, question, tongue
from maildesk.commands.transcript import what_changed
from maildesk.model.change import Change, Notice, Order, Question
from maildesk.model.desk import Desk, Scene
from maildesk.model.ticket import Entry, Status, Ticket
from maildesk.model.tokens import Right
from maildesk.service.sla import calendar_for, due_at, is_paused, pick

_BRACKETS = str.maketrans("[]", "()")
"""In mail to agents a customer's brackets are parentheses: nothing of theirs looks like a command."""
_GROUPS = (Status.NEW, Status.OPEN, Status.WAITING, Status.PAUSED)


def list_tickets(change: Change, scene: Scene, order: Order) -> Outcome:  # noqa: ARG001 - every command has these three
    """The agent's tickets, by whose turn it is; answering line by line works as with the morning's worklist."""
    midnight = datetime.combine(change.now.astimezone(ZoneInfo(scene.desk.timezone)).date(), time()) + timedelta(days=1)
    today = midnight.replace(tzinfo=ZoneInfo(scene.desk.timezone))
    data = {"groups": worklist_groups(scene.worklist, scene.desk, change.now, today)}
    return change.send(to_actor(change, scene, "worklist", data, (Right.COMMAND,), purpose="worklist", number=0))


def worklist_groups(
    tickets: Iterable[Ticket], desk: Desk, now: datetime, midnight: datetime
) -> tuple[Mapping[str, Any], ...]:
    """The groups of a worklist: overdue, due before ``midnight``, then by whose turn it is; none is empty."""
    groups: dict[str, list[Mapping[str, Any]]] = {name: [] for name in ("overdue", "due", *_GROUPS)}
    for ticket in tickets:
        due = _due_at(ticket, desk)
        name = "overdue" if due and due <= now else "due" if due and due < midnight else ticket.status.value
        groups.setdefault(name, []).append({**row(ticket), "due_at": due or ticket.snoozed_until})
    return tuple({"title": str(name), "tickets": tuple(rows)} for name, rows in groups.items() if rows)


def _due_at(ticket: Ticket, desk: Desk) -> datetime | None:
    """When the earliest of its running clocks is used up."""
    running = [clock for clock in ticket.clocks if clock.stopped is None and not is_paused(clock)]
    if not running:
        return None
    calendar = calendar_for(desk, ticket, pick(desk, ticket))
    return min((at for clock in running if (at := due_at(clock, calendar))), default=None)


def search(change: Change, scene: Scene, order: Order) -> Outcome:
    """The latest tickets that hold all the words; answering line by line works as with a worklist."""
    groups = ({"title": "found", "tickets": tuple(map(row, scene.found))},) if scene.found else ()
    data = {"groups": groups, "sought": " ".join(order.args)}
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
    entries = tuple(_shown(entry, scene) for entry in scene.story if entry.ticket == number)
    shown = to_actor(change, scene, "show", {"entries": entries}, (Right.NOTE, Right.COMMAND), number=number)
    return change.send(shown)


def _shown(entry: Entry, scene: Scene) -> Mapping[str, Any]:
    return {
        "number": entry.number,
        "kind": entry.kind.value,
        "author": entry.author,
        "at": entry.at,
        "text": entry.text or what_changed(entry, tongue(scene), scene.desk.timezone),
        "public": entry.public,
    }


def why(change: Change, scene: Scene, order: Order) -> Outcome:  # noqa: ARG001 - every command has these three
    """Every decision about the ticket, with its reason."""
    told = (f"{reason.step}: {reason.text}" for reason in scene.reasons if reason.ticket == scene.number)
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

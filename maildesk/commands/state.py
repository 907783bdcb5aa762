"""Commands that change how a ticket stands: status, priority, tags, fields, language."""

from __future__ import annotations

from typing import Any

from maildesk.commands import arguments
from maildesk.commands.folding import fold
from maildesk.commands.row import Outcome, actor, change_fields, change_other, question, tongue
from maildesk.commands.when import read_when
from maildesk.model.change import Change, Order, Question, Suppress
from maildesk.model.desk import Scene
from maildesk.model.ticket import Event, Status, Ticket
from maildesk.service import escalate

_LONGEST_NAME, _LONGEST_VALUE = 40, 200


def reopened(ticket: Ticket) -> dict[str, Any]:
    """What a ticket that was done must forget to be at work again; nothing for one that is not done."""
    if not ticket.is_done:
        return {}
    return {"cycle": ticket.cycle + 1, "solved_at": None, "closed_at": None}


def solved(change: Change, scene: Scene, order: Order) -> Outcome:
    """The customer's concern is settled; a reply reopens it."""
    return settle(change, scene, order, scene.number)


def settle(change: Change, scene: Scene, order: Order, number: int) -> Change:
    """Solve any ticket of the change that is not done yet."""
    if change.tickets[number].is_done:
        return change
    after: dict[str, Any] = {"status": Status.SOLVED, "solved_at": change.now, "snoozed_until": None}
    return change_other(change, scene, order, number, Event.SOLVED, waiting_since=None, **after)


def reopen(change: Change, scene: Scene, order: Order) -> Outcome:
    """It is the desk's turn (again)."""
    return _work_on(change, scene, order, Status.OPEN)


def waiting(change: Change, scene: Scene, order: Order) -> Outcome:
    """It is the customer's turn."""
    return _work_on(change, scene, order, Status.WAITING)


def _work_on(change: Change, scene: Scene, order: Order, status: Status) -> Outcome:
    ticket = change.tickets[scene.number]
    if ticket.merged_into:
        return question(order, "is_merged", detail=str(ticket.merged_into))
    event = Event.REOPENED if ticket.is_done else Event.COMMANDED
    return change_fields(change, scene, order, event, status=status, snoozed_until=None, **reopened(ticket))


def close(change: Change, scene: Scene, order: Order) -> Outcome:
    """Done for good: a reply makes a new ticket that is linked to it."""
    if change.tickets[scene.number].status is Status.CLOSED:
        return change
    after: dict[str, Any] = {"status": Status.CLOSED, "closed_at": change.now, "snoozed_until": None}
    return change_fields(change, scene, order, waiting_since=None, **after)


def status(change: Change, scene: Scene, order: Order) -> Outcome:
    """``status=solved``: the same as the command of that name."""
    wanted = arguments.status(order)
    if isinstance(wanted, Question):
        return wanted
    if wanted is Status.PAUSED:
        return question(order, "snooze_until_when")
    same = {Status.SOLVED: solved, Status.OPEN: reopen, Status.WAITING: waiting, Status.CLOSED: close}
    return same[wanted](change, scene, order)


def snooze(change: Change, scene: Scene, order: Order) -> Outcome:
    """Out of sight until then, or until the customer writes."""
    written = " ".join(order.args)
    until = read_when(written, change.now, scene.desk.timezone, tongue(scene))
    if until is None:
        return question(order, "no_such_time", detail=written)
    after = reopened(change.tickets[scene.number])
    return change_fields(change, scene, order, status=Status.PAUSED, snoozed_until=until, **after)


def acknowledge(change: Change, scene: Scene, order: Order) -> Outcome:
    """The agent sees to it: nobody else is told that it waits, until the customer writes again."""
    clocks = escalate.acknowledged(change.tickets[scene.number].clocks, actor(scene).name)
    return change_fields(change, scene, order, clocks=clocks)


def priority(change: Change, scene: Scene, order: Order) -> Outcome:
    """How much it matters."""
    wanted = arguments.priority(order)
    return wanted if isinstance(wanted, Question) else change_fields(change, scene, order, priority=wanted)


def tag(change: Change, scene: Scene, order: Order) -> Outcome:
    """Put tags on and take tags off; one that is not there cannot be taken off."""
    tags = set(change.tickets[scene.number].tags)
    for sign, word in arguments.signed(order.args):
        name = fold(word).removeprefix("#")
        if not _is_name(name):
            return question(order, "no_tag", detail=word)
        if sign == "-" and name not in tags:
            return question(order, "tag_not_there", detail=name)
        (tags.add if sign == "+" else tags.discard)(name)
    return change_fields(change, scene, order, tags=frozenset(tags))


def field(change: Change, scene: Scene, order: Order) -> Outcome:
    """``field order=4711`` sets a field, ``field order=`` empties it."""
    written = " ".join(order.args)
    name, sign, value = written.partition("=")
    if not sign:
        name, _, value = written.partition(" ")
    name, value = fold(name).strip(), value.strip()
    if not _is_name(name) or len(value) > _LONGEST_VALUE or not (sign or value):
        return question(order, "no_field", detail=written)
    fields = {**dict(change.tickets[scene.number].fields), name: value}
    kept = tuple(sorted((one, text) for one, text in fields.items() if text))
    return change_fields(change, scene, order, fields=kept)


def _is_name(name: str) -> bool:
    return 0 < len(name) <= _LONGEST_NAME and all(letter.isalnum() or letter in "-_." for letter in name)


def language(change: Change, scene: Scene, order: Order) -> Outcome:
    """The language in which the customer is written to."""
    code = arguments.languages(order)
    return code if isinstance(code, Question) else change_fields(change, scene, order, language=code)


def spam(change: Change, scene: Scene, order: Order) -> Outcome:
    """Closed for good, and its sender gets no automatic mail any more."""
    ticket = change.tickets[scene.number]
    after: dict[str, Any] = {"status": Status.CLOSED, "closed_at": change.now, "snoozed_until": None}
    closed = change_fields(change, scene, order, waiting_since=None, tags=ticket.tags | {"spam"}, **after)
    return closed.effect(Suppress(ticket.requester, "spam"))

"""`undo`: the exact inverse of what one mail of an agent did.

Every field that the mail changed gets back the value it had before, on every ticket it changed, as new entries; blocks,
absences, suppressions and the like are put back by the store; the mails it caused are cancelled, all or none. It is
refused when one of them has left, and when somebody has changed one of those things since: then there is no state to
go back to. What others did to other fields stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from maildesk.commands.row import Outcome, actor, question
from maildesk.model.change import CancelMails, Change, Order, Restore
from maildesk.model.desk import Scene
from maildesk.model.ticket import Entry, EntryKind, Event, Status

_MARK = "undo: "
_KEPT = frozenset({"clocks", "due_at", "updated_at"})
"""What the desk keeps by itself: gone back to where it is as it was left, else it stays as it has become."""


def undo(change: Change, scene: Scene, order: Order) -> Outcome:
    """Take back what the agent did: what the answered transcript tells of, else the latest."""
    done = scene.undo
    if done is None or done.is_nothing:
        return question(order, "nothing_to_undo")
    if done.left:
        return question(order, "has_left", detail=", ".join(done.left))
    if done.undone or any(entry.cause.startswith(_MARK) for entry in done.entries):
        return question(order, "is_undone")
    if done.lost:
        return question(order, "lost", detail=", ".join(done.lost))
    back: dict[int, dict[str, Any]] = {}
    for number in sorted({entry.ticket for entry in done.entries}):
        entries = [entry for entry in done.entries if entry.ticket == number]
        since = _touched_since(change, number, entries) if number in change.tickets else {number}
        if since - _KEPT:
            return question(order, "changed_since", detail=str(number))
        back[number] = {name: value for name, value in _before(change, entries).items() if name not in since}
    for number, fields in back.items():
        # an undo that changes no field of the ticket is told in its history all the same
        event = None if fields else Event.COMMANDED
        cause = _MARK + done.origin
        change = change.record(number, EntryKind.CHANGE, actor(scene).name, cause=cause, event=event, **fields)
    restored = (Restore(done.origin),) if done.images else ()
    return change.effect(*restored, CancelMails(done.origin))


def taken_back(story: Iterable[Entry]) -> frozenset[str]:
    """The origins that entries of a ticket's history say were undone."""
    return frozenset(entry.cause.removeprefix(_MARK) for entry in story if entry.cause.startswith(_MARK))


def _touched_since(change: Change, number: int, entries: Iterable[Entry]) -> set[str | int]:
    """The fields that are not any more as the mail left them."""
    ticket = change.tickets[number]
    left_as: dict[str, Any] = {}
    for entry in entries:
        left_as.update(entry.after if entry.number > 1 else {})
    return {name for name, value in left_as.items() if getattr(ticket, name) != value}


def _before(change: Change, entries: Iterable[Entry]) -> dict[str, Any]:
    """The fields as they were; a ticket that the mail itself opened cannot vanish, so it is closed."""
    fields: dict[str, Any] = {}
    for entry in reversed(tuple(entries)):
        fields.update(entry.before)
        if entry.number == 1:
            gone = {"status": Status.CLOSED, "closed_at": change.now, "waiting_since": None}
            was_split = entry.kind is EntryKind.CUSTOMER and entry.after["links"]
            return gone | ({"merged_into": entry.after["links"][0]} if was_split else {})
    return fields

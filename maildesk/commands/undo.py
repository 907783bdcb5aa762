"""`undo`: the exact inverse of what an agent's latest mail did.

Every field that the mail changed gets back the value it had before, on every ticket it changed, as new entries; the
mails it caused are cancelled, all or none. It is refused when one of them has left, and when somebody has changed one
of those fields since: then there is no state to go back to. What others did to other fields stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from maildesk.commands.row import Outcome, actor, question
from maildesk.model.change import CancelMails, Change, Order, Suppress
from maildesk.model.desk import Scene
from maildesk.model.ticket import Entry, EntryKind, Status

_MARK = "undo: "
_KEPT = frozenset({"clocks", "due_at", "updated_at"})
"""What the desk keeps by itself: gone back to where it is as it was left, else it stays as it has become."""


def undo(change: Change, scene: Scene, order: Order) -> Outcome:
    """Take back what the agent did last."""
    done = scene.undo
    if done is None or not done.entries:
        return question(order, "nothing_to_undo")
    if done.left:
        return question(order, "has_left", detail=", ".join(done.left))
    if any(entry.cause.startswith(_MARK) for entry in done.entries):
        return question(order, "is_undone")
    back: dict[int, dict[str, Any]] = {}
    for number in sorted({entry.ticket for entry in done.entries}):
        entries = [entry for entry in done.entries if entry.ticket == number]
        since = _touched_since(change, number, entries) if number in change.tickets else {number}
        if since - _KEPT:
            return question(order, "changed_since", detail=str(number))
        back[number] = {name: value for name, value in _before(change, entries).items() if name not in since}
    if not any(entry.after or entry.text for entry in done.entries):
        return question(order, "has_an_opposite")
    for number, fields in back.items():
        change = change.record(number, EntryKind.CHANGE, actor(scene).name, cause=_MARK + done.origin, **fields)
    return _not_spam(change, done.entries).effect(CancelMails(done.origin))


def _not_spam(change: Change, entries: Iterable[Entry]) -> Change:
    """Who was called a spammer by it gets automatic mail again."""
    for entry in entries:
        if "spam" in entry.after.get("tags", ()) and "spam" not in entry.before.get("tags", ()):
            change = change.effect(Suppress(change.tickets[entry.ticket].requester, "", change.now))
    return change


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
            was_split = entry.kind is EntryKind.CUSTOMER
            return gone | ({"merged_into": entry.after["links"][0]} if was_split else {})
    return fields

"""Why things are as they are: what was decided about a ticket or a mail, in order, from the traces."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from maildesk.model.ticket import Clock, Entry
from maildesk.store.look import Look

_KEPT = frozenset({"due_at", "updated_at"})
"""What the desk keeps by itself, and nobody wants to read in a list."""


def story(look: Look, what: str) -> list[Mapping[str, Any]]:
    """Parts of a story, oldest first: ``at``, ``what`` and ``lines`` of (step, text). Empty when nothing is known.

    ``what`` is a ticket number, with or without #, or a Message-ID with or without angle brackets.
    """
    number = what.strip().lstrip("#")
    if number.isdecimal():
        return _of_ticket(look, int(number))
    return _of_mail(look, "<" + what.strip().strip("<>") + ">")


def _of_ticket(look: Look, number: int) -> list[Mapping[str, Any]]:
    parts = [_decision(one) for one in look.traces(ticket_number=number)]
    parts += [_entry(one) for one in look.entries(number)]
    return sorted(parts, key=lambda part: part["at"])


def _of_mail(look: Look, message_id: str) -> list[Mapping[str, Any]]:
    parts: list[Mapping[str, Any]] = []
    for mail in look.mails(message_id=message_id):
        lines = [("state", f"{mail['state']}: {mail['reason']}"), ("ticket", str(mail["ticket"] or "none"))]
        what = f"mail {mail['id']} in {mail['mailbox']}, UID {mail['uid']}, tried {mail['attempts']}x"
        parts.append({"at": mail["taken_at"], "what": what, "lines": lines})
        parts += [_decision(one) for one in look.traces(mail_row=mail["id"])]
    for row in look.outbox_by_message_id(message_id):
        lines = [("state", f"{row['state']}: {row['reason']}".rstrip(": ")), ("server said", row["server_said"])]
        what = f"our mail {row['id']}, {row['template']} to {row['recipient']}, caused by {row['origin']}"
        parts.append({"at": row["created_at"], "what": what, "lines": lines})
        parts += [_decision(one) for one in look.traces(origin=row["origin"])]
    return sorted(parts, key=lambda part: part["at"])


def _decision(one: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"at": one["at"], "what": f"decision on {one['origin']}", "lines": [tuple(line) for line in one["lines"]]}


def _entry(one: Entry) -> Mapping[str, Any]:
    changed = what_changed(one)
    lines = [("cause", one.cause)] if one.cause else []
    lines += [("changed", changed)] if changed else []
    by = f" by {one.author}" if one.author else ""
    return {"at": one.at, "what": f"entry {one.number}: {one.kind.value}{by}", "lines": lines}


def what_changed(entry: Entry) -> str:
    """The fields that an entry changed, as ``name=value``; "" for the first, which sets them all."""
    after = {} if entry.number == 1 else {name: value for name, value in entry.after.items() if name not in _KEPT}
    return ", ".join(f"{name}={written(value)}" for name, value in after.items())


def written(value: Any) -> str:
    """A field of a ticket as people read it: times in UTC, sets as lists, nothing as ``none``."""
    if value in (None, "", frozenset(), ()):
        return "none"
    match value:
        case Enum():
            return str(value.value)
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        case Clock():
            return f"{value.target} {_standing(value)}"
        case (str(name), str(text)):
            return f"{name}={text}"
        case frozenset():
            return " ".join(sorted(map(written, value)))
        case tuple() | list():
            return " ".join(map(written, value))
    return str(value)


def _standing(clock: Clock) -> str:
    if clock.stopped:
        return "stopped"
    return "paused" if clock.paused and clock.paused[-1][1] is None else "runs"

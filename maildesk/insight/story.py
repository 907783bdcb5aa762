"""Why things are as they are: what was decided about a ticket or a mail, in order, from the traces."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from maildesk.store.look import Look


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


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return ", ".join(sorted(map(str, value))) if isinstance(value, tuple | list | frozenset) else str(value)


def _entry(one: Any) -> Mapping[str, Any]:
    after = {name: value for name, value in one.after.items() if name != "clocks"}  # `sla explain` tells of those
    changed = ", ".join(f"{name}={_shown(value)}" for name, value in after.items()) if one.number > 1 else ""
    lines = [("cause", one.cause)] if one.cause else []
    lines += [("changed", changed)] if changed else []
    return {"at": one.at, "what": f"entry {one.number}: {one.kind.value} by {one.author}", "lines": lines}

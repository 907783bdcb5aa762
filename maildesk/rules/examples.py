"""Golden cases beside rules: run one and see what differs from what it expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from maildesk.model.change import Change, Raised
from maildesk.model.desk import Desk, Rulebook, Scene
from maildesk.model.errors import Problem
from maildesk.model.mail import Address, Kind, Mail
from maildesk.model.people import Person, Role
from maildesk.model.ticket import EntryKind, Event, Priority, Status, Ticket
from maildesk.rules.engine import Example, Rule, run_events

_REQUESTER = "customer@example.org"
_NUMBER = 1001
_ENUMS = {"event": Event, "kind": Kind, "by": Role}
_TEXTS = ("mail", "from", "to", "subject", "text")
_TICKET = {"status": Status, "priority": Priority, "tags": frozenset, "group": str, "assignee": str, "language": str}


def wrong_value(given: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first key of an example whose value makes no sense, and how to mend it."""
    for key, value in given.items():
        if key in _ENUMS and value not in list(_ENUMS[key]):
            return key, f"unknown {value!r}; known are {', '.join(_ENUMS[key])}"
        if key in _TEXTS and not isinstance(value, str):
            return key, f"{key} is a text in quotes"
        if key == "rating" and value not in range(1, 6):
            return key, "a rating is a number from 1 to 5"
        if key == "ticket" and not _is_ticket(value):
            return key, f"a table of {', '.join(_TICKET)} is wanted"
    return None


def _is_ticket(value: Any) -> bool:
    if not isinstance(value, Mapping) or not set(value) <= set(_TICKET):
        return False
    enums: dict[str, list[str]] = {"status": list(Status), "priority": list(Priority)}
    return all(item in enums[key] for key, item in value.items() if key in enums)


def try_example(
    rules: Rulebook, rule: Rule, example: Example, desk: Desk, now: datetime, mail: Mail | None = None
) -> tuple[tuple[Problem, ...], Change]:
    """Run all rules on a golden case of one of them: what differs from what it expects, and what was decided.

    ``mail`` is the parsed file that the example names; without one it is made of the example's own keys.
    """
    scene = _scene(rule, example, desk, mail)
    change = run_events(rules, _before(scene, example, now), lambda _change, raised: _at(scene, raised))
    found = outcome(change)
    problems = tuple(
        Problem(example.file, example.line, f"{rule.name}: {key} is {_plain(found[key])!r}, expected {wanted!r}")
        for key, wanted in example.expect.items()
        if _plain(found[key]) != _plain(wanted)
    )
    return problems, change


def outcome(change: Change) -> dict[str, Any]:
    """What an example may expect something of."""
    ticket = change.tickets[_NUMBER]
    inside = {Role.AGENT, Role.LEAD, Role.MANAGER}
    return {
        **{name: getattr(ticket, name) for name in ("group", "priority", "status", "language", "assignee", "tags")},
        "fields": dict(ticket.fields),
        "assigned": bool(ticket.assignee),
        "notices": [notice.template for notice in change.notices if notice.role not in inside],
        "notified": any(notice.role in inside for notice in change.notices),
    }


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset | list) else value


def _at(scene: Scene, raised: Raised) -> Scene:
    return replace(scene, event=raised.event, entry=raised.entry)


def _scene(rule: Rule, example: Example, desk: Desk, mail: Mail | None) -> Scene:
    given = example.given
    event = Event(given.get("event") or min(rule.on))
    role = Role(given.get("by", Role.REQUESTER))
    with_mail = event in {Event.OPENED, Event.REPLIED, Event.ANSWERED, Event.NOTED} or "subject" in given
    return Scene(
        desk=desk,
        event=event,
        number=_NUMBER,
        person=Person(given.get("from", _REQUESTER), role=role),
        mail=mail or (_mail(given, desk) if with_mail else None),
        rating=given.get("rating"),
    )


def _mail(given: Mapping[str, Any], desk: Desk) -> Mail:
    box = next(iter(desk.mailboxes.values()), None)
    to = given.get("to") or (box.address if box else "support@example.com")
    return Mail(
        sender=Address("", given.get("from", _REQUESTER)),
        to=(Address("", to),),
        subject=given.get("subject", ""),
        text=given.get("text", ""),
        reply=given.get("text", ""),
        kind=Kind(given.get("kind", Kind.HUMAN)),
    )


def _before(scene: Scene, example: Example, now: datetime) -> Change:
    """The ticket that it happens to, and the event."""
    box = next(iter(scene.desk.mailboxes.values()), None)
    sender = scene.mail.sender.email if scene.mail and scene.mail.sender else _REQUESTER
    ticket = Ticket(
        number=_NUMBER,
        mailbox=box.name if box else "",
        group=box.group if box else "",
        requester=sender,
        subject=scene.mail.subject if scene.mail else "",
        opened_at=now,
        updated_at=now,
    )
    wanted = {name: _TICKET[name](value) for name, value in example.given.get("ticket", {}).items()}
    assert set(wanted) <= {field.name for field in fields(Ticket)}
    opened = Change(now=now, origin="example").open_ticket(
        replace(ticket, **wanted), sender, kind=EntryKind.CUSTOMER, text=example.given.get("text", "")
    )
    if scene.event is Event.OPENED:
        return opened
    return replace(opened, events=()).record(_NUMBER, EntryKind.CHANGE, sender, event=scene.event)

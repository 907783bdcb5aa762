"""Golden cases beside rules: run one and see what differs from what it expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from maildesk.model.change import Change, Raised
from maildesk.model.desk import Desk, Rulebook, Scene
from maildesk.model.errors import Problem
from maildesk.model.mail import Address, Auth, Kind, Mail, Part
from maildesk.model.people import Contact, Person, Role
from maildesk.model.ticket import EntryKind, Event, Priority, Status, Ticket
from maildesk.rules.arguments import seconds
from maildesk.rules.engine import Example, Rule, run_events
from maildesk.rules.patterns import BadArgument

_REQUESTER = "customer@example.org"
_NUMBER = 1001
_ENUMS = {"event": Event, "kind": Kind, "by": Role}
_TEXTS = ("mail", "from", "to", "subject", "text", "language", "sla")
_NUMBERS = {"rating": (1, 5), "percent": (0, 10_000), "size": (0, 10**9)}
_TICKET: Mapping[str, Callable[[Any], Any]] = {
    "status": Status,
    "priority": Priority,
    "tags": frozenset,
    "group": str,
    "assignee": str,
    "language": str,
    "mailbox": str,
    "channel": str,
    "fields": lambda table: tuple(sorted(table.items())),
}
_AGES = {"age": "opened_at", "idle": "updated_at", "waiting": "waiting_since"}
"""How long ago, in an example's ticket -> the field that it sets."""
_CONTACT = ("organisation", "fields", "tickets", "last_rating", "account_manager", "language")


def wrong_value(given: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first key of an example whose value makes no sense, and how to mend it."""
    for key, value in given.items():
        if key in _ENUMS and value not in list(_ENUMS[key]):
            return key, f"unknown {value!r}; known are {', '.join(_ENUMS[key])}"
        if key in _TEXTS and not isinstance(value, str):
            return key, f"{key} is a text in quotes"
        if key in _NUMBERS and not (isinstance(value, int) and _NUMBERS[key][0] <= value <= _NUMBERS[key][1]):
            return key, "{} is a number from {} to {}".format(key, *_NUMBERS[key])
        if key == "ticket" and not _is_ticket(value):
            return key, f"a table of {', '.join((*_TICKET, *_AGES, 'entries'))} is wanted"
        if wrong := _wrong_circumstance(key, value):
            return key, wrong
    return None


def _wrong_circumstance(key: str, value: Any) -> str:
    if key == "at" and not isinstance(value, datetime):
        return "a time is written without quotes, as 2026-11-22T09:30:00"
    if key == "contact" and not (isinstance(value, Mapping) and set(value) <= set(_CONTACT)):
        return f"a table of {', '.join(_CONTACT)} is wanted"
    if key == "headers" and not isinstance(value, Mapping):
        return 'a table is wanted, as { List-Id = "x" }'
    if key in {"attachments", "away", "helped"} and not _are_names(value):
        return "a list of names is wanted"
    return "write true or false, without quotes" if key == "authenticated" and not isinstance(value, bool) else ""


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_ticket(value: Any) -> bool:
    if not isinstance(value, Mapping) or not set(value) <= {*_TICKET, *_AGES, "entries"}:
        return False
    try:
        [seconds(item) for key, item in value.items() if key in _AGES]
    except BadArgument:
        return False
    enums: dict[str, list[str]] = {"status": list(Status), "priority": list(Priority)}
    return all(item in enums[key] for key, item in value.items() if key in enums)


def try_example(
    rules: Rulebook, rule: Rule, example: Example, desk: Desk, now: datetime, mail: Mail | None = None
) -> tuple[tuple[Problem, ...], Change]:
    """Run all rules on a golden case of one of them: what differs from what it expects, and what was decided.

    ``mail`` is the parsed file that the example names; without one it is made of the example's own keys.
    """
    if at := example.given.get("at"):
        now = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(desk.timezone))
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
        "told": sorted({notice.to.partition("@")[0] for notice in change.notices if notice.role in inside}),
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
    contact = dict(given.get("contact", {}))
    contact["fields"] = tuple(sorted(contact.get("fields", {}).items()))
    requester = given.get("from", _REQUESTER)
    return Scene(
        desk=desk,
        event=event,
        number=_NUMBER,
        person=Person(requester, role=role),
        mail=mail or (_mail(given, desk) if with_mail else None),
        contact=Contact(requester, **contact),
        away=frozenset(given.get("away", ())),
        history=tuple({"assignee": name} for name in given.get("helped", ())),
        rating=given.get("rating"),
        target=given.get("sla", ""),
        percent=given.get("percent", 0),
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
        language=given.get("language", ""),
        size=given.get("size", 0),
        headers=tuple((name.lower(), str(value)) for name, value in given.get("headers", {}).items()),
        parts=tuple(
            Part(str(number), name, "application/octet-stream", 1, "")
            for number, name in enumerate(given.get("attachments", ()), 2)
        ),
        auth=Auth(trusted=True, dmarc="pass" if given["authenticated"] else "fail")
        if "authenticated" in given
        else Auth(),
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
    told = example.given.get("ticket", {})
    wanted = {name: _TICKET[name](value) for name, value in told.items() if name in _TICKET}
    wanted |= {_AGES[name]: now - timedelta(seconds=seconds(value)) for name, value in told.items() if name in _AGES}
    assert set(wanted) <= {field.name for field in fields(Ticket)}
    opened = Change(now=now, origin="example").open_ticket(
        replace(ticket, **wanted), sender, kind=EntryKind.CUSTOMER, text=example.given.get("text", "")
    )
    if entries := told.get("entries"):
        grown = replace(opened.tickets[_NUMBER], version=max(1, entries - 1))
        opened = replace(opened, tickets={_NUMBER: grown})
    if scene.event is Event.OPENED:
        return opened
    return replace(opened, events=()).record(_NUMBER, EntryKind.CHANGE, sender, event=scene.event)

"""Rows <-> values. The only place that knows how a value looks in a column."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from maildesk.model.change import Token
from maildesk.model.people import Contact
from maildesk.model.ticket import TICKET_FIELDS, Clock, Entry, EntryKind, Priority, Status, Ticket
from maildesk.model.tokens import Right


def _iso(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _clock_out(clock: Clock) -> list[Any]:
    pauses = [[_iso(begin), _iso(end)] for begin, end in clock.paused]
    row = [clock.target, clock.cycle, _iso(clock.started), clock.minutes, pauses, _iso(clock.stopped)]
    return [*row, clock.told, clock.acknowledged] if clock.told or clock.acknowledged else row


def _clock_in(data: list[Any]) -> Clock:
    target, cycle, started, minutes, pauses, stopped, *escalated = data
    paused = tuple((datetime.fromisoformat(begin), _time(end)) for begin, end in pauses)
    return Clock(target, cycle, datetime.fromisoformat(started), minutes, paused, _time(stopped), *escalated)


_SETS = ("participants", "watchers", "muted", "tags")
_TIMES = tuple(name for name in TICKET_FIELDS if name.endswith(("_at", "_until", "_since")))
_OUT: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_SETS, sorted),
    "fields": dict,
    "links": list,
    "clocks": lambda clocks: [_clock_out(clock) for clock in clocks],
}
_IN: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_SETS, frozenset),
    "fields": lambda data: tuple(data.items()),
    "links": tuple,
    "clocks": lambda data: tuple(_clock_in(clock) for clock in data),
    "status": Status,
    "priority": Priority,
}
_EMPTY = {**dict.fromkeys(_SETS, "[]"), "fields": "{}", "links": "[]", "clocks": "[]"}
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def ticket_row(ticket: Ticket, names: Iterable[str] = TICKET_FIELDS) -> dict[str, Any]:
    """A ticket as the columns of its table, or as these of them."""
    row: dict[str, Any] = {}
    for name in names:
        value = getattr(ticket, name)
        if name in _OUT:
            row[name] = _dump(_OUT[name](value)) if value else _EMPTY[name]
        else:
            row[name] = value
    return row


def ticket_value(row: Mapping[str, Any]) -> Ticket:
    """A row of the ticket table as a value."""
    state = dict(row)
    for name, empty in _EMPTY.items():
        text = state[name]
        state[name] = _IN[name](json.loads(text if text and text != empty else empty))
    state["status"], state["priority"] = Status(state["status"]), Priority(state["priority"])
    return Ticket(**state)


def _state_out(state: Mapping[str, Any]) -> str:
    return _dump(
        {
            name: _OUT[name](value) if name in _OUT else _iso(value) if name in _TIMES else value
            for name, value in state.items()
        }
    )


def _state_in(text: str) -> dict[str, Any]:
    return {
        name: _IN[name](value) if name in _IN else _time(value) if name in _TIMES else value
        for name, value in json.loads(text or "{}").items()
    }


def entry_row(entry: Entry) -> dict[str, Any]:
    """An entry as the columns of its table; its text has its own."""
    return {
        "ticket": entry.ticket,
        "number": entry.number,
        "kind": entry.kind.value,
        "author": entry.author,
        "at": entry.at,
        "before": _state_out(entry.before),
        "after": _state_out(entry.after),
        "event": str(entry.event),
        "cause": entry.cause,
        "message_id": entry.message_id,
        "public": entry.public,
        "mail": entry.mail,
        "origin": entry.origin,
    }


def entry_value(row: Mapping[str, Any]) -> Entry:
    """A row of entry, with ``text`` joined to it (None when there is none), as a value."""
    state = dict(row)
    return Entry(
        **{
            **state,
            "kind": EntryKind(state["kind"]),
            "before": _state_in(state["before"]),
            "after": _state_in(state["after"]),
            "text": state.get("text") or "",
        }
    )


def contact_value(row: Mapping[str, Any]) -> Contact:
    """A row of the contact table as a value."""
    return Contact(**{**row, "fields": tuple(json.loads(row["fields"] or "{}").items())})


def token_row(token: Token) -> dict[str, Any]:
    """A token as the columns of its table."""
    return {name: getattr(token, name) for name in Token.__dataclass_fields__} | {"right": token.right.value}


def token_value(row: Mapping[str, Any]) -> Token:
    """A row of the token table as a value."""
    return Token(**{**row, "right": Right(row["right"])})


def dump_json(value: Any) -> str:
    """Compact JSON, as every JSON column holds it."""
    return _dump(value)

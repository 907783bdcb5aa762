"""What decisions changed besides tickets, as it was before and after: the other half of `undo`.

Suppressions, absences, blocks, erasures that were asked for and decisions on held mails have no history of their own.
Each change of one is kept under its origin; ``restore`` puts back exactly what was there, as long as it is still as
that origin left it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from maildesk.model.change import Absence, Effect, Erase, Hold, Release, Suppress
from maildesk.model.errors import Conflict
from maildesk.model.people import Contact
from maildesk.store.schema import absence, contact, erasure, held, image, suppression

_BLOCK = ("blocked", "blocked_until", "hits")
_TABLES: Mapping[str, tuple[sa.Table, str, tuple[str, ...]]] = {
    "absence": (absence, "agent", ("until", "cover", "at")),
    "contact": (contact, "email", _BLOCK),
    "erasure": (erasure, "email", ("asked_at",)),
    "held": (held, "mail", ("ticket", "person", "reason", "outcome", "at")),
    "suppression": (suppression, "email", ("reason", "until", "at")),
}
"""Table -> its key and the columns that are kept."""
_TIMES = frozenset({"until", "at", "asked_at", "blocked_until"})
_COUNTED = frozenset({"hits"})
"""Goes on by itself; no change that somebody made."""


@dataclass(frozen=True, slots=True)
class Image:
    """One row before and after; None where there was none."""

    what: str
    key: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None


def touched(effect: Effect) -> tuple[str, str] | None:
    """The table and the key of the row that an effect changes; None for effects that `undo` does not look at."""
    match effect:
        case Suppress(email=key, reason="spam"):
            return "suppression", key
        case Absence(agent=key):
            return "absence", key
        case Erase(email=key):
            return "erasure", key
        case Hold(mail=row, reason="approval") | Release(mail=row):
            return "held", str(row)
    return None


def block_of(one: Contact | None) -> Mapping[str, Any] | None:
    """What is kept of a contact when somebody blocks it or lets it in again."""
    return {name: getattr(one, name) for name in _BLOCK} if one else None


def read(connection: sa.Connection, what: str, key: str) -> Mapping[str, Any] | None:
    """A row as it is now."""
    table, name, columns = _TABLES[what]
    row = connection.execute(sa.select(table).where(_is(table.c[name], key))).mappings().first()
    return {column: row[column] for column in columns} if row else None


def keep(connection: sa.Connection, origin: str, images: Iterable[Image], now: datetime) -> None:
    """Keep images under their origin, behind those that it has already."""
    count = connection.scalar(sa.select(sa.func.count()).where(image.c.origin == origin)) or 0
    rows = [
        {"origin": origin, "number": number, "what": one.what, "key": one.key, "old": _out(one.old),
         "new": _out(one.new), "at": now}
        for number, one in enumerate(images, count + 1)
    ]  # fmt: skip
    if rows:
        connection.execute(image.insert(), rows)


def lost(connection: sa.Connection, origin: str) -> tuple[int, tuple[str, ...]]:
    """How many images an origin has, and the keys of the rows that are not as it left them."""
    images = _of(connection, origin)
    latest = {(one.what, one.key): one for one in images}
    changed = [one.key for one in latest.values() if not _same(read(connection, one.what, one.key), one.new)]
    return len(images), tuple(sorted(changed))


def restore(connection: sa.Connection, origin: str) -> None:
    """Put every row back as it was before this origin. Raises Conflict when one was changed since."""
    images = _of(connection, origin)
    if lost(connection, origin)[1]:
        raise Conflict(f"what {origin} did was changed by somebody else meanwhile")
    for one in reversed(images):
        _put_back(connection, one)
    connection.execute(image.delete().where(image.c.origin == origin))


def _put_back(connection: sa.Connection, one: Image) -> None:
    table, name, _ = _TABLES[one.what]
    here = _is(table.c[name], one.key)
    if one.old is None and one.what != "contact":
        connection.execute(table.delete().where(here))
    elif one.old is None:
        connection.execute(contact.update().where(here).values({"blocked": "", "blocked_until": None, "hits": 0}))
        connection.execute(contact.delete().where(here, *_nothing_else_is_known()))
    elif connection.execute(table.update().where(here), dict(one.old)).rowcount == 0:
        connection.execute(table.insert(), {name: one.key, **one.old})


def _nothing_else_is_known() -> Sequence[sa.ColumnElement[bool]]:
    empty = {"name": "", "organisation": "", "language": "", "fields": "{}", "account_manager": "", "same_as": ""}
    texts = [contact.c[name] == value for name, value in empty.items()]
    return (*texts, contact.c.tickets == 0, contact.c.last_rating.is_(None), contact.c.no_updates.is_(False))


def _is(column: sa.Column[Any], key: str) -> sa.ColumnElement[bool]:
    return column == (int(key) if column.name == "mail" else key)


def _of(connection: sa.Connection, origin: str) -> list[Image]:
    query = sa.select(image).where(image.c.origin == origin).order_by(image.c.number)
    return [
        Image(row["what"], row["key"], _in(row["old"]), _in(row["new"])) for row in connection.execute(query).mappings()
    ]


def _same(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(one[name] == value for name, value in other.items() if name not in _COUNTED)


def _out(row: Mapping[str, Any] | None) -> str:
    return json.dumps(row, default=datetime.isoformat) if row is not None else ""


def _in(text: str) -> Mapping[str, Any] | None:
    if not text:
        return None
    row: dict[str, Any] = json.loads(text)
    return {name: datetime.fromisoformat(value) if name in _TIMES and value else value for name, value in row.items()}

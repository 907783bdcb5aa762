"""The history as lines that other programs read, and back into an empty store. docs/export.md names every key.

What goes along: contacts, tickets with their whole history, ratings, the facts of mails in and out. What does not: the
bytes of mails, reply tokens, secrets. A whole copy is a backup.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from maildesk.model.errors import PermanentFailure
from maildesk.store.flush import replace_row
from maildesk.store.health import differing
from maildesk.store.rows import dump_json
from maildesk.store.schema import (
    SEQUENCES,
    Moment,
    absence,
    contact,
    entry,
    entry_text,
    mail,
    outbox,
    rating,
    sequence,
    suppression,
    ticket,
)
from maildesk.store.writing import Writer

FORMAT = 1
_AT_ONCE = 200
_JSON = frozenset("participants watchers muted tags fields links clocks before after".split())  # noqa: SIM905 - names
_NOT_OURS = {
    "mail": frozenset(("owner", "standing", "released", "attempts", "settled")),
    "letter": frozenset(("owner", "server_said", "copied", "attempts", "draft", "source", "promises")),
}
_TABLES = {
    "contact": contact,
    "suppression": suppression,
    "absence": absence,
    "ticket": ticket,
    "entry": entry,
    "rating": rating,
    "mail": mail,
    "letter": outbox,
}
KINDS = tuple(_TABLES)
"""What a line can be about, in the order in which they come."""
_PEOPLE, _OF_TICKET = KINDS[:3], KINDS[4:]
_BYTELESS = "imported without its bytes"
_OPEN = ("taken", "quarantined"), ("held", "queued", "attempting")

Line = Mapping[str, Any]


def keys(kind: str) -> tuple[str, ...]:
    """The keys of a line of this kind, as documented."""
    names = [column.name for column in _TABLES[kind].columns if column.name not in _NOT_OURS.get(kind, ())]
    return (*names, "text") if kind == "entry" else tuple(names)


class Carrier:
    """Writes and reads lines. ``lines`` is many short transactions, ``bring`` a single one."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def lines(self, since: datetime | None, tick: Callable[[int, int], None]) -> Iterator[Line]:
        """Every line: a header, people, each ticket (changed since then, where given) with what belongs to it, then
        mails and letters of no ticket. Values are JSON's own, times ISO 8601.
        """
        yield {"type": "header", "format": FORMAT, "numbers": self._numbers()}
        for kind in _PEOPLE:
            yield from self._of(kind, sa.true())
        wanted = [ticket.c.updated_at >= since] if since else []
        total = self._scalars(sa.select(sa.func.count()).select_from(ticket).where(*wanted))[0]
        numbers = sa.select(ticket.c.number).where(*wanted).order_by(ticket.c.number).limit(_AT_ONCE)
        done, last = 0, 0
        while found := self._scalars(numbers.where(ticket.c.number > last)):
            last = found[-1]
            yield from self._tickets(found)
            done += len(found)
            tick(done, total)
        for kind, column in (("mail", mail.c.received_at), ("letter", outbox.c.created_at)):
            late = column >= since if since else sa.true()
            yield from self._of(kind, sa.and_(_TABLES[kind].c.ticket == 0, late))

    def _numbers(self) -> dict[str, int]:
        """The latest number of each sequence that was given."""
        if self._writer.engine.dialect.name == "postgresql":
            read = {name: sa.text(f"SELECT last_value FROM {name}_number") for name in SEQUENCES}  # noqa: S608 - own words
            return {name: self._scalars(query)[0] for name, query in read.items()}
        with self._writer.read() as connection:
            found = {row.name: row.value for row in connection.execute(sa.select(sequence))}
        return {name: found.get(name, before) for name, before in SEQUENCES.items()}

    def _scalars(self, query: sa.Executable) -> Sequence[Any]:
        with self._writer.read() as connection:
            return connection.scalars(query).all()

    def _of(self, kind: str, condition: sa.ColumnElement[bool]) -> Iterator[Line]:
        table = _TABLES[kind]
        wanted = keys(kind)
        query = sa.select(*(table.c[name] for name in wanted if name in table.c))
        if kind == "entry":
            place = sa.and_(entry.c.ticket == entry_text.c.ticket, entry.c.number == entry_text.c.number)
            query = query.add_columns(entry_text.c.text).outerjoin(entry_text, place)
        ordered = query.where(condition).order_by(*table.primary_key)
        with self._writer.read() as connection:
            for row in connection.execution_options(yield_per=1000).execute(ordered).mappings():
                yield {"type": kind, **{name: _out(name, value) for name, value in row.items()}}

    def _tickets(self, numbers: Sequence[int]) -> Iterator[Line]:
        grouped: dict[int, list[Line]] = {
            line["number"]: [line] for line in self._of("ticket", ticket.c.number.in_(numbers))
        }
        for kind in _OF_TICKET:
            for line in self._of(kind, _TABLES[kind].c.ticket.in_(numbers)):
                grouped[line["ticket"]].append(line)
        for number in numbers:
            yield from grouped[number]

    def bring(self, lines: Iterable[tuple[int, Line]], tick: Callable[[int, int], None]) -> Mapping[str, int]:
        """Keep lines (number, line) in an empty store, all or nothing; returns how many of each kind.

        Raises PermanentFailure with the number of a line that cannot be kept, or when the store is not empty.
        """
        counts = dict.fromkeys(KINDS, 0)
        with self._writer.write() as connection:
            for table, what in ((ticket, "tickets"), (mail, "mails"), (outbox, "mails to send")):
                if connection.scalar(sa.select(sa.func.count()).select_from(table)):
                    raise PermanentFailure(f"there are {what} in this store; an export comes into an empty one only")
            numbers: dict[str, int] = {}
            waiting: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
            for at, line in lines:
                kind = str(line.get("type"))
                if kind == "header":
                    numbers = _header(at, line)
                    continue
                waiting[_known(at, kind, begun=bool(numbers))].append(_in(at, kind, line))
                counts[kind] += 1
                if len(waiting[kind]) >= _AT_ONCE:
                    _insert(connection, kind, waiting[kind])
                tick(sum(counts.values()), 0)
            for kind, left in waiting.items():
                _insert(connection, kind, left)
            if not numbers:
                raise PermanentFailure("this is no export: its first line is no header")
            _finish(connection, numbers)
        return counts


def _out(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return json.loads(value) if name in _JSON and value else value


def _header(at: int, line: Line) -> dict[str, int]:
    if line.get("format") != FORMAT:
        raise PermanentFailure(
            f"line {at}: format {line.get('format')!r} is not known here; this program reads {FORMAT}"
        )
    return {name: max(before, int(line.get("numbers", {}).get(name, 0))) for name, before in SEQUENCES.items()}


def _known(at: int, kind: str, *, begun: bool) -> str:
    if not begun:
        raise PermanentFailure(f"line {at}: this is no export: its first line is no header")
    if kind not in _TABLES:
        raise PermanentFailure(f"line {at}: there are no lines of type {kind!r}; there are: {', '.join(KINDS)}")
    return kind


def _in(at: int, kind: str, line: Line) -> dict[str, Any]:
    """A line as a row; what has no bytes here waits for nothing any more."""
    table = _TABLES[kind]
    strange = set(line) - {"type", *keys(kind)}
    missing = {column.name for column in table.primary_key} - set(line)
    if strange or missing:
        what = f"no key {min(strange)!r} is known" if strange else f"the key {min(missing)!r} is missing"
        raise PermanentFailure(f"line {at}: {kind}: {what}")
    try:
        row = {name: _value(table, name, value) for name, value in line.items() if name != "type"}
    except (TypeError, ValueError) as error:
        raise PermanentFailure(f"line {at}: {kind}: {error}") from None
    if kind == "mail":
        row |= {"attempts": 1, "settled": True}
        row |= {"state": "ignored", "reason": _BYTELESS} if row.get("state") in _OPEN[0] else {}
    if kind == "letter" and row.get("state") in _OPEN[1]:
        row |= {"state": "cancelled", "reason": _BYTELESS}
    return row


def _value(table: sa.Table, name: str, value: Any) -> Any:
    if name == "text" and name not in table.c:
        return value
    if isinstance(table.c[name].type, Moment):
        return datetime.fromisoformat(value) if value else None
    return dump_json(value) if name in _JSON else value


def _insert(connection: sa.Connection, kind: str, rows: list[dict[str, Any]]) -> None:
    texts = [
        {"ticket": row["ticket"], "number": row["number"], "text": text}
        for row in rows
        if (text := row.pop("text", None))
    ]
    try:
        if rows:
            connection.execute(_TABLES[kind].insert(), rows)
        if texts:
            connection.execute(entry_text.insert(), texts)
    except (sa.exc.IntegrityError, sa.exc.StatementError) as error:
        raise PermanentFailure(f"{kind}: {getattr(error, 'orig', None) or error}") from None
    rows.clear()


def _finish(connection: sa.Connection, numbers: Mapping[str, int]) -> None:
    """Numbers go on where they ended; a ticket whose history does not add up to it takes everything back."""
    wrong = differing(connection, 0, 2**62)
    if wrong:
        raise PermanentFailure(f"ticket {wrong[0]} is not what its history adds up to; nothing was kept")
    highest = {
        "ticket": connection.scalar(sa.select(sa.func.max(ticket.c.number))) or 0,
        "outbox": connection.scalar(sa.select(sa.func.max(outbox.c.id))) or 0,
    }
    for name, number in numbers.items():
        latest = max(number, highest.get(name, 0))
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.setval(f"{name}_number", latest)))
        else:
            replace_row(connection, sequence, {"name": name}, {"value": latest})
    if connection.dialect.name == "postgresql" and connection.scalar(sa.select(sa.func.max(mail.c.id))):
        own = sa.func.pg_get_serial_sequence("mail", "id")
        connection.execute(sa.select(sa.func.setval(own, sa.select(sa.func.max(mail.c.id)).scalar_subquery())))

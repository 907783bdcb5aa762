"""Looking for what must never be: damage, broken references, lost bytes, histories that do not add up. Only reads."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from maildesk.model.errors import TemporaryFailure
from maildesk.model.ticket import Ticket, fold
from maildesk.store import rows
from maildesk.store.look import ENTRIES
from maildesk.store.schema import entry, in_state, mail, outbox, outbox_content, position, raw, ticket
from maildesk.store.writing import Writer

_AT_ONCE = 200
_STATES = ("taken", "done", "duplicate", "ignored", "quarantined")
"""The conservation law (P24): every mail that was fetched is in exactly one of these."""
_SOUND = {
    "sqlite": {"journal_mode": "wal", "synchronous": "2"},
    "postgresql": {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"},
}
"""The settings on which promises about crashes and power cuts stand (P18); 2 is FULL."""

Tick = Callable[[int, int], None]
"""Takes (done, in all)."""


class Health:
    """Each question is answered with what is wrong, in words; nothing is wrong where nothing comes."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def _values(self, statement: sa.Executable) -> Sequence[Any]:
        with self._writer.read() as connection:
            return [row[0] if len(row) == 1 else tuple(row) for row in connection.execute(statement)]

    def damage(self) -> Iterator[str]:
        """What the database itself finds: broken pages, rows that refer to rows that are gone."""
        if self._writer.engine.dialect.name != "sqlite":
            return
        try:
            answers = self._values(sa.text("PRAGMA integrity_check(10)"))
            lost = self._values(sa.text("PRAGMA foreign_key_check"))
        except TemporaryFailure as error:
            if type(error.__cause__) is not sa.exc.DatabaseError:
                raise
            yield str(error)
            return
        yield from (answer for answer in answers if answer != "ok")
        yield from (f"row {row[1]} of {row[0]} refers to a row of {row[2]} that is gone" for row in lost)

    def unsound_settings(self) -> Iterator[str]:
        """Settings of the database with which a power cut can lose what was acknowledged."""
        kind = self._writer.engine.dialect.name
        word = "PRAGMA" if kind == "sqlite" else "SHOW"
        for name, wanted in _SOUND[kind].items():
            if (found := str(self._values(sa.text(f"{word} {name}"))[0])) != wanted:
                yield f"{name} is {found}, it must be {wanted}"

    def lost_bytes(self, tick: Tick) -> Iterator[str]:
        """Raw mails and mails to send whose bytes are missing, or are not those that were stored."""
        open_mail = mail.c.state.in_(("taken", "quarantined"))
        bare = sa.select(mail.c.id).outerjoin(raw, raw.c.mail == mail.c.id).where(open_mail, raw.c.mail.is_(None))
        yield from (f"mail {row}: its bytes are missing" for row in self._values(bare))
        unsent = in_state(outbox, "held", "queued", "attempting")
        empty = sa.select(outbox.c.id).outerjoin(outbox_content, outbox_content.c.outbox == outbox.c.id)
        missing = empty.where(unsent, outbox_content.c.outbox.is_(None))
        yield from (f"mail to send {row}: its bytes are missing" for row in self._values(missing))
        total = self._values(sa.select(sa.func.count()).select_from(raw))[0]
        query = sa.select(raw.c.mail, raw.c.content, mail.c.size).join(mail, mail.c.id == raw.c.mail)
        done, last = 0, 0
        while found := self._values(query.where(raw.c.mail > last).order_by(raw.c.mail).limit(_AT_ONCE)):
            last = found[-1][0]
            done += len(found)
            tick(done, total)
            yield from (f"mail {row}: {fault}" for row, content, size in found if (fault := _fault(content, size)))

    def misfolded(self, tick: Tick) -> Iterator[int]:
        """Tickets that are not what their history adds up to."""
        total = self._values(sa.select(sa.func.count()).select_from(ticket))[0]
        done, last = 0, 0
        numbers = sa.select(ticket.c.number).order_by(ticket.c.number).limit(_AT_ONCE)
        while found := self._values(numbers.where(ticket.c.number > last)):
            suspects = self._differ(found[0], found[-1])
            # Between two statements a daemon on PostgreSQL may have changed one: what is wrong stays wrong.
            yield from (number for number in suspects if self._differ(number, number) and self._differ(number, number))
            last = found[-1]
            done += len(found)
            tick(done, total)

    def _differ(self, low: int, high: int) -> list[int]:
        with self._writer.read() as connection:
            return differing(connection, low, high)

    def unbalanced(self) -> Iterator[str]:
        """Where the conservation law does not hold: mails in no known state, or of tickets that there are not."""
        strange = sa.select(mail.c.id, mail.c.state).where(mail.c.state.not_in(_STATES))
        yield from (f"mail {row} is in no known state: {state!r}" for row, state in self._values(strange))
        homeless = (
            sa.select(mail.c.id, mail.c.ticket)
            .outerjoin(ticket, ticket.c.number == mail.c.ticket)
            .where(mail.c.ticket > 0, ticket.c.number.is_(None))
        )
        yield from (
            f"mail {row} belongs to ticket {number}, which is not there" for row, number in self._values(homeless)
        )
        here = sa.and_(mail.c.mailbox == position.c.mailbox, mail.c.uidvalidity == position.c.uidvalidity)
        ahead = (
            sa.select(position.c.mailbox, position.c.last_uid, sa.func.max(mail.c.uid))
            .join(mail, here)
            .group_by(position.c.mailbox, position.c.uidvalidity, position.c.last_uid)
            .having(sa.func.max(mail.c.uid) > position.c.last_uid)
        )
        for box, noted, uid in self._values(ahead):
            yield f"mailbox {box}: mail up to UID {uid} is here, but only {noted} is noted"

    def stuck(self, before: datetime) -> Iterator[str]:
        """What was begun before then and came to no end."""
        begun = sa.select(outbox.c.id).where(in_state(outbox, "attempting"), outbox.c.not_before < before)
        yield from (f"mail to send {row} has been attempting for long" for row in self._values(begun))
        taken = sa.select(mail.c.id).where(in_state(mail, "taken"), mail.c.taken_at < before)
        yield from (f"mail {row} was taken and is not decided" for row in self._values(taken))
        due = sa.select(outbox.c.id).where(in_state(outbox, "queued"), outbox.c.not_before < before)
        yield from (f"mail to send {row} is due and has not left" for row in self._values(due))


def differing(connection: sa.Connection, low: int, high: int) -> list[int]:
    """Numbers of the tickets between these that are not what their history adds up to."""
    query = sa.select(ticket).where(ticket.c.number.between(low, high)).order_by(ticket.c.number)
    tickets = [rows.ticket_value(dict(row)) for row in connection.execute(query).mappings()]
    histories: dict[int, list[Any]] = {}
    for row in connection.execute(ENTRIES.where(entry.c.ticket.between(low, high))).mappings():
        histories.setdefault(row["ticket"], []).append(rows.entry_value(dict(row)))
    return [one.number for one in tickets if _folded(histories.get(one.number, [])) != one]


def _fault(content: bytes, size: int) -> str:
    """What is wrong with the bytes of a mail; they carry a checksum (RFC 1950 section 2.2)."""
    try:
        found = len(zlib.decompress(content))
    except zlib.error:
        return "its bytes are damaged"
    # Of a mail over the limit only the header was fetched, and its whole size noted.
    return f"{found} bytes are there, {size} came" if found > size else ""


def _folded(entries: Sequence[Any]) -> Ticket | None:
    try:
        return fold(entries)
    except (TypeError, ValueError):
        return None

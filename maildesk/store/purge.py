"""Removing what was kept long enough: contents, never the fact that something happened. Batches, each a transaction.

What is removed on SQLite is overwritten; ``compact`` sees to what was freed before, and to the write-ahead log.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa

from maildesk.model.change import OutboxState
from maildesk.model.errors import TemporaryFailure
from maildesk.store.database import failures
from maildesk.store.schema import entry_text, mail, outbox, outbox_content, rating, raw, ticket, webhook
from maildesk.store.writing import Writer

BATCH = 500
_OVER = [state.value for state in (OutboxState.SENT, OutboxState.CANCELLED, OutboxState.SUPPRESSED, OutboxState.FAILED)]


class Purger:
    """Every method but ``due`` and ``compact`` removes at most ``BATCH`` things that are older than ``before``, and
    returns how many; ``due`` counts what the method of a name would remove, called often enough.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def outbox(self, before: datetime) -> int:
        """The bytes of mails that left or will not leave any more; their rows stay."""
        with self._removing() as connection:
            rows = list(connection.scalars(_outbox(before).limit(BATCH)))
            connection.execute(outbox_content.delete().where(outbox_content.c.outbox.in_(rows)))
        return len(rows)

    def quarantine(self, before: datetime) -> int:
        """Mails that nobody looked at in quarantine; that they came stays known."""
        with self._removing() as connection:
            rows = list(connection.scalars(_quarantine(before).limit(BATCH)))
            connection.execute(raw.delete().where(raw.c.mail.in_(rows)))
            told = {"state": "ignored", "reason": "its time in quarantine is over", "sender": "", "subject": ""}
            connection.execute(mail.update().where(mail.c.id.in_(rows)).values(told))
        return len(rows)

    def raw_mail(self, before: datetime) -> int:
        """The raw mails of tickets that were closed, and of mails that went nowhere."""
        with self._removing() as connection:
            rows = list(connection.scalars(_raw_mail(before).limit(BATCH)))
            connection.execute(raw.delete().where(raw.c.mail.in_(rows)))
            homeless = sa.and_(mail.c.id.in_(rows), mail.c.ticket == 0)
            connection.execute(mail.update().where(homeless).values(sender="", subject=""))
        return len(rows)

    def texts(self, before: datetime) -> int:
        """What was written in tickets that were closed; the history keeps who did what and when."""
        with self._removing() as connection:
            numbers = list(connection.scalars(_texts(before).limit(BATCH)))
            connection.execute(entry_text.delete().where(entry_text.c.ticket.in_(numbers)))
            connection.execute(rating.update().where(rating.c.ticket.in_(numbers)).values(comment=""))
            connection.execute(outbox_content.delete().where(outbox_content.c.outbox.in_(_mails_of(numbers))))
            connection.execute(webhook.update().where(webhook.c.ticket.in_(numbers)).values(reason=""))
        return len(numbers)

    def strangers(self, before: datetime) -> tuple[str, ...]:
        """Addresses whose every ticket was closed before then: nothing asks any more who they were."""
        with self._writer.read() as connection:
            return tuple(connection.scalars(_strangers(before).limit(BATCH)))

    def due(self, what: str, before: datetime) -> int:
        """How many things the method of this name would remove."""
        with self._writer.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(_DUE[what](before).subquery())) or 0

    def compact(self) -> bool:
        """Give freed room back, so that nothing of what was removed stays in the files; False while somebody reads on.

        Raises TemporaryFailure when the store is busy or the disk too full.
        """
        engine = self._writer.engine
        with failures():
            bare = engine.raw_connection()
        try:
            if engine.dialect.name == "postgresql":
                bare.rollback()
                bare.driver_connection.autocommit = True  # type: ignore[union-attr]
            work = bare.cursor()
            work.execute("VACUUM FULL" if engine.dialect.name == "postgresql" else "VACUUM")
            if engine.dialect.name == "postgresql":
                return True
            work.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = [row[0] for row in work.fetchall()]
        except sqlite3.OperationalError as error:
            raise TemporaryFailure(f"what was removed is overwritten, but the store cannot shrink: {error}") from error
        finally:
            bare.invalidate()
        return busy == [0]

    @contextmanager
    def _removing(self) -> Iterator[sa.Connection]:
        with self._writer.write() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            yield connection


def _outbox(before: datetime) -> sa.Select[int]:
    old = sa.and_(outbox.c.created_at < before, outbox.c.state.in_(_OVER))
    return sa.select(outbox_content.c.outbox).join(outbox, outbox.c.id == outbox_content.c.outbox).where(old)


def _quarantine(before: datetime) -> sa.Select[int]:
    return sa.select(mail.c.id).where(mail.c.state == "quarantined", mail.c.taken_at < before)


def _raw_mail(before: datetime) -> sa.Select[int]:
    joined = sa.select(raw.c.mail).join(mail, mail.c.id == raw.c.mail)
    nowhere = sa.and_(mail.c.ticket == 0, mail.c.state.in_(("ignored", "duplicate")), mail.c.taken_at < before)
    return joined.outerjoin(ticket, ticket.c.number == mail.c.ticket).where(sa.or_(_closed(before), nowhere))


def _texts(before: datetime) -> sa.Select[int]:
    has_text = sa.exists().where(entry_text.c.ticket == ticket.c.number)
    return sa.select(ticket.c.number).where(_closed(before), has_text)


def _strangers(before: datetime) -> sa.Select[str]:
    asked = sa.select(ticket.c.requester).where(ticket.c.requester.contains("@")).group_by(ticket.c.requester)
    return asked.having(sa.func.sum(sa.case((_closed(before), 0), else_=1)) == 0)


_DUE: dict[str, Callable[[datetime], sa.Select[int] | sa.Select[str]]] = {
    "outbox": _outbox,
    "quarantine": _quarantine,
    "raw_mail": _raw_mail,
    "texts": _texts,
    "strangers": _strangers,
}


def _closed(before: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(ticket.c.status == "closed", ticket.c.closed_at < before)


def _mails_of(numbers: Sequence[int]) -> sa.Select[int]:
    return sa.select(outbox.c.id).where(outbox.c.ticket.in_(numbers), outbox.c.state.in_(_OVER))

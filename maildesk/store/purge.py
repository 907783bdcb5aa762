"""Removing what was kept long enough: contents, never the fact that something happened. Batches, each a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from maildesk.model.change import OutboxState
from maildesk.store.schema import entry_text, mail, outbox, outbox_content, rating, raw, ticket
from maildesk.store.writing import Writer

BATCH = 500
_OVER = [state.value for state in (OutboxState.SENT, OutboxState.CANCELLED, OutboxState.SUPPRESSED, OutboxState.FAILED)]


class Purger:
    """Every method removes at most ``BATCH`` things that are older than ``before``, and returns how many."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def outbox(self, before: datetime) -> int:
        """The bytes of mails that left or will not leave any more; their rows stay."""
        old = sa.and_(outbox.c.created_at < before, outbox.c.state.in_(_OVER))
        query = sa.select(outbox_content.c.outbox).join(outbox, outbox.c.id == outbox_content.c.outbox).where(old)
        with self._writer.write() as connection:
            rows = list(connection.scalars(query.limit(BATCH)))
            connection.execute(outbox_content.delete().where(outbox_content.c.outbox.in_(rows)))
        return len(rows)

    def quarantine(self, before: datetime) -> int:
        """Mails that nobody looked at in quarantine; that they came stays known."""
        old = sa.and_(mail.c.state == "quarantined", mail.c.taken_at < before)
        with self._writer.write() as connection:
            rows = list(connection.scalars(sa.select(mail.c.id).where(old).limit(BATCH)))
            connection.execute(raw.delete().where(raw.c.mail.in_(rows)))
            told = {"state": "ignored", "reason": "its time in quarantine is over"}
            connection.execute(mail.update().where(mail.c.id.in_(rows)).values(told))
        return len(rows)

    def raw_mail(self, before: datetime) -> int:
        """The raw mails of tickets that were closed."""
        query = sa.select(raw.c.mail).join(mail, mail.c.id == raw.c.mail).join(ticket, ticket.c.number == mail.c.ticket)
        with self._writer.write() as connection:
            rows = list(connection.scalars(query.where(_closed(before)).limit(BATCH)))
            connection.execute(raw.delete().where(raw.c.mail.in_(rows)))
        return len(rows)

    def texts(self, before: datetime) -> int:
        """What was written in tickets that were closed; the history keeps who did what and when."""
        has_text = sa.exists().where(entry_text.c.ticket == ticket.c.number)
        with self._writer.write() as connection:
            numbers = list(connection.scalars(sa.select(ticket.c.number).where(_closed(before), has_text).limit(BATCH)))
            connection.execute(entry_text.delete().where(entry_text.c.ticket.in_(numbers)))
            connection.execute(rating.update().where(rating.c.ticket.in_(numbers)).values(comment=""))
            connection.execute(outbox_content.delete().where(outbox_content.c.outbox.in_(_mails_of(numbers))))
        return len(numbers)

    def strangers(self, before: datetime) -> tuple[str, ...]:
        """Addresses whose every ticket was closed before then: nothing asks any more who they were."""
        asked = sa.select(ticket.c.requester).where(ticket.c.requester.contains("@")).group_by(ticket.c.requester)
        still = sa.func.sum(sa.case((_closed(before), 0), else_=1)) == 0
        with self._writer.read() as connection:
            return tuple(connection.scalars(asked.having(still).limit(BATCH)))


def _closed(before: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(ticket.c.status == "closed", ticket.c.closed_at < before)


def _mails_of(numbers: Sequence[int]) -> sa.Select[tuple[int]]:
    return sa.select(outbox.c.id).where(outbox.c.ticket.in_(numbers), outbox.c.state.in_(_OVER))

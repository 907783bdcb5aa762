"""The outbox as a queue: claim what is due, settle what became of it, take over what a dead worker left."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from maildesk.model.change import MailClass, OutboxState
from maildesk.model.errors import Conflict
from maildesk.store.flush import decide
from maildesk.store.schema import in_state, outbox, outbox_content
from maildesk.store.writing import Writer

WAITING = (OutboxState.HELD.value, OutboxState.QUEUED.value)

_ROWS: sa.BindParameter[Any] = sa.bindparam("rows", expanding=True)
_NEXT_DUE = sa.select(sa.func.min(outbox.c.not_before)).where(in_state(outbox, *WAITING))
_WAITING_NOW = (
    sa.select(outbox)
    .where(in_state(outbox, *WAITING), outbox.c.not_before <= sa.bindparam("now"))
    .order_by(outbox.c.mail_class.desc(), outbox.c.id)
    .limit(sa.bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    outbox.update()
    .where(outbox.c.id.in_(_ROWS))
    .values(state=OutboxState.ATTEMPTING.value, owner=sa.bindparam("me"), attempts=outbox.c.attempts + 1)
)
_CONTENTS = sa.select(outbox_content).where(outbox_content.c.outbox.in_(_ROWS))
_SETTLE = (
    outbox.update()
    .where(outbox.c.id == sa.bindparam("row"), outbox.c.state == OutboxState.ATTEMPTING.value)
    .values(
        state=sa.bindparam("v_state"),
        reason=sa.bindparam("v_reason"),
        server_said=sa.bindparam("v_said"),
        not_before=sa.bindparam("v_not_before"),
        sent_at=sa.bindparam("v_sent_at"),
        owner="",
    )
)


@dataclass(frozen=True, slots=True)
class DueMail:
    """A mail that a sender claimed: its row is in state attempting, its bytes are final."""

    row: int
    mail_class: MailClass
    message_id: str
    mailbox: str
    sender: str
    recipient: str
    role: str
    template: str
    ticket: int
    entry: int
    attempts: int
    created_at: datetime
    origin: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claimed mail."""

    row: int
    state: OutboxState
    not_before: datetime
    sent_at: datetime | None = None
    reason: str = ""
    server_said: str = ""


class OutboxQueue:
    """Claims and settles; every method is one transaction."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def claim(self, owner: str, now: datetime, limit: int) -> tuple[DueMail, ...]:
        """Make up to ``limit`` due mails ours: answers first, then in the order they were written.

        The state ``attempting`` is committed when this returns, before anything is sent. What expired while
        it waited is cancelled.
        """
        with self._writer.write() as connection:
            found = connection.execute(_WAITING_NOW, {"now": now, "limit": limit}).mappings().all()
            if not found:
                return ()
            late = [row["id"] for row in found if row["expires"] and row["expires"] < now]
            if late:
                cancelled = {"state": OutboxState.CANCELLED.value, "reason": "expired before it could be sent"}
                connection.execute(outbox.update().where(outbox.c.id.in_(late)).values(cancelled))
            good = [row for row in found if row["id"] not in late]
            rows = [row["id"] for row in good]
            connection.execute(_CLAIM, {"rows": rows, "me": owner})
            contents = {row.outbox: row.content for row in connection.execute(_CONTENTS, {"rows": rows})}
        return tuple(_due_value(row, contents[row["id"]]) for row in good)

    def settle(self, connection: sa.Connection, settled: Sequence[Settled]) -> frozenset[int]:
        """Write what became of claimed mails, inside the caller's transaction.

        Returns those that waited for it; another row was settled before (W4), or taken over.
        """
        return frozenset(one.row for one in sorted(settled, key=attrgetter("row")) if _settle(connection, one))

    def disown(self, owner: str) -> int:
        """Free what this owner claimed without learning of it, because the answer of the commit was lost (W4)."""
        with self._writer.write() as connection:
            mine = sa.and_(in_state(outbox, OutboxState.ATTEMPTING.value), outbox.c.owner == owner)
            free = {"state": OutboxState.QUEUED.value, "owner": "", "attempts": outbox.c.attempts - 1}
            return int(connection.execute(outbox.update().where(mine).values(free)).rowcount)

    def take_over(self, owner: str, now: datetime) -> int:
        """Settle what dead workers left in doubt: automatic mail is unknown, answers are sent again (P4, P5)."""
        with self._writer.write() as connection:
            dead = self._writer.dead_owners(connection, outbox, owner)
            if not dead:
                return 0
            mine = sa.and_(in_state(outbox, OutboxState.ATTEMPTING.value), outbox.c.owner.in_(dead))
            doubt = "the sender died while it was being sent"
            reply = connection.execute(
                outbox.update()
                .where(mine, outbox.c.mail_class == MailClass.REPLY.value)
                .values(state=OutboxState.QUEUED.value, owner="", not_before=now, reason=doubt)
            )
            automatic = connection.execute(
                outbox.update().where(mine).values(state=OutboxState.UNKNOWN.value, owner="", reason=doubt)
            )
        return int(reply.rowcount + automatic.rowcount)

    def next_due(self) -> datetime | None:
        """When the earliest waiting mail may leave, or None."""
        with self._writer.read() as connection:
            earliest: datetime | None = connection.scalar(_NEXT_DUE)
        return earliest

    def uncopied(self, mailbox: str, limit: int = 50) -> tuple[tuple[int, bytes], ...]:
        """(row, bytes) of sent answers of a mailbox that are not in its Sent folder yet."""
        query = (
            sa.select(outbox.c.id, outbox_content.c.content)
            .join(outbox_content, outbox_content.c.outbox == outbox.c.id)
            .where(
                outbox.c.mailbox == mailbox,
                outbox.c.template == sa.literal_column("'answer'"),
                in_state(outbox, OutboxState.SENT.value),
                outbox.c.copied == sa.literal_column("0"),
            )
            .order_by(outbox.c.id)
            .limit(limit)
        )
        with self._writer.read() as connection:
            return tuple((row.id, zlib.decompress(row.content)) for row in connection.execute(query))

    def copied(self, row: int) -> None:
        """Note that a copy is in the Sent folder."""
        with self._writer.write() as connection:
            connection.execute(outbox.update().where(outbox.c.id == row).values(copied=1))

    def in_doubt(self, mailbox: str, before: datetime, limit: int = 50) -> tuple[tuple[int, str], ...]:
        """(row, Message-ID) of mails that may or may not have left before then, and that nobody looked for yet."""
        query = (
            sa.select(outbox.c.id, outbox.c.message_id)
            .where(
                outbox.c.mailbox == mailbox,
                in_state(outbox, OutboxState.UNKNOWN.value),
                outbox.c.created_at < before,
                sa.or_(outbox.c.not_before.is_(None), outbox.c.not_before < before),
                outbox.c.copied == sa.literal_column("0"),
            )
            .order_by(outbox.c.id)
            .limit(limit)
        )
        with self._writer.read() as connection:
            return tuple((row.id, row.message_id) for row in connection.execute(query))

    def looked_for(self, row: int, *, left: bool, now: datetime) -> None:
        """Note whether a mail in doubt lies in the Sent folder: then it has left."""
        values: dict[str, Any] = {"copied": 1}
        if left:
            values |= {"state": OutboxState.SENT.value, "sent_at": now, "reason": "found in the Sent folder"}
        with self._writer.write() as connection:
            doubtful = sa.and_(outbox.c.id == row, in_state(outbox, OutboxState.UNKNOWN.value))
            connection.execute(outbox.update().where(doubtful).values(values))

    def retry(self, row: int, now: datetime) -> None:
        """Send a failed or unknown mail (again), because a person said so. Raises Conflict in other states."""
        self._by_hand(
            row,
            (OutboxState.FAILED, OutboxState.UNKNOWN, OutboxState.QUEUED, OutboxState.SUPPRESSED),
            {"state": OutboxState.QUEUED.value, "not_before": now, "attempts": 0, "reason": "retried by hand"},
        )

    def release(self, row: int, now: datetime) -> int:
        """Let a mail go that waits for a decision, with all that wait for the same one; returns how many."""
        with self._writer.write() as connection:
            key = connection.scalar(sa.select(outbox.c.draft).where(outbox.c.id == row))
            if not key:
                raise Conflict(f"mail {row} does not wait for a decision")
            return decide(connection, key, send=True, now=now)

    def expire_drafts(self, now: datetime) -> int:
        """Take back mails that waited for a decision until what they say was no longer true; returns how many."""
        values = {"state": OutboxState.CANCELLED.value, "reason": "expired before anybody decided"}
        late = sa.and_(outbox.c.draft != "", in_state(outbox, OutboxState.HELD.value), outbox.c.expires <= now)
        with self._writer.write() as connection:
            return int(connection.execute(outbox.update().where(late).values(values)).rowcount)

    def cancel(self, row: int) -> None:
        """Take back a mail that has not left. Raises Conflict when it has."""
        states = (OutboxState.HELD, OutboxState.QUEUED, OutboxState.UNKNOWN, OutboxState.FAILED)
        self._by_hand(row, states, {"state": OutboxState.CANCELLED.value, "reason": "cancelled by hand"})

    def _by_hand(self, row: int, states: Sequence[OutboxState], values: dict[str, Any]) -> None:
        with self._writer.write() as connection:
            has_content = sa.exists().where(outbox_content.c.outbox == outbox.c.id)
            where = sa.and_(outbox.c.id == row, outbox.c.state.in_([s.value for s in states]), has_content)
            if connection.execute(outbox.update().where(where).values(values)).rowcount != 1:
                state = connection.scalar(sa.select(outbox.c.state).where(outbox.c.id == row))
                raise Conflict(f"mail {row} is {state or 'not in the outbox'}: that cannot be done to it")


_AS_STORED = tuple(
    name for name in DueMail.__dataclass_fields__ if name not in {"row", "mail_class", "content", "attempts"}
)


def _settle(connection: sa.Connection, one: Settled) -> bool:
    """Write what became of a mail; whether it waited for that."""
    values = {
        "row": one.row,
        "v_state": one.state.value,
        "v_reason": one.reason,
        "v_said": one.server_said,
        "v_not_before": one.not_before,
        "v_sent_at": one.sent_at,
    }
    return connection.execute(_SETTLE, values).rowcount == 1


def _due_value(row: Any, content: bytes) -> DueMail:
    return DueMail(
        row=row["id"],
        mail_class=MailClass(row["mail_class"]),
        attempts=row["attempts"] + 1,
        content=zlib.decompress(content),
        **{name: row[name] for name in _AS_STORED},
    )

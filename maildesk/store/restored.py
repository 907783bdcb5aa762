"""What a store needs to know when it is not the latest any more (F62): nothing old leaves a second time.

Between the backup and now mails left, numbers were given and reply addresses went out that this store knows nothing
of. So what still waits in it stays, mail that may have been decided upon causes nothing when it is read again, and
numbers go on far above any that may have been given.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from maildesk.model.change import MailClass, OutboxState
from maildesk.model.errors import StoreHeld
from maildesk.store.flush import replace_row
from maildesk.store.ledger import RESTORED, Standing
from maildesk.store.schema import SEQUENCES, done, in_state, mail, outbox, sequence, webhook
from maildesk.store.writing import Writer

_LEAPS = {"ticket": 1000, "token": 1_000_000, "outbox": 1_000_000}
"""How far the numbers leap."""


class Restored:
    """Makes a store of yesterday fit for today. Every method is one transaction."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def begin(self, until: datetime) -> None:
        """Mail that came up to ``until`` causes nothing that leaves; numbers leap."""
        with self._writer.write() as connection:
            replace_row(connection, done, {"key": RESTORED}, {"at": until})
            open_mails = mail.update().where(in_state(mail, "taken"))
            connection.execute(open_mails.values(standing=Standing.AGAIN.value, owner=""))
            for name, before in SEQUENCES.items():
                _leap(connection, name, before)

    def silence(self) -> tuple[int, int]:
        """(unknown, cancelled): answers that wait are in doubt and wait for a person; automatic mail is cancelled.

        So are the calls of other programs: they may have been made already.
        """
        waiting = in_state(outbox, *(s.value for s in (OutboxState.HELD, OutboxState.QUEUED, OutboxState.ATTEMPTING)))
        doubtful = sa.or_(outbox.c.mail_class == MailClass.REPLY.value, in_state(outbox, OutboxState.ATTEMPTING.value))
        told = {"reason": RESTORED, "owner": ""}
        with self._writer.write() as connection:
            unknown = connection.execute(
                outbox.update().where(waiting, doubtful).values(state=OutboxState.UNKNOWN.value, **told)
            )
            cancelled = connection.execute(
                outbox.update().where(waiting).values(state=OutboxState.CANCELLED.value, **told)
            )
            given_up = {"state": "failed", "reason": RESTORED, "body": ""}
            connection.execute(webhook.update().where(in_state(webhook, "queued")).values(given_up))
        return int(unknown.rowcount), int(cancelled.rowcount)

    def refuse_workers(self) -> None:
        """Raise StoreHeld while a daemon works on the store; on SQLite its lock file says so before."""
        if self._writer.engine.dialect.name != "postgresql":
            return
        here = "(SELECT oid FROM pg_database WHERE datname = current_database())"
        locks = sa.text(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = {here}")  # noqa: S608 - own words
        with self._writer.read() as connection:
            if connection.scalar(locks):
                raise StoreHeld("a daemon works on this store: stop it, everywhere, and try again")

    def latest(self) -> datetime | None:
        """When the latest mail was taken; None when none was."""
        with self._writer.read() as connection:
            taken_at: datetime | None = connection.scalar(sa.select(sa.func.max(mail.c.taken_at)))
        return taken_at


def _leap(connection: sa.Connection, name: str, before: int) -> None:
    if connection.dialect.name == "postgresql":
        leap = sa.text(f"SELECT setval('{name}_number', nextval('{name}_number') + {_LEAPS[name]})")
        connection.execute(leap)
        return
    value = connection.scalar(sa.select(sequence.c.value).where(sequence.c.name == name))
    leapt = (before if value is None else value) + _LEAPS[name]
    replace_row(connection, sequence, {"name": name}, {"value": leapt})

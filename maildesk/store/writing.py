"""Who may write, and when: short transactions, one writer at a time in a process, owners that can be known dead."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress

import sqlalchemy as sa

from maildesk.model.errors import TemporaryFailure
from maildesk.store.database import failures
from maildesk.store.schema import in_state


class Writer:
    """Opens transactions; the database's own errors come out of them as ours.

    On SQLite writers of one process queue at a lock instead of in SQLite's sleeps.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._reading = engine.execution_options(sqlite_begin="DEFERRED")
        self._turn = threading.RLock() if engine.dialect.name == "sqlite" else None
        self._life: sa.Connection | None = None

    @contextmanager
    def write(self, *, keep: bool = True) -> Iterator[sa.Connection]:
        """A transaction that may write; committed at the end of the block (``keep``), rolled back on any error."""
        with (
            failures(),
            self._turn or nullcontext(),
            self.engine.connect() as connection,
            connection.begin() as transaction,
        ):
            yield connection
            if not keep:
                transaction.rollback()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that only reads and blocks nobody."""
        with failures(), self._reading.connect() as connection:
            yield connection

    def live(self, owner: str) -> None:
        """Show for as long as this process lives that ``owner`` does: a session lock where others can ask for it."""
        if self.engine.dialect.name == "postgresql":
            with failures():
                self._life = self.engine.connect()
                self._life.execute(sa.select(sa.func.pg_advisory_lock(int(owner))))
                self._life.commit()

    def revive(self, owner: str) -> bool:
        """Whether the connection that shows our life was gone: it is opened anew, and what we owned is free."""
        if self._life is None:
            return False
        with suppress(TemporaryFailure), failures():
            if not (self._life.closed or self._life.invalidated):
                self._life.execute(sa.select(1))
                self._life.commit()
                return False
        self._life.close()
        self.live(owner)
        return True

    def own(self, name: str) -> bool:
        """Try to be the only worker on something (a mailbox), for as long as this process lives.

        Raises TemporaryFailure when the connection that shows our life is gone: ``revive`` it.
        """
        if self._life is None:
            return True
        with failures():
            got = self._life.scalar(sa.select(sa.func.pg_try_advisory_lock(sa.func.hashtextextended(name, 0))))
            self._life.commit()
        return bool(got)

    def dead_owners(self, connection: sa.Connection, table: sa.Table, me: str) -> list[str]:
        """Owners of unfinished rows who no longer live. On SQLite the store's lock says that all others are dead."""
        state = "taken" if table.name == "mail" else "attempting"
        found = sa.select(table.c.owner).where(in_state(table, state), table.c.owner.not_in(("", me))).distinct()
        others = list(connection.scalars(found))
        if connection.dialect.name != "postgresql":
            return others
        return [one for one in others if connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(int(one))))]

    def close(self) -> None:
        """Let go of everything."""
        if self._life is not None:
            self._life.close()
        self.engine.dispose()

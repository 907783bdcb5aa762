"""The store: one object that opens, holds and closes; what it can do stands in the modules beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa

from maildesk.store.carry import Carrier
from maildesk.store.database import failures, open_engine
from maildesk.store.erase import Eraser
from maildesk.store.flush import replace_row
from maildesk.store.health import Health
from maildesk.store.hooks import HookQueue
from maildesk.store.ledger import Ledger
from maildesk.store.look import Look
from maildesk.store.migrate import upgrade, version_state
from maildesk.store.purge import Purger
from maildesk.store.queue import OutboxQueue
from maildesk.store.restored import Restored
from maildesk.store.schema import job, pulse
from maildesk.store.tx import Tx
from maildesk.store.writing import Writer


class Store:
    """Everything durable. ``ledger`` takes mail, ``deciding`` saves decisions, ``queue`` sends, ``look`` shows."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = open_engine(url)
        self.writer = Writer(self.engine)
        self.ledger = Ledger(self.writer)
        self.queue = OutboxQueue(self.writer)
        self.hooks = HookQueue(self.writer)
        self.look = Look(self.writer)
        self.eraser = Eraser(self.writer)
        self.purger = Purger(self.writer)
        self.restored = Restored(self.writer)
        self.health = Health(self.writer)
        self.carrier = Carrier(self.writer)

    def prepare(self) -> None:
        """Bring the schema up to date; quick when it is. Raises ConfigError for a store newer than this program."""
        with failures():
            if version_state(self.engine) != "current":
                upgrade(self.engine)

    @contextmanager
    def trying(self, now: datetime) -> Iterator[Tx]:
        """Like ``deciding``, but nothing is kept: for dry runs and replays."""
        with self.writer.write(keep=False) as connection:
            yield Tx(connection, now)

    @contextmanager
    def deciding(self, now: datetime) -> Iterator[Tx]:
        """One transaction of decisions, flushed and committed at the end of the block."""
        with self.writer.write() as connection:
            tx = Tx(connection, now)
            yield tx
            tx.flush()

    def note_job(self, name: str, result: str, now: datetime) -> None:
        """Keep what a job did last."""
        with self.writer.write() as connection:
            runs = connection.scalar(sa.select(job.c.runs).where(job.c.name == name)) or 0
            replace_row(connection, job, {"name": name}, {"last_run": now, "last_result": result, "runs": runs + 1})

    def note_pulse(self, name: str, now: datetime, trouble: str = "") -> None:
        """Keep that something (``imap support``, ``smtp support``, ``files``, ``daemon``) is well, or what its
        trouble is: then since when, and when it was well last, stay.
        """
        with self.writer.write() as connection:
            before = connection.scalar(sa.select(pulse.c.since).where(pulse.c.name == name))
            values = (
                {"trouble": trouble, "since": before or now} if trouble else {"trouble": "", "since": None, "at": now}
            )
            replace_row(connection, pulse, {"name": name}, values)

    def close(self) -> None:
        """Close all connections."""
        self.writer.close()

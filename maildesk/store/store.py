"""The store: one object that opens, holds and closes; what it can do stands in the modules beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from maildesk.store.database import failures, open_engine
from maildesk.store.ledger import Ledger
from maildesk.store.look import Look
from maildesk.store.migrate import upgrade, version_state
from maildesk.store.queue import OutboxQueue
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
        self.look = Look(self.writer)

    def prepare(self) -> None:
        """Bring the schema up to date; quick when it is. Raises ConfigError for a store newer than this program."""
        if version_state(self.engine) != "current":
            upgrade(self.engine)

    @contextmanager
    def deciding(self, now: datetime) -> Iterator[Tx]:
        """One transaction of decisions, flushed and committed at the end of the block."""
        with self.writer.write() as connection, failures():
            tx = Tx(connection, now)
            yield tx
            tx.flush()

    def close(self) -> None:
        """Close all connections."""
        self.writer.close()

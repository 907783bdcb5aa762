"""A watcher's ledger in memory, which remembers the order of what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from maildesk.model.errors import TemporaryFailure
from maildesk.model.mail import RawMail


class MemoryLedger:
    """Keeps what a store would keep; ``broken`` makes ``take`` fail as a full disk does."""

    def __init__(self, start: str = "import") -> None:
        self.start = start
        self.broken = False
        self.mails: list[RawMail] = []
        self.open: set[tuple[int, int]] = set()
        self.positions: dict[int, int] = {}
        self.events: list[tuple[str, dict[str, Any]]] = []

    def position(self, mailbox: str, uidvalidity: int) -> int | None:
        return self.positions.get(uidvalidity)

    def first_seen(self, mailbox: str, uidvalidity: int, uidnext: int) -> int:
        start = uidnext - 1 if self.start == "now" and not self.positions else 0
        self.positions[uidvalidity] = start
        return start

    def take(self, raws: Sequence[RawMail]) -> None:
        if self.broken:
            raise TemporaryFailure("database or disk is full")
        self.mails += raws
        for raw in raws:
            self.positions[raw.key.uidvalidity] = raw.key.uid
            self.open.add((raw.key.uidvalidity, raw.key.uid))

    def unsettled(self, mailbox: str, uidvalidity: int) -> list[int]:
        return sorted(uid for validity, uid in self.open if validity == uidvalidity)

    def settled(self, mailbox: str, uidvalidity: int, uids: Sequence[int]) -> None:
        self.open -= {(uidvalidity, uid) for uid in uids}

    def report(self, event: str, /, **data: Any) -> None:
        """To be given to a watcher."""
        self.events.append((event, data))

    def reported(self, event: str) -> list[dict[str, Any]]:
        """The data of all events of a name."""
        return [data for name, data in self.events if name == event]

    @property
    def uids(self) -> list[int]:
        """UIDs in the order in which they were taken."""
        return [raw.key.uid for raw in self.mails]

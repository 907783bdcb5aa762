"""Removing what was kept as long as ``[retention]`` says. Numbers, times and decisions stay, so the figures do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from maildesk.model.desk import Retention
from maildesk.schedule.run import JobRun
from maildesk.store.purge import BATCH

_BATCHES = 40
"""At most so many of each sort at one run: a store that was never purged is not blocked for long."""


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of things that is kept for a time: what people call it, the purger's method, for how many days."""

    name: str
    method: str
    days: int | None
    """None keeps it for ever."""

    def due(self, run: JobRun) -> int:
        """How many of it are over their time."""
        return 0 if self.days is None else run.store.purger.due(self.method, run.now - timedelta(days=self.days))

    def remove(self, run: JobRun) -> Iterator[int]:
        """Remove them batch by batch; yields how many each time."""
        if self.days is None:
            return
        before, step = run.now - timedelta(days=self.days), self._step(run)
        while count := step(before):
            yield count
            if count < BATCH:
                return

    def _step(self, run: JobRun) -> Callable[[datetime], int]:
        if self.method == "strangers":
            return lambda before: _people(run, before)
        found: Callable[[datetime], int] = getattr(run.store.purger, self.method)
        return found


def sorts(kept: Retention) -> tuple[Sort, ...]:
    """Every sort of things that goes, in the order in which they go."""
    return (
        Sort("sent mails", "outbox", kept.outbox),
        Sort("mails in quarantine", "quarantine", kept.quarantine),
        Sort("raw mails", "raw_mail", _shorter(kept.raw_mail, kept.closed_tickets)),
        Sort("tickets' texts", "texts", kept.closed_tickets),
        Sort("people", "strangers", kept.closed_tickets),
    )


def purge(run: JobRun) -> str:
    """Remove what is over its time; tells how much of what."""
    counts = [
        (sort.name, sum(count for count, _ in zip(sort.remove(run), range(_BATCHES), strict=False)))
        for sort in sorts(run.desk.retention)
    ]
    return ", ".join(f"{count} {name}" for name, count in counts if count) or "nothing to remove"


def _shorter(*days: int | None) -> int | None:
    return min((one for one in days if one is not None), default=None)


def _people(run: JobRun, before: datetime) -> int:
    found = [email for email in run.store.purger.strangers(before) if run.store.eraser.is_ready(email)]
    for email in found:
        run.store.eraser.erase(email, run.now)
    return len(found)

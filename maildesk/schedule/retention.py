"""Removing what was kept as long as ``[retention]`` says. Numbers, times and decisions stay, so the figures do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from maildesk.schedule.run import JobRun
from maildesk.store.purge import BATCH

_BATCHES = 40
"""At most so many of each sort at one run: a store that was never purged is not blocked for long."""


def purge(run: JobRun) -> str:
    """Remove what is over its time; tells how much of what."""
    kept, purger = run.desk.retention, run.store.purger
    wanted: tuple[tuple[str, int | None, Callable[[datetime], int]], ...] = (
        ("sent mails", kept.outbox, purger.outbox),
        ("mails in quarantine", kept.quarantine, purger.quarantine),
        ("raw mails", _shorter(kept.raw_mail, kept.closed_tickets), purger.raw_mail),
        ("tickets' texts", kept.closed_tickets, purger.texts),
        ("people", kept.closed_tickets, lambda before: _people(run, before)),
    )
    counts = [(name, _all(step, run.now - timedelta(days=days))) for name, days, step in wanted if days is not None]
    return ", ".join(f"{count} {name}" for name, count in counts if count) or "nothing to remove"


def _shorter(*days: int | None) -> int | None:
    return min((one for one in days if one is not None), default=None)


def _all(step: Callable[[datetime], int], before: datetime) -> int:
    total = 0
    for _ in range(_BATCHES):
        count = step(before)
        total += count
        if count < BATCH:
            break
    return total


def _people(run: JobRun, before: datetime) -> int:
    found = [email for email in run.store.purger.strangers(before) if run.store.eraser.is_ready(email)]
    for email in found:
        run.store.eraser.erase(email, run.now)
    return len(found)

"""Erasing people who asked for it: their tickets are closed, our last word leaves, then everything of them goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from maildesk.model.change import Change
from maildesk.model.desk import Scene
from maildesk.model.ticket import EntryKind, Status, Ticket
from maildesk.schedule.run import JobRun, each_ticket


def erase(run: JobRun) -> str:
    """Erase everybody who is to be erased and to whom nothing is on its way any more, once it cannot be undone."""
    done = 0
    for email in run.store.eraser.asked(run.now - timedelta(seconds=run.desk.hold_seconds)):
        theirs = run.store.look.tickets(requester=email, limit=1_000_000)
        each_ticket(run, theirs, _key, _close)
        if run.store.eraser.is_ready(email):
            run.store.eraser.erase(email, run.now)
            done += 1
    return f"{done} people erased"


def _key(ticket: Ticket) -> str:
    return f"erase:{ticket.number}:{ticket.version}" if ticket.status is not Status.CLOSED else ""


def _close(change: Change, scene: Scene) -> Change:
    after: dict[str, Any] = {
        "status": Status.CLOSED,
        "closed_at": change.now,
        "snoozed_until": None,
        "waiting_since": None,
    }
    return change.record(scene.number, EntryKind.CHANGE, "job: erase", cause="erased on request", **after)

"""The end of a vacation: what an agent's cover did not answer goes back to its owner, on the last day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from maildesk.commands import cover
from maildesk.model.ticket import Ticket
from maildesk.schedule.run import JobRun, each_ticket

_LAST_DAY = timedelta(days=1)


def give_back(run: JobRun) -> str:
    """Give back every ticket whose owner is here again, or will be within a day."""
    until = run.store.look.away_until()

    def key(ticket: Ticket) -> str:
        here = is_here(ticket.field(cover.FIELD), until, run.now)
        return f"back:{ticket.number}:{ticket.version}" if here else ""

    return f"{each_ticket(run, run.store.look.with_field(cover.FIELD), key, cover.give_back)} given back"


def is_here(agent: str, until: Mapping[str, datetime | None], now: datetime) -> bool:
    """Whether an agent is not away, or not for longer than a day; without an end they are away until they say so."""
    if not agent or agent not in until:
        return bool(agent)
    end = until[agent]
    return end is not None and end - now <= _LAST_DAY

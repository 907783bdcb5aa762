"""What every job works with: the run, and deciding on tickets one transaction each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from maildesk.conclude import conclude
from maildesk.model.change import Change, Raised
from maildesk.model.desk import Desk, Scene
from maildesk.model.errors import Conflict
from maildesk.model.people import Person, Role
from maildesk.model.ticket import Event, Ticket
from maildesk.store.store import Store
from maildesk.store.tx import Tx


@dataclass(frozen=True, slots=True)
class JobRun:
    """What a job may use."""

    store: Store
    desk: Desk
    now: datetime


Decide = Callable[[Change, Scene], Change]


def each_ticket(run: JobRun, tickets: Iterable[Ticket], key: Callable[[Ticket], str], decide: Decide) -> int:
    """Decide on tickets one transaction each; a key that is done already, or a conflict, leaves it for later.

    The ticket is read again inside its transaction. An empty key means that nothing is due.
    """
    count = 0
    wanted = {candidate.number: due for candidate in tickets if (due := key(candidate))}
    done = run.store.look.done(wanted.values())
    for number in (number for number, due in wanted.items() if due not in done):
        try:
            with run.store.deciding(run.now) as tx:
                ticket = tx.tickets([number])[number]
                due = key(ticket) if ticket else ""
                if ticket is None or not due or tx.is_done([due]):
                    continue
                tx.mark_done(due)
                decide_on(tx, run.desk, ticket, f"job:{due}", decide)
                count += 1
        except Conflict:
            continue
    return count


def decide_on(tx: Tx, desk: Desk, ticket: Ticket, origin: str, decide: Decide, **about: Any) -> Change:
    """One decision on a ticket; ``about`` are fields of the scene that the rules see: ``target``, ``percent``."""

    def scene_for(change: Change, raised: Raised) -> Scene:
        return job_scene(tx, desk, change, raised, **about)

    change = Change(now=tx.now, origin=origin, tickets={ticket.number: ticket})
    scene = scene_for(change, Raised(Event.DUE, ticket.number, ticket.version))
    return conclude(tx, decide(change, scene), desk, scene_for).change


def job_scene(tx: Tx, desk: Desk, change: Change, raised: Raised, **about: Any) -> Scene:
    """What rules may look at when nobody wrote: the clock is the cause."""
    requester = change.tickets[raised.ticket].requester
    contact = tx.contacts([requester])[requester] if requester else None
    return Scene(
        desk,
        raised.event,
        raised.ticket,
        entry=raised.entry,
        person=Person("maildesk", role=Role.MANAGER),
        quiet=change.tickets[raised.ticket].quiet,
        contact=contact,
        loads=tx.loads(),
        away=frozenset(tx.away()),
        cursors=tx.cursors(),
        covers=tx.away(),
        paces=tx.paces(),
        history=tx.history(requester, raised.ticket) if contact and contact.tickets > 1 else (),
        **about,
    )

"""What happens by the clock. A job is a function ``(JobRun) -> str`` and a row in ``JOBS``.

The scheduler only says when to look; what is due is read from our tables, so a restart, a second worker or a
day asleep neither lose nor repeat anything: each due thing has a key in ``done`` or a ``once`` of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from maildesk.conclude import SceneSource, conclude
from maildesk.model.change import Change, Raised
from maildesk.model.desk import Desk, Scene
from maildesk.model.errors import Conflict
from maildesk.model.people import Person, Role
from maildesk.model.ticket import EntryKind, Event, Status, Ticket
from maildesk.schedule import escalation, survey, updates
from maildesk.store.store import Store
from maildesk.store.tx import Tx


@dataclass(frozen=True, slots=True)
class JobRun:
    """What a job may use."""

    store: Store
    desk: Desk
    now: datetime


@dataclass(frozen=True, slots=True)
class Job:
    """A scheduled thing: its name, how often to look (seconds), and what it does."""

    name: str
    every_seconds: int
    run: Callable[[JobRun], str]
    help: str


Decide = Callable[[Change, Scene], Change]


def each_ticket(
    run: JobRun, tickets: Iterable[Ticket], key: Callable[[Ticket], str], decide: Decide, **about: Any
) -> int:
    """Decide on tickets one transaction each; a key that is done already, or a conflict, leaves it for later.

    The ticket is read again inside its transaction. An empty key means that nothing is due. ``about`` are fields
    of the scene that the rules see: ``target``, ``percent``.
    """
    count = 0
    for candidate in tickets:
        try:
            with run.store.deciding(run.now) as tx:
                ticket = tx.tickets([candidate.number])[candidate.number]
                due = key(ticket) if ticket else ""
                if not due or tx.is_done([due]):
                    continue
                tx.mark_done(due)
                _decide(tx, run, ticket, due, partial(_scene, tx, run.desk, about), decide)
                count += 1
        except Conflict:
            continue
    return count


def _decide(tx: Tx, run: JobRun, ticket: Ticket | None, due: str, scene_for: SceneSource, decide: Decide) -> None:
    assert ticket is not None  # a ticket that has a key exists
    change = Change(now=run.now, origin=f"job:{due}", tickets={ticket.number: ticket})
    scene = scene_for(change, Raised(Event.DUE, ticket.number, ticket.version))
    conclude(tx, decide(change, scene), run.desk, scene_for)


def _scene(tx: Tx, desk: Desk, about: Mapping[str, Any], change: Change, raised: Raised) -> Scene:
    requester = change.tickets[raised.ticket].requester
    return Scene(
        desk,
        raised.event,
        raised.ticket,
        entry=raised.entry,
        person=Person("maildesk", role=Role.MANAGER),
        contact=tx.contacts([requester])[requester] if requester else None,
        loads=tx.loads(),
        away=frozenset(tx.away()),
        cursors=tx.cursors(),
        history=tx.history(requester, raised.ticket) if requester else (),
        **about,
    )


def _status_updates(run: JobRun) -> str:
    waiting = run.store.look.waiting_since(updates.horizon(run.desk, run.now))
    count = each_ticket(run, waiting, lambda ticket: updates.key(ticket, run.desk, run.now), updates.inform)
    return f"{count} customers informed"


def _surveys(run: JobRun) -> str:
    solved = run.store.look.solved_between(*survey.window(run.desk, run.now))
    asked = run.store.look.asked_since(survey.cooldown_start(run.desk, run.now))

    def key(ticket: Ticket) -> str:
        return "" if ticket.requester in asked else survey.key(ticket, run.desk, run.now)

    return f"{each_ticket(run, solved, key, survey.ask)} surveys"


def _escalations(run: JobRun) -> str:
    count = 0
    waiting = run.store.look.waiting_since(run.now)
    for step in escalation.steps(run.desk):
        key = partial(escalation.key, step=step, desk=run.desk, now=run.now)
        about = {"target": step.target, "percent": step.step.percent}
        count += each_ticket(run, waiting, key, escalation.decision(step), **about)
    return f"{count} escalations"


def _wake(run: JobRun) -> str:
    return f"{each_ticket(run, run.store.look.snoozed_until(run.now), _snooze_key, _wake_up)} woken"


def _snooze_key(ticket: Ticket) -> str:
    return f"snooze:{ticket.number}:{ticket.version}" if ticket.snoozed_until else ""


def _wake_up(change: Change, scene: Scene) -> Change:
    return change.record(
        scene.number,
        EntryKind.CHANGE,
        "job: wake",
        cause="its snooze is over",
        event=Event.IDLE,
        status=Status.OPEN,
        snoozed_until=None,
    )


JOBS = (
    Job("status_updates", 60, _status_updates, "Tell customers who wait long that we are at it"),
    Job("surveys", 60, _surveys, "Ask customers of solved tickets how it was"),
    Job("escalations", 30, _escalations, "Tell who must know when a target is nearly or wholly used up"),
    Job("wake", 30, _wake, "Open tickets whose snooze is over"),
)


def job(name: str) -> Job | None:
    """The job of that name, or None."""
    return next((one for one in JOBS if one.name == name), None)

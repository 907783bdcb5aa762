"""Tickets in which nobody does anything: rules on `idle` remind, solve, close. And clocks of a changed configuration.

Nothing is written for a ticket to which no rule applies. Each rule sees the ticket as it is, so a reply of the customer
ends what was to come, and a robot's mail does not: it is nobody's doing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from maildesk.advance import advance, timed
from maildesk.conclude import conclude
from maildesk.model.change import Change, Raised
from maildesk.model.desk import Scene
from maildesk.model.errors import Conflict
from maildesk.model.people import Person, Role
from maildesk.model.ticket import EntryKind, Event, Ticket
from maildesk.notices.crowd import sources
from maildesk.rules.engine import Rules
from maildesk.schedule.run import JobRun, job_scene
from maildesk.service import sla


def ask_rules(run: JobRun) -> str:
    """Ask the rules on `idle` about every ticket that is not closed, once an hour."""
    rules = run.desk.rules
    if not isinstance(rules, Rules) or Event.IDLE not in rules.by_event or not _first_this_hour(run, "idle"):
        return "0 tickets moved"
    moved = {ticket.number: after for ticket in run.store.look.not_closed() if _does(after := _moved(run, ticket))}
    coming = _coming(run, moved.values())
    count = 0
    for number in moved:
        try:
            count += _move(run, number, coming)
        except Conflict:
            continue
    return f"{count} tickets moved"


def _does(after: Change) -> bool:
    return bool(after.entries or after.notices or after.effects)


def _coming(run: JobRun, changes: Iterable[Change]) -> Mapping[str, int]:
    """Rule -> to how many people it would write in this run what they have not been written yet."""
    notices = [notice for change in changes for notice in change.notices if notice.source]
    written = run.store.look.written([notice.once for notice in notices])
    fresh = sources([notice for notice in notices if notice.once not in written], "")
    return {source: len(people) for source, people in fresh.items()}


def _first_this_hour(run: JobRun, what: str) -> bool:
    key = f"{what}:{run.now:%Y-%m-%dT%H}"
    try:
        with run.store.deciding(run.now) as tx:
            if tx.is_done([key]):
                return False
            tx.mark_done(key)
    except Conflict:
        return False
    return True


def _idle(ticket: Ticket, run: JobRun) -> Change:
    raised = (Raised(Event.IDLE, ticket.number, ticket.version),)
    origin = f"job:idle:{ticket.number}:{ticket.version}"
    return Change(now=run.now, origin=origin, tickets={ticket.number: ticket}, events=raised)


def _moved(run: JobRun, ticket: Ticket) -> Change:
    """What the rules would do, without a transaction: for most tickets they would not."""
    contact = run.store.look.contact(ticket.requester)
    nobody = Person("maildesk", role=Role.MANAGER)

    def scene_for(_: Change, raised: Raised) -> Scene:
        where = (run.desk, raised.event, raised.ticket, raised.entry)
        return Scene(*where, person=nobody, contact=contact, quiet=ticket.quiet)

    return advance(_idle(ticket, run), run.desk, scene_for)


def _move(run: JobRun, number: int, coming: Mapping[str, int]) -> bool:
    with run.store.deciding(run.now) as tx:
        ticket = tx.tickets([number])[number]
        if ticket is None:
            return False

        def scene_for(change: Change, raised: Raised) -> Scene:
            return job_scene(tx, run.desk, change, raised)

        change = _idle(ticket, run)
        after = advance(change, run.desk, scene_for)
        fresh = {notice.once for notice in after.notices} - tx.written([notice.once for notice in after.notices])
        if not (after.entries or fresh or after.effects):
            return False
        conclude(tx, change, run.desk, scene_for, coming=coming)
        return True


def realign(run: JobRun) -> str:
    """Give running clocks the targets and calendars of the configuration as it is now, once an hour."""
    count = 0
    asks = any(level.organisations for level in run.desk.slas)
    due = run.desk.slas and _first_this_hour(run, "realign")
    for ticket in run.store.look.not_closed() if due else ():
        contact = run.store.look.contact(ticket.requester) if ticket.clocks and asks else None
        if not _as_configured(ticket, run, contact.organisation if contact else "").entries:
            continue
        try:
            with run.store.deciding(run.now) as tx:
                if current := tx.tickets([ticket.number])[ticket.number]:
                    tx.save(_as_configured(current, run, tx.organisation(current.requester)))
                    count += 1
        except Conflict:
            continue
    return f"{count} tickets realigned"


def _as_configured(ticket: Ticket, run: JobRun, organisation: str) -> Change:
    """A step that is due is left to ``escalations``: only what the configuration says otherwise is changed."""
    change = Change(now=run.now, origin=f"job:realign:{ticket.number}", tickets={ticket.number: ticket})
    if not ticket.clocks or ticket.is_done:
        return change
    clocks = sla.retarget(ticket, sla.pick(run.desk, ticket, organisation))
    after = timed(ticket, clocks, run.desk, organisation)
    return change.record(
        ticket.number, EntryKind.CHANGE, "job: realign", cause="the service level was changed", **after
    )

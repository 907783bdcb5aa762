"""Before a promise breaks the customer hears of it: an update waits for an agent's word, or goes by itself.

A promise is what a customer was told last (in the acknowledgement or an update), else the target of the service level;
and where the level says so, that the customer hears from the desk at least so often.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maildesk.commands.drafts import DRAFT, ask
from maildesk.model.change import Change, Notice
from maildesk.model.desk import Desk, Scene
from maildesk.model.people import Agent, Role
from maildesk.model.ticket import EntryKind, Ticket
from maildesk.rules.mails import people
from maildesk.schedule.run import JobRun, each_ticket
from maildesk.service.approval import approver
from maildesk.service.calendar import add_minutes, calendar_of, is_open
from maildesk.service.promise import expected
from maildesk.service.sla import FIRST, INFORMED, NEXT, calendar_for, due_at, informed, pick

RESPONSE = "response"
_LONG_AGO = timedelta(days=3)
"""What was missed before that is nothing to warn of any more."""
_AUTHOR = "job: promises"


@dataclass(frozen=True, slots=True)
class Late:
    """A promise that is about to break, or just did."""

    what: str
    """response or keep_informed."""
    at: datetime
    told: bool
    """Whether the customer was told this time."""

    def key(self, ticket: Ticket) -> str:
        """Each promise is looked after once."""
        return f"{DRAFT}{self.what}:{ticket.number}:{self.at:%Y%m%dT%H%M%S}"


def look_after(run: JobRun) -> str:
    """Draft or send an update for every promise that ends within the time that the configuration says."""
    if not run.desk.updates.enabled:
        return "updates are off"
    told = run.store.look.promises()
    tickets = run.store.look.in_work()
    ask_organisations = any(level.organisations for level in run.desk.slas)
    organisations = run.store.look.organisations() if ask_organisations else {}
    found: dict[int, Late] = {}

    def key(ticket: Ticket) -> str:
        one = late(ticket, run.desk, organisations.get(ticket.requester, ""), told.get(ticket.number), run.now)
        if one is None:
            return ""
        found[ticket.number] = one
        return one.key(ticket)

    def decide(change: Change, scene: Scene) -> Change:
        return _update(change, scene, found[scene.number])

    return f"{each_ticket(run, tickets, key, decide)} promises looked after"


def mode(desk: Desk, ticket: Ticket) -> str:
    """What becomes of an update: draft, send or off."""
    group = desk.groups.get(ticket.group)
    return (group.delay if group else "") or desk.updates.delay


def late(ticket: Ticket, desk: Desk, organisation: str, told: datetime | None, now: datetime) -> Late | None:
    """The promise of a ticket that is about to break, in working hours; None where all is well."""
    calendar = calendar_of(desk, ticket)
    if mode(desk, ticket) == "off" or ticket.quiet or not ticket.requester or not is_open(calendar, now):
        return None
    edge = add_minutes(calendar, now, desk.updates.delay_before_minutes)
    dues = _dues(ticket, desk, organisation)
    response = told or dues.get(FIRST) or dues.get(NEXT)
    wanted = (
        Late(RESPONSE, response, told is not None) if response and ticket.waiting_since else None,
        Late(INFORMED, dues[INFORMED], told=False) if INFORMED in dues else None,
    )
    return next((one for one in wanted if one and now - _LONG_AGO < one.at <= edge), None)


def _dues(ticket: Ticket, desk: Desk, organisation: str) -> Mapping[str, datetime]:
    """Target -> when its running clock is used up."""
    running = [clock for clock in ticket.clocks if clock.stopped is None]
    if not running:
        return {}
    calendar = calendar_for(desk, ticket, pick(desk, ticket, organisation))
    return {clock.target: at for clock in running if (at := due_at(clock, calendar))}


def _update(change: Change, scene: Scene, one: Late) -> Change:
    desk, ticket = scene.desk, change.tickets[scene.number]
    if scene.contact and scene.contact.no_updates:
        return change.say(ticket.number, "job", f"{one.what} is nearly due; no update: they asked for no more")
    notice = _notice(change, scene, one)
    if mode(desk, ticket) == "send":
        return _sent(change, scene, one).send(notice)
    key = one.key(ticket)
    asked = (
        ask(agent, notice, ticket, desk, key, reason=one.what, due_at=one.at, seen=ticket.version)
        for agent in _who_decides(change, scene)
    )
    held = replace(notice, draft=key, expires=notice.data["expected"])  # a time that has passed is promised to nobody
    return change.send(held, *asked).say(ticket.number, "job", f"{one.what} is nearly due: an update waits for a word")


def _sent(change: Change, scene: Scene, one: Late) -> Change:
    ticket, clocks = change.tickets[scene.number], change.tickets[scene.number].clocks
    if one.what == INFORMED:
        organisation = scene.contact.organisation if scene.contact else ""
        clocks = informed(ticket, change.now, pick(scene.desk, ticket, organisation))
    return change.record(
        ticket.number, EntryKind.NOTICE, _AUTHOR, cause=f"{one.what} is due", public=True, clocks=clocks
    )


def _notice(change: Change, scene: Scene, one: Late) -> Notice:
    desk, ticket = scene.desk, change.tickets[scene.number]
    organisation = scene.contact.organisation if scene.contact else ""
    again = expected(desk, ticket, organisation, scene.paces.get(ticket.group), change.now)
    later = again.at if again and again.at > one.at and one.what == RESPONSE else None
    return Notice(
        template="delay_notice" if one.what == RESPONSE else "status_update",
        to=ticket.requester,
        to_name=ticket.requester_name,
        role=Role.REQUESTER,
        cause=one.key(ticket),
        ticket=ticket.number,
        mailbox=ticket.mailbox,
        language=ticket.language or (scene.contact.language if scene.contact else ""),
        data={"expected": later, "told": one.told, "since": ticket.waiting_since or ticket.opened_at},
    )


def _who_decides(change: Change, scene: Scene) -> tuple[Agent, ...]:
    """Whoever has the ticket, else its group; a lead in the place of those whose mail has to be approved."""
    group = change.tickets[scene.number].group
    found = (approver(scene.desk, one, group, scene.away) or one for one in people(change, scene, "assignee"))
    return tuple(dict.fromkeys(found))

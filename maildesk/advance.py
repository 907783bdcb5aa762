"""The heart: what a decision leads to. Pure; the same values give the same answer, always."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from maildesk.model.change import Change, Raised
from maildesk.model.desk import Desk, Scene
from maildesk.model.ticket import Clock, Entry, EntryKind, Ticket
from maildesk.rules.engine import run_events
from maildesk.service import escalate, sla

_WRITTEN = frozenset({EntryKind.CUSTOMER, EntryKind.ANSWER, EntryKind.NOTE, EntryKind.RATING})
_MACHINES = ("rule: ", "job: ")


def advance(change: Change, desk: Desk, scene_for: Callable[[Change, Raised], Scene]) -> Change:
    """Run the rules on every event of a change, in order, each seeing what earlier ones did.

    Events that rules raise queue behind, five deep at most. Without rules the change stays as it is.
    """
    if desk.rules is None:
        return replace(change, events=())
    return run_events(desk.rules, change, scene_for)


def keep_time(change: Change, desk: Desk, organisation_of: Callable[[str], str]) -> Change:
    """Keep the clocks and ``updated_at`` of every ticket of the change, within the entries that it adds anyway.

    ``organisation_of`` tells the organisation of an address; it is asked only where a service level goes by it.
    """
    for number in dict.fromkeys(entry.ticket for entry in change.entries):
        entries = tuple(entry for entry in change.entries if entry.ticket == number)
        ticket = change.tickets[number]
        after: dict[str, Any] = {}
        if any(map(_by_a_person, entries)) and not any("updated_at" in entry.after for entry in entries):
            after["updated_at"] = change.now
        if desk.slas or ticket.clocks:
            organisation = sla.organisation(desk, ticket.requester, organisation_of)
            begins = entries[0].number == 1 and not change.imported
            waits = ticket.quiet and not (ticket.clocks or begins)
            level = None if waits else sla.pick(desk, ticket, organisation)
            clocks = sla.keep(ticket, entries, level)
            after |= timed(ticket, clocks, desk, organisation)
        change = _amend(change, entries[-1], after)
    return change


def timed(ticket: Ticket, clocks: tuple[Clock, ...], desk: Desk, organisation: str) -> dict[str, Any]:
    """The fields that go with a ticket's clocks."""
    current = ticket if clocks == ticket.clocks else replace(ticket, clocks=clocks)
    return {"clocks": clocks, "due_at": escalate.next_due(current, desk, organisation)}


def not_delivered(change: Change, number: int, answered_at: datetime) -> Change:
    """An answer of that time did not arrive: what it stopped runs on, in the entry that tells of it (L4)."""
    entry = next((entry for entry in reversed(change.entries) if entry.ticket == number), None)
    if entry is None:
        return change
    ticket = change.tickets[number]
    after: dict[str, Any] = {"clocks": sla.not_delivered(ticket.clocks, answered_at)}
    if ticket.answered_at == answered_at:
        after["answered_at"] = None
    return _amend(change, entry, after)


def _by_a_person(entry: Entry) -> bool:
    if entry.kind is EntryKind.CHANGE:
        return entry.author != "maildesk" and not entry.author.startswith(_MACHINES)
    return entry.kind in _WRITTEN and not entry.author.startswith(_MACHINES)


def _amend(change: Change, entry: Entry, after: dict[str, Any]) -> Change:
    """Let an entry of the change set these fields too, those that are news."""
    ticket = change.tickets[entry.ticket]
    news = {name: value for name, value in after.items() if getattr(ticket, name) != value}
    if not news:
        return change
    before = {name: getattr(ticket, name) for name in news if name not in entry.before and entry.number > 1}
    amended = replace(entry, before={**before, **entry.before}, after={**entry.after, **news})
    entries = tuple(amended if one is entry else one for one in change.entries)
    return replace(change, tickets={**change.tickets, entry.ticket: replace(ticket, **news)}, entries=entries)

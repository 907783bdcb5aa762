"""Old mail through old and new rules: which tickets would have come out otherwise. Nothing is sent, nothing is written.

For each mail the ticket is put back to how it stood when the mail had been read and no rule had acted, and both sets of
rules decide on that. Turns of the round robin are the same for both, so one difference does not shift all that follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from maildesk.ingest.parse import parse_mail
from maildesk.model.change import Change, MailClass, Raised
from maildesk.model.desk import Desk, Scene
from maildesk.model.mail import Mail
from maildesk.model.people import Contact, Person, Role
from maildesk.model.ticket import Entry, Event, Ticket, fold
from maildesk.rules.engine import Rules, run_events
from maildesk.store.look import Look

FIELDS = ("group", "assignee", "priority", "status", "language", "tags")
_INSIDE = frozenset({Role.AGENT, Role.LEAD, Role.MANAGER})


@dataclass(frozen=True, slots=True)
class Difference:
    """A mail that the new rules would have handled otherwise."""

    ticket: int
    mail: int
    at: datetime
    subject: str
    event: str
    changed: Mapping[str, tuple[Any, Any]]
    """Field, ``notices`` or ``notified`` -> what the old and what the new rules make of it."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay found."""

    mails: int
    without: int
    """Mails that could not be replayed: their raw bytes or their ticket's history are gone."""
    idle: int
    """Mails that rules had nothing to do with, as commands and ratings."""
    differences: tuple[Difference, ...]
    outside: tuple[int, int]
    """Automatic mails to people outside, by the old and by the new rules."""


@dataclass(frozen=True, slots=True)
class _Quick:
    """Rules without explanations: nobody asks why of a replay."""

    rules: Rules

    def listens(self, event: Event) -> bool:
        """As ``Rules.listens``."""
        return self.rules.listens(event)

    def run(self, change: Change, scene: Scene) -> Change:
        """As ``Rules.run``."""
        return self.rules.run(change, scene, explain=False)


def replay(
    look: Look, desk: Desk, old: Rules, new: Rules, since: datetime, step: Callable[[int, int], None]
) -> Replayed:
    """Replay every mail received since then; ``step`` is told (done, of all) after each."""
    mails = look.heard_since(since)
    contacts: dict[str, Contact | None] = {}
    cursors: Mapping[str, str] = {}
    differences, without, idle, before, after = [], 0, 0, 0, 0
    for count, row in enumerate(mails, 1):
        content, history = look.raw(row["id"]), look.entries(row["ticket"])
        if not content or not history:
            without += 1
        elif (case := _case(look, desk, row, content, history, contacts)) is None:
            idle += 1
        else:
            change, scene = case
            scenes = replace(scene, cursors=cursors)
            one, other = (_run(rules, change, scenes) for rules in (old, new))
            cursors = {**cursors, **one.cursors}
            before, after = before + _mails_outside(one), after + _mails_outside(other)
            if changed := _compared(one, other, scene.number):
                ticket = change.tickets[scene.number]
                event = str(scene.event)
                differences.append(Difference(ticket.number, row["id"], change.now, ticket.subject, event, changed))
        step(count, len(mails))
    return Replayed(len(mails), without, idle, tuple(differences), (before, after))


def _run(rules: Rules, change: Change, scene: Scene) -> Change:
    def scene_for(_: Change, raised: Raised) -> Scene:
        return replace(scene, event=raised.event, entry=raised.entry)

    return run_events(_Quick(rules), change, scene_for)


def _case(
    look: Look,
    desk: Desk,
    row: Mapping[str, Any],
    content: bytes,
    history: Sequence[Entry],
    contacts: dict[str, Contact | None],
) -> tuple[Change, Scene] | None:
    """The decision about a mail as the rules found it; None where it was none of theirs."""
    own = _by_hand(history, row["id"])
    if not own:
        return None
    ticket = fold(history[: own[-1].number])
    raised = tuple(Raised(Event(entry.event), ticket.number, entry.number) for entry in own if entry.event)
    if not raised:
        return None
    if ticket.requester not in contacts:
        contacts[ticket.requester] = look.contact(ticket.requester)
    change = Change(now=own[0].at, origin=own[0].origin, tickets={ticket.number: ticket}, events=raised)
    mail = parse_mail(content, desk.reading)
    scene = Scene(
        desk,
        raised[0].event,
        ticket.number,
        entry=raised[0].entry,
        person=_person(desk, ticket, row["sender"]),
        mail=_as_read(mail, own[0]),
        contact=contacts[ticket.requester],
    )
    return change, scene


def _by_hand(history: Sequence[Entry], mail: int) -> list[Entry]:
    """The entries that a mail made before rules acted on it."""
    found = []
    for entry in history:
        if entry.mail == mail:
            if entry.author.startswith("rule: "):
                break
            found.append(entry)
    return found


def _as_read(mail: Mail, entry: Entry) -> Mail:
    """The mail with the text that was taken as newly written then."""
    return replace(mail, reply=entry.text) if entry.text else mail


def _person(desk: Desk, ticket: Ticket, sender: str) -> Person:
    agent = desk.agent_at(sender)
    if agent:
        return Person(sender, agent.display, agent.role, agent=agent.name)
    if sender == ticket.requester:
        return Person(sender, ticket.requester_name, Role.REQUESTER)
    return Person(sender, role=Role.PARTICIPANT if sender in ticket.participants else Role.STRANGER)


def _compared(old: Change, new: Change, number: int) -> dict[str, tuple[Any, Any]]:
    one, other = _outcome(old, number), _outcome(new, number)
    return {name: (one[name], other[name]) for name in one if one[name] != other[name]}


def _outcome(change: Change, number: int) -> dict[str, Any]:
    ticket = change.tickets[number]
    return {
        **{name: getattr(ticket, name) for name in FIELDS},
        "notices": sorted({notice.template for notice in change.notices if notice.role not in _INSIDE}),
        "notified": sorted({notice.to for notice in change.notices if notice.role in _INSIDE}),
    }


def _mails_outside(change: Change) -> int:
    return sum(notice.role not in _INSIDE and notice.mail_class is MailClass.AUTOMATIC for notice in change.notices)

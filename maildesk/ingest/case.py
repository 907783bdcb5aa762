"""One mail on its way through the line: what is known of it, what rules and commands may look at, how it ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from maildesk.commands.undo import taken_back
from maildesk.conclude import Cause, conclude
from maildesk.ingest.body import extract
from maildesk.ingest.headers import traced_at
from maildesk.ingest.match import Match
from maildesk.ingest.screen import Screening, may_answer
from maildesk.model.change import Attachment, Change, MailClass, Raised, Rated
from maildesk.model.desk import Desk, Mailbox, Scene, Sent
from maildesk.model.mail import Mail
from maildesk.model.people import Person, is_outside
from maildesk.model.ticket import Entry, EntryKind, Event, survey_key
from maildesk.store.ledger import BY_HAND, RESTORED, Standing, Taken
from maildesk.store.tx import Tx


class Outcome(StrEnum):
    """What became of a mail; each taken mail ends in exactly one (P24)."""

    NEW = "new"
    """It opened a ticket."""
    APPENDED = "appended"
    """It became an entry of a ticket, or was carried out."""
    DUPLICATE = "duplicate"
    """It was received before."""
    IGNORED = "ignored"
    """Kept, with a reason."""
    QUARANTINED = "quarantined"
    """Kept, waiting for a person."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one mail, and where it went."""

    outcome: Outcome
    ticket: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One mail on its way through the line, with what was found out so far."""

    tx: Tx
    desk: Desk
    taken: Taken
    mail: Mail
    screening: Screening
    match: Match = Match()
    sent: Sent | None = None
    person: Person = Person("")

    @property
    def mailbox(self) -> Mailbox:
        """The mailbox it came to."""
        return self.desk.mailboxes[self.taken.raw.key.mailbox]

    @property
    def arrived(self) -> datetime:
        """When it came to the mailbox; mail that was brought in by hand is as old as it says itself."""
        raw, said = self.taken.raw, None
        if raw.key.uidvalidity == BY_HAND:
            said = traced_at(self.mail) or self.mail.sent_at
        return min(self.tx.now, raw.received_at, said or raw.received_at)

    @property
    def old(self) -> bool:
        """Whether nothing automatic may come of it, nor of its ticket later on: it is old, or was imported."""
        age = self.tx.now - self.arrived
        return self.taken.standing is Standing.QUIET or age > timedelta(hours=self.desk.auto_max_age_hours)

    @property
    def quiet(self) -> bool:
        """Whether it causes nothing automatic now; what came before a backup was put back did so already."""
        return self.old or self.taken.standing is Standing.AGAIN

    def change(self) -> Change:
        """An empty decision about this mail, with the ticket it belongs to loaded."""
        ticket = self.tx.tickets([self.match.ticket])[self.match.ticket] if self.match.ticket else None
        return Change(
            now=self.tx.now,
            origin=f"mail:{self.taken.row}",
            mail=self.taken.row,
            tickets={ticket.number: ticket} if ticket else {},
        )


def scene_of(case: Case, change: Change, event: Event, number: int, entry: int = 0) -> Scene:
    tx, ticket = case.tx, change.tickets.get(number)
    requester = ticket.requester if ticket else case.person.email
    contact = tx.contact(requester) if requester else None
    story = tx.entries(number) if case.person.is_desk and ticket else ()
    return Scene(
        desk=case.desk,
        event=event,
        number=number,
        entry=entry,
        person=case.person,
        mail=case.mail,
        contact=contact,
        loads=tx.loads(),
        away=frozenset(tx.away()),
        covers=tx.away(),
        cursors=tx.cursors(),
        paces=tx.paces(),
        history=tx.history(requester, number) if contact and contact.tickets > _counted(change, number) else (),
        sent=case.sent,
        story=story,
        newer=_newer(case, story),
        attachments=attachments_of(case.mail, case.taken.raw.content),
        rating=next((effect.stars for effect in change.effects if isinstance(effect, Rated)), None),
        quiet=case.quiet,
        old=case.old,
    )


def _counted(change: Change, number: int) -> int:
    """1 where the contact's tickets include this one, which a new one does not yet."""
    return 0 if any(entry.ticket == number and entry.number == 1 for entry in change.entries) else 1


def _newer(case: Case, story: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """What reached or left the customer since the agent's notification was written, but for what was taken back.

    The agent's own answer counts, too: a notification is answered once, unless somebody confirms.
    """
    seen = case.sent.seen if case.sent else 0
    public, back = {EntryKind.CUSTOMER, EntryKind.ANSWER}, taken_back(story)
    return tuple(one for one in story if seen and one.number > seen and one.kind in public and one.origin not in back)


def attachments_of(mail: Mail, content: bytes) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(part.filename, part.media_type, extract(content, part.path), part.content_id) for part in mail.parts
    )


def conclude_case(case: Case, change: Change, then: Case | None = None) -> None:
    """Let the decision take its course; ``then`` is whose mail all is that comes after a ticket was opened."""
    mail = case.mail
    sender = mail.sender.email if mail.sender else ""
    cause = Cause(sender, mail.message_id, mail.references, may_answer(mail, case.desk))
    if case.quiet:
        change = replace(_hushed(change), imported=case.taken.standing is Standing.QUIET)

    def scene_for(current: Change, raised: Raised) -> Scene:
        here = case if then is None or raised.event is Event.OPENED else then
        return scene_of(here, current, raised.event, raised.ticket, raised.entry)

    concluded = conclude(case.tx, change, case.desk, scene_for, cause)
    if case.taken.standing is Standing.AGAIN:
        _keep_in(case.tx, concluded.change)


def _keep_in(tx: Tx, change: Change) -> None:
    """What was decided before a backup was put back leaves no second time, and its survey was asked for."""
    tx.withhold(change.origin, RESTORED)
    solved = {entry.ticket for entry in change.entries if entry.event == Event.SOLVED}
    asked = [survey_key(change.tickets[number]) for number in sorted(solved)]
    for key in set(asked) - tx.is_done(asked):
        tx.mark_done(key)


def _hushed(change: Change) -> Change:
    """Old and imported mail causes nothing automatic outside; what an agent wrote still leaves."""
    stopped = [n for n in change.notices if n.mail_class is MailClass.AUTOMATIC and is_outside(n.role)]
    for notice in stopped:
        change = change.say(notice.ticket, "mail", f"{notice.template} to {notice.to}: not written, the mail is old")
    return replace(change, notices=tuple(one for one in change.notices if one not in stopped))

"""What one decision does. A ``Change`` is a value: every step returns a new one, nothing is done yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from maildesk.model.people import Role
from maildesk.model.ticket import Entry, EntryKind, Event, Ticket
from maildesk.model.tokens import Right


class MailClass(StrEnum):
    """Which promise a mail carries when a crash leaves its fate in doubt."""

    REPLY = "reply"
    """At least once, byte-identical (P5)."""
    AUTOMATIC = "automatic"
    """At most once (P4)."""


class OutboxState(StrEnum):
    """Where a mail to send stands; ``maildesk outbox`` shows it."""

    HELD = "held"
    """Waits its hold time, in which `undo` can take it back, or for somebody's decision."""
    QUEUED = "queued"
    """To be sent when ``not_before`` has come."""
    ATTEMPTING = "attempting"
    """A sender is at it; the intent is durable."""
    SENT = "sent"
    """A mail server took it."""
    UNKNOWN = "unknown"
    """The line broke at the wrong moment: it may have been taken. Never blindly resent."""
    FAILED = "failed"
    """Refused for good, or given up."""
    CANCELLED = "cancelled"
    """Taken back by a person."""
    SUPPRESSED = "suppressed"
    """The gate stopped it; the reason is in its row."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command that was understood: ``written`` is how it stood there, ``where`` is subject or a line."""

    command: str
    args: tuple[str, ...] = ()
    ticket: int = 0
    """0: the ticket that the mail belongs to."""
    where: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Something in an agent's mail that was not understood, and what it may have meant."""

    written: str
    problem: str
    """What is wrong: a key of the command-error texts, as "unknown", "no_such_agent", "missing"."""
    suggestion: str = ""
    """Did you mean."""
    where: str = ""
    detail: str = ""
    """What makes the problem plain, as who has the ticket or whom a mail has reached."""
    known: tuple[str, ...] = ()
    """What there is instead, where that is a short list: the names of groups, departments, agents."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail."""

    filename: str
    media_type: str
    content: bytes
    content_id: str = ""
    """Set for an inline picture: its Content-ID without angle brackets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A mail to write: a template, one recipient, the data it may show. Rendered by ``notices.compose``."""

    template: str
    to: str
    role: Role
    """What the recipient is; outsiders never get internal data."""
    cause: str
    """Part of ``once``: an entry number, "target:cycle:step", or a job's period; never a timestamp."""
    ticket: int = 0
    mailbox: str = ""
    language: str = ""
    to_name: str = ""
    mail_class: MailClass = MailClass.AUTOMATIC
    data: Mapping[str, Any] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    html: str = ""
    """Clean HTML of an agent's answer, shown instead of one made from the text."""
    rights: tuple[Right, ...] = ()
    """Reply tokens that the mail carries; the first one is its Reply-To."""
    answers: tuple[tuple[int, int], ...] = ()
    """Other tickets whose customers its reader can answer by an address of their own, with the entry last seen."""
    taps: tuple[str, ...] = ()
    """Commands that the mail carries an address of its own for: a mail there does just that."""
    hold_seconds: int = 0
    not_before: datetime | None = None
    expires: datetime | None = None
    entry: int = 0
    """The entry that this mail carries to its reader; a bounce points back to it."""
    draft: str = ""
    """The key of a decision without which it does not leave; empty for mail that needs none."""
    source: str = ""
    """The rule that writes it, as "rule: NAME"; empty for all else."""
    shows: tuple[Notice, Ticket | None] | None = None
    """Another mail, and the ticket it is about, that this one shows as its reader would see it."""

    @property
    def once(self) -> str:
        """The identity of this mail: the outbox takes it once, however often it is decided."""
        return f"{self.ticket}|{self.template}|{self.to}|{self.cause}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A rendered mail. The bytes are final: every try sends the same (P5)."""

    once: str
    mail_class: MailClass
    message_id: str
    date: datetime
    sender: str
    """Envelope sender; "" is the null sender."""
    recipient: str
    """The one envelope recipient."""
    content: bytes
    template: str = ""
    ticket: int = 0
    entry: int = 0
    mailbox: str = ""
    role: Role = Role.REQUESTER
    subject: str = ""
    not_before: datetime | None = None
    expires: datetime | None = None
    draft: str = ""
    source: str = ""
    promises: datetime | None = None
    """Until when it promises an answer."""
    tokens: tuple[Token, ...] = ()
    problem: str = ""
    """What was wrong with its template, for the journal; empty when all was well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A row of the token table: who may use it, for what, until when."""

    row: int
    right: Right
    person: str
    """The address it was made for."""
    ticket: int = 0
    seen: int = 0
    """The latest entry that its reader had seen: a newer one means a collision."""
    expires: datetime | None = None
    purpose: str = ""
    """What exactly it is for, as "survey:2" or "held:17"."""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """An event that waits for the rules; ``depth`` counts what rules raised themselves (5 at most)."""

    event: Event
    ticket: int
    entry: int
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Trace:
    """One step of a decision, for `maildesk why`."""

    ticket: int
    step: str
    """screen, identity, match, rule, action, notice, gate, order, ..."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember:
    """What is now known of a contact; None leaves a field as it is."""

    email: str
    name: str | None = None
    organisation: str | None = None
    language: str | None = None
    no_updates: bool | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    account_manager: str | None = None
    same_as: str | None = None
    blocked: str | None = None
    """ignore, quarantine, or "" to let their mail in again."""
    blocked_until: datetime | None = None
    hit: bool = False
    """A mail of theirs was kept away."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A mail belongs to another ticket now: what answers it goes there."""

    mail: int
    ticket: int
    entry: int


@dataclass(frozen=True, slots=True)
class Erase:
    """Everything of a person is to be removed, once what this decision writes to them has left."""

    email: str


@dataclass(frozen=True, slots=True)
class ReportAsked:
    """An agent wants figures by mail; a job works them out. The key names the request."""

    key: str
    agent: str
    kind: str
    """figures, or voice: what customers said."""
    days: int
    groups: tuple[str, ...] = ()
    """Empty: the whole desk for a manager, else the agent's own."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep an agent's mail unsent until its author decides (`send`, `note`, `drop`); keyed by the mail."""

    mail: int
    ticket: int
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class Release:
    """A held mail was decided upon: ``outcome`` is sent, noted or dropped."""

    mail: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Call:
    """Another program is to be called; ``once`` makes it happen once, ``body`` is JSON."""

    hook: str
    once: str
    ticket: int
    body: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Decide on the mails that wait under a key: they leave, or are taken back. Conflict where none waits."""

    draft: str
    send: bool


@dataclass(frozen=True, slots=True)
class CancelMails:
    """Take back the mails to outsiders that ``origin`` caused; all of them or none (else Conflict)."""

    origin: str


@dataclass(frozen=True, slots=True)
class Restore:
    """Put back what ``origin`` changed besides tickets, exactly (else Conflict)."""

    origin: str


@dataclass(frozen=True, slots=True)
class Rated:
    """A customer's answer to a survey; the latest of a (ticket, cycle, person) counts."""

    ticket: int
    cycle: int
    email: str
    stars: int
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Suppress:
    """Write nothing automatic to an address until then (None: for good)."""

    email: str
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """An agent is away (``until`` may be None: until `back`), or back again when ``away`` is False."""

    agent: str
    away: bool
    until: datetime | None = None
    cover: str = ""


Effect = (
    Remember
    | Moved
    | Erase
    | Hold
    | Release
    | Settle
    | Call
    | CancelMails
    | Rated
    | Suppress
    | Absence
    | ReportAsked
    | Restore
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Everything one decision does: to many tickets, one or none."""

    now: datetime
    origin: str
    """Names the mail, call or job that it comes from; shared by all it causes."""
    tickets: Mapping[int, Ticket] = field(default_factory=dict)
    """As they will be; a ticket's new entries are those in ``entries``."""
    entries: tuple[Entry, ...] = ()
    events: tuple[Raised, ...] = ()
    notices: tuple[Notice, ...] = ()
    trace: tuple[Trace, ...] = ()
    cursors: Mapping[str, str] = field(default_factory=dict)
    """Group -> the agent who got the latest ticket by round robin."""
    effects: tuple[Effect, ...] = ()
    """What else the store is to write in the same transaction."""
    mail: int = 0
    imported: bool = False
    """It is about mail that lay there before the desk began: no clock runs for it."""

    def record(
        self,
        number: int,
        kind: EntryKind,
        author: str,
        *,
        cause: str = "",
        event: Event | None = None,
        text: str = "",
        public: bool = False,
        message_id: str = "",
        **after: Any,
    ) -> Change:
        """Append an entry to a ticket and set the given fields. An ``event`` is raised for the rules.

        Fields that already have their new value are left out; a CHANGE that changes nothing is no entry.
        """
        ticket = self.tickets[number]
        changed = {name: value for name, value in after.items() if getattr(ticket, name) != value}
        if kind is EntryKind.CHANGE and not changed and event is None:
            return self
        entry = Entry(
            ticket=number,
            number=ticket.version + 1,
            kind=kind,
            author=author,
            at=self.now,
            before={name: getattr(ticket, name) for name in changed},
            after=changed,
            event=event or "",
            cause=cause,
            message_id=message_id,
            public=public,
            mail=self.mail,
            origin=self.origin,
            text=text,
        )
        raised = (Raised(event, number, entry.number),) if event else ()
        return replace(
            self,
            tickets={**self.tickets, number: replace(ticket, **changed, version=entry.number)},
            entries=(*self.entries, entry),
            events=(*self.events, *raised),
        )

    def open_ticket(
        self,
        ticket: Ticket,
        author: str,
        *,
        kind: EntryKind,
        text: str = "",
        message_id: str = "",
        cause: str = "",
    ) -> Change:
        """Begin a history: the first entry's ``after`` holds every field of the ticket."""
        after = {
            name: getattr(ticket, name) for name in Ticket.__dataclass_fields__ if name not in {"number", "version"}
        }
        entry = Entry(
            ticket=ticket.number,
            number=1,
            kind=kind,
            author=author,
            at=self.now,
            before={},
            after=after,
            event=Event.OPENED,
            cause=cause,
            message_id=message_id,
            public=kind is not EntryKind.NOTE,
            mail=self.mail,
            origin=self.origin,
            text=text,
        )
        return replace(
            self,
            tickets={**self.tickets, ticket.number: replace(ticket, version=1)},
            entries=(*self.entries, entry),
            events=(*self.events, Raised(Event.OPENED, ticket.number, 1)),
        )

    def send(self, *notices: Notice) -> Change:
        """Add mails to write; one that is there already (same ``once``) is not added again."""
        known = {notice.once for notice in self.notices}
        fresh = tuple(notice for notice in notices if notice.once not in known)
        return replace(self, notices=(*self.notices, *fresh))

    def say(self, ticket: int, step: str, text: str) -> Change:
        """Add a line to what `maildesk why` tells."""
        return replace(self, trace=(*self.trace, Trace(ticket, step, text)))

    def effect(self, *effects: Effect) -> Change:
        """Add something else that the store writes in the same transaction."""
        return replace(self, effects=(*self.effects, *effects))

"""Tickets and their history: a ticket is a snapshot, its entries are the truth it folds from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

NAMED = "names"
"""The field of a ticket whose first mail names another one that its author has no part in: that one's number."""


class Status(StrEnum):
    """Whose turn it is."""

    NEW = "new"
    """Nobody answered yet."""
    OPEN = "open"
    """Our turn."""
    WAITING = "waiting"
    """The customer's turn."""
    PAUSED = "paused"
    """Snoozed, or a department's turn."""
    SOLVED = "solved"
    """Done; may reopen."""
    CLOSED = "closed"
    """Done for good: a reply makes a new, linked ticket."""


class Priority(StrEnum):
    """How much it matters, in rising order."""

    LOW = "low"
    """Can wait."""
    NORMAL = "normal"
    """The default."""
    HIGH = "high"
    """Before the others."""
    URGENT = "urgent"
    """Now; escalations do not wait for working hours."""


class Event(StrEnum):
    """What happened: the words that rules are written `on`."""

    OPENED = "opened"
    """A ticket was made."""
    REPLIED = "replied"
    """A customer wrote into a ticket."""
    ANSWERED = "answered"
    """An agent answered the customer."""
    NOTED = "noted"
    """An internal note was added."""
    COMMANDED = "commanded"
    """An agent's command changed something."""
    SOLVED = "solved"
    """The ticket became solved."""
    REOPENED = "reopened"
    """A solved ticket became open again."""
    BOUNCED = "bounced"
    """A mail of ours to an outsider failed."""
    RATED = "rated"
    """The customer rated."""
    IDLE = "idle"
    """Nothing happened for a while."""
    DUE = "due"
    """A point in a service level's time was reached."""


class EntryKind(StrEnum):
    """One thing in a ticket's history."""

    CUSTOMER = "customer_mail"
    """Mail by the requester or a participant."""
    ANSWER = "answer"
    """Public mail by an agent."""
    NOTE = "note"
    """Internal; never leaves the desk."""
    CHANGE = "change"
    """Fields changed, nothing was written."""
    NOTICE = "notice"
    """Mail that maildesk wrote by itself."""
    AUTO = "auto_reply"
    """A robot's mail: kept, changes nothing."""
    BOUNCE = "bounce"
    """A delivery report."""
    RATING = "rating"
    """An answer to a survey."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A service level's clock: store start, minutes and pauses; when it is due is computed."""

    target: str
    """first_response, next_response, resolution or keep_informed."""
    cycle: int
    started: datetime
    minutes: float
    """Business minutes until it is due."""
    paused: tuple[tuple[datetime, datetime | None], ...] = ()
    stopped: datetime | None = None
    told: int = 0
    """How many steps of its escalation were taken, in the order in which they are due."""
    acknowledged: str = ""
    """The agent who sees to it: no further step is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One concern of one requester. Every change of it is an ``Entry``; see ``fold``."""

    number: int
    mailbox: str
    subject: str = ""
    requester: str = ""
    requester_name: str = ""
    participants: frozenset[str] = frozenset()
    """Addresses besides the requester that an agent added."""
    status: Status = Status.NEW
    priority: Priority = Priority.NORMAL
    group: str = ""
    assignee: str = ""
    """An agent's name; empty for nobody."""
    watchers: frozenset[str] = frozenset()
    muted: frozenset[str] = frozenset()
    """Agents who want to hear no more of it."""
    tags: frozenset[str] = frozenset()
    fields: tuple[tuple[str, str], ...] = ()
    language: str = ""
    channel: str = "mail"
    links: tuple[int, ...] = ()
    merged_into: int = 0
    account_manager: str = ""
    snoozed_until: datetime | None = None
    opened_at: datetime | None = None
    waiting_since: datetime | None = None
    """When the oldest customer mail came that no public answer followed; None if none waits."""
    answered_at: datetime | None = None
    """When the first human public answer was sent."""
    replied_at: datetime | None = None
    """When the customer last wrote."""
    updated_at: datetime | None = None
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    cycle: int = 1
    """Grows by one with each reopening: due things of different cycles are different things."""
    clocks: tuple[Clock, ...] = ()
    due_at: datetime | None = None
    """When the next step of an escalation is due: a cache of what clocks, service level and calendar say."""
    quiet: bool = False
    """It came from old or imported mail: nothing automatic goes outside until the customer writes something new.
    Clocks run for old mail, as after an outage, so that nobody waits unseen; for imported mail they do not."""
    version: int = 0
    """Number of its latest entry; a saved change checks it (optimistic locking)."""

    def field(self, name: str) -> str:
        """The value of a custom field, or the empty string."""
        return dict(self.fields).get(name, "")

    @property
    def is_done(self) -> bool:
        """Whether it is solved or closed."""
        return self.status in {Status.SOLVED, Status.CLOSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened to a ticket; append-only, with the complete before and after."""

    ticket: int
    number: int
    """From 1 within its ticket, without gaps."""
    kind: EntryKind
    author: str
    """An address, an agent's name, or "rule: NAME" / "job: NAME" / "maildesk"."""
    at: datetime
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    """Fields of the ticket that changed, as values (not JSON)."""
    event: str = ""
    cause: str = ""
    """What brought it about, in words that `why` prints."""
    message_id: str = ""
    public: bool = False
    mail: int = 0
    """Row of the taken mail it comes from; 0 for none."""
    origin: str = ""
    """Shared by everything one mail or call caused: what `undo` takes back together."""
    text: str = ""
    """What was newly written; stored in its own, erasable table."""


def survey_key(ticket: Ticket) -> str:
    """What tells that a solving was asked about: there is one survey a ticket and cycle."""
    return f"survey:{ticket.number}:{ticket.cycle}"


TICKET_FIELDS = tuple(f.name for f in fields(Ticket))


def fold(entries: Iterable[Entry]) -> Ticket:
    """The ticket that a complete history adds up to. Raises ValueError for an empty history."""
    state: dict[str, Any] = {}
    for entry in entries:
        state.update(entry.after)
        state["number"], state["version"] = entry.ticket, entry.number
    if not state:
        raise ValueError("a history has at least one entry")
    return Ticket(**state)

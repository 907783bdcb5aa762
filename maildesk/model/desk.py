"""The desk as configured: people, mailboxes, calendars, targets, compiled rules. A frozen value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, Protocol

from maildesk.model.change import Attachment, Change, Trace
from maildesk.model.mail import Limits, Mail, Reading
from maildesk.model.people import Agent, Contact, Department, Group, Person
from maildesk.model.ticket import Entry, Event, Ticket
from maildesk.model.tokens import Right


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address that customers write to, without its connection (that is in the settings)."""

    name: str
    address: str
    display: str = ""
    """Sender name on mail to customers."""
    aliases: frozenset[str] = frozenset()
    group: str = ""
    language: str = ""
    calendar: str = ""
    signature: str = ""
    plus: bool = True
    """Whether the provider delivers support+token@ (else Message-IDs and tags must do)."""
    colour: str = "#2457a6"

    @property
    def addresses(self) -> frozenset[str]:
        """Every address of this mailbox."""
        return self.aliases | {self.address}


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working time: weekday (0 = Monday) -> intervals; holidays are off, extra days are on."""

    name: str
    timezone: str = "UTC"
    week: Mapping[int, tuple[tuple[time, time], ...]] = field(default_factory=dict)
    country: str = ""
    """ISO code for the holidays library; empty for none."""
    add_holidays: frozenset[date] = frozenset()
    remove_holidays: frozenset[date] = frozenset()

    @property
    def always(self) -> bool:
        """A calendar without hours is open around the clock."""
        return not self.week


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """When a target is used up by ``percent``, or ``after_minutes`` past it, do this."""

    percent: int = 100
    after_minutes: float = 0
    notify: tuple[str, ...] = ()
    """assignee, lead, manager, or an agent's name."""
    assign: str = ""
    """A strategy by which somebody else gets the ticket first; empty: nobody does."""


@dataclass(frozen=True, slots=True)
class Sla:
    """Targets in business minutes; None means there is no such target."""

    name: str
    first_response: float | None = None
    next_response: float | None = None
    resolution: float | None = None
    keep_informed: float | None = None
    groups: frozenset[str] = frozenset()
    priorities: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    calendar: str = ""
    steps: tuple[EscalationStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a group answers: the first answers of the last 30 days."""

    answers: int = 0
    usual: float = 0
    """Business minutes after which 80 % of them had come."""
    queue: float = 0
    """Business minutes until those who wait now have theirs, at the speed of these days."""


@dataclass(frozen=True, slots=True)
class Survey:
    """When customers are asked how it was."""

    enabled: bool = True
    delay_minutes: float = 2 * 24 * 60
    cooldown_days: int = 30
    sample_percent: int = 100
    expires_days: int = 30


@dataclass(frozen=True, slots=True)
class Updates:
    """When a customer who waits for us hears that we are at it."""

    enabled: bool = True
    after_minutes: float = 24 * 60
    """Waiting time after which an update is sent, and the interval between two."""
    delay: str = "draft"
    """Before a promised time passes an update is drafted (draft), sent at once (send), or neither (off)."""
    delay_before_minutes: float = 30
    decide_after_minutes: float = 4 * 60
    """Working time after which whoever has to decide on a mail is reminded, and the interval between two."""


@dataclass(frozen=True, slots=True)
class Worklist:
    """The agents' mail in the morning."""

    enabled: bool = True
    at: time = time(8)
    """Local time of the agent's calendar."""


@dataclass(frozen=True, slots=True)
class Retention:
    """After how many days things are removed; None keeps them for ever."""

    closed_tickets: int | None = None
    """Texts, attachments and addresses of tickets closed that long ago."""
    raw_mail: int | None = None
    """Raw mail of closed tickets."""
    quarantine: int = 30
    outbox: int = 30
    """Contents of sent mail; that it was sent stays known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOrder:
    """Figures that somebody gets by mail."""

    name: str
    to: tuple[str, ...]
    kind: str = "figures"
    """figures, or voice: what customers said."""
    every: str = "week"
    """day, week or month."""
    weekday: int = 0
    """Of a weekly report; 0 is Monday."""
    at: time = time(8)
    """Local time of the desk."""
    groups: tuple[str, ...] = ()
    """Empty: the whole desk."""
    language: str = ""
    xlsx: bool = False


@dataclass(frozen=True, slots=True)
class GateLimits:
    """Automatic mail per time; see PROMISES section 6. Answers and agents' mail are never limited."""

    address_hour: int = 5
    address_day: int = 10
    domain_hour: int = 50
    total_hour: int = 200
    ticket_hour: int = 30
    public_providers: frozenset[str] = frozenset(
        {
            "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com",
            "me.com", "aol.com", "gmx.de", "gmx.net", "web.de", "mail.ru", "yandex.ru", "proton.me",
            "protonmail.com", "chmail.ir", "mailfa.com",
        }
    )  # fmt: skip
    ack_bytes: int = 4096
    rule_hour: int = 50
    """People that one rule may write to within an hour, besides those who just wrote; more waits for a decision."""
    quiet: tuple[time, time] | None = None
    """No automatic mail to customers between these times of the desk's zone, if set."""

    @property
    def most_hour(self) -> int:
        """More automatic mails within an hour than this make no difference to anything."""
        return max(self.domain_hour, self.total_hour)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Another program that rules may call."""

    name: str
    url: str
    secret: Callable[[], str]
    """What calls are signed with; resolved when it is needed."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of the desk's own, kept in a file: a macro or an article."""

    name: str
    language: str
    """Empty for every language."""
    title: str
    text: str
    keywords: tuple[str, ...] = ()
    """Other words for what it is about; nobody is shown them."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The mail of ours that an inbound mail answers, as far as we know it."""

    template: str
    subject: str
    text: str
    """Its text part, to find what the reply quotes of it."""
    ticket: int = 0
    person: str = ""
    """Whom it was written to."""
    right: Right | None = None
    """What the reply token in the recipient address allows; None when it came without a valid one."""
    seen: int = 0
    """The ticket's latest entry when it was written."""
    purpose: str = ""
    expired: bool = False
    origin: str = ""
    """The mail or job that caused it."""
    pictures: frozenset[str] = frozenset()
    """sha256 of the pictures that it brought: a reply that quotes them must not pass them on."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What one mail of an agent did, for `undo`."""

    origin: str
    entries: tuple[Entry, ...]
    """Its entries, oldest first; they must still be the ticket's latest for an exact undo."""
    left: tuple[str, ...] = ()
    """Recipients outside whom its mails have already left for."""
    waits: bool = False
    """Whether a mail of it has not left yet."""
    images: int = 0
    """How many things besides tickets it changed."""
    lost: tuple[str, ...] = ()
    """Those of them that have been changed since, so that there is no state to go back to."""
    undone: bool = False
    """It was taken back before."""

    @property
    def is_nothing(self) -> bool:
        """Whether it did nothing that could be taken back."""
        return not (self.entries or self.left or self.waits or self.images)


@dataclass(frozen=True, slots=True)
class HeldMail:
    """An agent's mail that waits for its author's decision."""

    mail: int
    content: Mail
    sent: Sent | None
    reason: str
    attachments: tuple[Attachment, ...] = ()
    author: Person = Person("")
    """Who wrote it; somebody else than the one who decides where answers have to be approved."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What one event's rules and commands may look at. Everything was read before; nothing is fetched here."""

    desk: Desk
    event: Event
    number: int
    """The ticket."""
    entry: int = 0
    person: Person = Person("")
    mail: Mail | None = None
    contact: Contact | None = None
    loads: Mapping[str, int] = field(default_factory=dict)
    """Open tickets per agent."""
    away: frozenset[str] = frozenset()
    """Agents on vacation."""
    history: tuple[Mapping[str, Any], ...] = ()
    """The requester's earlier tickets, latest first: number, subject, status, opened_at."""
    sent: Sent | None = None
    """The mail of ours that this mail answers."""
    newer: tuple[Entry, ...] = ()
    """Customer mails and answers that came after what the writer had seen: a collision."""
    undo: Undo | None = None
    held: HeldMail | None = None
    """The held mail that this one decides upon."""
    drafts: int = 0
    """How many mails wait for the decision that this one may hold."""
    attachments: tuple[Attachment, ...] = ()
    """The mail's attachments with their contents."""
    worklist: tuple[Ticket, ...] = ()
    """The agent's tickets, for `list`."""
    cursors: Mapping[str, str] = field(default_factory=dict)
    """Group -> the agent who got the latest ticket by round robin."""
    story: tuple[Entry, ...] = ()
    """The ticket's entries, oldest first, for `show`."""
    found: tuple[Ticket, ...] = ()
    """What `search` found."""
    fresh: int = 0
    """A new ticket's number, for `split`."""
    dossier: Attachment | None = None
    """Everything that is known of a person, for `export`."""
    covers: Mapping[str, str] = field(default_factory=dict)
    """Agents on vacation -> who covers for them, or ""."""
    told: tuple[str, ...] = ()
    """Addresses of the desk's people who were told of a ticket that nobody has."""
    reasons: tuple[Trace, ...] = ()
    """What was decided about the ticket, oldest first, for `why`."""
    paces: Mapping[str, Pace] = field(default_factory=dict)
    """Group -> how fast it answers; what a promise is made by."""
    rating: int | None = None
    target: str = ""
    """For `due`: the service level's target that was reached."""
    percent: int = 0
    """For `due`: how much of it is used up."""
    quiet: bool = False
    """Automatic mail is off: import, old mail, replay."""
    old: bool = False
    """The mail is old or imported: what it opens stays quiet."""


class Rulebook(Protocol):
    """Compiled rules: what ``rules.compile`` makes and ``rules.engine`` runs."""

    def listens(self, event: Event) -> bool:
        """Whether there is a rule for this event: without one nothing has to be looked up for it."""
        ...

    def run(self, change: Change, scene: Scene) -> Change:
        """Apply the rules for the scene's event, in order; each sees what earlier ones did."""
        ...


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a template gives."""

    subject: str
    text: str
    html: str = ""
    problem: str = ""
    """file:line and what was wrong, when the template meant for this mail could not be used."""
    language: str = ""
    """The language it came out in; a fallback where the wanted one has no template."""


class Templates(Protocol):
    """The templates of the desk, with fallback languages."""

    def render(self, name: str, language: str, values: Mapping[str, Any]) -> Rendered:
        """Render a notice. Never raises: a broken template gives the built-in text (P16)."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that decisions depend on besides the store. Rebuilt whole on reload."""

    name: str
    domain: str
    key: bytes
    language: str = "en"
    timezone: str = "UTC"
    mailboxes: Mapping[str, Mailbox] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    departments: Mapping[str, Department] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    slas: tuple[Sla, ...] = ()
    survey: Survey = Survey()
    updates: Updates = Updates()
    worklist: Worklist = Worklist()
    retention: Retention = Retention()
    reports: tuple[ReportOrder, ...] = ()
    webhooks: Mapping[str, Webhook] = field(default_factory=dict)
    gate: GateLimits = GateLimits()
    limits: Limits = Limits()
    authserv_ids: frozenset[str] = frozenset()
    hold_seconds: int = 60
    auto_max_age_hours: float = 24
    new_matter_minutes: float = 14 * 24 * 60
    """After so long a rest, or once it is solved, another subject in a ticket's thread may be another matter."""
    token_days: int = 180
    spam_headers: tuple[tuple[str, str], ...] = ()
    """(header name, substring) pairs that a trusted filter writes; such mail goes to quarantine."""
    notify_agents: bool = True
    public_url: str = ""
    """Where customers reach the rating page, without a slash at its end; empty where there is none."""
    admin: str = ""
    """Where alerts go; the managers where it is empty."""
    rules: Rulebook | None = None
    templates: Templates | None = None
    macros: tuple[Passage, ...] = ()
    articles: tuple[Passage, ...] = ()
    own_addresses: frozenset[str] = field(init=False, repr=False, compare=False)
    """Every address that is the desk's own: never a requester, never answered (A12)."""
    _agents_by_address: Mapping[str, Agent] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look up by address what each mail asks for many times."""
        own = (address for box in self.mailboxes.values() for address in box.addresses)
        object.__setattr__(self, "own_addresses", frozenset(own))
        agents = {address: agent for agent in reversed(list(self.agents.values())) for address in agent.addresses}
        object.__setattr__(self, "_agents_by_address", agents)

    @property
    def reading(self) -> Reading:
        """What the mail reader needs to know of this desk."""
        return Reading(self.own_addresses, self.authserv_ids, self.key, self.limits)

    def agent_at(self, address: str) -> Agent | None:
        """The agent with this address, or None."""
        return self._agents_by_address.get(address)

    def lead_of(self, group: str) -> str:
        """The lead's name for a group; the first lead or manager of the desk where it has none."""
        named = self.groups[group].lead if group in self.groups else ""
        if named:
            return named
        ranked = [a.name for role in ("lead", "manager") for a in self.agents.values() if a.role == role]
        return ranked[0] if ranked else ""

"""People and the proof that they are who they say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What somebody is to a ticket or to the desk."""

    REQUESTER = "requester"
    """The person who asked."""
    PARTICIPANT = "participant"
    """Added to the ticket by an agent."""
    AGENT = "agent"
    """Answers customers."""
    LEAD = "lead"
    """Leads groups."""
    MANAGER = "manager"
    """Sees all."""
    DEPARTMENT = "department"
    """Outside the desk; a ticket was referred to them."""
    STRANGER = "stranger"
    """Anybody else."""


class Proof(StrEnum):
    """How sure we are of who wrote, in rising order."""

    NONE = "none"
    """No usable From, or authentication failed."""
    CLAIM = "claim"
    """A From line, nothing more."""
    TOKEN = "token"  # noqa: S105 - a word of the domain
    """A reply token made for this person."""
    DMARC = "dmarc"
    """The configured server saw an aligned DMARC pass."""
    BOTH = "both"
    """Token and DMARC pass."""


INSIDE = frozenset({Role.AGENT, Role.LEAD, Role.MANAGER})
"""Roles of the desk's own people."""


def is_outside(role: Role) -> bool:
    """Whether somebody in this role is not of the desk: internal data never reaches them."""
    return role not in INSIDE


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody of the desk; ``role`` is AGENT, LEAD or MANAGER."""

    name: str
    email: str
    full_name: str = ""
    aliases: frozenset[str] = frozenset()
    role: Role = Role.AGENT
    groups: tuple[str, ...] = ()
    skills: frozenset[str] = frozenset()
    capacity: int = 0
    """Open tickets at most; 0 for no bound."""
    calendar: str = ""
    language: str = ""
    hold_seconds: int | None = None
    approval: str = ""
    """lead: a lead looks at what they write to people outside before it leaves; empty for nobody."""
    transcripts: bool = True
    """False: no transcript for what succeeded; errors are always answered."""
    notify: str = "each"
    """What rules tell them of tickets: each by its own mail, or in one mail hourly or daily, or none."""

    @property
    def addresses(self) -> frozenset[str]:
        """Every address that is this agent's."""
        return self.aliases | {self.email}

    @property
    def display(self) -> str:
        """How the agent is called in mails."""
        return self.full_name or self.name


@dataclass(frozen=True, slots=True)
class Group:
    """A team: who leads it, how tickets are given out."""

    name: str
    lead: str = ""
    calendar: str = ""
    strategy: str = "round_robin"
    sla: str = ""
    approval: str = ""
    """lead: a lead looks at what its agents write to people outside before it leaves; empty for nobody."""
    delay: str = ""
    """What becomes of updates before a promise breaks: draft, send or off; empty as for the whole desk."""


@dataclass(frozen=True, slots=True)
class Department:
    """People outside the desk that tickets are referred to."""

    name: str
    email: str
    language: str = ""
    remind_after_minutes: float = 1440
    pauses_clock: bool = True


@dataclass(frozen=True, slots=True)
class Contact:
    """Anybody known by address, and what the desk remembers of them."""

    email: str
    name: str = ""
    organisation: str = ""
    language: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    account_manager: str = ""
    no_updates: bool = False
    """They wrote STOP: no status updates, no surveys."""
    tickets: int = 0
    last_rating: int | None = None
    first_seen: datetime | None = None
    same_as: str = ""
    """The same person's other addresses, with spaces between."""
    blocked: str = ""
    """ignore or quarantine: what happens to their mail; empty for neither."""
    blocked_until: datetime | None = None
    hits: int = 0
    """How many mails a block has kept away."""

    def field(self, name: str) -> str:
        """The value of a custom field, or the empty string."""
        return dict(self.fields).get(name, "")

    @property
    def others(self) -> frozenset[str]:
        """The same person's other addresses."""
        return frozenset(self.same_as.split())

    def is_blocked(self, now: datetime) -> bool:
        """Whether their mail is kept away at this time."""
        return bool(self.blocked) and (self.blocked_until is None or self.blocked_until > now)


def known_as(email: str, contact: Contact | None, domain: Contact | None) -> Contact | None:
    """What is known of an address, with what is known of its whole domain where it has nothing of its own."""
    if domain is None:
        return contact
    base = contact or Contact(email)
    return replace(
        base,
        organisation=base.organisation or domain.organisation or domain.name,
        language=base.language or domain.language,
        account_manager=base.account_manager or domain.account_manager,
        fields=(*((name, value) for name, value in domain.fields if not base.field(name)), *base.fields),
    )


def domain_key(email: str) -> str:
    """The key under which a whole domain is known: "@example.com". Its row tells of the organisation behind it."""
    return "@" + email.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever wrote a mail, in the role they have towards it."""

    email: str
    name: str = ""
    role: Role = Role.STRANGER
    proof: Proof = Proof.CLAIM
    agent: str = ""
    """The agent's name, where the role is one of the desk's; or who sent this customer's mail on."""

    @property
    def is_desk(self) -> bool:
        """Whether this is an agent, a lead or a manager."""
        return self.role in {Role.AGENT, Role.LEAD, Role.MANAGER}

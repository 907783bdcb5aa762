"""What a rule may ask for. One function is one condition: its name is the TOML key, its docstring the help.

A function gets the ``Look`` and the argument that its parser made of the TOML value, and says whether it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from maildesk.model.change import Change
from maildesk.model.desk import Scene
from maildesk.model.mail import Kind, Mail
from maildesk.model.people import Contact, Role
from maildesk.model.ticket import Status, Ticket
from maildesk.rules import arguments
from maildesk.rules.arguments import AddressPattern, Key, Parser, Range, TextPattern, Values
from maildesk.rules.patterns import BadArgument, Text
from maildesk.service.calendar import calendar_of, is_open, working_days

TEXTS = ("subject", "body")
"""Texts of a mail that are looked up in the index."""


class Look:
    """What conditions look at in one run of the rules. The mail's texts are normalised once, when first asked for."""

    def __init__(self, change: Change, scene: Scene) -> None:
        self.change = change
        """Replaced as rules act: each rule sees what earlier ones did."""
        self.scene = scene
        self._texts: dict[tuple[str, str], Text] = {}

    @property
    def ticket(self) -> Ticket:
        """The ticket as it is by now."""
        return self.change.tickets[self.scene.number]

    @property
    def contact(self) -> Contact:
        """What is known of the requester; an empty contact where nothing is."""
        return self.scene.contact or Contact(self.ticket.requester)

    @cached_property
    def mail(self) -> Mail:
        """The mail, or an empty one for events without a mail."""
        return self.scene.mail or Mail()

    def text(self, field: str) -> Text:
        """The subject or the body, ready for searching."""
        if field == "subject":
            return self.prepared(field, self.mail.subject if self.scene.mail else self.ticket.subject)
        return self.prepared(field, self.mail.reply or self.mail.text)

    def prepared(self, field: str, raw: str) -> Text:
        """A text ready for searching; the same one for the whole run."""
        raw = raw[: self.scene.desk.limits.rule_text]
        if (field, raw) not in self._texts:
            self._texts[field, raw] = Text(raw)
        return self._texts[field, raw]

    def emails(self, field: str) -> tuple[str, ...]:
        """The addresses that ``from``, ``to`` or ``requester`` mean."""
        if field == "requester":
            return (self.ticket.requester,)
        if field == "to":
            return self.mail.recipients
        author = self.mail.sender or self.mail.from_shown
        return (author.email,) if author else ()


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition: its key in rule files, its help, how its argument is read and what decides it."""

    name: str
    help: str
    parse: Parser
    holds: Callable[[Look, Any], bool]
    keys: Callable[[Any], frozenset[Key] | None]
    """What must be in a mail for it to hold, for the index; None where nothing can be said."""
    captures: Callable[[Look, Any], dict[str, str]]


CONDITIONS: dict[str, Condition] = {}


def condition(
    parse: Parser,
    *,
    keys: str = "",
    captures: Callable[[Look, Any], dict[str, str]] = lambda _look, _argument: {},
) -> Callable[[Callable[[Look, Any], bool]], Callable[[Look, Any], bool]]:
    """Make a function a condition. ``keys`` names the text or address that the index may look it up by."""

    def register(function: Callable[[Look, Any], bool]) -> Callable[[Look, Any], bool]:
        name = function.__name__.rstrip("_")
        indexed = (lambda argument: argument.keys(keys)) if keys else (lambda _argument: None)
        CONDITIONS[name] = Condition(
            name, " ".join((function.__doc__ or "").split()), parse, function, indexed, captures
        )
        return function

    return register


# --- the mail -------------------------------------------------------------------------------------------------------


@condition(arguments.address, keys="from")
def from_(look: Look, pattern: AddressPattern) -> bool:
    """Who wrote the mail: an address, a pattern with * and ?, or a bare domain."""
    return pattern.holds(look.emails("from"))


@condition(arguments.address, keys="to")
def to(look: Look, pattern: AddressPattern) -> bool:
    """Any address the mail was written or delivered to."""
    return pattern.holds(look.emails("to"))


@condition(arguments.text, keys="subject", captures=lambda look, pattern: pattern.captures(look.text("subject")))
def subject(look: Look, pattern: TextPattern) -> bool:
    """Words or a pattern in the subject: of the mail, or of the ticket for an event without a mail."""
    return pattern.holds(look.text("subject"))


@condition(arguments.text, keys="body", captures=lambda look, pattern: pattern.captures(look.text("body")))
def body(look: Look, pattern: TextPattern) -> bool:
    """Words or a pattern in what was newly written."""
    return pattern.holds(look.text("body"))


def _headers(look: Look, name: str) -> Iterable[Text]:
    return (look.prepared("header", value) for value in look.mail.headers_named(name))


@condition(
    arguments.mapping(arguments.text),
    captures=lambda look, wanted: {
        key: value
        for name, pattern in wanted
        for text in _headers(look, name)
        for key, value in pattern.captures(text).items()
    },
)
def header(look: Look, wanted: tuple[tuple[str, TextPattern], ...]) -> bool:
    """Header lines by name, each with words or a pattern: { X-Priority = "1" }; "*" asks only that it is there."""
    return all(any(pattern.holds(text) for text in _headers(look, name)) for name, pattern in wanted)


def _attachment(value: Any, desk: Any) -> bool | TextPattern:
    return value if isinstance(value, bool) else arguments.text(value, desk)


@condition(_attachment)
def attachment(look: Look, wanted: bool | TextPattern) -> bool:
    """True or false for any attachment or none, or a pattern for a file name, as "*.pdf"."""
    files = [part.filename for part in look.mail.parts if not part.inline]
    if isinstance(wanted, bool):
        return bool(files) is wanted
    return any(wanted.holds(look.prepared("attachment", name)) for name in files)


@condition(arguments.number)
def size(look: Look, wanted: Range) -> bool:
    """Size of the mail in bytes."""
    return look.scene.mail is not None and wanted.holds(look.mail.size)


@condition(arguments.values)
def language(look: Look, wanted: Values) -> bool:
    """Language of the mail, or of the ticket where the mail's is not known: "fa", "en", …"""
    return wanted.holds(look.mail.language or look.ticket.language)


@condition(arguments.one_of(Kind))
def kind(look: Look, wanted: Values) -> bool:
    """Sort of mail: human, auto_reply, bounce, list, receipt, report, own."""
    return look.scene.mail is not None and wanted.holds(look.mail.kind)


@condition(arguments.truth)
def authenticated(look: Look, wanted: bool) -> bool:
    """Whether the configured mail server saw the sender's domain prove itself (DMARC pass)."""
    return (look.mail.auth.trusted and look.mail.auth.dmarc == "pass") is wanted


@condition(arguments.one_of(Role))
def by(look: Look, wanted: Values) -> bool:
    """Who did it: requester, participant, agent, lead, manager, department or stranger."""
    return look.scene.person.role in wanted.exact


# --- the ticket -----------------------------------------------------------------------------------------------------


@condition(arguments.address, keys="requester")
def requester(look: Look, pattern: AddressPattern) -> bool:
    """Who asked, also for events without a mail: an address, a pattern or a bare domain."""
    return pattern.holds(look.emails("requester"))


@condition(arguments.one_of(Status))
def status(look: Look, wanted: Values) -> bool:
    """Status of the ticket: new, open, waiting, paused, solved, closed."""
    return look.ticket.status in wanted.exact


@condition(arguments.priority)
def priority(look: Look, wanted: Values) -> bool:
    """Priority of the ticket: low, normal, high, urgent; or { at_least = "high" }."""
    return look.ticket.priority in wanted.exact


@condition(arguments.values)
def group(look: Look, wanted: Values) -> bool:
    """The ticket's group; "" for none."""
    return wanted.holds(look.ticket.group)


@condition(arguments.values)
def assignee(look: Look, wanted: Values) -> bool:
    """The agent who has the ticket; "" for nobody."""
    return wanted.holds(look.ticket.assignee)


@condition(arguments.values)
def tag(look: Look, wanted: Values) -> bool:
    """Any of the ticket's tags."""
    return any(wanted.holds(each) for each in look.ticket.tags)


@condition(arguments.mapping(arguments.values))
def field(look: Look, wanted: tuple[tuple[str, Values], ...]) -> bool:
    """The ticket's own fields: { order = "A-*" }; "" for an empty one."""
    return all(pattern.holds(look.ticket.field(name)) for name, pattern in wanted)


@condition(arguments.span)
def age(look: Look, wanted: Range) -> bool:
    """Time since the ticket was opened: "3d" for at least that, or { at_least = "4h", at_most = "2d" }."""
    opened = look.ticket.opened_at
    return opened is not None and wanted.holds((look.change.now - opened).total_seconds())


@condition(arguments.span)
def idle(look: Look, wanted: Range) -> bool:
    """Time since a person last did anything to the ticket."""
    latest = look.ticket.updated_at or look.ticket.opened_at
    return latest is not None and wanted.holds((look.change.now - latest).total_seconds())


@condition(arguments.number)
def idle_days(look: Look, wanted: Range) -> bool:
    """Working days, by the group's (else the mailbox's) calendar, since a person last did anything to the ticket."""
    latest = look.ticket.updated_at or look.ticket.opened_at
    hours = calendar_of(look.scene.desk, look.ticket)
    return latest is not None and wanted.holds(working_days(hours, latest, look.change.now))


@condition(arguments.number)
def entries(look: Look, wanted: Range) -> bool:
    """How many entries the ticket's history has."""
    return wanted.holds(look.ticket.version)


@condition(arguments.values)
def mailbox(look: Look, wanted: Values) -> bool:
    """Name of the mailbox that the ticket belongs to."""
    return wanted.holds(look.ticket.mailbox)


@condition(arguments.values)
def channel(look: Look, wanted: Values) -> bool:
    """How the concern reached us: mail, phone, chat, …"""
    return wanted.holds(look.ticket.channel)


# --- the customer ---------------------------------------------------------------------------------------------------


@condition(arguments.values)
def organisation(look: Look, wanted: Values) -> bool:
    """The requester's organisation; "" for none."""
    return wanted.holds(look.contact.organisation)


@condition(arguments.mapping(arguments.values))
def contact_field(look: Look, wanted: tuple[tuple[str, Values], ...]) -> bool:
    """The requester's own fields: { contract = "gold" }."""
    return all(pattern.holds(look.contact.field(name)) for name, pattern in wanted)


@condition(arguments.number)
def contact_tickets(look: Look, wanted: Range) -> bool:
    """How many tickets the requester has had."""
    return wanted.holds(look.contact.tickets)


@condition(arguments.number)
def last_rating(look: Look, wanted: Range) -> bool:
    """Stars that the requester gave the last time; does not hold where they never rated."""
    return wanted.holds(look.contact.last_rating)


# --- time and service levels ----------------------------------------------------------------------------------------


def _open_or_closed(value: Any, _desk: Any) -> bool:
    if value not in {"open", "closed"}:
        raise BadArgument(f'{value!r}: write "open" or "closed"')
    return bool(value == "open")


@condition(_open_or_closed)
def calendar(look: Look, wanted: bool) -> bool:
    """Whether the group's (else the mailbox's) calendar is "open" or "closed" now."""
    return is_open(calendar_of(look.scene.desk, look.ticket), look.change.now) is wanted


@condition(arguments.weekdays)
def weekday(look: Look, wanted: frozenset[int]) -> bool:
    """Today, where the desk is: sat, sun, mon, … or the full names."""
    zone = ZoneInfo(calendar_of(look.scene.desk, look.ticket).timezone)
    return look.change.now.astimezone(zone).weekday() in wanted


@condition(arguments.values)
def sla(look: Look, wanted: Values) -> bool:
    """For `due`: the target that was reached: first_response, next_response, resolution, keep_informed."""
    return bool(look.scene.target) and wanted.holds(look.scene.target)


@condition(arguments.number)
def percent(look: Look, wanted: Range) -> bool:
    """For `due`: how much of the target's time is used up."""
    return bool(look.scene.target) and wanted.holds(look.scene.percent)


@condition(arguments.number)
def rating(look: Look, wanted: Range) -> bool:
    """For `rated`: the stars, 1 to 5."""
    return wanted.holds(look.scene.rating)

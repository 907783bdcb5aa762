"""Where a mail belongs: signals in falling order of trust, and the one that won is written down.

A reply token beats References, References beat the subject tag. None of them lets somebody write into a ticket
who is no party to it (P13): such a mail opens a ticket of its own that mentions the claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from maildesk.model import tokens
from maildesk.model.change import Token
from maildesk.model.desk import Desk
from maildesk.model.mail import Kind, Mail
from maildesk.model.ticket import Ticket
from maildesk.model.tokens import Right

_DIGITS = {ord(digit): str(value) for start in ("۰", "٠") for value in range(10) for digit in chr(ord(start) + value)}
_INVISIBLE = dict.fromkeys(
    map(ord, "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
)
_TAG_DIGITS = 12


class Signal(StrEnum):
    """What connected a mail with a ticket."""

    TOKEN = "token"  # noqa: S105 - a word of the domain
    """A reply address that we made."""
    REFERENCE = "reference"
    """In-Reply-To or References named a mail of the ticket."""
    TAG = "tag"
    """The subject tag, and its sender is a party to the ticket."""
    BOUNCE = "bounce"
    """A delivery report that returns a mail of ours."""
    NONE = "none"
    """Nothing: a new ticket."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a mail offers to be threaded by."""

    tokens: tuple[tuple[Right, int], ...] = ()
    """Rights and rows whose MAC is right."""
    references: tuple[str, ...] = ()
    """Message-IDs, nearest first."""
    tag: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """The ticket a mail goes to (0: a new one), by which signal, and which ticket it only claimed."""

    ticket: int = 0
    signal: Signal = Signal.NONE
    claimed: int = 0
    token: Token | None = None
    right: Right | None = None
    """The right of the reply address, where its token was made for the sender."""
    reference: str = ""
    expired: bool = False


def thread_keys(mail: Mail, desk: Desk) -> Keys:
    """Everything in a mail that may name a ticket of this desk."""
    found = tuple(
        right_and_row
        for address in mail.recipients
        if "+" in address and (right_and_row := tokens.read(desk.key, address.partition("@")[0].rpartition("+")[2]))
    )
    wanted = (*mail.bounced_ids, *reversed(mail.references)) if mail.kind is Kind.BOUNCE else reversed(mail.references)
    return Keys(found, tuple(dict.fromkeys(wanted)), subject_tag(mail.subject))


def subject_tag(subject: str) -> int:
    """The number in the last ``[#1042]`` of a subject, Persian digits and bidi marks allowed; 0 for none."""
    plain = subject.translate(_INVISIBLE).translate(_DIGITS)
    for piece in reversed(plain.split("[#")[1:]):
        digits = piece.partition("]")[0].strip()
        if digits.isascii() and digits.isdigit() and len(digits) <= _TAG_DIGITS and "]" in piece:
            return int(digits)
    return 0


def survivor(number: int, tickets: Mapping[int, Ticket | None]) -> Ticket | None:
    """The ticket itself, or the one it was merged into (a chain is followed, a circle ends)."""
    seen: set[int] = set()
    ticket = tickets.get(number)
    while ticket and ticket.merged_into and ticket.number not in seen:
        seen.add(ticket.number)
        ticket = tickets.get(ticket.merged_into)
    return ticket


def choose(
    keys: Keys,
    mail: Mail,
    desk: Desk,
    now: datetime,
    *,
    made: Mapping[int, Token | None],
    places: Mapping[str, int],
    tickets: Mapping[int, Ticket | None],
    also: frozenset[str] = frozenset(),
) -> Match:
    """The best signal whose ticket the sender is a party to; else a new ticket with the best claim.

    ``made`` are the token rows, ``places`` Message-ID -> ticket (0 for mails of ours without one), ``tickets``
    every ticket these name, ``also`` the sender's other addresses.
    """
    sender = mail.sender.email if mail.sender else ""
    agent = desk.agent_at(sender)
    mine = agent.addresses if agent else also | {sender}
    claimed = 0
    for right, row in keys.tokens:
        token = made.get(row)
        if token is None:
            continue
        bounced = right is Right.BOUNCE and mail.kind is Kind.BOUNCE
        if bounced or (token.person in mine and right is not Right.BOUNCE):
            late = token.expires is not None and token.expires < now
            return Match(token.ticket, Signal.TOKEN, token=token, right=None if late else right, expired=late)
        claimed = claimed or token.ticket
    for reference in keys.references:
        if reference in places:
            ticket = survivor(places[reference], tickets)
            if mail.kind is Kind.BOUNCE or (ticket is None and places[reference] == 0):
                return Match(
                    places[reference],
                    Signal.BOUNCE if mail.kind is Kind.BOUNCE else Signal.REFERENCE,
                    reference=reference,
                )
            if ticket and is_party(sender, ticket, desk, also):
                return Match(ticket.number, Signal.REFERENCE, reference=reference)
            claimed = claimed or places[reference]
    tagged = survivor(keys.tag, tickets)
    if tagged and is_party(sender, tagged, desk, also):
        return Match(tagged.number, Signal.TAG)
    return Match(claimed=claimed or (keys.tag if tagged else 0))


def is_party(sender: str, ticket: Ticket, desk: Desk, also: frozenset[str] = frozenset()) -> bool:
    """Whether an address may write into a ticket: requester, participant, or somebody of the desk.

    ``also`` are other addresses that an agent said to be the same person's.
    """
    people = ticket.participants | {ticket.requester}
    return bool(sender) and (sender in people or bool(also & people) or desk.agent_at(sender) is not None)

"""What a template may see: outsiders get a public view of the ticket, the acknowledgement hardly any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from maildesk.model import tokens as token_values
from maildesk.model.change import Notice, Token
from maildesk.model.desk import Desk, Mailbox
from maildesk.model.people import INSIDE
from maildesk.model.ticket import Status, Ticket
from maildesk.model.tokens import Right
from maildesk.notices.clean import base_subject, clean_name, parenthesised
from maildesk.notices.data import data_for, is_anonymous
from maildesk.notices.locale import zone_of
from maildesk.notices.words import word


@dataclass(frozen=True, slots=True)
class AnonymousTicket:
    """A ticket without anything its requester could have written."""

    number: int
    status: Status
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class PublicTicket:
    """What people outside the desk may know of a ticket."""

    number: int
    status: Status
    opened_at: datetime | None
    subject: str
    requester_name: str
    channel: str
    solved_at: datetime | None


def view(notice: Notice, ticket: Ticket | None) -> Ticket | PublicTicket | AnonymousTicket | None:
    """The ticket as the recipient of a notice may see it."""
    if ticket is None or notice.role in INSIDE:
        return ticket
    if is_anonymous(notice.template):
        return AnonymousTicket(ticket.number, ticket.status, ticket.opened_at)
    return PublicTicket(
        ticket.number,
        ticket.status,
        ticket.opened_at,
        base_subject(ticket.subject),
        clean_name(ticket.requester_name),
        ticket.channel,
        ticket.solved_at,
    )


def tag_of(ticket: Ticket | None) -> str:
    """The subject tag of a ticket: "[#1042]"; empty without a ticket."""
    return f"[#{ticket.number}]" if ticket else ""


def subject_for(notice: Notice, ticket: Ticket | None) -> str:
    """The subject that a ticket's mails go by: "Re: …  [#1042]" outside, "[#1042] …" inside; "" without a ticket.

    Outside, reply prefixes and tags are stripped from the customer's subject so that clients go on with their
    thread. Inside, the customer's brackets are parentheses: no subject of theirs can look like a command.
    """
    if ticket is None:
        return ""
    base = base_subject(ticket.subject)
    if notice.role in INSIDE:
        return f"{tag_of(ticket)} {parenthesised(base)}".strip()
    prefix = "" if notice.template == "answer" and notice.entry == 1 else "Re: "  # our first word is no reply
    return " ".join(f"{prefix}{base} {tag_of(ticket)}".split())


def reply_address(desk: Desk, mailbox: Mailbox, token: Token) -> str:
    """The address that carries a token, as support+r…@example.com; the plain one where plus addresses do not work."""
    if not mailbox.plus:
        return mailbox.address
    local, _, domain = mailbox.address.rpartition("@")
    return f"{local}+{token_values.mint(desk.key, token.right, token.row)}@{domain}"


def template_values(
    notice: Notice,
    desk: Desk,
    mailbox: Mailbox,
    ticket: Ticket | None,
    *,
    now: datetime,
    language: str,
    tokens: Sequence[Token] = (),
) -> dict[str, Any]:
    """Everything that the template of this notice can use; docs/templates.md lists it."""
    anonymous = notice.role not in INSIDE and is_anonymous(notice.template)
    return {
        **data_for(notice.template, notice.data),
        "desk": desk.name,
        "mailbox": mailbox,
        "ticket": view(notice, ticket),
        "tag": tag_of(ticket),
        "subject": tag_of(ticket) if anonymous else subject_for(notice, ticket),
        "to_name": clean_name(notice.to_name),
        "now": now,
        "language": language,
        "zone": zone_of(_zone_name(notice, desk, mailbox)),
        "addresses": _addresses(desk, mailbox, tokens),
        **_link(desk, notice, tokens),
        "taps": _taps(desk, mailbox, tokens, language),
        "answers": _answers(desk, mailbox, tokens),
    }


def _zone_name(notice: Notice, desk: Desk, mailbox: Mailbox) -> str:
    agent = desk.agent_at(notice.to) if notice.role in INSIDE else None
    calendar = desk.calendars.get(agent.calendar if agent and agent.calendar else mailbox.calendar)
    return calendar.timezone if calendar else desk.timezone


def _addresses(desk: Desk, mailbox: Mailbox, tokens: Sequence[Token]) -> Mapping[str, str]:
    """Reply addresses by the name of their right ("answer", "note", ...); "" for one that this mail does not carry."""
    kept = [token for token in tokens if not token.purpose.startswith("tap:") and token.purpose != "answers"]
    found = {token.right: reply_address(desk, mailbox, token) for token in kept} if mailbox.plus else {}
    return {right.name.lower(): found.get(right, "") for right in Right if right is not Right.BOUNCE}


def _link(desk: Desk, notice: Notice, tokens: Sequence[Token]) -> Mapping[str, str]:
    """The address of the page where this survey's reader can answer it."""
    token = next((token for token in tokens if token.right is Right.SURVEY), None)
    if notice.template != "survey" or not desk.public_url or token is None:
        return {}
    return {"link": f"{desk.public_url}/rate/{token_values.mint_link(desk.key, token.row)}"}


def _answers(desk: Desk, mailbox: Mailbox, tokens: Sequence[Token]) -> Mapping[int, str]:
    """Ticket number -> a link that begins a mail to its customer, for lists of several tickets."""
    kept = [token for token in tokens if token.purpose == "answers"] if mailbox.plus else []
    return {one.ticket: f"mailto:{reply_address(desk, mailbox, one)}?subject=%23{one.ticket}" for one in kept}


def _taps(desk: Desk, mailbox: Mailbox, tokens: Sequence[Token], language: str) -> tuple[Mapping[str, str], ...]:
    """Commands that a mail to an address of their own carries out: mappings `written` and `link`."""
    if not mailbox.plus:
        return ()
    taps = [(token, token.purpose.removeprefix("tap:")) for token in tokens if token.purpose.startswith("tap:")]
    return tuple(
        {
            "written": word(command, language, "tap"),
            "link": f"mailto:{reply_address(desk, mailbox, token)}?subject={command.replace(' ', '%20')}",
        }
        for token, command in taps
    )

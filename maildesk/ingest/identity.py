"""Who wrote a mail, and how sure that is (PRODUCT "Identity").

A From line alone is a claim. A reply token proves the person it was made for, a DMARC pass of the desk's own
border server proves the From domain, and a DMARC fail of that server beats every token.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import idna

from maildesk.ingest.address import normalise
from maildesk.model.desk import Desk, Sent
from maildesk.model.mail import Address, Auth, Mail
from maildesk.model.people import Contact, Person, Proof, Role
from maildesk.model.ticket import Ticket
from maildesk.model.tokens import Right

# Second-level labels under which countries register domains; enough to tell shop.co.ir from co.ir.
_REGISTRIES = frozenset({"ac", "co", "com", "edu", "gob", "gov", "id", "mil", "ne", "net", "nom", "or", "org", "sch"})


def identify(
    mail: Mail, sent: Sent | None, desk: Desk, ticket: Ticket | None = None, also: frozenset[str] = frozenset()
) -> Person:
    """The author of a mail in the role they have towards a ticket, and the proof for it.

    ``sent`` is the mail of ours that this one answers, with the right its token carries. A mail without a
    strict sender is by nobody: a stranger without address and proof. ``also`` are the author's other addresses.
    """
    if mail.sender is None:
        return Person(email="", proof=Proof.NONE)
    email = mail.sender.email
    agent = desk.agent_at(email)
    if agent is not None:
        proof = _proof(mail, mail.sender, sent, agent.addresses)
        return Person(email, mail.sender.name or agent.display, agent.role, proof, agent.name)
    proof = _proof(mail, mail.sender, sent, also | {email})
    return Person(email, mail.sender.name, _role(also | {email}, desk, ticket), proof)


def may_write(person: Person) -> bool:
    """Whether this mail may go into the ticket it threads to (P13): a party to it, and not a known forgery."""
    return person.role is not Role.STRANGER and person.proof is not Proof.NONE


def may_command(person: Person) -> bool:
    """Whether answers, notes and ordinary commands of this mail are carried out: a token, made for this agent."""
    return person.is_desk and person.proof in {Proof.TOKEN, Proof.BOTH}


def may_command_strongly(person: Person) -> bool:
    """Whether merge, erase, export, block, incident and rule changes need no confirmation mail."""
    return person.is_desk and person.proof is Proof.BOTH


def aligned(domain: str, other: str) -> bool:
    """Relaxed alignment (RFC 7489 section 3.1): the same organisational domain.

    That domain is the last two labels, or three where a two-letter country has a registry label below it
    ("example.co.ir"); no public suffix list.
    """
    return bool(domain) and bool(other) and organisational_domain(domain) == organisational_domain(other)


def organisational_domain(domain: str) -> str:
    """The part of a domain that its owner registered."""
    labels = normalise("@" + domain)[1:].split(".")
    country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _REGISTRIES
    return ".".join(labels[-3:] if country else labels[-2:])


def _role(mine: frozenset[str], desk: Desk, ticket: Ticket | None) -> Role:
    if ticket is not None and ticket.requester in mine:
        return Role.REQUESTER
    if ticket is not None and ticket.participants & mine:
        return Role.PARTICIPANT
    if any(normalise(department.email) in mine for department in desk.departments.values()):
        return Role.DEPARTMENT
    return Role.STRANGER


def _proof(mail: Mail, sender: Address, sent: Sent | None, addresses: frozenset[str]) -> Proof:
    if mail.auth.trusted and mail.auth.dmarc == "fail":
        return Proof.NONE
    token = sent is not None and _token_counts(sent) and normalise(sent.person) in addresses
    passed = mail.auth.trusted and mail.auth.dmarc == "pass" and aligned(mail.auth.domain, sender.domain)
    if token and passed:
        return Proof.BOTH
    if passed:
        return Proof.DMARC
    return Proof.TOKEN if token else Proof.CLAIM


def _token_counts(sent: Sent) -> bool:
    """An envelope address (VERP) is seen by every server on the way; it proves nothing."""
    return sent.right is not None and sent.right is not Right.BOUNCE and not sent.expired


class Trust(StrEnum):
    """What the receiver of a notification should know of the sender; the most alarming first."""

    FAILED = "failed"
    """The border server saw the authentication fail; args: email."""
    NOBODY = "nobody"
    """There is no From that names anybody."""
    SEVERAL = "several"
    """There are several From headers; args: shown."""
    AMBIGUOUS = "ambiguous"
    """The From header has more than one reading; args: shown."""
    LOOKALIKE = "lookalike"
    """Written to be mistaken for somebody: args like (an address or name of ours), shown."""
    MIXED_SCRIPTS = "mixed_scripts"
    """Letters of several alphabets in the address; args: shown."""
    REPLY_TO = "reply_to"
    """Answers are wanted elsewhere; args: reply_to, email."""
    VERIFIED = "verified"
    """Their domain confirms the address; args: email, domain."""
    UNPROVED = "unproved"
    """The border server saw no proof; args: email, dmarc."""
    SENT_ON = "sent_on"
    """A colleague's mail shows it: args: email, by."""
    CLAIMED = "claimed"
    """No border server of ours looked for a proof; args: email."""
    NAMED = "named"
    """It names a ticket that its author has no part in."""
    FIRST = "first"
    """Nobody has had mail from this address before."""


@dataclass(frozen=True, slots=True)
class TrustNote:
    """One thing to say of the sender, and what its sentence shows."""

    key: Trust
    args: tuple[tuple[str, str], ...] = ()


def trust_notes(mail: Mail, person: Person, contact: Contact | None, desk: Desk) -> tuple[TrustNote, ...]:
    """What a notification says of its sender's identity, the most alarming first; keys and data, no prose."""
    return tuple(_trust_notes(mail, person, contact, desk))


def _trust_notes(mail: Mail, person: Person, contact: Contact | None, desk: Desk) -> Iterator[TrustNote]:
    author = mail.sender or mail.from_shown
    failed = mail.auth.trusted and mail.auth.dmarc == "fail"
    if failed and author:
        yield TrustNote(Trust.FAILED, (("email", readable(author.email)),))
    if mail.sender is None:
        yield _nobody(mail)
        return
    shown = readable(mail.sender.email)
    like = _looks_like(mail.sender, desk)
    if like:
        yield TrustNote(Trust.LOOKALIKE, (("like", like), ("shown", shown)))
    elif mixed_scripts(shown):
        yield TrustNote(Trust.MIXED_SCRIPTS, (("shown", shown),))
    elsewhere = [address.email for address in mail.reply_to if address.email != mail.sender.email]
    if elsewhere:
        yield TrustNote(Trust.REPLY_TO, (("reply_to", readable(elsewhere[0])), ("email", shown)))
    if not failed:
        yield _proved(mail.auth, person, shown, desk)
    if contact is None or contact.tickets == 0:
        yield TrustNote(Trust.FIRST)


def _nobody(mail: Mail) -> TrustNote:
    """Why a mail has no author."""
    if mail.from_shown is None:
        return TrustNote(Trust.NOBODY)
    key = Trust.SEVERAL if len(mail.headers_named("from")) > 1 else Trust.AMBIGUOUS
    return TrustNote(key, (("shown", readable(mail.from_shown.email)),))


def _proved(auth: Auth, person: Person, shown: str, desk: Desk) -> TrustNote:
    """What the author's address rests on."""
    colleague = desk.agents.get(person.agent)
    if colleague and person.email not in colleague.addresses:
        return TrustNote(Trust.SENT_ON, (("email", shown), ("by", colleague.display)))
    if person.proof in {Proof.DMARC, Proof.BOTH}:
        return TrustNote(Trust.VERIFIED, (("email", shown), ("domain", readable("@" + auth.domain)[1:])))
    if auth.trusted:
        return TrustNote(Trust.UNPROVED, (("email", shown), ("dmarc", auth.dmarc or "none")))
    return TrustNote(Trust.CLAIMED, (("email", shown),))


def readable(email: str) -> str:
    """An address with its domain as a person reads it: U-labels instead of A-labels."""
    local, at, domain = email.rpartition("@")
    if "xn--" not in domain:
        return email
    try:
        return f"{local}{at}{idna.decode(domain)}"
    except (idna.IDNAError, UnicodeError):
        return email


def mixed_scripts(email: str) -> bool:
    """Whether the local part or a label of the domain mixes alphabets that have look-alike letters."""
    local, _, domain = email.rpartition("@")
    return any(len(_alphabets(label)) > 1 for label in (*local.split("."), *domain.split(".")))


def _alphabets(label: str) -> set[str]:
    names = {unicodedata.name(ch, "").partition(" ")[0] for ch in label if not ch.isascii() and ch.isalpha()}
    latin = {"LATIN"} if any(ch.isascii() and ch.isalpha() for ch in label) else set()
    return (names & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN"}) | latin


# Letters that are drawn alike, after Unicode's confusables; enough for names and addresses of people.
_ALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u0432\u043a\u043c\u043d\u0442"
    "\u03b1\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03b3"
    "\u0131\u0261\u0269\u1d0f\u0251\u2113\u0570\u0578\u057d"
    "01\u0131|",
    "aeopcyxijshdqwbkmhtaeiknoptuxyigioalhnuolil",
)


def skeleton(text: str) -> str:
    """A text with look-alike letters made one: two texts with one skeleton can be mistaken for each other."""
    plain = unicodedata.normalize("NFKD", readable(text).lower()).lower()
    plain = "".join(ch for ch in plain if not unicodedata.combining(ch)).translate(_ALIKE)
    return plain.replace("rn", "m").replace("vv", "w").replace("cl", "d").replace("i", "l").replace("-", "")


def _looks_like(sender: Address, desk: Desk) -> str:
    """The address, domain or name of ours that a foreign sender could be mistaken for; empty for none."""
    ours = (
        desk.own_addresses.union(*(agent.addresses for agent in desk.agents.values()))
        if desk.agents
        else desk.own_addresses
    )
    if sender.email in ours:
        return ""
    address = skeleton(sender.email)
    for own in sorted(ours):
        if skeleton(own) == address:
            return own
    domains = {own.rpartition("@")[2] for own in ours} | ({desk.domain} if desk.domain else set())
    if sender.domain in domains:
        return ""
    domain = skeleton(sender.domain)
    for own in sorted(domains):
        if skeleton(own) == domain:
            return own
    name = skeleton(" ".join(sender.name.split()))
    names = [agent.display for agent in desk.agents.values() if " " in agent.display]
    return next((own for own in names if name and skeleton(own) == name), "")

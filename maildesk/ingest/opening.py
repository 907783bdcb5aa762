"""Opening tickets, also for the customer whose mail somebody of the desk has sent on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from maildesk.commands import customer, forwarding, grammar
from maildesk.commands.folding import key
from maildesk.commands.thanks import only_thanks
from maildesk.ingest.case import Case, Outcome, Receipt, conclude_case, scene_of
from maildesk.ingest.forward import inert_subject
from maildesk.ingest.language import detect
from maildesk.ingest.match import Signal, subject_tag
from maildesk.ingest.screen import without_tag
from maildesk.ingest.trim import trim
from maildesk.model.change import Change, Remember
from maildesk.model.mail import Auth, Forwarded
from maildesk.model.people import Contact, Person, Proof, Role
from maildesk.model.ticket import NAMED, EntryKind, Event, Status, Ticket
from maildesk.notices.clean import base_subject

_TELLING = 5
"""Words of a mail from which on its language is taken for its author's: "ok" and "invoice" are said in any."""
_PROVED = frozenset({Proof.DMARC, Proof.BOTH})


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket that a mail begins: its number, the decision so far, and why there is a new one."""

    number: int
    change: Change
    cause: str


def opening(case: Case, claimed: int = 0, follows: Ticket | None = None, cause: str = "") -> Opened:
    """Begin a ticket for whoever wrote.

    ``claimed`` is one that they named and are no party to, ``follows`` one that it is linked to; if that is closed,
    the same people go on with it. ``cause`` is why there is a new one, where it is not what the mail was matched by.
    """
    tx, mail, person = case.tx, case.mail, case.person
    number = tx.next_id("ticket")
    known = tx.contact(person.email) if person.email else None
    language = (known.language if known else "") or mail.language or case.mailbox.language or case.desk.language
    at = case.arrived
    goes_on = follows if follows and follows.status is Status.CLOSED else None
    ticket = Ticket(
        number=number,
        mailbox=case.mailbox.name,
        subject=mail.subject,
        requester=person.email,
        requester_name=person.name or (known.name if known else ""),
        group=goes_on.group if goes_on else case.mailbox.group,
        assignee=goes_on.assignee if goes_on else "",
        language=language,
        links=(follows.number,) if follows else (),
        fields=((NAMED, str(claimed)),) if claimed else (),
        account_manager=known.account_manager if known else "",
        opened_at=at,
        waiting_since=at,
        replied_at=at,
        updated_at=at,
        quiet=case.old,
    )
    claim = f"claims #{claimed}, but its sender is no party to it" if claimed else f"signal: {case.match.signal}"
    cause = cause or claim
    change = replace(case.change(), tickets={follows.number: follows} if follows else {}).open_ticket(
        ticket,
        person.email,
        kind=EntryKind.CUSTOMER,
        text=mail.reply if case.sent else mail.text,
        message_id=mail.message_id,
        cause=cause,
    )
    change = change.say(number, "match", cause)
    if person.email:
        spoken = mail.language if len(f"{mail.subject} {mail.text}".split()) >= _TELLING else ""
        name = None if known and known.name else person.name or None  # what the desk calls somebody stays
        change = change.effect(Remember(email=person.email, name=name, language=_learned(known, spoken)))
    return Opened(number, change, cause)


def _learned(known: Contact | None, spoken: str) -> str | None:
    """What is now known of somebody's language; None where nothing new is."""
    return None if not spoken or (known and known.language) else spoken


def another_matter(case: Case, ticket: Ticket) -> str:
    """Why a mail in an old thread is about something else, as where somebody looked for our address; "" in doubt.

    The ticket is solved or has rested for long; the subject is another one, without a reply prefix and without our
    tag; nothing of the thread is quoted; and it is neither thanks nor a wish.
    """
    mail, desk = case.mail, case.desk
    rest = case.tx.now - (ticket.updated_at or ticket.opened_at or case.tx.now)
    solved = ticket.status is Status.SOLVED
    if case.match.signal is not Signal.REFERENCE or subject_tag(mail.subject):
        return ""
    if not solved and rest < timedelta(minutes=desk.new_matter_minutes):
        return ""
    ours = [case.sent.subject, case.sent.text] if case.sent else ["", ""]
    if not _is_other(mail.subject, (ticket.subject, ours[0])) or trim(mail.text, ours[1:]).quoted:
        return ""
    if customer.read(mail.reply) or only_thanks(mail.reply, (case.person.name, desk.name)):
        return ""
    state = "solved" if solved else f"at rest for {rest.days} days"
    return f"in the thread of #{ticket.number}, which is {state}: another subject, no tag, nothing quoted"


def _is_other(subject: str, known: tuple[str, ...]) -> bool:
    """Whether a subject is a new one: with words of its own, not a reply's, and none that holds one that is known."""
    new = key(subject)
    if not new or key(base_subject(subject)) != new:
        return False
    return not any(old and (old in new or new in old) for old in (key(base_subject(one)) for one in known))


def asks_themselves(case: Case) -> Receipt:
    """Somebody of the desk asks and is the requester; had they sent on a customer's mail, they hear how to say so."""
    asking = replace(case, person=replace(case.person, role=Role.REQUESTER))
    opened = opening(asking, case.match.claimed)
    change = opened.change
    if shown := _of_customers(case):
        scene = scene_of(case, change, Event.OPENED, opened.number)
        people = tuple(dict.fromkeys(one.author.email for one in shown))
        change = forwarding.not_believed(change, scene, people, proved=case.person.proof in _PROVED)
    conclude_case(asking, change)
    return Receipt(Outcome.NEW, opened.number, opened.cause)


def sent_on(case: Case) -> Receipt | None:
    """A customer's mail that a proved agent sends on: the customer asks. None where it is not that for sure."""
    shown = _of_customers(case)
    if case.person.proof not in _PROVED or len({one.author.email for one in shown}) != 1 or _is_inside(case.mail.above):
        return None
    orders = grammar.read_orders(case.mail.subject, inert_subject(case.mail), case.mail.above)
    if not forwarding.can_be_done(orders):
        return None
    asking = _as_theirs(case, shown)
    opened = opening(asking, cause=f"sent on by {case.person.agent}")
    scene = scene_of(case, opened.change, Event.COMMANDED, opened.number)
    change = forwarding.carry_out(opened.change, scene, orders, shown[0].author.email)
    conclude_case(asking, change, then=case)
    return Receipt(Outcome.NEW, opened.number, opened.cause)


def _is_inside(above: str) -> bool:
    """Whether a forwarded mail stands in a mail that somebody else wrote: its author did not write to us."""
    found = trim(above)
    return bool(found.quoted) or found.forwarded


def _of_customers(case: Case) -> tuple[Forwarded, ...]:
    """The forwarded mails that the desk did not write itself; of a conversation the latest."""
    desk = case.desk
    shown = tuple(
        one
        for one in case.mail.forwarded
        if without_tag(one.author.email) not in desk.own_addresses and desk.agent_at(one.author.email) is None
    )
    return shown if all(one.announced for one in shown) else shown[:1]


def _as_theirs(case: Case, shown: tuple[Forwarded, ...]) -> Case:
    """The mail as its author wrote it. Its authentication spoke of the one who sent it on."""
    author, text = shown[0].author, "\n\n".join(one.text for one in shown)
    mail = replace(
        case.mail,
        sender=author,
        from_shown=author,
        reply_to=(),
        subject=shown[0].subject or grammar.bare_subject(case.mail.subject),
        text=text,
        reply=text,
        html="",
        language=detect(text, shown[0].subject, ""),
        message_id="",
        references=(),
        in_reply_to="",
        auth=Auth(),
    )
    person = Person(author.email, author.name, Role.REQUESTER, Proof.CLAIM, case.person.agent)
    return replace(case, mail=mail, person=person)

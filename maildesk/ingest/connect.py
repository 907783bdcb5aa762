"""Finding out: which ticket a mail belongs to, which mail of ours it answers, and who wrote it."""

from __future__ import annotations

from dataclasses import replace

from maildesk.ingest.case import Case
from maildesk.ingest.forward import is_forwarded_subject
from maildesk.ingest.identity import identify
from maildesk.ingest.match import Match, choose, survivor, thread_keys
from maildesk.ingest.trim import trim
from maildesk.model.desk import Sent
from maildesk.model.mail import Mail
from maildesk.model.people import Role
from maildesk.model.tokens import Right
from maildesk.notices.compose import own_pictures, own_text
from maildesk.store.tx import Tx


def _also(case: Case) -> frozenset[str]:
    """The sender's other addresses."""
    sender = case.mail.sender.email if case.mail.sender else ""
    known = case.tx.contacts([sender])[sender] if sender else None
    return known.others if known else frozenset()


def connect(case: Case) -> Case:
    """Find the ticket, by the strongest signal, and the mail of ours that this one answers."""
    tx, keys = case.tx, thread_keys(case.mail, case.desk)
    made = tx.tokens([row for _, row in keys.tokens]) if keys.tokens else {}
    found = tx.places(keys.references) if keys.references else {}
    places = {reference: place.ticket for reference in keys.references if (place := found[reference])}
    numbers = {*places.values(), *(token.ticket for token in made.values() if token), keys.tag} - {0}
    tickets = dict(tx.tickets(numbers)) if numbers else {}
    while merged := {one.merged_into for one in tickets.values() if one and one.merged_into} - set(tickets):
        tickets |= tx.tickets(merged)
    match = choose(keys, case.mail, case.desk, tx.now, made=made, places=places, tickets=tickets, also=_also(case))
    if match.ticket and (here := survivor(match.ticket, tickets)):
        match = replace(match, ticket=here.number)
    return replace(case, match=match, sent=_sent(tx, match, case.mail))


def _sent(tx: Tx, match: Match, mail: Mail) -> Sent | None:
    """The mail of ours that was answered, with its text, so that what a reply quotes of it is known exactly."""
    wanted = match.token.message_id if match.token else match.reference
    place = tx.places([wanted])[wanted] if wanted else None
    if place is None or place.outbox is None:
        return None
    row = place.outbox
    token = match.token
    content = tx.content(row["id"])
    subject, text = own_text(content)
    return Sent(
        template=row["template"],
        subject=subject,
        text=text,
        ticket=match.ticket,
        person=token.person if token else row["recipient"],
        right=match.right,
        seen=token.seen if token else 0,
        purpose=token.purpose if token else "",
        expired=match.expired,
        origin=row["origin"],
        pictures=own_pictures(content) if any(part.content_id for part in mail.parts) else frozenset(),
    )


def recognise(case: Case) -> Case:
    """Find out who wrote it, and cut away what it quotes of ours."""
    ticket = case.tx.tickets([case.match.ticket])[case.match.ticket] if case.match.ticket else None
    person = identify(case.mail, case.sent, case.desk, ticket, _also(case))
    mail = case.mail
    if case.sent or person.is_desk:
        known, forwards = [case.sent.text] if case.sent else [], is_forwarded_subject(mail.subject)
        mail = replace(mail, reply=trim(mail.text, known, is_agent=person.is_desk, forwards=forwards).reply)
    return replace(case, person=person, mail=mail)


def as_requester(case: Case) -> Case:
    """Somebody of the desk who asked themselves is a customer in that ticket, unless they use an agent's address."""
    ticket = case.tx.tickets([case.match.ticket])[case.match.ticket] if case.match.ticket else None
    tapped = case.sent is not None and case.sent.right not in {None, Right.SURVEY}
    if ticket and case.person.is_desk and ticket.requester == case.person.email and not tapped:
        return replace(case, person=replace(case.person, role=Role.REQUESTER))
    return case

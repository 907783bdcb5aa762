"""THE line: what happens to one mail between its raw bytes and the outbox. One function per step, in order.

``receive`` runs inside a transaction and touches no socket. A mail that cannot be decided raises; the caller
(``ingest.worker``) tries again and sets it aside in the end.
"""

from __future__ import annotations

from dataclasses import replace

from maildesk.advance import not_delivered
from maildesk.commands import cover, customer
from maildesk.ingest import robots
from maildesk.ingest.case import Case, Outcome, Receipt, conclude_case, scene_of
from maildesk.ingest.connect import as_requester, connect, recognise
from maildesk.ingest.desk_mail import agent_mail, agent_starts
from maildesk.ingest.identity import may_write
from maildesk.ingest.match import thread_keys
from maildesk.ingest.opening import another_matter, asks_themselves, opening, sent_on
from maildesk.ingest.screen import Action, screen
from maildesk.model.change import Change, Remember
from maildesk.model.desk import Desk
from maildesk.model.mail import Mail
from maildesk.model.people import domain_key
from maildesk.model.ticket import EntryKind, Event, Status, Ticket
from maildesk.model.tokens import Right
from maildesk.store.dossier import dossier
from maildesk.store.flush import Finished
from maildesk.store.ledger import Standing, Taken
from maildesk.store.tx import Tx


def receive(tx: Tx, desk: Desk, taken: Taken, mail: Mail) -> Receipt:
    """Decide on one mail and keep the decision in the transaction. Raises Conflict; anything else is a bug."""
    case = Case(tx, desk, taken, mail, screen(mail, desk, released=taken.released))
    return _finish(case, _set_aside(case) or _decide(as_requester(recognise(connect(case)))))


def _set_aside(case: Case) -> Receipt | None:
    """What ends before anybody looks who wrote it: known mail, old mail, what the screen or a person shut out."""
    earlier = case.tx.received([case.mail.fingerprint])[case.mail.fingerprint]
    if earlier:
        return Receipt(Outcome.DUPLICATE, reason=f"the same mail as {earlier}")
    if case.taken.standing is Standing.OLD:
        return Receipt(Outcome.IGNORED, reason="lay in the mailbox before the desk was opened")
    if case.screening.action is Action.IGNORE:
        return Receipt(Outcome.IGNORED, reason=case.screening.reason)
    if case.screening.action is Action.QUARANTINE:
        return Receipt(Outcome.QUARANTINED, reason=case.screening.reason)
    return None if case.taken.released else _blocked(case)


def _decide(case: Case) -> Receipt:
    """By whom a mail was written decides what it can do."""
    if case.screening.action is Action.ROBOT:
        return _robot(case)
    if case.person.is_desk and (case.sent or case.match.ticket):
        return agent_mail(case)
    if case.sent and case.sent.right is Right.REFER and case.match.ticket:
        return _department(case)
    if case.person.is_desk:
        return sent_on(case) or agent_starts(case) or asks_themselves(case)
    return _customer(case)


def prefetch(tx: Tx, desk: Desk, mails: list[Mail]) -> None:
    """Look up together what the mails of a batch will ask for one by one."""
    keys = [thread_keys(mail, desk) for mail in mails]
    tx.received([mail.fingerprint for mail in mails])
    if made := [row for key in keys for _, row in key.tokens]:
        tx.tokens(made)
    numbers = {key.tag for key in keys if key.tag}
    if references := [reference for key in keys for reference in key.references]:
        numbers |= {place.ticket for place in tx.places(references).values() if place and place.ticket}
    if numbers:
        tx.tickets(numbers)
    senders = {mail.sender.email for mail in mails if mail.sender}
    tx.contacts([*senders, *map(domain_key, senders)])
    tx.histories(senders)
    tx.sent_counts(senders, numbers, desk.gate.most_hour)
    tx.suppressed(senders)


def _blocked(case: Case) -> Receipt | None:
    """What becomes of a mail whose sender, or their whole domain, is kept away; None for all others."""
    sender = case.mail.sender.email if case.mail.sender else ""
    if not sender or case.desk.agent_at(sender):
        return None
    keys = (sender, domain_key(sender))
    known = case.tx.contacts(keys)
    found = next((one for name in keys if (one := known[name]) and one.is_blocked(case.tx.now)), None)
    if found is None:
        return None
    case.tx.remember(Remember(email=found.email, hit=True))
    outcome = Outcome.QUARANTINED if found.blocked == "quarantine" else Outcome.IGNORED
    until = f", until {found.blocked_until:%Y-%m-%d}" if found.blocked_until else ""
    return Receipt(outcome, reason=f"blocked: {found.email}{until}")


def _robot(case: Case) -> Receipt:
    """Keep a robot's mail where it belongs. It changes no state and is never answered."""
    rows = case.tx.outbox_rows(case.mail.bounced_ids) if case.mail.bounced_ids else ()
    change = robots.robot_mail(case.change(), case.mail, case.match, rows, case.desk)
    if not change.entries and not change.effects:
        return Receipt(Outcome.IGNORED, reason=case.screening.reason)
    if rows and any(entry.event is Event.BOUNCED for entry in change.entries):
        change = not_delivered(change, case.match.ticket, rows[0]["created_at"])
    conclude_case(case, change)
    return Receipt(Outcome.APPENDED, case.match.ticket, reason=case.screening.reason)


def _customer(case: Case) -> Receipt:
    """A customer's mail: into its ticket, or a new one."""
    change = case.change()
    ticket = change.tickets.get(case.match.ticket)
    if ticket is None or not may_write(case.person):
        return _open(case, case.match.ticket or case.match.claimed)
    if case.sent and case.sent.right is Right.CONFIRM and (said := _confirmed(case, change)):
        conclude_case(case, said)
        return Receipt(Outcome.APPENDED, ticket.number, "confirmation")
    another = another_matter(case, ticket)
    if another or ticket.status is Status.CLOSED:
        return _open(case, 0, ticket, another)
    scene = scene_of(case, change, Event.REPLIED, ticket.number)
    change = cover.hand_over(customer.customer_mail(change, scene), scene)
    conclude_case(case, change)
    return Receipt(Outcome.APPENDED, ticket.number, case.match.signal)


def _confirmed(case: Case, change: Change) -> Change | None:
    """A customer's answer to our question whether it was really them."""
    scene = scene_of(case, change, Event.REPLIED, case.match.ticket)
    key = f"confirmed:{case.match.token.row}" if case.match.token else ""
    if case.tx.is_done([key]):
        return change.say(case.match.ticket, "customer", "this question was answered before: nothing is done again")
    if case.sent and case.sent.purpose.startswith(customer.Asked.MY_DATA):
        scene = replace(scene, dossier=dossier(case.tx.connection, case.person.email, case.desk.name))
    confirmed = customer.confirmed(change, scene)
    if confirmed:
        case.tx.mark_done(key)
    return confirmed


def _open(case: Case, claimed: int, follows: Ticket | None = None, cause: str = "") -> Receipt:
    """Open a ticket: for a new concern, a stranger's claim on one, a reply to a closed one, or another matter."""
    opened = opening(case, claimed, follows, cause)
    conclude_case(case, opened.change)
    return Receipt(Outcome.NEW, opened.number, opened.cause)


def _department(case: Case) -> Receipt:
    """A department answers what was referred to it: a note, and our turn again."""
    change, number = case.change(), case.match.ticket
    change = change.record(
        number,
        EntryKind.NOTE,
        case.person.email,
        cause="the department answered",
        event=Event.NOTED,
        text=case.mail.reply,
        message_id=case.mail.message_id,
    )
    if not change.tickets[number].is_done:
        fields = tuple(pair for pair in change.tickets[number].fields if pair[0] != "referred")
        change = change.record(
            number, EntryKind.CHANGE, case.person.email, status=Status.OPEN, snoozed_until=None, fields=fields
        )
    conclude_case(case, change)
    return Receipt(Outcome.APPENDED, number, case.match.signal)


def _finish(case: Case, receipt: Receipt) -> Receipt:
    mail, duplicate = case.mail, receipt.outcome is Outcome.DUPLICATE
    states = {Outcome.NEW: "done", Outcome.APPENDED: "done"}
    ticket = case.tx.tickets([receipt.ticket])[receipt.ticket] if receipt.ticket else None
    case.tx.finish(
        Finished(
            mail=case.taken.row,
            state=states.get(receipt.outcome, receipt.outcome.value),
            reason=receipt.reason,
            message_id=mail.message_id,
            fingerprint=None if duplicate or receipt.outcome is Outcome.QUARANTINED else mail.fingerprint,
            sender=mail.sender.email if mail.sender else "",
            subject=mail.subject,
            kind=mail.kind.value,
            ticket=receipt.ticket,
            entry=ticket.version if ticket else 0,
        )
    )
    return receipt

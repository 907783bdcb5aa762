"""THE line: what happens to one mail between its raw bytes and the outbox. One function per step, in order.

``receive`` runs inside a transaction and touches no socket. A mail that cannot be decided raises; the caller
(``ingest.worker``) tries again and sets it aside in the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from maildesk.advance import not_delivered
from maildesk.commands import agent as agent_commands
from maildesk.commands import answer, cover, customer, grammar, keeping, worklist
from maildesk.commands.row import Need
from maildesk.conclude import Cause, conclude
from maildesk.ingest import robots
from maildesk.ingest.body import extract
from maildesk.ingest.forward import is_forwarded_subject
from maildesk.ingest.identity import identify, may_write
from maildesk.ingest.match import Match, choose, survivor, thread_keys
from maildesk.ingest.screen import Action, Screening, may_answer, screen
from maildesk.ingest.trim import trim
from maildesk.model.change import Attachment, Change, MailClass, Raised, Rated, Remember
from maildesk.model.desk import Desk, HeldMail, Mailbox, Scene, Sent, Undo
from maildesk.model.mail import Mail
from maildesk.model.people import Person, Role, domain_key, is_outside
from maildesk.model.ticket import Entry, EntryKind, Event, Status, Ticket
from maildesk.model.tokens import Right
from maildesk.notices.compose import own_text
from maildesk.store.dossier import dossier
from maildesk.store.flush import Finished
from maildesk.store.ledger import Standing, Taken
from maildesk.store.tx import Tx


class Outcome(StrEnum):
    """What became of a mail; each taken mail ends in exactly one (P24)."""

    NEW = "new"
    """It opened a ticket."""
    APPENDED = "appended"
    """It became an entry of a ticket, or was carried out."""
    DUPLICATE = "duplicate"
    """It was received before."""
    IGNORED = "ignored"
    """Kept, with a reason."""
    QUARANTINED = "quarantined"
    """Kept, waiting for a person."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one mail, and where it went."""

    outcome: Outcome
    ticket: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One mail on its way through the line, with what was found out so far."""

    tx: Tx
    desk: Desk
    taken: Taken
    mail: Mail
    screening: Screening
    match: Match = Match()
    sent: Sent | None = None
    person: Person = Person("")

    @property
    def mailbox(self) -> Mailbox:
        """The mailbox it came to."""
        return self.desk.mailboxes[self.taken.raw.key.mailbox]

    @property
    def quiet(self) -> bool:
        """Whether nothing automatic may come of it: it is old, or was imported."""
        age = self.tx.now - self.taken.raw.received_at
        return self.taken.standing is not Standing.NEW or age > timedelta(hours=self.desk.auto_max_age_hours)

    def change(self) -> Change:
        """An empty decision about this mail, with the ticket it belongs to loaded."""
        ticket = self.tx.tickets([self.match.ticket])[self.match.ticket] if self.match.ticket else None
        return Change(
            now=self.tx.now,
            origin=f"mail:{self.taken.row}",
            mail=self.taken.row,
            tickets={ticket.number: ticket} if ticket else {},
        )


def receive(tx: Tx, desk: Desk, taken: Taken, mail: Mail) -> Receipt:
    """Decide on one mail and keep the decision in the transaction. Raises Conflict; anything else is a bug."""
    case = Case(tx, desk, taken, mail, screen(mail, desk))
    earlier = tx.received([mail.fingerprint])[mail.fingerprint]
    if earlier:
        return _finish(case, Receipt(Outcome.DUPLICATE, reason=f"the same mail as {earlier}"))
    if taken.standing is Standing.OLD:
        return _finish(case, Receipt(Outcome.IGNORED, reason="lay in the mailbox before the desk was opened"))
    if case.screening.action in {Action.IGNORE, Action.QUARANTINE}:
        outcome = Outcome.IGNORED if case.screening.action is Action.IGNORE else Outcome.QUARANTINED
        return _finish(case, Receipt(outcome, reason=case.screening.reason))
    if blocked := _blocked(case):
        return _finish(case, blocked)
    case = _as_requester(_recognise(_connect(case)))
    if case.screening.action is Action.ROBOT:
        return _finish(case, _robot(case))
    if case.person.is_desk and (case.sent or case.match.ticket):
        return _finish(case, _agent(case))
    if case.sent and case.sent.right is Right.REFER and case.match.ticket:
        return _finish(case, _department(case))
    return _finish(case, _agent_starts(case) if case.person.is_desk else _customer(case))


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
    tx.sent_counts(senders, numbers)
    tx.suppressed(senders)


# -- finding out ------------------------------------------------------------------------------------------------


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


def _also(case: Case) -> frozenset[str]:
    """The sender's other addresses."""
    sender = case.mail.sender.email if case.mail.sender else ""
    known = case.tx.contacts([sender])[sender] if sender else None
    return known.others if known else frozenset()


def _connect(case: Case) -> Case:
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
    return replace(case, match=match, sent=_sent(tx, match))


def _sent(tx: Tx, match: Match) -> Sent | None:
    """The mail of ours that was answered, with its text, so that what a reply quotes of it is known exactly."""
    wanted = match.token.message_id if match.token else match.reference
    place = tx.places([wanted])[wanted] if wanted else None
    if place is None or place.outbox is None:
        return None
    row = place.outbox
    token = match.token
    subject, text = own_text(tx.content(row["id"]))
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
    )


def _recognise(case: Case) -> Case:
    """Find out who wrote it, and cut away what it quotes of ours."""
    ticket = case.tx.tickets([case.match.ticket])[case.match.ticket] if case.match.ticket else None
    person = identify(case.mail, case.sent, case.desk, ticket, _also(case))
    mail = case.mail
    if case.sent or person.is_desk:
        known, forwards = [case.sent.text] if case.sent else [], is_forwarded_subject(mail.subject)
        mail = replace(mail, reply=trim(mail.text, known, is_agent=person.is_desk, forwards=forwards).reply)
    return replace(case, person=person, mail=mail)


def _as_requester(case: Case) -> Case:
    """Somebody of the desk who asked themselves is a customer in that ticket, unless they use an agent's address."""
    ticket = case.tx.tickets([case.match.ticket])[case.match.ticket] if case.match.ticket else None
    tapped = case.sent is not None and case.sent.right not in {None, Right.SURVEY}
    if ticket and case.person.is_desk and ticket.requester == case.person.email and not tapped:
        return replace(case, person=replace(case.person, role=Role.REQUESTER))
    return case


# -- deciding ---------------------------------------------------------------------------------------------------


def _robot(case: Case) -> Receipt:
    """Keep a robot's mail where it belongs. It changes no state and is never answered."""
    rows = case.tx.outbox_rows(case.mail.bounced_ids) if case.mail.bounced_ids else ()
    change = robots.robot_mail(case.change(), case.mail, case.match, rows, case.desk)
    if not change.entries and not change.effects:
        return Receipt(Outcome.IGNORED, reason=case.screening.reason)
    if rows and any(entry.event is Event.BOUNCED for entry in change.entries):
        change = not_delivered(change, case.match.ticket, rows[0]["created_at"])
    _conclude(case, change)
    return Receipt(Outcome.APPENDED, case.match.ticket, reason=case.screening.reason)


def _customer(case: Case) -> Receipt:
    """A customer's mail: into its ticket, or a new one."""
    change = case.change()
    ticket = change.tickets.get(case.match.ticket)
    if ticket is None or not may_write(case.person):
        return _open(case, case.match.ticket or case.match.claimed)
    if case.sent and case.sent.right is Right.CONFIRM and (said := _confirmed(case, change)):
        _conclude(case, said)
        return Receipt(Outcome.APPENDED, ticket.number, "confirmation")
    if ticket.status is Status.CLOSED:
        return _open(case, 0, follows=ticket)
    scene = _scene(case, change, Event.REPLIED, ticket.number)
    change = cover.hand_over(customer.customer_mail(change, scene), scene)
    _conclude(case, change)
    return Receipt(Outcome.APPENDED, ticket.number, case.match.signal)


def _confirmed(case: Case, change: Change) -> Change | None:
    """A customer's answer to our question whether it was really them."""
    scene = _scene(case, change, Event.REPLIED, case.match.ticket)
    if case.sent and case.sent.purpose.startswith(customer.Asked.MY_DATA):
        scene = replace(scene, dossier=dossier(case.tx.connection, case.person.email, case.desk.name))
    return customer.confirmed(change, scene)


def _open(case: Case, claimed: int, follows: Ticket | None = None) -> Receipt:
    """Open a ticket: for a new concern, a stranger's claim on one, or a reply to a closed one."""
    tx, mail, person = case.tx, case.mail, case.person
    number = tx.next_id("ticket")
    known = tx.contact(person.email) if person.email else None
    language = (known.language if known else "") or mail.language or case.mailbox.language or case.desk.language
    at = min(case.taken.raw.received_at, tx.now)
    ticket = Ticket(
        number=number,
        mailbox=case.mailbox.name,
        subject=mail.subject,
        requester=person.email,
        requester_name=person.name or (known.name if known else ""),
        group=follows.group if follows else case.mailbox.group,
        assignee=follows.assignee if follows else "",
        language=language,
        links=(follows.number,) if follows else (),
        account_manager=known.account_manager if known else "",
        opened_at=at,
        waiting_since=at,
        replied_at=at,
        updated_at=at,
    )
    cause = f"claims #{claimed}, but its sender is no party to it" if claimed else f"signal: {case.match.signal}"
    change = replace(case.change(), tickets={}).open_ticket(
        ticket,
        person.email,
        kind=EntryKind.CUSTOMER,
        text=mail.reply if case.sent else mail.text,
        message_id=mail.message_id,
        cause=cause,
    )
    change = change.say(number, "match", cause)
    if person.email:
        change = change.effect(Remember(email=person.email, name=person.name or None, language=language))
    _conclude(case, change)
    return Receipt(Outcome.NEW, number, cause)


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
    _conclude(case, change)
    return Receipt(Outcome.APPENDED, number, case.match.signal)


def _agent(case: Case) -> Receipt:
    """An agent's mail that answers one of ours: orders, an answer, a note, or a decision on a held mail."""
    change = case.change()
    sent = case.sent or Sent("", "", "", ticket=case.match.ticket)
    if sent.template == "worklist" or sent.purpose.startswith("worklist"):
        return _worklist(case, change)
    scene = _scene(case, change, Event.COMMANDED, case.match.ticket)
    orders = grammar.read_orders(case.mail.subject, sent.subject, case.mail.reply)
    change, scene = _load(case, change, scene, orders)
    _conclude(case, answer.agent_mail(change, scene, orders))
    return Receipt(Outcome.APPENDED, case.match.ticket, case.match.signal)


def _agent_starts(case: Case) -> Receipt:
    """An agent's mail that answers nothing: a ticket of their own, unless it says `new`."""
    orders = grammar.read_orders(case.mail.subject, "", case.mail.reply)
    if orders.orders or orders.questions:
        change = case.change()
        scene = _scene(case, change, Event.COMMANDED, 0)
        change, scene = _load(case, change, scene, orders)
        _conclude(case, answer.agent_mail(change, scene, orders))
        return Receipt(Outcome.APPENDED, reason="orders without a ticket")
    return _open(replace(case, person=replace(case.person, role=Role.REQUESTER)), case.match.claimed)


def _worklist(case: Case, change: Change) -> Receipt:
    """Lines of orders, each for a ticket of its own."""
    lines = worklist.read_lines(case.mail.reply)
    numbers = sorted({order.ticket for order in lines.orders if order.ticket})
    loaded = {number: one for number, one in case.tx.tickets(numbers).items() if one and number in numbers}
    scene = _scene(case, change, Event.COMMANDED, 0)
    _conclude(case, worklist.apply_lines(replace(change, tickets=loaded), scene, lines))
    return Receipt(Outcome.APPENDED, reason="worklist")


def _load(case: Case, change: Change, scene: Scene, orders: grammar.Orders) -> tuple[Change, Scene]:
    """Read what the orders need: other tickets, what is to be undone, the held mail, the agent's own tickets."""
    tx = case.tx
    if case.sent and case.sent.purpose.startswith("held:"):
        scene = replace(scene, held=_held(case, int(case.sent.purpose.partition(":")[2])))
    at_stake = answer.at_stake(case.sent, scene.held, orders)
    needs, numbers = agent_commands.needs(at_stake), set(agent_commands.numbers(at_stake))
    if Need.UNDO in needs and (undo := _undoable(case)):
        scene = replace(scene, undo=undo)
        numbers |= {one.ticket for one in undo.entries}
    if Need.WORKLIST in needs:
        scene = replace(scene, worklist=tx.worklist(case.person.agent))
    if Need.REASONS in needs and scene.number:
        scene = replace(scene, reasons=tx.reasons(scene.number))
    if Need.NUMBER in needs and not scene.number:
        scene = replace(scene, number=tx.next_id("ticket"))
    if Need.FRESH in needs:
        scene = replace(scene, fresh=tx.next_id("ticket"))
    if Need.LINKED in needs and scene.number in change.tickets:
        numbers |= set(change.tickets[scene.number].links)
    if Need.FOUND in needs:
        scene = replace(scene, found=tx.search(agent_commands.words_of(at_stake, Need.FOUND)))
    if Need.DOSSIER in needs and (whom := keeping.whose_dossier(change, scene, at_stake)):
        scene = replace(scene, dossier=dossier(tx.connection, whom, case.desk.name))
    if others := {number: one for number in sorted(numbers) if (one := tx.tickets(numbers)[number])}:
        change = replace(change, tickets={**others, **change.tickets})
        if Need.STORY in needs:
            more = (one for number in others if number != scene.number for one in tx.entries(number))
            scene = replace(scene, story=(*scene.story, *more))
    return change, scene


def _undoable(case: Case) -> Undo | None:
    """The latest thing this agent did to the ticket, with all that the same mail did to others."""
    entries = case.tx.entries(case.match.ticket) if case.match.ticket else ()
    mine = next((one.origin for one in reversed(entries) if one.author == case.person.agent), "")
    return Undo(mine, case.tx.entries_of(mine), case.tx.left(mine)) if mine else None


def _held(case: Case, row: int) -> HeldMail | None:
    """The mail that waits for this agent's decision, read again from its raw bytes."""
    from maildesk.ingest.parse import parse_mail

    found = case.tx.held(row)
    if found is None or found["person"] != case.person.email:
        return None
    content = case.tx.raw(row)
    mail = parse_mail(content, case.desk.reading)
    first = replace(case, mail=mail, match=Match(), sent=None)
    first = _recognise(_connect(first))
    return HeldMail(row, first.mail, first.sent, found["reason"], _attachments(first.mail, content))


# -- what rules and commands may look at --------------------------------------------------------------------------


def _scene(case: Case, change: Change, event: Event, number: int, entry: int = 0) -> Scene:
    tx, ticket = case.tx, change.tickets.get(number)
    requester = ticket.requester if ticket else case.person.email
    contact = tx.contact(requester) if requester else None
    story = tx.entries(number) if case.person.is_desk and ticket else ()
    return Scene(
        desk=case.desk,
        event=event,
        number=number,
        entry=entry,
        person=case.person,
        mail=case.mail,
        contact=contact,
        loads=tx.loads(),
        away=frozenset(tx.away()),
        covers=tx.away(),
        cursors=tx.cursors(),
        history=tx.history(requester, number) if contact and contact.tickets > 1 else (),
        sent=case.sent,
        story=story,
        newer=_newer(case, story),
        attachments=_attachments(case.mail, case.taken.raw.content),
        rating=next((effect.stars for effect in change.effects if isinstance(effect, Rated)), None),
        quiet=case.quiet,
    )


def _newer(case: Case, story: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """What reached or left the customer since the agent's notification was written."""
    seen = case.sent.seen if case.sent else 0
    public = {EntryKind.CUSTOMER, EntryKind.ANSWER}
    return tuple(one for one in story if seen and one.number > seen and one.kind in public)


def _attachments(mail: Mail, content: bytes) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(part.filename, part.media_type, extract(content, part.path), part.content_id) for part in mail.parts
    )


# -- ending -------------------------------------------------------------------------------------------------------


def _conclude(case: Case, change: Change) -> None:
    mail = case.mail
    sender = mail.sender.email if mail.sender else ""
    cause = Cause(sender, mail.message_id, mail.references, may_answer(mail, case.desk))
    if case.quiet:
        change = _hushed(change)

    def scene_for(current: Change, raised: Raised) -> Scene:
        return _scene(case, current, raised.event, raised.ticket, raised.entry)

    conclude(case.tx, change, case.desk, scene_for, cause)


def _hushed(change: Change) -> Change:
    """Old and imported mail causes nothing automatic outside; what an agent wrote still leaves."""
    stopped = [n for n in change.notices if n.mail_class is MailClass.AUTOMATIC and is_outside(n.role)]
    for notice in stopped:
        change = change.say(notice.ticket, "mail", f"{notice.template} to {notice.to}: not written, the mail is old")
    return replace(change, notices=tuple(one for one in change.notices if one not in stopped))


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

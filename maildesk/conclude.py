"""How a decision ends: rules, mails, the gate, and everything kept in the transaction.

Every way into the desk (a mail, a command line, a job) comes through ``conclude``, so that none of them can
send past the gate or write without a trace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from maildesk import journal
from maildesk.advance import advance, keep_time
from maildesk.commands.customer import CONFIRM_DAYS
from maildesk.commands.offer import TAP, TAP_DAYS, offered
from maildesk.commands.suggest import offer, suggested
from maildesk.model import tokens
from maildesk.model.change import Change, MailClass, Notice, OutboxState, Outgoing, Raised, Token
from maildesk.model.desk import Desk, Scene
from maildesk.model.errors import PermanentFailure
from maildesk.model.people import INSIDE
from maildesk.model.ticket import Event, Status, Ticket
from maildesk.model.tokens import Right
from maildesk.notices.alerts import alert
from maildesk.notices.compose import Thread, compose, own_text
from maildesk.notices.crowd import Crowd, held_for_many, sources
from maildesk.notices.gate import GateFacts, GateVerdict, Outcome, allow
from maildesk.notices.together import together
from maildesk.service import sla

if TYPE_CHECKING:
    from maildesk.store.tx import Tx

_OVERTAKEN: Mapping[Event, tuple[str, ...]] = {
    Event.REOPENED: ("survey",),
    Event.REPLIED: ("reminder",),
    Event.ANSWERED: ("delay_notice", "status_update"),
    Event.SOLVED: ("delay_notice", "status_update", "reminder"),
}
"""What happens to a ticket -> the notices that have no sense any more, where they wait to leave."""
_ABOUT_WAITING = ("delay_notice", "status_update", "reminder")
"""They have no sense for a ticket that is closed or merged, and must not reach who is its requester no more."""

SceneSource = Callable[[Change, Raised], Scene]


@dataclass(frozen=True, slots=True)
class Cause:
    """The inbound mail behind a decision, as far as the mails it causes must know it."""

    sender: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    unanswerable: str = ""
    """Why nothing automatic may answer its sender; empty when it may."""


@dataclass(frozen=True, slots=True)
class Concluded:
    """What a decision came to."""

    change: Change
    sent: tuple[Outgoing, ...] = field(default=())


def conclude(
    tx: Tx,
    change: Change,
    desk: Desk,
    scene_for: SceneSource,
    cause: Cause | None = None,
    coming: Mapping[str, int] | None = None,
) -> Concluded:
    """Let the rules decide, write the mails, ask the gate, and keep it all in the transaction.

    ``coming``: to how many people each rule (``Notice.source``) writes in the job's run that this decision is part of.
    """
    change = together(keep_time(advance(change, desk, scene_for), desk, tx.organisation))
    notices = tuple(_filled(one, change, desk, tx) for one in _uncrowded(tx, change, desk, cause, coming or {}))
    verdicts = allow(notices, desk, tx.now, _facts(tx, desk, change, notices, cause or Cause()))
    outgoing = []
    for notice, verdict in zip(notices, verdicts, strict=True):
        mail, told = _write_or_stop(tx, change, desk, notice, verdict, cause)
        outgoing.append(mail)
        change = change.say(notice.ticket, "mail", told)
        if verdict.outcome is not Outcome.STOPPED:
            change = offer(change, notice)
        if mail.problem:
            journal.template_problem(notice.template, mail.problem)
    tx.save(change)
    for entry in change.entries:
        if entry.event and (overtaken := _OVERTAKEN.get(Event(entry.event))):
            tx.recall(entry.ticket, overtaken, f"overtaken: {entry.event}")
        if entry.number > 1 and (entry.after.get("status") == Status.CLOSED or "requester" in entry.after):
            tx.recall(entry.ticket, _ABOUT_WAITING, "overtaken: closed, or somebody else's now")
    _raise_alarm(tx, desk, dict(_alarming(*pair) for pair in zip(notices, verdicts, strict=True) if pair[1].alert))
    return Concluded(change, tuple(outgoing))


def _alarming(notice: Notice, verdict: GateVerdict) -> tuple[str, str]:
    """What an alarm is about, and what it says: a loop with one address is one matter, whichever limit ends it."""
    if verdict.outcome is Outcome.STOPPED:
        return f"stop {notice.to}", f"{notice.to}: {verdict.reason}"
    return verdict.reason, verdict.reason


def _raise_alarm(tx: Tx, desk: Desk, matters: Mapping[str, str]) -> None:
    """Tell who runs the desk, once a day for each matter, that the gate stops or delays mail."""
    for matter, text in matters.items():
        cause = f"gate {matter}:{tx.now:%Y-%m-%d}"
        change = Change(now=tx.now, origin=cause)
        data = {"title": "Automatic mail is held back", "text": text}
        conclude(tx, alert(change, desk, "alert", cause, data), desk, no_scene)


def no_scene(change: Change, raised: Raised) -> Scene:
    """The source of scenes for decisions that raise no events, as alerts."""
    raise AssertionError(f"{change.origin} raised {raised}")


def _filled(notice: Notice, change: Change, desk: Desk, tx: Tx) -> Notice:
    """The notice with what its reader can do, with its clock, and with articles that may answer the request."""
    filled = suggested(offered(notice, change.tickets.get(notice.ticket), desk), change, desk)
    filled = _with_clock(filled, desk, change, tx)
    return _with_shown(filled, desk, change) if notice.shows else filled


def _with_clock(notice: Notice, desk: Desk, change: Change, tx: Tx) -> Notice:
    """What tells an agent of a ticket says what is due next; only now do the ticket's clocks stand."""
    ticket = change.tickets.get(notice.ticket)
    if notice.template not in {"notification", "escalation"} or ticket is None or not ticket.clocks:
        return notice
    organisation = sla.organisation(desk, ticket.requester, tx.organisation)
    found = sla.next_target(desk, ticket, organisation, change.now, str(notice.data.get("target", "")))
    if found is None:
        return notice
    target, at, left = found
    return replace(notice, data={**notice.data, "target": target, "due_at": at, "left": left})


def _with_shown(notice: Notice, desk: Desk, change: Change) -> Notice:
    """The notice with subject and text of the mail that it is about, exactly as they would leave."""
    if notice.shows is None:
        return notice
    try:
        subject, text = own_text(compose(notice.shows[0], desk, notice.shows[1], now=change.now).content)
    except PermanentFailure as error:
        subject, text = "", str(error)
    return replace(notice, data={**notice.data, "mail_subject": subject, "text": text})


def _uncrowded(
    tx: Tx, change: Change, desk: Desk, cause: Cause | None, coming: Mapping[str, int]
) -> tuple[Notice, ...]:
    """The notices to write, those of rules that write to too many held, with the mails that ask for a decision."""
    wanted, sender = _wanted(tx, change), cause.sender if cause else ""
    by_rule = sources(wanted, sender)
    if not by_rule:
        return wanted
    lately = {name: tx.people_written_to(name) for name in by_rule} if change.origin.startswith("job:") else {}
    held = held_for_many(change, wanted, desk, sender, Crowd(lately, coming))
    asking = [notice.once for notice in held[len(wanted) :]]
    known = tx.written(asking) if asking else frozenset()
    return tuple(notice for notice in held if notice.once not in known)


def _wanted(tx: Tx, change: Change) -> tuple[Notice, ...]:
    """The notices that were not written before; only those of jobs, days and alerts can have been."""
    opened = {entry.ticket for entry in change.entries if entry.number == 1}
    repeatable = [notice.once for notice in change.notices if ":" in notice.cause and notice.ticket not in opened]
    written = tx.written(repeatable) if repeatable else frozenset()
    return tuple(notice for notice in change.notices if notice.once not in written)


def _facts(tx: Tx, desk: Desk, change: Change, notices: tuple[Notice, ...], cause: Cause) -> GateFacts:
    outside = {n.to for n in notices if n.role not in INSIDE and n.mail_class is MailClass.AUTOMATIC}
    if not outside:
        return GateFacts()
    tickets = sorted({notice.ticket for notice in notices if notice.ticket})
    counts = tx.sent_counts(sorted(outside), tickets, desk.gate.most_hour)
    known = tx.contacts(outside)
    crowded = counts.total >= desk.gate.total_hour or any(n >= desk.gate.domain_hour for n in counts.domains.values())
    put_off = tx.put_off() if crowded else {}
    return GateFacts(
        address_hour={address: counts.addresses[address][0] for address in outside},
        address_day={address: counts.addresses[address][1] for address in outside},
        domain_hour=counts.domains,
        total_hour=counts.total,
        ticket_hour=counts.tickets,
        waiting_domain=put_off,
        waiting_total=sum(put_off.values()),
        suppressed=tx.suppressed(outside),
        cause=cause.sender,
        unanswerable=cause.unanswerable,
        no_updates=frozenset(address for address in outside if (one := known[address]) and one.no_updates),
        quiet=frozenset(number for number, ticket in change.tickets.items() if ticket.quiet),
    )


def _write_or_stop(
    tx: Tx, change: Change, desk: Desk, notice: Notice, verdict: GateVerdict, cause: Cause | None
) -> tuple[Outgoing, str]:
    """Write a mail; one that cannot be written (an impossible address) is stopped, and the decision stands."""
    try:
        return _write(tx, change, desk, notice, verdict, cause), _told(notice, verdict)
    except PermanentFailure as error:
        stopped = GateVerdict(Outcome.STOPPED, reason=f"cannot be written: {error}")
        return _write(tx, change, desk, notice, stopped, cause), _told(notice, stopped)


def _write(tx: Tx, change: Change, desk: Desk, notice: Notice, verdict: GateVerdict, cause: Cause | None) -> Outgoing:
    ticket = change.tickets.get(notice.ticket)
    if verdict.outcome is Outcome.STOPPED:
        stopped = _stopped(desk, notice, tx)
        tx.send(stopped, OutboxState.SUPPRESSED, origin=change.origin, reason=verdict.reason)
        return stopped
    thread = _thread(tx, desk, notice, ticket, cause)
    mail = compose(notice, desk, ticket, now=tx.now, thread=thread, tokens=_tokens(tx, desk, notice, ticket))
    begin = notice.not_before or tx.now
    if verdict.not_before and verdict.not_before > begin:
        begin = verdict.not_before
    if notice.draft:
        tx.send(mail, OutboxState.HELD, origin=change.origin, reason="waits for a decision")
    elif notice.hold_seconds:
        held_until = max(begin, tx.now + timedelta(seconds=notice.hold_seconds))
        tx.send(mail, OutboxState.HELD, origin=change.origin, not_before=held_until)
    else:
        tx.send(mail, OutboxState.QUEUED, origin=change.origin, reason=verdict.reason, not_before=begin)
    return mail


def _stopped(desk: Desk, notice: Notice, tx: Tx) -> Outgoing:
    return Outgoing(
        once=notice.once,
        mail_class=notice.mail_class,
        message_id=tokens.message_id(desk.key, notice.once, desk.domain),
        date=tx.now,
        sender="",
        recipient=notice.to,
        content=b"",
        template=notice.template,
        ticket=notice.ticket,
        mailbox=notice.mailbox,
        role=notice.role,
    )


def _tokens(tx: Tx, desk: Desk, notice: Notice, ticket: Ticket | None) -> tuple[Token, ...]:
    blank = Token(
        row=0,
        right=Right.ANSWER,
        person=notice.to,
        ticket=notice.ticket,
        seen=int(notice.data.get("seen") or (ticket.version if ticket else 0)),
        expires=tx.now + timedelta(days=desk.token_days),
        purpose=str(notice.data.get("purpose") or (notice.cause if notice.template == "survey" else "")),
    )
    soon = {Right.CONFIRM: tx.now + timedelta(days=min(CONFIRM_DAYS, desk.token_days))}
    if notice.expires:
        soon[Right.SURVEY] = notice.expires
    tap = replace(blank, right=Right.COMMAND, expires=tx.now + timedelta(days=min(TAP_DAYS, desk.token_days)))
    wanted = [replace(blank, right=right, expires=soon.get(right, blank.expires)) for right in notice.rights]
    wanted += [replace(tap, purpose=TAP + command) for command in notice.taps]
    wanted += [replace(blank, ticket=number, seen=seen, purpose="answers") for number, seen in notice.answers]
    return tuple(replace(token, row=tx.next_id("token")) for token in wanted)


def _thread(tx: Tx, desk: Desk, notice: Notice, ticket: Ticket | None, cause: Cause | None) -> Thread:
    """What the mail hangs under in its reader's mail client (RFC 5322 section 3.6.4)."""
    if notice.role in INSIDE:
        root = tokens.message_id(desk.key, f"root|{notice.ticket}|{notice.to}", desk.domain) if ticket else ""
        if cause and cause.sender == notice.to and cause.message_id:
            return Thread(cause.message_id, (*((root,) if root else ()), cause.message_id))
        return Thread(root, (root,)) if root else Thread("", ())
    if cause and cause.sender == notice.to:
        return Thread(cause.message_id, (*cause.references, cause.message_id))
    chain = tx.chain(notice.ticket, notice.to) if ticket else ()
    return Thread(chain[-1], chain) if chain else Thread("", ())


def _told(notice: Notice, verdict: GateVerdict) -> str:
    reason = f": {verdict.reason}" if verdict.reason else ""
    return f"{notice.template} to {notice.to} {verdict.outcome.value}{reason}"

"""Sending what is due: claim, send, settle. The intent is durable before the first byte goes out.

An answer whose fate is in doubt is sent again, byte for byte; automatic mail never is (P4, P5). So an answer is
settled as soon as it was taken: the shorter that takes, the fewer are doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from maildesk import journal
from maildesk.advance import not_delivered, timed
from maildesk.conclude import conclude, no_scene
from maildesk.ingest.robots import our_turn, tell_undelivered
from maildesk.model.change import Change, MailClass, OutboxState, Raised
from maildesk.model.desk import Desk, Scene
from maildesk.model.people import Person, Role
from maildesk.model.ticket import EntryKind, Event
from maildesk.notices.alerts import alert
from maildesk.outbox.smtp import Courier, Delivery, Outcome, Stage
from maildesk.service.sla import answered, pick
from maildesk.service.sla import organisation as organisation_of
from maildesk.store.queue import DueMail, Settled
from maildesk.store.store import Store
from maildesk.store.tx import Tx

BATCH = 10
"""Claimed in one commit. A crash leaves the automatic ones among them unsent and unknown, so the fewer the better."""

GIVE_UP = timedelta(days=5)
RETRY_MINUTES = (1, 5, 15, 30, 60)
RETRY_LATER = timedelta(hours=2)
_NOTE_AGAIN = timedelta(minutes=1)
_BEFORE_MAIL = frozenset({Stage.CONNECT, Stage.AUTH})


class Deliverer:
    """Sends due mail; one thread uses it. ``couriers`` maps a mailbox name to its connection."""

    def __init__(
        self,
        store: Store,
        couriers: Mapping[str, Courier],
        owner: str,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool] = lambda: False,
        spare: Courier | None = None,
    ) -> None:
        self._store = store
        self._couriers = couriers
        self._spare = spare
        """The second account: alerts leave by it while a mailbox's own takes nothing."""
        self._owner = owner
        self._clock = clock
        self._stopping = stopping
        self._unsettled: list[tuple[DueMail, Settled]] = []
        """Attempted, but the store does not know yet what came of it."""
        self._in_doubt = False
        """Whether mails may be claimed that were not tried: the claim's answer was lost (W4), or a batch broken off."""
        self._refused: dict[str, str] = {}
        """Mailbox -> why its account may not send, until an alert was written."""
        self._standing: dict[str, str] = {}
        """Account -> why nothing leaves by it, "" where it works."""
        self._noted: dict[str, tuple[datetime, str]] = {}

    def take_over(self) -> None:
        """Settle what a dead sender left in doubt."""
        if count := self._store.queue.take_over(self._owner, self._clock()):
            journal.taken_over(count)

    def run_due(self, desk: Desk) -> int:
        """Send everything that is due now; returns how many attempts were made.

        Raises TemporaryFailure or Conflict: what was sent meanwhile is settled first the next time.
        """
        count = 0
        self._settle(desk)
        while not self._stopping() and (batch := self._claim()):
            for due in batch:
                self._unsettled.append((due, self._put_off(due) if self._stopping() else self._attempt(due)))
                if due.mail_class is MailClass.REPLY:
                    self._settle(desk)
            self._settle(desk)
            self._in_doubt = False
            self._note()
            count += len(batch)
        return count

    def _claim(self) -> tuple[DueMail, ...]:
        if self._in_doubt:
            self._store.queue.disown(self._owner)
        self._in_doubt = True
        batch = self._store.queue.claim(self._owner, self._clock(), BATCH)
        self._in_doubt = bool(batch)
        return batch

    def _put_off(self, due: DueMail) -> Settled:
        """Told to stop: what was not begun waits for the next start."""
        return Settled(due.row, OutboxState.QUEUED, self._clock(), reason="the daemon stopped before it was sent")

    def close(self) -> None:
        """Say goodbye to the servers."""
        for courier in (*self._couriers.values(), *([self._spare] if self._spare else [])):
            courier.close()

    def _attempt(self, due: DueMail) -> Settled:
        account = due.mailbox if due.mailbox in self._couriers else next(iter(self._couriers), "")
        courier = self._couriers.get(account)
        if courier is None:
            return Settled(due.row, OutboxState.QUEUED, self._clock() + RETRY_LATER, reason="no mailbox can send")
        delivery = _handed_over(courier, due)
        away = self._heed(account, delivery)
        if delivery.account or (away and self._spare):
            self._refused[due.mailbox] = delivery.text
        if away and self._spare and due.template == "alert":
            delivery = _handed_over(self._spare, due)
        settled = judge(due, delivery, self._clock())
        journal.sent(due.row, due.mail_class, settled.state, settled.reason)
        return settled

    def _heed(self, account: str, delivery: Delivery) -> bool:
        """Whether nothing can leave by an account, or it works."""
        away = delivery.account or (delivery.outcome is Outcome.NOT_STARTED and delivery.stage in _BEFORE_MAIL)
        self._standing[account] = delivery.text if away else ""
        return away

    def _note(self) -> None:
        """Keep how the accounts are, for `maildesk status`: every change, else once a minute."""
        for account, trouble in self._standing.items():
            noted, before = self._noted.get(account, (None, ""))
            if noted is None or before != trouble or self._clock() - noted > _NOTE_AGAIN:
                self._store.note_pulse(f"smtp {account}", self._clock(), trouble)
                self._noted[account] = self._clock(), trouble

    def _settle(self, desk: Desk) -> None:
        if not self._unsettled:
            return
        with self._store.deciding(self._clock()) as tx:
            waited = self._store.queue.settle(tx.connection, [one for _, one in self._unsettled])
            for due, one in self._unsettled:
                if due.row not in waited:
                    continue
                if due.mail_class is MailClass.REPLY and one.state is OutboxState.SENT:
                    _stop_clock(tx, desk, due)
                if one.state is OutboxState.FAILED and due.mail_class is MailClass.REPLY:
                    _tell_failure(tx, desk, due, one)
            while self._refused:
                _tell_refusal(tx, desk, *self._refused.popitem())
        self._unsettled.clear()


def _handed_over(courier: Courier, due: DueMail) -> Delivery:
    return courier.begin(due.sender, due.recipient, due.content) or courier.data()


def _tell_refusal(tx: Tx, desk: Desk, mailbox: str, text: str) -> None:
    """Nothing leaves by a whole account: who runs the desk is told, once an hour."""
    cause = f"smtp {mailbox}:{tx.now:%Y-%m-%dT%H}"
    data = {"title": f"{mailbox}: the mail server does not take our mail, all of it waits", "text": text}
    conclude(tx, alert(Change(now=tx.now, origin=cause), desk, "alert", cause, data), desk, no_scene)


def judge(due: DueMail, delivery: Delivery, now: datetime) -> Settled:
    """What a delivery means for a mail: sent, tried again, in doubt or failed."""
    said = delivery.text[:500]
    match delivery.outcome:
        case Outcome.ACCEPTED:
            return Settled(due.row, OutboxState.SENT, now, sent_at=now, server_said=said)
        case Outcome.PERMANENT:
            return Settled(due.row, OutboxState.FAILED, now, reason=f"refused: {said}", server_said=said)
        case Outcome.UNKNOWN if due.mail_class is MailClass.AUTOMATIC:
            reason = "the line broke before the server's answer: it may have been delivered"
            return Settled(due.row, OutboxState.UNKNOWN, now, reason=reason, server_said=said)
    if now - due.created_at > GIVE_UP:
        return Settled(due.row, OutboxState.FAILED, now, reason=f"given up after 5 days: {said}", server_said=said)
    wait = retry_after(due.attempts)
    return Settled(due.row, OutboxState.QUEUED, now + wait, reason=f"tried {due.attempts}x: {said}", server_said=said)


def retry_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts (RFC 5321 section 4.5.4.1)."""
    if attempts <= len(RETRY_MINUTES):
        return timedelta(minutes=RETRY_MINUTES[attempts - 1])
    return RETRY_LATER


def _stop_clock(tx: Tx, desk: Desk, due: DueMail) -> None:
    """A human answer counts from when it was written, once a server has taken it."""
    ticket = tx.tickets([due.ticket])[due.ticket] if due.ticket else None
    if ticket is None or due.template != "answer":
        return
    after: dict[str, Any] = {"answered_at": due.created_at} if ticket.answered_at is None else {}
    if ticket.clocks:
        organisation = organisation_of(desk, ticket.requester, tx.organisation)
        clocks = answered(ticket, due.created_at, pick(desk, ticket, organisation))
        after |= timed(ticket, clocks, desk, organisation)
    change = Change(now=tx.now, origin=f"outbox:{due.row}", tickets={ticket.number: ticket})
    tx.save(change.record(ticket.number, EntryKind.CHANGE, "maildesk", cause="the answer was sent", **after))


def _tell_failure(tx: Tx, desk: Desk, due: DueMail, settled: Settled) -> None:
    """An answer that will not arrive: the customer waits as before, and an agent must know."""
    ticket = tx.tickets([due.ticket])[due.ticket] if due.ticket else None
    change = Change(now=tx.now, origin=f"outbox:{due.row}", tickets={ticket.number: ticket} if ticket else {})
    failure = f"{due.recipient}: {settled.reason}"
    if ticket is None:
        change = alert(change, desk, "alert", f"failed:{due.row}", {"title": "A mail failed", "text": failure})
    else:
        change = change.record(
            ticket.number, EntryKind.BOUNCE, "maildesk", cause=failure, event=Event.BOUNCED, **our_turn(ticket)
        )
        change = not_delivered(change, ticket.number, due.created_at)
        change = tell_undelivered(change, ticket.number, (failure,), f"outbox:{due.row}", desk)

    def scene_for(current: Change, raised: Raised) -> Scene:  # noqa: ARG001 - every source of scenes takes both
        return Scene(desk, raised.event, raised.ticket, entry=raised.entry, person=Person("", role=Role.AGENT))

    conclude(tx, change, desk, scene_for)

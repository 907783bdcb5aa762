"""What robots' mail does: it is kept where it belongs, changes no state and is never answered.

A delivery report is tied to the mail of ours that failed; who must know of it is told by the rules' `bounced`
event, which is raised only for what a customer did not get.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from maildesk.ingest.match import Match
from maildesk.model.change import Change, MailClass, Notice, Suppress
from maildesk.model.desk import Desk
from maildesk.model.mail import Bounce, Kind, Mail
from maildesk.model.people import Role
from maildesk.model.ticket import EntryKind, Event, Status, Ticket
from maildesk.model.tokens import Right

SUPPRESSED_FOR = timedelta(days=30)


def robot_mail(change: Change, mail: Mail, match: Match, returned: Sequence[Mapping[str, Any]], desk: Desk) -> Change:
    """Append a robot's mail to the ticket it belongs to; without one the change stays empty.

    ``returned`` are the outbox rows whose Message-IDs a bounce gave back.
    """
    if mail.kind is Kind.BOUNCE:
        return _bounce(change, mail, match, returned, desk)
    number = match.ticket
    if number not in change.tickets:
        return change
    cause = mail.reason + (f"; back on {mail.back_at:%Y-%m-%d}" if mail.back_at else "")
    author = mail.sender.email if mail.sender else ""
    kept = change.record(number, EntryKind.AUTO, author, cause=cause, text=mail.text, message_id=mail.message_id)
    return kept.say(number, "robot", f"kept, nothing changed: {cause}")


def _bounce(change: Change, mail: Mail, match: Match, returned: Sequence[Mapping[str, Any]], desk: Desk) -> Change:
    number = match.ticket
    failed = [bounce for bounce in mail.bounces if bounce.action in {"failed", ""}]
    row = next(iter(returned), None)
    for bounce in failed:
        if bounce.hard and row is not None:
            reason = f"hard bounce {bounce.status}".strip()
            change = change.effect(Suppress(bounce.recipient or row["recipient"], reason, change.now + SUPPRESSED_FOR))
    if number not in change.tickets:
        return change
    was_answer = row is not None and row["mail_class"] == MailClass.REPLY.value and bool(failed)
    change = change.record(
        number,
        EntryKind.BOUNCE,
        mail.sender.email if mail.sender else "",
        cause="; ".join(map(_told, mail.bounces)) or mail.reason,
        event=Event.BOUNCED if was_answer else None,
        text=mail.text,
        message_id=mail.message_id,
        **(our_turn(change.tickets[number]) if was_answer else {}),
    )
    if not was_answer:
        return change
    failures = [_told(bounce) for bounce in failed]
    return tell_undelivered(change, number, failures, str(change.tickets[number].version), desk)


def our_turn(ticket: Ticket) -> dict[str, Any]:
    """An answer that did not arrive is no answer: the customer waits as before (L4)."""
    after: dict[str, Any] = {"waiting_since": ticket.waiting_since or ticket.replied_at or ticket.opened_at}
    return after | ({"status": Status.OPEN} if ticket.status is Status.WAITING else {})


def tell_undelivered(change: Change, number: int, failures: Sequence[str], cause: str, desk: Desk) -> Change:
    """Tell the assignee, else the lead, that an answer did not arrive; ``failures`` is a line for each recipient."""
    ticket = change.tickets[number]
    agent = desk.agents.get(ticket.assignee) or desk.agents.get(desk.lead_of(ticket.group))
    if agent is None:
        return change
    notice = Notice(
        template="bounced",
        to=agent.email,
        to_name=agent.display,
        role=Role.AGENT,
        cause=cause,
        ticket=number,
        mailbox=ticket.mailbox,
        language=agent.language or desk.language,
        data={"failures": tuple(failures)},
        rights=(Right.ANSWER, Right.NOTE),
    )
    return change.send(notice)


def _told(bounce: Bounce) -> str:
    words = (bounce.recipient, bounce.action or "failed", bounce.status, bounce.diagnostic[:200])
    return " ".join(word for word in words if word)

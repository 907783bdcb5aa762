"""Status updates: a customer who waits for us hears that we are at it, once per interval."""

from __future__ import annotations

from datetime import datetime, timedelta

from maildesk.model.change import Change, Notice
from maildesk.model.desk import Desk, Scene
from maildesk.model.people import Role
from maildesk.model.ticket import EntryKind, Status, Ticket


def horizon(desk: Desk, now: datetime) -> datetime:
    """Customers who have waited since before then are due; nobody is while updates are off."""
    longest = timedelta(days=36500)
    return now - (timedelta(minutes=desk.updates.after_minutes) if desk.updates.enabled else longest)


def key(ticket: Ticket, desk: Desk, now: datetime) -> str:
    """The due thing's key: one per ticket and interval of waiting; empty when nothing is due."""
    if not desk.updates.enabled or ticket.quiet:
        return ""
    if ticket.waiting_since is None or ticket.status not in {Status.NEW, Status.OPEN}:
        return ""
    interval = timedelta(minutes=desk.updates.after_minutes) or timedelta(minutes=1)
    step = int((now - ticket.waiting_since) / interval)
    waiting = int(ticket.waiting_since.timestamp())
    return f"update:{ticket.number}:{waiting}:{step}" if step >= 1 and ticket.requester else ""


def inform(change: Change, scene: Scene) -> Change:
    """Write the update into the history and to the requester."""
    ticket = change.tickets[scene.number]
    told = change.record(
        ticket.number, EntryKind.NOTICE, "job: status_updates", cause=change.origin, public=True, text=""
    )
    notice = Notice(
        template="status_update",
        to=ticket.requester,
        to_name=ticket.requester_name,
        role=Role.REQUESTER,
        cause=change.origin,
        ticket=ticket.number,
        mailbox=ticket.mailbox,
        language=ticket.language or scene.desk.language,
        data={"since": ticket.waiting_since},
    )
    return told.send(notice)

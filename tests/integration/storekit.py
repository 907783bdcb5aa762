"""Values for the tests of the store, as small as they can be."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from maildesk.model.change import Change, MailClass, OutboxState, Outgoing
from maildesk.model.mail import MailKey, RawMail
from maildesk.model.people import Role
from maildesk.model.ticket import EntryKind, Ticket
from maildesk.store.store import Store

NOW = datetime(2026, 3, 2, 9, 30, 15, 123456, tzinfo=UTC)
ME, OTHER = "11", "22"


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def raw(uid: int, *, mailbox: str = "support", validity: int = 7, at: datetime = NOW, content: bytes = b"") -> RawMail:
    """A mail as it lies in a mailbox."""
    return RawMail(MailKey(mailbox, validity, uid), content or b"Subject: %d\r\n\r\ntext\r\n" % uid, at)


def outgoing(once: str, **fields) -> Outgoing:
    """A mail to send; its identity follows from ``once``."""
    values = {
        "mail_class": MailClass.AUTOMATIC,
        "message_id": f"<{once}@example.com>",
        "date": NOW,
        "sender": "support@example.com",
        "recipient": "leila@example.net",
        "content": f"Message-ID: <{once}@example.com>\r\n\r\nbytes of {once}\r\n".encode(),
        "mailbox": "support",
    }
    return Outgoing(once=once, **(values | fields))


def send(store: Store, *mails: Outgoing, state: OutboxState = OutboxState.QUEUED, origin: str = "mail:1") -> list[int]:
    """Put mails into the outbox, in one decision."""
    with store.deciding(NOW) as tx:
        return [tx.send(mail, state, origin=origin) for mail in mails]


def reply(once: str, **fields) -> Outgoing:
    """An agent's answer."""
    return outgoing(once, mail_class=MailClass.REPLY, **fields)


def open_ticket(store: Store, number: int = 0, **fields) -> Ticket:
    """Make a ticket, and return it."""
    with store.deciding(NOW) as tx:
        ticket = Ticket(
            number=number or tx.next_id("ticket"), mailbox="support", opened_at=NOW, updated_at=NOW, **fields
        )
        change = Change(now=NOW, origin="mail:1").open_ticket(ticket, "leila@example.net", kind=EntryKind.CUSTOMER)
        tx.save(change)
    return change.tickets[ticket.number]


def change_of(ticket: Ticket, *, origin: str = "mail:2", **after) -> Change:
    """A decision that changes one ticket."""
    change = Change(now=NOW, origin=origin, tickets={ticket.number: ticket})
    return change.record(ticket.number, EntryKind.CHANGE, "sara", **after)


def states(store: Store) -> dict[str, str]:
    """Message-ID -> state of the outbox."""
    return {row["message_id"].strip("<>").partition("@")[0]: row["state"] for row in store.look.outbox(limit=10000)}


def mail_states(store: Store) -> dict[int, str]:
    """UID -> state of taken mails."""
    return {row["uid"]: row["state"] for row in store.look.mails(limit=10000)}


def in_children(count: int, work, *arguments) -> list[int]:
    """Run work(number, *arguments) in forked processes at once; returns their exit codes.

    What ``work`` returns is the exit code. The parent must hold no threads and no connections that matter.
    """
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in list(_forked(count, work, arguments))]


def _forked(count: int, work, arguments) -> Iterable[int]:
    for number in range(count):
        pid = os.fork()
        if pid == 0:
            code = 99
            try:
                code = work(number, *arguments) or 0
            finally:
                os._exit(code)
        yield pid


INSIDE = {"role": Role.AGENT, "recipient": "sara@example.com"}

"""Bringing mail in by hand: the same take, parse and decide as from IMAP."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import Any
from zlib import crc32

from maildesk.cli import Invocation
from maildesk.cli.opened import clock, opened
from maildesk.ingest.case import Outcome
from maildesk.ingest.child import Failure, ParserPool
from maildesk.ingest.receive import receive
from maildesk.ingest.worker import Worker
from maildesk.model.desk import Desk
from maildesk.model.errors import WrongUse
from maildesk.model.mail import Mail, MailKey, RawMail
from maildesk.store.ledger import BY_HAND, Taken
from maildesk.store.store import Store


def bring_in(
    invocation: Invocation, mails: Iterable[tuple[str, bytes | OSError]], mailbox: str, *, dry_run: bool
) -> Iterator[dict[str, Any]]:
    """What became of each mail: file, outcome, ticket (None where it went into none, or would open one), reason and
    the mails it caused. Raises WrongUse for an unknown mailbox.
    """
    desk = invocation.desk()
    if mailbox not in desk.mailboxes:
        raise WrongUse(f"there is no mailbox {mailbox}; there are: {', '.join(desk.mailboxes)}")
    with opened(invocation) as store, ParserPool(desk.reading) as pool:
        worker = Worker(store, pool, clock)
        for name, content in mails:
            if isinstance(content, OSError):
                yield {"file": name, "outcome": "unread", "ticket": None, "reason": content.strerror, "mails": []}
            elif dry_run:
                yield {"file": name, **_tried(store, desk, pool, mailbox, content)}
            else:
                yield {"file": name, **_done(store, desk, worker, mailbox, content)}


def _raw(mailbox: str, content: bytes) -> RawMail:
    uid = crc32(content) | len(content) << 32  # made from the content: the same file twice is the same mail
    return RawMail(MailKey(mailbox, BY_HAND, uid), content, clock())


def _done(store: Store, desk: Desk, worker: Worker, mailbox: str, content: bytes) -> dict[str, Any]:
    taken = store.ledger.take([_raw(mailbox, content)], str(secrets.randbits(62) | 1), clock())
    if not taken:
        return {"outcome": "duplicate", "ticket": None, "reason": "the same file was brought in before", "mails": []}
    store.ledger.settled(mailbox, BY_HAND, [taken[0].raw.key.uid])
    receipt = worker.work(desk, taken)[0]
    caused = store.look.outbox_of(f"mail:{taken[0].row}")
    mails = [f"{row['template']} to {row['recipient']}: {row['state']}" for row in caused]
    told = {"outcome": receipt.outcome.value, "ticket": receipt.ticket or None, "reason": receipt.reason}
    return told | {"mails": mails}


def _tried(store: Store, desk: Desk, pool: ParserPool, mailbox: str, content: bytes) -> dict[str, Any]:
    mail = pool.parse_batch([content])[0]
    if isinstance(mail, Failure):
        return {"outcome": "quarantined", "ticket": None, "reason": mail.reason, "mails": []}
    return _decided(store, desk, mail, Taken(0, 1, _raw(mailbox, content)))


def _decided(store: Store, desk: Desk, mail: Mail, taken: Taken) -> dict[str, Any]:
    with store.trying(clock()) as tx:
        receipt = receive(tx, desk, taken, mail)
        # nothing is kept, so the next mail would get the same number: a new ticket has none yet
        number = None if receipt.outcome is Outcome.NEW else receipt.ticket or None
        told = {"outcome": receipt.outcome.value, "ticket": number, "reason": receipt.reason}
        return told | {"mails": tx.told_mails(), "trace": tx.told_traces()}

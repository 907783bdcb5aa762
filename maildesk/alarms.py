"""What a person must hear of though no mail caused it: mailboxes that do not answer, files that are broken.

An alarm is a decision like any other, written into the outbox once for each cause and hour; it leaves by whatever
account can send, and `maildesk outbox list` shows it even when none can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zlib import crc32

from maildesk.conclude import conclude, no_scene
from maildesk.model.change import Change
from maildesk.model.desk import Desk
from maildesk.model.errors import Problem
from maildesk.notices.alerts import alert
from maildesk.store.store import Store

MAILBOX_EVENTS: Mapping[str, str] = {
    "auth_failed": "the mail server refuses the password",
    "refused": "the mail server refuses the account or the folder",
    "down": "the mail server has not answered for a while",
    "recovered": "mail is fetched again",
    "unfetchable": "a mail cannot be fetched and was left in the mailbox",
    "unsettled": "handled mail cannot be marked or moved; it is not handled twice",
    "uncopied": "the Sent folder cannot be used; answers leave, but without copies there",
    "uidvalidity_changed": "the mailbox was rebuilt; known mail is recognised, nothing is answered twice",
    "bug": "a fault in the program; it goes on",
}
"""Events of a watcher that a person is told of, and what they mean."""


def mailbox_alarm(store: Store, desk: Desk, now: datetime, mailbox: str, event: str, data: Mapping[str, Any]) -> None:
    """Tell what happened to a mailbox's connection, if it is of the kind that somebody must know. Raises
    TemporaryFailure when the store is away.
    """
    if event in MAILBOX_EVENTS:
        details = "\n".join(f"{name}: {value}" for name, value in data.items())
        title = f"{mailbox}: {MAILBOX_EVENTS[event]}"
        raise_alarm(store, desk, now, f"mailbox {mailbox} {event}", title, details)


def broken_files(store: Store, desk: Desk, now: datetime, problems: Iterable[Problem]) -> None:
    """Tell what is wrong in rule, template or config files that were read again."""
    text = "\n".join(map(str, problems))
    title = "Rules, templates or settings are broken; the last good ones stay in force"
    raise_alarm(store, desk, now, f"reload {crc32(text.encode())}", title, text)


def raise_alarm(store: Store, desk: Desk, now: datetime, cause: str, title: str, text: str) -> None:
    """Write an alarm, once for each ``cause`` and hour."""
    with store.deciding(now) as tx:
        once = f"{cause}:{now:%Y-%m-%dT%H}"
        change = Change(now=now, origin=once)
        conclude(tx, alert(change, desk, "alert", once, {"title": title, "text": text}), desk, no_scene)

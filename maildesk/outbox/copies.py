"""The mailbox's Sent folder: copies of answers, where the provider does not put them there itself; where it does,
whether a mail in doubt has left.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from maildesk.ingest.imap import ImapMailbox
from maildesk.store.store import Store


def copy_sent(store: Store, mailbox: str, connection: ImapMailbox, folder: str) -> int:
    """Put answers that lack a copy into ``folder``; returns how many. Raises TemporaryFailure, PermanentFailure.

    A crash between the two commands leaves a second copy, never a missing one.
    """
    count = 0
    while batch := store.queue.uncopied(mailbox):
        connection.connect()
        for row, content in batch:
            connection.append(folder, content)
            store.queue.copied(row)
            count += 1
    connection.close()
    return count


PATIENCE = timedelta(minutes=2)
"""A provider has put what it took into the Sent folder by then."""


def look_for_doubtful(store: Store, mailbox: str, connection: ImapMailbox, now: datetime) -> int:
    """Look in the provider's Sent folder for mails that may or may not have left; returns how many have.

    Each is looked for once; what is not there stays in doubt. Raises TemporaryFailure, PermanentFailure.
    """
    doubtful = store.queue.in_doubt(mailbox, now - PATIENCE)
    connection.connect()
    folder = connection.sent_folder()
    found = 0
    for row, message_id in doubtful:
        left = bool(folder and connection.search_message_id(folder, message_id))
        store.queue.looked_for(row, left=left, now=now)
        found += left
    connection.close()
    return found

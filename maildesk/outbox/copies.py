"""Copies of sent answers for the mailbox's Sent folder, where the provider does not put them there itself."""

from __future__ import annotations

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

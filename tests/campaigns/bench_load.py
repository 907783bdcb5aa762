"""Fills a desk's store with tickets that are mostly over, as years of work would, without any mail passing through.

    bench_load.py DATABASE.db TICKETS

Each ticket has its mail with raw bytes, an entry with its text, a trace, and the acknowledgement that was sent. One in
twenty is still open.
"""

from __future__ import annotations

import sys
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from maildesk.model.ticket import Entry, EntryKind, Event, Status, Ticket
from maildesk.store import rows, schema
from maildesk.store.flush import replace_row
from maildesk.store.store import Store

CHUNK = 5000
OPEN_EVERY = 20
PEOPLE_PER_TICKET = 4
AGENTS = ("sara", "omid", "mina")
TEXT = "Since yesterday morning the program stops with an error message. We have restarted it twice.\n" * 12
PACKED = zlib.compress(TEXT.encode(), 1)


def load(url: str, tickets: int) -> None:
    """Put so many tickets into a store that has been prepared."""
    store, now = Store(url), datetime.now(UTC)
    store.prepare()
    for begin in range(0, tickets, CHUNK):
        numbers = range(begin, min(begin + CHUNK, tickets))
        with store.writer.write() as connection:
            for table, values in _rows(numbers, now, tickets).items():
                connection.execute(schema.metadata.tables[table].insert(), values)
    with store.writer.write() as connection:
        for name, first in schema.SEQUENCES.items():
            replace_row(connection, schema.sequence, {"name": name}, {"value": first + tickets})
    store.close()


def _rows(numbers: range, now: datetime, tickets: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of these tickets, by table."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ("mail", "raw", "ticket", "entry", "entry_text")}
    found |= {name: [] for name in ("contact", "trace", "outbox", "outbox_content")}
    for index in numbers:
        number, person = index + 1001, f"load{index // PEOPLE_PER_TICKET}@load{index % 977}.example.net"
        at = now - timedelta(days=2 + 700 * (tickets - index) / tickets)
        is_open = index % OPEN_EVERY == 0
        ticket = Ticket(
            number=number, mailbox="support", subject=f"Something is broken {index}", requester=person, group="support",
            assignee=AGENTS[index % 3], status=Status.OPEN if is_open else Status.CLOSED, language="en", opened_at=at,
            replied_at=at, updated_at=at, solved_at=None if is_open else at, closed_at=None if is_open else at,
            version=1,
        )  # fmt: skip
        entry = Entry(
            ticket=number, number=1, kind=EntryKind.CUSTOMER, author=person, at=at, before={}, after={"group": "support"},
            event=Event.OPENED, public=True, mail=index + 1, origin=f"mail:{index + 1}",
            message_id=f"<load{index}@example.net>",
        )  # fmt: skip
        mail = {
            "id": index + 1,
            "mailbox": "support",
            "uidvalidity": 1,
            "uid": index + 1,
            "state": "done",
            "attempts": 1,
        }
        mail |= {"received_at": at, "taken_at": at, "settled": True, "size": len(TEXT), "message_id": entry.message_id}
        mail |= {"fingerprint": f"load{index}", "sender": person, "ticket": number, "entry": 1}
        out = {
            "id": index + 1,
            "once": f"{number}|acknowledgement|{person}|1",
            "mail_class": "automatic",
            "state": "sent",
        }
        out |= {"message_id": f"<load-ack{index}@example.net>", "date": at, "recipient": person, "role": "requester"}
        out |= {"domain": person.partition("@")[2], "template": "acknowledgement", "mailbox": "support"}
        out |= {"ticket": number, "entry": 1, "origin": entry.origin, "created_at": at, "not_before": at, "sent_at": at}
        found["mail"].append(mail)
        found["raw"].append({"mail": index + 1, "content": PACKED})
        found["ticket"].append(rows.ticket_row(ticket))
        found["entry"].append(rows.entry_row(entry))
        found["entry_text"].append({"ticket": number, "number": 1, "text": TEXT})
        found["trace"].append({"at": at, "origin": entry.origin, "mail": index + 1, "ticket": number, "lines": "[]"})
        found["outbox"].append(out)
        found["outbox_content"].append({"outbox": index + 1, "content": PACKED})
        found["contact"].append({"email": f"{index}.{person}", "language": "en", "tickets": 1, "first_seen": at})
    return found


if __name__ == "__main__":
    load(f"sqlite:///{sys.argv[1]}", int(sys.argv[2]))

"""Everything that is known of a person, as one file for that person: what they wrote, what they were answered."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from maildesk.model.change import Attachment
from maildesk.store.rows import contact_value, entry_value, ticket_value
from maildesk.store.schema import contact, entry, entry_text, mail, outbox, outbox_content, rating, raw, ticket

LARGEST = 15 * 1024 * 1024
"""Bytes of mails that go along; of more than that the latest."""
_ZIP_BEGIN = (1980, 1, 1, 0, 0, 0)


def dossier(connection: sa.Connection, email: str, desk_name: str) -> Attachment | None:
    """A zip with ``data.json`` and ``mails.mbox``; None when nothing is known. Internal notes are not in it."""
    data = _data(connection, email)
    mails = list(_mails(connection, email))
    if not data["tickets"] and data["contact"] is None and not mails:
        return None
    kept, left = _fitting(mails)
    data |= {"desk": desk_name, "address": email, "mails_left_out": left}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(data, ensure_ascii=False, indent=1, default=_plain)
        archive.writestr(zipfile.ZipInfo("data.json", _ZIP_BEGIN), text.encode(), zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("mails.mbox", _ZIP_BEGIN), _mbox(kept), zipfile.ZIP_DEFLATED)
    return Attachment("your-data.zip", "application/zip", packed.getvalue())


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _data(connection: sa.Connection, email: str) -> dict[str, Any]:
    known = connection.execute(sa.select(contact).where(contact.c.email == email)).mappings().first()
    rated = connection.execute(sa.select(rating).where(rating.c.email == email).order_by(rating.c.at)).mappings()
    asked = connection.execute(sa.select(ticket).where(ticket.c.requester == email).order_by(ticket.c.number))
    return {
        "contact": _contact(dict(known)) if known else None,
        "tickets": [_ticket(connection, row) for row in asked.mappings()],
        "ratings": [dict(row) for row in rated],
    }


def _contact(row: Mapping[str, Any]) -> dict[str, Any]:
    one = contact_value(row)
    names = ("email", "name", "organisation", "language", "no_updates", "tickets", "last_rating", "first_seen")
    return {name: getattr(one, name) for name in names} | {"fields": dict(one.fields)}


def _ticket(connection: sa.Connection, row: Any) -> dict[str, Any]:
    one = ticket_value(row)
    place = sa.and_(entry.c.ticket == entry_text.c.ticket, entry.c.number == entry_text.c.number)
    query = sa.select(entry, entry_text.c.text).join_from(entry, entry_text, place, isouter=True)
    public = query.where(entry.c.ticket == one.number, entry.c.public).order_by(entry.c.number)
    entries = (entry_value(dict(found)) for found in connection.execute(public).mappings())
    names = ("number", "subject", "status", "language", "channel", "opened_at", "solved_at", "closed_at")
    return {name: getattr(one, name) for name in names} | {
        "entries": [{"at": e.at, "kind": e.kind.value, "author": e.author, "text": e.text} for e in entries]
    }


def _mails(connection: sa.Connection, email: str) -> Iterator[tuple[datetime, str, bytes]]:
    """(time, From line address, bytes) of what the person wrote and was written, oldest first."""
    wrote = (
        sa.select(mail.c.received_at.label("at"), raw.c.content)
        .join(raw, raw.c.mail == mail.c.id)
        .where(mail.c.sender == email)
    )
    got = (
        sa.select(outbox.c.date.label("at"), outbox_content.c.content)
        .join(outbox_content, outbox_content.c.outbox == outbox.c.id)
        .where(outbox.c.recipient == email, outbox.c.state == "sent")
    )
    found = [(row.at, email, row.content) for row in connection.execute(wrote)]
    found += [(row.at, "MAILER-DAEMON", row.content) for row in connection.execute(got)]
    for at, author, content in sorted(found, key=lambda one: one[0]):
        yield at, author, zlib.decompress(content)


def _fitting(mails: Sequence[tuple[datetime, str, bytes]]) -> tuple[list[tuple[datetime, str, bytes]], int]:
    kept, size = [], 0
    for one in reversed(mails):
        size += len(one[2])
        if size > LARGEST:
            break
        kept.append(one)
    return kept[::-1], len(mails) - len(kept)


def _mbox(mails: Sequence[tuple[datetime, str, bytes]]) -> bytes:
    """Mails in the mbox format, "From " lines quoted (mboxrd)."""
    parts = []
    for at, author, content in mails:
        lines = content.replace(b"\r\n", b"\n").split(b"\n")
        body = b"\n".join(b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in lines)
        parts.append(
            f"From {author} {at.astimezone(UTC):%a %b %d %H:%M:%S %Y}\n".encode() + body.rstrip(b"\n") + b"\n\n"
        )
    return b"".join(parts)

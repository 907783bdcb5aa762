"""Removing a person (P25): texts, names, addresses, raw mail, rendered mail, traces. The figures stay.

A person's tickets keep their numbers, times, statuses and tags; where an address stood stands a pseudonym, the same
for all that was theirs, so that counts of people stay right. On SQLite what is deleted is overwritten and the
write-ahead log emptied, so no copy stays in the files; backups, the mailbox and its Sent folder are the admin's.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from maildesk.store import rows
from maildesk.store.schema import (
    contact,
    entry,
    entry_text,
    erasure,
    held,
    image,
    mail,
    outbox,
    outbox_content,
    rating,
    raw,
    suppression,
    ticket,
    token,
    trace,
    webhook,
)
from maildesk.store.writing import Writer

_WAITING = ("held", "queued", "attempting")
_NAMES = {"subject": "", "requester_name": "", "fields": {}}


@dataclass(frozen=True, slots=True)
class _Gone:
    """Who goes, under which name they are counted from now on, and the tickets that know of them."""

    email: str
    pseudonym: str
    own: Sequence[int]
    """Tickets that they asked."""
    all: Sequence[int]

    def scrub(self, text: str) -> str:
        """A text without the address, however it was capitalised."""
        at = text.lower().find(self.email)
        while at >= 0:
            text = text[:at] + self.pseudonym + text[at + len(self.email) :]
            at = text.lower().find(self.email)
        return text


class Eraser:
    """Erases people that were asked to be erased. Every method is one transaction."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def asked(self, until: datetime) -> tuple[str, ...]:
        """Who is to be erased, of those who were named until then."""
        with self._writer.read() as connection:
            return tuple(
                connection.scalars(
                    sa.select(erasure.c.email).where(erasure.c.asked_at <= until).order_by(erasure.c.asked_at)
                )
            )

    def is_ready(self, email: str) -> bool:
        """Take back what still waits for them, except our last word; True once nothing is on its way any more."""
        waiting = sa.and_(outbox.c.recipient == email, outbox.c.state.in_(_WAITING))
        theirs = sa.and_(waiting, outbox.c.template != "done", outbox.c.state != "attempting")
        with self._writer.write() as connection:
            connection.execute(outbox.update().where(theirs).values(state="cancelled", reason="erased"))
            return connection.scalar(sa.select(sa.func.count()).where(waiting)) == 0

    def erase(self, email: str, now: datetime) -> int:
        """Remove the person; returns how many tickets were theirs."""
        with self._writer.write() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            gone = _gone(connection, email)
            for step in (_tickets, _entries, _texts, _raw, _mails, _outbox, _traces, _people):
                step(connection, gone)
            told = json.dumps([["erase", "names, addresses, texts and mails were erased on request"]])
            for number in gone.own:
                connection.execute(trace.insert(), {"at": now, "origin": "erase", "ticket": number, "lines": told})
            connection.execute(erasure.delete().where(erasure.c.email == email))
        self._empty_log()
        return len(gone.own)

    def _empty_log(self) -> None:
        """The write-ahead log holds old pages; emptied as far as nobody reads at this moment."""
        engine = self._writer.engine
        if engine.dialect.name == "sqlite":
            bare = engine.raw_connection()
            try:
                bare.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                bare.close()


def _gone(connection: sa.Connection, email: str) -> _Gone:
    own = list(connection.scalars(sa.select(ticket.c.number).where(ticket.c.requester == email)))
    named = [column.icontains(email, autoescape=True) for column in (entry.c.before, entry.c.after, entry.c.cause)]
    known = connection.scalars(sa.select(entry.c.ticket).where(sa.or_(entry.c.author == email, *named)).distinct())
    every = sorted({*own, *known})
    pseudonym = f"erased-{min(own)}" if own else f"erased-guest-{min(every, default=0)}"
    return _Gone(email, pseudonym, sorted(own), every)


def _tickets(connection: sa.Connection, gone: _Gone) -> None:
    for row in connection.execute(sa.select(ticket).where(ticket.c.number.in_(gone.all))).mappings().all():
        values: dict[str, Any] = {"participants": gone.scrub(row["participants"])}
        if row["number"] in gone.own:
            values |= {"requester": gone.pseudonym, "requester_name": "", "subject": "", "fields": "{}"}
        connection.execute(ticket.update().where(ticket.c.number == row["number"]).values(values))


def _entries(connection: sa.Connection, gone: _Gone) -> None:
    for row in connection.execute(sa.select(entry).where(entry.c.ticket.in_(gone.all))).mappings().all():
        values = {
            "author": gone.scrub(row["author"]),
            "before": _state(row["before"], gone, own=row["ticket"] in gone.own),
            "after": _state(row["after"], gone, own=row["ticket"] in gone.own),
            "cause": gone.scrub(row["cause"]),
            "message_id": "" if row["author"] == gone.email else row["message_id"],
        }
        place = sa.and_(entry.c.ticket == row["ticket"], entry.c.number == row["number"])
        connection.execute(entry.update().where(place).values(values))


def _state(text: str, gone: _Gone, *, own: bool) -> str:
    state = json.loads(text or "{}")
    if own:
        state |= {name: empty for name, empty in _NAMES.items() if name in state}
    return gone.scrub(rows.dump_json(state))


def _texts(connection: sa.Connection, gone: _Gone) -> None:
    theirs = sa.exists().where(
        entry.c.ticket == entry_text.c.ticket, entry.c.number == entry_text.c.number, entry.c.author == gone.pseudonym
    )
    among = entry_text.c.ticket.in_(gone.all)
    connection.execute(entry_text.delete().where(among, sa.or_(entry_text.c.ticket.in_(gone.own), theirs)))
    for row in connection.execute(sa.select(entry_text).where(among)).mappings().all():
        place = sa.and_(entry_text.c.ticket == row["ticket"], entry_text.c.number == row["number"])
        connection.execute(entry_text.update().where(place).values(text=gone.scrub(row["text"])))


def _raw(connection: sa.Connection, gone: _Gone) -> None:
    """Raw mail: theirs, that of their tickets, and whatever else was kept aside and names them."""
    query = sa.select(raw.c.mail, raw.c.content, mail.c.ticket, mail.c.sender, mail.c.state).join(
        mail, mail.c.id == raw.c.mail
    )
    asked = sa.or_(mail.c.ticket.in_((0, *gone.all)), mail.c.sender == gone.email)
    address = gone.email.encode()
    for row in connection.execute(query.where(asked, mail.c.state != "taken")).mappings().all():
        if (
            row["sender"] == gone.email
            or row["ticket"] in gone.own
            or address in zlib.decompress(row["content"]).lower()
        ):
            connection.execute(raw.delete().where(raw.c.mail == row["mail"]))
            if row["state"] == "quarantined":
                values = {"state": "ignored", "reason": "erased on request"}
                connection.execute(mail.update().where(mail.c.id == row["mail"]).values(values))


def _mails(connection: sa.Connection, gone: _Gone) -> None:
    theirs = mail.c.sender == gone.email
    connection.execute(mail.update().where(sa.or_(theirs, mail.c.ticket.in_(gone.own))).values(subject=""))
    connection.execute(mail.update().where(theirs).values(sender=gone.pseudonym, message_id=""))
    said = [column.icontains(gone.email, autoescape=True) for column in (mail.c.reason, mail.c.subject)]
    for row in connection.execute(sa.select(mail.c.id, mail.c.reason, mail.c.subject).where(sa.or_(*said))).all():
        values = {"reason": gone.scrub(row.reason), "subject": gone.scrub(row.subject)}
        connection.execute(mail.update().where(mail.c.id == row.id).values(values))


def _outbox(connection: sa.Connection, gone: _Gone) -> None:
    theirs = sa.or_(
        outbox.c.recipient == gone.email,
        outbox.c.once.icontains(gone.email, autoescape=True),
        outbox.c.ticket.in_(gone.all),
    )
    calls = webhook.update().where(webhook.c.ticket.in_(gone.all))
    connection.execute(calls.where(webhook.c.state == "queued").values(state="failed"))
    connection.execute(calls.values(body="", reason="erased"))  # a reason repeats what the other program answered
    for row in connection.execute(sa.select(outbox).where(theirs)).mappings().all():
        own = row["recipient"] == gone.email or row["ticket"] in gone.own
        values = {name: gone.scrub(row[name]) for name in ("once", "recipient", "reason", "server_said")}
        values |= {"subject": "", "domain": "" if row["recipient"] == gone.email else row["domain"]} if own else {}
        if own and row["state"] in _WAITING:
            values |= {"state": "cancelled", "reason": "erased"}
        connection.execute(outbox.update().where(outbox.c.id == row["id"]).values(values))
        if own or row["state"] not in _WAITING:
            connection.execute(outbox_content.delete().where(outbox_content.c.outbox == row["id"]))


def _traces(connection: sa.Connection, gone: _Gone) -> None:
    connection.execute(trace.delete().where(trace.c.ticket.in_(gone.own)))
    said = sa.or_(trace.c.lines.icontains(gone.email, autoescape=True), trace.c.origin.icontains(gone.email))
    for row in connection.execute(sa.select(trace).where(said)).mappings().all():
        values = {"lines": gone.scrub(row["lines"]), "origin": gone.scrub(row["origin"])}
        connection.execute(trace.update().where(trace.c.id == row["id"]).values(values))


def _people(connection: sa.Connection, gone: _Gone) -> None:
    connection.execute(contact.delete().where(contact.c.email == gone.email))
    connection.execute(image.update().where(image.c.key == gone.email).values(key=gone.pseudonym, old="", new="{}"))
    for row in connection.execute(sa.select(contact).where(contact.c.same_as.icontains(gone.email))).mappings().all():
        others = " ".join(one for one in row["same_as"].split() if one != gone.email)
        connection.execute(contact.update().where(contact.c.email == row["email"]).values(same_as=others))
    connection.execute(rating.update().where(rating.c.email == gone.email).values(email=gone.pseudonym, comment=""))
    asked = sa.or_(token.c.person == gone.email, token.c.purpose.icontains(gone.email, autoescape=True))
    connection.execute(token.delete().where(asked))
    connection.execute(suppression.delete().where(suppression.c.email == gone.email))
    connection.execute(held.update().where(held.c.ticket.in_(gone.own), held.c.outcome == "").values(outcome="dropped"))

"""What a transaction of decisions writes, and the writing of it: one statement per table, however many rows."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from maildesk.model.change import (
    Absence,
    CancelMails,
    Effect,
    Erase,
    Hold,
    Moved,
    OutboxState,
    Outgoing,
    Rated,
    Release,
    Remember,
    Suppress,
)
from maildesk.model.errors import Conflict
from maildesk.model.people import INSIDE, Contact, Role
from maildesk.model.ticket import Entry, Ticket
from maildesk.store import rows
from maildesk.store.schema import (
    absence,
    contact,
    cursor,
    done,
    entry,
    entry_text,
    erasure,
    held,
    mail,
    outbox,
    outbox_content,
    rating,
    suppression,
    ticket,
    token,
    trace,
)

_FINISH = (
    mail.update()
    .where(mail.c.id == sa.bindparam("row"))
    .values(
        {
            name: sa.bindparam("v_" + name)
            for name in ("state", "reason", "message_id", "fingerprint", "sender", "subject", "kind", "ticket", "entry")
        }
    )
)
_UPDATE_TICKET = (
    ticket.update()
    .where(ticket.c.number == sa.bindparam("key"), ticket.c.version == sa.bindparam("base"))
    .values({column.name: sa.bindparam("v_" + column.name) for column in ticket.columns if column.name != "number"})
)
_UPDATE_CONTACT = contact.update().where(contact.c.email == sa.bindparam("key"))
_CANCEL = (
    outbox.update()
    .where(
        outbox.c.origin == sa.bindparam("from_origin"),
        outbox.c.state.in_((OutboxState.HELD.value, OutboxState.QUEUED.value)),
    )
    .values(state=OutboxState.CANCELLED.value, reason="taken back by undo")
)
_LEFT = sa.select(outbox.c.recipient, outbox.c.role).where(
    outbox.c.origin == sa.bindparam("from_origin"),
    outbox.c.state.in_([s.value for s in (OutboxState.ATTEMPTING, OutboxState.SENT, OutboxState.UNKNOWN)]),
)


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a taken mail: done, ignored, duplicate or quarantined, and where it went."""

    mail: int
    state: str
    reason: str = ""
    message_id: str = ""
    fingerprint: str | None = None
    sender: str = ""
    subject: str = ""
    kind: str = ""
    ticket: int = 0
    entry: int = 0


@dataclass(slots=True)
class Pending:
    """Rows that wait for the flush, by table."""

    new_tickets: set[int] = field(default_factory=set)
    bases: dict[int, int] = field(default_factory=dict)
    """Ticket -> the version it has in the database."""
    tickets: dict[int, Ticket] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    tokens: list[dict[str, Any]] = field(default_factory=list)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    contents: list[dict[str, Any]] = field(default_factory=list)
    traces: list[dict[str, Any]] = field(default_factory=list)
    finished: list[Finished] = field(default_factory=list)
    new_contacts: dict[str, Contact] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)


def outbox_row(
    row: int, outgoing: Outgoing, state: OutboxState, *, origin: str, now: datetime, reason: str, not_before: datetime
) -> dict[str, Any]:
    """A mail to send as the columns of the outbox."""
    return {
        "id": row,
        "once": outgoing.once,
        "mail_class": outgoing.mail_class.value,
        "state": state.value,
        "message_id": outgoing.message_id,
        "date": outgoing.date,
        "sender": outgoing.sender,
        "recipient": outgoing.recipient,
        "domain": outgoing.recipient.rpartition("@")[2],
        "role": outgoing.role.value,
        "template": outgoing.template,
        "subject": outgoing.subject,
        "mailbox": outgoing.mailbox,
        "ticket": outgoing.ticket,
        "entry": outgoing.entry,
        "origin": origin,
        "reason": reason,
        "created_at": now,
        "not_before": not_before,
        "expires": outgoing.expires,
        "attempts": 0,
        "owner": "",
        "server_said": "",
        "copied": 0,
    }


def flush(connection: sa.Connection, pending: Pending, now: datetime) -> None:
    """Write everything. Raises Conflict when a ticket is no longer what was decided upon."""
    try:
        _flush_tickets(connection, pending)
        _flush_people(connection, pending)
        _insert(connection, token, pending.tokens)
        _insert(connection, outbox, pending.outbox)
        _insert(connection, outbox_content, pending.contents)
        _insert(connection, trace, pending.traces)
        _insert(connection, done, [{"key": key, "at": now} for key in pending.done])
        for effect in pending.effects:
            _apply(connection, effect, now)
        _finish_mails(connection, pending.finished)
    except sa.exc.IntegrityError as error:
        raise Conflict(f"somebody else wrote this first: {error.orig}") from error


def _insert(connection: sa.Connection, table: sa.Table, values: list[dict[str, Any]]) -> None:
    if values:
        connection.execute(table.insert(), values)


def _flush_tickets(connection: sa.Connection, pending: Pending) -> None:
    fresh = [rows.ticket_row(pending.tickets[number]) for number in sorted(pending.new_tickets)]
    _insert(connection, ticket, fresh)
    for number in sorted(pending.bases):
        row = rows.ticket_row(pending.tickets[number])
        values = {"v_" + name: value for name, value in row.items() if name != "number"}
        result = connection.execute(_UPDATE_TICKET, {"key": number, "base": pending.bases[number], **values})
        if result.rowcount != 1:
            raise Conflict(f"ticket {number} was changed by somebody else meanwhile")
    _insert(connection, entry, [rows.entry_row(one) for one in pending.entries])
    texts = [{"ticket": e.ticket, "number": e.number, "text": e.text} for e in pending.entries if e.text]
    _insert(connection, entry_text, texts)


def _contact_row(one: Contact) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in Contact.__dataclass_fields__}
    return row | {"fields": rows.dump_json(dict(one.fields))}


def _flush_people(connection: sa.Connection, pending: Pending) -> None:
    _insert(connection, contact, [_contact_row(one) for _, one in sorted(pending.new_contacts.items())])
    if pending.contacts:
        news = [_contact_row(one) | {"key": email} for email, one in sorted(pending.contacts.items())]
        connection.execute(_UPDATE_CONTACT, news)
    for group, agent in sorted(pending.cursors.items()):
        replace_row(connection, cursor, {"group": group}, {"agent": agent})


def _finish_mails(connection: sa.Connection, finished: list[Finished]) -> None:
    if not finished:
        return
    names = [name for name in Finished.__dataclass_fields__ if name != "mail"]
    connection.execute(
        _FINISH, [{"row": one.mail, **{"v_" + name: getattr(one, name) for name in names}} for one in finished]
    )


def replace_row(connection: sa.Connection, table: sa.Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Update a row, or insert it where there is none yet (portable; runs inside a transaction)."""
    condition = sa.and_(*(table.c[name] == value for name, value in key.items()))
    if connection.execute(table.update().where(condition), dict(values)).rowcount == 0:
        connection.execute(table.insert(), {**key, **values})


def _apply(connection: sa.Connection, effect: Effect, now: datetime) -> None:
    match effect:
        case Hold(row, number, person, reason):
            values = {"ticket": number, "person": person, "reason": reason, "outcome": "", "at": now}
            replace_row(connection, held, {"mail": row}, values)
        case Release(row, outcome):
            changed = connection.execute(
                held.update().where(held.c.mail == row, held.c.outcome == "").values(outcome=outcome)
            )
            if changed.rowcount != 1:
                raise Conflict("this held mail was decided upon already")
        case CancelMails(origin):
            _cancel(connection, origin)
        case Rated(number, cycle, email, stars, comment):
            key = {"ticket": number, "cycle": cycle, "email": email}
            replace_row(connection, rating, key, {"stars": stars, "comment": comment, "at": now})
        case Suppress(email, reason, until):
            replace_row(connection, suppression, {"email": email}, {"reason": reason, "until": until, "at": now})
        case Absence(agent, True, until, cover):
            replace_row(connection, absence, {"agent": agent}, {"until": until, "cover": cover, "at": now})
        case Absence(agent, False):
            connection.execute(absence.delete().where(absence.c.agent == agent))
        case Moved(row, number, place):
            connection.execute(mail.update().where(mail.c.id == row).values(ticket=number, entry=place))
        case Erase(email):
            replace_row(connection, erasure, {"email": email}, {"asked_at": now})
        case Remember():
            """Contacts are merged before the flush, see ``merge_contact``."""


def _cancel(connection: sa.Connection, origin: str) -> None:
    left = [row.recipient for row in connection.execute(_LEFT, {"from_origin": origin}) if Role(row.role) not in INSIDE]
    if left:
        raise Conflict(f"already left for {', '.join(left)}")
    connection.execute(_CANCEL, {"from_origin": origin})


def merge_contact(known: Contact | None, news: Remember, now: datetime) -> Contact:
    """What is known of a contact after ``news``; None in it leaves a field alone."""
    base = known or Contact(news.email, first_seen=now)
    fields = dict(base.fields) | dict(news.fields)
    return replace(
        base,
        name=base.name if news.name is None else news.name,
        organisation=base.organisation if news.organisation is None else news.organisation,
        language=base.language if news.language is None else news.language,
        no_updates=base.no_updates if news.no_updates is None else news.no_updates,
        fields=tuple((name, value) for name, value in fields.items() if value),
        account_manager=base.account_manager if news.account_manager is None else news.account_manager,
        same_as=base.same_as if news.same_as is None else news.same_as,
        blocked=base.blocked if news.blocked is None else news.blocked,
        blocked_until=base.blocked_until if news.blocked is None else news.blocked_until,
        hits=base.hits + 1 if news.hit else 0 if news.blocked else base.hits,
    )


def trace_rows(origin: str, mail_row: int, lines: tuple[Any, ...], now: datetime) -> list[dict[str, Any]]:
    """Trace lines of one decision, one row per ticket they speak of."""
    by_ticket: dict[int, list[list[str]]] = defaultdict(list)
    for line in lines:
        by_ticket[line.ticket].append([line.step, line.text])
    return [
        {"at": now, "origin": origin, "mail": mail_row, "ticket": number, "lines": json.dumps(told, ensure_ascii=False)}
        for number, told in by_ticket.items()
    ]


def pack(content: bytes) -> bytes:
    """Compress for the database; level 1, because speed counts here more than size."""
    return zlib.compress(content, 1)

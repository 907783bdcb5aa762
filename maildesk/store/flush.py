"""What a transaction of decisions writes, and the writing of it: one statement per table, however many rows."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from maildesk.model.change import (
    Absence,
    Call,
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
    ReportAsked,
    Restore,
    Settle,
    Suppress,
)
from maildesk.model.errors import Conflict
from maildesk.model.people import INSIDE, Contact, Role
from maildesk.model.ticket import TICKET_FIELDS, Entry, Ticket
from maildesk.store import images, rows
from maildesk.store.images import Image
from maildesk.store.schema import (
    absence,
    asked_report,
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
    webhook,
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
    bases: dict[int, tuple[int, Ticket | None]] = field(default_factory=dict)
    """Ticket -> the version it has in the database, and how it stands there, where that is known."""
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
    effects: list[tuple[str, Effect]] = field(default_factory=list)
    """With the origin of each."""
    images: list[tuple[str, Image]] = field(default_factory=list)


def outbox_row(
    row: int,
    outgoing: Outgoing,
    state: OutboxState,
    *,
    origin: str,
    now: datetime,
    reason: str,
    not_before: datetime | None,
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
        "promises": outgoing.promises,
        "draft": outgoing.draft,
        "source": outgoing.source,
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
        for origin, one in pending.images:
            images.keep(connection, origin, [one], now)
        for origin, effect in pending.effects:
            _apply_and_keep(connection, origin, effect, now)
        _finish_mails(connection, pending.finished)
    except sa.exc.IntegrityError as error:
        raise Conflict(f"somebody else wrote this first: {error.orig}") from error


def _insert(connection: sa.Connection, table: sa.Table, values: list[dict[str, Any]]) -> None:
    if values:
        connection.execute(_into(table), values)


@cache
def _into(table: sa.Table) -> sa.Insert:
    return table.insert()


def _flush_tickets(connection: sa.Connection, pending: Pending) -> None:
    fresh = [rows.ticket_row(pending.tickets[number]) for number in sorted(pending.new_tickets)]
    _insert(connection, ticket, fresh)
    for number, (version, stored) in sorted(pending.bases.items(), key=itemgetter(0)):
        now = pending.tickets[number]
        news = [name for name in TICKET_FIELDS if stored is None or getattr(now, name) != getattr(stored, name)]
        if _write(connection, ticket, {"number": number, "version": version}, rows.ticket_row(now, news)) != 1:
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
    if _write(connection, table, key, values) == 0:
        connection.execute(_into(table), {**key, **values})


def _write(connection: sa.Connection, table: sa.Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    """Update the row with this key; returns whether there was one, as 1 or 0."""
    where = {"key_" + name: value for name, value in key.items()}
    return connection.execute(_update(table, tuple(key)), {**where, **values}).rowcount


@cache
def _update(table: sa.Table, keys: tuple[str, ...]) -> sa.Update:
    return table.update().where(*(table.c[name] == sa.bindparam("key_" + name) for name in keys))


def _apply_and_keep(connection: sa.Connection, origin: str, effect: Effect, now: datetime) -> None:
    """Write an effect, with what was there before it where `undo` may want that back."""
    place = images.touched(effect)
    if place is None:
        _apply(connection, effect, now)
        return
    old = images.read(connection, *place)
    _apply(connection, effect, now)
    images.keep(connection, origin, [Image(*place, old, images.read(connection, *place))], now)


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
        case Call(hook, once, number, body):
            if connection.scalar(sa.select(webhook.c.id).where(webhook.c.once == once)) is None:
                wanted = {"once": once, "hook": hook, "ticket": number, "body": body, "state": "queued"}
                connection.execute(webhook.insert(), wanted | {"not_before": now})
        case Settle(draft, send):
            decide(connection, draft, send=send, now=now)
        case CancelMails(origin):
            _cancel(connection, origin)
        case Restore(origin):
            images.restore(connection, origin)
        case Moved(row, number, place):
            connection.execute(mail.update().where(mail.c.id == row).values(ticket=number, entry=place))
        case _:
            _apply_to_people(connection, effect, now)


def _apply_to_people(connection: sa.Connection, effect: Effect, now: datetime) -> None:
    match effect:
        case Rated(number, cycle, email, stars, comment):
            key = {"ticket": number, "cycle": cycle, "email": email}
            replace_row(connection, rating, key, {"stars": stars, "comment": comment, "at": now})
        case Suppress(email, reason, until):
            replace_row(connection, suppression, {"email": email}, {"reason": reason, "until": until, "at": now})
        case Absence(agent, True, until, cover):
            replace_row(connection, absence, {"agent": agent}, {"until": until, "cover": cover, "at": now})
        case Absence(agent, False):
            connection.execute(absence.delete().where(absence.c.agent == agent))
        case Erase(email):
            replace_row(connection, erasure, {"email": email}, {"asked_at": now})
        case ReportAsked(named, agent, kind, days, groups):
            values = {"agent": agent, "kind": kind, "days": days, "groups": json.dumps(groups), "asked_at": now}
            replace_row(connection, asked_report, {"key": named}, values)
        case Remember():
            """Contacts are merged before the flush, see ``merge_contact``."""


def decide(connection: sa.Connection, key: str, *, send: bool, now: datetime) -> int:
    """Let the mails go that wait under a key, or take them back; returns how many. Conflict where none waits."""
    state = OutboxState.QUEUED if send else OutboxState.CANCELLED
    values: dict[str, Any] = {"state": state.value, "reason": "released by hand" if send else "dropped by hand"}
    if send:
        values |= {"created_at": now, "not_before": now}
    changed = connection.execute(outbox.update().where(undecided(key, now)).values(values)).rowcount
    if not changed:
        raise Conflict("this was decided upon already")
    return int(changed)


def undecided(key: str, now: datetime) -> sa.ColumnElement[bool]:
    """The mails that wait for the decision of a key, as long as what they say is true."""
    waiting = sa.and_(outbox.c.draft == key, outbox.c.draft != "", outbox.c.state == OutboxState.HELD.value)
    return sa.and_(waiting, sa.or_(outbox.c.expires.is_(None), outbox.c.expires > now))


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

"""What a transaction of decisions can ask: looked up together, kept in caches, so that a batch costs few statements.

Each answer includes what the same transaction has decided before.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from maildesk.model.change import MailClass, OutboxState, Token, Trace
from maildesk.model.desk import Pace, Undo
from maildesk.model.people import Contact, domain_key, known_as
from maildesk.model.ticket import Entry, Status, Ticket
from maildesk.store import images, rows
from maildesk.store.flush import Pending, undecided
from maildesk.store.schema import (
    absence,
    contact,
    cursor,
    done,
    entry,
    entry_text,
    held,
    in_state,
    mail,
    one_of,
    outbox,
    outbox_content,
    pace,
    raw,
    suppression,
    ticket,
    token,
    trace,
)

Key = TypeVar("Key")
_SEARCHED = 20_000
"""Tickets that a search by mail looks through, the latest: it must not hold up the desk."""

_IN: sa.BindParameter[Any] = sa.bindparam("keys", expanding=True)
_SAME_MAIL = sa.select(mail.c.fingerprint, mail.c.id).where(mail.c.fingerprint.in_(_IN))
_MAIL_IDS = (
    sa.select(mail.c.message_id, mail.c.ticket, mail.c.entry)
    .where(mail.c.message_id.in_(_IN), mail.c.ticket > 0)
    .order_by(mail.c.id)
)
_OUTBOX_IDS = sa.select(outbox).where(outbox.c.message_id.in_(_IN))
_TICKETS = sa.select(ticket).where(ticket.c.number.in_(_IN))
_CONTACTS = sa.select(contact).where(contact.c.email.in_(_IN))
_TOKENS = sa.select(token).where(token.c.row.in_(_IN))
_DONE = sa.select(done.c.key).where(done.c.key.in_(_IN))
_SUPPRESSED = sa.select(suppression.c.email, suppression.c.reason).where(
    suppression.c.email.in_(_IN), sa.or_(suppression.c.until.is_(None), suppression.c.until > sa.bindparam("now"))
)
_AUTOMATIC = (
    one_of(outbox.c.mail_class, MailClass.AUTOMATIC.value),
    sa.not_(in_state(outbox, OutboxState.SUPPRESSED.value)),
)


def _counted(found: sa.Select[str]) -> sa.Select[tuple[str, int]]:
    """How many of these mails there are for each domain."""
    mails = found.subquery()
    return sa.select(mails.c.domain, sa.func.count()).group_by(mails.c.domain)


_ADDRESS_COUNTS = (
    sa.select(
        outbox.c.recipient,
        sa.func.sum(sa.case((outbox.c.created_at > sa.bindparam("hour"), 1), else_=0)),
        sa.func.count(),
    )
    .where(outbox.c.recipient.in_(_IN), outbox.c.created_at > sa.bindparam("day"), *_AUTOMATIC)
    .group_by(outbox.c.recipient)
)
_OUTSIDE = (
    sa.select(outbox.c.domain)
    .where(
        outbox.c.created_at > sa.bindparam("hour"),
        *_AUTOMATIC,
        sa.not_(one_of(outbox.c.role, "agent", "lead", "manager")),
    )
    .limit(sa.bindparam("most"))
)
_DOMAIN_COUNTS = _counted(_OUTSIDE)
_OF_DOMAIN = _counted(_OUTSIDE.where(outbox.c.domain == sa.bindparam("of_domain")))
_PUT_OFF = (
    sa.select(outbox.c.domain, sa.func.count())
    .where(
        in_state(outbox, OutboxState.QUEUED.value),
        outbox.c.reason != sa.literal_column("''"),
        outbox.c.not_before > sa.bindparam("now"),
    )
    .group_by(outbox.c.domain)
)
_TICKET_COUNTS = (
    sa.select(outbox.c.ticket, sa.func.count())
    .where(outbox.c.ticket.in_(_IN), outbox.c.created_at > sa.bindparam("hour"), *_AUTOMATIC)
    .group_by(outbox.c.ticket)
)
_LOADS = (
    sa.select(ticket.c.assignee, sa.func.count())
    .where(ticket.c.assignee != "", one_of(ticket.c.status, Status.NEW.value, Status.OPEN.value))
    .group_by(ticket.c.assignee)
)
_SHOWN = ("number", "subject", "status", "opened_at")
_LATEST = 5
_FEW_TICKETS = 50
_HISTORY = (
    sa.select(*(ticket.c[name] for name in _SHOWN))
    .where(ticket.c.requester == sa.bindparam("requester"), ticket.c.number != sa.bindparam("except_for"))
    .order_by(ticket.c.number.desc())
    .limit(_LATEST)
)
_HISTORIES = (
    sa.select(ticket.c.requester, *(ticket.c[name] for name in _SHOWN))
    .where(ticket.c.requester.in_(_IN))
    .order_by(ticket.c.number.desc())
)
IN_ALL = "in all"
_ENTRIES_OF = sa.select(entry, entry_text.c.text).join_from(
    entry,
    entry_text,
    sa.and_(entry.c.ticket == entry_text.c.ticket, entry.c.number == entry_text.c.number),
    isouter=True,
)
_ENTRIES = _ENTRIES_OF.where(
    entry.c.ticket == sa.bindparam("of_ticket"), entry.c.number > sa.bindparam("after")
).order_by(entry.c.number)
_AWAY = sa.select(absence.c.agent, absence.c.cover).where(
    sa.or_(absence.c.until.is_(None), absence.c.until > sa.bindparam("now"))
)
_CURSORS = sa.select(cursor).order_by(cursor.c.group).with_for_update()
_WRITTEN = sa.select(outbox.c.once).where(outbox.c.once.in_(_IN))
_CONTENT = sa.select(outbox_content.c.content).where(outbox_content.c.outbox == sa.bindparam("of_row"))


def _chain() -> sa.Select[str]:
    """The latest Message-IDs between the desk and a person in a ticket, the newest first."""
    # Both times count whole seconds: of two in one second, ours answers theirs.
    number: sa.BindParameter[int] = sa.bindparam("of_ticket")
    person: sa.BindParameter[str] = sa.bindparam("person")
    wrote = sa.select(mail.c.message_id, mail.c.received_at.label("at"), sa.literal(0).label("ours"), mail.c.id).where(
        mail.c.ticket == number, mail.c.sender == person, mail.c.message_id != ""
    )
    got = sa.select(outbox.c.message_id, outbox.c.date.label("at"), sa.literal(1).label("ours"), outbox.c.id).where(
        outbox.c.ticket == number,
        outbox.c.recipient == person,
        sa.not_(in_state(outbox, "suppressed", "cancelled")),
    )
    both = sa.union_all(wrote, got).subquery()
    newest_first = (both.c.at.desc(), both.c.ours.desc(), both.c.id.desc())
    return sa.select(both.c.message_id).order_by(*newest_first).limit(20)


_CHAIN = _chain()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a Message-ID belongs: a ticket and entry, and the outbox row when the mail was ours."""

    ticket: int
    entry: int
    outbox: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SentCounts:
    """How much automatic mail was written lately: to addresses (hour, day), domains, tickets and in all (hour).

    Of domains and in all no more is counted than was asked for.
    """

    addresses: Mapping[str, tuple[int, int]]
    domains: Mapping[str, int]
    tickets: Mapping[int, int]
    total: int


def carrier(one: Ticket | None) -> str:
    """The agent on whose load a ticket counts, or the empty string."""
    return one.assignee if one and one.status in {Status.NEW, Status.OPEN} else ""


def pairs(found: Iterable[Any]) -> Iterable[tuple[Any, Any]]:
    """Rows of two columns, for ``dict``."""
    return ((row[0], row[1]) for row in found)


class Lookups:
    """The reading half of ``Tx``; not thread-safe, short-lived."""

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        self.now = now
        self.connection = connection
        self._pending = Pending()
        self._tickets: dict[int, Ticket | None] = {}
        self._contacts: dict[str, Contact | None] = {}
        self._same: dict[str, int | None] = {}
        self._places: dict[str, Place | None] = {}
        self._tokens: dict[int, Token | None] = {}
        self._suppressed: dict[str, str | None] = {}
        self._addresses: dict[str, tuple[int, int]] = {}
        self._domains: dict[str, int] = {}
        self._ticket_counts: dict[int, int] = {}
        self._added: Counter[str | int] = Counter()
        """Automatic mails of this transaction by address and ticket, and to outsiders by "@domain" and in all."""
        self._total: int | None = None
        """Automatic mails of the last hour to outsiders; None before they were counted."""
        self._histories: dict[str, list[Mapping[str, Any]]] = {}
        self._loads: dict[str, int] | None = None
        self._moved: Counter[str] = Counter()
        """How this transaction changed the loads."""
        self._away: dict[str, str] | None = None
        self._cursors: dict[str, str] | None = None
        self._paces: dict[str, Pace] | None = None
        self._blocks: dict[str, list[int]] = {}
        """Numbers that the database handed out beforehand."""
        self._latest: dict[str, int] = {}
        """The latest number of each sequence, where the database does not count itself."""

    # -- looking up: each method fills its cache for all keys at once, so a batch costs one statement -----------

    def _missing(self, wanted: Iterable[Key], cache: Mapping[Key, Any]) -> list[Key]:
        return [key for key in dict.fromkeys(wanted) if key not in cache]

    def _all(self, statement: sa.Executable, keys: Collection[Any], **more: Any) -> Sequence[Any]:
        return self.connection.execute(statement, {"keys": list(keys), **more}).mappings().all()

    def received(self, fingerprints: Iterable[str]) -> Mapping[str, int | None]:
        """Fingerprint -> the mail that was handled with it before, or None."""
        if missing := self._missing(fingerprints, self._same):
            self._same.update(dict.fromkeys(missing))
            self._same.update({row["fingerprint"]: row["id"] for row in self._all(_SAME_MAIL, missing)})
        return self._same

    def still_taken(self, mails: Collection[int]) -> frozenset[int]:
        """Which of these mails nobody decided upon yet; locked until the end where the database has row locks."""
        query = sa.select(mail.c.id).where(mail.c.id.in_(mails), mail.c.state == "taken").order_by(mail.c.id)
        return frozenset(self.connection.scalars(query.with_for_update()))

    def places(self, message_ids: Iterable[str]) -> Mapping[str, Place | None]:
        """Message-ID -> where it belongs, for mails that came and mails that we wrote."""
        if missing := self._missing(message_ids, self._places):
            self._places.update(dict.fromkeys(missing))
            for row in self._all(_MAIL_IDS, missing):
                self._places[row["message_id"]] = Place(row["ticket"], row["entry"])
            for row in self._all(_OUTBOX_IDS, missing):
                self._places[row["message_id"]] = Place(row["ticket"], row["entry"], row)
        return self._places

    def tickets(self, numbers: Iterable[int]) -> Mapping[int, Ticket | None]:
        """Number -> ticket as it is now in this transaction, or None."""
        if missing := sorted(self._missing(numbers, self._tickets)):
            self._tickets.update(dict.fromkeys(missing))
            self._tickets.update({row["number"]: rows.ticket_value(row) for row in self._all(_TICKETS, missing)})
        return self._tickets

    def contacts(self, emails: Iterable[str]) -> Mapping[str, Contact | None]:
        """Address -> what is known of it, or None."""
        if missing := self._missing(emails, self._contacts):
            self._contacts.update(dict.fromkeys(missing))
            self._contacts.update({row["email"]: rows.contact_value(row) for row in self._all(_CONTACTS, missing)})
        return self._contacts

    def contact(self, email: str) -> Contact | None:
        """What is known of an address and of its whole domain together; None for a stranger from nowhere."""
        found = self.contacts([email, domain_key(email)])
        return known_as(email, found[email], found[domain_key(email)])

    def organisation(self, email: str) -> str:
        """The organisation of an address; "" for none."""
        known = self.contacts([email])[email] if email else None
        return known.organisation if known else ""

    def tokens(self, numbers: Iterable[int]) -> Mapping[int, Token | None]:
        """Row -> token, or None."""
        if missing := self._missing(numbers, self._tokens):
            self._tokens.update(dict.fromkeys(missing))
            self._tokens.update({row["row"]: rows.token_value(row) for row in self._all(_TOKENS, missing)})
        return self._tokens

    def put_off(self) -> Mapping[str, int]:
        """Domain -> automatic mails to it that the gate delayed and that have not left."""
        waiting = dict(pairs(self.connection.execute(_PUT_OFF, {"now": self.now})))
        for row in self._pending.outbox:
            if row["state"] == OutboxState.QUEUED.value and row["not_before"] > self.now and row["reason"]:
                waiting[row["domain"]] = waiting.get(row["domain"], 0) + 1
        return waiting

    def suppressed(self, addresses: Iterable[str]) -> Mapping[str, str]:
        """Address -> why nothing automatic may go there; only those that are suppressed now."""
        if missing := self._missing(addresses, self._suppressed):
            self._suppressed.update(dict.fromkeys(missing))
            found = self._all(_SUPPRESSED, missing, now=self.now)
            self._suppressed.update({row["email"]: row["reason"] for row in found})
        return {address: reason for address, reason in self._suppressed.items() if reason is not None}

    def sent_counts(self, addresses: Collection[str], tickets: Collection[int], most: int) -> SentCounts:
        """Automatic mail of the last hour and day to these, including what this transaction adds.

        ``most`` is where counting for domains and in all ends: a night's flood costs each of its mails the same.
        """
        hour, day = self.now - timedelta(hours=1), self.now - timedelta(days=1)
        if missing := self._missing(addresses, self._addresses):
            self._addresses.update(dict.fromkeys(missing, (0, 0)))
            for recipient, in_hour, in_day in self.connection.execute(
                _ADDRESS_COUNTS, {"keys": missing, "hour": hour, "day": day}
            ):
                self._addresses[recipient] = (in_hour, in_day)
        known = [number for number in tickets if number not in self._pending.new_tickets]
        if unseen := self._missing(known, self._ticket_counts):
            self._ticket_counts.update(dict.fromkeys(unseen, 0))
            self._ticket_counts.update(pairs(self.connection.execute(_TICKET_COUNTS, {"keys": unseen, "hour": hour})))
        added, before = self._added, self._addresses
        domains = {address.rpartition("@")[2] for address in addresses}
        counted, total = self._domain_counts(domains, hour, most)
        return SentCounts(
            {key: (before[key][0] + added[key], before[key][1] + added[key]) for key in addresses},
            {domain: counted.get(domain, 0) + added["@" + domain] for domain in domains},
            {key: self._ticket_counts.get(key, 0) + added[key] for key in tickets},
            total + added[IN_ALL],
        )

    def _domain_counts(self, domains: Iterable[str], hour: datetime, most: int) -> tuple[Mapping[str, int], int]:
        """Mails of the last hour by domain and in all, ``most`` at the most."""
        if self._total is None:
            found = dict(pairs(self.connection.execute(_DOMAIN_COUNTS, {"hour": hour, "most": most})))
            self._total = sum(found.values())
            # where counting came to its end, what was counted of a domain says nothing of it
            self._domains = found if self._total < most else {}
        if self._total >= most:
            for domain in self._missing(domains, self._domains):
                of_one = self.connection.execute(_OF_DOMAIN, {"hour": hour, "most": most, "of_domain": domain})
                self._domains[domain] = dict(pairs(of_one)).get(domain, 0)
        return self._domains, self._total

    def is_done(self, keys: Sequence[str]) -> frozenset[str]:
        """Which of these due things were done already."""
        return frozenset(row["key"] for row in self._all(_DONE, keys)) | frozenset(self._pending.done)

    def loads(self) -> Mapping[str, int]:
        """Open tickets per agent, including what this transaction changed."""
        if self._loads is None:
            self._loads = dict(pairs(self.connection.execute(_LOADS)))
        before = self._loads
        return {**before, **{agent: before.get(agent, 0) + more for agent, more in self._moved.items()}}

    def away(self) -> Mapping[str, str]:
        """Agents who are away now -> who covers for them (or "")."""
        if self._away is None:
            self._away = dict(pairs(self.connection.execute(_AWAY, {"now": self.now})))
        return self._away

    def cursors(self) -> Mapping[str, str]:
        """Group -> who got the latest ticket; locked last, and until the end, where the database has row locks."""
        if self._cursors is None:
            self._cursors = dict(pairs(self.connection.execute(_CURSORS)))
        return self._cursors

    def paces(self) -> Mapping[str, Pace]:
        """Group -> how fast it answers, as the job last found it."""
        if self._paces is None:
            found = self.connection.execute(sa.select(pace)).mappings()
            self._paces = {row["group"]: Pace(row["answers"], row["usual"], row["queue"]) for row in found}
        return self._paces

    def histories(self, requesters: Collection[str]) -> None:
        """Look up together what ``history`` will be asked for; not those who have many tickets."""
        known = self.contacts(requesters)
        few = [email for email in requesters if (one := known[email]) and one.tickets <= _FEW_TICKETS]
        if missing := self._missing(few, self._histories):
            self._histories.update((requester, []) for requester in missing)
            for row in self._all(_HISTORIES, missing):
                self._histories[row["requester"]].append(row)

    def history(self, requester: str, except_for: int) -> tuple[Mapping[str, Any], ...]:
        """The requester's latest tickets but one: number, subject, status, opened_at, assignee."""
        if requester in self._histories:
            others = (row for row in self._histories[requester] if row["number"] != except_for)
            return tuple({name: row[name] for name in _SHOWN} for row in islice(others, _LATEST))
        found = self.connection.execute(_HISTORY, {"requester": requester, "except_for": except_for})
        return tuple(dict(row) for row in found.mappings())

    def entries(self, number: int, after: int = 0) -> tuple[Entry, ...]:
        """A ticket's entries with a number above ``after``, oldest first, those of this transaction included."""
        found = self.connection.execute(_ENTRIES, {"of_ticket": number, "after": after}).mappings()
        added = (one for one in self._pending.entries if one.ticket == number and one.number > after)
        return (*(rows.entry_value(dict(row)) for row in found), *added)

    def chain(self, number: int, person: str) -> tuple[str, ...]:
        """Message-IDs of the mails a person wrote into and got from a ticket, oldest first, the latest 20."""
        latest = self.connection.scalars(_CHAIN, {"of_ticket": number, "person": person}).all()
        return tuple(reversed(latest))

    def written(self, onces: Sequence[str]) -> frozenset[str]:
        """Which of these mails are in the outbox already, in whatever state."""
        found = self.connection.scalars(_WRITTEN, {"keys": onces})
        kept = {row["once"] for row in self._pending.outbox}
        return frozenset(found) | (kept & set(onces))

    def people_written_to(self, source: str) -> int:
        """To how many people a rule has written within the last hour, what was taken back or stopped left out."""
        hour = self.now - timedelta(hours=1)
        gone = outbox.c.state.not_in((OutboxState.SUPPRESSED.value, OutboxState.CANCELLED.value))
        query = sa.select(outbox.c.recipient).distinct().where(outbox.c.source == source, outbox.c.source != "", gone)
        found = set(self.connection.scalars(query.where(outbox.c.created_at > hour)))
        return len(found | {row["recipient"] for row in self._pending.outbox if row["source"] == source})

    def content(self, row: int) -> bytes:
        """The rendered bytes of a mail in the outbox; empty for one that the gate stopped."""
        for one in self._pending.contents:
            if one["outbox"] == row:
                return zlib.decompress(one["content"])
        found = self.connection.scalar(_CONTENT, {"of_row": row})
        return zlib.decompress(found) if found else b""

    def raw(self, row: int) -> bytes:
        """The raw bytes of a taken mail; empty when they were erased."""
        found = self.connection.scalar(sa.select(raw.c.content).where(raw.c.mail == row))
        return zlib.decompress(found) if found else b""

    def held(self, row: int) -> Mapping[str, Any] | None:
        """A held mail that nobody decided upon yet, or None."""
        found = self.connection.execute(sa.select(held).where(held.c.mail == row, held.c.outcome == ""))
        waiting = found.mappings().first()
        return dict(waiting) if waiting else None

    def drafts(self, key: str) -> int:
        """How many mails wait for the decision of that key."""
        waiting = sa.select(sa.func.count()).select_from(outbox).where(undecided(key, self.now))
        return int(self.connection.scalar(waiting) or 0)

    def left(self, origin: str) -> tuple[str, ...]:
        """People outside whom mails of this origin have already left for."""
        gone = (OutboxState.ATTEMPTING.value, OutboxState.SENT.value, OutboxState.UNKNOWN.value)
        found = sa.select(outbox.c.recipient).where(
            outbox.c.origin == origin, outbox.c.state.in_(gone), outbox.c.role.not_in(("agent", "lead", "manager"))
        )
        return tuple(self.connection.scalars(found))

    def told(self, number: int, since: int) -> tuple[str, ...]:
        """Addresses of the desk's people who got a notification or a warning about a ticket from an entry on."""
        found = sa.select(outbox.c.recipient).where(
            outbox.c.ticket == number,
            outbox.c.template.in_(("notification", "escalation")),
            outbox.c.role.in_(("agent", "lead", "manager")),
            outbox.c.state.not_in((OutboxState.CANCELLED.value, OutboxState.SUPPRESSED.value)),
            outbox.c.entry >= since,
        )
        return tuple(self.connection.scalars(found.distinct().order_by(outbox.c.recipient)))

    def undoable(self, origin: str) -> Undo:
        """All that one mail or call did, and what of it can still be taken back; of what the database holds."""
        entries = self.entries_of(origin)
        tickets = {one.ticket for one in entries}
        taken_back = sa.select(entry.c.ticket).where(entry.c.ticket.in_(tickets), entry.c.cause == f"undo: {origin}")
        waiting = sa.select(outbox.c.id).where(
            outbox.c.origin == origin, outbox.c.state.in_((OutboxState.HELD.value, OutboxState.QUEUED.value))
        )
        count, lost = images.lost(self.connection, origin)
        return Undo(
            origin,
            entries,
            self.left(origin),
            waits=self.connection.scalar(waiting.limit(1)) is not None,
            images=count,
            lost=lost,
            undone=bool(tickets) and self.connection.scalar(taken_back.limit(1)) is not None,
        )

    def worklist(self, agent: str) -> tuple[Ticket, ...]:
        """An agent's tickets that are not done, the longest waiting first."""
        found = sa.select(ticket.c.number).where(
            ticket.c.assignee == agent, ticket.c.status.not_in(("solved", "closed")), ticket.c.merged_into == 0
        )
        longest_first = found.order_by(ticket.c.waiting_since.is_(None), ticket.c.waiting_since)
        numbers = list(self.connection.scalars(longest_first))
        current = self.tickets(numbers)
        return tuple(one for number in numbers if (one := current[number]))

    def search(self, words: Sequence[str], limit: int = 20) -> tuple[Ticket, ...]:
        """The latest tickets that hold every word, in what was written, the subject or the requester."""
        query = sa.select(ticket.c.number).order_by(ticket.c.number.desc()).limit(limit)
        latest = self.connection.scalar(sa.select(sa.func.max(ticket.c.number))) or 0
        for word in words:
            written = sa.select(entry_text.c.ticket).where(
                entry_text.c.ticket == ticket.c.number, entry_text.c.text.icontains(word, autoescape=True)
            )
            columns = (ticket.c.subject, ticket.c.requester, ticket.c.requester_name, ticket.c.fields)
            named = [column.icontains(word, autoescape=True) for column in columns]
            query = query.where(sa.or_(*named, written.exists()), ticket.c.number > latest - _SEARCHED)
        numbers = list(self.connection.scalars(query))
        found = self.tickets(numbers)
        return tuple(one for number in numbers if (one := found[number]))

    def reasons(self, number: int) -> tuple[Trace, ...]:
        """What was decided about a ticket, oldest first."""
        told = self.connection.scalars(sa.select(trace.c.lines).where(trace.c.ticket == number).order_by(trace.c.id))
        return tuple(Trace(number, step, text) for lines in told for step, text in json.loads(lines))

    def outbox_rows(self, message_ids: Sequence[str], number: int = 0) -> Sequence[Mapping[str, Any]]:
        """Outbox rows by Message-ID (and within a ticket, where one is given)."""
        query = sa.select(outbox).where(outbox.c.message_id.in_(message_ids))
        found = self.connection.execute(query.where(outbox.c.ticket == number) if number else query)
        return [dict(row) for row in found.mappings()]

    def entries_of(self, origin: str) -> tuple[Entry, ...]:
        """All entries that one mail or call caused, ticket by ticket, oldest first."""
        query = _ENTRIES_OF.where(entry.c.origin == origin).order_by(entry.c.ticket, entry.c.number)
        return tuple(rows.entry_value(dict(row)) for row in self.connection.execute(query).mappings())

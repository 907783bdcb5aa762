"""Questions about the store, for the command line, the jobs and the reports. Nothing here writes."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from maildesk.model.change import ReportAsked, Token
from maildesk.model.people import Contact
from maildesk.model.ticket import Entry, Ticket
from maildesk.store import rows
from maildesk.store.schema import (
    absence,
    asked_report,
    contact,
    done,
    entry,
    entry_text,
    held,
    in_state,
    job,
    mail,
    outbox,
    outbox_content,
    position,
    pulse,
    rating,
    raw,
    suppression,
    ticket,
    token,
    trace,
)
from maildesk.store.writing import Writer

ENTRIES = (
    sa.select(entry, entry_text.c.text)
    .join_from(
        entry,
        entry_text,
        sa.and_(entry.c.ticket == entry_text.c.ticket, entry.c.number == entry_text.c.number),
        isouter=True,
    )
    .order_by(entry.c.ticket, entry.c.number)
)

_TICKETS_AT_ONCE = 2000
_KEYS_AT_ONCE = 500
_LINES = (
    sa.select(
        entry.c.ticket, entry.c.number, entry.c.kind, entry.c.author, entry.c.at, entry.c.after, entry.c.event,
        entry.c.cause,
    )
    .where(entry.c.ticket.between(sa.bindparam("low"), sa.bindparam("high")), entry.c.at < sa.bindparam("before"))
    .order_by(entry.c.ticket, entry.c.number)
)  # fmt: skip
_LETTERS = (
    sa.select(outbox.c.ticket, outbox.c.entry, outbox.c.template, outbox.c.recipient, outbox.c.once, outbox.c.sent_at)
    .where(
        outbox.c.ticket.between(sa.bindparam("low"), sa.bindparam("high")),
        # as an expression, so that SQLite goes by the ticket's index and not through all answers each time
        (outbox.c.template + "").in_(("answer", "survey")),
        outbox.c.sent_at < sa.bindparam("before"),
    )
    .order_by(outbox.c.ticket, outbox.c.id)
)
_DUE = sa.select(ticket.c.number).where(ticket.c.due_at <= sa.bindparam("now")).order_by(ticket.c.due_at)
_HELD_BACK = (
    sa.select(outbox)
    .where(
        in_state(outbox, "held", "queued"),  # what the index of waiting mail says: without it all of a template is read
        outbox.c.state == "queued",
        (outbox.c.template + "") == sa.bindparam("template"),
        outbox.c.not_before <= sa.bindparam("until"),
        outbox.c.not_before > outbox.c.created_at,
        outbox.c.attempts == 0,
    )
    .order_by(outbox.c.not_before, outbox.c.id)
)


_PERSIAN, _ARABIC = str.maketrans("يك", "یک"), str.maketrans("یک", "يك")


def _spellings(word: str) -> frozenset[str]:
    """A word with the two letters that Persian and Arabic keyboards write differently, each way."""
    return frozenset({word, word.translate(_PERSIAN), word.translate(_ARABIC)})


def _by_ticket(found: Iterable[Any]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for row in found:
        grouped.setdefault(row[0], []).append(row)
    return grouped


class Look:
    """Read-only queries; each is one short transaction."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def _all(self, statement: sa.Executable, **values: Any) -> Sequence[Mapping[str, Any]]:
        with self._writer.read() as connection:
            return [dict(row) for row in connection.execute(statement, values).mappings()]

    def tickets(
        self, *, status: Sequence[str] = (), group: str = "", assignee: str = "", requester: str = "", limit: int = 50
    ) -> tuple[Ticket, ...]:
        """Tickets, latest first, narrowed by what is given."""
        query = sa.select(ticket).order_by(ticket.c.number.desc()).limit(limit)
        if status:
            query = query.where(ticket.c.status.in_(status))
        for column, value in ((ticket.c.group, group), (ticket.c.assignee, assignee), (ticket.c.requester, requester)):
            if value:
                query = query.where(column == value)
        return tuple(rows.ticket_value(row) for row in self._all(query))

    def ticket(self, number: int) -> Ticket | None:
        """One ticket, or None."""
        found = self._all(sa.select(ticket).where(ticket.c.number == number))
        return rows.ticket_value(found[0]) if found else None

    def waiting_since(self, before: datetime) -> tuple[Ticket, ...]:
        """Tickets whose customer has waited since before then for an answer."""
        query = sa.select(ticket).where(
            ticket.c.waiting_since <= before, ticket.c.status.in_(("new", "open")), ticket.c.merged_into == 0
        )
        return tuple(rows.ticket_value(row) for row in self._all(query.order_by(ticket.c.number)))

    def first_answers(self, since: datetime) -> Sequence[Mapping[str, Any]]:
        """Tickets that customers opened and whose first answer came since then: group, mailbox and both times."""
        columns = (ticket.c.group, ticket.c.mailbox, ticket.c.opened_at, ticket.c.answered_at)
        theirs = sa.and_(ticket.c.replied_at.is_not(None), ticket.c.answered_at > ticket.c.opened_at)
        return self._all(sa.select(*columns).where(ticket.c.answered_at >= since, theirs))

    def queues(self) -> Mapping[str, int]:
        """Group -> tickets whose customer waits for the first answer."""
        first = sa.and_(ticket.c.waiting_since.is_not(None), ticket.c.answered_at.is_(None), ticket.c.merged_into == 0)
        counted = sa.select(ticket.c.group, sa.func.count().label("count"))
        waiting = counted.where(first, ticket.c.status.in_(("new", "open")))
        return {row["group"]: row["count"] for row in self._all(waiting.group_by(ticket.c.group))}

    def done(self, keys: Iterable[str]) -> frozenset[str]:
        """Which of these due things were done already."""
        wanted, found = list(keys), set[str]()
        for begin in range(0, len(wanted), _KEYS_AT_ONCE):
            query = sa.select(done.c.key).where(done.c.key.in_(wanted[begin : begin + _KEYS_AT_ONCE]))
            found.update(row["key"] for row in self._all(query))
        return frozenset(found)

    def written(self, onces: Sequence[str]) -> frozenset[str]:
        """Which of these mails are in the outbox already, in whatever state."""
        found = set[str]()
        for begin in range(0, len(onces), _KEYS_AT_ONCE):
            query = sa.select(outbox.c.once).where(outbox.c.once.in_(onces[begin : begin + _KEYS_AT_ONCE]))
            found.update(row["once"] for row in self._all(query))
        return frozenset(found)

    def in_work(self) -> tuple[Ticket, ...]:
        """Tickets that wait for the desk or a department, by number."""
        query = sa.select(ticket).where(ticket.c.status.in_(("new", "open", "paused")), ticket.c.merged_into == 0)
        return tuple(rows.ticket_value(row) for row in self._all(query.order_by(ticket.c.number)))

    def promises(self) -> Mapping[int, datetime]:
        """Ticket -> until when its waiting customer was last told that an answer comes."""
        told = outbox.c.state.in_(("queued", "attempting", "sent", "unknown"))
        query = (
            sa.select(outbox.c.ticket, outbox.c.promises)
            .join(ticket, ticket.c.number == outbox.c.ticket)
            .where(outbox.c.promises.is_not(None), told, outbox.c.created_at >= ticket.c.waiting_since)
            .where(ticket.c.status.in_(("new", "open", "paused")))
        )
        return {row["ticket"]: row["promises"] for row in self._all(query.order_by(outbox.c.id))}

    def asked(self) -> Sequence[Mapping[str, Any]]:
        """Mails that asked somebody for a word that nobody gave yet, with its ``purpose``, oldest first."""
        drafts = sa.select(outbox.c.draft, outbox.c.created_at).where(outbox.c.draft != "", outbox.c.state == "held")
        waiting = {row["draft"]: row["created_at"] for row in self._all(drafts)}
        approvals = sa.select(held.c.mail, held.c.at).where(held.c.outcome == "", held.c.reason == "approval")
        waiting |= {f"held:{row['mail']}": row["at"] for row in self._all(approvals)}
        if not waiting:
            return []
        since = min(waiting.values())
        query = sa.select(outbox).where(outbox.c.template == "draft", outbox.c.created_at >= since)
        found = ({**row, "purpose": row["once"].split("|", 3)[3]} for row in self._all(query.order_by(outbox.c.id)))
        return [row for row in found if row["purpose"] in waiting]

    def due(self, now: datetime) -> tuple[int, ...]:
        """Tickets of which a step of a service level is due, the longest due first."""
        return tuple(row["number"] for row in self._all(_DUE, now=now))

    def held_back(self, template: str, until: datetime) -> Sequence[Mapping[str, Any]]:
        """Mails by a template that were held for their reader's hours and may leave until then, oldest first."""
        return self._all(_HELD_BACK, template=template, until=until)

    def not_closed(self) -> tuple[Ticket, ...]:
        """Every ticket that is neither closed nor merged."""
        query = sa.select(ticket).where(ticket.c.status != "closed", ticket.c.merged_into == 0)
        return tuple(rows.ticket_value(row) for row in self._all(query.order_by(ticket.c.number)))

    def solved_between(self, begin: datetime, end: datetime) -> tuple[Ticket, ...]:
        """Tickets that were solved in a span of time and still are."""
        query = sa.select(ticket).where(
            ticket.c.solved_at > begin, ticket.c.solved_at <= end, ticket.c.status.in_(("solved", "closed"))
        )
        return tuple(rows.ticket_value(row) for row in self._all(query.order_by(ticket.c.number)))

    def snoozed_until(self, now: datetime) -> tuple[Ticket, ...]:
        """Tickets whose snooze is over."""
        query = sa.select(ticket).where(ticket.c.snoozed_until <= now, ticket.c.status == "paused")
        return tuple(rows.ticket_value(row) for row in self._all(query.order_by(ticket.c.number)))

    def with_field(self, name: str) -> tuple[Ticket, ...]:
        """Tickets that are not done and have a field of that name."""
        named = ticket.c.fields.contains(json.dumps(name, ensure_ascii=False) + ":", autoescape=True)
        query = sa.select(ticket).where(ticket.c.status.not_in(("solved", "closed")), named).order_by(ticket.c.number)
        return tuple(rows.ticket_value(row) for row in self._all(query))

    def away_until(self) -> Mapping[str, datetime | None]:
        """Agents on vacation -> until when; None where no end was named."""
        return {row["agent"]: row["until"] for row in self._all(sa.select(absence.c.agent, absence.c.until))}

    def entries(self, number: int) -> tuple[Entry, ...]:
        """A ticket's history, oldest first."""
        return tuple(rows.entry_value(row) for row in self._all(ENTRIES.where(entry.c.ticket == number)))

    def contact(self, email: str) -> Contact | None:
        """What is known of an address, or None."""
        found = self._all(sa.select(contact).where(contact.c.email == email))
        return rows.contact_value(found[0]) if found else None

    def contacts(self, *, words: Sequence[str] = (), organisation: str = "", limit: int = 100) -> tuple[Contact, ...]:
        """Contacts by address, narrowed by words in address, name or organisation, and by organisation."""
        query = sa.select(contact).order_by(contact.c.email).limit(limit)
        for word in words:
            columns, spelt = (contact.c.email, contact.c.name, contact.c.organisation), _spellings(word)
            query = query.where(
                sa.or_(*(column.icontains(one, autoescape=True) for column in columns for one in spelt))
            )
        if organisation:
            query = query.where(contact.c.organisation == organisation)
        return tuple(rows.contact_value(row) for row in self._all(query))

    def journey(self, addresses: Sequence[str], limit: int) -> Sequence[Mapping[str, Any]]:
        """What was written in a person's tickets, oldest first, the latest ``limit``; changes are left out."""
        theirs = sa.or_(ticket.c.requester.in_(addresses), entry.c.author.in_(addresses))
        place = sa.and_(entry.c.ticket == entry_text.c.ticket, entry.c.number == entry_text.c.number)
        query = (
            sa.select(
                entry.c.at, entry.c.ticket, entry.c.number, entry.c.kind, entry.c.author, ticket.c.subject,
                ticket.c.channel, entry_text.c.text,
            )
            .join_from(entry, ticket, ticket.c.number == entry.c.ticket)
            .join(entry_text, place, isouter=True)
            .where(theirs, sa.or_(entry.c.kind != "change", entry.c.event.in_(("solved", "reopened"))))
            .order_by(entry.c.at.desc(), entry.c.ticket.desc(), entry.c.number.desc())
            .limit(limit)
        )  # fmt: skip
        return list(reversed(self._all(query)))

    def kept_away(self, now: datetime) -> Sequence[Mapping[str, Any]]:
        """What is blocked or suppressed now: address, what, until, reason, hits."""
        in_force = sa.or_(contact.c.blocked_until.is_(None), contact.c.blocked_until > now)
        blocked = self._all(sa.select(contact).where(contact.c.blocked != "", in_force).order_by(contact.c.email))
        still = sa.or_(suppression.c.until.is_(None), suppression.c.until > now)
        quiet = self._all(sa.select(suppression).where(still).order_by(suppression.c.email))
        return [
            *(
                {
                    "address": row["email"],
                    "what": "blocked",
                    "until": row["blocked_until"],
                    "reason": row["blocked"],
                    "hits": row["hits"],
                }
                for row in blocked
            ),
            *(
                {
                    "address": row["email"],
                    "what": "suppressed",
                    "until": row["until"],
                    "reason": row["reason"],
                    "hits": 0,
                }
                for row in quiet
            ),
        ]

    def backlog(self) -> Mapping[str, int]:
        """Group -> tickets that are not done."""
        query = sa.select(ticket.c.group, sa.func.count().label("count")).where(
            ticket.c.status.not_in(("solved", "closed"))
        )
        return {row["group"]: row["count"] for row in self._all(query.group_by(ticket.c.group))}

    def token(self, row: int) -> Token | None:
        """A row of the token table, or None."""
        found = self._all(sa.select(token).where(token.c.row == row))
        return rows.token_value(found[0]) if found else None

    def outbox(
        self, *, states: Sequence[str] = (), ticket_number: int = 0, limit: int = 100
    ) -> Sequence[Mapping[str, Any]]:
        """Mails to send, latest first, without their content."""
        query = sa.select(outbox).order_by(outbox.c.id.desc()).limit(limit)
        if states:
            query = query.where(outbox.c.state.in_(states))
        if ticket_number:
            query = query.where(outbox.c.ticket == ticket_number)
        return self._all(query)

    def fates(self, tickets: Collection[int]) -> Mapping[tuple[int, int], frozenset[str]]:
        """(ticket, entry) -> the states of the mails that carry what an agent wrote there to people outside."""
        columns = (outbox.c.ticket, outbox.c.entry, outbox.c.state)
        written = (outbox.c.template + "").in_(("answer", "refer", "incident"))
        found: dict[tuple[int, int], set[str]] = {}
        for row in self._all(sa.select(*columns).where(outbox.c.ticket.in_(tickets), written)):
            found.setdefault((row["ticket"], row["entry"]), set()).add(row["state"])
        return {place: frozenset(states) for place, states in found.items()}

    def outbox_of(self, origin: str) -> Sequence[Mapping[str, Any]]:
        """The mails that one decision caused."""
        return self._all(sa.select(outbox).where(outbox.c.origin == origin).order_by(outbox.c.id))

    def outbox_by_message_id(self, message_id: str) -> Sequence[Mapping[str, Any]]:
        """The mail of ours with this Message-ID, as a list of none or one."""
        return self._all(sa.select(outbox).where(outbox.c.message_id == message_id))

    def outbox_mail(self, row: int) -> tuple[Mapping[str, Any], bytes] | None:
        """One mail to send with its bytes (empty for a suppressed one), or None."""
        found = self._all(sa.select(outbox).where(outbox.c.id == row))
        if not found:
            return None
        with self._writer.read() as connection:
            content = connection.scalar(sa.select(outbox_content.c.content).where(outbox_content.c.outbox == row))
        return found[0], zlib.decompress(content) if content else b""

    def mails(self, *, state: str = "", message_id: str = "", limit: int = 100) -> Sequence[Mapping[str, Any]]:
        """Taken mails, latest first: state, reason, where they went."""
        query = sa.select(mail).order_by(mail.c.id.desc()).limit(limit)
        if state:
            query = query.where(mail.c.state == state)
        if message_id:
            query = query.where(mail.c.message_id == message_id)
        return self._all(query)

    def raw(self, row: int) -> bytes | None:
        """The raw bytes of a taken mail, or None."""
        with self._writer.read() as connection:
            content = connection.scalar(sa.select(raw.c.content).where(raw.c.mail == row))
        return zlib.decompress(content) if content else None

    def mail(self, row: int) -> Mapping[str, Any] | None:
        """One taken mail, or None."""
        found = self._all(sa.select(mail).where(mail.c.id == row))
        return found[0] if found else None

    def heard_since(self, since: datetime) -> Sequence[Mapping[str, Any]]:
        """Mails that went into tickets since then, oldest first: id, ticket, sender, received_at."""
        query = sa.select(mail.c.id, mail.c.ticket, mail.c.sender, mail.c.received_at).where(
            mail.c.received_at >= since, mail.c.state == "done", mail.c.ticket > 0
        )
        return self._all(query.order_by(mail.c.id))

    def told_since(self, since: datetime) -> Iterator[tuple[datetime, str, str]]:
        """Lines of decisions since then, oldest first: when, step, text."""
        query = sa.select(trace.c.at, trace.c.lines).where(trace.c.at >= since).order_by(trace.c.id)
        with self._writer.read() as connection:
            for at, lines in connection.execute(query.execution_options(yield_per=1000)):
                for step, text in json.loads(lines):
                    yield at, step, text

    def held(self) -> Sequence[Mapping[str, Any]]:
        """Agents' mails that wait for a decision."""
        return self._all(sa.select(held).where(held.c.outcome == ""))

    def held_mail(self, row: int) -> Mapping[str, Any] | None:
        """One held mail that nobody decided upon yet, or None."""
        found = self._all(sa.select(held).where(held.c.mail == row, held.c.outcome == ""))
        return found[0] if found else None

    def traces(self, *, ticket_number: int = 0, mail_row: int = 0, origin: str = "") -> Sequence[Mapping[str, Any]]:
        """Decisions, oldest first: at, origin, lines as (step, text)."""
        query = sa.select(trace).order_by(trace.c.id)
        for column, value in ((trace.c.ticket, ticket_number), (trace.c.mail, mail_row), (trace.c.origin, origin)):
            if value:
                query = query.where(column == value)
        return [{**row, "lines": json.loads(row["lines"])} for row in self._all(query)]

    def surveys(self, limit: int = 100) -> Sequence[Mapping[str, Any]]:
        """Surveys, latest first: ticket, person, state of the mail, stars and comment if they were answered."""
        joined = sa.and_(rating.c.ticket == outbox.c.ticket, rating.c.email == outbox.c.recipient)
        query = (
            sa.select(
                outbox.c.ticket,
                outbox.c.recipient,
                outbox.c.state,
                outbox.c.reason,
                outbox.c.created_at,
                outbox.c.sent_at,
                rating.c.stars,
                rating.c.comment,
                rating.c.at.label("rated_at"),
            )
            .join_from(outbox, rating, joined, isouter=True)
            .where(outbox.c.template == "survey")
            .order_by(outbox.c.id.desc())
            .limit(limit)
        )
        return self._all(query)

    def asked_since(self, moment: datetime) -> frozenset[str]:
        """Addresses that a survey was written to since then."""
        query = sa.select(outbox.c.recipient).where(
            outbox.c.template == "survey",
            outbox.c.created_at > moment,
            outbox.c.state.not_in(("suppressed", "cancelled")),
        )
        return frozenset(row["recipient"] for row in self._all(query))

    def history(self, before: datetime) -> Iterator[tuple[Sequence[Any], Sequence[Any]]]:
        """For each ticket its entries before a moment, oldest first, and its answers and surveys that left by then.

        Entries are rows of ticket, number, kind, author, at, after (JSON), event, cause; mails of ticket, entry,
        template, recipient, once, sent_at. Read in many short transactions: what is past does not change.
        """
        last = self._all(sa.select(sa.func.max(entry.c.ticket).label("number")))[0]["number"] or 0
        begin = self._all(sa.select(sa.func.min(entry.c.ticket).label("number")))[0]["number"] or 1
        for low in range(begin, last + 1, _TICKETS_AT_ONCE):
            within = {"low": low, "high": low + _TICKETS_AT_ONCE - 1, "before": before}
            with self._writer.read() as connection:
                lines = _by_ticket(connection.execute(_LINES, within))
                letters = _by_ticket(connection.execute(_LETTERS, within))
            for number, found in lines.items():
                yield found, letters.get(number, ())

    def entry_count(self, before: datetime) -> int:
        """How many entries there are before a moment."""
        found = self._all(sa.select(sa.func.count().label("number")).select_from(entry).where(entry.c.at < before))
        return int(found[0]["number"])

    def organisations(self) -> Mapping[str, str]:
        """Address -> organisation, of the contacts that one was set for."""
        query = sa.select(contact.c.email, contact.c.organisation).where(contact.c.organisation != "")
        return {row["email"]: row["organisation"] for row in self._all(query)}

    def openings(self, begin: datetime, end: datetime) -> Sequence[Mapping[str, Any]]:
        """What tickets were opened with between two moments: number, subject, text, tags."""
        query = (
            sa.select(
                ticket.c.number,
                ticket.c.subject,
                ticket.c.language,
                ticket.c.group,
                ticket.c.assignee,
                entry_text.c.text,
            )
            .join_from(
                ticket,
                entry_text,
                sa.and_(entry_text.c.ticket == ticket.c.number, entry_text.c.number == 1),
                isouter=True,
            )
            .where(ticket.c.opened_at >= begin, ticket.c.opened_at < end, ticket.c.merged_into == 0)
        )
        return self._all(query.order_by(ticket.c.number))

    def ratings(self, begin: datetime, end: datetime) -> Sequence[Mapping[str, Any]]:
        """What customers answered to surveys between two moments, latest first: ticket, stars, comment, at, subject."""
        query = (
            sa.select(rating, ticket.c.subject, ticket.c.group, ticket.c.assignee)
            .join_from(rating, ticket, rating.c.ticket == ticket.c.number)
            .where(rating.c.at >= begin, rating.c.at < end)
        )
        return self._all(query.order_by(rating.c.at.desc()))

    def asked_reports(self) -> Sequence[ReportAsked]:
        """The reports that agents asked for and that are not written yet, oldest first."""
        found = self._all(sa.select(asked_report).order_by(asked_report.c.asked_at, asked_report.c.key))
        return [
            ReportAsked(row["key"], row["agent"], row["kind"], row["days"], tuple(json.loads(row["groups"])))
            for row in found
        ]

    def jobs(self) -> Mapping[str, Mapping[str, Any]]:
        """What the scheduled jobs did last, by name."""
        return {row["name"]: row for row in self._all(sa.select(job))}

    def pulses(self) -> Mapping[str, Mapping[str, Any]]:
        """What the daemon noted of itself and its accounts, by name: at (when all was well last), trouble, since."""
        return {row["name"]: row for row in self._all(sa.select(pulse))}

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """The conservation law in numbers (P24): mails and outbox by state, tickets by status."""
        answer: dict[str, Mapping[str, int]] = {}
        with self._writer.read() as connection:
            for name, column in (("mails", mail.c.state), ("outbox", outbox.c.state), ("tickets", ticket.c.status)):
                found = connection.execute(sa.select(column, sa.func.count()).group_by(column))
                answer[name] = {row[0]: row[1] for row in found}
        return answer

    def oldest(self, now: datetime) -> Mapping[str, datetime | None]:
        """Since when the oldest has waited: customers, taken mails, mails that are due to leave, quarantine."""
        asked = {
            "customer": sa.select(sa.func.min(ticket.c.waiting_since)).where(
                ticket.c.status.in_(("new", "open")), ticket.c.merged_into == 0
            ),
            "decision": sa.select(sa.func.min(mail.c.taken_at)).where(in_state(mail, "taken")),
            "sending": sa.select(sa.func.min(outbox.c.not_before)).where(
                in_state(outbox, "held", "queued"), outbox.c.not_before <= now
            ),
            "quarantine": sa.select(sa.func.min(mail.c.taken_at)).where(in_state(mail, "quarantined")),
        }
        with self._writer.read() as connection:
            return {name: connection.scalar(query) for name, query in asked.items()}

    def last_taken(self) -> Mapping[str, datetime]:
        """Mailbox -> when the latest mail of it was taken."""
        query = sa.select(mail.c.mailbox, sa.func.max(mail.c.taken_at).label("at")).group_by(mail.c.mailbox)
        return {row["mailbox"]: row["at"] for row in self._all(query)}

    def mailboxes(self) -> Sequence[Mapping[str, Any]]:
        """Watched mailboxes: UIDVALIDITY and the latest UID taken."""
        return self._all(sa.select(position).order_by(position.c.mailbox, position.c.since))

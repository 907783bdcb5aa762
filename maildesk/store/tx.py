"""One transaction in which decisions are made: reads are looked up together, writes are kept and flushed once.

Within a batch each decision sees what the earlier ones wrote, because reads go through the same caches.
Nothing here opens a socket; the transaction ends with the ``with`` block of ``Store.deciding``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from maildesk.model.change import Absence, Change, MailClass, OutboxState, Outgoing, Rated, Remember
from maildesk.model.desk import Pace
from maildesk.model.people import Contact
from maildesk.store import images, rows
from maildesk.store.flush import Finished, Pending, flush, merge_contact, outbox_row, pack, trace_rows
from maildesk.store.images import Image
from maildesk.store.lookups import IN_ALL, Lookups, Place, carrier, pairs
from maildesk.store.schema import SEQUENCES, asked_report, in_state, outbox, pace, sequence

_LATEST = sa.select(sequence.c.name, sequence.c.value)
_KEEP = sa.text("INSERT OR REPLACE INTO sequence (name, value) VALUES (:name, :value)")
"""For SQLite alone: elsewhere the database counts."""
_RECALL = (
    outbox.update()
    .where(
        outbox.c.ticket == sa.bindparam("of_ticket"),
        # as an expression, so that SQLite goes by the ticket's index and not through all of a template
        (outbox.c.template + "") == sa.bindparam("named"),
        in_state(outbox, OutboxState.HELD.value, OutboxState.QUEUED.value),
    )
    .values(state=OutboxState.CANCELLED.value, reason=sa.bindparam("because"))
)


class Tx(Lookups):
    """A transaction of decisions. Made by ``Store.deciding``; not thread-safe, short-lived."""

    def next_id(self, name: str) -> int:
        """The next number of a sequence: ticket, token or outbox. Numbers may have gaps."""
        number = self._next_id(name)
        if name == "ticket":
            self._ticket_counts[number] = 0  # nothing can have been sent for it
        return number

    def _next_id(self, name: str) -> int:
        if self.connection.dialect.name == "postgresql":
            if not self._blocks.get(name):
                self._blocks[name] = self._drawn(name)
            return self._blocks[name].pop(0)
        if not self._latest:
            self._latest = SEQUENCES | dict(pairs(self.connection.execute(_LATEST)))
        self._latest[name] += 1
        return self._latest[name]

    def _drawn(self, name: str) -> list[int]:
        count = 1 if name == "ticket" else 20
        drawn = sa.text(f"SELECT nextval('{name}_number') FROM generate_series(1, {count})")  # noqa: S608 - own words
        return list(self.connection.execute(drawn).scalars())

    # -- keeping: nothing is written before the flush ------------------------------------------------------------

    def save(self, change: Change) -> None:
        """Keep a decision: its tickets, entries, cursors, effects and trace."""
        touched = {one.ticket for one in change.entries}
        for number in touched:
            self._keep_ticket(number, change)
        self._pending.entries.extend(change.entries)
        for group, agent in change.cursors.items():
            if self.cursors().get(group) != agent:
                self._pending.cursors[group] = agent
                self._cursors = {**self.cursors(), group: agent}
        for effect in change.effects:
            if isinstance(effect, Remember):
                self._remember(change.origin, effect)
                continue
            if isinstance(effect, Rated):
                self._rated(effect)
            if isinstance(effect, Absence):
                self._absent(effect)
            self._pending.effects.append((change.origin, effect))
        if change.trace:
            self._pending.traces.extend(trace_rows(change.origin, change.mail, change.trace, self.now))

    def _keep_ticket(self, number: int, change: Change) -> None:
        before, after = self._tickets.get(number), change.tickets[number]
        first = next(one.number for one in change.entries if one.ticket == number)
        if first == 1:
            self._pending.new_tickets.add(number)
            self._count_ticket(after.requester)
        elif number not in self._pending.new_tickets:
            stored = before if before and before.version == first - 1 else None
            self._pending.bases.setdefault(number, (first - 1, stored))
        self._pending.tickets[number] = self._tickets[number] = after
        if (freed := carrier(before)) != (burdened := carrier(after)):
            self._moved.update({freed: -1, burdened: 1})

    def _remember(self, origin: str, news: Remember) -> None:
        old = images.block_of(self.contacts([news.email])[news.email])
        new = images.block_of(self.remember(news))
        if news.blocked is not None:
            self._pending.images.append((origin, Image("contact", news.email, old, new)))

    def remember(self, news: Remember) -> Contact:
        """Keep what is now known of a contact."""
        known = self.contacts([news.email])[news.email]
        merged = merge_contact(known, news, self.now)
        if merged != known:
            self._keep_contact(merged, is_new=known is None)
        return merged

    def _keep_contact(self, one: Contact, *, is_new: bool) -> None:
        fresh = is_new or one.email in self._pending.new_contacts
        (self._pending.new_contacts if fresh else self._pending.contacts)[one.email] = one
        self._contacts[one.email] = one

    def _count_ticket(self, requester: str) -> None:
        if requester:
            known = self.contacts([requester])[requester]
            base = known or Contact(requester, first_seen=self.now)
            self._keep_contact(replace(base, tickets=base.tickets + 1), is_new=known is None)

    def _absent(self, news: Absence) -> None:
        """Whoever is away from now on gets nothing by a later decision of this transaction either."""
        others = {agent: cover for agent, cover in self.away().items() if agent != news.agent}
        self._away = {**others, news.agent: news.cover} if news.away else others

    def _rated(self, rated: Rated) -> None:
        known = self.contacts([rated.email])[rated.email]
        base = known or Contact(rated.email, first_seen=self.now)
        self._keep_contact(replace(base, last_rating=rated.stars), is_new=known is None)

    def send(
        self,
        outgoing: Outgoing,
        state: OutboxState,
        *,
        origin: str,
        reason: str = "",
        not_before: datetime | None = None,
    ) -> int:
        """Keep a mail for the outbox and return its row. One with the same ``once`` in the store is a Conflict."""
        row = self.next_id("outbox")
        values = outbox_row(
            row,
            outgoing,
            state,
            origin=origin,
            now=self.now,
            reason=reason,
            not_before=None if outgoing.draft else not_before or self.now,
        )
        self._pending.outbox.append(values)
        self._places[outgoing.message_id] = Place(outgoing.ticket, outgoing.entry, values)
        if outgoing.content:
            self._pending.contents.append({"outbox": row, "content": pack(outgoing.content)})
        for one in outgoing.tokens:
            self._pending.tokens.append(rows.token_row(one))
            self._tokens[one.row] = one
        if outgoing.mail_class is MailClass.AUTOMATIC and state is not OutboxState.SUPPRESSED:
            self._count_mail(outgoing)
        return row

    def _count_mail(self, outgoing: Outgoing) -> None:
        self._added.update((outgoing.recipient, outgoing.ticket))
        if outgoing.role.value not in {"agent", "lead", "manager"}:
            self._added.update(("@" + outgoing.recipient.rpartition("@")[2], IN_ALL))

    def withdraw(self, mails: Sequence[int], reason: str) -> frozenset[int]:
        """Take back mails that have not begun to leave; returns those that were taken back."""
        waiting = sa.and_(outbox.c.id.in_(mails), outbox.c.state.in_((OutboxState.HELD, OutboxState.QUEUED)))
        cancelled = outbox.update().where(waiting).values(state=OutboxState.CANCELLED.value, reason=reason)
        return frozenset(self.connection.scalars(cancelled.returning(outbox.c.id))) if mails else frozenset()

    def recall(self, number: int, templates: Sequence[str], reason: str) -> None:
        """Take back the notices of these kinds that wait to leave for a ticket."""
        self.connection.execute(
            _RECALL, [{"of_ticket": number, "named": template, "because": reason} for template in templates]
        )

    def withhold(self, origin: str, reason: str) -> None:
        """Let nothing of what a decision of this transaction wrote leave: answers wait for a person's word."""
        for row in self._pending.outbox:
            if row["origin"] == origin and row["state"] in (OutboxState.HELD.value, OutboxState.QUEUED.value):
                is_reply = row["mail_class"] == MailClass.REPLY.value
                state = OutboxState.UNKNOWN if is_reply else OutboxState.CANCELLED
                row |= {"state": state.value, "reason": reason}

    def keep_paces(self, paces: Mapping[str, Pace]) -> None:
        """Replace the figures of all groups."""
        self.connection.execute(pace.delete())
        if paces:
            found = (
                {"group": name, "answers": one.answers, "usual": one.usual, "queue": one.queue}
                for name, one in paces.items()
            )
            self.connection.execute(pace.insert(), list(found))

    def mark_done(self, key: str) -> None:
        """Keep that a due thing was done; the same key twice is a Conflict."""
        self._pending.done.append(key)

    def report_answered(self, key: str) -> bool:
        """Forget a report that was asked for, because it is written now; False when another worker was quicker."""
        gone = self.connection.execute(asked_report.delete().where(asked_report.c.key == key))
        return gone.rowcount == 1

    def finish(self, finished: Finished) -> None:
        """Keep what became of a taken mail."""
        self._pending.finished.append(finished)
        if finished.fingerprint:
            self._same[finished.fingerprint] = finished.mail
        if finished.message_id and finished.ticket:
            self._places[finished.message_id] = Place(finished.ticket, finished.entry)

    def told_mails(self) -> list[str]:
        """What this transaction would send, for a dry run."""
        return [f"{row['template']} to {row['recipient']}: {row['state']}" for row in self._pending.outbox]

    def told_traces(self) -> list[list[str]]:
        """What this transaction decided and why, for a dry run."""
        return [line for row in self._pending.traces for line in json.loads(row["lines"])]

    def flush(self) -> None:
        """Write everything that was kept. Raises Conflict when somebody else was faster."""
        if self._latest:
            self.connection.execute(_KEEP, [{"name": name, "value": value} for name, value in self._latest.items()])
        flush(self.connection, self._pending, self.now)
        self._pending = Pending()
        self._blocks, self._latest = {}, {}

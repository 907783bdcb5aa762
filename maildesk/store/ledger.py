"""What lay in the mailboxes: which UIDs were taken, their raw bytes, and which were settled there."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from maildesk.model.errors import Conflict, TemporaryFailure
from maildesk.model.mail import MailKey, RawMail
from maildesk.store.flush import pack, replace_row
from maildesk.store.schema import done, in_state, mail, position, raw
from maildesk.store.writing import Writer

MAX_ATTEMPTS = 3
RESTORED = "restored"
"""The key in ``done`` that says until when mail may have been decided upon before a backup was put back."""
BY_HAND = 0
"""The UIDVALIDITY of mail that was brought in by hand: no IMAP server gives it (RFC 3501 section 9, nz-number)."""


class Standing(StrEnum):
    """How a mail stands to the moment its mailbox was first watched."""

    NEW = ""
    """Came after it."""
    QUIET = "quiet"
    """Lay there and was imported: no automatic mail."""
    OLD = "old"
    """Lay there and was not to be imported; seen again because UIDVALIDITY changed."""
    AGAIN = "again"
    """Came before a backup was put back: what it caused has left already, nothing leaves a second time (F62)."""


_MARK_SETTLED = (
    mail.update()
    .where(
        mail.c.mailbox == sa.bindparam("box"),
        mail.c.uidvalidity == sa.bindparam("validity"),
        mail.c.uid.in_(sa.bindparam("uids", expanding=True)),
    )
    .values(settled=True)
)
_DISOWN = (
    mail.update()
    .where(
        mail.c.mailbox == sa.bindparam("box"),
        mail.c.uidvalidity == sa.bindparam("validity"),
        mail.c.uid == sa.bindparam("number"),
        mail.c.state == "taken",
        mail.c.owner == sa.bindparam("me"),
    )
    .values(owner="")
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that was taken: its row, how often it was tried (this time included), and its bytes."""

    row: int
    attempts: int
    raw: RawMail
    standing: Standing = Standing.NEW
    released: bool = False
    """A person let it out of quarantine: what set it aside does not count any more."""


class Ledger:
    """Takes and settles. Every method is one transaction."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def position(self, mailbox: str, uidvalidity: int) -> int | None:
        """The latest UID taken under this UIDVALIDITY (RFC 3501 section 2.3.1.1), None when it is new."""
        found = sa.select(position.c.last_uid).where(
            position.c.mailbox == mailbox, position.c.uidvalidity == uidvalidity
        )
        with self._writer.read() as connection:
            return connection.scalar(found)

    def knows(self, mailbox: str) -> bool:
        """Whether this mailbox was ever watched, under whatever UIDVALIDITY."""
        with self._writer.read() as connection:
            return connection.scalar(sa.select(position.c.mailbox).where(position.c.mailbox == mailbox)) is not None

    def begin_at(self, mailbox: str, uidvalidity: int, uid: int, since: datetime, *, quiet_until: int = 0) -> None:
        """Note from where on this mailbox is taken.

        Mail up to ``quiet_until`` causes no automatic mail, and what came before ``since`` is left alone.
        """
        values = {"last_uid": uid, "quiet_until": quiet_until, "since": since}
        with self._writer.write() as connection:
            replace_row(connection, position, {"mailbox": mailbox, "uidvalidity": uidvalidity}, values)

    def take(self, raws: Sequence[RawMail], owner: str, now: datetime) -> tuple[Taken, ...]:
        """The FIRST commit: raw bytes, key, attempt 1. Those taken before are left out of the answer.

        Raises TemporaryFailure; then it may still have been kept (W4), see ``disown``.
        """
        try:
            return self._take(raws, owner, now)
        except sa.exc.IntegrityError as error:
            raise TemporaryFailure("another worker takes from this mailbox at this moment") from error

    def _take(self, raws: Sequence[RawMail], owner: str, now: datetime) -> tuple[Taken, ...]:
        with self._writer.write() as connection:
            fresh = self._fresh(connection, raws)
            if fresh:
                stands = _Standings(connection)
                values = [_mail_row(one, stands.of(one), owner, now) for one in fresh]
                connection.execute(mail.insert(), values)
                known = self._known(connection, fresh)
                rows = [known[one.key] for one in fresh]
                contents = [{"mail": row, "content": pack(one.content)} for row, one in zip(rows, fresh, strict=True)]
                connection.execute(raw.insert(), contents)
            for (mailbox, uidvalidity), uid in _latest(raws).items():
                if uidvalidity != BY_HAND:
                    self._move(connection, mailbox, uidvalidity, uid, now)
        return tuple(map(_taken, rows, fresh, values)) if fresh else ()

    def disown(self, keys: Sequence[MailKey], owner: str) -> None:
        """Free those of these mails that are in the store after all and that nobody knows of: ``claim`` finds them."""
        with self._writer.write() as connection:
            for key in keys:
                where = {"box": key.mailbox, "validity": key.uidvalidity, "number": key.uid, "me": owner}
                connection.execute(_DISOWN, where)

    def _fresh(self, connection: sa.Connection, raws: Sequence[RawMail]) -> list[RawMail]:
        known = self._known(connection, raws)
        return [one for one in raws if one.key not in known]

    def _known(self, connection: sa.Connection, raws: Sequence[RawMail]) -> dict[MailKey, int]:
        """The rows of those of these mails that are in the store."""
        known: dict[MailKey, int] = {}
        for mailbox, uidvalidity in _latest(raws):
            uids = [one.key.uid for one in raws if one.key.mailbox == mailbox]
            statement = sa.select(mail.c.uid, mail.c.id).where(
                mail.c.mailbox == mailbox, mail.c.uidvalidity == uidvalidity, mail.c.uid.in_(uids)
            )
            known |= {MailKey(mailbox, uidvalidity, row.uid): row.id for row in connection.execute(statement)}
        return known

    def _move(self, connection: sa.Connection, mailbox: str, uidvalidity: int, uid: int, now: datetime) -> None:
        key = {"mailbox": mailbox, "uidvalidity": uidvalidity}
        where = sa.and_(position.c.mailbox == mailbox, position.c.uidvalidity == uidvalidity)
        current = connection.scalar(sa.select(position.c.last_uid).where(where))
        if current is None or current < uid:
            values = {"last_uid": uid} if current is not None else {"last_uid": uid, "since": now, "quiet_until": 0}
            replace_row(connection, position, key, values)

    def unsettled(self, mailbox: str, uidvalidity: int) -> list[int]:
        """UIDs that were taken but not yet marked or moved in their mailbox."""
        found = (
            sa.select(mail.c.uid)
            .where(mail.c.mailbox == mailbox, mail.c.uidvalidity == uidvalidity, mail.c.settled.is_(False))
            .order_by(mail.c.uid)
        )
        with self._writer.read() as connection:
            return list(connection.scalars(found))

    def settled(self, mailbox: str, uidvalidity: int, uids: Sequence[int]) -> None:
        """Note that these were marked or moved."""
        if uids:
            with self._writer.write() as connection:
                connection.execute(_MARK_SETTLED, {"box": mailbox, "validity": uidvalidity, "uids": list(uids)})

    def claim(self, owner: str, limit: int, *, others: bool) -> tuple[Taken, ...]:
        """Take over mails that nobody works on: put back by a person, or (``others``) left by a dead worker.

        The attempt is counted and committed before anybody looks at the mail again (P8): one that comes with more
        than ``MAX_ATTEMPTS`` is not to be tried any more.
        """
        with self._writer.write() as connection:
            orphans = ["", *(self._writer.dead_owners(connection, mail, owner) if others else [])]
            open_mails = sa.and_(in_state(mail, "taken"), mail.c.owner.in_(orphans))
            query = sa.select(mail, raw.c.content).join_from(mail, raw).where(open_mails).order_by(mail.c.id)
            found = connection.execute(query.limit(limit).with_for_update(skip_locked=True, of=mail)).mappings().all()
            if found:
                connection.execute(
                    mail.update()
                    .where(mail.c.id.in_([row["id"] for row in found]))
                    .values(owner=owner, attempts=mail.c.attempts + 1)
                )
        return tuple(taken_value(row) for row in found)

    def still_open(self, batch: Sequence[Taken]) -> tuple[Taken, ...]:
        """Those of a batch whose decision is not in the store: after a lost COMMIT answer it may be (W4)."""
        with self._writer.read() as connection:
            query = sa.select(mail.c.id).where(mail.c.id.in_([one.row for one in batch]), mail.c.state == "taken")
            rows = set(connection.scalars(query))
        return tuple(one for one in batch if one.row in rows)

    def put_back(self, row: int) -> None:
        """Try a quarantined mail again from the start. Raises Conflict when it is not in quarantine."""
        self._from_quarantine(row, {"state": "taken", "attempts": 0, "owner": "", "reason": ""})

    def release(self, row: int) -> None:
        """Try a quarantined mail again, and let it pass what set it aside. Raises Conflict as ``put_back`` does."""
        self._from_quarantine(row, {"state": "taken", "attempts": 0, "owner": "", "reason": "", "released": True})

    def drop(self, row: int) -> None:
        """Keep a quarantined mail as ignored: a person looked at it."""
        self._from_quarantine(row, {"state": "ignored", "reason": "dropped by hand"})

    def _from_quarantine(self, row: int, values: dict[str, Any]) -> None:
        with self._writer.write() as connection:
            where = sa.and_(mail.c.id == row, mail.c.state == "quarantined")
            if connection.execute(mail.update().where(where).values(values)).rowcount != 1:
                raise Conflict(f"mail {row} is not in quarantine")

    def try_again(self, row: int) -> int:
        """Count another attempt at a mail that failed; returns how many that makes."""
        with self._writer.write() as connection:
            count = mail.update().where(mail.c.id == row).values(attempts=mail.c.attempts + 1)
            return int(connection.execute(count.returning(mail.c.attempts)).scalar_one())


def _taken(row: int, one: RawMail, values: dict[str, Any]) -> Taken:
    return Taken(row, 1, one, Standing(values["standing"]))


class _Standings:
    """Tells how mails stand to the first watch of their mailboxes; reads each mailbox once."""

    def __init__(self, connection: sa.Connection) -> None:
        found = connection.execute(sa.select(position).order_by(position.c.since.desc())).mappings()
        self._first: dict[str, Any] = {}
        self._now: dict[tuple[str, int], Any] = {}
        for row in found:
            self._first[row["mailbox"]] = row
            self._now[row["mailbox"], row["uidvalidity"]] = row
        self._restored: datetime | None = connection.scalar(sa.select(done.c.at).where(done.c.key == RESTORED))

    def of(self, one: RawMail) -> Standing:
        found = self._in_mailbox(one)
        by_hand = one.key.uidvalidity == BY_HAND
        if self._restored is None or by_hand or one.received_at > self._restored or found is Standing.OLD:
            return found
        return Standing.AGAIN

    def _in_mailbox(self, one: RawMail) -> Standing:
        here, first = self._now.get((one.key.mailbox, one.key.uidvalidity)), self._first.get(one.key.mailbox)
        if here is None or first is None or one.key.uid > here["quiet_until"]:
            return Standing.NEW
        return Standing.OLD if one.received_at < first["since"] else Standing.QUIET


def taken_value(row: Any) -> Taken:
    """A joined row of mail and raw as a value, counted as one more attempt."""
    key = MailKey(row["mailbox"], row["uidvalidity"], row["uid"])
    content = zlib.decompress(row["content"])
    whole = row["size"] if row["size"] > len(content) else 0
    found = RawMail(key, content, row["received_at"], oversize=whole)
    return Taken(row["id"], row["attempts"] + 1, found, Standing(row["standing"]), row["released"])


def _latest(raws: Sequence[RawMail]) -> dict[tuple[str, int], int]:
    latest: dict[tuple[str, int], int] = {}
    for one in raws:
        place = (one.key.mailbox, one.key.uidvalidity)
        latest[place] = max(latest.get(place, 0), one.key.uid)
    return latest


def _mail_row(one: RawMail, standing: Standing, owner: str, now: datetime) -> dict[str, Any]:
    return {
        "mailbox": one.key.mailbox,
        "uidvalidity": one.key.uidvalidity,
        "uid": one.key.uid,
        "state": "taken",
        "attempts": 1,
        "received_at": one.received_at,
        "standing": standing.value,
        "taken_at": now,
        "owner": owner,
        "size": one.oversize or len(one.content),
    }

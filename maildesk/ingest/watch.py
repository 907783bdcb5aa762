"""Watching one mailbox: fetch, have it stored, settle, wait for more; and come back when the line breaks.

Nothing in the mailbox is changed before the store has the mail (P2). The watcher knows no store: what was
taken and settled is in a ``Ledger``.
"""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from maildesk.ingest.imap import Batch, FolderRefused, ImapAccount, ImapMailbox, LoginRefused
from maildesk.model.errors import MaildeskError, PermanentFailure, TemporaryFailure
from maildesk.model.mail import RawMail
from maildesk.wire import Bell

_BATCH = 50
_WHOLE_TRIES, _TRIES = 3, 5
_CIRCLES = 3


class Ledger(Protocol):
    """What the store remembers of mailboxes. Every method is one short transaction."""

    def position(self, mailbox: str, uidvalidity: int) -> int | None:
        """The highest UID that was taken; None when this mailbox, or its UIDVALIDITY, is new."""

    def first_seen(self, mailbox: str, uidvalidity: int, uidnext: int) -> int:
        """Note a new mailbox or UIDVALIDITY and return the UID after which to take mail.

        uidnext - 1 leaves everything that is there; 0 takes it all (an import, or a changed UIDVALIDITY, where
        what is known already is recognised by its fingerprint).
        """

    def take(self, raws: Sequence[RawMail]) -> None:
        """Store the mails, durably, in one commit, and with them the new position.

        Raises TemporaryFailure when it cannot: then nothing was stored and nothing gets settled.
        """

    def unsettled(self, mailbox: str, uidvalidity: int) -> list[int]:
        """UIDs that were taken and not yet settled in the mailbox."""

    def settled(self, mailbox: str, uidvalidity: int, uids: Sequence[int]) -> None:
        """Note that these are settled."""


class Report(Protocol):
    """Receives what happens to one mailbox; see the events in ``Watcher``."""

    def __call__(self, event: str, /, **data: Any) -> None:
        """Note an event."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait after failures, in seconds."""

    first: float = 5
    longest: float = 300
    jitter: float = 0.2
    refused: float = 600
    """After a refused login: six tries an hour, so that no account gets locked (P17)."""
    down: float = 600
    """An outage this long is told to a person."""

    def pause(self, failures: int, chance: float) -> float:
        """The wait after so many failures in a row; ``chance`` in [0, 1) spreads it by the jitter."""
        seconds = min(self.longest, self.first * 2.0 ** min(failures - 1, 16))
        return seconds * (1 + self.jitter * (2 * chance - 1))

    def pause_refused(self, chance: float) -> float:
        """The wait after a refused login: never shorter than what keeps within six an hour."""
        return self.refused * (1 + self.jitter * chance)


class Watcher:
    """Owns one mailbox: ``run`` in a thread of its own until ``stop``, or ``run_once``.

    Events it reports: connected, recovered, lost, down, auth_failed, refused, first_seen, uidvalidity_changed, taken,
    vanished, oversize, unfetchable, unsettled, bug. Those of an outage come once each.
    """

    def __init__(
        self,
        account: ImapAccount,
        ledger: Ledger,
        report: Report,
        *,
        patience: Patience | None = None,
        mailbox: ImapMailbox | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        chance: Callable[[], float] = random.random,
        looked: Callable[[], object] = lambda: None,
    ) -> None:
        self.account = account
        self._looked = looked
        """Told each time the mailbox was looked through to its end."""
        self._ledger = ledger
        self._report = report
        self._patience = patience or Patience()
        self._mailbox = mailbox or ImapMailbox(account)
        self._clock = clock
        self._bell = Bell()
        self._sleep = sleep or self._bell.wait
        self._chance = chance
        self._stopping = threading.Event()
        self._uidvalidity = 0
        self._last = 0
        self._trouble: Counter[int] = Counter()
        self._careful_until = 0
        self._unsettled = False
        self._failures = 0
        self._since = 0.0
        self._told: set[str] = set()

    # --- the two ways to run

    def run(self) -> None:
        """Watch until ``stop``; no failure of server, network or store ends it."""
        while not self._stopping.is_set():
            try:
                self._session()
            except MaildeskError as error:
                self._mailbox.drop()
                self._sleep(self._failed(error))
            except Exception as error:  # noqa: BLE001 - named guard: a bug must not end the intake of mail
                self._mailbox.drop()
                self._report("bug", error=_place(error))
                self._sleep(self._patience.longest)
        self._mailbox.close()

    def run_once(self) -> int:
        """Connect, take all there is, settle, log out. Returns how many mails were taken.

        Raises TemporaryFailure, PermanentFailure or ConfigError.
        """
        try:
            self._open()
            taken = self._drain()
            self._looked()
            return taken
        finally:
            self._mailbox.close()

    def stop(self) -> None:
        """Ask ``run`` to end: at once when it waits, else after the batch in work. For any thread."""
        self._stopping.set()
        self._bell.ring()

    # --- one connection

    def _session(self) -> None:
        self._open()
        circles = 0
        while not self._stopping.is_set():
            taken = self._drain()
            self._works()
            started = self._clock()
            idle = self._mailbox.can_idle
            self._mailbox.wait(self.account.idle_seconds if idle else self.account.poll_seconds, self._bell)
            circles = circles + 1 if not taken and self._clock() - started < 1 else 0
            if circles > _CIRCLES:
                # Some servers announce news that are none.
                self._sleep(1)

    def _open(self) -> None:
        """Connect, find the place to go on from, settle what an earlier run left."""
        self._mailbox.connect()
        self._mailbox.select()
        name = self.account.name
        uidvalidity, uidnext = self._mailbox.state()
        position = self._ledger.position(name, uidvalidity)
        if position is None:
            position = self._ledger.first_seen(name, uidvalidity, uidnext)
            event = "uidvalidity_changed" if self._uidvalidity else "first_seen"
            self._report(event, uidvalidity=uidvalidity, after=position)
            self._trouble.clear()
            self._careful_until = 0
        self._uidvalidity, self._last = uidvalidity, position
        self._settle_leftovers()

    def _drain(self) -> int:
        """Take everything above the last UID. Returns how many mails that were."""
        taken = 0
        if self._unsettled:
            self._settle_leftovers()
        while not self._stopping.is_set():
            careful = self._last < self._careful_until
            uids = self._mailbox.new_uids(self._last, 1 if careful else _BATCH)
            if not uids:
                return taken
            batch = self._fetch(uids)
            if batch.mails:
                self._ledger.take(batch.mails)
                self._settle([mail.key.uid for mail in batch.mails])
            self._tell(batch)
            self._last = batch.last
            taken += len(batch.mails)
        return taken

    def _fetch(self, uids: Sequence[int]) -> Batch:
        """Fetch, and get round a mail that breaks the connection again and again (P8).

        After a failure its batch is fetched one by one; after three of one mail only its header is asked for,
        after five it is left where it is and reported.
        """
        tries = self._trouble[uids[0]]
        if len(uids) == 1 and tries >= _TRIES:
            self._report("unfetchable", uid=uids[0])
            return Batch(last=uids[0])
        try:
            return self._mailbox.fetch(uids, whole=tries < _WHOLE_TRIES)
        except (TemporaryFailure, PermanentFailure):
            self._careful_until = uids[-1]
            if len(uids) == 1:
                self._trouble[uids[0]] += 1
            raise

    def _settle_leftovers(self) -> None:
        self._settle(self._ledger.unsettled(self.account.name, self._uidvalidity))

    def _settle(self, uids: Sequence[int]) -> None:
        """Settle what the store has. A done folder that refuses stops nothing: it is tried again later (F17, F18)."""
        if not uids:
            return
        try:
            self._mailbox.settle(uids)
        except FolderRefused as error:
            if not self._unsettled:
                self._report("unsettled", error=str(error))
            self._unsettled = True
            return
        self._ledger.settled(self.account.name, self._uidvalidity, uids)
        self._unsettled = False

    # --- telling

    def _tell(self, batch: Batch) -> None:
        if batch.mails:
            self._report("taken", mails=len(batch.mails))
        if batch.vanished:
            self._report("vanished", uids=batch.vanished)
        for mail in batch.mails:
            if mail.oversize:
                self._report("oversize", uid=mail.key.uid, size=mail.oversize)

    def _works(self) -> None:
        """The mailbox was looked through to its end: an outage, if there was one, is over."""
        if self._failures:
            self._report("recovered", seconds=round(self._clock() - self._since))
        elif "connected" not in self._told:
            self._report("connected")
        self._failures = 0
        self._told = {"connected"}
        self._looked()

    def _failed(self, error: MaildeskError) -> float:
        """Report a failure, each kind once an outage, and return how long to wait."""
        if not self._failures:
            self._since = self._clock()
        self._failures += 1
        event = "lost" if isinstance(error, TemporaryFailure) else "refused"
        if isinstance(error, LoginRefused):
            event = "auth_failed"
        self._once(event, error)
        if self._clock() - self._since >= self._patience.down:
            self._once("down", error)
        if event == "auth_failed":
            return self._patience.pause_refused(self._chance())
        return self._patience.pause(self._failures, self._chance())

    def _once(self, event: str, error: MaildeskError) -> None:
        if event not in self._told:
            self._report(event, error=str(error))
        self._told.add(event)


def _place(error: Exception) -> str:
    """Kind and place of a bug; its text may hold mail (P23)."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {where.filename}:{where.lineno}"

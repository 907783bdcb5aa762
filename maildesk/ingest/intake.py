"""Between a mailbox's watcher and the store: where to begin, the first commit, and handing on what was taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time

from maildesk.model.errors import TemporaryFailure
from maildesk.model.mail import MailKey, RawMail
from maildesk.store.ledger import Taken
from maildesk.store.store import Store


class Intake:
    """What ``watch.Watcher`` knows as its ledger, for one mailbox.

    ``start`` is "now" (what lies there stays untouched), "import" (it becomes tickets, quietly) or a date from
    which on it is imported. ``hand_on`` gets what was taken, after its commit.
    """

    def __init__(
        self,
        store: Store,
        owner: str,
        start: str | date,
        clock: Callable[[], datetime],
        hand_on: Callable[[tuple[Taken, ...]], None],
    ) -> None:
        self._store = store
        self._owner = owner
        self._start = start
        self._clock = clock
        self._hand_on = hand_on
        self._in_doubt: tuple[MailKey, ...] = ()
        """Taken, but the answer of the commit was lost (W4): if it was kept, nobody works on them."""

    def position(self, mailbox: str, uidvalidity: int) -> int | None:
        """The highest UID that was taken; None when this mailbox, or its UIDVALIDITY, is new."""
        if self._in_doubt:
            self._store.ledger.disown(self._in_doubt, self._owner)
            self._in_doubt = ()
        return self._store.ledger.position(mailbox, uidvalidity)

    def first_seen(self, mailbox: str, uidvalidity: int, uidnext: int) -> int:
        """Note a new mailbox or UIDVALIDITY and return the UID after which to take mail (RFC 4549)."""
        ledger = self._store.ledger
        if self._start == "now" and not ledger.knows(mailbox):
            ledger.begin_at(mailbox, uidvalidity, uidnext - 1, self._clock())
            return uidnext - 1
        since = self._clock() if ledger.knows(mailbox) else self._since()
        ledger.begin_at(mailbox, uidvalidity, 0, since, quiet_until=uidnext - 1)
        return 0

    def _since(self) -> datetime:
        if isinstance(self._start, date):
            return datetime.combine(self._start, time(), UTC)
        return datetime.fromtimestamp(0, UTC)

    def take(self, raws: Sequence[RawMail]) -> None:
        """Commit the mails, then hand them on. Raises TemporaryFailure."""
        try:
            taken = self._store.ledger.take(raws, self._owner, self._clock())
        except TemporaryFailure:
            self._in_doubt = tuple(one.key for one in raws)
            raise
        if taken:
            self._hand_on(taken)

    def unsettled(self, mailbox: str, uidvalidity: int) -> list[int]:
        """UIDs that were taken and not yet settled in the mailbox."""
        return self._store.ledger.unsettled(mailbox, uidvalidity)

    def settled(self, mailbox: str, uidvalidity: int, uids: Sequence[int]) -> None:
        """Note that these are settled."""
        self._store.ledger.settled(mailbox, uidvalidity, uids)

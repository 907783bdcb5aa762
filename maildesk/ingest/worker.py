"""Batches on their way through the line: parse in the child, decide together, and if that fails one by one.

Nothing here loses a mail: it stays in state ``taken`` until its decision is committed, and goes to quarantine
when three tries did not bring it to an end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from maildesk import journal
from maildesk.conclude import conclude, no_scene
from maildesk.ingest.case import Outcome, Receipt
from maildesk.ingest.child import Batch, Failure, ParserPool
from maildesk.ingest.receive import prefetch, receive
from maildesk.model.change import Change
from maildesk.model.desk import Desk
from maildesk.model.errors import Conflict, TemporaryFailure
from maildesk.model.mail import Mail
from maildesk.notices.alerts import alert
from maildesk.store.flush import Finished
from maildesk.store.ledger import MAX_ATTEMPTS, Taken
from maildesk.store.store import Store

_CONFLICTS = 20
_ELSEWHERE = Receipt(Outcome.DUPLICATE, reason="another worker decided on it")


@dataclass(frozen=True, slots=True)
class Begun:
    """Mails of which the parser's child has been told."""

    batch: Sequence[Taken]
    reading: Batch

    def results(self) -> list[Mail | Failure]:
        """Wait for what was read; one result a mail, in order."""
        answers = iter(self.reading.results())
        unfit = [_unfit(taken) for taken in self.batch]
        return [Failure(reason, final=True) if reason else next(answers) for reason in unfit]


class Worker:
    """Brings taken mails to their end. One thread uses it."""

    def __init__(self, store: Store, pool: ParserPool, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._pool = pool
        self._clock = clock

    def work(self, desk: Desk, batch: Sequence[Taken]) -> list[Receipt]:
        """Decide on a batch. Raises TemporaryFailure when the store is away: nothing is lost, try again later."""
        return self.finish(desk, self.begin(batch))

    def begin(self, batch: Sequence[Taken]) -> Begun:
        """Have a batch read by the parser's child, which works while ``finish`` decides on an earlier one."""
        return Begun(batch, self._pool.submit([taken.raw.content for taken in batch if not _unfit(taken)]))

    def finish(self, desk: Desk, reading: Begun) -> list[Receipt]:
        """Wait until a batch is read and decide on it. Raises TemporaryFailure as ``work`` does."""
        begun = time.monotonic()
        batch, read = reading.batch, reading.results()
        good = [(taken, mail) for taken, mail in zip(batch, read, strict=True) if isinstance(mail, Mail)]
        receipts = self._together(desk, good)
        for taken, failure in zip(batch, read, strict=True):
            if isinstance(failure, Failure):
                receipts.append(self._unreadable(desk, taken, failure))
        journal.decided(len(batch), time.monotonic() - begun)
        return receipts

    def _together(self, desk: Desk, good: list[tuple[Taken, Mail]]) -> list[Receipt]:
        try:
            with self._store.deciding(self._clock()) as tx:
                open_rows = tx.still_taken([taken.row for taken, _ in good])
                prefetch(tx, desk, [mail for _, mail in good])
                receipts = []
                for taken, mail in good:
                    receipts.append(receive(tx, desk, taken, mail) if taken.row in open_rows else _ELSEWHERE)
                    self._pool.turn()
        except TemporaryFailure:
            raise
        except Exception:  # noqa: BLE001 - named guard: the batch was rolled back and is redone one by one
            return [self._alone(desk, taken, mail) for taken, mail in good]
        for (taken, _), receipt in zip(good, receipts, strict=True):
            _note(taken, receipt)
        return receipts

    def _alone(self, desk: Desk, taken: Taken, mail: Mail) -> Receipt:
        attempts, conflicts = taken.attempts, 0
        while True:
            try:
                with self._store.deciding(self._clock()) as tx:
                    if not tx.still_taken([taken.row]):
                        return _ELSEWHERE
                    receipt = receive(tx, desk, taken, mail)
            except TemporaryFailure:
                raise
            except Conflict as error:
                conflicts += 1
                if conflicts > _CONFLICTS:
                    return self.quarantine(desk, taken, f"could not be decided: {error}")
            except Exception as error:  # noqa: BLE001 - named guard: a bug with this mail must not stop the others
                journal.mail_failed(taken.row, attempts, error)
                if attempts >= MAX_ATTEMPTS:
                    return self.quarantine(desk, taken, f"{type(error).__name__}: {error}")
                attempts = self._store.ledger.try_again(taken.row)
            else:
                _note(taken, receipt)
                return receipt

    def _unreadable(self, desk: Desk, taken: Taken, failure: Failure) -> Receipt:
        attempts = taken.attempts
        while attempts < MAX_ATTEMPTS and not failure.final:
            attempts = self._store.ledger.try_again(taken.row)
            again = self._pool.parse_batch([taken.raw.content])[0]
            if isinstance(again, Mail):
                return self._alone(desk, taken, again)
            failure = again
        return self.quarantine(desk, taken, failure.reason)

    def quarantine(self, desk: Desk, taken: Taken, reason: str) -> Receipt:
        """Set a mail aside for a person, who is told."""
        reason = reason[:500]
        with self._store.deciding(self._clock()) as tx:
            if not tx.still_taken([taken.row]):
                return _ELSEWHERE
            tx.finish(Finished(taken.row, Outcome.QUARANTINED.value, reason))
            change = Change(now=tx.now, origin=f"mail:{taken.row}", mail=taken.row)
            data = {"number": taken.row, "reason": reason, "received_at": taken.raw.received_at}
            period = f"{tx.now:%Y-%m-%dT%H}"
            change = alert(change, desk, "quarantine_alert", f"{reason[:40]}:{period}", data)
            conclude(tx, change, desk, no_scene)
        journal.quarantined(taken.row, reason)
        return Receipt(Outcome.QUARANTINED, reason=reason)


def _unfit(taken: Taken) -> str:
    """Why a mail is not even read; empty when it is."""
    if taken.raw.oversize:
        return f"larger than the limit: {taken.raw.oversize} bytes, only its header was fetched"
    if taken.attempts > MAX_ATTEMPTS:
        return f"tried {MAX_ATTEMPTS} times, and each time the daemon died"
    return ""


def _note(taken: Taken, receipt: Receipt) -> None:
    if receipt is not _ELSEWHERE:
        journal.received(receipt.outcome, taken.raw.key.mailbox, taken.row, receipt.ticket, receipt.reason)

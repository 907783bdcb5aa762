"""The watcher's patience and its way round trouble, without time, network or store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.ledger import MemoryLedger

from maildesk.ingest.imap import Batch, FolderRefused, ImapAccount, LoginRefused
from maildesk.ingest.watch import Patience, Watcher
from maildesk.model.errors import PermanentFailure, TemporaryFailure
from maildesk.model.mail import MailKey, RawMail

ACCOUNT = ImapAccount(name="support", host="imap.example.org", user="u", secret=str)


class Script:
    """A mailbox that holds ``uids``; each name in ``failing`` is raised by the method of that name, once per entry."""

    def __init__(self, uids: Sequence[int] = ()) -> None:
        self.uids = list(uids)
        self.calls: list[tuple[str, object]] = []
        self.failing: dict[str, list[Exception]] = {}
        self.poison: set[int] = set()
        self.on_wait: Callable[[], None] = lambda: None
        self.can_idle = True
        self.uidvalidity = 7

    def _call(self, name: str, what: object = None) -> None:
        self.calls.append((name, what))
        if self.failing.get(name):
            raise self.failing[name].pop(0)

    def connect(self) -> None:
        self._call("connect")

    def select(self) -> None:
        self._call("select")

    def state(self) -> tuple[int, int]:
        return self.uidvalidity, max(self.uids, default=0) + 1

    def new_uids(self, after: int, limit: int = 50) -> list[int]:
        return [uid for uid in self.uids if uid > after][:limit]

    def fetch(self, uids: Sequence[int], *, whole: bool = True) -> Batch:
        self._call("fetch", list(uids))
        if self.poison & set(uids) and whole:
            raise TemporaryFailure("the connection broke")
        mails = tuple(
            RawMail(
                MailKey("support", self.uidvalidity, uid), b"x", datetime(2026, 1, 1, tzinfo=UTC), 0 if whole else 9
            )
            for uid in uids
        )
        return Batch(mails, (), uids[-1])

    def settle(self, uids: Sequence[int]) -> None:
        self._call("settle", list(uids))

    def wait(self, seconds: float, bell: object) -> None:
        self._call("wait", seconds)
        self.on_wait()

    def close(self) -> None:
        self._call("close")

    def drop(self) -> None:
        self._call("drop")


class Rig:
    """A watcher on a script; time passes only while it sleeps, and it is stopped after so many sleeps or waits."""

    def __init__(self, script: Script, *, rounds: int, chance: float = 0.5, ledger: MemoryLedger | None = None) -> None:
        self.now, self.slept, self.rounds = 0.0, [], rounds
        self.ledger = ledger or MemoryLedger()
        script.on_wait = self._round
        self.watcher = Watcher(
            ACCOUNT,
            self.ledger,
            self.ledger.report,
            mailbox=script,
            clock=lambda: self.now,
            sleep=self._sleep,
            chance=lambda: chance,
        )

    def _round(self) -> None:
        self.rounds -= 1
        if self.rounds <= 0:
            self.watcher.stop()

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self._round()

    def run(self) -> Rig:
        self.watcher.run()
        return self


def events(rig: Rig) -> list[str]:
    return [name for name, _ in rig.ledger.events]


def test_failures_are_waited_out_from_5_seconds_to_5_minutes() -> None:
    script = Script()
    script.failing["connect"] = [TemporaryFailure("away")] * 12
    rig = Rig(script, rounds=10).run()
    assert rig.slept == [5, 10, 20, 40, 80, 160, 300, 300, 300, 300]


@given(failures=st.integers(1, 10_000), chance=st.floats(0, 1, exclude_max=True))
def test_jitter_spreads_by_a_fifth_and_no_more(failures: int, chance: float) -> None:
    middle = min(300, 5 * 2 ** min(failures - 1, 10))
    assert 0.8 * middle <= Patience().pause(failures, chance) <= 1.2 * middle
    assert 600 <= Patience().pause_refused(chance) <= 720


@pytest.mark.parametrize("chance", [0, 0.5, 0.999])
def test_a_wrong_password_is_tried_six_times_an_hour_at_most(chance: float) -> None:
    script = Script()
    script.failing["connect"] = [LoginRefused("no")] * 100
    rig = Rig(script, rounds=30, chance=chance).run()
    tries = [sum(rig.slept[:count]) for count in range(len(rig.slept))]
    assert all(len([at for at in tries if start <= at < start + 3600]) <= 6 for start in tries)
    assert events(rig)[0] == "auth_failed", "told at once"
    assert events(rig).count("auth_failed") == 1, "and once"


def test_an_outage_is_told_once_and_its_end_too() -> None:
    script = Script()
    script.failing["connect"] = [TemporaryFailure("away")] * 8
    rig = Rig(script, rounds=9).run()
    assert events(rig) == ["lost", "down", "first_seen", "recovered"]
    assert rig.ledger.reported("recovered")[0]["seconds"] == sum(rig.slept)
    assert rig.ledger.reported("lost")[0]["error"] == "away"


def test_patience_begins_anew_once_the_mailbox_was_looked_through() -> None:
    script = Script()
    script.failing["connect"] = [TemporaryFailure("away")] * 3
    script.failing["wait"] = [TemporaryFailure("gone")]
    rig = Rig(script, rounds=5).run()
    assert rig.slept == [5, 10, 20, 5]
    assert events(rig) == ["lost", "first_seen", "recovered", "lost", "recovered"]


def test_connecting_without_getting_through_is_no_recovery() -> None:
    script = Script([1])
    script.failing["settle"] = [TemporaryFailure("broke")] * 3
    rig = Rig(script, rounds=3).run()
    assert rig.slept == [5, 10, 20]


def test_a_configuration_fault_is_told_as_one() -> None:
    script = Script()
    script.failing["select"] = [PermanentFailure("read-only")] * 3
    rig = Rig(script, rounds=3).run()
    assert events(rig) == ["refused"]


def test_a_bug_does_not_end_the_watch_and_tells_no_mail() -> None:
    script = Script([1])
    script.failing["fetch"] = [KeyError("text of a mail")]
    rig = Rig(script, rounds=2).run()
    assert rig.ledger.uids == [1]
    assert "KeyError at" in rig.ledger.reported("bug")[0]["error"]
    assert "text of a mail" not in rig.ledger.reported("bug")[0]["error"]


def test_nothing_is_settled_that_was_not_taken() -> None:
    script = Script([1, 2])
    ledger = MemoryLedger()
    ledger.broken = True
    rig = Rig(script, rounds=2, ledger=ledger).run()
    assert not [call for call in script.calls if call[0] == "settle"]
    assert rig.ledger.mails == []
    ledger.broken = False
    Rig(script, rounds=1, ledger=ledger).run()
    assert ledger.uids == [1, 2]
    assert [what for name, what in script.calls if name == "settle"] == [[1, 2]]


def test_what_an_earlier_run_left_is_settled_first() -> None:
    script = Script([1, 2, 3])
    ledger = MemoryLedger()
    ledger.positions[7] = 2
    ledger.open = {(7, 1), (7, 2), (6, 9)}
    Rig(script, rounds=1, ledger=ledger).run()
    assert [what for name, what in script.calls if name == "settle"] == [[1, 2], [3]]
    assert ledger.uids == [3]
    assert ledger.open == {(6, 9)}, "of another UIDVALIDITY: no longer ours to touch"


def test_a_mail_that_breaks_the_line_is_got_round() -> None:
    """Whole three times, its header twice at most, the others all the same (P8)."""
    script = Script(range(1, 121))
    script.poison = {30}
    rig = Rig(script, rounds=5).run()
    assert rig.ledger.uids == list(range(1, 121))
    assert [raw.key.uid for raw in rig.ledger.mails if raw.oversize] == [30]
    assert [what for name, what in script.calls if name == "fetch" and 30 in what] == [
        list(range(1, 51)),
        [30],
        [30],
        [30],
        [30],
    ]
    assert rig.slept == [5, 10, 20, 40]


def test_a_mail_whose_header_breaks_the_line_too_is_left_and_told() -> None:
    script = Script([1, 2, 3])
    whole_fetch = script.fetch

    def fetch(uids: Sequence[int], *, whole: bool = True) -> Batch:
        if 2 in uids:
            script.calls.append(("fetch", list(uids)))
            raise TemporaryFailure("broke")
        return whole_fetch(uids, whole=whole)

    script.fetch = fetch
    rig = Rig(script, rounds=12).run()
    assert rig.ledger.uids == [1, 3]
    assert rig.ledger.reported("unfetchable") == [{"uid": 2}]
    assert len([what for name, what in script.calls if name == "fetch" and what == [2]]) == 5


def test_a_done_folder_that_refuses_stops_nothing_and_is_tried_again() -> None:
    script = Script([1])
    script.failing["settle"] = [FolderRefused("full")] * 2
    rig = Rig(script, rounds=4).run()
    assert rig.ledger.uids == [1]
    assert events(rig).count("unsettled") == 1
    assert rig.ledger.open == set()
    assert rig.slept == []


def test_news_that_are_none_do_not_run_in_circles() -> None:
    rig = Rig(Script(), rounds=30).run()
    assert len(rig.slept) > 10
    assert set(rig.slept) == {1}


def test_new_mail_is_never_slept_over() -> None:
    """Mail that comes with every wake-up is no circle."""
    script = Script()
    rig = Rig(script, rounds=30)
    arrive = script.on_wait

    def more() -> None:
        script.uids.append(len(script.uids) + 1)
        arrive()

    script.on_wait = more
    rig.run()
    assert rig.slept == []


def test_idle_is_renewed_every_9_minutes_else_the_poll_counts() -> None:
    script = Script()
    Rig(script, rounds=1).run()
    assert script.calls[-2:] == [("wait", 540), ("close", None)]
    script.can_idle = False
    Rig(script, rounds=1).run()
    assert script.calls[-2:] == [("wait", 600), ("close", None)]


def test_a_changed_uidvalidity_is_told_and_all_is_looked_at_again() -> None:
    script = Script([1, 2])
    rig = Rig(script, rounds=2)
    script.failing["wait"] = [TemporaryFailure("bye")]
    sleep = rig.watcher._sleep

    def change(seconds: float) -> object:
        script.uidvalidity = 8
        return sleep(seconds)

    rig.watcher._sleep = change
    rig.run()
    assert rig.ledger.reported("uidvalidity_changed") == [{"uidvalidity": 8, "after": 0}]
    assert [(raw.key.uidvalidity, raw.key.uid) for raw in rig.ledger.mails] == [(7, 1), (7, 2), (8, 1), (8, 2)]


def test_once_takes_all_and_logs_out() -> None:
    script = Script(range(1, 121))
    rig = Rig(script, rounds=1)
    assert rig.watcher.run_once() == 120
    assert script.calls[-1] == ("close", None)
    assert not [call for call in script.calls if call[0] == "wait"]


def test_once_says_what_went_wrong() -> None:
    script = Script()
    script.failing["connect"] = [LoginRefused("no")]
    rig = Rig(script, rounds=1)
    with pytest.raises(LoginRefused):
        rig.watcher.run_once()
    assert script.calls[-1] == ("close", None)


def test_start_now_leaves_what_lies_there() -> None:
    script = Script([1, 2])
    rig = Rig(script, rounds=1, ledger=MemoryLedger("now")).run()
    assert rig.ledger.uids == []
    assert not [call for call in script.calls if call[0] in {"fetch", "settle"}]

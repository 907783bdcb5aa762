"""Two daemons on one store: on SQLite the second stays out, on PostgreSQL they share the work, and one may die (P7)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from campaigns import sink
from campaigns.crash_check import check
from campaigns.crash_desk import DeskFolder, customer_mail, drop, lying
from servers import until

from maildesk.store.store import Store

pytestmark = pytest.mark.timeout(300)


class Daemon:
    """A real `maildesk run`, its log beside its config."""

    def __init__(self, desk: DeskFolder, name: str, *options: str) -> None:
        self.log = desk.path / f"{name}.log"
        command = [sys.executable, "-m", "maildesk", "--config", str(desk.config), "run", *options]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def lines(self, event: str) -> list[dict]:
        """What it logged of an event."""
        found = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in found if line["event"] == event]

    def begun(self) -> None:
        until(lambda: self.process.poll() is not None or self.lines("started"), 30, "the daemon's start")
        assert self.process.poll() is None, self.log.read_text()

    def end(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.terminate()
        return self.process.wait(30)


@pytest.fixture
def outside(tmp_path):
    """The sink."""
    with sink.running(tmp_path / "sink") as running:
        yield running


@pytest.fixture
def make_desk(tmp_path, dovecot, outside):
    """A desk whose mailboxes were empty when it first looked."""
    daemons: list[Daemon] = []

    def make(database: str, mailboxes: int = 1) -> DeskFolder:
        users = {f"box{number}": dovecot.user() for number in range(mailboxes)}
        for user in users.values():
            dovecot.append(user)
        desk = DeskFolder(tmp_path / "desk", users, database).write(dovecot.imap, outside.port)
        first = Daemon(desk, "first", "--once")
        assert first.process.wait(60) == 0, first.log.read_text()
        return desk

    make.daemons = daemons
    yield make
    for daemon in daemons:
        daemon.process.kill()
        daemon.process.wait()


def start(make_desk, desk: DeskFolder, *names: str) -> list[Daemon]:
    started = [Daemon(desk, name) for name in names]
    make_desk.daemons.extend(started)
    for daemon in started:
        daemon.begun()
    return started


def test_sqlite_has_one_daemon(make_desk, tmp_path):
    desk = make_desk(f"sqlite:///{tmp_path}/store.db")
    (first,) = start(make_desk, desk, "one")
    for options in ((), ("--once",)):
        second = Daemon(desk, "second", *options)
        assert second.process.wait(30) == 3
        assert f"pid {first.process.pid}" in second.log.read_text()
    first.process.kill()
    first.process.wait()
    (third,) = start(make_desk, desk, "third")
    assert third.end() == 0


@pytest.mark.parametrize("mailboxes", [1, 4])
def test_two_workers_share_and_one_dies(make_desk, postgres_url, dovecot, outside, mailboxes):
    desk = make_desk(postgres_url, mailboxes)
    one, two = start(make_desk, desk, "one", "two")
    owners = {daemon: daemon.lines("started")[0]["mailboxes"] for daemon in (one, two)}
    assert sorted(owners[one] + owners[two]) == sorted(desk.users)
    victim, heir = (one, two) if owners[one] else (two, one)

    injected: list[bytes] = []
    for share in range(5):
        mails = []
        for number, (box, user) in enumerate(desk.users.items()):
            name = f"{share}.{number}"
            mails = [
                customer_mail(f"c{name}.{i}@example.net", f"{name}.{i}", to=f"{box}@example.com").as_bytes()
                for i in range(100 // mailboxes)
            ]
            drop(dovecot, user, mails)
            injected += mails
        if share == 2:
            store = Store(postgres_url)
            until(lambda s=store: s.look.counts()["outbox"].get("sent", 0) > 60, 60, "some mail to leave")
            os.kill(victim.process.pid, signal.SIGKILL)
            victim.process.wait()
            store.close()
        time.sleep(0.2)
    assert len(injected) == 500
    settled(postgres_url, 200)
    assert set(desk.users) <= {line["mailbox"] for line in heir.lines("mailbox") if line["what"] == "taken"} | set(
        owners[heir]
    )
    assert heir.end() == 0

    sunk = outside.take()
    verdict = check(postgres_url, injected, [m for user in desk.users.values() for m in lying(dovecot, user)], sunk, ())
    assert verdict.violations == []
    acknowledged = Counter(one.recipient for one in sunk if one.recipient.endswith("@example.net"))
    assert len(acknowledged) >= 500 - verdict.unknown
    assert max(acknowledged.values()) == 1


def settled(url: str, seconds: float) -> None:
    """Wait until all mail was decided upon and nothing waits to leave."""
    store = Store(url)

    def at_rest() -> bool:
        counts = store.look.counts()
        return counts["mails"].get("done", 0) >= 500 and not {"queued", "attempting"} & set(counts["outbox"])

    try:
        until(at_rest, seconds, f"rest: {store.look.counts()}")
    finally:
        store.close()


def test_a_worker_that_stops_leaves_nothing_half_done(make_desk, postgres_url, dovecot, outside):
    desk = make_desk(postgres_url)
    (daemon,) = start(make_desk, desk, "one")
    (user,) = desk.users.values()
    mails = [customer_mail(f"c{i}@example.net", i, to="box0@example.com").as_bytes() for i in range(200)]
    drop(dovecot, user, mails)
    store = Store(postgres_url)
    until(lambda: store.look.counts()["outbox"].get("sent", 0) > 10, 60, "some mail to leave")
    began = time.monotonic()
    assert daemon.end() == 0
    assert time.monotonic() - began < 30
    counts = store.look.counts()
    assert not {"attempting", "unknown"} & set(counts["outbox"])
    store.close()
    for _ in range(2):
        assert Daemon(desk, "again", "--once").process.wait(60) == 0
    verdict = check(postgres_url, mails, lying(dovecot, user), outside.take(), ())
    assert (verdict.violations, verdict.unknown, verdict.doubled_answers) == ([], 0, 0)

"""The watcher against a real Dovecot."""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from servers import until
from servers.certificates import Authority
from servers.dovecot import PASSWORD, Dovecot
from servers.ledger import MemoryLedger

from maildesk.ingest.imap import After, ImapAccount, LoginRefused
from maildesk.ingest.watch import Patience, Watcher
from maildesk.model.mail import RawMail

QUICK = Patience(first=0.1, longest=0.2, refused=0.2)


def mail(number: int) -> bytes:
    return b"Subject: %d\r\nMessage-ID: <%d@example.org>\r\n\r\ntext\r\n" % (number, number)


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    return dovecot.user()


@pytest.fixture
def account(dovecot: Dovecot, authority: Authority, user: str) -> ImapAccount:
    return ImapAccount(
        name="support", host="localhost", port=dovecot.imaps, user=user, secret=lambda: PASSWORD, ca_file=authority.ca
    )


@pytest.fixture
def watching(account: ImapAccount) -> Iterator[Callable[..., Watcher]]:
    """Starts watchers in threads of their own; ends them and checks that they end within a second."""
    running: list[tuple[Watcher, threading.Thread]] = []

    def watch(ledger: MemoryLedger, **changes: object) -> Watcher:
        watcher = Watcher(replace(account, **changes), ledger, ledger.report, patience=QUICK)
        thread = threading.Thread(target=watcher.run)
        thread.start()
        running.append((watcher, thread))
        return watcher

    yield watch
    for watcher, thread in running:
        watcher.stop()
        thread.join(1)
        assert not thread.is_alive(), "stop ends IDLE within a second"


def test_mail_is_taken_within_a_second(dovecot: Dovecot, user: str, watching: Callable[..., Watcher]) -> None:
    dovecot.append(user, mail(0))
    ledger = MemoryLedger()
    watching(ledger)
    until(lambda: ledger.reported("connected"), what="connection")
    for number in range(1, 6):
        started = time.monotonic()
        dovecot.append(user, mail(number))
        until(lambda number=number: len(ledger.mails) > number, what="mail")
        assert time.monotonic() - started < 1
    assert ledger.uids == [1, 2, 3, 4, 5, 6]
    until(lambda: not ledger.open, what="settling")
    assert set().union(*dovecot.flags(user).values()) == {"\\Seen"}


def test_nothing_in_the_mailbox_changes_before_the_store_has_it(
    dovecot: Dovecot, user: str, account: ImapAccount
) -> None:
    """Store before touch (P2), for both ways to settle."""
    for after in After:
        dovecot.append(user, mail(1), mail(2))
        ledger = MemoryLedger()
        seen = []
        take = ledger.take

        def look(raws: Sequence[RawMail], take: Callable[..., None] = take, seen: list[object] = seen) -> None:
            seen.append(dovecot.flags(user))
            take(raws)

        ledger.take = look
        ledger.start = "import"
        Watcher(replace(account, after=after), ledger, ledger.report).run_once()
        assert len(seen) == 1
        assert list(seen[0].values())[-2:] == [set(), set()]
    assert dovecot.flags(user) == {}
    assert len(dovecot.flags(user, "Done")) == 4


def test_a_full_store_leaves_the_mail_and_heals(dovecot: Dovecot, user: str, watching: Callable[..., Watcher]) -> None:
    dovecot.append(user, mail(1))
    ledger = MemoryLedger()
    ledger.broken = True
    watching(ledger)
    until(lambda: ledger.reported("lost"), what="the report")
    assert dovecot.flags(user) == {1: set()}
    ledger.broken = False
    until(lambda: ledger.reported("recovered"), what="recovery")
    assert ledger.uids == [1]
    assert dovecot.flags(user) == {1: {"\\Seen"}}


def test_a_kick_is_survived(dovecot: Dovecot, user: str, watching: Callable[..., Watcher]) -> None:
    ledger = MemoryLedger()
    watching(ledger)
    until(lambda: ledger.reported("connected"), what="connection")
    for number in range(3):
        dovecot.kick(user)
        until(lambda number=number: len(ledger.reported("recovered")) > number, what="recovery")
        dovecot.append(user, mail(number))
        until(lambda number=number: len(ledger.mails) > number, what="mail")
    assert ledger.uids == [1, 2, 3]


def test_a_restart_of_the_server_is_survived(authority: Authority, account: ImapAccount) -> None:
    server = Dovecot(authority.certificate("restarted"))
    ledger = MemoryLedger()
    watcher = Watcher(replace(account, port=server.imaps, user="user"), ledger, ledger.report, patience=QUICK)
    thread = threading.Thread(target=watcher.run)
    thread.start()
    try:
        until(lambda: ledger.reported("connected"), what="connection")
        server.kill("user")
        server.halt()
        until(lambda: ledger.reported("lost"), what="the loss")
        server.start()
        server.append("user", mail(1))
        until(lambda: ledger.uids == [1], what="mail after the restart")
    finally:
        watcher.stop()
        thread.join(5)
        server.stop()


def test_a_wrong_password_recovers_without_a_restart(dovecot: Dovecot, user: str, account: ImapAccount) -> None:
    dovecot.append(user, mail(1))
    secret = ["wrong"]
    ledger = MemoryLedger()
    watcher = Watcher(replace(account, secret=lambda: secret[0]), ledger, ledger.report, patience=QUICK)
    thread = threading.Thread(target=watcher.run)
    thread.start()
    until(lambda: ledger.reported("auth_failed"), what="the report")
    secret[0] = PASSWORD
    until(lambda: ledger.uids == [1], what="mail")
    watcher.stop()
    thread.join(2)
    assert not thread.is_alive()


def test_start_now_takes_only_what_comes(dovecot: Dovecot, user: str, watching: Callable[..., Watcher]) -> None:
    dovecot.append(user, mail(1), mail(2))
    ledger = MemoryLedger("now")
    watching(ledger)
    until(lambda: ledger.reported("connected"), what="connection")
    dovecot.append(user, mail(3))
    until(lambda: ledger.mails, what="mail")
    assert ledger.uids == [3]
    until(lambda: not ledger.open, what="settling")
    assert dovecot.flags(user) == {1: set(), 2: set(), 3: {"\\Seen"}}


def test_a_changed_uidvalidity_shows_everything_again_and_is_told(
    dovecot: Dovecot, user: str, watching: Callable[..., Watcher]
) -> None:
    dovecot.append(user, mail(1), mail(2))
    ledger = MemoryLedger()
    watching(ledger)
    until(lambda: not ledger.open and len(ledger.mails) == 2, what="mail")
    dovecot.bump_uidvalidity(user)
    until(lambda: ledger.reported("uidvalidity_changed"), what="the report")
    until(lambda: len(ledger.mails) == 4, what="the second look")
    first, second = ledger.mails[:2], ledger.mails[2:]
    assert [raw.content for raw in first] == [raw.content for raw in second]


def test_six_hundred_mails_and_a_crash_in_the_middle(dovecot: Dovecot, user: str, account: ImapAccount) -> None:
    """Killed after the commit and before settling, it goes on where it was; each is taken once."""
    dovecot.deliver(user, *[mail(number) for number in range(600)])

    class Crash(BaseException):
        pass

    ledger = MemoryLedger()
    take = ledger.take

    def crash(raws: Sequence[RawMail]) -> None:
        take(raws)
        if len(ledger.mails) >= 300:
            raise Crash

    ledger.take = crash
    with pytest.raises(Crash):
        Watcher(account, ledger, ledger.report).run_once()
    ledger.take = take
    assert len(ledger.open) == 50
    assert Watcher(account, ledger, ledger.report).run_once() == 300
    assert ledger.uids == list(range(1, 601))
    assert ledger.open == set()
    assert all(flags == {"\\Seen"} for flags in dovecot.flags(user).values())


def test_no_file_stays_open(dovecot: Dovecot, user: str, account: ImapAccount) -> None:
    def once(secret: str) -> None:
        ledger = MemoryLedger()
        with contextlib.suppress(LoginRefused):
            Watcher(replace(account, secret=lambda: secret), ledger, ledger.report).run_once()

    once(PASSWORD)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(10):
        once(PASSWORD)
        once("wrong")
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_person_at_work_in_the_mailbox_disturbs_nothing(
    dovecot: Dovecot, user: str, watching: Callable[..., Watcher]
) -> None:
    """Only UIDs count, never who has read what (F27)."""
    ledger = MemoryLedger()
    watching(ledger, after=After.MOVE)
    until(lambda: ledger.reported("connected"), what="connection")
    with dovecot.client(user) as person:
        for number in range(1, 21):
            person.append("INBOX", mail(number), flags=["\\Seen"] if number % 2 else [])
            person.noop()
            person.add_flags(person.search() or [999], ["\\Flagged"])
    until(lambda: len(ledger.mails) == 20 and not ledger.open, what="all mail")
    assert sorted(ledger.uids) == list(range(1, 21))
    assert dovecot.flags(user) == {}
    assert len(dovecot.flags(user, "Done")) == 20

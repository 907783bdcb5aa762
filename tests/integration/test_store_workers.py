"""Several at once on one store: threads of one daemon, workers on PostgreSQL, the command line beside a daemon."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from integration.storekit import (
    ME,
    NOW,
    OTHER,
    change_of,
    in_children,
    open_ticket,
    outgoing,
    raw,
    reply,
    send,
    states,
)

from maildesk.model.change import Change, OutboxState, Remember
from maildesk.model.errors import Conflict, TemporaryFailure
from maildesk.model.ticket import EntryKind, Ticket
from maildesk.store.flush import Finished
from maildesk.store.queue import Settled
from maildesk.store.store import Store


@pytest.fixture
def shared(postgres_url):
    """A store that several workers share."""
    store = Store(postgres_url)
    store.prepare()
    yield store
    store.close()


@pytest.fixture
def second(shared):
    """Another worker's view of it."""
    store = Store(shared.url)
    yield store
    store.close()


# --- the outbox


def send_all(store: Store, owner: str, counts: dict[int, int], lock: threading.Lock) -> None:
    while batch := store.queue.claim(owner, NOW, 3):
        with lock:
            for due in batch:
                counts[due.row] = counts.get(due.row, 0) + 1
        with store.deciding(NOW) as tx:
            store.queue.settle(tx.connection, [Settled(due.row, OutboxState.SENT, NOW, sent_at=NOW) for due in batch])


def test_four_threads_claim_nothing_twice(store):
    rows = send(store, *(outgoing(f"m{number}") for number in range(100)))
    counts: dict[int, int] = {}
    lock = threading.Lock()
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(send_all, store, str(owner), counts, lock) for owner in range(1, 5)]:
            done.result()
    assert counts == dict.fromkeys(rows, 1)
    assert set(states(store).values()) == {"sent"}


def _claim_into(number: int, url: str, folder) -> int:
    store = Store(url)
    with (folder / str(number)).open("w") as found:
        while batch := store.queue.claim(str(number + 1), NOW, 3):
            found.writelines(f"{due.row}\n" for due in batch)
    return 0


def test_three_processes_claim_nothing_twice(store, store_url, tmp_path):
    rows = send(store, *(outgoing(f"m{number}") for number in range(60)))
    store.close()
    folder = tmp_path / "claimed"
    folder.mkdir()
    assert in_children(3, _claim_into, store_url, folder) == [0, 0, 0]
    claimed = [int(line) for file in folder.iterdir() for line in file.read_text().split()]
    assert sorted(claimed) == sorted(rows)


def test_the_living_are_left_alone(shared, second):
    second.writer.live(OTHER)
    send(second, reply("r"), outgoing("a"))
    second.queue.claim(OTHER, NOW, 9)
    second.ledger.take([raw(1)], OTHER, NOW)
    assert shared.queue.take_over(ME, NOW) == 0
    assert shared.ledger.claim(ME, 9, others=True) == ()
    second.close()
    assert shared.queue.take_over(ME, NOW) == 2
    assert states(shared) == {"r": "queued", "a": "unknown"}
    assert len(shared.ledger.claim(ME, 9, others=True)) == 1


def test_a_mailbox_has_one_owner(shared, second):
    shared.writer.live(ME)
    second.writer.live(OTHER)
    assert shared.writer.own("mailbox:support")
    assert not second.writer.own("mailbox:support")
    assert second.writer.own("mailbox:sales")
    shared.close()
    assert second.writer.own("mailbox:support")


def test_who_lost_the_database_shows_its_life_again(shared, second, postgres_url):
    import psycopg

    shared.writer.live(ME)
    assert shared.writer.own("mailbox:support")
    assert not shared.writer.revive(ME)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()")
        with pytest.raises(TemporaryFailure):
            shared.writer.own("mailbox:support")
        assert shared.writer.revive(ME)
    second.writer.live(OTHER)
    assert second.writer.own("mailbox:support")
    assert not shared.writer.own("mailbox:support")


# --- deciding


def together(*works) -> list[BaseException | None]:
    """Run functions at once, each in its thread; what each raised."""
    barrier = threading.Barrier(len(works))

    def run(work):
        try:
            work(barrier.wait)
        except (Conflict, TemporaryFailure) as error:
            return error
        return None

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_two_transactions_change_one_ticket(shared, second):
    ticket = open_ticket(shared)

    def change(store, subject):
        def work(meet):
            with store.deciding(NOW) as tx:
                current = tx.tickets([ticket.number])[ticket.number]
                meet()
                tx.save(change_of(current, subject=subject))

        return work

    outcomes = together(change(shared, "a"), change(second, "b"))
    assert sorted(type(one) for one in outcomes if one) == [Conflict]
    entries = shared.look.entries(ticket.number)
    assert [one.number for one in entries] == [1, 2]
    assert entries[1].after["subject"] == shared.look.ticket(ticket.number).subject


def test_two_workers_receive_the_same_mail(shared, second):
    taken = [*shared.ledger.take([raw(1)], ME, NOW), *second.ledger.take([raw(1, mailbox="sales")], OTHER, NOW)]

    def receive(store, one):
        def work(meet):
            with store.deciding(NOW) as tx:
                assert tx.received(["f"]) == {"f": None}
                meet()
                number = tx.next_id("ticket")
                change = Change(now=NOW, origin=f"mail:{one.row}").open_ticket(
                    Ticket(number=number, mailbox="support"), "l@example.net", kind=EntryKind.CUSTOMER
                )
                tx.save(change)
                tx.finish(Finished(one.row, "done", fingerprint="f", ticket=number))

        return work

    outcomes = together(receive(shared, taken[0]), receive(second, taken[1]))
    assert sorted(type(one) for one in outcomes if one) == [Conflict]
    assert shared.look.counts()["tickets"] == {"new": 1}
    assert shared.look.counts()["mails"] == {"done": 1, "taken": 1}


def test_a_mail_is_decided_upon_by_one(shared, second):
    (one,) = shared.ledger.take([raw(1)], ME, NOW)
    decided = []

    def decide(store):
        def work(meet):
            meet()
            with store.deciding(NOW) as tx:
                if tx.still_taken([one.row]):
                    decided.append(store)
                    tx.finish(Finished(one.row, "done"))

        return work

    assert together(decide(shared), decide(second)) == [None, None]
    assert len(decided) == 1


def test_two_watchers_of_one_mailbox_take_once(shared, second):
    mails = [raw(number) for number in range(1, 30)]
    outcomes = together(*(lambda meet, s=s: (meet(), s.ledger.take(mails, ME, NOW)) for s in (shared, second)))
    assert all(one is None or isinstance(one, TemporaryFailure) for one in outcomes)
    assert shared.look.counts()["mails"] == {"taken": 29}


def test_contacts_in_opposite_order_are_no_deadlock(shared, second):
    def remember(store, addresses):
        def work(meet):
            with store.deciding(NOW) as tx:
                tx.contacts(addresses)
                meet()
                for address in addresses:
                    tx.remember(Remember(email=address, name=address))

        return work

    for turn in range(10):
        addresses = [f"{turn}.{number}@example.net" for number in range(40)]
        outcomes = together(remember(shared, addresses), remember(second, addresses[::-1]))
        assert sorted(type(one) for one in outcomes if one) == [Conflict]


def _draw(number: int, url: str, folder) -> int:
    store = Store(url)
    with (folder / str(number)).open("w") as found:
        for _ in range(20):
            try:
                with store.deciding(NOW) as tx:
                    drawn = {name: [tx.next_id(name) for _ in range(7)] for name in ("ticket", "token", "outbox")}
            except TemporaryFailure:
                continue
            found.writelines(f"{name}:{one}\n" for name, ones in drawn.items() for one in ones)
    return 0


def test_numbers_are_never_given_twice(store, store_url, tmp_path):
    store.close()
    folder = tmp_path / "drawn"
    folder.mkdir()
    assert in_children(3, _draw, store_url, folder) == [0, 0, 0]
    drawn = [line for file in folder.iterdir() for line in file.read_text().split()]
    assert len(drawn) == 3 * 20 * 7 * 3
    assert len(set(drawn)) == len(drawn)


# --- the database goes away


def test_an_ended_connection_is_a_temporary_failure(shared, postgres_url):
    import psycopg

    with (
        psycopg.connect(postgres_url, autocommit=True) as admin,
        pytest.raises(TemporaryFailure),
        shared.deciding(NOW) as tx,
    ):
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()")
        tx.send(outgoing("x"), OutboxState.QUEUED, origin="m")
    assert shared.look.outbox() == []


def test_a_read_only_database_is_a_temporary_failure(shared, postgres_url):
    import psycopg

    name = postgres_url.rpartition("/")[2]
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f'alter database "{name}" set default_transaction_read_only = on')
    shared.engine.dispose()
    with pytest.raises(TemporaryFailure):
        shared.ledger.take([raw(1)], ME, NOW)


def test_no_database_is_a_temporary_failure():
    store = Store("postgresql://nobody@127.0.0.1:9/nothing")
    for act in (store.prepare, lambda: store.writer.live(ME), lambda: store.ledger.position("support", 1)):
        with pytest.raises(TemporaryFailure):
            act()


def test_a_locked_sqlite_is_a_temporary_failure(tmp_path, monkeypatch):
    import sqlite3

    from maildesk.store import database

    pragmas = tuple(one.replace("10000", "50") for one in database._PRAGMAS)
    monkeypatch.setattr(database, "_PRAGMAS", pragmas)
    store = Store(f"sqlite:///{tmp_path}/s.db")
    store.prepare()
    blocker = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    with pytest.raises(TemporaryFailure):
        store.ledger.take([raw(1)], ME, NOW)
    blocker.close()
    assert store.ledger.take([raw(1)], ME, NOW)
    store.close()


def test_a_damaged_sqlite_is_a_temporary_failure_while_running(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/s.db")
    store.prepare()
    store.ledger.take([raw(number) for number in range(200)], ME, NOW)
    store.close()
    file = tmp_path / "s.db"
    content = bytearray(file.read_bytes())
    content[4096 * 2 :] = b"\xa5" * (len(content) - 4096 * 2)
    file.write_bytes(content)
    store = Store(f"sqlite:///{file}")
    with pytest.raises(TemporaryFailure):
        store.look.mails()
    store.close()

"""A backup is whole, and putting it back sends nothing a second time (F62)."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner
from line import CONFIG, Line, answer_to, prepare, write
from servers import until
from storekit import open_ticket, outgoing, reply, send, states

from maildesk.cli import main
from maildesk.model.mail import MailKey, RawMail
from maildesk.store.backup import back_up
from maildesk.store.schema import outbox, raw
from maildesk.store.store import Store

LEILA, JOHN, OMID = "leila@example.net", "john@example.org", "omid@example.com"
RULES = """
[[rule]]
name = "omid has it"
on   = ["opened"]
then = [ { assign = "omid" } ]
"""


@pytest.fixture
def line(tmp_path):
    config = CONFIG.read_text("utf-8").replace("[survey]\nenabled = false", "[survey]\nenabled = true")
    desk = Line(tmp_path, config, rules=RULES)
    yield desk
    desk.close()


def run(line, *words, code=0, config=None):
    with time_machine.travel(line.now, tick=False):
        done = CliRunner().invoke(main, ["--config", str(config or line.config), *map(str, words)])
    assert done.exit_code == code, done.output
    return done.output


def restore(line, file, *words):
    """Put it back, with the desk stopped."""
    line.store.close()
    told = run(line, "restore", file, "--yes", *words)
    line.store.__init__(line.store.url)  # the worker and the deliverer of the line hold this very object
    return told


def database(line) -> Path:
    return Path(sa.make_url(line.store.url).database)


def again(line, *mails, uid=900, at=None):
    """Mails are read once more under other numbers, as after they were moved back."""
    raws = [
        RawMail(MailKey("support", 1, uid + number), mail.as_bytes(), at or line.now)
        for number, mail in enumerate(mails)
    ]
    return line._worker.work(line.desk, line.store.ledger.take(raws, "1", line.now))


def test_a_backup_holds_everything_and_overwrites_nothing(line, tmp_path):
    line.put(write(LEILA, "Invoice", "It is wrong."))
    copy = tmp_path / "copy.db"
    assert "desk.key" in run(line, "backup", copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    store = Store(f"sqlite:///{copy}")
    assert store.look.counts() == line.store.look.counts()
    assert store.look.raw(1) == line.store.look.raw(1)
    store.close()
    before = copy.read_bytes()
    assert "not overwritten" in run(line, "backup", copy, code=1)
    assert copy.read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".copy")]


def test_a_backup_shows_one_moment_while_the_desk_works(tmp_path):
    """Half a megabyte a commit, while pages are copied: every commit is whole in the copy, or not there at all."""
    store = Store(f"sqlite:///{tmp_path}/store.db")
    store.prepare()
    copied, stop = [], threading.Event()

    def write_on():
        number = 0
        while not stop.is_set():
            number += 1
            send(store, *(outgoing(f"{number}.{part}", content=os.urandom(50_000)) for part in range(10)))

    writer = threading.Thread(target=write_on)
    writer.start()
    until(lambda: store.look.counts()["outbox"].get("queued", 0) > 200, 30, "more than one stroke's pages")
    try:
        for number in range(3):
            back_up(store.url, tmp_path / f"{number}.db", lambda _done, total: copied.append(total))
    finally:
        stop.set()
        writer.join()
    store.close()
    for number in range(3):
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as found:
            assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert found.execute("SELECT count(*) % 10 FROM outbox_content").fetchone() == (0,)
            assert found.execute("SELECT count(*) FROM outbox").fetchone() > (0,)
    assert len(copied) > 3


def test_what_came_after_a_backup_is_not_answered_twice(line, tmp_path):
    first = write(LEILA, "Invoice", "It is wrong.")
    line.put(first)
    run(line, "backup", tmp_path / "copy.db")

    line.wait(3600)
    second = write(JOHN, "Login", "I cannot log in.")
    line.put(second)
    answer = answer_to(line.last(OMID, "notification"), "Dear John, it is mended.", tag="[solved]", sender=OMID)
    line.put(answer)
    solution = answer_to(line.to(OMID, "notification")[0], "Dear Leila, it is right now.", tag="[solved]", sender=OMID)
    line.put(solution)
    followup = answer_to(line.to(LEILA)[0], "And the address, too.")
    line.put(followup)
    line.wait(60)
    left = [(one.to, one.content) for one in line.left]
    assert {LEILA, JOHN} <= {to for to, _ in left}
    given = {ticket.number for ticket in line.tickets()}

    line.now += timedelta(minutes=10)
    told = restore(line, tmp_path / "copy.db", "--leave-mailboxes")
    assert "kept as" in told
    assert [ticket.requester for ticket in line.tickets()] == [LEILA]
    at = line.now - timedelta(minutes=11)
    receipts = again(line, first, second, answer, solution, followup, at=at)
    assert [receipt.outcome.value for receipt in receipts][:2] == ["duplicate", "new"]
    line.wait(60)
    doubtful = [row["recipient"] for row in line.store.look.outbox(states=("unknown",))]
    assert LEILA in doubtful
    line.wait(5 * 24 * 3600)  # surveys, updates, reminders
    later = [one for one in line.left[len(left) :] if one.to in {LEILA, JOHN}]
    assert [one.notice for one in later if one.notice in {"", "acknowledgement", "survey"}] == []
    new = next(ticket for ticket in line.tickets() if ticket.requester == JOHN)
    assert new.number not in given
    assert any("too" in entry.text for entry in line.store.look.entries(1001))

    line.put(write("New <new@example.net>", "Hello", "A new question."))
    assert line.to("new@example.net")


def test_nobody_is_asked_twice_how_it_was(line, tmp_path):
    line.put(write(LEILA, "Invoice", "It is wrong."))
    run(line, "backup", tmp_path / "copy.db")
    solution = answer_to(line.last(OMID, "notification"), "It is right now.", tag="[solved]", sender=OMID)
    at = line.now
    line.put(solution)
    for _ in range(5):
        line.wait(24 * 3600)
    assert len(line.to(LEILA, "survey")) == 1
    line.put(write(JOHN, "Login", "I cannot log in."))
    restore(line, tmp_path / "copy.db")
    again(line, solution, at=at)
    assert line.ticket(1001).status == "solved"
    for _ in range(5):
        line.wait(24 * 3600)
    assert len(line.to(LEILA, "survey")) == 1
    assert len(line.to(LEILA, "")) == 1


def test_mail_that_nobody_had_taken_is_answered_as_ever(line, tmp_path):
    line.put(write(LEILA, "Invoice", "It is wrong."))
    run(line, "backup", tmp_path / "copy.db")
    line.now += timedelta(hours=2)
    restore(line, tmp_path / "copy.db")
    again(line, write(JOHN, "Login", "I cannot log in."), at=line.now - timedelta(hours=1))
    line.deliver()
    assert line.to(JOHN)


def test_what_waits_in_a_backup_does_not_leave(line, tmp_path):
    open_ticket(line.store)
    send(line.store, outgoing("ack"), reply("answer"))
    with line.store.engine.connect() as connection:
        connection.execute(outbox.update().values(not_before=line.now + timedelta(days=9)))
        connection.commit()
    line.take(write(LEILA, "Invoice", "It is wrong.").as_bytes())
    claimed = line.store.ledger.take(
        [RawMail(MailKey("support", 1, 77), b"Subject: x\r\n\r\ny", line.now)], "5", line.now
    )
    run(line, "backup", tmp_path / "copy.db")
    told = restore(line, tmp_path / "copy.db")
    found = states(line.store)
    assert (found.pop("ack"), found.pop("answer")) == ("cancelled", "unknown")
    assert not set(found.values()) & {"queued", "held", "attempting"}
    assert {row["reason"] for row in line.store.look.outbox()} == {"restored"}
    assert "outbox list --unknown" in told
    assert len(claimed) == 1
    assert [one.standing.value for one in line.store.ledger.claim("9", 5, others=True)] == ["again"]


@pytest.mark.parametrize("broken", ["text", "flipped", "other", "newer", "none"])
def test_a_bad_backup_changes_nothing(line, tmp_path, broken):
    line.put(write(LEILA, "Invoice", "It is wrong. " * 5000))
    copy = tmp_path / "copy.db"
    run(line, "backup", copy)
    if broken == "text":
        copy.write_text("no database at all" * 1000)
    elif broken == "flipped":
        data = bytearray(copy.read_bytes())
        data[4096 * 20 : 4096 * 40] = os.urandom(4096 * 20)
        copy.write_bytes(data)
    elif broken == "none":
        copy.unlink()
    else:
        sql = "UPDATE alembic_version SET version_num = '9999'" if broken == "newer" else "DROP TABLE alembic_version"
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute(sql)
            connection.commit()
    before = line.store.look.counts()
    line.store.close()
    run(line, "restore", copy, "--yes", code=2 if broken == "newer" else 1)
    assert line.store.look.counts() == before
    line.store.close()
    assert {path.name for path in database(line).parent.iterdir()} <= {"desk.sqlite", "desk.sqlite.lock"}


def test_the_store_before_is_kept_even_when_it_cannot_be_read(line, tmp_path):
    line.put(write(LEILA, "Invoice", "It is wrong."))
    run(line, "backup", tmp_path / "copy.db")
    line.store.close()
    place = database(line)
    place.write_bytes(b"rubbish" * 1000)
    Path(f"{place}-wal").write_bytes(b"log")
    assert "cannot be read" in restore(line, tmp_path / "copy.db")
    assert line.ticket(1001).requester == LEILA
    kept = [path for path in place.parent.iterdir() if ".before-" in path.name]
    assert b"rubbish" in max(kept, key=lambda path: path.stat().st_size).read_bytes()


def test_a_daemon_keeps_the_store(line, tmp_path):
    line.put(write(LEILA, "Invoice", "It is wrong."))
    run(line, "backup", tmp_path / "copy.db")
    with Path(f"{database(line)}.lock").open("w") as held:
        held.write("4711")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "4711" in run(line, "restore", tmp_path / "copy.db", "--yes", code=3)
    assert "Usage" in run(line, "restore", "--yes", code=2)
    assert "Usage" in run(line, "restore", "--silence", tmp_path / "copy.db", code=2)


@pytest.mark.skipif(shutil.which("pg_restore") is None, reason="PostgreSQL's client is not installed")
def test_postgres_goes_the_same_way_with_its_own_programs(line, tmp_path, postgres_url):
    config = prepare(
        tmp_path / "pg", CONFIG.read_text("utf-8").replace("[desk]", f'[desk]\ndatabase = "{postgres_url}"', 1)
    )
    store = Store(postgres_url)
    store.prepare()
    open_ticket(store)
    send(store, outgoing("ack"), reply("answer"))
    copy = tmp_path / "copy.dump"
    run(line, "backup", copy, config=config)
    assert copy.read_bytes()[:5] == b"PGDMP"
    assert "not overwritten" in run(line, "backup", copy, config=config, code=1)
    told = run(line, "restore", copy, "--yes", config=config, code=1)
    command = told[told.index("pg_restore") :].partition(" && ")
    assert command[2].strip() == "maildesk restore --silence"

    open_ticket(store)
    store.writer.live("77")
    assert "stop it" in run(line, "restore", "--silence", "--yes", config=config, code=3)
    store.close()
    assert os.system(command[0]) == 0
    run(line, "restore", "--silence", "--yes", config=config)
    assert states(store) == {"ack": "cancelled", "answer": "unknown"}
    assert len(store.look.tickets()) == 1
    assert open_ticket(store).number > 2000
    store.close()


def test_nothing_of_a_mail_is_lost_on_the_way(line, tmp_path):
    """The bytes are what matters: those of every mail are in the copy as they came."""
    contents = [write(LEILA, f"Mail {number}", "سلام\n" * number).as_bytes() for number in range(5)]
    line.put(*contents)
    run(line, "backup", tmp_path / "copy.db")
    store = Store(f"sqlite:///{tmp_path}/copy.db")
    with store.engine.connect() as connection:
        rows = list(connection.scalars(sa.select(raw.c.mail).order_by(raw.c.mail)))
    assert [store.look.raw(row) for row in rows] == contents
    store.close()

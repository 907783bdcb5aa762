"""`maildesk doctor` finds each thing that must never be, says what to do, and is content with a sound desk."""

from __future__ import annotations

import fcntl
import json
import zlib
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner
from line import CONFIG, Line, answer_to, prepare, write
from storekit import open_ticket

from maildesk.cli import doctor, main
from maildesk.store.store import Store

LEILA = "leila@example.net"


@pytest.fixture
def line(tmp_path):
    desk = Line(tmp_path, CONFIG.read_text("utf-8"))
    desk.put(write(LEILA, "Invoice", "It is wrong."), write("john@example.org", "Login", "I cannot log in."))
    desk.put(answer_to(next(one for one in desk.left if one.notice == "notification"), "It is done now."))
    Path(database(desk)).chmod(0o600)
    yield desk
    desk.close()


def database(line) -> str:
    return sa.make_url(line.store.url).database


def run(line, *options, code=0, config=None):
    with time_machine.travel(line.now, tick=False):
        done = CliRunner().invoke(main, ["--config", str(config or line.config), "doctor", "--json", *options])
    assert done.exit_code == code, done.output
    return json.loads(done.output)


def spoil(line, sql, **values):
    with line.store.engine.begin() as connection:
        connection.execute(sa.text(sql), values)


def test_a_sound_desk(line):
    found = run(line)
    assert {one["state"] for one in found} == {"ok"}
    assert {"secrets", "store", "disk", "daemon", "database", "settings", "mails", "work", "bytes", "tickets"} >= {
        one["what"] for one in found
    }


FAULTS = [
    ("UPDATE ticket SET status = 'open' WHERE number = 1001", "tickets", "#1001", 5),
    ("DELETE FROM entry WHERE ticket = 1002", "tickets", "#1002", 5),
    ("UPDATE mail SET state = 'lost' WHERE id = 1", "mails", "'lost'", 1),
    ("UPDATE mail SET ticket = 4711 WHERE id = 2", "mails", "4711", 1),
    ("UPDATE position SET last_uid = 1", "mails", "UID 3", 1),
    ("UPDATE outbox SET state = 'attempting' WHERE id = 1", "work", "attempting", 1),
    ("UPDATE mail SET state = 'taken' WHERE id = 2", "work", "mail 2", 1),
    ("DELETE FROM outbox_content WHERE outbox = (SELECT min(id) FROM outbox)", "", "", 0),
]


@pytest.mark.parametrize(("sql", "what", "said", "code"), FAULTS)
def test_faults(line, sql, what, said, code):
    spoil(line, sql)
    line.now += doctor._LATE * 2
    found = [one for one in run(line, code=code) if one["state"] != "ok"]
    assert {one["what"] for one in found} == ({what} if what else set())
    assert said in " ".join(one["text"] for one in found)
    assert not found or "What to do" in found[-1]["text"]


@pytest.mark.parametrize("content", [b"rubbish", zlib.compress(b"too much" * 1000), None])
def test_bytes_that_are_not_what_came(line, content):
    if content is None:
        spoil(line, "DELETE FROM raw WHERE mail = 1")
        spoil(line, "UPDATE mail SET state = 'quarantined' WHERE id = 1")
    else:
        spoil(line, "UPDATE raw SET content = :content WHERE mail = 1", content=content)
    found = [one for one in run(line, code=5) if one["state"] != "ok"]
    assert "mail 1" in found[0]["text"]
    assert "restore" in found[-1]["text"]
    assert run(line, "--quick")


def test_a_damaged_database(line):
    line.put(write(LEILA, "Long", "A long mail. " * 20_000))
    line.store.close()
    place = Path(database(line))
    data = bytearray(place.read_bytes())
    for page in range(10, 40):
        data[page * 4096 : page * 4096 + 64] = b"x" * 64
    place.write_bytes(data)
    found = run(line, code=5)
    assert any(one["state"] == "damaged" and "restore" in one["text"] for one in found)
    place.write_bytes(b"no database" * 1000)
    assert any(one["state"] == "damaged" for one in run(line, code=5))


def test_what_others_may_read(line):
    Path(database(line)).chmod(0o644)
    (line.config.parent / "state" / "desk.key").chmod(0o640)
    found = [one for one in run(line, code=1) if one["state"] == "problem"]
    assert {one["what"] for one in found} == {"store", "secrets"}
    assert all("chmod 600" in one["text"] for one in found)


def test_the_disk(line, monkeypatch):
    for free, state in ((10**6, "problem"), (500 * 10**6, "warning"), (10**11, "ok")):
        usage = type("Usage", (), {"free": free})
        monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _place, usage=usage: usage)
        found = run(line, code=1 if state == "problem" else 0)
        assert [one["state"] for one in found if one["what"] == "disk"] == [state]
    monkeypatch.setattr(doctor, "filesystem", lambda *_: "nfs4")
    assert "PostgreSQL" in next(one["text"] for one in run(line, code=1) if one["state"] == "problem")


def test_on_which_file_system():
    mounts = "/dev/a / ext4 rw 0 0\nbox:/data /srv/mail\\040desk nfs4 rw 0 0\ntmpfs /srv tmpfs rw 0 0\n"
    assert doctor.filesystem(Path("/srv/mail desk/store.db"), mounts) == "nfs4"
    assert doctor.filesystem(Path("/srv/mail/store.db"), mounts) == "tmpfs"
    assert doctor.filesystem(Path("/var/store.db"), mounts) == "ext4"


def test_who_holds_it_and_whether_it_is_there(line, tmp_path):
    with Path(f"{database(line)}.lock").open("w") as held:
        held.write("4711")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "pid 4711" in next(one["text"] for one in run(line) if one["what"] == "daemon")
    config = prepare(tmp_path / "other", CONFIG.read_text("utf-8"))
    assert "made by the first" in run(line, config=config, code=1)[-1]["text"]
    assert not list((tmp_path / "other" / "state").glob("*.db*"))


def test_postgres(line, tmp_path, postgres_url):
    text = CONFIG.read_text("utf-8").replace("[desk]", f'[desk]\ndatabase = "{postgres_url}"', 1)
    config = prepare(tmp_path / "pg", text)
    assert any(one["what"] == "schema" for one in run(line, config=config, code=1))
    store = Store(postgres_url)
    store.prepare()
    open_ticket(store)
    assert {one["state"] for one in run(line, config=config)} == {"ok"}
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE ticket SET subject = 'other'"))
    assert run(line, config=config, code=5)[-1]["what"] == "tickets"
    store.close()

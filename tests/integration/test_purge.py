"""`maildesk purge`: counts first, then removes to the last byte of the files (P25)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner
from line import CONFIG, Line, answer_to, prepare, write
from storekit import NOW, minutes, outgoing, raw, send

from maildesk.cli import main
from maildesk.store.store import Store

LEILA, JOHN = "Leilacanary <leila.canary@example.net>", "John <john@example.org>"
RETENTION = """
[retention]
closed_tickets = "60d"
raw_mail = "10d"
quarantine = "7d"
outbox = "5d"
"""


@pytest.fixture
def line(tmp_path):
    one = Line(tmp_path, CONFIG.read_text("utf-8").replace("[updates]", RETENTION + "\n[updates]"))
    yield one
    assert list(one.broken()) == []
    one.close()


def run(line, *options, code=0, config=None, keys=""):
    with time_machine.travel(line.now, tick=False):
        done = CliRunner().invoke(main, ["--config", str(config or line.config), "purge", *options], input=keys)
    assert done.exit_code == code, done.output
    return done.output


def due(line, **more):
    return {row["what"]: row["due"] for row in json.loads(run(line, "--dry-run", "--json", **more))}


def files(line) -> bytes:
    place = Path(sa.make_url(line.store.url).database)
    return b"".join(path.read_bytes() for path in place.parent.glob(place.name + "*"))


def test_it_counts_asks_and_leaves_no_byte(line):
    line.put(write(LEILA, "Subjectcanary", "My textcanary is wrong."))
    told = next(one for one in line.left if one.notice == "notification")
    line.put(answer_to(told, "Dear Leilacanary, it is mended.", tag="[solved] [close]"))
    spam = write("Spamcanary <spamcanary@example.net>", "Wonderfulcanary", "Claim yourcanary now")
    spam["X-Spam-Flag"] = "YES"
    vacation = write("away.canary@example.net", "Away", "I am awaycanary.", Auto_Submitted="auto-replied")
    line.put(spam, vacation)
    line.put(write(JOHN, "Login", "I cannot log in."))
    with line.store.engine.connect() as connection:
        kept = sa.text("SELECT mail, content FROM raw")
        packed = {row.mail: bytes(row.content) for row in connection.execute(kept)}
        sent = [bytes(one) for one in connection.execute(sa.text("SELECT content FROM outbox_content")).scalars()]
    line.now += timedelta(days=100)
    before = files(line)
    assert b"canary" in before
    assert packed[1][20:60] in before

    assert due(line) == {
        "sent mails": len(sent),
        "mails in quarantine": 1,
        "raw mails": 3,
        "tickets' texts": 1,
        "people": 1,
    }
    run(line, code=1, keys="n\n")
    assert due(line)["people"] == 1

    run(line, "--yes")
    after = files(line)
    assert b"canary" not in after.lower()
    assert [row for row, content in packed.items() if content[20:60] in after] == [5]
    assert not [content for content in sent if content[20:60] in after]
    assert set(due(line).values()) == {0}
    assert line.ticket(1001).requester == "erased-1001"
    assert line.store.look.raw(5)
    assert len(after) < len(before)


def test_what_the_job_removed_before_is_gone_from_the_files_too(line):
    line.put(write(LEILA, "Subjectcanary", "My textcanary is wrong."))
    told = next(one for one in line.left if one.notice == "notification")
    line.put(answer_to(told, "Dear Leilacanary, it is mended.", tag="[solved] [close]"))
    line.wait(100 * 24 * 3600)
    line.wait(100 * 24 * 3600)
    run(line, "--yes")
    assert b"canary" not in files(line).lower()


def test_more_than_a_run_of_the_job_at_once(line, monkeypatch):
    monkeypatch.setattr("maildesk.schedule.retention.BATCH", 2)
    monkeypatch.setattr("maildesk.store.purge.BATCH", 2)
    mails = [write(f"spam{number}@example.net", f"Spam {number}", "x") for number in range(7)]
    for mail in mails:
        mail["X-Spam-Flag"] = "YES"
    line.put(*mails)
    line.now += timedelta(days=30)
    assert due(line)["mails in quarantine"] == 7
    run(line, "--yes")
    assert due(line)["mails in quarantine"] == 0
    assert line.store.look.counts()["mails"] == {"ignored": 7}


def test_postgres(line, tmp_path, postgres_url):
    text = CONFIG.read_text("utf-8").replace("[desk]", f'[desk]\ndatabase = "{postgres_url}"', 1)
    config = prepare(tmp_path / "pg", text)
    store = Store(postgres_url)
    store.prepare()
    send(store, outgoing("old"))
    store.ledger.take([raw(1)], "1", NOW)
    store.queue.claim("1", NOW + minutes(1), 5)
    store.queue.disown("1")
    store.queue.cancel(1)
    assert due(line, config=config)["sent mails"] == 1
    run(line, "--yes", config=config)
    assert due(line, config=config)["sent mails"] == 0
    store.close()

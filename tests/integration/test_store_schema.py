"""The schema: made from nothing, by several at once, killed in the middle; and text that no database takes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from campaigns.crash_desk import DeskFolder, customer_mail
from integration.storekit import ME, NOW, in_children, raw

from maildesk import assemble
from maildesk.ingest.child import ParserPool
from maildesk.ingest.worker import Worker
from maildesk.model.errors import ConfigError, StoreDamaged
from maildesk.settings import load
from maildesk.store import migrate, schema
from maildesk.store.database import open_engine, quick_check
from maildesk.store.store import Store

TABLES = {*schema.metadata.tables, "alembic_version"}


def tables(url: str) -> set[str]:
    engine = open_engine(url)
    try:
        return set(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_from_nothing_to_current(store_url):
    engine = open_engine(store_url)
    assert migrate.version_state(engine) == "empty"
    engine.dispose()
    store = Store(store_url)
    store.prepare()
    assert migrate.version_state(store.engine) == "current"
    assert tables(store_url) == TABLES
    store.prepare()
    store.close()


def test_a_migrated_store_is_what_the_tables_say(store):
    with store.engine.connect() as connection:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        found = compare_metadata(MigrationContext.configure(connection), schema.metadata)
    assert [one for one in found if "sequence" not in str(one[0])] == []


def test_a_newer_store_is_refused(store):
    with store.engine.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    with pytest.raises(ConfigError, match="newer"):
        store.prepare()


def _prepare(number: int, url: str) -> int:
    store = Store(url)
    store.prepare()
    store.close()
    return 0


def test_several_may_prepare_at_once(store_url):
    assert in_children(3, _prepare, store_url) == [0, 0, 0]
    assert tables(store_url) == TABLES


_DYING = """
import os, signal, sys
import sqlalchemy as sa
from maildesk.store.store import Store

store, left = Store(sys.argv[1]), [int(sys.argv[2])]

@sa.event.listens_for(store.engine, "before_cursor_execute")
def count(*_):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)

store.prepare()
"""


@pytest.mark.parametrize("statement", [3, 10, 25, 45, 60, 70])
def test_killed_at_a_statement_it_is_old_or_new(store_url, statement):
    code = subprocess.run([sys.executable, "-c", _DYING, store_url, str(statement)], check=False).returncode
    assert code in {0, -signal.SIGKILL}
    assert tables(store_url) in (set(), TABLES)
    store = Store(store_url)
    store.prepare()
    assert tables(store_url) == TABLES
    assert store.ledger.take([raw(1)], ME, NOW)
    store.close()


def test_a_damaged_file_is_told_at_the_start(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/s.db")
    store.prepare()
    store.close()
    file = tmp_path / "s.db"
    content = bytearray(file.read_bytes())
    content[4096 * 3 : 4096 * 5] = os.urandom(4096 * 2)
    file.write_bytes(content)
    engine = open_engine(f"sqlite:///{file}")
    with pytest.raises(StoreDamaged):
        quick_check(engine)
    engine.dispose()


def test_only_the_owner_may_read_the_store(store_url, tmp_path):
    if not store_url.startswith("sqlite"):
        pytest.skip("a server keeps its own files")
    before = os.umask(0)
    try:
        _prepare(0, store_url)
    finally:
        os.umask(before)
    assert {file.name: file.stat().st_mode & 0o077 for file in tmp_path.glob("store.db*")} == {"store.db": 0}


# --- what no database takes as text (F40)

STRANGE = {
    "nul in the subject": b"Subject: a\0b =?utf-8?q?c=00d?=\r\n\r\ntext\r\n",
    "nul in the text": b"Subject: x\r\n\r\na\0b\r\n",
    "nul in the name": b'Subject: x\r\n\r\n"a\0',
    "a lone surrogate in utf-8": b"Subject: \xed\xa0\x80\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xed\xa0\x80\r\n",
    "a lone surrogate in utf-7": b"Subject: x\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+2AA-\r\n",
    "a lone surrogate in utf-16": b"Subject: x\r\nContent-Type: text/plain; charset=utf-16-be\r\nContent-Transfer-Encoding: base64\r\n\r\n2AAAYQ==\r\n",
    "an entity for it": b"Subject: x\r\nContent-Type: text/html\r\n\r\n<p>a&#xD800;&#0;b</p>\r\n",
    "eight bits in a header": b"Subject: \xff\xfe\x80 \xd9\x85\r\nX-\xff: y\r\n\r\ntext\r\n",
    "nul in an address": b'Cc: <a\0b@example.net>\r\nReply-To: "\0" <c\0@example.net>\r\nSubject: x\r\n\r\ntext\r\n',
    "nul in a message-id": b"In-Reply-To: <a\0b@example.net>\r\nReferences: <\xff@x>\r\nSubject: x\r\n\r\ntext\r\n",
    "nul in a file name": b"Subject: x\r\nContent-Type: text/plain; name=\"a\0b.txt\"\r\nContent-Disposition: attachment; filename*=utf-8''a%00%ED%A0%80b.txt\r\n\r\ntext\r\n",
    "nothing else": b"\0" * 50,
}


@pytest.fixture
def worker(store, tmp_path):
    """The line on this store."""
    desk = DeskFolder(tmp_path / "desk", {"support": "nobody"}, store.url).write(1, 2)
    assembled, problems = assemble.assemble(load(desk.config))
    assert problems == ()
    with ParserPool(assembled.reading) as pool:
        yield assembled, Worker(store, pool, lambda: datetime.now(UTC))


def test_what_the_daemon_died_over_three_times_is_quarantined_and_told(store, worker):
    desk, line = worker
    store.ledger.take([raw(1, at=NOW)], "1", NOW)
    for owner in ("2", "3", "4"):
        claimed = store.ledger.claim(owner, 9, others=True)
    (receipt,) = line.work(desk, claimed)
    assert receipt.outcome == "quarantined"
    assert [row["template"] for row in store.look.outbox()] == ["quarantine_alert"]


def test_strange_text_never_reaches_the_database(store, worker):
    desk, line = worker
    now = datetime.now(UTC)
    mails = []
    for number, (name, content) in enumerate(STRANGE.items(), 1):
        head = f"From: Customer <c{number}@example.net>\r\nTo: support@example.com\r\nMessage-ID: <{number}@example.net>\r\n"
        mails.append(raw(number, at=now, content=head.encode() + content if name != "nothing else" else content))
    mails.append(raw(99, at=now, content=customer_mail("sound@example.net", 99).as_bytes()))
    receipts = line.work(desk, store.ledger.take(mails, ME, now))
    told = dict(zip([*STRANGE, "sound"], [(one.outcome.value, one.reason) for one in receipts], strict=True))
    states = {row["uid"]: row["state"] for row in store.look.mails()}
    assert {name for name, (outcome, _) in told.items() if outcome == "quarantined"} == {"nothing else"}, told
    assert set(states.values()) <= {"done", "ignored", "quarantined"}
    for one in store.look.tickets():
        text = "".join([one.subject, one.requester, *(entry.text for entry in store.look.entries(one.number))])
        assert "\0" not in text
        text.encode()
    assert {row["uid"]: store.look.raw(row["id"]) for row in store.look.mails()} == {
        one.key.uid: one.content for one in mails
    }

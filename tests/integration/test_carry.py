"""`maildesk export` writes the history for other programs; `import` brings it into an empty store and sends nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from line import CONFIG, Line, answer_to, prepare, write

from maildesk.cli import main
from maildesk.model.ticket import fold
from maildesk.store.carry import KINDS, keys
from maildesk.store.store import Store

LEILA, JOHN = "Leila <leila@example.net>", "John <john@example.org>"
DAY = 24 * 3600


@pytest.fixture
def line(tmp_path):
    desk = Line(tmp_path / "old", CONFIG.read_text("utf-8"))
    yield desk
    desk.close()


def run(line, *words, code=0, config=None):
    with time_machine.travel(line.now, tick=False):
        done = CliRunner().invoke(main, ["--config", str(config or line.config), *map(str, words)])
    assert done.exit_code == code, done.output
    return done.output


def filled(line):
    line.put(write(LEILA, "=Rechnung", "فاکتور اشتباه است.\nنیم‌فاصله"))
    told = next(one for one in line.left if one.notice == "notification")
    line.put(answer_to(told, "It is done now.", tag="[solved; tag +refund; field order=4711]"))
    line.wait(2 * DAY)
    line.put(write(JOHN, "Login", "I cannot log in."))
    spam = write("spam@example.net", "You have won", "Claim now")
    spam["X-Spam-Flag"] = "YES"
    line.put(spam)


def lines(text):
    return [json.loads(one) for one in text.splitlines()]


@pytest.fixture(params=["sqlite", "postgres"])
def other(request, tmp_path):
    """Another desk's config and its store, empty."""
    url = f"sqlite:///{tmp_path}/other.db"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    text = CONFIG.read_text("utf-8").replace("[desk]", f'[desk]\ndatabase = "{url}"', 1)
    store = Store(url)
    store.prepare()
    yield prepare(tmp_path / "new", text), store
    store.close()


def test_every_line_is_whole(line):
    filled(line)
    found = lines(run(line, "export"))
    assert found[0] == {"type": "header", "format": 1, "numbers": found[0]["numbers"]}
    for one in found[1:]:
        assert set(one) == {"type", *keys(one["type"])}
    entries = [one for one in found if one["type"] == "entry" and one["ticket"] == 1001]
    assert entries[0]["text"].startswith("فاکتور")
    assert {"order": "4711"} in [one["after"].get("fields") for one in entries]
    assert [one["number"] for one in entries] == list(range(1, len(entries) + 1))
    assert [one["number"] for one in found if one["type"] == "ticket"] == [1001, 1002]
    assert all("password" not in json.dumps(one) for one in found)


def test_since_and_kind(line):
    filled(line)
    day = f"{line.now:%Y-%m-%d}"
    found = lines(run(line, "export", "--since", day))
    assert [one["number"] for one in found if one["type"] == "ticket"] == [1002]
    assert {one["type"] for one in lines(run(line, "export", "--kind", "entry"))} == {"entry"}
    assert "--kind" in run(line, "export", "--format", "csv", code=2)


def test_csv_is_safe_in_a_spreadsheet(line, tmp_path):
    filled(line)
    run(line, "export", tmp_path / "tickets.csv", "--format", "csv", "--kind", "ticket")
    assert (tmp_path / "tickets.csv").stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(io.StringIO((tmp_path / "tickets.csv").read_text("utf-8"))))
    assert rows[0]["subject"] == "'=Rechnung"
    assert json.loads(rows[0]["fields"]) == {"order": "4711"}
    assert (rows[0]["number"], rows[0]["due_at"]) == ("1001", "")


def test_what_is_exported_comes_back_and_nothing_leaves(line, other, tmp_path):
    config, store = other
    filled(line)
    line.take(write(JOHN, "Later", "Not sent yet.").as_bytes())
    run(line, "export", tmp_path / "desk.jsonl")
    told = run(line, "import", tmp_path / "desk.jsonl", config=config)
    assert "3 ticket" in told
    for ticket in line.tickets():
        assert store.look.ticket(ticket.number) == ticket
        assert store.look.entries(ticket.number) == line.store.look.entries(ticket.number)
        assert fold(store.look.entries(ticket.number)) == ticket
    assert store.look.contacts() == line.store.look.contacts()
    counts = store.look.counts()
    assert not {"queued", "held", "attempting"} & set(counts["outbox"])
    assert not {"taken", "quarantined"} & set(counts["mails"])
    assert sum(counts["mails"].values()) == 5
    again = [one for one in lines(run(line, "export", config=config)) if one["type"] in {"ticket", "entry", "contact"}]
    assert again == [
        one for one in lines((tmp_path / "desk.jsonl").read_text()) if one["type"] in {"ticket", "entry", "contact"}
    ]
    with store.deciding(line.now) as tx:
        assert tx.next_id("ticket") == 1004
        assert tx.next_id("outbox") > max(row["id"] for row in store.look.outbox(limit=1000))
    assert "empty" in run(line, "import", tmp_path / "desk.jsonl", config=config, code=1)
    (tmp_path / "late.eml").write_bytes(write(LEILA, "Late", "A new mail.").as_bytes())
    run(line, "mail", "ingest", tmp_path / "late.eml", "--mailbox", "support", config=config)
    assert store.look.ticket(1005)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda found: [*found, "{"], "no JSON"),
        (lambda found: [*found, "[]"], "no object"),
        (lambda found: found[1:], "no header"),
        (lambda found: [found[0].replace('"format": 1', '"format": 2'), *found[1:]], "format 2"),
        (lambda found: [*found, '{"type": "gift"}'], "'gift'"),
        (lambda found: [*found, '{"type": "rating", "ticket": 1}'], "missing"),
        (lambda found: [*found, '{"type": "contact", "email": "a@example.com", "evil": 1}'], "'evil'"),
        (lambda found: [*found, found[-1]], "UNIQUE"),
        (lambda found: [one for one in found if '"type": "entry"' not in one], "ticket 1001"),
        (lambda found: [one.replace('"taken_at": "2026', '"taken_at": "zwei') for one in found], "zwei"),
        (lambda found: [], "no export"),
    ],
)
def test_what_is_wrong_leaves_the_store_empty(line, tmp_path, change, said):
    filled(line)
    found = run(line, "export").splitlines()
    (tmp_path / "bad.jsonl").write_text("\n".join(change(found)), "utf-8")
    text = CONFIG.read_text("utf-8").replace("[desk]", f'[desk]\ndatabase = "sqlite:///{tmp_path}/empty.db"', 1)
    config = prepare(tmp_path / "new", text)
    told = run(line, "import", tmp_path / "bad.jsonl", config=config, code=1)
    assert said in told
    assert run(line, "ticket", "list", "--json", config=config) == "[]\n"
    assert run(line, "contact", "list", "--json", config=config) == "[]\n"


def test_the_page_names_every_key():
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text("utf-8")
    for kind in KINDS:
        section = page.partition(f"\n## `{kind}`")[2].partition("\n## ")[0]
        rows = re.findall(r"(?m)^\| (`[^|]+) \|", section)
        assert {key for row in rows for key in re.findall(r"`([a-z_]+)`", row)} == set(keys(kind)), kind

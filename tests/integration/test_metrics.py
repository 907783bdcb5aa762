"""`maildesk metrics`: numbers that Prometheus can read, from the store alone."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from click.testing import CliRunner
from line import CONFIG, Line, prepare, write
from prometheus_client.parser import text_string_to_metric_families
from storekit import open_ticket

from maildesk.cli import main
from maildesk.store.store import Store


def run(config, now, *options):
    with time_machine.travel(now, tick=False):
        done = CliRunner().invoke(main, ["--config", str(config), "metrics", *options])
    assert done.exit_code == 0, done.output
    return done.output


def numbers(text):
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


@pytest.fixture
def line(tmp_path):
    desk = Line(tmp_path, CONFIG.read_text("utf-8"))
    yield desk
    desk.close()


def test_the_numbers_are_those_of_the_store(line):
    spam = write("spam@example.net", "You have won", "Claim now")
    spam["X-Spam-Flag"] = "YES"
    line.put(write("leila@example.net", "Invoice", "It is wrong."), spam)
    line.take(write("john@example.org", "Login", "I cannot log in.").as_bytes())
    line.store.note_job("wake", "failed: no", line.now)
    line.now += timedelta(hours=2)
    text = run(line.config, line.now)
    found = numbers(text)
    assert (found["maildesk_mails", "done"], found["maildesk_mails", "quarantined"]) == (2, 1)
    assert found["maildesk_mails", "taken"] == 0
    assert found["maildesk_tickets", "new"] == 2
    assert found["maildesk_outbox", "sent"] > 0
    assert found["maildesk_outbox", "queued"] > 0
    assert found["maildesk_outbox", "unknown"] == 0
    assert {found["maildesk_oldest_seconds", name] for name in ("customer", "sending", "quarantine")} == {7200}
    assert found["maildesk_oldest_seconds", "decision"] == 0
    assert found["maildesk_job_failed", "wake"] == 1
    assert found["maildesk_job_runs_total", "wake"] == 1
    assert found["maildesk_mailbox_last_uid", "support"] == 3
    assert found["maildesk_mailbox_last_mail_seconds", "support"] == (line.now - timedelta(hours=2)).timestamp()
    assert "@" not in text
    as_json = json.loads(run(line.config, line.now, "--json"))
    assert {(one["name"], *one["labels"].values()): one["value"] for one in as_json} == found


def test_an_empty_desk_and_postgres(tmp_path, line, postgres_url):
    assert numbers(run(line.config, line.now))["maildesk_oldest_seconds", "customer"] == 0
    text = CONFIG.read_text("utf-8").replace("[desk]", f'[desk]\ndatabase = "{postgres_url}"', 1)
    config = prepare(tmp_path / "pg", text)
    store = Store(postgres_url)
    store.prepare()
    open_ticket(store)
    store.close()
    assert numbers(run(config, line.now))["maildesk_tickets", "new"] == 1

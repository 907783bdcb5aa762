"""What was set aside comes in again when a person says so."""

from __future__ import annotations

import pytest
import time_machine
from click.testing import CliRunner
from line import CONFIG, Line, write

from maildesk.cli import main


@pytest.fixture
def line(tmp_path):
    desk = Line(tmp_path, CONFIG.read_text("utf-8"))
    yield desk
    assert list(desk.broken()) == []
    desk.close()


def run(line, *words, code=0):
    with time_machine.travel(line.now, tick=False):
        done = CliRunner().invoke(main, ["--config", str(line.config), *words])
    assert done.exit_code == code, done.output
    return done.output


def work(line):
    """What the daemon does with what was put back."""
    receipts = line._worker.work(line.desk, line.store.ledger.claim("1", 10, others=False))
    line.deliver()
    return [receipt.outcome.value for receipt in receipts]


def test_marked_as_spam_and_let_in_all_the_same(line):
    mail = write("leila@example.net", "Invoice", "It is wrong.")
    mail["X-Spam-Flag"] = "YES"
    line.put(mail)
    run(line, "quarantine", "retry", "1")
    assert work(line) == ["quarantined"]
    run(line, "quarantine", "release", "1")
    assert work(line) == ["new"]
    assert line.ticket(1001).requester == "leila@example.net"
    assert "not in quarantine" in run(line, "quarantine", "release", "1", code=1)
    line.put(mail.as_bytes().replace(b"It is wrong", b"It is still wrong").replace(b"Message-ID: <", b"Message-ID: <x"))
    assert line.store.look.counts()["mails"]["quarantined"] == 1


def test_a_block_does_not_hold_what_was_let_in(line):
    run(line, "address", "block", "leila@example.net", "--quarantine")
    line.put(write("leila@example.net", "Invoice", "It is wrong."))
    assert line.tickets() == []
    run(line, "quarantine", "release", "1")
    assert work(line) == ["new"]

"""Yesterday's backup, today's mailbox: real programs, a real mail server, mail that was moved away meanwhile (F62)."""

from __future__ import annotations

import subprocess
import sys

import pytest
from campaigns import sink
from campaigns.crash_desk import DeskFolder, customer_mail

from maildesk.store.store import Store

pytestmark = pytest.mark.timeout(120)
OLD, SINCE, AFTER = "old@example.net", "since@example.net", "after@example.net"


def maildesk(desk, *words):
    command = [sys.executable, "-m", "maildesk", "--config", str(desk.config), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_mail_since_the_backup_is_read_again_and_not_answered_again(tmp_path, dovecot):
    user = dovecot.user()
    dovecot.append(user)
    url = f"sqlite:///{tmp_path}/store.db"
    with sink.running(tmp_path / "sink") as outside:
        desk = DeskFolder(tmp_path / "desk", {"support": user}, url).write(dovecot.imap, outside.port)

        def comes(sender):
            dovecot.append(user, customer_mail(sender, sender).as_bytes())
            maildesk(desk, "run", "--once")

        maildesk(desk, "run", "--once")
        comes(OLD)
        maildesk(desk, "backup", tmp_path / "backup.db")
        comes(SINCE)
        assert len(dovecot.flags(user, "Done")) == 2
        told = maildesk(desk, "restore", "--yes", tmp_path / "backup.db")
        assert "2 mails" in told
        assert len(dovecot.flags(user)) == 2
        maildesk(desk, "run", "--once")
        comes(AFTER)
        store = Store(url)
        tickets = {ticket.requester: ticket.number for ticket in store.look.tickets()}
        counts = store.look.counts()["mails"]
        store.close()
        got = [mail.recipient for mail in outside.take() if mail.recipient.endswith("example.net")]
    assert sorted(got) == [AFTER, OLD, SINCE]
    assert tickets[OLD] == 1001
    assert set(tickets) == {OLD, SINCE, AFTER}
    assert tickets[SINCE] > 2000
    assert counts == {"done": 3, "duplicate": 1}
    assert dovecot.flags(user) == {}
    assert len(dovecot.flags(user, "Done")) == 3

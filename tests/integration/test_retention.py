"""What is over its time goes, and the figures stay."""

import pytest
from line import CONFIG, Line, answer_to, write

from maildesk.insight import gather
from maildesk.insight.kpi import Period

LEILA, JOHN = "Leila <leila@example.net>", "John <john@example.org>"
RULES = """
[retention]
closed_tickets = "60d"
raw_mail = "10d"
quarantine = "7d"
outbox = "5d"
"""
DAY = 24 * 3600


@pytest.fixture
def line(tmp_path):
    one = Line(tmp_path, CONFIG.read_text("utf-8").replace("[updates]", RULES + "\n[updates]"))
    yield one
    assert list(one.broken()) == []
    one.close()


def closed(line, who, text):
    line.put(write(who, text, f"Hello, {text} is wrong. Please help."))
    told = [one for one in line.left if one.notice == "notification"][-1]
    line.put(answer_to(told, "It is done now.", tag="[solved] [close]"))
    line.wait(60)


def rows(line, table):
    with line.store.engine.connect() as connection:
        return connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()


def test_each_thing_goes_in_its_time(line):
    begin = line.now
    closed(line, LEILA, "invoice")
    spam = write(JOHN, "You have won", "Claim now")
    spam["X-Spam-Flag"] = "YES"
    line.put(spam)
    line.put(write(JOHN, "Login", "Hello, I cannot log in."))
    period = Period(begin, line.now)
    before = gather.material(line.store.look, line.desk, period, now=line.now).figures
    assert (rows(line, "raw"), line.store.look.counts()["mails"]["quarantined"]) == (4, 1)

    line.wait(6 * DAY)
    assert rows(line, "outbox_content") == 0
    line.wait(2 * DAY)
    assert "quarantined" not in line.store.look.counts()["mails"]
    assert rows(line, "raw") == 3
    line.wait(4 * DAY)
    assert rows(line, "raw") == 1  # John's ticket is open
    assert any(entry.text for entry in line.store.look.entries(1001))

    line.wait(60 * DAY)
    assert not any(entry.text for entry in line.store.look.entries(1001))
    assert line.ticket(1001).requester == "erased-1001"
    assert line.store.look.contact("leila@example.net") is None
    assert line.ticket(1002).requester == "john@example.org"
    assert any(entry.text for entry in line.store.look.entries(1002))
    after = gather.material(line.store.look, line.desk, period, now=line.now).figures
    assert (after.total, after.days) == (before.total, before.days)


def test_nothing_goes_for_ever_without_a_word_of_it(tmp_path):
    line = Line(tmp_path, CONFIG.read_text("utf-8"))
    closed(line, LEILA, "invoice")
    line.wait(400 * DAY)
    assert line.ticket(1001).requester == "leila@example.net"
    assert any(entry.text for entry in line.store.look.entries(1001))
    assert rows(line, "raw") == 2
    line.close()

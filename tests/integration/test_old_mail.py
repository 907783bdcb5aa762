"""Old and imported mail: it becomes tickets, and nothing automatic comes of it until its customer writes again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from line import BEGIN, CONFIG, Line, answer_to, write

from maildesk.ingest.worker import Worker
from maildesk.model.mail import MailKey, RawMail
from maildesk.store.ledger import BY_HAND

LEILA = "leila@example.net"
LEVEL = """
[[sla]]
name           = "all"
first_response = "2h"
resolution     = "8h"
steps          = [ { at = "75%", notify = ["assignee"] }, { at = "100%", notify = ["lead"] } ]
"""
RULES = """
[[rule]]
name = "settled"
on   = ["idle"]
when = { idle_days = { at_least = 2 } }
then = [ { notice = "reminder" } ]

[[rule]]
name = "told"
on   = ["solved"]
then = [ { notice = "solved" }, { survey = true } ]
"""


@pytest.fixture
def line(tmp_path):
    config = CONFIG.read_text("utf-8").replace("enabled = false", "enabled = true")
    desk = Line(tmp_path, config + LEVEL, rules=RULES)
    yield desk
    assert list(desk.broken()) == []
    desk.close()


def received(age: timedelta, now: datetime = BEGIN) -> str:
    """A trace header (RFC 5321 section 4.4) as our own server wrote it so long ago."""
    return f"from mx.example.net by mail.example.com with ESMTPS id 4X; {format_datetime((now - age).astimezone(UTC))}"


def old(subject: str = "The printer", age: timedelta = timedelta(days=40), text: str = "It does not print.") -> bytes:
    return write(LEILA, subject, text, date=format_datetime(BEGIN - age)).as_bytes()


def imported(line: Line, *contents: bytes) -> None:
    """What ``start = "import"`` does with mail that lies there."""
    line.store.ledger.begin_at("support", 1, 0, datetime.fromtimestamp(0, UTC), quiet_until=len(contents))
    line.put(*contents)


def live_long(line: Line) -> None:
    for _ in range(6):
        line.wait(20 * 3600)


def test_what_is_imported_causes_no_mail_by_rule_job_or_service_level(line):
    imported(line, old(), old("Fresh", timedelta(hours=5)), old("Older", timedelta(days=3)))
    live_long(line)
    assert [one.number for one in line.tickets()] == [1001, 1002, 1003]
    assert [one for one in line.left if one.to == LEILA] == []
    assert {one.notice for one in line.left} <= {"worklist"}
    for ticket in line.tickets():
        assert str(ticket.number) in line.last(line.desk.agents[ticket.assignee].email, "worklist").text


def test_nothing_waits_as_a_draft_either(line):
    imported(line, old(age=timedelta(hours=1)))
    live_long(line)
    assert [row for row in line.store.look.outbox() if row["recipient"] == LEILA and row["state"] != "suppressed"] == []


def test_solving_what_was_imported_writes_to_nobody(line):
    imported(line, old())
    live_long(line)
    owner = line.desk.agents[line.ticket(1001).assignee].email
    line.put(answer_to(line.last(owner, "worklist"), "1001 solved"))
    live_long(line)
    assert line.ticket(1001).status == "solved"
    assert line.to(LEILA) == []


def test_a_new_mail_of_the_customer_makes_it_a_ticket_like_any_other(line):
    imported(line, old())
    line.put(write(LEILA, "Re: The printer", "And it still does not.", In_Reply_To=_id_of(line)))
    assert line.ticket(1001).quiet is False
    assert line.last(line.desk.agents[line.ticket(1001).assignee].email).notice == "notification"
    clocks = line.ticket(1001).clocks
    assert {(one.target, one.started) for one in clocks} == {("first_response", BEGIN), ("resolution", BEGIN)}
    live_long(line)
    assert "status_update" in {one.notice for one in line.to(LEILA)}


def _id_of(line: Line) -> str:
    return line.store.look.entries(1001)[0].message_id


@pytest.mark.parametrize("trace", [True, False])
def test_mail_brought_in_by_hand_is_as_old_as_it_says(line, trace):
    content = old(age=timedelta(days=3))
    if trace:
        content = f"Received: {received(timedelta(days=3))}\r\n".encode() + old(age=timedelta(0))
    by_hand(line, content)
    live_long(line)
    assert line.to(LEILA) == []
    assert line.ticket(1001).opened_at == BEGIN - timedelta(days=3)


def test_what_is_brought_in_fresh_is_acknowledged(line):
    content = f"Received: {received(timedelta(minutes=3))}\r\n".encode() + old(age=timedelta(days=3))
    by_hand(line, content)
    assert [one.notice for one in line.to(LEILA)] == ["acknowledgement"]


def test_a_mail_that_was_long_on_its_way_is_not_old(line):
    """Its Date is the sender's; when it reached us is what our server wrote."""
    line.put(f"Received: {received(timedelta(minutes=1))}\r\n".encode() + old())
    assert [one.notice for one in line.to(LEILA)] == ["acknowledgement"]


def by_hand(line: Line, content: bytes) -> None:
    raw = RawMail(MailKey("support", BY_HAND, len(content)), content, line.now)
    line._uid += 1
    worker: Worker = line._worker
    worker.work(line.desk, line.store.ledger.take([raw], "1", line.now))
    line.deliver()


def test_after_an_outage_nobody_waits_unseen(line):
    """Mail that came days ago, while nobody looked, gets nothing automatic; whoever has to answer is warned."""
    line._uid += 1
    raw = RawMail(MailKey("support", 1, line._uid), old(), line.now - timedelta(days=3))
    line._worker.work(line.desk, line.store.ledger.take([raw], "1", line.now))
    live_long(line)
    assert line.to(LEILA) == []
    assert {one.target for one in line.ticket(1001).clocks} == {"first_response", "resolution"}
    assert [entry.cause for entry in line.store.look.entries(1001) if entry.event == "due"] == [
        "first_response: 100 % (75 % went by unseen)",
        "resolution: 100 % (75 % went by unseen)",
    ]
    assert "1001" in line.last(line.desk.agents[line.ticket(1001).assignee].email, "worklist").text

"""Where nobody does anything: the customer is reminded once, then the ticket is solved; a reply ends it, a robot does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from line import RULES as DEFAULT
from line import Line, answer_to, write

LEILA, OMID = "leila@example.org", "omid@example.com"
RULES = """
[[rule]]
name = "omid has it"
on   = ["opened"]
then = [ { assign = "omid" } ]

[[rule]]
name = "remind"
on   = ["idle"]
when = { status = "waiting", idle_days = { at_least = 3 }, not = { tag = "reminded" } }
then = [ { notice = "reminder" }, { tag = "+reminded" } ]

[[rule]]
name = "settled"
on   = ["idle"]
when = { status = "waiting", idle_days = { at_least = 7 } }
then = [ { solve = true } ]
"""


@pytest.fixture
def line(tmp_path):
    assert DEFAULT.exists()
    desk = Line(tmp_path, rules=RULES)
    desk.put(write(LEILA, "Cannot log in", "Please help."))
    desk.put(answer_to(desk.last(OMID, "notification"), "Which browser?"))
    yield desk
    assert list(desk.broken()) == []
    desk.close()


def days(line, count):
    line.now += timedelta(days=count)
    line.wait(0)


def test_a_customer_who_does_not_answer_is_reminded_once_and_then_it_is_settled(line):
    days(line, 2)
    assert line.to(LEILA, "reminder") == []
    days(line, 1)
    days(line, 1)
    line.wait(3600)
    assert len(line.to(LEILA, "reminder")) == 1
    assert not line.ticket(1001).is_done
    days(line, 3)
    assert line.ticket(1001).status == "solved"


def test_a_reply_ends_it(line):
    days(line, 3)
    line.put(answer_to(line.last(LEILA, "reminder"), "Firefox."))
    days(line, 20)
    assert line.ticket(1001).status == "open"


def test_where_no_rule_applies_nothing_is_written(line):
    before = line.ticket(1001).version
    for _ in range(5):
        line.wait(3600)
    assert line.ticket(1001).version == before

"""Where it is the customer's turn: one reminder for each wait, in working hours, then it is settled."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from line import CONFIG, Line, answer_to, write

LEILA, OMID = "leila@example.net", "omid@example.com"
OFFICE = """
[[calendar]]
name     = "office"
timezone = "Asia/Tehran"
week     = { sat = "9:00-17:00", sun = "9:00-17:00", mon = "9:00-17:00", tue = "9:00-17:00", wed = "9:00-17:00", thu = "9:00-13:00" }
"""
RULES = """
[[rule]]
name = "omid has it"
on   = ["opened"]
then = [ { assign = "omid" } ]

[[rule]]
name = "remind"
on   = ["idle"]
when = { status = "waiting", idle_days = { at_least = 3, at_most = 6 } }
then = [ { notice = "reminder" } ]

[[rule]]
name = "settled"
on   = ["idle"]
when = { status = "waiting", idle_days = { at_least = 7 } }
then = [ { solve = true } ]
"""


@pytest.fixture
def line(tmp_path):
    """The mailbox's calendar counts; Omid answers on a Sunday at 20:00, when nobody works."""
    config = CONFIG.read_text("utf-8").replace('display   = "Example', 'calendar  = "office"\ndisplay   = "Example', 1)
    desk = Line(tmp_path, config + OFFICE, rules=RULES, begin=datetime(2026, 11, 22, 16, 30, tzinfo=UTC))
    desk.put(write(LEILA, "ورود", "سلام، نمی‌توانم وارد حساب کاربری خود شوم. لطفاً راهنمایی کنید."))
    desk.put(answer_to(desk.last(OMID, "notification"), "Which browser is it?"))
    yield desk
    assert list(desk.broken()) == []
    desk.close()


def at(line, day, hour):
    line.now = datetime(2026, 11, day, hour, 30, tzinfo=UTC)
    line.wait(0)


def test_the_reminder_leaves_in_the_morning_in_the_customers_language(line):
    at(line, 25, 16)
    assert line.to(LEILA, "reminder") == []
    at(line, 26, 5)
    (reminder,) = line.to(LEILA, "reminder")
    assert "منتظر پاسخ شما هستیم" in reminder.text
    at(line, 29, 17)
    assert line.ticket(1001).status == "waiting"
    at(line, 30, 17)
    assert line.ticket(1001).status == "solved"
    assert len(line.to(LEILA, "reminder")) == 1


def test_a_reply_in_the_night_takes_the_reminder_back(line):
    at(line, 25, 16)
    line.put(answer_to(line.last(LEILA, ""), "فایرفاکس است، نسخهٔ ۱۲۰."))
    at(line, 26, 6)
    assert line.to(LEILA, "reminder") == []
    assert line.ticket(1001).status == "open"


def test_a_vacation_reply_takes_nothing_back(line):
    at(line, 25, 16)
    away = answer_to(line.last(LEILA, ""), "I am away until December.", Auto_Submitted="auto-replied")
    line.put(away)
    at(line, 26, 6)
    assert len(line.to(LEILA, "reminder")) == 1
    assert line.ticket(1001).status == "waiting"


def test_each_wait_has_a_reminder(line):
    at(line, 25, 16)
    at(line, 26, 5)
    line.put(answer_to(line.last(LEILA, "reminder"), "فایرفاکس است، نسخهٔ ۱۲۰."))
    line.put(answer_to(line.last(OMID, "notification"), "And which version of Windows is it?"))
    at(line, 30, 5)
    line.now = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
    line.wait(0)
    assert len(line.to(LEILA, "reminder")) == 2
    assert line.ticket(1001).status == "waiting"


def test_who_wrote_stop_gets_none(line):
    line.put(answer_to(line.last(LEILA, ""), "توقف"))
    at(line, 25, 16)
    at(line, 26, 6)
    assert line.to(LEILA, "reminder") == []

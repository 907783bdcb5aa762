"""Who is away is covered for; who was asked and does not answer is reminded; every morning has its list."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from line import CONFIG, Line, answer_to, write

JOHN, OMID, SARA, FINANCE = "john@example.org", "omid@example.com", "sara@example.com", "finance@example.com"
RULES = """
[[rule]]
name = "omid has it"
on   = ["opened"]
then = [ { assign = "omid" } ]
"""
CALENDAR = """
[[calendar]]
name     = "office"
timezone = "Asia/Tehran"
week     = { sat = ["9:00-17:00"], sun = ["9:00-17:00"], mon = ["9:00-17:00"], tue = ["9:00-17:00"] }

[[sla]]
name           = "normal"
first_response = "2h"
"""
HOUR, DAY = 3600, 86400


def make(tmp_path, more="", worklist="false", begin=datetime(2026, 11, 22, 6, tzinfo=UTC)):
    config = CONFIG.read_text("utf-8").replace("[worklist]\nenabled = false", f"[worklist]\nenabled = {worklist}")
    return Line(tmp_path, config + more, rules=RULES, begin=begin)


@pytest.fixture
def line(tmp_path):
    desk = make(tmp_path)
    desk.put(write(JOHN, "Help", "Please help.", message_id="<one@mail.example.org>"))
    yield desk
    assert list(desk.broken()) == []
    desk.close()


def more(line, text="Still waiting."):
    line.put(write(JOHN, "Re: Help", text, In_Reply_To="<one@mail.example.org>"))


def away(line, words):
    line.put(answer_to(line.to(OMID, "notification")[0], "", sender=OMID, tag=f"[vacation {words}]"))
    assert line.last(OMID).notice == "transcript", line.last(OMID).text


def test_a_follow_up_goes_to_the_cover_and_both_are_told(line):
    away(line, "1w sara")
    more(line)
    assert (line.ticket(1001).assignee, line.ticket(1001).field("covered")) == ("sara", "omid")
    assert "Still waiting." in line.last(SARA, "notification").text
    assert "covers while you are away" in line.last(OMID, "notification").text
    assert line.ticket(1001).requester == JOHN


def test_a_cover_who_is_away_too_passes_it_on(line):
    line.put(write(JOHN, "Other", "For Sara."))
    line.put(answer_to(line.last(OMID, "notification"), "", sender=OMID, tag="[assign sara]"))
    line.put(answer_to(line.last(SARA, "notification"), "", sender=SARA, tag="[vacation 1w mina]"))
    away(line, "1w sara")
    more(line)
    assert line.ticket(1001).assignee == "mina"


def test_without_a_cover_the_group_is_told(line):
    away(line, "1w")
    more(line)
    assert line.ticket(1001).assignee == ""
    assert "Still waiting." in line.last("mina@example.com", "notification").text


def test_on_the_last_day_what_nobody_answered_comes_back(line):
    away(line, "1w sara")
    more(line)
    line.wait(5 * DAY)
    assert line.ticket(1001).assignee == "sara"
    line.wait(DAY + HOUR)
    assert (line.ticket(1001).assignee, line.ticket(1001).field("covered")) == ("omid", "")
    assert "Yours again" in line.last(OMID, "notification").text
    assert "Back with its owner" in line.last(SARA, "notification").text or line.last(SARA, "notification")


def test_what_the_cover_answered_stays_with_them(line):
    away(line, "1w sara")
    more(line)
    line.put(answer_to(line.last(SARA, "notification"), "I am at it.", sender=SARA))
    line.wait(8 * DAY)
    assert (line.ticket(1001).assignee, line.ticket(1001).field("covered")) == ("sara", "")


def test_back_brings_it_back_at_once(line):
    away(line, "sara")
    more(line)
    line.put(answer_to(line.to(OMID, "notification")[0], "", sender=OMID, tag="[back]"))
    line.wait(60)
    assert line.ticket(1001).assignee == "omid"


def test_an_agents_out_of_office_changes_nothing(line):
    got = line.last(OMID, "notification")
    before = line.ticket(1001)
    line.put(answer_to(got, "I am away until 30 November.", sender=OMID, Auto_Submitted="auto-replied"))
    after = line.ticket(1001)
    assert (after.status, after.assignee, after.waiting_since) == (before.status, before.assignee, before.waiting_since)
    assert len(line.to(OMID)) == 1
    assert not line.to(JOHN, "")


def test_a_department_is_reminded_until_it_answers(line):
    line.put(answer_to(line.last(OMID, "notification"), "Is it paid?", sender=OMID, tag="[refer finance]"))
    assert len(line.to(FINANCE)) == 1
    line.wait(23 * HOUR)
    assert len(line.to(FINANCE)) == 1
    line.wait(2 * HOUR)
    line.wait(HOUR)
    assert [one.notice for one in line.to(FINANCE)] == ["", "refer_reminder"]
    assert "Is it paid?" in line.last(FINANCE).text
    line.wait(DAY)
    assert len(line.to(FINANCE, "refer_reminder")) == 2
    line.put(answer_to(line.last(FINANCE), "It is.", sender=FINANCE))
    assert "It is." in line.last(OMID).text
    line.wait(3 * DAY)
    assert len(line.to(FINANCE)) == 3
    assert not [one for one in line.to(JOHN) if "It is." in one.text]


def test_no_reminder_for_a_ticket_that_is_done(line):
    line.put(answer_to(line.last(OMID, "notification"), "Is it paid?", sender=OMID, tag="[refer finance]"))
    line.put(answer_to(line.last(OMID, "transcript"), "solved", sender=OMID))
    line.wait(3 * DAY)
    assert len(line.to(FINANCE)) == 1


def test_the_morning_brings_one_list_and_answers_by_line(tmp_path):
    line = make(tmp_path, CALENDAR, "true", datetime(2026, 11, 21, 16, tzinfo=UTC))
    line.put(write(JOHN, "One", "One."), write(JOHN, "Two", "Two."), write("eve@example.net", "Three", "Three."))
    line.wait(60)
    assert not line.to(OMID, "worklist")
    line.now = datetime(2026, 11, 22, 4, 29, tzinfo=UTC)
    line.wait(0)
    assert not line.to(OMID, "worklist"), "7:59 in Tehran"
    line.wait(120)
    line.wait(HOUR)
    assert len(line.to(OMID, "worklist")) == 1
    got = line.last(OMID, "worklist")
    assert "Overdue (3)" in got.text
    line.put(answer_to(got, "1001 solved\n1002 assign sara\n1003 snooze tomorrow\n1003 frobnicate", sender=OMID))
    states = [(line.ticket(number).status.value, line.ticket(number).assignee) for number in (1001, 1002, 1003)]
    assert states == [("solved", "omid"), ("new", "sara"), ("paused", "omid")]
    assert "frobnicate" in line.last(OMID, "transcript").text
    line.now = datetime(2026, 11, 23, 5, tzinfo=UTC)
    line.wait(60)
    assert len(line.to(OMID, "worklist")) == 2
    line.close()


def test_nobody_gets_a_list_on_a_free_day_or_with_nothing_on_it(tmp_path):
    office = CALENDAR.replace('name     = "office"', 'name = "office"')
    line = make(tmp_path, office, "true", datetime(2026, 11, 26, 5, tzinfo=UTC))
    line.put(write(JOHN, "One", "One."))
    line.wait(60)
    assert [one.to for one in line.left if one.notice == "worklist"] == [OMID], "Omid has no calendar of his own"
    line.close()

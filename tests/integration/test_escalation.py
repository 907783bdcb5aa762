"""Clocks run from the customer's mail to the answer that arrived; each step tells whom it must, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from line import BEGIN, CONFIG, Line, answer_to, write

from maildesk.model.change import Absence, Change
from maildesk.schedule.jobs import JobRun, job
from maildesk.service.sla import explain, minutes_used

LEILA, OMID, MINA, REZA = "leila@example.org", "omid@example.com", "mina@example.com", "reza@example.com"
LEVELS = """
[[calendar]]
name     = "office"
timezone = "Asia/Tehran"
week     = { sat = ["9:00-17:00"], sun = ["9:00-17:00"], mon = ["9:00-17:00"], tue = ["9:00-17:00"] }

[[sla]]
name           = "normal"
calendar       = "office"
first_response = "2h"
next_response  = "4h"
resolution     = "4d"
steps = [
  { at = "75%",  notify = ["assignee"] },
  { at = "100%", notify = ["lead"] },
  { at = "+1h",  notify = ["manager"] },
]
"""
RULES = """
[[rule]]
name = "omid has it"
on   = ["opened"]
then = [ { assign = "omid" } ]

[[rule]]
name = "who waited too long gets the lead"
on   = ["due"]
when = { sla = "first_response", percent = { at_least = 100 } }
then = [ { tag = "+late" } ]
"""


def config(more: str = "") -> str:
    office = CONFIG.read_text("utf-8").replace(
        'groups    = ["service", "billing"]', 'groups    = ["service", "billing"]\ncalendar  = "office"'
    )
    return office + LEVELS + more


@pytest.fixture
def line(tmp_path):
    desk = Line(tmp_path, config(), rules=RULES)
    yield desk
    assert list(desk.broken()) == []
    desk.close()


def opened(line, subject="Cannot log in"):
    line.put(write(LEILA, subject, "Please help."))
    return line.tickets()[-1].number


def minutes(line, count):
    line.wait(60 * count)


def escalations(line, to=None):
    return [one for one in line.left if one.notice == "escalation" and to in {None, one.to}]


def test_a_mail_starts_the_clocks_within_its_own_entry(line):
    number = opened(line)
    ticket = line.ticket(number)
    assert [(clock.target, clock.minutes, clock.started) for clock in ticket.clocks] == [
        ("first_response", 120, BEGIN),
        ("resolution", 4 * 480, BEGIN),
    ]
    assert ticket.due_at == BEGIN + timedelta(minutes=90)


def test_each_step_tells_once_whoever_must_know(line):
    number = opened(line)
    minutes(line, 89)
    assert escalations(line) == []
    minutes(line, 1)
    assert [one.to for one in escalations(line)] == [OMID]
    minutes(line, 30)
    for _ in range(3):
        line.wait(30)
    assert [one.to for one in escalations(line)] == [OMID, MINA]
    assert line.ticket(number).tags == {"late"}
    minutes(line, 60)
    assert [one.to for one in escalations(line)] == [OMID, MINA, REZA]
    minutes(line, 600)
    assert len(escalations(line)) == 3


def test_an_answer_stops_the_clock_when_it_is_sent_at_its_own_time(line):
    number = opened(line)
    minutes(line, 30)
    answered = line.now
    line.put(answer_to(line.last(OMID, "notification"), "It is unlocked."))
    first, resolution = line.ticket(number).clocks
    assert (first.stopped, line.ticket(number).answered_at) == (answered, answered)
    assert resolution.paused == ((answered, None),)
    minutes(line, 600)
    assert escalations(line) == []


def test_a_note_stops_nothing(line):
    opened(line)
    minutes(line, 30)
    line.put(answer_to(line.last(OMID, "notification"), "Who knows this?", tag="[note]"))
    minutes(line, 60)
    assert [one.to for one in escalations(line)] == [OMID]


def test_an_answer_that_fails_stopped_nothing(line):
    number = opened(line)
    minutes(line, 60)
    line.post.refuse[LEILA] = "5.1.1 no such user"
    line.put(answer_to(line.last(OMID, "notification"), "It is unlocked."))
    ticket = line.ticket(number)
    assert ticket.clocks[0].stopped is None
    assert ticket.clocks[0].paused == ()
    assert ticket.answered_at is None
    minutes(line, 30)
    assert [one.to for one in escalations(line)] == [OMID]


def test_the_next_mail_has_a_clock_of_its_own(line):
    number = opened(line)
    minutes(line, 30)
    line.put(answer_to(line.last(OMID, "notification"), "Which browser?"))
    minutes(line, 10)
    line.put(answer_to(line.last(LEILA, ""), "Firefox."))
    clocks = {clock.target: clock for clock in line.ticket(number).clocks}
    assert clocks["next_response"].started == line.now
    assert clocks["resolution"].paused[0][1] == line.now
    assert line.ticket(number).due_at == line.now + timedelta(minutes=180)


def test_ack_ends_the_chain_until_the_customer_writes_again(line):
    number = opened(line)
    minutes(line, 90)
    line.put(answer_to(escalations(line, OMID)[0], "", tag="[ack]"))
    assert {clock.acknowledged for clock in line.ticket(number).clocks} == {"omid"}
    minutes(line, 600)
    assert len(escalations(line)) == 1


def test_whoever_is_off_duty_is_told_in_their_hours(line):
    line.now = BEGIN + timedelta(hours=3)  # 15:30 in Tehran: two hours are over on the next morning
    opened(line)
    minutes(line, 90)
    assert [one.to for one in escalations(line)] == []
    line.now = datetime(2026, 11, 23, 5, 29, tzinfo=UTC)
    line.wait(30)
    assert escalations(line) == []
    line.wait(40)
    assert [one.to for one in escalations(line)] == [OMID]


def test_an_urgent_ticket_does_not_wait_for_anybodys_hours(tmp_path):
    line = Line(
        tmp_path,
        config().replace('calendar       = "office"', ""),
        rules=RULES.replace("{ assign", '{ priority = "urgent" }, { assign'),
    )
    line.now = BEGIN + timedelta(hours=6)
    opened(line)
    minutes(line, 90)
    assert [one.to for one in escalations(line)] == [OMID]
    line.close()


def test_what_gathered_over_night_is_one_list_without_what_was_answered(tmp_path):
    line = Line(tmp_path, config().replace('calendar       = "office"', ""), rules=RULES)
    line.now = BEGIN + timedelta(hours=6)
    numbers = [opened(line, subject) for subject in ("One", "Two", "Three")]
    minutes(line, 90)
    line.put(
        answer_to(
            next(one for one in line.left if one.notice == "notification" and "Two" in one.mail["Subject"]),
            "Please try it again now.",
        )
    )
    line.now = datetime(2026, 11, 23, 5, 28, tzinfo=UTC)
    line.wait(45)
    line.wait(60)
    line.wait(60)
    (told,) = line.to(OMID, "worklist")
    assert str(numbers[0]) in told.text and str(numbers[2]) in told.text and str(numbers[1]) not in told.text
    assert escalations(line, OMID) == []
    line.put(answer_to(told, f"{numbers[0]} solved"))
    assert line.ticket(numbers[0]).is_done
    line.close()


def test_after_a_long_sleep_only_the_latest_step_tells(line):
    number = opened(line)
    line.now += timedelta(days=30)
    line.wait(0)
    line.wait(120)
    assert [one.to for one in line.left if one.notice in {"escalation", "worklist"}] == [REZA]
    causes = [entry.cause for entry in line.store.look.entries(number) if entry.event == "due"]
    assert "went by unseen" in causes[0]
    before = len(line.left)
    line.wait(3600)
    assert len(line.left) == before


def test_a_restart_tells_nothing_twice(line):
    opened(line)
    minutes(line, 90)
    run = JobRun(line.store, line.desk, line.now)
    assert [job("escalations").run(run) for _ in range(2)] == ["0 escalations"] * 2
    assert len(escalations(line)) == 1


def test_another_group_has_another_target(tmp_path):
    more = LEVELS.replace('"normal"', '"fast"').replace('"2h"', '"30m"').partition("[[sla]]")[2]
    line = Line(
        tmp_path, config().replace("[[sla]]", "[[sla]]" + more + 'groups = ["billing"]\n\n[[sla]]', 1), rules=RULES
    )
    number = opened(line)
    line.put(answer_to(line.last(OMID, "notification"), "", tag="[group billing]"))
    assert line.ticket(number).clocks[0].minutes == 30
    line.close()


def test_undo_brings_the_clocks_back(line):
    number = opened(line)
    before = line.ticket(number)
    line.put(answer_to(line.last(OMID, "notification"), "", tag="[close]"))
    assert all(clock.stopped for clock in line.ticket(number).clocks)
    line.put(answer_to(line.last(OMID, "transcript"), "undo"))
    after = line.ticket(number)
    assert replace(after, version=0) == replace(before, version=0)


def test_the_explanation_adds_up_to_what_counts(line):
    number = opened(line)
    minutes(line, 24 * 60)
    clock = line.ticket(number).clocks[0]
    calendar = line.desk.calendars["office"]
    parts = explain(clock, calendar, line.now)
    assert sum(part.minutes for part in parts) == minutes_used(clock, calendar, line.now) > 300


REASSIGNED = """
[[sla]]
name           = "quick"
groups         = ["service"]
calendar       = "office"
first_response = "2h"
steps = [ { at = "100%", assign = "round_robin", notify = ["lead"] }, { at = "+1h", assign = "lead" } ]
"""


def reassigning(folder):
    return Line(folder, config().replace(LEVELS, LEVELS.partition("[[sla]]")[0] + REASSIGNED), rules=RULES)


def test_a_ticket_that_lies_goes_to_somebody_else_once(tmp_path):
    line = reassigning(tmp_path)
    opened(line)
    minutes(line, 121)
    assert line.ticket(1001).assignee == "mina"
    assert line.last(MINA, "escalation").header("Subject").startswith("Overdue")
    assert any("mina" in step[1] for row in line.store.look.traces(ticket_number=1001) for step in row["lines"])
    causes = [entry.cause for entry in line.store.look.entries(1001)]
    assert "first_response: 100 %" in causes
    assert any(cause.startswith("round_robin: next after") for cause in causes)
    version = line.ticket(1001).version
    minutes(line, 5)
    minutes(line, 5)
    assert line.ticket(1001).version == version, "each step is taken once"
    line.close()


def test_it_never_goes_to_who_is_away_nor_when_it_was_answered(tmp_path):
    line = reassigning(tmp_path)
    opened(line)
    with line.store.deciding(line.now) as tx:
        away = Change(now=line.now, origin="test").effect(Absence("mina", away=True), Absence("sara", away=True))
        tx.save(away)
    opened(line, "Another matter")
    line.put(answer_to(line.to(OMID, "notification")[-1], "Please try it again."))
    minutes(line, 121)
    assert line.ticket(1001).assignee == "omid", "nobody else is there"
    told = [text for row in line.store.look.traces(ticket_number=1001) for _, text in row["lines"]]
    assert any(
        "not assigned: nobody in service can take it (mina is away; omid is away; sara is away)" in one for one in told
    )
    minutes(line, 61)
    assert (line.ticket(1001).assignee, line.ticket(1002).assignee) == ("reza", "omid")
    line.close()

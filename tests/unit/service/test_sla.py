"""Clocks run from the oldest unanswered mail, stand still when it is not our turn, and can be explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.model.desk import Calendar, Desk, Mailbox, Sla
from maildesk.model.people import Group
from maildesk.model.ticket import Clock, EntryKind, Event, Status, Ticket
from maildesk.service.calendar import minutes_between
from maildesk.service.promise import expected
from maildesk.service.sla import (
    answered,
    calendar_for,
    due_at,
    explain,
    follow,
    minutes_used,
    not_delivered,
    percent_used,
    pick,
    retarget,
)

ALWAYS = Calendar("always")
HOURS = Calendar("hours", "UTC", dict.fromkeys(range(7), ((time(8), time(12)), (time(13), time(17)))))
SLA = Sla("s", first_response=60, next_response=120, resolution=1000, keep_informed=480)
T0 = datetime(2026, 11, 23, 8, tzinfo=UTC)
CUSTOMER, CHANGE = EntryKind.CUSTOMER, EntryKind.CHANGE


def at(minutes):
    return T0 + timedelta(minutes=minutes)


def new(**more):
    return Ticket(**{"number": 1, "mailbox": "m", **more})


class Story:
    """A ticket to which things happen."""

    def __init__(self, sla=SLA):
        self.sla = sla
        self.ticket = new()

    def happens(self, minute, kind=CHANGE, event=None, **fields):
        self.ticket = replace(self.ticket, **fields)
        self.ticket = replace(self.ticket, clocks=follow(self.ticket, kind, event, at(minute), self.sla))
        return self

    def answer(self, minute, **fields):
        self.ticket = replace(self.ticket, **{"status": Status.WAITING, **fields})
        self.ticket = replace(self.ticket, clocks=answered(self.ticket, at(minute), self.sla))
        return self

    def clocks(self, target):
        return [clock for clock in self.ticket.clocks if clock.target == target]


def opened(sla=SLA):
    return Story(sla).happens(0, CUSTOMER, Event.OPENED)


def test_opening_starts_first_response_resolution_and_keeping_informed():
    assert [(clock.target, clock.cycle, clock.minutes) for clock in opened().ticket.clocks] == [
        ("first_response", 1, 60),
        ("resolution", 1, 1000),
        ("keep_informed", 1, 480),
    ]
    assert opened(Sla("x", resolution=5)).ticket.clocks[0].target == "resolution"
    assert opened(None).ticket.clocks == ()


def test_it_counts_from_the_oldest_unanswered_mail():
    story = opened().happens(30, CUSTOMER, Event.REPLIED)
    assert [clock.started for clock in story.clocks("first_response")] == [T0]
    assert story.clocks("next_response") == []


def test_an_answer_stops_it_when_it_is_sent_at_its_own_time():
    story = opened().happens(40, EntryKind.ANSWER, Event.ANSWERED)
    assert story.clocks("first_response")[0].stopped is None
    assert story.answer(40).clocks("first_response")[0].stopped == at(40)


def test_the_next_mail_starts_the_next_response_once():
    story = (
        opened()
        .answer(40)
        .happens(100, CUSTOMER, Event.REPLIED, status=Status.OPEN)
        .happens(110, CUSTOMER, Event.REPLIED)
    )
    assert [(clock.cycle, clock.started) for clock in story.clocks("next_response")] == [(1, at(100))]
    story.answer(150).happens(200, CUSTOMER, Event.REPLIED, status=Status.OPEN)
    assert [(clock.cycle, clock.started) for clock in story.clocks("next_response")] == [(1, at(100)), (2, at(200))]


def test_a_bounced_answer_stopped_nothing():
    clocks = not_delivered(opened().answer(40).ticket.clocks, at(40))
    first = next(clock for clock in clocks if clock.target == "first_response")
    assert first.stopped is None
    assert not_delivered(opened().answer(40).ticket.clocks, at(39)) == opened().answer(40).ticket.clocks
    assert percent_used(first, ALWAYS, at(90)) == 150


def test_it_pauses_while_it_is_the_customers_turn():
    story = opened().answer(40).happens(100, CUSTOMER, Event.REPLIED, status=Status.OPEN)
    (resolution,) = story.clocks("resolution")
    assert resolution.paused == ((at(40), at(100)),)
    assert minutes_used(resolution, ALWAYS, at(110)) == 50


def test_a_department_pauses_all_but_keeping_informed():
    story = opened().happens(10, status=Status.PAUSED)
    assert {clock.target for clock in story.ticket.clocks if clock.paused} == {"first_response", "resolution"}


def test_solving_stops_all_and_reopening_begins_again():
    story = opened().happens(20, event=Event.SOLVED, status=Status.SOLVED)
    assert all(clock.stopped == at(20) for clock in story.ticket.clocks)
    story.happens(50, event=Event.REOPENED, status=Status.OPEN)
    assert [(clock.cycle, clock.stopped) for clock in story.clocks("resolution")] == [(1, at(20)), (2, None)]


def test_another_service_level_counts_at_once():
    story = opened().answer(40).happens(100, CUSTOMER, Event.REPLIED, status=Status.OPEN)
    clocks = {
        clock.target: clock.minutes for clock in retarget(story.ticket, Sla("y", first_response=5, next_response=7))
    }
    assert clocks == {"first_response": 60, "next_response": 7, "keep_informed": 480}


@pytest.mark.parametrize(
    ("clock", "due"),
    [
        (Clock("t", 1, T0, 60), at(60)),
        (Clock("t", 1, T0, 300), at(360)),
        (Clock("t", 1, T0, 60, paused=((at(30), at(90)),)), at(120)),
        (Clock("t", 1, T0, 60, paused=((at(30), None),)), None),
        (Clock("t", 1, T0, 60, paused=((at(70), None),)), at(60)),
        (Clock("t", 1, T0, 60, stopped=at(10)), at(60)),
        (Clock("t", 1, T0, 500), at(24 * 60 + 20)),
    ],
)
def test_due(clock, due):
    assert due_at(clock, HOURS) == due


@pytest.mark.parametrize(
    ("clock", "minute", "percent"),
    [
        (Clock("t", 1, T0, 60), 45, 75),
        (Clock("t", 1, T0, 60), 60, 100),
        (Clock("t", 1, T0, 60), 180, 300),
        (Clock("t", 1, T0, 240), 290, 100),
        (Clock("t", 1, T0, 60, stopped=at(30)), 500, 50),
        (Clock("t", 1, T0, 60, paused=((at(15), None),)), 500, 25),
    ],
)
def test_percent(clock, minute, percent):
    assert percent_used(clock, HOURS, at(minute)) == percent


def test_explained():
    clock = Clock("t", 1, at(-30), 400, paused=((at(60), at(90)),))
    assert [(part.reason, part.start, part.end, part.minutes) for part in explain(clock, HOURS, at(320))] == [
        ("closed", at(-30), at(0), 0),
        ("open", at(0), at(60), 60),
        ("paused", at(60), at(90), 0),
        ("open", at(90), at(240), 150),
        ("closed", at(240), at(300), 0),
        ("open", at(300), at(320), 20),
    ]


moments = st.lists(st.integers(0, 3000), max_size=6, unique=True).map(sorted)


@settings(max_examples=150, deadline=None)
@given(moments, st.integers(1, 1500), st.integers(0, 4000), st.booleans())
def test_the_explanation_adds_up(cuts, minutes, until, stop):
    pairs = [*zip(cuts[::2], cuts[1::2], strict=False)]
    paused = tuple((at(begin), at(end)) for begin, end in pairs)
    if len(cuts) % 2:
        paused = (*paused, (at(cuts[-1]), None))
    clock = Clock("t", 1, T0, minutes, paused, at(until) if stop else None)
    parts = explain(clock, HOURS, at(until))
    assert sum(part.minutes for part in parts) == minutes_used(clock, HOURS, at(until))
    assert all(one.end == other.start for one, other in pairwise(parts))
    if until and not stop:
        assert (parts[0].start, parts[-1].end) == (T0, at(until))
    due = due_at(clock, HOURS)
    if due is not None:
        assert minutes_used(replace(clock, stopped=None), HOURS, due) == minutes
        assert minutes_used(replace(clock, stopped=None), HOURS, due - timedelta(minutes=1)) == minutes - 1
    else:
        worked = minutes_used(replace(clock, stopped=None), HOURS, at(10**6))
        assert worked < minutes
        assert minutes_between(HOURS, T0, at(10**6)) >= minutes


def test_which_service_level():
    gold = Sla("gold", organisations=frozenset({"Arman"}), calendar="hours", first_response=30)
    urgent = Sla("urgent", priorities=frozenset({"urgent", "high"}), groups=frozenset({"tech"}))
    rest = Sla("rest", first_response=60)
    desk = Desk(
        "d", "example.com", b"k",
        slas=(gold, urgent, rest),
        groups={"vip": Group("vip", sla="gold"), "odd": Group("odd", sla="none")},
        mailboxes={"m": Mailbox("m", "m@example.com", calendar="office")},
        calendars={"hours": HOURS, "office": replace(HOURS, name="office")},
    )  # fmt: skip
    assert pick(desk, new(), "Arman") is gold
    assert pick(desk, new(priority="high", group="tech")) is urgent
    assert pick(desk, new(priority="high")) is rest
    assert pick(desk, new(group="vip")) is gold
    assert pick(desk, new(group="odd")) is None
    assert pick(replace(desk, slas=()), new()) is None
    assert calendar_for(desk, new(), gold).name == "hours"
    assert calendar_for(desk, new(), rest).name == "office"
    assert calendar_for(desk, new(mailbox="x"), None).always
    assert expected(desk, new(), "Arman", None, at(-60)).at == at(30)
    assert expected(desk, new(answered_at=T0), "", None, T0) is None

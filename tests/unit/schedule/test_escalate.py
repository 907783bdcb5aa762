"""Which steps are due: in their order, once, merged after a long sleep, never on a clock that stands still."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from maildesk.model.desk import Desk, EscalationStep, Sla
from maildesk.model.ticket import Clock, Status, Ticket
from maildesk.service.escalate import acknowledged, due, next_due, to_take, told

T0 = datetime(2026, 11, 22, 9, tzinfo=UTC)
STEPS = (EscalationStep(100, 30), EscalationStep(50), EscalationStep(100))
DESK = Desk("d", "example.com", b"k", slas=(Sla("s", first_response=60, resolution=600, steps=STEPS),))
TICKET = Ticket(number=1, mailbox="m", clocks=(Clock("first_response", 1, T0, 60), Clock("resolution", 1, T0, 600)))


def at(minutes):
    return T0 + timedelta(minutes=minutes)


def keys(ticket, minute):
    return [one.key for one in due(ticket, DESK, "", at(minute))]


def test_steps_are_due_in_their_order_whatever_the_order_of_the_file():
    assert keys(TICKET, 29) == []
    assert keys(TICKET, 30) == ["first_response:1:50%"]
    assert keys(TICKET, 90) == ["first_response:1:50%", "first_response:1:100%", "first_response:1:100%+30m"]
    assert next_due(TICKET, DESK, "") == at(30)


def test_what_was_taken_is_not_due_again():
    found = due(TICKET, DESK, "", at(61))
    after = replace(TICKET, clocks=told(TICKET.clocks, found))
    assert keys(after, 61) == []
    assert [clock.told for clock in after.clocks] == [2, 0]
    assert next_due(after, DESK, "") == at(90)


def test_a_clock_that_does_not_run_has_no_steps():
    first, other = TICKET.clocks
    for still in (
        replace(first, stopped=at(10)),
        replace(first, paused=((at(10), None),)),
        *acknowledged([first], "sara"),
    ):
        ticket = replace(TICKET, clocks=(still, other))
        assert keys(ticket, 90) == []
        assert next_due(ticket, DESK, "") == at(300)
    assert keys(replace(TICKET, status=Status.SOLVED), 1000) == []
    assert next_due(replace(TICKET, merged_into=7), DESK, "") is None


def test_after_a_long_sleep_only_the_latest_of_each_clock_is_taken():
    taken, passed = to_take(due(TICKET, DESK, "", at(5000)), at(5000))
    assert [one.key for one in taken] == ["first_response:1:100%+30m", "resolution:1:100%+30m"]
    assert len(passed) == 4


def test_steps_that_are_close_are_not_merged():
    taken, passed = to_take(due(TICKET, DESK, "", at(61)), at(61))
    assert [one.step.percent for one in taken] == [100]
    assert [one.step.percent for one in passed] == [50]
    taken, passed = to_take(due(TICKET, DESK, "", at(39)), at(39))
    assert (len(taken), passed) == (1, ())

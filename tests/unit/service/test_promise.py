"""What a customer is told: by working time, by what was usual, by who waits already; never by hope."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.model.desk import Calendar, Desk, Mailbox, Pace, Sla
from maildesk.model.people import Group
from maildesk.model.ticket import Ticket
from maildesk.service.calendar import holiday_name, is_holiday
from maildesk.service.promise import FEWEST, Promise, expected, pace

DAY = ((time(9), time(17)),)
IRAN = Calendar(
    "iran", "Asia/Tehran", {5: DAY, 6: DAY, 0: DAY, 1: DAY, 2: DAY, 3: ((time(9), time(13)),)}, country="IR"
)
BERLIN = Calendar("berlin", "Europe/Berlin", dict.fromkeys(range(7), ((time(0), time(12)), (time(13), time(17)))))
TICKET = Ticket(number=1001, mailbox="support", group="service")


def desk(calendar, *slas):
    return Desk(
        "Shop",
        "example.com",
        b"k" * 32,
        mailboxes={"support": Mailbox("support", "support@example.com")},
        groups={"service": Group("service", calendar=calendar.name)},
        calendars={calendar.name: calendar},
        slas=slas,
    )


def tehran(*args):
    return datetime(*args, tzinfo=ZoneInfo("Asia/Tehran")).astimezone(UTC)


def berlin(*args):
    return datetime(*args, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


@pytest.mark.parametrize(
    ("calendar", "now", "known", "at"),
    [
        (IRAN, tehran(2026, 11, 22, 10), Pace(40, 120), tehran(2026, 11, 22, 12)),
        (IRAN, tehran(2026, 11, 22, 10, 7), Pace(40, 100), tehran(2026, 11, 22, 12)),  # by quarters of an hour
        (IRAN, tehran(2026, 11, 26, 12), Pace(40, 120), tehran(2026, 11, 28, 10)),  # half a Thursday, Friday off
        (IRAN, tehran(2026, 11, 27, 20), Pace(40, 120), tehran(2026, 11, 28, 11)),
        (IRAN, tehran(2027, 2, 10, 16), Pace(40, 120), tehran(2027, 2, 13, 10)),  # 22 Bahman, a Thursday
        (IRAN, tehran(2026, 11, 22, 10), Pace(40, 120, 1200), tehran(2026, 11, 24, 14)),  # twenty hours of queue
        (IRAN, tehran(2026, 11, 22, 10), Pace(40, 1), tehran(2026, 11, 22, 10, 15)),
        (IRAN, tehran(2026, 11, 22, 16, 45), Pace(40, 15), tehran(2026, 11, 22, 17)),
        (BERLIN, berlin(2026, 3, 29, 0), Pace(40, 240), berlin(2026, 3, 29, 5)),  # an hour is skipped
        (BERLIN, berlin(2026, 10, 25, 0), Pace(40, 240), berlin(2026, 10, 25, 3)),  # an hour comes twice
        (BERLIN, berlin(2026, 6, 1, 11), Pace(40, 120), berlin(2026, 6, 1, 14)),  # lunch
    ],
)
def test_what_is_usual_counts_in_working_time(calendar, now, known, at):
    assert expected(desk(calendar), TICKET, "", known, now) == Promise(at, usual=True)


def test_an_estimate_is_never_put_behind_the_end_of_the_day():
    odd = replace(IRAN, week={6: ((time(9), time(12, 40)),)})
    assert expected(desk(odd), TICKET, "", Pace(40, 158), tehran(2026, 11, 22, 10)).at == tehran(2026, 11, 22, 12, 38)


def test_few_answers_say_nothing():
    now, few = tehran(2026, 11, 22, 10), Pace(FEWEST - 1, 5)
    assert expected(desk(IRAN), TICKET, "", few, now) is None
    assert expected(desk(IRAN), TICKET, "", None, now) is None
    target = desk(IRAN, Sla("normal", first_response=240))
    assert expected(target, TICKET, "", few, now) == Promise(tehran(2026, 11, 22, 14), usual=False)
    assert expected(target, TICKET, "", replace(few, answers=FEWEST), now).usual


def test_later_answers_go_by_the_service_level():
    answered = replace(TICKET, answered_at=tehran(2026, 11, 21, 10))
    now = tehran(2026, 11, 22, 10)
    assert expected(desk(IRAN), answered, "", Pace(40, 5), now) is None
    level = desk(IRAN, Sla("normal", next_response=60))
    assert expected(level, answered, "", Pace(40, 5), now) == Promise(tehran(2026, 11, 22, 11), usual=False)


def test_the_queue_counts_at_the_speed_of_the_window():
    # 30 answers in 600 working minutes: one each 20 minutes, so nine who wait need three hours.
    assert pace([10.0] * 24 + [500.0] * 6, 9, 600) == Pace(30, 10, 180)
    assert pace([10.0] * 23 + [500.0] * 7, 0, 600) == Pace(30, 500, 0)
    assert pace([], 5, 600) == Pace()


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=60))
def test_four_of_five_answers_came_within_what_is_usual(minutes):
    usual = pace(minutes, 0, 600).usual
    assert sum(one <= usual for one in minutes) >= 0.8 * len(minutes)
    assert sum(one < usual for one in minutes) < 0.8 * len(minutes)


def test_a_holiday_has_a_name_in_the_language_of_its_reader():
    day = date(2027, 2, 11)
    assert is_holiday(IRAN, day)
    assert holiday_name(IRAN, day, "fa") == "پیروزی انقلاب اسلامی"
    assert holiday_name(IRAN, day, "en") == "Islamic Revolution Day"
    assert holiday_name(IRAN, day, "de") == "پیروزی انقلاب اسلامی"
    assert holiday_name(replace(IRAN, add_holidays=frozenset({date(2026, 11, 22)})), date(2026, 11, 22), "fa") == ""

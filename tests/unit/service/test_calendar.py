"""Business time, against counting minutes one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.model.desk import Calendar
from maildesk.service.calendar import (
    add_minutes,
    is_holiday,
    is_open,
    minutes_between,
    next_open,
    open_time,
    open_times,
)

MINUTE = timedelta(minutes=1)
DAY = ((time(9), time(17)),)
IRAN = Calendar(
    "iran", "Asia/Tehran", {5: DAY, 6: DAY, 0: DAY, 1: DAY, 2: DAY, 3: ((time(9), time(13)),)}, country="IR"
)
BERLIN = Calendar("berlin", "Europe/Berlin", dict.fromkeys(range(5), ((time(8), time(12)), (time(13), time(17)))))
NIGHT = Calendar("night", "Europe/Berlin", dict.fromkeys(range(7), ((time(0), time(5)), (time(22), time(0)))))
ALWAYS = Calendar("always")


def tehran(*args):
    return datetime(*args, tzinfo=ZoneInfo("Asia/Tehran")).astimezone(UTC)


def berlin(*args):
    return datetime(*args, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        (tehran(2026, 11, 21, 10), 60, tehran(2026, 11, 21, 11)),
        (tehran(2026, 11, 21, 16, 30), 60, tehran(2026, 11, 22, 9, 30)),
        (tehran(2026, 11, 26, 12), 120, tehran(2026, 11, 28, 10)),  # half a Thursday, Friday off
        (tehran(2026, 11, 27, 12), 1, tehran(2026, 11, 28, 9, 1)),
        (tehran(2027, 3, 20, 16), 120, None),  # the eve of Nowruz
        (tehran(2026, 11, 21, 9), 480, tehran(2026, 11, 21, 17)),
        (tehran(2026, 11, 21, 20), 0, tehran(2026, 11, 21, 20)),
    ],
)
def test_iranian_week(start, minutes, due):
    found = add_minutes(IRAN, start, minutes)
    if due is None:
        assert found.astimezone(ZoneInfo("Asia/Tehran")).date() > date(2027, 3, 23)
    else:
        assert found == due


def test_the_clocks_change():
    assert minutes_between(NIGHT, berlin(2026, 3, 29, 0), berlin(2026, 3, 29, 5)) == 240
    assert minutes_between(NIGHT, berlin(2026, 10, 25, 0), berlin(2026, 10, 25, 5)) == 360
    assert add_minutes(NIGHT, berlin(2026, 3, 29, 1), 120) == berlin(2026, 3, 29, 4)


def test_hours_that_the_clock_skips_or_shows_twice():
    early = Calendar("early", "Europe/Berlin", dict.fromkeys(range(7), ((time(0, 15), time(2, 30)),)))
    late = Calendar("late", "Europe/Berlin", dict.fromkeys(range(7), ((time(2, 30), time(4)),)))
    spring, autumn = berlin(2026, 3, 29), berlin(2026, 10, 25)
    for calendar, start in ((early, spring), (early, autumn), (late, spring), (late, autumn)):
        assert minutes_between(calendar, start, start + 300 * MINUTE) == counted(calendar, start, start + 300 * MINUTE)
    assert minutes_between(early, autumn, autumn + 300 * MINUTE) == 165
    assert minutes_between(late, spring, spring + 300 * MINUTE) == 60


def test_split_days():
    assert minutes_between(BERLIN, berlin(2026, 11, 23, 11), berlin(2026, 11, 23, 14)) == 120
    assert not is_open(BERLIN, berlin(2026, 11, 23, 12))
    assert is_open(BERLIN, berlin(2026, 11, 23, 13))
    assert next_open(BERLIN, berlin(2026, 11, 20, 18)) == berlin(2026, 11, 23, 8)


def test_holidays_of_the_country_and_of_the_admin():
    nowruz, ordinary = date(2027, 3, 21), date(2026, 11, 21)
    assert is_holiday(IRAN, nowruz)
    changed = Calendar("x", "UTC", IRAN.week, "IR", frozenset({ordinary}), frozenset({nowruz}))
    assert is_holiday(changed, ordinary)
    assert not is_holiday(changed, nowruz)
    assert not is_holiday(BERLIN, date(2026, 12, 25))


def test_always_and_never():
    start = tehran(2026, 11, 27, 3)
    assert (is_open(ALWAYS, start), next_open(ALWAYS, start)) == (True, start)
    assert add_minutes(ALWAYS, start, 90) == start + 90 * MINUTE
    never = Calendar(
        "never", "UTC", {0: DAY}, add_holidays=frozenset(date(2026, 1, 1) + timedelta(day) for day in range(4000))
    )
    with pytest.raises(ValueError, match="never open"):
        add_minutes(never, start, 1)


def test_seconds_count():
    start = tehran(2026, 11, 21, 16, 59) + timedelta(seconds=30)
    assert add_minutes(IRAN, start, 1) == tehran(2026, 11, 22, 9) + timedelta(seconds=30)
    assert open_time(IRAN, start, tehran(2026, 11, 22, 8)) == timedelta(seconds=30)


times = st.integers(0, 24 * 4).map(lambda quarter: (quarter // 4 % 24, quarter % 4 * 15, quarter == 96))


@st.composite
def calendars(draw):
    week = {}
    for day in draw(st.sets(st.integers(0, 6), min_size=1)):
        cuts = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=4)))
        cuts = cuts[: len(cuts) // 2 * 2]
        pairs = zip(cuts[::2], cuts[1::2], strict=True)
        week[day] = tuple((time(a // 4, a % 4 * 15), time(b // 4 % 24, b % 4 * 15)) for a, b in pairs)
    zone = draw(st.sampled_from(["UTC", "Asia/Tehran", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]))
    off = draw(st.sets(st.integers(0, 9), max_size=2))
    return Calendar("c", zone, week, add_holidays=frozenset(FIRST.date() + timedelta(day) for day in off))


FIRST = datetime(2026, 3, 27, tzinfo=UTC)
moments = st.builds(
    lambda season, minute: (FIRST if season else datetime(2026, 10, 23, tzinfo=UTC)) + minute * MINUTE,
    st.booleans(),
    st.integers(0, 5 * 24 * 60),
)


def counted(calendar, start, end):
    """Open minutes by asking the local clock at every one of them."""
    zone, total = ZoneInfo(calendar.timezone), 0
    while start < end:
        local = start.astimezone(zone)
        hours = () if local.date() in calendar.add_holidays else calendar.week.get(local.weekday(), ())
        now = local.hour * 60 + local.minute
        total += any(a.hour * 60 + a.minute <= now < (b.hour * 60 + b.minute or 1440) for a, b in hours)
        start += MINUTE
    return total


@settings(max_examples=60, deadline=None)
@given(calendars(), moments, st.integers(0, 4 * 24 * 60))
def test_minutes_between_is_what_counting_gives(calendar, start, length):
    end = start + length * MINUTE
    assert minutes_between(calendar, start, end) == counted(calendar, start, end)


@settings(max_examples=100, deadline=None)
@given(calendars(), moments, st.integers(1, 3000))
def test_adding_and_counting_agree(calendar, start, minutes):
    due = add_minutes(calendar, start, minutes)
    assert minutes_between(calendar, start, due) == minutes
    assert minutes_between(calendar, start, due - MINUTE) == minutes - 1


@settings(max_examples=100, deadline=None)
@given(calendars(), moments)
def test_next_open_is_open_and_nothing_before_it_is(calendar, at):
    opens = next_open(calendar, at)
    assert is_open(calendar, opens)
    assert open_time(calendar, at, opens) == timedelta(0)
    assert (opens == at) is is_open(calendar, at)


@settings(max_examples=60, deadline=None)
@given(calendars(), moments, st.integers(0, 5000))
def test_open_times_are_in_order_and_apart(calendar, start, length):
    found = list(open_times(calendar, start, start + length * MINUTE))
    assert all(opens < closes for opens, closes in found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))

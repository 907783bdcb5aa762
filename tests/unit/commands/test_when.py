"""Dates in words."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from maildesk.commands.when import read_when

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
"""Sunday, 14:00 in Tehran; 1 Azar 1405."""


def tehran(text, now=NOW, language="fa"):
    moment = read_when(text, now, "Asia/Tehran", language)
    return moment.astimezone(ZoneInfo("Asia/Tehran")).strftime("%a %F %R") if moment else None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("30m", "Sun 2026-11-22 14:30"), ("2h", "Sun 2026-11-22 16:00"), ("3d", "Wed 2026-11-25 14:00"), ("1w", "Sun 2026-11-29 14:00"),
        ("3 days", "Wed 2026-11-25 14:00"), ("in 3 days", "Wed 2026-11-25 14:00"), ("an hour", "Sun 2026-11-22 15:00"),
        ("half an hour", "Sun 2026-11-22 14:30"), ("next week", "Sun 2026-11-29 14:00"), ("2 business days", "Tue 2026-11-24 14:00"),
        ("۳ روز دیگر", "Wed 2026-11-25 14:00"), ("۳روز", "Wed 2026-11-25 14:00"), ("دو ساعت", "Sun 2026-11-22 16:00"), ("نیم ساعت", "Sun 2026-11-22 14:30"),
        ("هفته بعد", "Sun 2026-11-29 14:00"), ("هفتهٔ آینده", "Sun 2026-11-29 14:00"), ("یک هفته دیگه", "Sun 2026-11-29 14:00"), ("ماه آینده", "Tue 2026-12-22 14:00"),
        ("tomorrow", "Mon 2026-11-23 09:00"), ("tomorrow 9:00", "Mon 2026-11-23 09:00"), ("tomorrow at 5pm", "Mon 2026-11-23 17:00"),
        ("tomorrow 12am", "Mon 2026-11-23 00:00"), ("tomorrow noon", "Mon 2026-11-23 12:00"), ("today 15:00", "Sun 2026-11-22 15:00"),
        ("فردا", "Mon 2026-11-23 09:00"), ("فردا صبح", "Mon 2026-11-23 09:00"), ("پس‌فردا", "Tue 2026-11-24 09:00"), ("پس فردا ۸", "Tue 2026-11-24 08:00"),
        ("sat", "Sat 2026-11-28 09:00"), ("next friday 15:00", "Fri 2026-11-27 15:00"), ("sunday", "Sun 2026-11-29 09:00"),
        ("شنبه", "Sat 2026-11-28 09:00"), ("شنبه ۹:۰۰", "Sat 2026-11-28 09:00"), ("تا شنبه", "Sat 2026-11-28 09:00"), ("شنبه بعد", "Sat 2026-11-28 09:00"),
        ("پنج‌شنبه ساعت ۵ عصر", "Thu 2026-11-26 17:00"), ("پنج شنبه", "Thu 2026-11-26 09:00"), ("یک‌شنبه", "Sun 2026-11-29 09:00"), ("دوشنبه ظهر", "Mon 2026-11-23 12:00"),
        ("2026-12-01", "Tue 2026-12-01 09:00"), ("2026-12-01T09:30", "Tue 2026-12-01 09:30"), ("2026-12-01T09:30Z", "Tue 2026-12-01 13:00"),
        ("2026-12-01 10:15", "Tue 2026-12-01 10:15"), ("1 dec", "Tue 2026-12-01 09:00"), ("Dec 1 2027", "Wed 2027-12-01 09:00"), ("1 jan", "Fri 2027-01-01 09:00"),
        ("۱۴۰۵/۰۹/۱۰", "Tue 2026-12-01 09:00"), ("1405/9/10 10:30", "Tue 2026-12-01 10:30"), ("۱۴۰۵-۰۹-۰۵", "Thu 2026-11-26 09:00"),
        ("۱ آذر", "Mon 2027-11-22 09:00"), ("۱ دي", "Tue 2026-12-22 09:00"), ("۱ فروردین ۱۴۰۶", "Sun 2027-03-21 09:00"), ("30 آبان 1406", "Sun 2027-11-21 09:00"),
        ("5pm", "Sun 2026-11-22 17:00"), ("9:00", "Mon 2026-11-23 09:00"), ("ساعت ۹", "Mon 2026-11-23 09:00"), ("۵ عصر", "Sun 2026-11-22 17:00"),
    ],
)  # fmt: skip
def test_what_people_write(text, moment):
    assert tehran(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "", "9", "yesterday", "soon", "25:00", "tomorrow 25", "32 dec", "31 feb", "1/2/2026", "01.12.2026", "2025-01-01", "today", "0d", "-3d", "99999d",
        "3d 4h", "1404/01/01", "۳۰ اسفند ۱۴۰۶", "tomorrow or monday", "مشتری", "3 3", "x" * 500,
    ],
)  # fmt: skip
def test_what_is_not_understood_is_none(text):
    assert tehran(text) is None


def test_business_days_follow_the_language():
    thursday = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
    assert tehran("1 business day", thursday, "en").startswith("Fri 2026-11-27")
    assert tehran("1 business day", thursday, "fa").startswith("Sat 2026-11-28")
    friday = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
    assert tehran("1 business day", friday, "en").startswith("Mon 2026-11-30")


def test_a_span_of_hours_is_exact_over_a_clock_change_and_days_keep_the_time():
    before = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    assert read_when("24h", before, "Europe/Berlin") == datetime(2026, 10, 25, 12, 0, tzinfo=UTC)
    assert read_when("1d", before, "Europe/Berlin") == datetime(2026, 10, 25, 13, 0, tzinfo=UTC)

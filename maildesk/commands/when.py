"""Dates and times as people write them to a computer, in English and Persian. Predictable, no guessing.

Understood, in the given time zone, always in the future or None:

- spans: ``30m`` ``2h`` ``3d`` ``1w``, ``2 hours``, ``3 business days``, ``in 3 days``, ``۳ روز دیگر``, ``۲ روز کاری``,
  ``next week``, ``next month``, ``هفته بعد``, ``ماه آینده``
- days: ``today`` ``tomorrow`` ``sat`` ``friday``, ``امروز`` ``فردا`` ``پس‌فردا`` ``شنبه`` ``پنج‌شنبه``
- dates: ``2026-12-01``, ``2026-12-01T09:30``, ``1 Dec``, ``Dec 1 2026``, ``۱۴۰۵/۰۹/۰۱``, ``۱ آذر``, ``۱ آذر ۱۴۰۵``
- a time after a day, a date or alone: ``9``(after a day), ``9:00``, ``9am``, ``ساعت ۹``, ``۵ عصر``, ``ظهر``

A day without a time means nine in the morning; a weekday is the next one that lies ahead; a day and month without a
year is the next such day; a time alone is today, or tomorrow when it has passed. Spans of minutes and hours are exact,
longer ones keep the time of the day. Business days are Monday to Friday, in Persian Saturday to Thursday.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate

from maildesk.commands.folding import fold

_LONGEST = 60
_MORNING = time(9)

_UNITS = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "دقیقه"), "minute"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "ساعت"), "hour"),
    **dict.fromkeys(("d", "day", "days", "روز"), "day"),
    **dict.fromkeys(("w", "wk", "week", "weeks", "هفته"), "week"),
    **dict.fromkeys(("month", "months", "ماه"), "month"),
    **dict.fromkeys(("bd", "businessday", "businessdays", "workday", "workdays", "روزکاری"), "business"),
}
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10,
    "یک": 1, "دو": 2, "سه": 3, "چهار": 4, "پنج": 5, "شش": 6, "هفت": 7, "ده": 10,
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            ("mon", "monday", "دوشنبه"),
            ("tue", "tues", "tuesday", "سهشنبه"),
            ("wed", "wednesday", "چهارشنبه"),
            ("thu", "thur", "thurs", "thursday", "پنجشنبه"),
            ("fri", "friday", "جمعه", "ادینه"),
            ("sat", "saturday", "شنبه"),
            ("sun", "sunday", "یکشنبه"),
        )
    )
    for name in names
}
_DAYS = {"today": 0, "tomorrow": 1, "امروز": 0, "فردا": 1, "پسفردا": 2}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january", "ژانویه"),
            ("feb", "february", "فوریه"),
            ("mar", "march", "مارس"),
            ("apr", "april", "اوریل"),
            ("may", "مه"),
            ("jun", "june", "ژوین"),
            ("jul", "july", "ژوییه", "جولای"),
            ("aug", "august", "اوت"),
            ("sep", "sept", "september", "سپتامبر"),
            ("oct", "october", "اکتبر"),
            ("nov", "november", "نوامبر"),
            ("dec", "december", "دسامبر"),
        ),
        1,
    )
    for name in names
}
_JALALI = {
    fold(name): number
    for number, name in enumerate(
        ("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"), 1
    )
} | {"امرداد": 5}
_JOINED = {"پس فردا": "پسفردا", "یک شنبه": "یکشنبه", "دو شنبه": "دوشنبه", "سه شنبه": "سهشنبه"} | {
    "چهار شنبه": "چهارشنبه",
    "پنج شنبه": "پنجشنبه",
    "روز کاری": "روزکاری",
    "business day": "businessday",
    "business days": "businessdays",
    "working day": "businessday",
    "working days": "businessdays",
    "half an hour": "30 minutes",
    "نیم ساعت": "30 دقیقه",
    "the day after tomorrow": "پسفردا",
    "day after tomorrow": "پسفردا",
}
_NEXT = {"next", "بعد", "اینده", "دیگر", "دیگه", "بعدی"}
_FILLERS = {"in", "until", "till", "on", "for", "at", "تا", "روز", "برای", "در", "from", "now", "later", "صبح"}
_HALF = {"am": 0, "pm": 12, "صبح": 0, "عصر": 12, "بعدازظهر": 12, "شب": 12}


def read_when(text: str, now: datetime, timezone: str, language: str = "en") -> datetime | None:
    """The moment that ``text`` names, aware and UTC; None when it is not understood or not in the future.

    ``now`` is aware; ``timezone`` is an IANA name: days and times mean that zone. ``language`` only decides which
    days are business days.
    """
    folded = " ".join(re.sub(r"[،,]", " ", fold(text)).split())
    if not folded or len(folded) > _LONGEST:
        return None
    here = now.astimezone(ZoneInfo(timezone))
    try:
        moment = _iso(folded, here) or _words(_tokens(folded), here, language)
    except (ValueError, OverflowError):
        return None
    return moment.astimezone(UTC) if moment and moment > here else None


def _tokens(folded: str) -> list[str]:
    for apart, joined in sorted(_JOINED.items(), key=lambda pair: -len(pair[0])):
        folded = f" {folded} ".replace(f" {apart} ", f" {joined} ").strip()
    folded = folded.replace("بعد از ظهر", "بعدازظهر").replace("a.m.", "am").replace("p.m.", "pm")
    return re.findall(r"\d{1,4}[/-]\d{1,2}[/-]\d{1,2}|\d{1,2}:\d{2}|\d{1,4}(?=\D|$)|[^\W\d_]+|\S", folded)


def _iso(folded: str, here: datetime) -> datetime | None:
    if not re.fullmatch(r"(19|20|21)\d\d-\d\d-\d\dt\d\d:?\d\d(:?\d\d)?(z|[+-]\d\d:?\d\d)?", folded):
        return None
    moment = datetime.fromisoformat(folded.upper())
    return moment if moment.tzinfo else moment.replace(tzinfo=here.tzinfo)


def _words(tokens: Sequence[str], here: datetime, language: str) -> datetime | None:
    span = _span(tokens, here, language)
    if span:
        return span
    day, rest = _day(tokens, here)
    clock = _clock(rest, bare=day is not None) if rest else _MORNING
    if clock is None or (day is None and not rest):
        return None
    if day is None:
        moment = datetime.combine(here.date(), clock, here.tzinfo)
        return moment if moment > here else datetime.combine(here.date() + timedelta(1), clock, here.tzinfo)
    return datetime.combine(day, clock, here.tzinfo)


def _span(tokens: Sequence[str], here: datetime, language: str) -> datetime | None:
    words = [word for word in tokens if word not in {"in", "for", "تا", "from", "now", "later"}]
    if len(words) == 2 and words[0] == "next" and words[1] in _UNITS:
        words = ["1", words[1]]
    if len(words) > 1 and words[-1] in _NEXT:
        words = words[:-1] if len(words) > 2 else ["1", words[0]]
    if len(words) != 2 or words[1] not in _UNITS:
        return None
    count = int(words[0]) if words[0].isdigit() else _NUMBERS.get(words[0], 0)
    if not 1 <= count <= 999:
        return None
    return _later(here, count, _UNITS[words[1]], language)


def _later(here: datetime, count: int, unit: str, language: str) -> datetime:
    if unit in {"minute", "hour"}:
        return here.astimezone(UTC) + timedelta(**{unit + "s": count})
    if unit == "business":
        off = {4} if language == "fa" else {5, 6}
        day = here.date()
        while count:
            day += timedelta(1)
            count -= day.weekday() not in off
        return datetime.combine(day, here.time(), here.tzinfo)
    days = {"day": 1, "week": 7, "month": 30}[unit] * count
    return datetime.combine(here.date() + timedelta(days), here.time(), here.tzinfo)


def _day(tokens: Sequence[str], here: datetime) -> tuple[date | None, list[str]]:
    words = list(tokens)
    while words and words[0] in _FILLERS:
        words = words[1:]
    if not words:
        return None, []
    first, rest = words[0], words[1:]
    if first == "next" and rest and rest[0] in _WEEKDAYS:
        first, rest = rest[0], rest[1:]
    if first in _DAYS:
        return here.date() + timedelta(_DAYS[first]), rest
    if first in _WEEKDAYS:
        ahead = (_WEEKDAYS[first] - here.weekday() - 1) % 7 + 1
        return here.date() + timedelta(ahead), rest[1:] if rest and rest[0] in _NEXT else rest
    if "/" in first or first.count("-") == 2:
        return _numbered(first), rest
    return _named(words, here)


def _numbered(text: str) -> date:
    year, month, day = (int(piece) for piece in re.split("[/-]", text))
    if 1300 <= year <= 1500:
        return _gregorian(year, month, day)
    if year < 1900:
        raise ValueError("day or month first: ambiguous")
    return date(year, month, day)


def _gregorian(year: int, month: int, day: int) -> date:
    moment: date = JalaliDate(year, month, day).to_gregorian()
    return moment


def _named(words: list[str], here: datetime) -> tuple[date | None, list[str]]:
    if len(words) > 1 and words[0] in _MONTHS and words[1].isdigit():
        words = [words[1], words[0], *words[2:]]
    if len(words) < 2 or not words[0].isdigit() or words[1] not in _MONTHS | _JALALI:
        return None, words
    number, name, rest = int(words[0]), words[1], words[2:]
    year = 0
    if rest and re.fullmatch(r"(1[345]|20|21)\d\d", rest[0]):
        year, rest = int(rest[0]), rest[1:]
    if year:
        return _dated(name, year, number), rest
    this = JalaliDate(here.date()).year if name in _JALALI else here.year
    return next(day for day in (_dated(name, this, number), _dated(name, this + 1, number)) if day > here.date()), rest


def _dated(month: str, year: int, day: int) -> date:
    return _gregorian(year, _JALALI[month], day) if month in _JALALI else date(year, _MONTHS[month], day)


def _clock(words: Sequence[str], *, bare: bool) -> time | None:
    """The time of day that all the words name; a lone number only counts where ``bare`` allows it."""
    plain = [word for word in words if word not in {"at", "ساعت", "در", "@"}]
    if plain in (["noon"], ["ظهر"]):
        return time(12)
    if plain in (["morning"], ["صبح"]):
        return _MORNING
    half = next((_HALF[word] for word in plain if word in _HALF), None)
    numbers = [word for word in plain if word not in _HALF]
    marked = bare or half is not None or "ساعت" in words or "at" in words
    if len(numbers) != 1 or len(plain) > 2 or not (marked or ":" in numbers[0]):
        return None
    hour, _, minute = numbers[0].partition(":")
    if not hour.isdigit():
        return None
    full = int(hour) if half is None or int(hour) > 12 else int(hour) % 12 + half
    return time(full, int(minute or 0))

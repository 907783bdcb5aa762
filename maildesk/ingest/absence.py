"""When the writer of a vacation notice says to be back: dates in English, German and Persian (Jalali too)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from persiantools.jdatetime import JalaliDate

_LENGTH = 1800
_BEFORE, _AFTER, _NEAR = 42, 34, 20
_LONGEST = timedelta(days=400)
_FIRST_GREGORIAN = 1700

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner", "february feb februar", "march mar märz mrz maerz", "april apr", "may mai",
            "june jun juni", "july jul juli", "august aug", "september sep sept", "october oct oktober okt",
            "november nov", "december dec dezember dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_JALALI = {
    name: number
    for number, name in enumerate(
        ["فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"], start=1
    )
} | {"امرداد": 5, "ابان": 8}
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩يك\u200c", "01234567890123456789یک ")

_NUMBERS = re.compile(r"(?<![\d.])(\d{1,4})([./-])(\d{1,2})\2(\d{4}|\d{1,2})?(?!\d)")
_DAY_MONTH = re.compile(
    r"(?<!\d)(\d{1,2})(?:\.|st|nd|rd|th)?\s+(?:of\s+|ماه\s+)?([^\W\d_]{2,12})\.?(?:\s+ماه)?(?:,?\s+(?:سال\s+)?(\d{4}))?"
)
_MONTH_DAY = re.compile(r"([^\W\d_]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(\d{4}))?")

_RETURN = (
    "return",
    "back ",
    "resume",
    "wieder",
    "zurück",
    "ab dem",
    "ab ",
    "بازگشت",
    "برمی گرد",
    "بر می گرد",
    "باز می گرد",
    "بازمی گرد",
)
_UNTIL = ("until", "till", "through", " to ", "bis ", "تا ", "لغایت")
_RETURN_AFTER = (
    "wieder",
    "zurück",
    "برمی گرد",
    "بر می گرد",
    "باز می گرد",
    "بازمی گرد",
    "بازخواهم",
    "باز خواهم",
    "در خدمت",
    "در دسترس خواهم",
    "در محل کار خواهم",
    "i will be back",
    "i'll be back",
)


def back_at(text: str, written: datetime | None) -> datetime | None:
    """The stated date of return at midnight UTC; a date to which the absence lasts where no other is stated.

    A date without a year is the next one after ``written``. None where nothing is stated, or nothing sensible.
    """
    if written is None:
        return None
    text = text[:_LENGTH].lower().translate(_DIGITS)
    best: tuple[int, int, date] | None = None
    for start, end, day in _dates(text, written.date()):
        rank = _rank(text[max(0, start - _BEFORE) : start], text[end : end + _AFTER])
        if rank is not None and (best is None or (rank, start) < best[:2]):
            best = (rank, start, day)
    if best is None or not timedelta(days=-1) <= best[2] - written.date() <= _LONGEST:
        return None
    return datetime(best[2].year, best[2].month, best[2].day, tzinfo=UTC)


def _rank(before: str, after: str) -> int | None:
    """0 for a date of return, 1 for the last day away, None for any other date."""
    sentence = before.rpartition("\n\n")[2]
    returns = max((sentence.rfind(word) for word in _RETURN), default=-1)
    until = max((sentence.rfind(word) for word in _UNTIL), default=-1)
    back_then = any(word in after for word in _RETURN_AFTER)
    if returns > until or (back_then and (until < 0 or len(sentence) - until > _NEAR)):
        return 0
    return 1 if until >= 0 else None


def _dates(text: str, written: date) -> Iterator[tuple[int, int, date]]:
    for match in _NUMBERS.finditer(text):
        found = _from_numbers(match, written)
        if found:
            yield match.start(), match.end(), found
    for pattern, day, month in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        for match in pattern.finditer(text):
            found = _from_name(int(match[day]), match[month], match[3], written)
            if found:
                yield match.start(), match.end(), found


def _from_numbers(match: re.Match[str], written: date) -> date | None:
    first, mark, second, last = int(match[1]), match[2], int(match[3]), match[4]
    if first > 31:
        return _valid(first, second, int(last)) if last else None
    if last is None:
        return _coming(lambda year: _valid(year, second, first), written) if mark == "." else None
    year = int(last) + (2000 if len(last) == 2 else 0)
    day_first, month_first = _valid(year, second, first), _valid(year, first, second)
    readings = [day for day in (day_first, month_first if mark == "/" else None) if day]
    return min(readings, key=lambda day: abs(day - written), default=None)


def _from_name(day: int, name: str, year: str | None, written: date) -> date | None:
    if name in _JALALI:
        month = _JALALI[name]
        if year:
            return _valid(int(year), month, day)
        return _coming(lambda number: _valid(number - 621, month, day), written)
    if name not in _MONTHS:
        return None
    month = _MONTHS[name]
    return _valid(int(year), month, day) if year else _coming(lambda number: _valid(number, month, day), written)


def _coming(in_year: Callable[[int], date | None], written: date) -> date | None:
    """The first such day that is not before the mail was written."""
    days = (in_year(year) for year in (written.year - 1, written.year, written.year + 1))
    return next((day for day in days if day and day >= written - timedelta(days=1)), None)


def _valid(year: int, month: int, day: int) -> date | None:
    """A date; years before 1700 are Jalali."""
    try:
        return date(year, month, day) if year > _FIRST_GREGORIAN else _gregorian(year, month, day)
    except ValueError:
        return None


def _gregorian(year: int, month: int, day: int) -> date:
    if not 1300 <= year <= 1500:
        raise ValueError("no year of this century")
    found: date = JalaliDate(year, month, day).to_gregorian()
    return found

"""Dates, durations, numbers and directions as a reader of a language expects them.

Persian: Jalali dates, Persian digits and month names. English: an own table, because it is on the way of every
mail. Any other language an admin adds templates for: Babel, loaded when first needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from unicodedata import bidirectional
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate

from maildesk.notices import words

_RTL = frozenset({"fa", "ar", "he", "ur", "ps", "ckb", "sd", "ug", "yi", "dv", "prs", "azb", "lrc", "mzn"})
_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_BIDI_CONTROLS = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
FSI, PDI = "\u2068", "\u2069"
_HOUR, _DAY = 60, 24 * 60


def direction(language: str) -> str:
    """Which way a language is written, "rtl" or "ltr", by its code ("fa", "en-GB")."""
    return "rtl" if language.partition("-")[0].lower() in _RTL else "ltr"


def text_direction(text: str, fallback: str) -> str:
    """The direction of a text by its first strong character outside of isolates (UAX #9, rule P2), if early enough."""
    inside = False
    for char in text[:200]:
        if char in {FSI, PDI}:
            inside = char == FSI
        kind = "" if inside else bidirectional(char)
        if kind == "L":
            return "ltr"
        if kind in {"R", "AL"}:
            return "rtl"
    return fallback


def isolate(text: object, language: str) -> str:
    """A bit of foreign text that leaves its surroundings alone: U+2068 … U+2069 (UAX #9).

    Text that is all in the direction of the language stays bare, so that what people copy has no invisible marks.
    """
    plain = str(text).translate(_BIDI_CONTROLS)
    foreign = {"L"} if direction(language) == "rtl" else {"R", "AL"}
    if (plain.isascii() and "L" not in foreign) or not any(bidirectional(char) in foreign for char in plain):
        return plain
    return f"{FSI}{plain}{PDI}"


def trust(note: Mapping[str, str], language: str) -> str:
    """One thing that is said of a sender: a key of ``words.TRUST`` as ``key``, and what its sentence shows."""
    english, persian = words.TRUST[note["key"]]
    sentence = persian if language.partition("-")[0] == "fa" else english
    return sentence.format_map({name: isolate(value, language) for name, value in note.items()})


def number(value: float, language: str) -> str:
    """A number with its thousands apart: 12,345 or ۱۲٬۳۴۵."""
    if language == "fa":
        return f"{value:,}".translate(_PERSIAN).replace(",", "٬").replace(".", "٫")
    if language == "en":
        return f"{value:,}"
    from babel.numbers import format_decimal

    return format_decimal(value, locale=babel_locale(language))


def date(moment: datetime, language: str, zone: tzinfo) -> str:
    """The day in words: "Sunday 22 November 2026", «یکشنبه ۱ آذر ۱۴۰۵»."""
    day = moment.astimezone(zone).date()
    if language == "fa":
        jalali = JalaliDate(day)
        month = words.JALALI_MONTHS[jalali.month - 1]
        return f"{words.WEEKDAYS['fa'][day.weekday()]} {jalali.day} {month} {jalali.year}".translate(_PERSIAN)
    if language == "en":
        return f"{words.WEEKDAYS['en'][day.weekday()]} {day.day} {words.MONTHS[day.month - 1]} {day.year}"
    from babel.dates import format_date

    return format_date(day, "full", locale=babel_locale(language))


def date_time(moment: datetime, language: str, zone: tzinfo) -> str:
    """Day, time and zone: "Sunday 22 November 2026, 14:30 (Tehran time)"."""
    clock = f"{moment.astimezone(zone):%H:%M}"
    if language == "fa":
        return f"{date(moment, 'fa', zone)}، ساعت {clock.translate(_PERSIAN)} ({_zone_name(zone, 'fa')})"
    return f"{date(moment, language, zone)}, {clock} ({_zone_name(zone, language)})"


def duration(length: timedelta | float, language: str) -> str:
    """A length of time (a timedelta, or minutes) as people say it: "about 3 hours", «حدود ۳ ساعت».

    Exact below an hour; days from 48 hours on. Negative lengths are shown without their sign.
    """
    minutes = abs(length.total_seconds() / 60 if isinstance(length, timedelta) else length)
    if language not in words.UNITS:
        from babel.dates import format_timedelta

        return format_timedelta(timedelta(minutes=minutes), locale=babel_locale(language))
    if minutes < 1:
        return {"en": "less than a minute", "fa": "کمتر از یک دقیقه"}[language]
    if round(minutes) < _HOUR:
        return _amount(round(minutes), "minute", language)
    unit, size = ("hour", _HOUR) if round(minutes / _HOUR) < 48 else ("day", _DAY)
    amount = _amount(round(minutes / size), unit, language)
    if minutes % size == 0:
        return amount
    return f"about {amount}" if language == "en" else f"حدود {amount}"


def _amount(count: int, unit: str, language: str) -> str:
    one, many = words.UNITS[language][unit]
    return f"{number(count, language)} {one if count == 1 else many}"


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of an IANA name; UTC for a name that the system does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _zone_name(zone: tzinfo, language: str) -> str:
    key = str(getattr(zone, "key", zone))
    if language == "fa":
        return words.ZONES_FA.get(key) or f"به وقت {isolate(key.rpartition('/')[2].replace('_', ' '), 'fa')}"
    if key in {"UTC", "Etc/UTC"}:
        return "UTC"
    return f"{key.rpartition('/')[2].replace('_', ' ')} time"


@lru_cache(maxsize=64)
def babel_locale(language: str) -> str:
    """The nearest locale that Babel knows; English where it knows none."""
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(language.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return "en"

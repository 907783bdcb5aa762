"""Business time. Instants are aware and UTC; a calendar's hours are local times of its zone.

A calendar without a week is open around the clock. Local hours are turned into instants day by day, so a day on which
the clocks change is as long as it really is. Closing at 00:00 means the end of the day.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from maildesk.model.desk import Calendar, Desk
from maildesk.model.ticket import Ticket

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_SEARCH_DAYS = 3660
"""A calendar that is closed for ten years in a row has no hours at all."""


def calendar_of(desk: Desk, ticket: Ticket) -> Calendar:
    """The calendar that a ticket is worked by: its group's, else its mailbox's, else around the clock."""
    group = desk.groups.get(ticket.group)
    mailbox = desk.mailboxes.get(ticket.mailbox)
    for name in (group.calendar if group else "", mailbox.calendar if mailbox else ""):
        if name in desk.calendars:
            return desk.calendars[name]
    return Calendar("always", desk.timezone)


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether somebody works at this instant. A closing time is closed already."""
    return calendar.always or any(start <= at < end for start, end in _around(calendar, at))


def next_open(calendar: Calendar, at: datetime) -> datetime:
    """The first instant from ``at`` on that is open. Raises ValueError when none comes within ten years."""
    if calendar.always:
        return at
    return max(at, next(_from(calendar, at))[0])


def add_minutes(calendar: Calendar, start: datetime, minutes: float | timedelta) -> datetime:
    """The instant at which so many business minutes after ``start`` have passed.

    For 0 minutes that is ``start`` itself, open or not. Raises ValueError when they do not pass within ten years.
    """
    left = minutes if isinstance(minutes, timedelta) else minutes * _MINUTE
    if calendar.always or left <= timedelta(0):
        return start + left
    for opens, closes in _from(calendar, start):
        begin = max(opens, start)
        if closes - begin >= left:
            return begin + left
        left -= closes - begin
    raise AssertionError("unreachable: _from raises")


def minutes_between(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Whole business minutes from ``start`` to ``end``; 0 when ``end`` is not later."""
    return open_time(calendar, start, end) // _MINUTE


def open_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Business time from ``start`` to ``end``; none when ``end`` is not later."""
    return sum((closes - opens for opens, closes in open_times(calendar, start, end)), timedelta(0))


def working_days(calendar: Calendar, start: datetime, end: datetime) -> int:
    """How many working days lie between: one for each day with hours on which the time of day of ``start`` was reached.

    Counted for a year at most; around the clock every day is one.
    """
    zone = ZoneInfo(calendar.timezone)
    begin, until = start.astimezone(zone), end.astimezone(zone)
    days = (until.date() - begin.date()).days - (until.time() < begin.time())
    passed = (begin.date() + _DAY * (number + 1) for number in range(min(days, 366)))
    return sum(1 for day in passed if calendar.always or hours(calendar, day))


def open_times(calendar: Calendar, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The open stretches between two instants, in order."""
    if end <= start:
        return
    if calendar.always:
        yield start, end
        return
    zone = ZoneInfo(calendar.timezone)
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        for opens, closes in hours(calendar, day):
            if closes > start and opens < end:
                yield max(opens, start), min(closes, end)
        day += _DAY


def hours(calendar: Calendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The open stretches of a local day as instants; none on a holiday.

    The local clock decides: an hour that it skips is not worked, one that it shows twice is worked twice.
    """
    intervals = calendar.week.get(day.weekday(), ())
    return () if not intervals or is_holiday(calendar, day) else _instants(day, intervals, calendar.timezone)


@lru_cache(maxsize=8192)
def _instants(
    day: date, intervals: tuple[tuple[time, time], ...], timezone: str
) -> tuple[tuple[datetime, datetime], ...]:
    """Local hours of a day as instants."""
    midnight = datetime.combine(day, time(0), UTC)
    found = []
    for begin, end, offset in _pieces(day, ZoneInfo(timezone)):
        for opens, closes in intervals:
            start = max(begin, midnight + _since_midnight(opens) - offset)
            stop = min(end, midnight + (_since_midnight(closes) or _DAY) - offset)
            if start < stop:
                found.append((start, stop))
    return tuple(found)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


def _pieces(day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime, timedelta]]:
    """A local day as instants, cut where the clocks change: each piece with its UTC offset."""
    begin, end = (datetime.combine(each, time(0), zone).astimezone(UTC) for each in (day, day + _DAY))
    first, last = _offset(begin, zone), _offset(end - _MINUTE, zone)
    if first == last:
        return [(begin, end, first)]

    def changed(minute: int) -> bool:
        return _offset(begin + _MINUTE * minute, zone) != first

    change = begin + _MINUTE * bisect_left(range((end - begin) // _MINUTE), True, key=changed)
    return [(begin, change, first), (change, end, last)]


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def is_holiday(calendar: Calendar, day: date) -> bool:
    """Whether the calendar's country has a holiday, or the admin added one and did not take it away."""
    if day in calendar.remove_holidays:
        return False
    return day in calendar.add_holidays or day in _national(calendar.country, day.year)


def holiday_name(calendar: Calendar, day: date, language: str) -> str:
    """What the day is called, in the language where the country's list knows it; "" for a day the admin added."""
    return _named(calendar.country, day.year, language).get(day, "")


@lru_cache(maxsize=256)
def _national(country: str, year: int) -> frozenset[date]:
    return frozenset(_named(country, year, ""))


@lru_cache(maxsize=256)
def _named(country: str, year: int, language: str) -> Mapping[date, str]:
    if not country:
        return {}
    import holidays  # a third of a second, and only some calendars need it

    found = holidays.country_holidays(country, years=year)
    spoken = [code for code in found.supported_languages if language and code.startswith(language)]
    known = (*spoken, found.default_language)  # without one the process's locale would decide
    return dict(holidays.country_holidays(country, years=year, language=known[0]))


def _around(calendar: Calendar, at: datetime) -> tuple[tuple[datetime, datetime], ...]:
    return hours(calendar, at.astimezone(ZoneInfo(calendar.timezone)).date())


def _from(calendar: Calendar, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The open stretches that end after an instant, in order; raises ValueError after ten years without one."""
    day = at.astimezone(ZoneInfo(calendar.timezone)).date()
    for _ in range(_SEARCH_DAYS):
        yield from (stretch for stretch in hours(calendar, day) if stretch[1] > at)
        day += _DAY
    raise ValueError(f"calendar {calendar.name!r} is never open")

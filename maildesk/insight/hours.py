"""Business time for many intervals: a calendar laid out once, then two bisections for each question."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta

from maildesk.model.desk import Calendar
from maildesk.service.calendar import open_time, open_times

_MINUTE = timedelta(minutes=1)


class Hours:
    """The open stretches of a calendar between two instants. Equal to ``service.calendar.open_time``, but quick."""

    def __init__(self, calendar: Calendar, begin: datetime, end: datetime) -> None:
        self._calendar, self._begin, self._end = calendar, begin, end
        self._opens: list[datetime] = []
        self._closes: list[datetime] = []
        self._before: list[timedelta] = []
        total = timedelta(0)
        for opens, closes in () if calendar.always else open_times(calendar, begin, end):
            self._opens.append(opens)
            self._closes.append(closes)
            self._before.append(total)
            total += closes - opens

    def minutes(self, since: datetime, until: datetime) -> float:
        """Business minutes from one instant to another; 0 when the second is not later."""
        if until <= since:
            return 0.0
        if self._calendar.always:
            return (until - since) / _MINUTE
        if since < self._begin or until > self._end:
            return open_time(self._calendar, since, until) / _MINUTE
        return (self._passed(until) - self._passed(since)) / _MINUTE

    def _passed(self, at: datetime) -> timedelta:
        place = bisect_right(self._opens, at) - 1
        if place < 0:
            return timedelta(0)
        return self._before[place] + min(at, self._closes[place]) - self._opens[place]

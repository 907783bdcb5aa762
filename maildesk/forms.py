"""How an admin writes values in ``config.toml``: lengths of time, sizes, hours, addresses, names.

Each function takes what TOML gave and returns the value, or raises ValueError that says how to write it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Literal
from zoneinfo import ZoneInfo

from maildesk.ingest.address import normalise

Interval = tuple[time, time]
Week = tuple[tuple[int, tuple[Interval, ...]], ...]
"""(weekday, hours) pairs; 0 is Monday."""
Start = Literal["now", "import"] | date

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = {"m": 1, "h": 60, "d": 1440, "w": 7 * 1440}
_SIZES = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}


def minutes(value: object, day: int = 1440) -> float:
    """The minutes of a length of time: "30m", "4h", "2d", "1h30m", "45s". ``day`` is the minutes of one d."""
    if not isinstance(value, str) or not re.fullmatch(r"([0-9]{1,6}[smhdw]){1,4}", value):
        raise ValueError('write a length of time as "30m", "4h" or "2d"')
    units = _UNITS | {"s": 1 / 60, "d": day, "w": 7 * day}
    return sum(int(count) * units[unit] for count, unit in re.findall(r"([0-9]+)([smhdw])", value))


def business_time(value: object) -> str:
    """A length of time in working hours, kept as it is written: what a day counts depends on the calendar."""
    minutes(value)
    return str(value)


def days(value: object) -> int:
    """The days of "30d" or "4w"."""
    count = minutes(value)
    if count % 1440:
        raise ValueError('write whole days, as "30d"')
    return round(count) // 1440


def size(value: object) -> int:
    """The bytes of "50 MB", or of a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = re.fullmatch(r"([0-9]{1,12}) ?(B|KB|MB|GB)", value) if isinstance(value, str) else None
    if not match:
        raise ValueError('write a size as "50 MB", or as a number of bytes')
    return int(match[1]) * _SIZES[match[2]]


def time_of_day(value: object) -> time:
    """A local time, as "9:00"."""
    if isinstance(value, time):
        return value
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", value) if isinstance(value, str) else None
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError('write a time of day as "9:00"')
    return time(int(match[1]), int(match[2]))


def interval(value: object) -> Interval:
    """Begin and end of "9:00-13:00". The end 24:00 is midnight: ``time(0)``."""
    begin, dash, end = value.partition("-") if isinstance(value, str) else ("", "", "")
    if not dash:
        raise ValueError('write hours as "9:00-13:00"')
    return time_of_day(begin.strip()), time() if end.strip() == "24:00" else time_of_day(end.strip())


def week(value: object) -> Week:
    """Working hours of ``{ mon = ["9:00-13:00", "14:00-18:00"], … }``; a day that is not named is free."""
    if not isinstance(value, Mapping) or not set(value) <= set(WEEKDAYS):
        raise ValueError(f'write the week as {{ mon = ["9:00-13:00", "14:00-18:00"] }}; its days: {" ".join(WEEKDAYS)}')
    return tuple((WEEKDAYS.index(day), _hours(day, value[day])) for day in WEEKDAYS if day in value)


def _hours(day: str, value: object) -> tuple[Interval, ...]:
    hours = tuple(interval(item) for item in (value if isinstance(value, tuple) else (value,)))
    moments = [moment for pair in hours for moment in pair]
    if moments and moments[-1] == time():
        moments[-1] = time.max
    if moments != sorted(set(moments)):
        raise ValueError(f"the hours of {day} must follow each other without overlap")
    return hours


def email(value: object) -> str:
    """A plain mail address, in the form that addresses of mail are compared in."""
    local, at, host = value.strip().rpartition("@") if isinstance(value, str) else ("", "", "")
    if not (at and local) or any(sign.isspace() or sign in "<>,;@\"'" for sign in local):
        raise ValueError('write a plain mail address, as "support@example.com"')
    return normalise(f"{local}@{domain(host)}")


def domain(value: object) -> str:
    """A domain name, lower-case, as A-labels (RFC 5890)."""
    name = normalise(f"@{value}")[1:] if isinstance(value, str) else ""
    if not re.fullmatch(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){0,10}", name):
        raise ValueError('write a domain as "example.com"')
    return name


def name(value: object) -> str:
    """A name that people type in commands: one word, of any script."""
    if not isinstance(value, str) or not value or any(sign.isspace() or sign in "[]{}();,=@#\"'" for sign in value):
        raise ValueError("a name is one word without spaces, brackets or quotes: people type it in commands")
    return value


def zone(value: object) -> str:
    """A time zone of the IANA database."""
    try:
        return ZoneInfo(value).key if isinstance(value, str) and value else ""
    except (KeyError, ValueError, OSError):
        raise ValueError('no such time zone: write it as "Asia/Tehran" or "UTC"') from None


def country(value: object) -> str:
    """An ISO country code whose holidays are known, or the empty string."""
    if value == "":
        return ""
    from holidays import list_supported_countries  # a third of a second, and only some desks need it

    if not isinstance(value, str) or len(value) != 2 or value not in list_supported_countries():
        raise ValueError('write a country as its code of two capital letters, "IR" or "DE"')
    return value


def start(value: object) -> Start:
    """Where a mailbox begins: "now", "import" or a date."""
    match value:
        case "now" | "import":
            return value
        case date():
            return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError('write start = "now", "import" or a date as 2026-11-01') from None


def step_at(value: object) -> tuple[int, float]:
    """When an escalation step is due: "75%" of the target -> (75, 0), "+2h" after it -> (100, 120)."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}%", value):
        return int(value[:-1]), 0
    if isinstance(value, str) and value.startswith("+"):
        return 100, minutes(value[1:])
    raise ValueError('write when as a part of the target, "75%", or as time after it, "+2h"')

"""The figures of a period, from the history alone: the same today as when the period ended (docs/reports.md).

``figures`` streams over the history once, keeps a few numbers per ticket and measure, and never reads a text.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil, sqrt
from zoneinfo import ZoneInfo

from maildesk.insight.course import Course, Letter, Line, Spell, Where, follow, is_over
from maildesk.insight.hours import Hours
from maildesk.model.desk import Calendar, Desk, Sla
from maildesk.model.ticket import Priority, Ticket
from maildesk.service.calendar import calendar_of
from maildesk.service.sla import calendar_for, pick

_Z = 1.959964
"""Of a normal distribution: 95 of 100 lie within so many deviations."""
_LAYOUT = timedelta(days=3 * 366)
DIMENSIONS = ("group", "agent", "mailbox", "organisation", "tag")
HISTORY = Iterable[tuple[Sequence[Line], Sequence[Letter]]]
"""For each ticket its entries, oldest first, and its answers and surveys that left, all up to one moment."""


@dataclass(frozen=True, slots=True)
class Period:
    """From ``begin`` (included) to ``end`` (not included); the figures are those known at ``end``."""

    begin: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.begin <= at < self.end

    @property
    def before(self) -> Period:
        """The period of the same length that ends where this one begins."""
        return Period(self.begin - (self.end - self.begin), self.begin)


@dataclass(frozen=True, slots=True)
class Spread:
    """How long things took, in minutes: arithmetic mean, median, and the value that nine of ten do not exceed."""

    count: int = 0
    mean: float = 0.0
    median: float = 0.0
    p90: float = 0.0


@dataclass(frozen=True, slots=True)
class Timing:
    """The same lengths on the clock of the wall and in business time."""

    wall: Spread = Spread()
    business: Spread = Spread()


@dataclass(frozen=True, slots=True)
class Share:
    """``part`` of ``whole``."""

    part: int = 0
    whole: int = 0

    @property
    def percent(self) -> float | None:
        """In percent; None of nothing."""
        return 100 * self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Between which percentages the true share lies with 95 % confidence (Wilson's score interval)."""
        if not self.whole:
            return None
        n, p = self.whole, self.part / self.whole
        middle, spread = p + _Z**2 / (2 * n), _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n))
        low, high = ((middle + way * spread) / (1 + _Z**2 / n) for way in (-1, 1))
        return max(0.0, 100 * low), min(100.0, 100 * high)


@dataclass(frozen=True, slots=True)
class Day:
    """A local day: what came, what was solved, what was left at its end."""

    date: date
    opened: int
    solved: int
    backlog: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The figures of everything, or of one agent, group, mailbox, organisation or tag."""

    opened: int = 0
    solved: int = 0
    reopened: int = 0
    answers: int = 0
    customer_mails: int = 0
    backlog: int = 0
    """Tickets not done at the end."""
    waiting: int = 0
    """Of these, tickets whose customer waits for us."""
    first_response: Timing = Timing()
    next_response: Timing = Timing()
    response: Timing = Timing()
    resolution: Timing = Timing()
    one_touch: Share = Share()
    breaches: Share = Share()
    csat: Share = Share()
    stars: tuple[int, ...] = (0, 0, 0, 0, 0)
    """How often 1, 2, 3, 4, 5 were given."""
    first_hours: tuple[int, ...] = ()
    """First responses by business time: see ``BOUNDS``."""


BOUNDS = (60, 4 * 60, 8 * 60, 24 * 60)
"""Upper bounds (minutes) of the classes of ``first_hours``; the last class has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything that a report tells of one period."""

    period: Period
    total: Slice
    backlog_before: int = 0
    """Tickets not done when the period began."""
    response_rate: Share = Share()
    retention: Share = Share()
    deflection: Share = Share()
    set_aside: Mapping[str, int] = field(default_factory=dict)
    days: tuple[Day, ...] = ()
    by: Mapping[str, Mapping[str, Slice]] = field(default_factory=dict)
    """Dimension -> name -> figures."""

    def of_agent(self, name: str) -> Figures:
        """One agent's figures alone; what is counted only for the whole desk is left out."""
        return Figures(period=self.period, total=self.by.get("agent", {}).get(name, Slice()))


@dataclass(slots=True)
class _Pile:
    """What a slice is made of while the history runs by."""

    counts: Counter[str] = field(default_factory=Counter)
    wall: dict[str, array[float]] = field(default_factory=dict)
    business: dict[str, array[float]] = field(default_factory=dict)

    def took(self, measure: str, wall: float, business: float) -> None:
        self.wall.setdefault(measure, array("d")).append(wall)
        self.business.setdefault(measure, array("d")).append(business)

    def timing(self, measure: str) -> Timing:
        return Timing(spread(self.wall.get(measure, ())), spread(self.business.get(measure, ())))

    def slice(self) -> Slice:
        """The finished figures."""
        n = self.counts
        return Slice(
            opened=n["opened"],
            solved=n["solved"],
            reopened=n["reopened"],
            answers=n["answers"],
            customer_mails=n["customer_mails"],
            backlog=n["backlog"],
            waiting=n["waiting"],
            first_response=self.timing("first_response"),
            next_response=self.timing("next_response"),
            response=self.timing("response"),
            resolution=self.timing("resolution"),
            one_touch=Share(n["one_touch"], n["resolved"]),
            breaches=Share(n["late"], n["promised"]),
            csat=Share(n["stars4"] + n["stars5"], sum(n[f"stars{s}"] for s in range(1, 6))),
            stars=tuple(n[f"stars{stars}"] for stars in range(1, 6)),
            first_hours=_classes(self.business.get("first_response", ())),
        )


def spread(minutes: Sequence[float]) -> Spread:
    """Mean, median and 90th percentile (nearest rank) of a sample; all 0 for an empty one."""
    if not minutes:
        return Spread()
    ranked = sorted(minutes)
    n = len(ranked)
    median = (ranked[(n - 1) // 2] + ranked[n // 2]) / 2
    return Spread(n, sum(ranked) / n, median, ranked[ceil(0.9 * n) - 1])


def _classes(minutes: Sequence[float]) -> tuple[int, ...]:
    found = [0] * (len(BOUNDS) + 1)
    for one in minutes:
        found[sum(one >= bound for bound in BOUNDS)] += 1
    return tuple(found)


class _Clocks:
    """Service levels and business hours for measures, each worked out once."""

    def __init__(self, desk: Desk, end: datetime) -> None:
        self._desk, self._end = desk, end
        self._known: dict[tuple[str, str, str, str], tuple[Sla | None, Hours, Hours]] = {}
        self._hours: dict[str, Hours] = {}

    def of(self, where: Where, organisation: str) -> tuple[Sla | None, Hours, Hours]:
        """The service level, the hours that its promises run by, and the hours that the ticket is worked by."""
        key = (where.group, where.mailbox, where.priority, organisation)
        if key not in self._known:
            ticket = Ticket(
                number=0, mailbox=where.mailbox, group=where.group, priority=Priority(where.priority or "normal")
            )
            sla = pick(self._desk, ticket, organisation)
            promised, worked = calendar_for(self._desk, ticket, sla), calendar_of(self._desk, ticket)
            self._known[key] = (sla, self._laid_out(promised), self._laid_out(worked))
        return self._known[key]

    def _laid_out(self, calendar: Calendar) -> Hours:
        if calendar.name not in self._hours:
            self._hours[calendar.name] = Hours(calendar, self._end - _LAYOUT, self._end)
        return self._hours[calendar.name]


class _Tally:
    """Adds up one period."""

    def __init__(self, period: Period, desk: Desk, organisations: Mapping[str, str]) -> None:
        self.period = period
        self._zone = ZoneInfo(desk.timezone)
        self._clocks = _Clocks(desk, period.end)
        self._organisations = organisations
        self.total = _Pile()
        self._by: dict[str, dict[str, _Pile]] = {name: {} for name in DIMENSIONS}
        self._days: dict[str, Counter[date]] = {name: Counter() for name in ("opened", "solved", "gone")}
        self._shares: Counter[str] = Counter()
        self._writers: tuple[set[str], set[str]] = (set(), set())
        self._aside: Counter[str] = Counter()

    # -- taking a ticket in

    def take(self, course: Course) -> None:
        """Count what one ticket adds to the period."""
        if course.opened_at >= self.period.end:
            return
        if course.set_aside:
            if course.opened_at in self.period:
                self._aside[course.set_aside] += 1
            return
        self._flow(course)
        for spell in course.spells:
            if spell.until in self.period:
                self._answered(spell)
        if course.waiting is not None and not course.is_done:
            self._waits(course, course.waiting)
        self._resolved(course)
        self._asked(course)

    def _piles(self, where: Where) -> list[_Pile]:
        """Everything that a measure is counted under; an empty name counts under the total only."""
        organisation = self._organisations.get(where.requester) or where.requester.partition("@")[2]
        names = [("group", where.group), ("agent", where.agent), ("mailbox", where.mailbox)]
        names += [("organisation", organisation), *(("tag", tag) for tag in where.tags)]
        return [self.total, *(self._by[kind].setdefault(name, _Pile()) for kind, name in names if name)]

    def _count(self, what: str, where: Where, number: int = 1) -> None:
        for pile in self._piles(where):
            pile.counts[what] += number

    def _flow(self, course: Course) -> None:
        period, days, where = self.period, self._days, course.where
        if course.opened_at in period:
            self._count("opened", where)
            days["opened"][self._day(course.opened_at)] += 1
        for at, then in course.solved:
            if at in period:
                self._count("solved", then)
                days["solved"][self._day(at)] += 1
        if again := sum(at in period for at in course.reopened):
            self._count("reopened", where, again)
        for begin, end in course.spans:
            self._open(begin, end, where)
        if wrote := sum(at in period for at, _ in course.wrote):
            self._count("customer_mails", where, wrote)
        for at, then in course.answers:
            if at in period:
                self._count("answers", then)
        for at, person in course.wrote:
            if at in period:
                self._writers[1].add(person)
            elif at in period.before:
                self._writers[0].add(person)

    def _open(self, begin: datetime, end: datetime | None, where: Where) -> None:
        """A span in which a ticket was not done."""
        period = self.period
        if begin < period.end and (end is None or end >= period.end):
            self._count("backlog", where)
        if begin < period.begin and (end is None or end >= period.begin):
            self._shares["backlog_before"] += 1
        elif begin in period:
            self._days["gone"][self._day(begin)] += 1
        if end is not None and end in period:
            self._days["gone"][self._day(end)] -= 1

    def _answered(self, spell: Spell) -> None:
        where = spell.where
        wall = (spell.until - spell.since) / timedelta(minutes=1)
        sla, promised, worked = self._clocks.of(where, self._organisations.get(where.requester, ""))
        business = worked.minutes(spell.since, spell.until)
        kind = "first_response" if spell.first else "next_response"
        piles = self._piles(where)
        for pile in piles:
            pile.took(kind, wall, business)
            pile.took("response", wall, business)
        if sla and (target := getattr(sla, kind)) is not None:
            late = promised.minutes(spell.since, spell.until) > target
            for pile in piles:
                pile.counts["promised"] += 1
                pile.counts["late"] += late

    def _waits(self, course: Course, since: datetime) -> None:
        """Nobody has answered yet: a promise counts once it is broken."""
        where, end = course.where, self.period.end
        self._count("waiting", where)
        sla, promised, _ = self._clocks.of(where, self._organisations.get(where.requester, ""))
        target = getattr(sla, "next_response" if course.answers else "first_response") if sla else None
        if target is not None and promised.minutes(since, end) > target:
            self._count("promised", where)
            self._count("late", where)

    def _resolved(self, course: Course) -> None:
        """Opening to the last solving, of tickets that still are solved at the end."""
        if not course.solved or not course.is_done or course.solved[-1][0] not in self.period:
            return
        at, where = course.solved[-1]
        *_, worked = self._clocks.of(where, self._organisations.get(where.requester, ""))
        wall, business = (at - course.opened_at) / timedelta(minutes=1), worked.minutes(course.opened_at, at)
        for pile in self._piles(where):
            pile.took("resolution", wall, business)
            pile.counts["resolved"] += 1
            pile.counts["one_touch"] += len(course.answers) == 1 and not course.reopened

    def _asked(self, course: Course) -> None:
        for one in course.ratings.values():
            if one.at in self.period:
                self._count(f"stars{one.stars}", one.where)
        for key, sent_at in course.surveys.items():
            if sent_at in self.period:
                self._shares["surveys"] += 1
                self._shares["rated"] += key in course.ratings
        if course.offered_at is not None and course.offered_at in self.period:
            self._shares["offered"] += 1
            self._shares["deflected"] += course.deflected_at is not None

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    # -- finishing

    def figures(self) -> Figures:
        """The finished figures."""
        earlier, later = self._writers
        return Figures(
            period=self.period,
            total=self.total.slice(),
            backlog_before=self._shares["backlog_before"],
            response_rate=Share(self._shares["rated"], self._shares["surveys"]),
            retention=Share(len(earlier & later), len(earlier)),
            deflection=Share(self._shares["deflected"], self._shares["offered"]),
            set_aside=dict(self._aside),
            days=tuple(self._each_day()),
            by={kind: {name: piles[name].slice() for name in sorted(piles)} for kind, piles in self._by.items()},
        )

    def _each_day(self) -> Iterable[Day]:
        day, last = self._day(self.period.begin), self._day(self.period.end - timedelta(microseconds=1))
        backlog = self._shares["backlog_before"]
        while day <= last:
            backlog += self._days["gone"][day]
            yield Day(day, self._days["opened"][day], self._days["solved"][day], backlog)
            day += timedelta(days=1)


def figures(
    history: HISTORY,
    desk: Desk,
    periods: Sequence[Period],
    organisations: Mapping[str, str] | None = None,
    *,
    groups: frozenset[str] = frozenset(),
    tick: Callable[[int], None] | None = None,
) -> list[Figures]:
    """The figures of some periods, from one pass over the history up to the latest of their ends.

    ``organisations`` maps addresses to the organisations that were set for them; other people count under the domain
    of their address. With ``groups`` only tickets count that are theirs at the end. ``tick`` is told how many entries
    were read.
    """
    tallies = [_Tally(period, desk, organisations or {}) for period in periods]
    for lines, letters in history:
        if not lines:
            continue
        known: tuple[int, int, Course | None] = (-1, -1, None)
        for tally in tallies:
            if is_over(lines, letters, tally.period.before.begin):
                continue
            then, sent = _known_at(tally.period.end, lines, letters)
            if (len(then), len(sent)) != known[:2]:
                known = (len(then), len(sent), follow(then, sent))
            course = known[2]
            if course and (not groups or course.where.group in groups):
                tally.take(course)
        if tick:
            tick(len(lines))
    return [tally.figures() for tally in tallies]


def _known_at(
    moment: datetime, lines: Sequence[Line], letters: Sequence[Letter]
) -> tuple[Sequence[Line], Sequence[Letter]]:
    """What was known of a ticket just before a moment."""
    if lines[-1].at >= moment:
        lines = [line for line in lines if line.at < moment]
    return lines, [letter for letter in letters if letter.sent_at < moment]

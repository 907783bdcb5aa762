"""An independent, slow judge of the simulated year: minutes are counted one by one, nothing of the service is used.

It knows what the simulation did (when mails came, when answers left, who was away) and works out from that alone which
steps were due and when; then it looks into the store for what really happened.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import holidays
from simulate_world import BEGIN, CALENDARS, LEVELS, STEPS, TEAMS

MINUTE = timedelta(minutes=1)
LENGTH = 366 * 24 * 60 + 60 * 24 * 70
"""Minutes that are looked at: the year, and some weeks beyond it."""


class Minutes:
    """Whether each minute of the year is open, by asking the wall clock of its zone."""

    def __init__(self, name: str) -> None:
        calendar = CALENDARS[name]
        zone, off = ZoneInfo(calendar.timezone), holidays.country_holidays(calendar.country, years=(2026, 2027))
        free: dict = {}
        self.open = bytearray(LENGTH)
        for minute in range(LENGTH):
            local = (BEGIN + minute * MINUTE).astimezone(zone)
            day = local.date()
            if day not in free:
                free[day] = day in off
            if not free[day]:
                now = local.time()
                self.open[minute] = any(start <= now < end for start, end in calendar.week.get(day.weekday(), ()))
        self.before = [0, *accumulate(self.open)]
        """Open minutes before each minute."""

    def between(self, start: int, end: int) -> int:
        """Open minutes of [start, end)."""
        return self.before[min(end, LENGTH)] - self.before[min(start, LENGTH)] if end > start else 0

    def after(self, start: int, minutes: int) -> int:
        """The minute at whose beginning so many open minutes have passed since ``start``."""
        return bisect_left(self.before, self.before[start] + minutes)


def minute_of(at: datetime) -> int:
    return (at - BEGIN) // MINUTE


@dataclass
class Story:
    """What the simulation did to a ticket."""

    number: int
    team: str
    urgent: bool
    opened: datetime
    first: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    """Waiting for the first answer: (from, until)."""
    turns: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    """Waiting for the later answers."""
    work: list[list] = field(default_factory=list)
    """Our turn: [from, until] pairs, a list for each time that it was opened."""


@dataclass
class Found:
    """What the judge found."""

    steps: int = 0
    passed: int = 0
    wrong: list[str] = field(default_factory=list)


def escalations(
    stories: dict[int, Story], runs: list[datetime], entries: dict[int, list], clocks: dict[str, Minutes]
) -> Found:
    """Compare the steps that were due with the entries that were made. ``runs``: every moment the job looked."""
    found = Found()
    for story in stories.values():
        minutes = clocks[TEAMS[story.team]]
        level = LEVELS[0] if story.urgent else LEVELS[1]
        wanted = dict(_wanted(story, level, minutes, runs))
        made = Counter()
        for at, cause in entries.get(story.number, ()):
            target, _, rest = cause.partition(": ")
            label, _, late = rest.partition(" (")
            made[target, label, at] += 1
            for one in late.removesuffix(" went by unseen)").split(", ") if late else ():
                made[target, one, None] += 1
        should = Counter()
        for (target, _cycle, label), (at, noted) in wanted.items():
            should[target, label, None if noted else at] += 1
            found.passed += noted
            found.steps += not noted
        for key in (made - should) | (should - made):
            found.wrong.append(f"#{story.number}: {key} {made[key]} times, {should[key]} expected")
    return found


def _wanted(story: Story, level, minutes: Minutes, runs: list[datetime]):
    clocks = [("first_response", number, level.first_response, [span]) for number, span in enumerate(story.first)]
    clocks += [("next_response", number, level.next_response, [span]) for number, span in enumerate(story.turns)]
    clocks += [("resolution", number, level.resolution, spans) for number, spans in enumerate(story.work)]
    for target, cycle, goal, spans in clocks:
        due = []
        for step in STEPS:
            at = _reached(spans, int(goal * step.percent / 100 + step.after_minutes), minutes)
            label = f"+{step.after_minutes:g} min" if step.after_minutes else f"{step.percent} %"
            seen = _seen(at, spans, runs) if at is not None else None
            if seen is not None:
                due.append((label, at, seen))
        for place, (label, at, seen) in enumerate(due):
            later = any(other_seen == seen for _, _, other_seen in due[place + 1 :])
            noted = later and seen - (BEGIN + at * MINUTE) > timedelta(minutes=10)
            yield (target, cycle, label), (seen, noted)


def _reached(spans, wanted: int, minutes: Minutes) -> int | None:
    """The minute at which so many open minutes of these spans have passed."""
    left = wanted
    for start, end in spans:
        first = minute_of(start)
        last = minute_of(end) if end else LENGTH
        count = minutes.between(first, last)
        if count >= left and minutes.after(first, left) <= last:
            return minutes.after(first, left)
        left -= count
    return None


def _seen(at: int, spans, runs: list[datetime]) -> datetime | None:
    """The first look of the job at or after a minute, while the clock still ran."""
    moment = BEGIN + at * MINUTE
    while True:
        place = bisect_left(runs, moment)
        if place == len(runs):
            return None
        run = runs[place]
        for start, end in spans:
            if start <= run and (end is None or run < end):
                return run
        later = [start for start, end in spans if start > run]
        if not later:
            return None
        moment = later[0]


def absences(assigned, away: dict[str, list[tuple[datetime, datetime]]]) -> list[str]:
    """Assignments to somebody who was on vacation."""
    return [
        f"#{number} went to {agent}, who was away at {at}"
        for number, _, agent, at in assigned
        if any(begin <= at < end for begin, end in away.get(agent, ()))
    ]


def fairness_on_duty(assigned, away, clocks: dict[str, Minutes], names: dict[str, list[str]]) -> tuple[int, list[str]]:
    """(most that two agents differ while the same people were there, who got one although they could not take it)."""
    worst, wrong = 0, []
    for team, members in names.items():
        there: tuple = ()
        counts: Counter = Counter()
        for number, group, agent, at in assigned:
            if group != team:
                continue
            # All of a team work by one calendar: they are on duty together, and off duty is no hindrance then.
            present = tuple(one for one in members if not any(a <= at < b for a, b in away.get(one, ())))
            if present != there:
                there, counts = present, Counter(dict.fromkeys(present, 0))
            counts[agent] += 1
            if agent not in present:
                wrong.append(f"#{number} went to {agent}, who could not take it")
            worst = max(worst, max(counts.values()) - min(counts.values()))
    return worst, wrong


def quiet(mails, clocks: dict[str, Minutes]) -> list[str]:
    """Warnings that left outside their reader's hours although the ticket was not urgent."""
    found = defaultdict(int)
    for recipient, sent, urgent in mails:
        team = recipient.partition("@")[0].rstrip("0123456789")
        if not urgent and not clocks[TEAMS[team]].open[minute_of(sent.astimezone(UTC))]:
            found[recipient, sent] += 1
    return [f"{recipient} got {count} at {sent}" for (recipient, sent), count in found.items()]

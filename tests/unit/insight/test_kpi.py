"""The figures against a slow calculation that shares no code with them, at several past dates."""

import json
import math
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from statistics import mean, median

import pytest
from histories import BEGIN, DESK, ORGANISATIONS, history
from hypothesis import given
from hypothesis import strategies as st

from maildesk.insight.hours import Hours
from maildesk.insight.kpi import Period, Share, figures, spread
from maildesk.model.desk import Calendar
from maildesk.service.calendar import open_time

HISTORY = list(history(1200))
PERIODS = [
    Period(BEGIN + timedelta(days=day), BEGIN + timedelta(days=day + length))
    for day, length in ((40, 30), (150.37, 7), (270, 90))
]


@pytest.mark.parametrize("period", PERIODS)
def test_figures_equal_a_slow_calculation(period):
    (found,) = figures(HISTORY, DESK, [period], ORGANISATIONS)
    assert_equal(found, Slow(period))


def test_several_periods_in_one_pass_are_each_what_they_were():
    together = figures(HISTORY, DESK, PERIODS, ORGANISATIONS)
    assert together == [figures(HISTORY, DESK, [period], ORGANISATIONS)[0] for period in PERIODS]


def test_what_happened_later_changes_nothing():
    period = PERIODS[0]
    cut = [([line for line in lines if line.at < period.end], letters) for lines, letters in HISTORY]
    assert figures(cut, DESK, [period], ORGANISATIONS) == figures(HISTORY, DESK, [period], ORGANISATIONS)


def test_the_sample_holds_everything_that_is_hard():
    (found,) = figures(HISTORY, DESK, [PERIODS[2]], ORGANISATIONS)
    total = found.total
    for share in (total.one_touch, total.breaches, total.csat, found.response_rate, found.retention, found.deflection):
        assert 0 < share.part < share.whole
    assert min(total.reopened, total.waiting, total.backlog, found.backlog_before, *total.stars, *total.first_hours) > 0
    assert set(found.set_aside) == {"spam", "merged"}


def assert_equal(found, slow):
    for name in ("opened", "solved", "reopened", "answers", "customer_mails", "backlog", "waiting"):
        assert getattr(found.total, name) == slow.counts[name], name
    for name in ("first_response", "next_response", "response", "resolution"):
        for clock in ("wall", "business"):
            got, want = getattr(getattr(found.total, name), clock), slow.lengths[name, clock]
            assert got.count == len(want) > 0
            assert got.mean == pytest.approx(mean(want))
            assert got.median == pytest.approx(median(want))
            assert got.p90 == pytest.approx(sorted(want)[math.ceil(len(want) * 0.9) - 1])
    for name in ("one_touch", "breaches", "csat"):
        assert getattr(found.total, name) == Share(*slow.shares[name]), name
    for name in ("response_rate", "retention", "deflection"):
        assert getattr(found, name) == Share(*slow.shares[name]), name
    assert found.total.stars == tuple(slow.counts[f"stars{stars}"] for stars in range(1, 6))
    assert found.backlog_before == slow.counts["backlog_before"]
    assert [(day.date, day.opened, day.solved, day.backlog) for day in found.days] == slow.days
    by_agent = {name: one.response.wall.count for name, one in found.by["agent"].items() if one.response.wall.count}
    assert by_agent == slow.by_agent
    by_organisation = {name: one.opened for name, one in found.by["organisation"].items() if one.opened}
    assert by_organisation == slow.by_organisation


class Slow:
    """Every question asked of the raw lines again, without any state carried along."""

    def __init__(self, period):
        self.period, self.end = period, period.end
        self.counts, self.by_agent, self.by_organisation = Counter(), Counter(), Counter()
        self.lengths, self.shares = defaultdict(list), defaultdict(lambda: [0, 0])
        self.writers, self.spans = (set(), set()), []
        self.solvings = []
        for lines, letters in HISTORY:
            known = [line for line in lines if line.at < self.end]
            if known:
                self.ticket(known, [letter for letter in letters if letter.sent_at < self.end])
        self.shares["retention"] = [len(self.writers[0] & self.writers[1]), len(self.writers[0])]
        self.days = list(self.each_day())

    def inside(self, at):
        return self.period.begin <= at < self.end

    def field(self, lines, name, default=None):
        return next(
            (json.loads(line.after)[name] for line in reversed(lines) if name in json.loads(line.after)), default
        )

    def ticket(self, lines, letters):
        opened = datetime.fromisoformat(json.loads(lines[0].after)["opened_at"])
        if self.field(lines, "merged_into") or "spam" in self.field(lines, "tags"):
            return
        requester = self.field(lines, "requester")
        if self.inside(opened):
            self.counts["opened"] += 1
            self.by_organisation[ORGANISATIONS.get(requester) or requester.split("@")[1]] += 1
        answers = self.answers(lines, letters)
        self.counts["answers"] += sum(self.inside(line.at) for line in answers)
        for line in lines:
            if line.kind == "customer_mail":
                self.counts["customer_mails"] += self.inside(line.at)
                if self.inside(line.at):
                    self.writers[1].add(line.author)
                elif self.period.begin - (self.end - self.period.begin) <= line.at < self.period.begin:
                    self.writers[0].add(line.author)
        self.responses(lines, answers)
        self.solving(lines, answers, opened)
        self.asked(lines, letters, answers)

    def answers(self, lines, letters):
        """Answers that left and that no bounce took back: each takes back the latest before it, none two in a row."""
        left = {letter.entry for letter in letters if letter.template == "answer"}
        self.left, self.taken = left, {}
        for line in lines:
            if line.kind == "bounce" and line.author != "maildesk":
                before = [one.number for one in lines[: line.number] if one.kind == "answer" and one.number in left]
                if before and not any(number > before[-1] for number in self.taken):
                    self.taken[line.number] = before[-1]
        return [one for one in lines if one.kind == "answer" and one.number in left - set(self.taken.values())]

    def waiting_at(self, lines, number):
        """Since when the customer waits just before line ``number``, looking back line by line."""
        if number <= 1:
            return None
        line = lines[number - 2]
        after = json.loads(line.after)
        if line.kind == "answer" and line.number in self.left:
            return None
        if after.get("status") in {"solved", "closed"}:
            together = number <= len(lines) and lines[number - 1].kind == "answer" and lines[number - 1].at == line.at
            return self.waiting_at(lines, number - 1) if together and number in self.left else None
        earlier = self.waiting_at(lines, number - 1)
        if line.kind == "answer" or not after.get("waiting_since"):
            return earlier
        lost = self.waiting_at(lines, self.taken[line.number]) if line.number in self.taken else None
        return min(one for one in (earlier, lost, datetime.fromisoformat(after["waiting_since"])) if one)

    def responses(self, lines, answers):
        before = set(self.taken.values())
        for line in (one for one in lines if one.kind == "answer" and one.number in self.left - before):
            earlier = [one.number for one in answers if one.number < line.number]
            since = self.waiting_at(lines, line.number)
            if since and self.inside(line.at):
                self.response(lines[: line.number], since, line, "next_response" if earlier else "first_response")
        since = self.waiting_at(lines, len(lines) + 1)
        if since and self.field(lines, "status") not in {"solved", "closed"}:
            self.counts["waiting"] += 1
            self.promise(lines, since, self.end, "next_response" if answers else "first_response", broken_only=True)

    def where(self, lines):
        group, mailbox = self.field(lines, "group", ""), self.field(lines, "mailbox")
        office = DESK.calendars["office"]
        return (
            office
            if group == "billing"
            or ((not group or group not in DESK.groups or not DESK.groups[group].calendar) and mailbox == "support")
            else Calendar("always")
        )

    def response(self, lines, since, line, kind):
        for name in (kind, "response"):
            self.lengths[name, "wall"].append((line.at - since).total_seconds() / 60)
            self.lengths[name, "business"].append(open_time(self.where(lines), since, line.at).total_seconds() / 60)
        self.by_agent[line.author] += 1
        self.promise(lines, since, line.at, kind)

    def promise(self, lines, since, until, kind, *, broken_only=False):
        high = self.field(lines, "priority") == "high"
        target = {("first_response", True): 60, ("first_response", False): 240, ("next_response", False): 480}.get(
            (kind, high)
        )
        if target is None:
            return
        calendar = self.where(lines) if high else DESK.calendars["office"]
        late = open_time(calendar, since, until) > timedelta(minutes=target)
        if late or not broken_only:
            self.shares["breaches"][0] += late
            self.shares["breaches"][1] += 1

    def solving(self, lines, answers, opened):
        taken_back = {
            n.number
            for line in lines
            if line.cause == "undo"
            for n in [[one for one in lines[: line.number] if one.event == "solved"][-1]]
        }
        solved = [line for line in lines if line.event == "solved" and line.number not in taken_back]
        again = [line for line in lines if line.event == "reopened"]
        self.counts["solved"] += sum(self.inside(line.at) for line in solved)
        self.solvings += [line.at for line in solved]
        self.counts["reopened"] += sum(self.inside(line.at) for line in again)
        begins, ends = [opened, *(line.at for line in again)], [line.at for line in solved]
        done = len(ends) == len(begins)
        self.spans += list(zip(begins, [*ends, None] if not done else ends, strict=True))
        if done and self.inside(solved[-1].at):
            at = solved[-1].at
            self.lengths["resolution", "wall"].append((at - opened).total_seconds() / 60)
            self.lengths["resolution", "business"].append(
                open_time(self.where(lines[: solved[-1].number]), opened, at).total_seconds() / 60
            )
            self.shares["one_touch"][0] += len(answers) == 1 and not again
            self.shares["one_touch"][1] += 1

    def asked(self, lines, letters, answers):
        rated = {line.cause.split()[0]: line for line in lines if line.kind == "rating"}
        for line in rated.values():
            if self.inside(line.at):
                stars = int(line.cause[-1])
                self.counts[f"stars{stars}"] += 1
                self.shares["csat"][0] += stars >= 4
                self.shares["csat"][1] += 1
        surveys = {letter.once.split("|")[3]: letter for letter in letters if letter.template == "survey"}
        for cycle, letter in surveys.items():
            if self.inside(letter.sent_at):
                self.shares["response_rate"][0] += cycle in rated
                self.shares["response_rate"][1] += 1
        offered = [line for line in lines if line.kind == "notice"]
        if offered and self.inside(offered[0].at):
            helped = [
                line
                for line in lines
                if line.event == "solved"
                and line.author.startswith("p")
                and not any(one.number < line.number for one in self.standing(answers, lines, line))
            ]
            self.shares["deflection"][0] += bool(helped)
            self.shares["deflection"][1] += 1

    def standing(self, answers, lines, at):
        """Answers that at a moment counted as such: a later bounce does not make the customer's word of then worth more."""
        bounced_later = [line for line in lines if line.kind == "bounce" and line.number > at.number]
        left = {line.number for line in answers}
        lost = [
            line
            for line in lines
            if line.kind == "answer" and line.number < at.number and line.number not in left and bounced_later
        ]
        return [*answers, *(line for line in lost if self.was_taken_back_after(line, lines, at))]

    def was_taken_back_after(self, answer, lines, at):
        letters = next(letters for ticket_lines, letters in HISTORY if ticket_lines[0].ticket == answer.ticket)
        if not any(
            one.entry == answer.number and one.template == "answer" and one.sent_at < self.end for one in letters
        ):
            return False
        first = next(
            (
                line
                for line in lines
                if line.kind == "bounce" and line.author != "maildesk" and line.number > answer.number
            ),
            None,
        )
        return first is not None and first.number > at.number

    def each_day(self):
        zone = timedelta(hours=3, minutes=30)
        day = (self.period.begin + zone).date()
        opened, solved = Counter(), Counter()
        for begin, _ in self.spans:
            self.counts["backlog_before"] += 0
        for begin, end in self.spans:
            self.counts["backlog"] += begin < self.end and end is None
            self.counts["backlog_before"] += begin < self.period.begin and (end is None or end >= self.period.begin)
        for lines, _ in HISTORY:
            known = [line for line in lines if line.at < self.end]
            if (
                known
                and self.inside(known[0].at)
                and not self.field(known, "merged_into")
                and "spam" not in self.field(known, "tags")
            ):
                opened[(known[0].at + zone).date()] += 1
        for at in self.solvings:
            if self.inside(at):
                solved[(at + zone).date()] += 1
        while day <= (self.end - timedelta(microseconds=1) + zone).date():
            midnight = min(self.end, datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC) - zone)
            left = sum(begin < midnight and (end is None or end >= midnight) for begin, end in self.spans)
            yield day, opened[day], solved[day], left
            day += timedelta(days=1)


# --- the small parts


def test_spread_by_hand():
    one = spread([10, 20, 30, 40])
    assert (one.count, one.mean, one.median, one.p90) == (4, 25, 25, 40)
    assert spread(list(range(1, 11))).p90 == 9
    assert spread([]).count == 0


def test_wilson_by_the_textbook():
    low, high = Share(81, 263).interval  # Newcombe 1998, table I
    assert (round(low, 1), round(high, 1)) == (25.5, 36.6)
    assert [round(edge, 1) for edge in Share(0, 20).interval] == [0, 16.1]
    assert Share(5, 5).interval[1] == 100
    assert Share().interval is None
    assert Share().percent is None


MOMENTS = st.datetimes(datetime(2025, 11, 1), datetime(2026, 12, 1), timezones=st.just(UTC))


@given(MOMENTS, MOMENTS)
def test_laid_out_hours_equal_the_calendar(one, other):
    calendar = DESK.calendars["office"]
    assert HOURS.minutes(one, other) * 60 == pytest.approx(open_time(calendar, one, other).total_seconds())


HOURS = Hours(DESK.calendars["office"], datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC))

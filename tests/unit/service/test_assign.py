"""Tickets are given out fairly, and only to whom they can be given."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.model.desk import Calendar, Desk
from maildesk.model.people import Agent, Group
from maildesk.service.assign import by_skills, least_loaded, round_robin, sticky

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def desk(*agents, **groups):
    hours = {day: ((time(8), time(10)),) for day in range(7)}
    return Desk(
        "d", "example.com", b"k",
        agents={agent.name: agent for agent in agents},
        groups={"team": Group("team", **groups)},
        calendars={"early": Calendar("early", "UTC", hours), "late": Calendar("late", "UTC", {0: ((time(20), time(22)),)})},
    )  # fmt: skip


def agent(name, **more):
    return Agent(name, f"{name}@example.com", groups=("team",), **more)


ABC = desk(agent("a"), agent("b"), agent("c"), Agent("other", "o@example.com"))


def turns(desk, count, cursor="", loads=None, away=frozenset()):
    given = []
    for _ in range(count):
        cursor = round_robin("team", desk, cursor, loads or {}, away, NOW).agent
        given.append(cursor)
    return "".join(given)


def test_in_turn():
    assert turns(ABC, 7) == "abcabca"
    assert turns(ABC, 3, cursor="b") == "cab"
    assert turns(ABC, 3, cursor="bz") == "cab", "the cursor's agent may be gone"


def test_who_is_away_full_or_off_duty_is_left_out():
    assert turns(ABC, 4, away={"b"}) == "acac"
    assert turns(desk(agent("a", capacity=2), agent("b")), 3, loads={"a": 2, "b": 9}) == "bbb"
    assert turns(desk(agent("a", calendar="late"), agent("b", calendar="early"), agent("c")), 4) == "bcbc"
    assert turns(desk(agent("a", calendar="early"), agent("b"), calendar="late"), 2) == "aa"


def test_everybody_off_duty_is_no_hindrance():
    assert turns(desk(agent("a", calendar="late"), agent("b", calendar="late")), 3) == "aba"


def test_nobody_and_why():
    pick = round_robin("team", desk(agent("a", capacity=1), agent("b")), "", {"a": 1}, {"b"}, NOW)
    assert pick.agent == ""
    assert pick.reason == "nobody in team can take it (a has 1 of 1; b is away)"


@given(st.sets(st.sampled_from("abcdefg"), min_size=1), st.integers(1, 40), st.text("abcdefgz", max_size=2))
def test_round_robin_is_fair(names, count, cursor):
    given = Counter(turns(desk(*map(agent, names)), count, cursor))
    shares = [given[name] for name in names]
    assert max(shares) - min(shares) <= 1


@pytest.mark.parametrize(
    ("loads", "capacity", "cursor", "chosen"),
    [
        ({"a": 3, "b": 1, "c": 2}, {}, "", "b"),
        ({}, {}, "", "a"),
        ({}, {}, "a", "b"),
        ({"a": 1, "b": 1, "c": 5}, {}, "a", "b"),
        ({"a": 5, "b": 4, "c": 9}, {"a": 10, "b": 5, "c": 10}, "", "a"),
    ],
)
def test_least_loaded(loads, capacity, cursor, chosen):
    those = desk(*(agent(name, capacity=capacity.get(name, 0)) for name in "abc"))
    assert least_loaded("team", those, cursor, loads, frozenset(), NOW).agent == chosen


def test_skills():
    those = desk(agent("a", skills=frozenset({"fa"})), agent("b", skills=frozenset({"fa", "refund"})), agent("c"))
    assert by_skills("team", those, {"fa", "refund"}, "", {"b": 9}, frozenset(), NOW).agent == "b"
    assert by_skills("team", those, {"fa"}, "", {"a": 5}, frozenset(), NOW).agent == "b"
    assert by_skills("team", those, {"de"}, "", {"a": 1, "b": 1}, frozenset(), NOW).agent == "c"
    assert by_skills("team", those, {"refund"}, "", {}, {"b"}, NOW).reason == "nobody has the skills (b is away)"


def test_sticky():
    assert sticky("team", ABC, ("x", "c", "a"), {}, frozenset(), NOW).agent == "c"
    assert sticky("team", ABC, ("c", "a"), {}, {"c"}, NOW).agent == "a"
    assert sticky("team", ABC, ("other",), {}, frozenset(), NOW).agent == ""


def test_no_group_means_everybody():
    assert round_robin("", ABC, "c", {}, frozenset(), NOW).agent == "other"
    assert round_robin("", replace(ABC, agents={}), "", {}, frozenset(), NOW).agent == ""


def test_of_many_who_cannot_only_some_are_named():
    many = desk(*(agent(f"a{number:03}") for number in range(100)))
    pick = round_robin("team", many, "", {}, frozenset(many.agents), NOW)
    assert pick.reason.endswith("a019 is away; and 80 more)")
    late = desk(*(agent(f"a{number:03}", calendar="late") for number in range(30)), agent("b", calendar="early"))
    assert round_robin("team", late, "", {}, frozenset(), NOW).agent == "b"

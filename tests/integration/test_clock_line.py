"""What an agent is told of a ticket says what is due next, in their own zone and in working time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from line import CONFIG, Line, write

LEVELS = """
[[calendar]]
name     = "office"
timezone = "Asia/Tehran"
week     = { sat = "9:00-17:00", sun = "9:00-17:00", mon = "9:00-17:00", tue = "9:00-17:00", wed = "9:00-17:00" }

[[calendar]]
name     = "berlin"
timezone = "Europe/Berlin"
week     = { mon = "9:00-17:00" }

[[sla]]
name           = "standard"
first_response = "4h"
next_response  = "2h"
resolution     = "3d"
calendar       = "office"
"""
TO_OMID = """
[[rule]]
name = "omid has it"
on   = ["opened"]
then = [ { assign = "omid" } ]
"""
TO_SARA = TO_OMID.replace("omid", "sara")


@pytest.fixture
def line(tmp_path, request):
    """Sunday 15:00 in Tehran: two hours are left today."""
    config = CONFIG.read_text("utf-8").replace('name      = "omid"', 'name      = "omid"\ncalendar  = "berlin"')
    desk = Line(tmp_path, config + LEVELS, rules=request.param, begin=datetime(2026, 11, 22, 11, 30, tzinfo=UTC))
    desk.put(write("leila@example.net", "Hello", "It does not print."))
    yield desk
    assert list(desk.broken()) == []
    desk.close()


@pytest.mark.parametrize("line", [TO_OMID], indirect=True)
def test_the_clock_stands_in_the_agents_zone_with_the_working_time_left(line):
    told = line.last("omid@example.com", "notification").text
    assert "Due: first response, Monday 23 November 2026, 08:30 (Berlin time), 4 hours of working time left" in told
    line.now = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    entry = line.store.look.entries(1001)[0]
    line.put(write("leila@example.net", "Re: Hello", "Are you there?", In_Reply_To=entry.message_id))
    assert (
        "Due: first response, Monday 23 November 2026, 08:30 (Berlin time), overdue"
        in line.last("omid@example.com").text
    )


@pytest.mark.parametrize("line", [TO_SARA], indirect=True)
def test_it_is_told_in_persian(line):
    told = line.last("sara@example.com", "notification").text
    assert "مهلت" in told
    assert "۴ ساعت از وقت کاری مانده" in told

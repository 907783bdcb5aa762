"""The acknowledgement says when nobody is there, and why a reply to a closed ticket has another number."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from rulekit import DESK, compiled, opened, rule, scene

from maildesk.rules.engine import run_events

CLOSED = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)


def told(now, desk=DESK, **fields):
    change = replace(opened(**fields), now=now)
    rules = compiled(rule(then='{ notice = "acknowledgement" }'))
    (notice,) = run_events(rules, change, lambda _, raised: scene(desk=desk)).notices
    return {name: notice.data.get(name) for name in ("closed", "opens_at", "follows")}


@pytest.mark.parametrize(
    ("now", "holidays", "closed", "opens"),
    [
        (datetime(2026, 11, 22, 9, 0, tzinfo=UTC), (), None, None),
        (CLOSED, (), "hours", MORNING),
        (CLOSED, (date(2026, 11, 23),), "hours", datetime(2026, 11, 24, 5, 30, tzinfo=UTC)),
        (datetime(2026, 11, 22, 9, 0, tzinfo=UTC), (date(2026, 11, 22),), "holiday", MORNING),
    ],
)
def test_when_nobody_is_there_it_says_until_when(now, holidays, closed, opens):
    office = replace(DESK.calendars["office"], add_holidays=frozenset(holidays))
    desk = replace(DESK, calendars={"office": office})
    mailbox = replace(DESK.mailboxes["support"], group="")
    found = told(now, replace(desk, mailboxes={"support": mailbox}, groups={}))
    assert (found["closed"], found["opens_at"]) == (closed, opens)


def test_a_reply_to_a_closed_ticket_names_it():
    assert told(CLOSED, links=(1007,))["follows"] == 1007
    assert told(CLOSED)["follows"] == 0

"""Why somebody is told of a ticket, and when."""

from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from maildesk.model.desk import Calendar, Desk, Worklist
from maildesk.model.people import Agent, Group, Role
from maildesk.model.ticket import Priority, Ticket
from maildesk.service.telling import told_at, why_told

TEHRAN = ZoneInfo("Asia/Tehran")
OFFICE = Calendar("office", "Asia/Tehran", {day: ((time(9), time(17)),) for day in (5, 6, 0, 1, 2)})
AGENTS = {
    "sara": Agent("sara", "sara@example.com", groups=("service",), calendar="office"),
    "mina": Agent("mina", "mina@example.com", role=Role.LEAD, groups=("service",)),
    "reza": Agent("reza", "reza@example.com", role=Role.MANAGER),
}
DESK = Desk(
    name="Example",
    domain="example.com",
    key=b"k" * 32,
    timezone="UTC",
    agents=AGENTS,
    groups={"service": Group("service", lead="mina")},
    calendars={"office": OFFICE},
    worklist=Worklist(True, time(8)),
)
TICKET = Ticket(number=1, mailbox="support", group="service")


def at(day, hour, minute=0):
    """A moment of November 2026 in Tehran, which is 3:30 ahead; the 22nd is a Sunday, the 26th a Thursday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=TEHRAN)


@pytest.mark.parametrize(
    ("notify", "now", "then"),
    [
        ("hourly", at(22, 12, 30), at(22, 13)),
        ("hourly", at(22, 12, 59), at(22, 14)),
        ("hourly", at(22, 16, 30), at(23, 9)),
        ("hourly", at(25, 18), at(28, 9)),
        ("daily", at(22, 7), at(22, 8)),
        ("daily", at(22, 8, 30), at(23, 8)),
        ("daily", at(25, 12), at(28, 8)),
        ("each", at(22, 12), None),
        ("none", at(22, 12), None),
    ],
)
def test_one_mail_for_many_things_leaves_in_working_hours(notify, now, then):
    assert told_at(replace(AGENTS["sara"], notify=notify), TICKET, DESK, now.astimezone(UTC)) == then


def test_what_is_urgent_does_not_wait():
    urgent = replace(TICKET, priority=Priority.URGENT)
    assert told_at(replace(AGENTS["sara"], notify="daily"), urgent, DESK, at(22, 12)) is None


@pytest.mark.parametrize(
    ("agent", "ticket", "why"),
    [
        ("sara", replace(TICKET, assignee="sara", watchers=frozenset({"sara"})), "assignee"),
        ("sara", replace(TICKET, assignee="mina", watchers=frozenset({"sara"})), "watcher"),
        ("sara", TICKET, "nobody"),
        ("sara", replace(TICKET, assignee="omid"), "group"),
        ("mina", TICKET, "lead"),
        ("reza", TICKET, "manager"),
        ("reza", replace(TICKET, account_manager="reza"), "account_manager"),
        ("sara", replace(TICKET, group="billing", assignee="omid"), "named"),
    ],
)
def test_every_reader_is_told_why(agent, ticket, why):
    assert why_told(AGENTS[agent], ticket, DESK) == why

"""The desk of the simulated year: forty agents, four groups, three calendars; what customers and agents do, by chance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from maildesk.model.desk import Calendar, Desk, EscalationStep, Mailbox, Sla
from maildesk.model.mail import Address, Mail
from maildesk.model.people import Agent, Group, Role
from maildesk.notices.render import DeskTemplates, read_templates
from maildesk.rules.compile import compile_rules

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
SLEEP = (BEGIN + timedelta(days=200), BEGIN + timedelta(days=230))
"""The daemon is off for thirty days; mail comes in all the same."""

DAY = ((time(9), time(13)), (time(14), time(18)))
CALENDARS = {
    "berlin": Calendar("berlin", "Europe/Berlin", dict.fromkeys(range(5), DAY), country="DE"),
    "tehran": Calendar(
        "tehran",
        "Asia/Tehran",
        {**dict.fromkeys((5, 6, 0, 1, 2), ((time(8, 30), time(17)),)), 3: ((time(8, 30), time(12, 30)),)},
        country="IR",
    ),
    "newyork": Calendar("newyork", "America/New_York", dict.fromkeys(range(5), ((time(8), time(16)),)), country="US"),
}
TEAMS = {"alpha": "berlin", "beta": "berlin", "gamma": "tehran", "delta": "newyork"}
STEPS = (
    EscalationStep(50, notify=("assignee",)),
    EscalationStep(100, notify=("lead",)),
    EscalationStep(100, 120, notify=("manager",)),
)
LEVELS = (
    Sla("urgent", first_response=60, next_response=60, resolution=960, priorities=frozenset({"urgent"}), steps=STEPS),
    Sla("normal", first_response=240, next_response=480, resolution=2400, steps=STEPS),
)
RULES = """
[[rule]]
name = "urgent"
on   = ["opened"]
when = { subject = "urgent" }
then = [ { priority = "urgent" } ]

[[rule]]
name = "in turn"
on   = ["opened"]
when = { assignee = "" }
then = [ { assign = "round_robin" } ]

[[rule]]
name = "late"
on   = ["due"]
when = { percent = { at_least = 100 } }
then = [ { tag = "+late" } ]
"""


def desk() -> Desk:
    """Forty agents: nine and a lead in each group; one lead in each manages besides."""
    agents = {}
    for team, calendar in TEAMS.items():
        for number in range(10):
            name = f"{team}{number}"
            role = Role.LEAD if number == 0 else Role.MANAGER if (team, number) == ("alpha", 1) else Role.AGENT
            agents[name] = Agent(name, f"{name}@example.com", role=role, groups=(team,), calendar=calendar)
    bare = Desk(
        name="Simulated",
        domain="example.com",
        key=bytes(range(32)),
        mailboxes={team: Mailbox(team, f"{team}@example.com", group=team, calendar=TEAMS[team]) for team in TEAMS},
        agents=agents,
        groups={team: Group(team, lead=f"{team}0", calendar=TEAMS[team]) for team in TEAMS},
        calendars=CALENDARS,
        slas=LEVELS,
        hold_seconds=0,
        notify_agents=False,
        templates=DeskTemplates(*read_templates(), language="en"),
    )
    return replace(bare, rules=compile_rules([("r.toml", RULES)], bare))


def request(number: int, team: str, *, urgent: bool) -> Mail:
    """A customer's first mail."""
    customer = f"customer{number}@example.org"
    return Mail(
        message_id=f"<{number}@mail.example.org>",
        sender=Address("", customer),
        to=(Address("", f"{team}@example.com"),),
        subject=f"{'urgent: ' if urgent else ''}request {number}",
        text="Please help.",
        reply="Please help.",
        fingerprint=f"f{number}",
    )


def reply(number: int, customer: str, subject: str, answered: str, count: int) -> Mail:
    """A customer's answer to an answer."""
    return Mail(
        message_id=f"<{number}.{count}@mail.example.org>",
        sender=Address("", customer),
        to=(Address("", "alpha@example.com"),),
        subject=f"Re: {subject}",
        text="And this?",
        reply="And this?",
        references=(answered,),
        fingerprint=f"f{number}.{count}",
    )

"""Made-up histories with everything that makes figures hard: bounces, late and lost answers, undone and second solvings."""

import json
import random
from datetime import UTC, datetime, time, timedelta

from maildesk.insight.course import Letter, Line
from maildesk.model.desk import Calendar, Desk, Mailbox, Sla
from maildesk.model.people import Agent, Group, Role

BEGIN = datetime(2026, 1, 3, tzinfo=UTC)
WEEK = {day: ((time(9), time(17)),) for day in (5, 6, 0, 1, 2)}
DESK = Desk(
    "Example",
    "example.com",
    bytes(32),
    timezone="Asia/Tehran",
    mailboxes={"support": Mailbox("support", "support@example.com", calendar="office"), "shop": Mailbox("shop", "shop@example.com")},
    groups={"billing": Group("billing", calendar="office"), "service": Group("service")},
    agents={name: Agent(name, f"{name}@example.com", name.title(), role=Role.AGENT) for name in ("sara", "omid", "mina")},
    calendars={"office": Calendar("office", "Asia/Tehran", WEEK, "IR")},
    slas=(Sla("quick", first_response=60, priorities=frozenset({"high"})), Sla("usual", first_response=240, next_response=480, calendar="office")),
)  # fmt: skip
ORGANISATIONS = {"p1@a.example.net": "Acme", "p2@b.example.net": "Acme"}


class Maker:
    """Makes one ticket's history."""

    def __init__(self, number, rng, begin):
        self.number, self.rng, self.at = number, rng, begin
        self.lines, self.letters = [], []
        self.status, self.cycle = "new", 1
        self.person = f"p{rng.randrange(60)}@{rng.choice('abc')}.example.net"

    def pause(self, hours=30.0):
        self.at += timedelta(minutes=self.rng.expovariate(1 / (hours * 60)) + 0.01)

    def add(self, kind, author, event="", cause="", **after):
        after = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in after.items()}
        self.lines.append(
            Line(self.number, len(self.lines) + 1, kind, author, self.at, json.dumps(after), event, cause)
        )

    def open(self):
        rng = self.rng
        state = {
            "mailbox": rng.choice(["support", "shop"]), "group": rng.choice(["billing", "service", ""]),
            "priority": rng.choice(["normal", "high"]), "requester": self.person, "status": "new", "assignee": "",
            "tags": rng.sample(["invoice", "login", "parcel"], rng.randrange(3)), "opened_at": self.at, "cycle": 1,
        }  # fmt: skip
        if rng.random() < 0.05:
            self.add("answer", "sara", "opened", **{**state, "status": "waiting", "waiting_since": None})
            self.leave(1)
        else:
            self.add("customer_mail", self.person, "opened", **state, waiting_since=self.at)
        if rng.random() < 0.3:
            self.add("notice", "maildesk", cause="articles: invoice")
        self.add("change", "rule: give", assignee=rng.choice(["sara", "omid"]))

    def leave(self, entry):
        if self.rng.random() < 0.93:
            self.letters.append(
                Letter(
                    self.number,
                    entry,
                    "answer",
                    self.person,
                    f"{self.number}|answer",
                    self.at + timedelta(minutes=self.rng.choice([0.2, 1, 300])),
                )
            )

    def answer(self):
        after = {} if self.status == "solved" else {"status": "waiting"}
        self.add("answer", self.rng.choice(["sara", "omid", "mina"]), "answered", waiting_since=None, **after)
        self.leave(len(self.lines))

    def bounce(self):
        self.add("bounce", "mailer-daemon@example.net", "bounced", waiting_since=self.at)

    def fail(self):
        self.add("bounce", "maildesk", "bounced", waiting_since=self.at)

    def write(self):
        self.add("customer_mail", self.person, "replied", waiting_since=self.at)
        if self.status in {"solved", "closed"}:
            self.cycle += 1
            self.add("change", self.person, "reopened", status="open", cycle=self.cycle, solved_at=None)
        else:
            self.add("change", self.person, status="open")
        self.status = "open"

    def thanks(self):
        self.add("customer_mail", self.person, "replied")

    def note(self):
        self.add("note", "mina", "noted")

    def solve(self):
        if self.status in {"solved", "closed"}:
            return
        who = self.person if self.rng.random() < 0.3 else "sara"
        self.add("change", who, "solved", status="solved", solved_at=self.at, waiting_since=None)
        self.status = "solved"
        if self.rng.random() < 0.6:
            asked = f"{self.number}|survey|{self.person}|survey:{self.cycle}"
            self.letters.append(Letter(self.number, 0, "survey", self.person, asked, self.at + timedelta(days=2)))

    def answer_and_solve(self):
        """One mail with both: the solving is written first."""
        if self.status != "solved":
            self.solve()
        self.answer()

    def undo(self):
        if self.status == "solved":
            self.add("change", "sara", "commanded", cause="undo", status="open", solved_at=None)
            self.status = "open"

    def rate(self):
        self.add("rating", self.person, "rated", f"survey:{self.cycle} stars:{self.rng.choice([1, 2, 3, 4, 5, 5, 5])}")

    def aside(self):
        self.add("change", "sara", tags=["spam"]) if self.rng.random() < 0.5 else self.add(
            "change", "sara", merged_into=7
        )

    def life(self, steps):
        self.open()
        deeds = (
            [self.answer] * 8
            + [self.write] * 6
            + [self.solve] * 3
            + [self.answer_and_solve] * 2
            + [self.bounce, self.fail, self.thanks, self.note, self.undo, self.rate, self.rate]
        )
        for _ in range(self.rng.randrange(steps)):
            self.pause()
            self.rng.choice(deeds)()
        if self.rng.random() < 0.06:
            self.aside()
        return self.lines, self.letters


def history(tickets, seed=1, *, days=300, steps=16):
    """Lines and letters of each ticket."""
    rng = random.Random(seed)
    for number in range(1001, 1001 + tickets):
        yield Maker(number, rng, BEGIN + timedelta(minutes=rng.uniform(0, days * 24 * 60))).life(steps)

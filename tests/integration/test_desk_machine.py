"""Agents and customers write in any order, with restarts in between: what must hold whatever happens (hypothesis)."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from line import CONFIG, Line, Reader, answer_to, write

from maildesk import assemble
from maildesk.ingest.worker import Worker
from maildesk.insight.story import story
from maildesk.model.ticket import Ticket
from maildesk.outbox.deliver import Deliverer
from maildesk.settings import load
from maildesk.store.store import Store

CUSTOMERS = ("leila@example.org", "john@example.net")
AGENTS = ("omid@example.com", "sara@example.com")
DEPARTMENT = "finance@example.com"
RULES = """
[[rule]]
name = "omid has it"
on   = ["opened"]
then = [ { assign = "omid" }, { notify = "sara" } ]
"""
COMMANDS = (
    "[solved]", "[waiting]", "[open]", "[close]", "[snooze 3d]", "[priority high]", "[tag +x]", "[assign sara]", "[take]",
    "[unassign]", "[cc +ali@example.net]", "[link 1001]", "[field a=b]", "[اولویت فوری]", "[حل‌شد]", "[watch]", "[group billing]",
)  # fmt: skip
WRONG = ("[sloved]", "#frobnicate", "[assign nobody]", "[snooze yesterday]", "#حلشدش", "[merge 9999]")
SUBJECTS = ("Help", "[solved] my invoice", "#close this", "[EXTERNAL] hello", "صورت‌حساب [حل‌شد]")
SAID = ("Is there any news?", "Thanks a lot!", "SOLVED", "STATUS", "[close]\n#solved please", "ممنون، حل شد")
PROOF = {"Authentication_Results": "mx.example.com; dmarc=pass header.from=example.com"}
KEPT = {"version", "updated_at", "clocks"}


class DeskMachine(RuleBasedStateMachine):
    """One desk; ``left`` only grows, so what anybody got is always there to be answered, however old."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        config = CONFIG.read_text("utf-8").replace("hold_seconds = 0", "hold_seconds = 30")
        self.line = Line(Path(self.folder.name), config, rules=RULES)
        self.count = 0
        self.answers: dict[str, str] = {}
        """Canary of an answer -> Message-ID of the notification that it answers."""
        self.confirmed: set[str] = set()
        self.requesters: dict[int, str] = {}

    def canary(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count:04}X"

    def got(self, who: str, *notices: str) -> list:
        return [one for one in self.line.to(who) if one.notice in notices]

    @initialize()
    def begin(self) -> None:
        self.line.put(write(CUSTOMERS[0], "Help", "Please help."))

    @rule(who=st.sampled_from(CUSTOMERS), subject=st.sampled_from(SUBJECTS))
    def a_customer_writes(self, who: str, subject: str) -> None:
        self.line.put(write(who, subject, f"Please help. {self.canary('CUSTOMER')}"))

    @rule(who=st.sampled_from(CUSTOMERS), said=st.sampled_from(SAID), at=st.integers(0, 50))
    def a_customer_replies(self, who: str, said: str, at: int) -> None:
        mine = self.line.to(who)
        if mine:
            self.line.put(answer_to(mine[at % len(mine)], said))

    @rule(who=st.sampled_from(AGENTS), at=st.integers(0, 50), command=st.sampled_from(("", *COMMANDS)))
    def an_agent_answers(self, who: str, at: int, command: str) -> None:
        told = self.got(who, "notification", "escalation")
        if told:
            one, canary = told[-1 - at % len(told)], self.canary("ANSWER")
            self.answers[canary] = one.header("Message-ID")
            self.line.put(answer_to(one, f"This is the answer: {canary}", tag=command))

    @rule(who=st.sampled_from(AGENTS), at=st.integers(0, 50))
    def an_agent_notes(self, who: str, at: int) -> None:
        told = self.got(who, "notification", "note")
        if told:
            one = told[-1 - at % len(told)]
            tag = "" if one.notice == "note" else "[note]"
            self.line.put(answer_to(one, f"Only among us: {self.canary('NOTE')}", tag=tag))

    @rule(
        who=st.sampled_from(AGENTS),
        at=st.integers(0, 50),
        wrong=st.sampled_from(WRONG),
        command=st.sampled_from(COMMANDS),
    )
    def an_agent_mistypes(self, who: str, at: int, wrong: str, command: str) -> None:
        told = self.got(who, "notification")
        if told:
            tag, line = (f"{wrong} {command}", "") if wrong.startswith("[") else (command, f"{wrong}\n")
            self.line.put(answer_to(told[-1 - at % len(told)], f"{line}Never: {self.canary('WRONG')}", tag=tag))

    @rule(who=st.sampled_from(AGENTS), at=st.integers(0, 50))
    def an_agent_refers(self, who: str, at: int) -> None:
        told = self.got(who, "notification")
        if told:
            text = f"Dear colleagues, is it so? {self.canary('REFER')}"
            self.line.put(answer_to(told[-1 - at % len(told)], text, tag="[refer finance]"))

    @rule(at=st.integers(0, 50))
    def the_department_answers(self, at: int) -> None:
        asked = self.line.to(DEPARTMENT)
        if asked:
            self.line.put(answer_to(asked[at % len(asked)], f"It is. {self.canary('FINANCE')}"))

    @rule(who=st.sampled_from(AGENTS), decision=st.sampled_from(("send", "note", "drop", "perhaps")))
    def an_agent_decides(self, who: str, decision: str) -> None:
        held = self.got(who, "held")
        if held:
            if decision == "send":
                self.confirmed |= {canary for canary in self.answers if canary in held[-1].text}
            self.line.put(answer_to(held[-1], decision))

    @rule(who=st.sampled_from(AGENTS), command=st.sampled_from(COMMANDS), text=st.booleans())
    def an_agent_takes_it_back_at_once(self, who: str, command: str, text: bool) -> None:
        told = self.got(who, "notification")
        if not told:
            return
        before, seen = self.state(), len(self.line.to(who))
        canary = self.canary("ANSWER")
        if text:
            self.answers[canary] = told[-1].header("Message-ID")
        self.line.put(answer_to(told[-1], f"An answer: {canary}" if text else "", tag=command))
        news = [one for one in self.line.to(who)[seen:] if one.notice == "transcript"]
        if news and ("→" in news[-1].text or "←" in news[-1].text or text):
            self.line.put(answer_to(news[-1], "undo"))
            assert self.state() == before, self.line.last(who).text

    @rule(seconds=st.sampled_from((5, 45, 3600, 3 * 86400)))
    def time_passes(self, seconds: int) -> None:
        self.line.wait(seconds)

    @rule()
    def the_desk_restarts(self) -> None:
        restart(self.line)

    @precondition(lambda self: self.line.tickets())
    @invariant()
    def the_requester_stays(self) -> None:
        for ticket in self.line.tickets():
            assert self.requesters.setdefault(ticket.number, ticket.requester) == ticket.requester

    @invariant()
    def nothing_internal_and_nothing_mistaken_leaves(self) -> None:
        for one in self.line.left[-6:]:
            if one.to not in (*AGENTS, "mina@example.com", "reza@example.com"):
                inner = (
                    ["WRONG0", "NOTE0", "example.com>"]
                    if one.to == DEPARTMENT
                    else ["WRONG0", "NOTE0", "REFER0", "FINANCE0"]
                )
                said = one.text
                assert not [word for word in inner if word in said], said

    @invariant()
    def one_notification_gives_one_answer_unless_confirmed(self) -> None:
        reached: dict[tuple[str, str], set[str]] = {}
        for one in self.line.left:
            if one.notice or one.to == DEPARTMENT:
                continue
            for canary, notification in self.answers.items():
                if canary in one.text and canary not in self.confirmed:
                    reached.setdefault((notification, one.to), set()).add(canary)
        assert all(len(found) == 1 for found in reached.values()), reached

    def state(self) -> list[dict]:
        names = [field.name for field in fields(Ticket) if field.name not in KEPT]
        return [{name: getattr(ticket, name) for name in names} for ticket in self.line.tickets()]

    def teardown(self) -> None:
        try:
            self.line.wait(3600)
            assert list(self.line.broken()) == []
            copies = [one.content for one in self.line.left]
            assert len(copies) == len(set(copies)), "a mail left twice"
            look = self.line.store.look
            for mail in look.mails(limit=10_000):
                assert any(part["lines"] for part in story(look, mail["message_id"])), mail
            for row in look.outbox(limit=10_000):
                parts = story(look, row["message_id"])
                assert any(
                    step for part in parts for step, _ in part["lines"] if step not in {"state", "server said"}
                ), row
        finally:
            self.line.close()
            self.folder.cleanup()


def restart(line: Line) -> None:
    """The daemon ends and begins again: nothing stays but the files."""
    line.store.close()
    wanted = load(line.config)
    line.store = Store(wanted.database_url)
    line.desk, _ = assemble.assemble(wanted)
    line._worker = Worker(line.store, Reader(line.desk.reading), line.clock)
    line._deliverer = Deliverer(line.store, dict.fromkeys(line.desk.mailboxes, line.post), "1", line.clock)
    line._deliverer.take_over()


TestDesk = DeskMachine.TestCase
TestDesk.settings = settings(
    max_examples=int(os.environ.get("MAILDESK_EXAMPLES", "12")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

"""What holds after any sequence of mails, whatever they say. Each example is a desk or a ticket of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from line import CONFIG, DESK, Left, Line, answer_to, write

from maildesk.commands.agent import BY_NAME, COMMANDS
from maildesk.commands.folding import key
from maildesk.model.ticket import Ticket

RULES = (CONFIG.parent / "rules.toml").read_text("utf-8")
UNLIMITED = "\n[gate]\naddress_hour = 100000\naddress_day = 100000\ndomain_hour = 100000\ntotal_hour = 100000\n"
HELD = CONFIG.read_text("utf-8").replace("hold_seconds = 0", "hold_seconds = 60") + UNLIMITED
OMID, JOHN, EVE = "omid@example.com", "john@example.org", "eve@example.org"
PASS = "mx.example.com; dmarc=pass header.from=example.com"
CANARY = "NOTE-CANARY-4711 has not paid"

few = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))

_NAMES = sorted({name for row in COMMANDS for name in row.names})
_ARGUMENTS = ("", " omid", " mina", " high", " +vip", "=solved", " 3d", " 1001", " eve@example.org", " سارا", "؛ حل‌شد")
_signs = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))
_command = st.builds(lambda name, rest: name + rest, st.sampled_from(_NAMES), st.sampled_from(_ARGUMENTS))
_hostile = st.one_of(
    st.builds("[{}]".format, _command),
    st.builds("［{}］".format, _command),
    st.builds("#{}".format, _command),
    st.builds("\u200f[\u200e{}]".format, _command),
    st.builds("{{{{ {} }}}}".format, _command),
    st.text(_signs, max_size=20),
    st.sampled_from(["Re:", "[#1001]", "[EXTERNAL]", "]", "[", "]]", "[["]),
)
subjects = st.lists(_hostile, max_size=4).map(" ".join)
texts = st.lists(_hostile, max_size=5).map("\n".join)


@contextmanager
def desk(config: str = "") -> Iterator[Line]:
    """A fresh desk in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        line = Line(Path(folder), config or CONFIG.read_text("utf-8") + UNLIMITED, rules=RULES)
        try:
            yield line
        finally:
            line.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """One desk for examples that each open a ticket of their own."""
    line = Line(tmp_path_factory.mktemp("desk"), HELD, rules=RULES)
    yield line
    assert list(line.broken()) == []
    line.close()


def request(line: Line) -> tuple[int, Left]:
    """A new plain request; its number and Omid's notification."""
    number = line.put(write(f"John <{JOHN}>", "Cannot log in", "Please help, I cannot log in since this morning."))[
        0
    ].ticket
    return number, line.last(OMID, "notification")


def without_version(ticket: Ticket) -> Ticket:
    """A ticket as it is, however it became so."""
    return replace(ticket, version=0)


# ---- a customer's words are words


@few
@given(subject=subjects, text=texts)
@example(subject="[solved] [assign mina] help", text="#solved\n#assign mina\nhelp")
@example(subject="Re: [حل‌شد] کمک", text="#حل‌شد\n#اولویت زیاد\nکمک")
def test_no_customers_subject_or_text_is_a_command(subject: str, text: str) -> None:
    with desk() as line:
        line.put(write(f"John <{JOHN}>", subject, f"I need help.\n{text}"))
        assume(line.to(OMID, "notification") or line.to("sara@example.com", "notification"))
        before = line.ticket(1001)
        got = next(mail for mail in line.left if mail.notice == "notification")
        line.put(answer_to(got, "This is the answer."))
        after = line.ticket(1001)
        answers = line.to(JOHN, "")
        assert [mail.text.splitlines()[0] for mail in answers] == ["This is the answer."]
        changed = ("status", "waiting_since", "answered_at", "version")
        assert replace(after, **{name: getattr(before, name) for name in changed}) == before
        assert after.status == "waiting"
        line.put(answer_to(answers[0], f"I see.\n{text}", tag=subject))
        again = line.ticket(1001)
        assert (again.requester, again.assignee, again.priority, again.tags) == (
            JOHN,
            after.assignee,
            "normal",
            frozenset(),
        )
        assert again.status in {"open", "waiting"}


# ---- a mistake sends nothing


def _mistyped(name: str, at: int, letter: str, how: str) -> str:
    at %= len(name)
    return {
        "drop": name[:at] + name[at + 1 :],
        "change": name[:at] + letter + name[at + 1 :],
        "add": name[:at] + letter + name[at:],
    }[how]


mistyped = st.builds(
    _mistyped,
    st.sampled_from([name for name in _NAMES if len(key(name)) >= 5 and " " not in name and "\u200c" not in name]),
    st.integers(0, 20),
    st.sampled_from("abeilnorstxاین"),
    st.sampled_from(["drop", "change", "add"]),
).filter(lambda word: key(word) not in BY_NAME)
wrong = st.one_of(
    mistyped,
    st.sampled_from(
        [
            "assign nobody-here",
            "assign",
            "priority purple",
            "snooze blurb",
            "group nowhere",
            "tag",
            "status=fine",
        ]
    ),
)


@settings(few, max_examples=30)
@given(mistake=wrong, right=st.sampled_from(["", "solved", "priority high", "public", "note"]), by_line=st.booleans())
def test_a_mail_with_a_mistake_reaches_nobody_and_changes_nothing(
    shared: Line, mistake: str, right: str, by_line: bool
) -> None:
    number, got = request(shared)
    before, outside = shared.ticket(number), len([mail for mail in shared.left if not mail.to.endswith("@example.com")])
    tag = f"[{mistake}]" + (f" [{right}]" if right else "")
    text = "This must not leave."
    mail = answer_to(got, f"#{mistake}\n#{right or mistake}\n{text}") if by_line else answer_to(got, text, tag=tag)
    shared.put(mail)
    shared.wait(120)
    assert shared.last(OMID).notice == "command_error"
    assert shared.ticket(number) == before
    assert len([mail for mail in shared.left if not mail.to.endswith("@example.com")]) == outside


# ---- undo brings everything back

_UNDONE = [
    "assign mina", "unassign", "group billing", "watch mina", "solved", "open", "waiting", "close", "reopen",
    "status=solved", "snooze 3d", "priority high", "tag +vip", "field order=4711", "language fa",
    "cc +eve@example.org", "requester eve@example.org", "link {other}", "merge {other}", "spam",
]  # fmt: skip
_TOGETHER = [command for command in _UNDONE if not command.startswith("merge")]
"""A merged ticket takes no further commands: that is refused, not undone."""
_ABOUT_TEXT = ["note", "public", "refer finance", "take"]


def undone(line: Line, commands: list[str], text: str) -> None:
    """Give the commands, take them back by a reply, and look whether anything is different."""
    other = line.put(write(f"Eve <{EVE}>", "Another", "Another request, please look at it today."))[0].ticket
    number, got = request(line)
    before = [without_version(line.ticket(one)) for one in (number, other)]
    outside = [mail for mail in line.left if not mail.to.endswith("@example.com")]
    said = "".join(f"#{one.format(other=other)}\n" for one in commands)
    mail = answer_to(got, f"{said}{text}")
    line.put(f"Authentication-Results: {PASS}\r\n".encode() + mail.as_bytes())
    done = line.last(OMID)
    assert done.notice == "transcript", done.text
    line.put(answer_to(done, "undo"))
    assert line.last(OMID).notice == "transcript", line.last(OMID).text
    line.wait(3600)
    assert [without_version(line.ticket(one)) for one in (number, other)] == before
    assert [mail for mail in line.left if not mail.to.endswith("@example.com")] == outside
    with line.store.trying(line.now) as tx:
        assert tx.suppressed([JOHN, EVE]) == {}
        assert tx.away() == {}


@pytest.mark.parametrize("command", _UNDONE)
def test_undo_takes_back_each_command(shared: Line, command: str) -> None:
    undone(shared, [command], "")


@pytest.mark.parametrize("command", [*_UNDONE, *_ABOUT_TEXT])
def test_undo_takes_back_each_command_with_a_text(shared: Line, command: str) -> None:
    undone(shared, [command], "This is the answer.")


@few
@given(
    commands=st.lists(st.sampled_from(_TOGETHER), min_size=2, max_size=4, unique=True),
    text=st.sampled_from(["", "Yes."]),
)
def test_undo_takes_back_any_commands_together(shared: Line, commands: list[str], text: str) -> None:
    undone(shared, commands, text)


# ---- whatever happens


def play(line: Line, steps: list[tuple[str, int]]) -> Iterator[bytes]:
    """Act out a story; every mail that somebody wrote, as bytes."""
    for step, choice in steps:
        if step == "wait":
            line.wait((30, 90, 4000, 90000)[choice % 4])
            continue
        if mail := _written(line, step, choice):
            raw = mail.as_bytes()
            line.put(raw)
            yield raw


def _written(line: Line, step: str, choice: int):
    customer = (JOHN, EVE)[choice % 2]
    notified = [mail for mail in line.left if mail.notice in {"notification", "note"}]
    answers = line.to(customer)
    match step:
        case "new":
            return write(customer, f"Request {choice}", f"Please help me with number {choice} today.")
        case "reply" if answers:
            said = ("It still fails.", "SOLVED", "REOPEN", "Thank you!", "STATUS", "STOP")[choice % 6]
            return answer_to(answers[choice % len(answers)], said)
        case "stranger":
            return write(
                "mallory@example.org", f"Re: [#{1001 + choice % 3}] [requester mallory@example.org]", "It is mine now."
            )
        case "robot" if answers:
            mail = answer_to(answers[choice % len(answers)], "I am away.")
            mail["Auto-Submitted"] = "auto-replied"
            return mail
        case "answer" if notified:
            tag = ("", "[solved]", "[assign mina]", "[waiting]", "[close]", "[cc +mallory@example.org]", "[sloved]")[
                choice % 7
            ]
            return answer_to(notified[choice % len(notified)], f"An answer, number {choice}.", tag=tag)
        case "note" if notified:
            tag = ("[note]", "[یادداشت]", "[note] [watch mina]")[choice % 3]
            return answer_to(notified[choice % len(notified)], f"{CANARY} ({choice})", tag=tag)
        case "command" if notified:
            tag = ("[priority high]", "[tag +vip]", "[snooze 3d]", "[take]", "[reopen]", "[undo]", "[list]")[choice % 7]
            return answer_to(notified[choice % len(notified)], "", tag=tag)
        case "decide":
            held = [mail for mail in line.left if mail.notice == "held"]
            word = ("send", "note", "drop")[choice % 3]
            return answer_to(held[choice % len(held)], word) if held else None
    return None


steps = st.tuples(
    st.sampled_from(
        [
            "new",
            "new",
            "reply",
            "reply",
            "stranger",
            "robot",
            "answer",
            "answer",
            "note",
            "note",
            "command",
            "decide",
            "wait",
        ]
    ),
    st.integers(0, 1000),
)
stories = st.lists(steps, min_size=3, max_size=12).map(lambda story: [("new", 0), *story])


@settings(few, max_examples=15)
@given(story=stories)
def test_whatever_happens_nothing_internal_leaves_and_every_history_adds_up(story: list[tuple[str, int]]) -> None:
    with desk(HELD) as line:
        asked: dict[int, str] = {}
        for _ in play(line, story):
            for ticket in line.tickets():
                assert asked.setdefault(ticket.number, ticket.requester) == ticket.requester
        line.wait(200)
        assert list(line.broken()) == []
        assert line.store.look.mails(state="quarantined") == []
        inside = {address for agent in line.desk.agents.values() for address in agent.addresses}
        for mail in line.left:
            if mail.to not in inside:
                assert "NOTE-CANARY" not in mail.everything
                assert "@example.com" not in mail.everything.replace(DESK, "").replace(
                    mail.header("Message-ID"), ""
                ) or all(address not in mail.everything for address in inside)


@few
@given(story=stories)
def test_the_same_mails_once_more_change_nothing(story: list[tuple[str, int]]) -> None:
    with desk() as line:
        written = list(play(line, story))
        tickets, left, counts = line.tickets(), len(line.left), line.store.look.counts()
        line.put(*written)
        assert line.tickets() == tickets
        assert len(line.left) == left
        again = line.store.look.counts()
        assert again["outbox"] == counts["outbox"]
        assert again["mails"].pop("duplicate", 0) - counts["mails"].pop("duplicate", 0) == len(written)
        assert again["mails"] == counts["mails"]


def test_references_name_the_oldest_mail_first() -> None:
    with desk() as line:
        first = write(f"John <{JOHN}>", "Cannot log in", "Please help, I cannot log in since this morning.")
        line.put(first)
        acknowledged = line.last(JOHN, "acknowledgement")
        line.put(answer_to(line.last(OMID, "notification"), "This is the answer."))
        answer = line.to(JOHN, "")[0]
        assert answer.header("References").split() == [str(first["Message-ID"]), acknowledged.header("Message-ID")]
        assert answer.header("In-Reply-To") == acknowledged.header("Message-ID")

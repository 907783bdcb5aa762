"""`report` by mail, through the whole desk: who may see what, once each, in the language of who asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from line import CONFIG, Line, answer_to, write

PROOF = {"Authentication_Results": "mx.example.com; dmarc=pass header.from=example.com"}
RULES = """
[[rule]]
name = "Persian goes to Sara"
on   = ["opened"]
when = { language = "fa" }
then = [ { assign = "sara" }, { group = "billing" } ]

[[rule]]
name = "the rest goes to Omid"
on   = ["opened"]
when = { assignee = "" }
then = [ { assign = "omid" } ]

[[rule]]
name = "the lead and the manager have one each"
on   = ["opened"]
when = { subject = { words = ["lead", "boss"] } }
then = [ { notify = "mina" }, { notify = "reza" } ]
"""


@pytest.fixture
def line(tmp_path) -> Iterator[Line]:
    config = CONFIG.read_text("utf-8").replace('groups    = ["service"]', 'groups    = ["service", "billing"]')
    desk = Line(tmp_path, config, rules=RULES)
    desk.put(write("John <john@example.org>", "For the lead and the boss", "It does not work at all."))
    desk.put(write("Eve <eve@example.org>", "Another thing", "It is broken."))
    desk.put(write("leila@example.net", "فاکتور", "سلام، مبلغ فاکتور من اشتباه است."))
    yield desk
    assert list(desk.broken()) == []
    desk.close()


def ask(line: Line, who: str, said: str) -> str:
    """The text of what an agent gets for a command in reply to their latest notification."""
    told = line.last(f"{who}@example.com", "notification")
    before = len(line.to(f"{who}@example.com"))
    tag, body = ("", said) if said.startswith("#") else (said, "")
    line.put(answer_to(told, body, tag=tag, **PROOF))
    line.wait(10)
    (got,) = line.to(f"{who}@example.com")[before:]
    assert got.notice in {"report", "command_error"}
    return got.text if got.notice == "report" else "refused"


@pytest.mark.parametrize(
    ("who", "said", "title", "opened"),
    [
        ("omid", "[report]", "Report: Example Shop, Omid Karimi", "New tickets: 2"),
        ("sara", "#گزارش", "گزارش: Example Shop، سارا احمدی", "تیکت تازه: ۱"),
        ("sara", "[گزارش ۳۰ روز]", "گزارش: Example Shop، سارا احمدی", "تیکت تازه: ۱"),
        ("mina", "[report]", "Report: Example Shop, billing, service", "New tickets: 3"),
        ("mina", "[report 30d billing]", "Report: Example Shop, billing", "New tickets: 1"),
        ("reza", "[report 2w]", "Report: Example Shop", "New tickets: 3"),
        ("reza", "[report service 1 month]", "Report: Example Shop, service", "New tickets: 2"),
        ("reza", "[stats csat 30d]", "What customers say: Example Shop", "Mails of customers: 3"),
        ("omid", "[report csat]", "What customers say: Example Shop, Omid Karimi", "Mails of customers: 2"),
    ],
)
def test_everybody_gets_what_is_theirs(line: Line, who: str, said: str, title: str, opened: str) -> None:
    text = ask(line, who, said)
    assert text.startswith(title + "\n"), text
    assert opened in text


def test_an_agent_sees_nobody_elses_figures(line: Line) -> None:
    line.put(answer_to(line.last("sara@example.com", "notification"), "درست شد.", tag="[حل‌شد]"))
    line.wait(120)
    text = ask(line, "omid", "[report]")
    assert "Answers: 0" in text
    assert "سارا" not in text
    assert "Solved: 0" in text
    assert "فاکتور" not in text


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("omid", "[report billing]"),
        ("omid", "[report nonsense]"),
        ("reza", "[report 400d]"),
        ("sara", "[گزارش billing]"),
    ],
)
def test_what_is_not_theirs_or_not_understood_is_asked_about(line: Line, who: str, said: str) -> None:
    assert ask(line, who, said) == "refused"
    assert line.store.look.asked_reports() == []


def test_it_is_sent_once_and_survives_until_then(line: Line) -> None:
    told = line.last("omid@example.com", "notification")
    line.put(answer_to(told, "", tag="[report; report 30d]"))
    assert [one.days for one in line.store.look.asked_reports()] == [7, 30]
    for _ in range(3):
        line.wait(60)
    assert len(line.to("omid@example.com", "report")) == 2
    assert line.store.look.asked_reports() == []


def test_a_stranger_gets_no_figures(line: Line) -> None:
    told = line.last("omid@example.com", "notification")
    line.put(answer_to(told, "", sender="eve@example.org", tag="[report]"))
    line.put(write("omid@example.com", "[report]", "", to="support@example.com"))
    line.wait(60)
    assert [one for one in line.left if one.notice == "report"] == []

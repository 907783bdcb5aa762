"""A rule that would write to many people at once writes to nobody before somebody says so (F97)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from click.testing import CliRunner
from line import CONFIG, Line, answer_to, write

from maildesk.cli import main

REZA = "reza@example.com"
RULES = """
[[rule]]
name = "everybody hears"
on   = ["idle"]
when = { status = "new", idle = "1d" }
then = [ { notice = "reminder" } ]
"""
PEOPLE = [f"c{number}@c{number}.example.net" for number in range(6)]


@pytest.fixture
def line(tmp_path):
    config = CONFIG.read_text("utf-8") + "\n[gate]\nrule_hour = 5\n"
    desk = Line(tmp_path, config, rules=RULES)
    yield desk
    assert list(desk.broken()) == []
    desk.close()


def days_later(line, people):
    line.put(*(write(one, f"Question of {one[:2]}", "How does it work?") for one in people))
    line.now += timedelta(days=2)
    line.wait(0)
    return sum(len(line.to(one, "reminder")) for one in people)


def test_few_people_are_written_to(line):
    assert days_later(line, PEOPLE[:5]) == 5
    assert line.to(REZA, "draft") == []


def test_acknowledgements_are_answers_and_need_nobody(line):
    line.put(*(write(one, "Question", f"How does it work? {one}") for one in PEOPLE))
    assert sum(len(line.to(one, "acknowledgement")) for one in PEOPLE) == 6


@pytest.mark.parametrize(("word", "sent"), [("send", 6), ("drop", 0)])
def test_many_wait_for_one_word(line, word, sent):
    assert days_later(line, PEOPLE) == 0
    (asked,) = line.to(REZA, "draft")
    assert "rule: everybody hears would write to 6 people" in asked.text
    assert "We wait for your answer" in asked.text
    line.put(answer_to(asked, word))
    assert sum(len(line.to(one, "reminder")) for one in PEOPLE) == sent
    line.wait(3600)
    assert sum(len(line.to(one, "reminder")) for one in PEOPLE) == sent, "asked and decided once"
    assert len(line.to(REZA, "draft")) == 1


def test_they_are_listed_and_released_by_one_command(line):
    days_later(line, PEOPLE)
    with time_machine.travel(line.now, tick=False):
        listed = CliRunner().invoke(main, ["--config", str(line.config), "outbox", "list", "--state", "held"])
        assert listed.output.count("waits for a decision") == 6
        row = next(word for word in listed.output.split() if word.isdigit())
        done = CliRunner().invoke(main, ["--config", str(line.config), "outbox", "release", row])
    assert (done.exit_code, done.output) == (0, "6 queued\n")
    line.deliver()
    assert sum(len(line.to(one, "reminder")) for one in PEOPLE) == 6


def test_a_stranger_cannot_decide(line):
    days_later(line, PEOPLE)
    line.put(answer_to(line.last(REZA, "draft"), "send", sender="eve@example.org"))
    assert sum(len(line.to(one, "reminder")) for one in PEOPLE) == 0

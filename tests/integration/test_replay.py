"""Old mail through new rules: what would differ is told, and nothing is sent or written."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from line import Line, answer_to, write

from maildesk.cli import main
from maildesk.replay import replay
from maildesk.rules.compile import compile_rules

RULE = """
[[rule]]
name = "invoices go to billing"
on   = ["opened"]
when = {{ subject = "invoice" }}
then = [ {{ group = "{group}" }}, {{ priority = "{priority}" }} ]

[[rule]]
name = "anger"
on   = ["replied"]
when = {{ body = "{word}" }}
then = [ {{ tag = "+angry" }}, {{ notify = "lead" }} ]
"""
OLD, NEW = (
    RULE.format(group="billing", priority="high", word="lawyer"),
    RULE.format(group="service", priority="high", word="hurry"),
)


@pytest.fixture
def line(tmp_path):
    desk = Line(tmp_path, rules=OLD)
    for number in range(4):
        desk.put(write(f"c{number}@example.org", ("My invoice", "Hello")[number % 2], f"Text {number}"))
        desk.wait(60)
    desk.put(answer_to(desk.last("c0@example.org", "acknowledgement"), "Please hurry."))
    yield desk
    desk.close()


def played(line, old, new):
    rules = [compile_rules([("r.toml", source)], line.desk) for source in (old, new)]
    steps = []
    found = replay(line.store.look, line.desk, *rules, line.tickets()[0].opened_at, lambda *at: steps.append(at))
    assert steps[-1] == (found.mails, found.mails)
    return found


def everything(line):
    counts = line.store.look.counts()
    return counts, [line.store.look.entries(ticket.number) for ticket in line.tickets()]


def test_it_tells_what_would_differ_and_does_nothing(line):
    before = everything(line)
    found = played(line, OLD, NEW)
    assert (found.mails, found.without) == (5, 0)
    told = [(one.ticket, one.event, dict(one.changed)) for one in found.differences]
    assert told == [
        (1001, "opened", {"group": ("billing", "service")}),
        (1003, "opened", {"group": ("billing", "service")}),
        (1001, "replied", {"tags": (frozenset(), {"angry"}), "notified": ([], ["mina@example.com"])}),
    ]
    assert everything(line) == before


def test_the_same_rules_differ_in_nothing(line):
    assert played(line, OLD, OLD).differences == ()


def test_by_command(line, tmp_path):
    (tmp_path / "new.toml").write_text(NEW)
    command = ["--config", str(line.config), "rules", "replay", "--last", "1000w", str(tmp_path / "new.toml"), "--json"]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert told["mails"] == 5
    assert {row["what"] for row in told["differences"]} >= {"group"}
    plain = CliRunner().invoke(main, command[:-1])
    assert "nothing was sent" in plain.output

"""Agents and groups on the command line."""

from __future__ import annotations

import json

import pytest
import time_machine
from click.testing import CliRunner
from line import CONFIG, Line, write

from maildesk.cli import main


@pytest.fixture
def line(tmp_path):
    desk = Line(tmp_path, CONFIG.read_text("utf-8"))
    yield desk
    desk.close()


def run(line, *words, code=0):
    with time_machine.travel(line.now, tick=False):
        done = CliRunner().invoke(main, ["--config", str(line.config), *words])
    assert done.exit_code == code, done.output
    return done.output


def test_an_agent_goes_and_comes_back(line):
    told = run(line, "agent", "away", "omid", "--until", "2w", "--cover", "sara")
    assert "2026-12-0" in told
    shown = json.loads(run(line, "agent", "show", "omid", "--json"))
    assert (shown["away"], shown["cover"]) == (True, "sara")
    run(line, "ticket", "list")
    line.put(write("john@example.org", "Login", "I cannot log in."))
    assert line.ticket(1001).assignee != "omid"
    run(line, "agent", "back", "omid")
    assert json.loads(run(line, "agent", "show", "omid", "--json"))["away"] is False


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("away", "nobody"), "there is no agent nobody"),
        (("away", "omid", "--cover", "omid"), "themselves"),
        (("away", "omid", "--until", "someday"), "someday"),
        (("show", "nobody"), "sara"),
        (("back", "nobody"), "there is no agent"),
    ],
)
def test_what_is_wrong_is_said(line, words, said):
    assert said in run(line, "agent", *words, code=2)


def test_what_they_have_to_do(line):
    line.put(write("john@example.org", "Login", "I cannot log in."))
    who = line.ticket(1001).assignee
    if not who:
        run(line, "ticket", "assign", "1001", "omid", "--as", "omid")
        who = "omid"
    assert [one["number"] for one in json.loads(run(line, "agent", "show", who, "--json"))["tickets"]] == [1001]
    assert "Login" in run(line, "agent", "show", who)
    shown = json.loads(run(line, "group", "show", line.ticket(1001).group, "--json"))
    assert [one["number"] for one in shown["tickets"]] == [1001]
    assert who in shown["agents"]
    assert "there is no group" in run(line, "group", "show", "nothing", code=2)

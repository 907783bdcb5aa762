"""The campaign of ``make bench`` runs: every part once, on a handful of mails, without judging its figures."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from servers import missing

sys.path.append(str(Path(__file__).parents[1] / "campaigns"))

import bench
import bench_world


@pytest.fixture(scope="module")
def world():
    if reason := bench_world.missing():
        missing(f"make bench cannot run here: {reason}")
    with bench_world.World() as made:
        yield made


def test_both_programs_bring_every_request_to_its_acknowledgement(world, capsys):
    corpus = world.corpus(20)
    log = world.folder / "smoke.jsonl"
    config = world.desk("smoke", "user1", notify=False)
    world.begin(config, "user1")
    world.pour("user1", corpus, 20)
    with world.sink(log) as sink:
        row = world.measure("smoke", 20, sink, [*bench_world.maildesk(config), "run", "--once"])
    desk = {mail["in-reply-to"] for mail in bench_world.acknowledged(log)}
    world.fill("user8", corpus, 20)
    with world.sink(log) as sink:
        world.measure("floor", 20, sink, world.floor("user8"))
    assert row["exit"] == 0
    assert {mail["in-reply-to"] for mail in bench_world.acknowledged(log)} <= desk


def test_statements_are_counted_and_growth_is_measured(world, capsys):
    assert bench.statements(world, 10)["statements"] > 0
    config = world.desk("load", "user5", notify=True)
    world.begin(config, "user5")
    world.tool_here("bench_load.py", config.parent / "state" / "maildesk.db", 60)
    world.pour("user5", world.corpus(10), 10)
    log = world.folder / "load.jsonl"
    with world.sink(log) as sink:
        world.measure("load", 10, sink, [*bench_world.maildesk(config), "run", "--once"])
    assert any("[#1061]" in mail["subject"] for mail in bench_world.acknowledged(log))


def test_the_goals_are_told(capsys):
    bench.judge({"statements": 13.0, "growth": 1.1})
    told = capsys.readouterr().out
    assert "missed    13.00" in told
    assert "met        1.10" in told

"""The campaign of ``make simulate`` runs: some weeks of it, with a sleep of a week, judged like the whole year."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "campaigns"))

import simulate
import simulate_check
from simulate_world import BEGIN


@pytest.fixture
def year(tmp_path, monkeypatch):
    monkeypatch.setattr(simulate, "YEAR", timedelta(days=21))
    monkeypatch.setattr(simulate, "SLEEP", (BEGIN + timedelta(days=10), BEGIN + timedelta(days=17)))
    monkeypatch.setattr(simulate_check, "LENGTH", 24 * 60 * 150)
    made = simulate.Year(tmp_path, 700, seed=3)
    made.plan()
    made.run(lambda done: None)
    yield made
    made.close()


def test_some_weeks(year, capsys):
    assert simulate.judge(year) == []
    told = capsys.readouterr().out
    assert "WRONG" not in told
    assert " 0 steps taken" not in told
    assert ", 0 noted after the sleep" not in told

    # A judge that finds nothing wrong must be able to find it.
    one = "SELECT rowid FROM entry WHERE author = 'job: escalations' AND event = 'due' LIMIT 1"
    year.raw.execute(f"DELETE FROM entry WHERE rowid = ({one})")
    assert any("0 times, 1 expected" in line for line in simulate.judge(year))

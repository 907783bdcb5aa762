"""A short smoke of the crash campaign (`make crash`): its planted faults are found, and a few crashes do no harm."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from servers import program
from servers.postgres import binary

CAMPAIGN = Path(__file__).parents[1] / "campaigns" / "crash.py"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_few_crashes_do_no_harm(database):
    program("strace")
    program("dovecot")
    if database == "postgres":
        binary("initdb")
    points, kills = os.environ.get("MAILDESK_CRASH_SMOKE", "4,1").split(",")
    command = [sys.executable, CAMPAIGN, "--database", database, "--points", points, "--kills", kills]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("planted:") == 2
    assert "all promises kept" in ran.stdout

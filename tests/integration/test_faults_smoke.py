"""A short smoke of the fault campaigns (`make faults`, `make soak`)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from servers import program

CAMPAIGNS = Path(__file__).parents[1] / "campaigns"


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "command", [["faults.py", "damaged", "disk", "--points", "8"], ["soak.py", "--minutes", "0.2", "--seed", "4"]]
)
def test_a_few_faults_do_no_harm(command):
    program("strace")
    program("dovecot")
    script, *arguments = command
    ran = subprocess.run(
        [sys.executable, CAMPAIGNS / script, *arguments], capture_output=True, text=True, check=False, timeout=280
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "all promises kept" in ran.stdout

"""The demo as a user runs it: real servers, the real daemon, the whole story."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

FIGURES = (
    "tickets", "customer_mails", "agent_mails", "acknowledgements", "answers", "notes", "surveys", "ratings",
    "status_updates", "escalations", "ignored", "quarantined", "lost", "duplicates", "seconds",
)  # fmt: skip


@pytest.mark.timeout(150)
def test_the_demo_ends_with_one_object_and_nothing_lost() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "maildesk", "demo", "--json"], capture_output=True, text=True, timeout=140, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert tuple(figures) == FIGURES
    assert (figures["lost"], figures["duplicates"]) == (0, 0)
    assert figures["acknowledgements"] == figures["tickets"] == 4
    assert figures["seconds"] < 60
    told = re.sub(r"^ *[0-9.]+ s  ", "", done.stdout, flags=re.MULTILINE)
    assert "she has «Report: Example Shop" in told
    page = Path(re.search(r"to open in a browser: (\S+)", told)[1])
    assert "<html" in page.read_text("utf-8")
    assert "mails replayed, 1 ticket would differ" in told
    assert told.index("puts it live") < told.index("this time Omid has it with priority high")

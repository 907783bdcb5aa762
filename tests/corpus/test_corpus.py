"""The numbers that were reached on the shared corpus may not fall."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import measure

from maildesk.ingest.parse import parse_mail

FLOORS = {
    "no exception": 1.0,
    "under a second": 1.0,
    "from_addr": 0.99,
    "from_name": 0.99,
    "subject": 0.995,
    "to": 0.98,
    "cc": 1.0,
    "body_text": 0.99,
    "body_html": 0.99,
    "attachment count": 0.99,
    "attachment names": 0.99,
}
CONVENTIONS = 102
"""Differences that are mere convention; more of them means that something changed."""


@pytest.fixture(scope="module")
def folder() -> Path:
    found = measure.corpus_folder()
    if found is None:
        pytest.skip("THE CORPUS IS MISSING: set MAILDESK_CORPUS to the folder that holds expected.jsonl")
    return found


def test_parsing(folder: Path) -> None:
    score = measure.measure(folder, parse_mail)
    below = {figure: score.rate(figure) for figure, floor in FLOORS.items() if score.rate(figure) < floor}
    assert not below, "\n".join(score.wrong)
    assert len(score.conventions) <= CONVENTIONS, "\n".join(score.conventions)

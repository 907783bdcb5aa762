"""The numbers that were reached on the shared corpus may not fall."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import measure

from maildesk.ingest.parse import parse_mail

FLOORS = {
    "no exception": (1.0, 1.0),
    "under a second": (1.0, 1.0),
    "from_addr": (0.98, 0.99),
    "from_name": (0.96, 0.98),
    "subject": (0.958, 0.995),
    "to": (0.90, 0.98),
    "cc": (1.0, 1.0),
    "body_text": (0.828, 0.99),
    "body_html": (0.87, 0.99),
    "attachment count": (0.90, 0.99),
    "attachment names": (0.85, 0.99),
}
"""Figure -> the least share of all that is stated, and of what is left without differences of mere convention."""


@pytest.fixture(scope="module")
def folder() -> Path:
    found = measure.corpus_folder()
    if found is None:
        pytest.skip("THE CORPUS IS MISSING: set MAILDESK_CORPUS to the folder that holds expected.jsonl")
    return found


def test_parsing(folder: Path) -> None:
    score = measure.measure(folder, parse_mail)
    below = {
        figure: (score.stated(figure), score.rate(figure))
        for figure, (stated, rate) in FLOORS.items()
        if score.stated(figure) < stated or score.rate(figure) < rate
    }
    assert not below, "\n".join(score.wrong)


def test_every_convention_is_still_needed(folder: Path) -> None:
    score = measure.measure(folder, parse_mail)
    used = {case for cases in score.conventions.values() for case in cases}
    assert {f"{figure}: {file}" for file, figure in measure.CONVENTIONS} == used

"""docs/commands.md says what the table says."""

from pathlib import Path

import pytest

from maildesk.commands.agent import COMMANDS
from maildesk.commands.customer import Asked, read

PAGE = (Path(__file__).parents[3] / "docs" / "commands.md").read_text("utf-8")


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_every_row_stands_on_the_page_word_for_word(row):
    cells = (
        f"`{row.name}`",
        ", ".join(row.aliases),
        "، ".join(row.persian),
        f"`[{row.example}]` `[{row.example_fa}]`",
        row.help,
    )
    assert f"| {' | '.join(cells)} |" in PAGE


def test_the_words_of_customers_on_the_page_work():
    section = PAGE.partition("## What customers can do")[2]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| ") and "word" not in line]
    asked = [(read(english).asked, read(persian).asked) for english, persian in rows]
    assert [english for english, _ in asked] == list(Asked)
    assert all(english is persian for english, persian in asked)

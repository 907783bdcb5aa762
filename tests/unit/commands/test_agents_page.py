"""What docs/agents.md shows is understood, in both languages."""

import re
from pathlib import Path

import pytest

from maildesk.commands.grammar import read_orders
from maildesk.commands.worklist import read_lines

PAGE = (Path(__file__).parents[3] / "docs" / "agents.md").read_text("utf-8")
BRACKETS = re.findall(r"`(\[[^`#]+\])`", PAGE)


@pytest.mark.parametrize("written", BRACKETS)
def test_a_command_on_the_page_is_one(written):
    read = read_orders(written, "", "")
    assert read.orders, written
    assert not read.questions, read.questions


@pytest.mark.parametrize("block", re.findall(r"```\n(.*?)```", PAGE, re.DOTALL))
def test_the_lines_of_the_worklist_are_understood(block):
    read = read_lines(block)
    assert [order.ticket for order in read.orders] == [1042, 1043, 1044, 1045]
    assert not read.questions

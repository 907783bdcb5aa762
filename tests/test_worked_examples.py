"""The worked examples of docs/architecture.md are tried: what they say to write is all there is to write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from maildesk.commands import agent
from maildesk.commands.row import Command
from maildesk.model.change import Change
from maildesk.model.desk import Scene
from maildesk.model.mail import Address, Mail
from maildesk.model.ticket import Event
from maildesk.notices.compose import compose, own_text
from maildesk.notices.render import DeskTemplates, read_templates
from maildesk.notices.samples import sample_desk, sample_notice, sample_ticket, sample_tokens
from maildesk.rules import actions, conditions
from maildesk.rules.compile import compile_rules
from maildesk.schedule import jobs

PAGE = (Path(__file__).parents[1] / "docs" / "architecture.md").read_text("utf-8")
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DESK = sample_desk("en")


def example(kind: str) -> str:
    """The first block of Python after "A **kind**"."""
    found = re.search(rf"An? \*\*{kind}\*\*.*?```python\n(.*?)```", PAGE, re.DOTALL)
    assert found, kind
    return found[1]


@pytest.fixture
def registries() -> Iterator[None]:
    before = dict(conditions.CONDITIONS), dict(actions.ACTIONS)
    yield
    for registry, kept in zip((conditions.CONDITIONS, actions.ACTIONS), before, strict=True):
        registry.clear()  # type: ignore[attr-defined]
        registry.update(kept)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("registries")
def test_a_condition_and_an_action_are_one_function_each() -> None:
    exec(example("condition"), vars(conditions))
    exec(example("action"), vars(actions))
    rule = """
[[rule]]
name = "many people"
on   = ["opened"]
when = { recipients = { at_least = 2 } }
then = [ { channel = "phone" } ]
"""
    rules = compile_rules([("rules.toml", rule)], DESK)
    ticket = sample_ticket("en")
    for count, channel in ((1, ticket.channel), (2, "phone")):
        people = tuple(Address("", f"p{n}@example.org") for n in range(count))
        change = Change(now=NOW, origin="test", tickets={ticket.number: ticket})
        after = rules.run(change, Scene(DESK, Event.OPENED, ticket.number, mail=Mail(to=people)))
        assert after.tickets[ticket.number].channel == channel


def test_a_command_is_one_row() -> None:
    source = example("command").strip().rstrip(",").replace("state.channel", "None")
    row = eval(source, {"Command": Command})
    assert isinstance(row, Command)
    assert set(agent.card(row, "fa", DESK)) == {"written", "meaning"}
    assert not {name for name in row.names if agent.command(name)}


def test_a_notice_is_one_file_a_language(tmp_path: Path) -> None:
    for language, text in (("en", "Welcome\n\nNice to meet you.\n"), ("fa", "خوش آمدید\n\nاز آشنایی‌تان خوشحالیم.\n")):
        (tmp_path / language).mkdir()
        (tmp_path / language / "welcome.txt").write_text(text, "utf-8")
    desk = replace(DESK, templates=DeskTemplates(*read_templates(tmp_path)))
    for language, words in (("en", "Nice to meet you"), ("fa", "خوشحالیم")):
        notice = replace(sample_notice("acknowledgement", language, {}), template="welcome")
        mail = compose(notice, desk, sample_ticket(language), now=NOW, tokens=sample_tokens(notice))
        assert words in own_text(mail.content)[1]


def test_a_job_is_a_function_and_a_row() -> None:
    source = example("job")
    assert re.search(r"def _\w+\(run: JobRun\) -> str:", source)
    row = eval(source.strip().splitlines()[-1].rstrip(","), {"Job": jobs.Job, "_forget_bounces": lambda _: ""})
    assert isinstance(row, jobs.Job)
    assert jobs.job(row.name) is None

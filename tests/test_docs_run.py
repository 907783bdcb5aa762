"""What README and docs show can be done as it stands there: commands parse, rules compile, conditions and actions are real."""

import re
import shlex
from pathlib import Path

import click
import pytest

from maildesk.cli import main
from maildesk.model.desk import Desk, Passage, Webhook
from maildesk.model.people import Department, Group
from maildesk.rules.compile import compile_rules

DESK = Desk(
    "Example",
    "example.com",
    bytes(32),
    groups={"billing": Group("billing")},
    departments={"finance": Department("finance", "finance@example.com")},
    webhooks={"crm": Webhook("crm", "https://crm.example.com/hook", lambda: "secret")},
    macros=(Passage("opening-hours", "", "Opening hours", "9 to 5"),),
    articles=(Passage("reset-password", "", "Reset your password", "Choose it."),),
)
"""Holds the names that docs/rules.md uses."""
ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_COMMAND = re.compile(r"\s*(?:\.venv/bin/|runuser -u maildesk -- |ExecStart=/usr/local/bin/)?maildesk( .*)?$")
_STAND_INS = {"REPOSITORY", "…", "..."}


def code(page: Path) -> list[tuple[int, str]]:
    """(line number, text) of everything that is shown as code: indented and fenced blocks, and spans."""
    found, fenced = [], False
    for number, line in enumerate(page.read_text("utf-8").splitlines(), start=1):
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            found.append((number, line))
        else:
            found += [(number, span) for span in re.findall(r"`([^`]+)`", line)]
    return found


def commands() -> list[tuple[str, str]]:
    """(where, the words behind `maildesk`) of every command line in the docs."""
    return [
        (f"{page.name}:{number}", (match[1] or "").strip())
        for page in PAGES
        for number, text in code(page)
        if (match := _COMMAND.match(re.split(" {2,}#", text)[0]))
    ]


def understood(words: list[str]) -> str:
    """What is wrong with a command line, or nothing. Placeholders stand for what a person would write there."""
    group, context = main, click.Context(main, info_name="maildesk")
    while True:
        named = {option for one in group.get_params(context) for option in (*one.opts, *one.secondary_opts)}
        while words and words[0].startswith("-"):
            option = words.pop(0).partition("=")[0]
            if option not in named | {"--help"}:
                return f"{group.name} has no {option}"
            flag = next((one for one in group.get_params(context) if option in one.opts), None)
            if words and isinstance(flag, click.Option) and not flag.is_flag:
                words.pop(0)
        if not isinstance(group, click.Group) or not words:
            break
        name = words.pop(0)
        below = group.get_command(context, name)
        if below is None:
            return f"{group.name} has no command {name}"
        group, context = below, click.Context(below, parent=context, info_name=name)
    strange = [word for word in words if word.startswith("--") and word.partition("=")[0] not in named]
    return f"{group.name} has no {strange[0]}" if strange else ""


@pytest.mark.parametrize(("where", "line"), commands(), ids=[f"{where} {line}"[:60] for where, line in commands()])
def test_every_command_that_is_shown_exists(where, line):
    words = [word for word in shlex.split(re.split(r" [|>]| && ", line)[0].replace("'", "")) if word not in _STAND_INS]
    assert understood(words) == "", where


def rule_files() -> list[tuple[str, str]]:
    """(where, source) of every rule in docs/rules.md: blocks, and what the tables show of conditions and actions."""
    text = (ROOT / "docs" / "rules.md").read_text("utf-8")
    found = [("block", block) for block in re.findall(r"(?ms)^```toml\n(.*?)^```", text)]
    for title, key, other in (("Conditions", "when", "then = [ { stop = true } ]"), ("Actions", "then", "")):
        section = re.split(r"\n## ", text.partition(f"\n## {title}\n")[2])[0]
        for name, example in re.findall(r"(?m)^\| `(\w+)` \|.*\| `(\{.*\})` \|$", section):
            shown = example if key == "when" else f"[ {example} ]"
            captured = r"when = { body = { regex = '(?P<number>\d+) (?P<phone>\d+)' } }" if key == "then" else other
            found.append(
                (name, f'[[rule]]\nname = "x"\non = ["opened", "due", "rated"]\n{key} = {shown}\n{captured}\n')
            )
    return found


@pytest.mark.parametrize(("where", "source"), rule_files(), ids=[where for where, _ in rule_files()])
def test_every_rule_that_is_shown_compiles(where, source):
    (rule,) = compile_rules([(where, source)], DESK).rules
    assert rule.name


def test_there_are_commands_to_try():
    assert len(commands()) > 60
    assert understood(["report", "--lats", "30d"])
    assert understood(["rules", "rewind"])

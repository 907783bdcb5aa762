"""Rule files: what is in force, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_json, print_rows, say
from maildesk.model.errors import ConfigError, PermanentFailure
from maildesk.rules.engine import Rule

_COLUMNS = ("position", "enabled", "name", "on", "then", "stop", "where")


@click.group()
def rules() -> None:
    """Rules: list, look at, check."""


@rules.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the rules in the order in which they apply."""
    rows = [{"position": number, **_data(rule)} for number, rule in enumerate(_compiled(invocation), 1)]
    print_rows(rows, _COLUMNS, as_json=as_json)


@rules.command()
@click.argument("name")
@json_option
@pass_invocation
def show(invocation: Invocation, name: str, as_json: bool) -> None:
    """Show one rule, by its name or its position, as it stands in its file."""
    found = _compiled(invocation)
    rule = next((one for one in found if one.name == name), None)
    if rule is None and name.isdecimal() and 0 < int(name) <= len(found):
        rule = found[int(name) - 1]
    if rule is None:
        raise PermanentFailure(f"there is no rule {name!r}: maildesk rules list")
    if as_json:
        print_json(_data(rule))
        return
    say(f"{rule.file}:{rule.line}")
    say(_source(rule))


@rules.command()
@json_option
@pass_invocation
def lint(invocation: Invocation, as_json: bool) -> None:
    """Check the rule files: what is wrong, what can never apply, what names things that are not there. Exit 1 then."""
    from maildesk.assemble import assemble, read_rules, read_templates
    from maildesk.rules.lint import lint as lint_rules

    settings = invocation.settings()
    desk, _ = assemble(settings, with_key=False)
    compiled, problems = read_rules(settings, desk)
    names = read_templates(settings)[0].names()
    found = [*problems, *(lint_rules(compiled, desk, names) if compiled else ())]
    if as_json:
        print_json([{"file": one.file, "line": one.line, "message": one.message} for one in found])
    else:
        for one in found:
            say(str(one))
        say("no problems" if not found else f"{len(found)} problems")
    if found:
        raise SystemExit(1)


def _compiled(invocation: Invocation) -> tuple[Rule, ...]:
    from maildesk.assemble import assemble, read_rules

    desk, _ = assemble(invocation.settings(), with_key=False)
    compiled, problems = read_rules(invocation.settings(), desk)
    if compiled is None:
        raise ConfigError(*problems)
    return compiled.rules


def _data(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "on": sorted(event.value for event in rule.on),
        "then": [step.written for step in rule.then],
        "stop": rule.stop,
        "enabled": rule.enabled,
        "mailbox": rule.mailbox,
        "where": f"{rule.file}:{rule.line}",
    }


def _source(rule: Rule) -> str:
    """The rule's lines: from its header to the next rule."""
    with open(rule.file, encoding="utf-8") as file:  # noqa: PTH123 - the path is a string of the rule set
        lines = file.read().splitlines()
    end = next((n for n in range(rule.line, len(lines)) if lines[n].startswith("[[rule]]")), len(lines))
    return "\n".join(lines[rule.line - 1 : end]).rstrip()

"""The rules that a new desk starts with do what their examples say, and the examples can fail."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

import pytest
from rulekit import DESK, LEILA, NOW, compiled, mail, rule

from maildesk.model.people import Role
from maildesk.rules.compile import compile_rules
from maildesk.rules.examples import try_example

FOLDER = resources.files("maildesk.rules").joinpath("default")
RULES = compile_rules(
    [(file.name, file.read_text("utf-8")) for file in sorted(FOLDER.iterdir(), key=lambda file: file.name)], DESK
)
CASES = [(made, example) for made in RULES.rules for example in made.examples]


@pytest.mark.parametrize(("made", "example"), CASES, ids=[f"{made.source}:{example.line}" for made, example in CASES])
def test_examples(made, example):
    assert try_example(RULES, made, example, DESK, NOW)[0] == ()


def test_every_default_rule_has_an_example():
    assert RULES.rules
    assert all(made.examples for made in RULES.rules)


def test_a_small_desk_without_groups_works_too():
    desk = replace(DESK, groups={}, agents={"sara": replace(DESK.agents["sara"], groups=())}, mailboxes={})
    for made, example in CASES:
        problems, change = try_example(RULES, made, example, desk, NOW)
        if "notified" in example.expect or "assigned" in example.expect:
            assert problems == ()
        assert all(notice.to != "" for notice in change.notices)


def test_one_mail_causes_one_automatic_mail_to_one_outsider():
    made = RULES.rules[0]
    _, change = try_example(RULES, made, made.examples[0], DESK, NOW, mail())
    outside = [notice for notice in change.notices if notice.role is Role.REQUESTER]
    assert [notice.to for notice in outside] == [LEILA]


def test_an_example_that_fails_says_what_differs():
    rules = compiled(
        rule(more='[[rule.example]]\nsubject = "x"\nexpect = { group = "tech", tags = ["hit"], notices = ["x"] }')
    )
    made = rules.rules[0]
    problems, _ = try_example(rules, made, made.examples[0], DESK, NOW)
    assert [str(problem) for problem in problems] == [
        "0.toml:6: r: group is 'billing', expected 'tech'",
        "0.toml:6: r: notices is [], expected ['x']",
    ]

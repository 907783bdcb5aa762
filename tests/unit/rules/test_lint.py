"""The linter finds what compiles and yet is wrong, and nothing in what is right."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

import pytest
from rulekit import DESK, compiled, rule

from maildesk.rules.lint import lint

STOP = "stop = true"


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        (rule() + rule(), 7, "is the name of the rule at 0.toml:1 too"),
        (rule('{ group = "biling" }'), 4, "did you mean 'billing'"),
        (rule('{ assignee = ["sara", "bob"] }'), 4, "there is no assignee 'bob'"),
        (rule(then='{ notice = "acknowledgment" }'), 5, "did you mean 'acknowledgement'"),
        (rule(more=STOP) + rule(name="b"), 7, "never reached"),
        (rule('{ status = "open", all = [ { status = ["new", "solved"] } ] }'), 4, 'never true, status = "open"'),
        (rule("{ any = [ { size = { at_least = 9 }, all = [ { size = 5 } ] } ] }"), 4, "must hold as well"),
        (rule("{ rating = 5 }"), 4, "it is for rules on rated"),
        (rule("{ rating = { at_least = 6 } }", on="rated"), 4, "between 1 and 5"),
        (rule('{ from = "example.org" }', on="idle"), 4, "use `requester`"),
        (rule(then="[ { solve = true }, { reopen = true } ]"), 5, "undoes solve = true"),
        (rule(then='[ { priority = "low" }, { group = "tech" }, { priority = "high" } ]'), 5, "undoes"),
        (rule(on="noted", then='{ note = "x" }'), 1, "a loop"),
        (rule(on="solved", then="{ reopen = true }") + rule(on="reopened", then="{ solve = true }", name="b"), 1, "through 'b'"),
        (rule('{ subject = { regex = "(?P<nr>[0-9]+)" } }', '{ note = "{number}" }'), 5, "(?P<number>"),
    ],
)  # fmt: skip
def test_finding(source, line, says):
    found = lint(compiled(source), DESK, {"acknowledgement", "solved"})
    assert [problem.line for problem in found if says in problem.message] == [line], found


@pytest.mark.parametrize(
    "source",
    [
        rule() + rule(name="b"),
        rule(more=STOP, when='{ subject = "x" }') + rule(name="b"),
        rule(more=STOP, on="replied") + rule(name="b"),
        rule(more=STOP + "\nenabled = false") + rule(name="b"),
        rule('{ status = ["new", "open"], all = [ { status = "new" } ] }'),
        rule('{ any = [ { status = "new" }, { status = "open" } ] }'),
        rule('{ not = { status = "new" }, status = "open" }'),
        rule('{ subject = "a", all = [ { subject = "b" } ] }'),
        rule('{ group = "bil*" }'),
        rule(on="solved", then="{ solve = true }"),
        rule('{ status = "solved" }', on="noted", then='{ note = "x" }'),
        rule(then='[ { tag = "+a" }, { tag = "+b" } ]'),
        rule('{ subject = { regex = "(?P<nr>[0-9]+)" } }', '{ note = "{nr}" }'),
        rule(then='{ set = { priority = "high" } }', on="solved")
        + rule(then="{ solve = true }", on="reopened", name="b"),
    ],
)
def test_what_is_right_is_left_alone(source):
    assert lint(compiled(source), DESK, {"acknowledgement"}) == []


def test_names_that_have_gone_since():
    rules = compiled(rule(then='[ { assign = "sara" }, { refer = "finance" }, { group = "tech" } ]'))
    later = replace(DESK, agents={}, departments={}, groups={})
    assert [problem.message.partition(":")[0] for problem in lint(rules, later)] == [
        'assign = "sara"',
        'refer = "finance"',
        'group = "tech"',
    ]


def test_the_shipped_rules_are_clean():
    folder = resources.files("maildesk.rules").joinpath("default")
    rules = compiled(*(file.read_text("utf-8") for file in sorted(folder.iterdir(), key=lambda file: file.name)))
    assert lint(rules, DESK, {"acknowledgement", "solved", "notification"}) == []

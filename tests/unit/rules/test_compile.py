"""A rule file is taken whole or refused whole, with every fault, its line and how to mend it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rulekit import DESK, compiled, rule

from maildesk.model.errors import ConfigError
from maildesk.rules.compile import compile_rules


def faults(*sources):
    with pytest.raises(ConfigError) as caught:
        compiled(*sources)
    return [str(problem) for problem in caught.value.problems]


def test_what_a_rule_holds():
    (made,) = compiled(
        '\n[[rule]]\nname = "r"\non = ["opened", "replied"]\nthen = { tag = "x", priority = "high" }\nstop = true\n'
        'mailbox = "support"\nenabled = false\n'
        '  [[rule.example]]\n  mail = "examples/a.eml"\n  expect = { group = "billing" }\n'
    ).rules
    assert (made.name, made.on, made.stop, made.enabled, made.mailbox) == (
        "r",
        {"opened", "replied"},
        True,
        False,
        "support",
    )
    assert [step.action.name for step in made.then] == ["tag", "priority"]
    assert (made.file, made.line, made.source, made.author) == ("0.toml", 2, "0.toml:2", "rule: r")
    assert (made.examples[0].mail, made.examples[0].expect, made.examples[0].line) == (
        "examples/a.eml",
        {"group": "billing"},
        9,
    )


def test_all_faults_of_all_files_at_once():
    broken = """\
[[rule]]
name = "a"
on   = ["opend", "closed"]
when = { subjct = "x", any = [
  { body = { regex = "(a" } },
  { size = "big" },
] }
then = [ { grop = "x" },
         { group = "bilin" } ]
foo  = 1

[[rule]]
on = "opened"
"""
    assert [fault.partition(" ")[0] for fault in faults(broken, "[[rule]\n", rule())] == [
        "0.toml:10:", "0.toml:4:", "0.toml:5:", "0.toml:6:", "0.toml:3:", "0.toml:3:", "0.toml:8:", "0.toml:9:",
        "0.toml:12:", "0.toml:12:", "1.toml:1:",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("x = 1", "unknown key 'x'"),
        ("[rule]\nname = 'x'", "double brackets"),
        ('[[rule]]\nname = ""\non = "opened"\nthen = { tag = "x" }', "needs a name"),
        ('[[rule]]\nname = "x"\nthen = { tag = "x" }', "needs an event"),
        (rule(on="opend"), "did you mean 'opened'"),
        (rule(then="[]"), "needs actions"),
        (rule(then='"solve"'), "needs actions"),
        (rule("[]"), "conditions are a table"),
        (rule('{ subjet = "x" }'), "did you mean 'subject'"),
        (rule("{ any = [] }"), "any needs a list"),
        (rule('{ any = { subject = "x" } }'), "any needs a list"),
        (rule("{ subject = 5 }"), "no text: put it in quotes"),
        (rule("{ subject = [] }"), "an empty list never matches"),
        (rule('{ subject = { word = ["x"] } }'), "did you mean 'words'"),
        (rule("{ subject = {} }"), "it may hold words, glob, regex"),
        (rule(r"{ subject = { regex = '\bسلام\b' } }"), "use { words"),
        (rule('{ from = " " }'), "an empty address"),
        (rule('{ status = "opened" }'), "known are new, open, waiting"),
        (rule('{ priority = { at_least = "hihg" } }'), "did you mean 'high'"),
        (rule('{ size = "5" }'), "a number is wanted, without quotes"),
        (rule("{ size = true }"), "a number is wanted"),
        (rule("{ size = { at_least = 5, at_most = 4 } }"), "no number is both"),
        (rule('{ age = "3 months" }'), '"90m", "4h", "3d" or "2w"'),
        (rule("{ age = 3 }"), '"90m", "4h", "3d" or "2w"'),
        (rule('{ weekday = "fr" }'), "no weekday"),
        (rule('{ calendar = "shut" }'), 'write "open" or "closed"'),
        (rule('{ authenticated = "yes" }'), "write true or false"),
        (rule('{ header = "X-A" }'), "a table is wanted"),
        (rule('{ kind = "robot" }'), "known are human"),
        (rule(then='{ assign = "sarah" }'), "did you mean 'sara'"),
        (rule(then='{ notify = "boss" }'), "there is no agent 'boss'"),
        (rule(then='{ refer = "sales" }'), "known are finance"),
        (rule(then="{ solve = false }"), "leave the action out"),
        (rule(then='{ language = "persian" }'), "a code such as fa"),
        (rule(then='{ tag = "+" }'), "no tag"),
        (rule(then='{ set = { colour = "red" } }'), 'set by "field"'),
        (rule(then='{ snooze = "tomorrow" }'), '"90m", "4h", "3d" or "2w"'),
        (rule(more='mailbox = "suport"'), "did you mean 'support'"),
        (rule(more='stop = "yes"'), "stop is true or false"),
        (rule(more="example = 5"), "[[rule.example]]"),
        (rule(more='[[rule.example]]\nmail = "x"'), "what must come of it"),
        (rule(more='[[rule.example]]\nmail = "x"\nexpect = { grup = "x" }'), "did you mean 'group'"),
        (rule(more='[[rule.example]]\nrating = 7\nexpect = { group = "x" }'), "1 to 5"),
        (rule(more='[[rule.example]]\nevent = "x"\nexpect = { group = "x" }'), "known are opened"),
        (rule(more='[[rule.example]]\nticket = { colour = 1 }\nexpect = { group = "x" }'), "a table of status"),
        (rule("{ not = " * 30 + '{ subject = "x" }' + " }" * 30), "nobody can read that"),
        ('[[rule]]\nname = "x', "check quotes"),
    ],
)
def test_a_fault_says_how_to_mend_it(source, says):
    found = faults(source)
    assert any(says in fault for fault in found), found


values = st.recursive(
    st.one_of(st.booleans(), st.integers(-5, 5), st.text("a*?{}-+@. فی", max_size=5), st.just("billing")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["any", "not", "words", "regex", "subject", "tag", "at_least", "glob"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


def toml(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
    return str(value)


@given(st.sampled_from(["when", "then", "on", "name", "stop", "mailbox", "example"]), values)
def test_anything_compiles_or_is_refused_with_reasons(key, value):
    source = "[[rule]]\nname = 'x'\non = 'opened'\nthen = { tag = 'x' }\n"
    lines = [line for line in source.splitlines() if not line.startswith(key)]
    try:
        compile_rules([("x.toml", "\n".join([*lines, f"{key} = {toml(value)}"]))], DESK)
    except ConfigError as error:
        assert error.problems
        assert all(problem.line >= 1 for problem in error.problems)


def test_brackets_without_end_are_a_problem_not_a_crash() -> None:
    with pytest.raises(ConfigError) as caught:
        compile_rules([("deep.toml", "a = " + "[" * 3000)], DESK)
    assert caught.value.problems[0].file == "deep.toml"

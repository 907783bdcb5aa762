"""Edits of rule files change what is meant and nothing else: not a comment, not a blank line elsewhere."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.rules import edit

ROOT = Path(__file__).parents[3]
SOURCES = [
    *(
        path.read_text("utf-8")
        for path in sorted((ROOT / "examples").rglob("*.toml"))
        if "[[rule]]" in path.read_text()
    ),
    *(path.read_text("utf-8") for path in sorted((ROOT / "maildesk" / "rules" / "default").glob("*.toml"))),
    '# only a comment\n\n[[rule]]\nname="tight"#x\non="opened"\nthen=[{tag="+a"}]',
]
WHENS = ('{ subject = "invoice" }', '{ any = [ { body = "فاکتور" }, { tag = "vip" } ] }', "{}")
THENS = ('[ { tag = "+x" } ]', '[ { note = "a # b" }, { stop = true } ]')


def comments(source):
    """Every comment of a file, in order (no string of the sources holds a #)."""
    return [
        line[line.index("#") :]
        for line in source.splitlines()
        if "#" in line and '" # ' not in line and "a # b" not in line
    ]


def test_a_file_is_the_sum_of_its_blocks():
    for source in SOURCES:
        assert edit.cut(source).text == source


def test_a_new_key_stands_where_it_is_expected():
    source = '[[rule]]\nname = "a"   # why\non   = ["opened"]\nthen = [\n  { tag = "+x" },  # first\n]\n\n  [[rule.example]]\n  expect = { tags = ["x"] }\n'
    disabled = edit.set_keys(source, "a", {"enabled": "false"})
    assert disabled == source.replace('on   = ["opened"]\n', 'on   = ["opened"]\nenabled = false\n')
    assert edit.set_keys(disabled, "a", {"enabled": None}) == source
    renamed = edit.set_keys(source, "a", {"name": '"b"', "stop": "true"})
    assert renamed == source.replace('"a"   # why', '"b"   # why').replace("]\n\n  [[", "]\nstop = true\n\n  [[")


def test_what_cannot_be_edited_is_left_alone():
    for source in (
        'rule = [ { name = "a", on = "opened" } ]\n',
        '[[rule]]\nname = "a"\nwhen.subject = "x"\n',
        "not toml",
    ):
        with pytest.raises(edit.CannotEdit):
            edit.set_keys(source, "a", {"when": "{}"})
    with pytest.raises(edit.CannotEdit):
        edit.value_of("1\ny = 2")


ACTS = st.one_of(
    st.tuples(st.just("insert"), st.integers(0, 20), st.sampled_from(WHENS)),
    st.tuples(st.just("remove"), st.integers(0, 20), st.none()),
    st.tuples(st.just("move"), st.integers(0, 20), st.integers(0, 20)),
    st.tuples(st.just("enabled"), st.integers(0, 20), st.sampled_from(("true", "false", None))),
    st.tuples(st.just("when"), st.integers(0, 20), st.sampled_from((*WHENS, None))),
    st.tuples(st.just("then"), st.integers(0, 20), st.sampled_from(THENS)),
    st.tuples(st.just("stop"), st.integers(0, 20), st.sampled_from(("true", "false", None))),
    st.tuples(st.just("name"), st.integers(0, 20), st.text(min_size=1, max_size=12).map(edit.quoted)),
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SOURCES), st.lists(ACTS, min_size=1, max_size=8))
def test_a_sequence_of_edits_means_what_it_says(source, acts):
    rules = tomllib.loads(source)["rule"]
    count = 0
    for act, number, value in acts:
        names = [rule["name"] for rule in rules]
        if len(set(names)) < len(names) or (not names and act != "insert"):
            continue
        at = number % (len(rules) + (act == "insert"))
        before = source
        if act == "insert":
            count += 1
            text = edit.new_rule(
                {"name": edit.quoted(f"new {count}"), "on": '["opened"]', "when": value, "then": THENS[0]}
            )
            source, rules = edit.insert(source, text, at), [*rules[:at], *tomllib.loads(text)["rule"], *rules[at:]]
        elif act == "remove":
            own = len(comments(edit.take(source, names[at])))
            source, rules = edit.remove(source, names[at]), [*rules[:at], *rules[at + 1 :]]
            assert len(comments(before)) - len(comments(source)) == own
        elif act == "move":
            text, rest = edit.take(source, names[at]), edit.remove(source, names[at])
            to = value % len(rules)
            source = edit.insert(rest, text, to)
            left = [*rules[:at], *rules[at + 1 :]]
            rules = [*left[:to], rules[at], *left[to:]]
        else:
            source = edit.set_keys(source, names[at], {act: value})
            changed = {**rules[at], act: None if value is None else edit.value_of(value)}
            rules = [*rules[:at], {key: item for key, item in changed.items() if item is not None}, *rules[at + 1 :]]
        assert tomllib.loads(source).get("rule", []) == rules
        if act not in {"remove", "when", "then", "name"}:
            assert sorted(comments(source)) == sorted(comments(before))
        assert edit.cut(source).text == source

"""Rules run in order, see what earlier ones did, say why, and end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rulekit import DESK, compiled, mail, opened, rule, run, scene, ticket, traced

from maildesk.model.change import Raised
from maildesk.rules.conditions import Look
from maildesk.rules.engine import Rules, act, filled, placeholders, run_events


def test_each_rule_sees_what_earlier_ones_did():
    change = run(rule(then='{ group = "tech" }', name="a") + rule('{ group = "tech" }', name="b"))
    assert ticket(change).tags == {"hit"}


def test_files_in_the_given_order():
    rules = compiled(rule(then='{ priority = "low" }', name="a"), rule('{ priority = "low" }', name="b"))
    assert "hit" in ticket(rules.run(opened(), scene())).tags


@pytest.mark.parametrize("how", ["stop = true", "stop-action"])
def test_stop(how):
    first = rule(more=how) if how == "stop = true" else rule(then='[ { tag = "hit" }, { stop = true } ]')
    change = run(first + rule(then='{ tag = "late" }', name="late"))
    assert ticket(change).tags == {"hit"}
    assert "no further rule" in traced(change)[-1]


def test_a_rule_that_is_not_enabled_or_for_another_mailbox_is_not_run():
    desk_rules = rule(more="enabled = false") + rule(name="b", more='mailbox = "support"', then='{ tag = "b" }')
    assert ticket(run(desk_rules)).tags == {"b"}
    assert ticket(run(desk_rules, opened(mailbox="sales"))).tags == frozenset()


def test_every_outcome_is_told():
    source = (
        rule('{ subject = { words = ["x", "hello"] }, status = "new" }', name="yes")
        + rule('{ status = "new", body = "foo", from = "example.net" }', name="first failing")
        + rule('{ any = [ { body = "a" }, { not = { status = "new" } } ] }', name="any")
    )
    assert traced(run(source)) == [
        'yes: yes, subject has "hello" and status = "new" (0.toml:1)',
        'first failing: no, body = "foo"',
        'any: no, none of: body = "a"; not status = "new"',
    ]
    assert len(traced(run(source, explain=False))) == 1


def test_a_loop_ends():
    change = run(rule(on="noted", then='{ note = "again" }') + rule(then='{ note = "x" }', name="start"))
    assert sum(entry.event == "noted" for entry in change.entries) == 6
    assert "a loop?" in traced(change)[-1]
    assert change.events == ()


def test_events_are_looked_at_in_the_order_in_which_they_happened():
    seen = []

    class Watching:
        def listens(self, _event):
            return True

        def run(self, change, scene):
            seen.append((scene.event, scene.entry))
            return Rules().run(change, scene)

    change = replace(opened(), events=(Raised("opened", 1001, 1), Raised("noted", 1001, 2)))
    run_events(Watching(), change, lambda _, raised: scene(event=raised.event, entry=raised.entry))
    assert seen == [("opened", 1), ("noted", 2)]


# --- captures -------------------------------------------------------------------------------------------------------


def test_captures_are_used_in_actions():
    source = rule(
        r"{ subject = { regex = 'order (?P<number>\d+)' }, body = { regex = 'for (?P<who>\p{L}+)' } }",
        '[ { field = { order = "A{number}" } }, { note = "{who}: {number} {else}" }, { tag = "+{who}" } ]',
    )
    change = run(source, mail=mail("Order ۱۲", "for رضا"))
    assert ticket(change).field("order") == "A12"
    assert ticket(change).tags == {"رضا"}
    assert change.entries[2].text == "رضا: 12 {else}"


@pytest.mark.parametrize("attack", ["{number}", "{0.__class__}", "{{7*7}}", "%(x)s", "${x}", "{who}"])
def test_what_a_customer_wrote_is_never_looked_at_again(attack):
    source = rule('{ subject = { regex = "<(?P<who>.*)>(?P<number>[0-9]+)" } }', '{ note = "{who}" }')
    change = run(source, mail=mail(f"<{attack}>5"))
    assert change.entries[1].text == attack.lower()


def test_a_capture_that_names_nobody_is_skipped_and_told():
    source = rule('{ subject = { regex = "to (?P<team>[a-z]+)" } }', '{ group = "{team}" }')
    assert ticket(run(source, mail=mail("to billing"))).group == "billing"
    change = run(source, mail=mail("to nowhere"))
    assert ticket(change).group == ""
    assert "there is no group 'nowhere'" in traced(change, "action")[0]


@given(st.text("{}ab ", max_size=12))
def test_filling_nothing_changes_nothing(text):
    assert filled(text, {}) == text
    assert filled(text, dict.fromkeys(placeholders(text), "!")).count("!") == sum(
        text.count("{" + name + "}") for name in placeholders(text)
    )


# --- actions elsewhere ----------------------------------------------------------------------------------------------


def test_actions_of_a_service_level():
    change = act(
        opened(), scene(), (("priority", "urgent"), ("assign", "lead"), ("dance", True), ("tag", 5)), "sla: gold"
    )
    assert (ticket(change).priority, ticket(change).assignee) == ("urgent", "nima")
    assert change.entries[-1].author == "sla: gold"
    assert len(traced(change, "action")) == 2


# --- the index ------------------------------------------------------------------------------------------------------

words = st.sampled_from(["a", "b", "c d", "صورت‌حساب", "صورتحساب", "1", "سلام"])
leaves = st.one_of(
    st.builds(lambda key, word: f'{{ {key} = "{word}" }}', st.sampled_from(["subject", "body"]), words),
    st.builds(lambda word: f'{{ subject = {{ regex = "{word}[a-z ]*d?" }} }}', st.sampled_from(["a", "c", "b d", "ح"])),
    st.sampled_from(
        [
            '{ from = "a@example.org" }', '{ from = "*@*.example.org" }', '{ from = "a@*" }', '{ to = "example.net" }',
            '{ from = "?@example.*" }', '{ requester = "example.org" }', '{ status = "new" }', '{ tag = "hit0" }',
            '{ header = { x = "a" } }', '{ body = "*c*" }',
        ]
    ),
)  # fmt: skip


def joined(inner):
    parts = st.lists(inner, min_size=1, max_size=3).map(", ".join)
    return st.one_of(
        parts.map(lambda text: f"{{ any = [ {text} ] }}"),
        parts.map(lambda text: f"{{ all = [ {text} ] }}"),
        inner.map(lambda text: f"{{ not = {text} }}"),
    )


whens = st.recursive(leaves, joined, max_leaves=5)
texts = st.lists(st.sampled_from(["a", "b", "c", "d", "صورت‌حساب", "صورت حساب", "۱", "سلام", "ad"]), max_size=6).map(
    " ".join
)
senders = st.sampled_from(["a@example.org", "b@sub.example.org", "a@example.net", "ab@example.com"])


@settings(max_examples=300, deadline=None)
@given(st.lists(whens, min_size=1, max_size=5), texts, texts, senders)
def test_the_index_changes_nothing(conditions, subject, body, sender):
    source = "".join(rule(when, f'{{ tag = "hit{index}" }}', name=str(index)) for index, when in enumerate(conditions))
    rules = compiled(source)
    here = scene(mail=mail(subject, body, sender=replace(mail().sender, email=sender), headers=(("x", body),)))
    plain, indexed = (rules.run(opened(requester=sender), here, explain) for explain in (True, False))
    assert plain.tickets == indexed.tickets
    assert [line for line in traced(plain) if ": yes" in line] == traced(indexed)


def test_rules_that_cannot_apply_are_not_asked():
    source = "".join(
        rule(when, name=str(index))
        for index, when in enumerate(
            [f'{{ subject = "w{n}" }}' for n in range(30)]
            + [f'{{ from = "a{n}@example.org" }}' for n in range(30)]
            + [f'{{ body = {{ regex = "case-{n}-[0-9]+" }} }}' for n in range(30)]
        )
    )
    rules = compiled(source)
    _, index = rules.by_event["opened"]
    assert list(index.candidates(Look(opened(), scene()))) == []
    assert list(index.candidates(Look(opened(), scene(mail=mail("w7", "case-3-1"))))) == [7, 63]


def test_the_desk_without_rules():
    assert Rules().run(opened(), scene()) == opened()
    assert DESK.rules is None

"""The rule sets in examples/ load, are clean and do what their examples say; a changed rule makes an example fail."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rulekit import compiled, mail, opened, rule, scene

from maildesk.assemble import assemble, read_rules, read_templates
from maildesk.rules.compile import with_index
from maildesk.rules.examples import try_example
from maildesk.rules.lint import lint
from maildesk.rules.when import All, Not
from maildesk.settings import load

FOLDER = Path(__file__).parents[3] / "examples"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SETS = {}
for config in sorted(FOLDER.glob("*/config.toml")):
    desk = assemble(load(config), with_key=False)[0]
    SETS[config.parent.name] = (load(config), desk, read_rules(load(config), desk))


def failures(rules, desk, cases):
    return [problem for made, example in cases for problem in try_example(rules, made, example, desk, NOW)[0]]


def cases_of(rules):
    return [(made, example) for made in rules.rules for example in made.examples]


def mutants(rules):
    """(what was changed, the rules with that change), for every rule."""
    for place, made in enumerate(rules.rules):

        def other(what, **changed):
            swapped = [*rules.rules[:place], replace(made, **changed), *rules.rules[place + 1 :]]
            return f"{made.name}: {what}", with_index(swapped)

        yield other("rests", enabled=False)
        yield other("the opposite", when=Not(made.when))
        if made.when.leaves():
            yield other("always", when=All(()))
        for step in made.then:
            if len(made.then) > 1:
                yield other(f"without {step.written}", then=tuple(one for one in made.then if one is not step))


def test_there_are_three_sets():
    assert set(SETS) == {"shop-fa", "software", "university"}


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_clean_and_its_examples_come_true(name):
    settings, desk, (rules, problems) = SETS[name]
    assert problems == ()
    assert lint(rules, desk, read_templates(settings)[0].names()) == []
    assert failures(rules, desk, cases_of(rules)) == []


@pytest.mark.parametrize("name", SETS)
def test_a_changed_rule_makes_an_example_fail(name):
    _, desk, (rules, _) = SETS[name]
    found = [what for what, changed in mutants(rules) if not failures(changed, desk, cases_of(rules))]
    assert found == []


def many(count):
    """Rules of every sort, a tenth of them with an expression behind a literal."""
    whens = (
        '{{ subject = {{ regex = "case-{0}-[0-9]+" }} }}',
        '{{ from = "*@customer{0}.example.com" }}',
        '{{ body = {{ words = ["topic{0}", "عنوان{0} تازه"] }}, status = "new" }}',
        *['{{ any = [ {{ subject = "word{0}" }}, {{ body = ["phrase{0} two"] }} ] }}'] * 7,
    )
    return compiled(
        "".join(
            rule(whens[number % 10].format(number), f'{{ tag = "t{number}" }}', name=f"r{number}")
            for number in range(count)
        )
    )


def cost(rules):
    """Seconds for one mail, the best of several runs."""
    here = scene(mail=mail("word3 about case-0-17", "سلام، لطفاً صورت‌حساب را ببینید. Please look at it. " * 60))
    change, best = opened(), 1e9
    for _ in range(15):
        begun = time.process_time()
        after = rules.run(change, here, explain=False)
        best = min(best, time.process_time() - begun)
        assert after.tickets[1001].tags == {"t0", "t3"}
        here = scene(mail=mail(here.mail.subject, here.mail.text + " x"))
    return best


def test_many_rules_cost_little():
    assert cost(many(5000)) < 3 * cost(many(10))

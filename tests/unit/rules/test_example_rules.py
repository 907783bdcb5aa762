"""The rule sets in examples/ compile, are clean, and do what their examples say; and many rules cost little."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from rulekit import DESK, NOW, compiled, mail, opened, rule, scene

from maildesk.rules.compile import compile_rules
from maildesk.rules.examples import try_example
from maildesk.rules.lint import lint

FOLDER = Path(__file__).parents[3] / "examples" / "rules"
RULES = compile_rules([(file.name, file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.toml"))], DESK)
CASES = [(made, example) for made in RULES.rules for example in made.examples]


@pytest.mark.parametrize(("made", "example"), CASES, ids=[f"{made.source}:{example.line}" for made, example in CASES])
def test_examples(made, example):
    assert try_example(RULES, made, example, DESK, NOW)[0] == ()


def test_clean():
    assert lint(RULES, DESK) == []
    assert all(made.examples for made in RULES.rules)


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
        begun = time.perf_counter()
        after = rules.run(change, here, explain=False)
        best = min(best, time.perf_counter() - begun)
        assert after.tickets[1001].tags == {"t0", "t3"}
        here = scene(mail=mail(here.mail.subject, here.mail.text + " x"))
    return best


def test_many_rules_cost_little():
    assert cost(many(5000)) < 3 * cost(many(10))

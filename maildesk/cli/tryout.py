"""Trying rules out: their examples, old mail, and how often they applied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from maildesk.cli import Invocation
from maildesk.cli.output import plural, print_json, print_rows, progress, say
from maildesk.model.desk import Desk
from maildesk.model.errors import Problem, WrongUse
from maildesk.rules.arguments import seconds
from maildesk.rules.engine import Example, Rule, Rules
from maildesk.rules.patterns import BadArgument

HIT = ": yes, "
"""What stands between a rule's name and its reason in a line for `why`."""


def run_examples(desk: Desk, rules: Rules, wanted: Sequence[Rule]) -> tuple[int, list[Problem]]:
    """(how many examples of these rules were run through all rules, what did not come true)."""
    from maildesk.cli.opened import clock
    from maildesk.rules.examples import try_example

    cases = [(rule, example) for rule in wanted for example in rule.examples]
    problems: list[Problem] = []
    for rule, example in cases:
        try:
            mail = _mail_of(example, desk)
        except OSError as error:
            problems.append(Problem(example.file, example.line, f"{rule.name}: {example.mail}: {error.strerror}"))
            continue
        problems += try_example(rules, rule, example, desk, clock(), mail)[0]
    return len(cases), problems


def _mail_of(example: Example, desk: Desk) -> Any:
    from maildesk.ingest.parse import parse_mail

    if not example.mail:
        return None
    return parse_mail((Path(example.file).parent / example.mail).read_bytes(), desk.reading)


def run_replay(
    invocation: Invocation, desk: Desk, sets: Sequence[Rules], last: str, limit: int, *, as_json: bool
) -> None:
    """Replay old mail through two sets of rules and print what differs."""
    from maildesk.cli.opened import opened
    from maildesk.replay import replay

    with opened(invocation) as store, progress("replaying") as step:
        found = replay(store.look, desk, sets[0], sets[1], _since(last), step)
    rows = [
        {
            "ticket": one.ticket,
            "at": one.at,
            "event": one.event,
            "subject": one.subject,
            "what": name,
            "old": old,
            "new": new,
        }
        for one in found.differences
        for name, (old, new) in one.changed.items()
    ]
    if as_json:
        counts = {"mails": found.mails, "not_replayed": found.without, "not_for_rules": found.idle}
        print_json({**counts, "outside": found.outside, "differences": rows})
        return
    if rows:
        print_rows(rows[:limit], ("ticket", "event", "subject", "what", "old", "new"))
    tickets = len({one.ticket for one in found.differences})
    done = plural(found.mails - found.without - found.idle, "mail")
    say(f"{done} replayed, {plural(tickets, 'ticket')} would differ; nothing was sent")
    if found.idle:
        say(f"{plural(found.idle, 'mail')} more held nothing that rules act on, as commands and ratings")
    if found.without:
        say(f"{plural(found.without, 'mail')} could not be replayed: removed, as an erased person's")
    say(f"automatic mails to people outside: {found.outside[0]} by the old rules, {found.outside[1]} by the new ones")


def hits(invocation: Invocation, last: str) -> dict[str, tuple[int, datetime]]:
    """Rule -> how often it applied in that time, and when it last did."""
    from maildesk.cli.opened import opened

    found: dict[str, tuple[int, datetime]] = {}
    with opened(invocation) as store:
        for at, step, text in store.look.told_since(_since(last)):
            if step == "rule" and HIT in text:
                name = text.partition(HIT)[0]
                found[name] = (found.get(name, (0, at))[0] + 1, at)
    return found


def _since(last: str) -> datetime:
    from maildesk.cli.opened import clock

    try:
        return clock() - timedelta(seconds=seconds(last))
    except BadArgument as error:
        raise WrongUse(str(error)) from None

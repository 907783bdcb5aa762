"""What is probably wrong in rules that compile: each finding with its place and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from maildesk.model.desk import Desk
from maildesk.model.errors import Problem
from maildesk.model.ticket import Event
from maildesk.rules.actions import STRATEGIES, TARGETS
from maildesk.rules.arguments import Range, Values, did_you_mean
from maildesk.rules.compile import group_names
from maildesk.rules.engine import Rule, Rules, Step, placeholders
from maildesk.rules.when import All, Any_, Leaf, When

_ONLY_FOR = {
    "rating": frozenset({Event.RATED}),
    "sla": frozenset({Event.DUE}),
    "percent": frozenset({Event.DUE}),
}
"""Conditions that can hold for these events alone."""
_WITHOUT_MAIL = frozenset({Event.IDLE, Event.DUE})
_OF_MAIL = frozenset({"from", "to", "body", "header", "size", "kind"})
_ONE_VALUE = frozenset({"status", "priority", "group", "assignee", "mailbox", "channel", "language", "organisation"})
_STATUS_ACTIONS = frozenset({"solve", "close", "reopen", "open", "snooze", "quarantine"})
_CONTRADICTING = {"priority": "priority", "language": "language", "group": "group", "assign": "assignee"}
_STARS, _COUNT = Range(1, 5), Range(0)
_SPANS = {"rating": _STARS, "last_rating": _STARS, "percent": _COUNT, "size": _COUNT, "entries": _COUNT}


@dataclass(frozen=True, slots=True)
class _Known:
    """What the rules are checked against."""

    rules: tuple[Rule, ...]
    desk: Desk
    templates: Collection[str]


def lint(rules: Rules, desk: Desk, templates: Collection[str] = ()) -> list[Problem]:
    """Everything suspicious, in the order of the rules. ``templates``: names that notices may have; () if unknown."""
    known = _Known(rules.rules, desk, templates)
    return [problem for rule in rules.rules for check in CHECKS for problem in check(rule, known)]


def _duplicate(rule: Rule, known: _Known) -> Iterator[Problem]:
    first = next(other for other in known.rules if other.name == rule.name)
    if first is not rule:
        message = f"{rule.name!r} is the name of the rule at {first.file}:{first.line} too; give each its own"
        yield Problem(rule.file, rule.line, message)


def _unknown_names(rule: Rule, known: _Known) -> Iterator[Problem]:
    names = {
        "group": known.desk.groups,
        "assignee": known.desk.agents,
        "mailbox": known.desk.mailboxes,
    }
    for leaf in rule.when.leaves():
        people = names.get(leaf.condition.name)
        for value in leaf.argument.exact if people is not None and isinstance(leaf.argument, Values) else ():
            if value and value not in {name.casefold() for name in people or ()}:
                hint = did_you_mean(value, people or ())
                message = f"{leaf.written}: there is no {leaf.condition.name} {value!r}{hint}: it never holds"
                yield Problem(rule.file, leaf.line, message)


def _unknown_in_actions(rule: Rule, known: _Known) -> Iterator[Problem]:
    """Names are checked when rules are compiled; they may have been compiled against another desk."""
    for step in rule.then:
        if step.raw is not None:
            continue
        if step.action.name == "notice" and known.templates and step.argument not in known.templates:
            hint = did_you_mean(step.argument, known.templates)
            message = f"there is no template {step.argument!r}{hint}; make templates/en/{step.argument}.txt"
            yield Problem(rule.file, step.line, message)
        for name in _gone(step, known.desk):
            yield Problem(
                rule.file, step.line, f"{step.written}: {name!r} is not of this desk any more; choose another"
            )


def _gone(step: Step, desk: Desk) -> Iterator[str]:
    named = step.argument if isinstance(step.argument, tuple) else (step.argument,)
    people = {*STRATEGIES, *TARGETS, *desk.agents}
    wanted: dict[str, Collection[str]] = {
        "group": {"", *desk.groups},
        "assign": people,
        "notify": people,
        "escalate": people,
        "refer": desk.departments,
    }
    if step.action.name in wanted:
        yield from (name for name in named if name not in wanted[step.action.name])


def _unreachable(rule: Rule, known: _Known) -> Iterator[Problem]:
    """A rule behind one that always applies and ends the run, for all of its events."""
    if not rule.enabled:
        return
    left = set(rule.on)
    for other in known.rules:
        if other is rule:
            return
        same_box = other.mailbox in {"", rule.mailbox}
        if other.enabled and other.ends_run and same_box and _always(other.when):
            left -= other.on
        if not left:
            message = (
                f"never reached: {other.name!r} at {other.file}:{other.line} stops every time; put this one before it"
            )
            yield Problem(rule.file, rule.line, message)
            return


def _always(when: When) -> bool:
    return isinstance(when, All) and not isinstance(when, Any_) and not when.parts


def _never(rule: Rule, known: _Known) -> Iterator[Problem]:  # noqa: ARG001 - every check has these two
    for leaf, reason in _impossible(rule.when, rule.on):
        yield Problem(rule.file, leaf.line, f"{leaf.written}: never true, {reason}")


def _impossible(when: When, events: frozenset[Event]) -> Iterator[tuple[Leaf, str]]:
    """Conditions that cannot hold, and pairs of them that cannot hold together."""
    for leaf in when.leaves():
        name = leaf.condition.name
        only = _ONLY_FOR.get(name)
        if only and not events & only:
            yield leaf, f"it is for rules on {', '.join(only)}"
        if name in _OF_MAIL and events <= _WITHOUT_MAIL:
            yield leaf, f"there is no mail on {', '.join(sorted(events))}; for the requester's address use `requester`"
        span = _SPANS.get(name)
        if span and isinstance(leaf.argument, Range) and not _overlap(span, leaf.argument):
            yield leaf, f"it lies between {span.at_least:g} and {span.at_most:g}"
    for group in _together(when):
        yield from _contradictions(group)


def _overlap(one: Range, other: Range) -> bool:
    return one.at_least <= other.at_most and other.at_least <= one.at_most


def _together(when: When) -> Iterator[list[Leaf]]:
    """Groups of conditions that must hold at the same time."""
    if isinstance(when, Any_):
        for part in when.parts:
            yield from _together(part)
    elif isinstance(when, All):
        yield [part for part in _flat(when) if isinstance(part, Leaf)]
        for part in when.parts:
            if isinstance(part, Any_):
                yield from _together(part)


def _flat(when: When) -> Iterator[When]:
    """The parts of nested `all`s."""
    if isinstance(when, All) and not isinstance(when, Any_):
        for part in when.parts:
            yield from _flat(part)
    else:
        yield when


def _contradictions(leaves: list[Leaf]) -> Iterator[tuple[Leaf, str]]:
    for place, leaf in enumerate(leaves):
        for earlier in leaves[:place]:
            if earlier.condition is leaf.condition and _contradict(earlier, leaf):
                yield leaf, f"{earlier.written} must hold as well"


def _contradict(one: Leaf, other: Leaf) -> bool:
    first, second = one.argument, other.argument
    if isinstance(first, Range) and isinstance(second, Range):
        return not _overlap(first, second)
    if isinstance(first, Values) and isinstance(second, Values) and one.condition.name in _ONE_VALUE:
        return not (first.regexes or second.regexes or first.exact & second.exact)
    return isinstance(first, bool) and first is not second


def _contradicting_actions(rule: Rule, known: _Known) -> Iterator[Problem]:  # noqa: ARG001 - every check has these two
    """Two actions of one rule that undo each other."""
    seen: dict[str, Step] = {}
    for step in rule.then:
        subject = "status" if step.action.name in _STATUS_ACTIONS else _CONTRADICTING.get(step.action.name, "")
        first = seen.get(subject) if subject else None
        if first and first.written != step.written:
            message = f"{step.written} undoes {first.written} of the same rule; keep one of them"
            yield Problem(rule.file, step.line, message)
        elif subject:
            seen[subject] = step


def _self_triggering(rule: Rule, known: _Known) -> Iterator[Problem]:
    """A rule whose actions raise an event that leads back to it, by itself or through other rules."""
    if not rule.enabled or _guarded(rule):
        return
    through: dict[Event, str] = dict.fromkeys(_raised(rule), rule.name)
    waiting = list(through)
    while waiting:
        event = waiting.pop()
        if event in rule.on:
            how = "" if through[event] == rule.name else f" (through {through[event]!r})"
            message = f"it leads to {event}{how}, on which it runs: a loop, ended after five rounds"
            yield Problem(rule.file, rule.line, f"{message}; ask for a tag that it sets, or for the status")
            return
        for other in known.rules:
            if other.enabled and event in other.on and not _guarded(other):
                fresh = [raised for raised in _raised(other) if raised not in through]
                through |= dict.fromkeys(fresh, other.name)
                waiting += fresh


def _raised(rule: Rule) -> frozenset[Event]:
    """Events that its actions raise. Solving what is solved raises nothing; a note always does."""
    steps = (step for step in rule.then if step.action.name != "set" or "status" in dict(step.argument or ()))
    raised = frozenset().union(*(step.action.raises for step in steps))
    return raised if rule.on != raised or Event.NOTED in raised else frozenset()


def _guarded(rule: Rule) -> bool:
    """Whether it asks for something that can end a loop."""
    return any(leaf.condition.name in {"status", "tag"} for leaf in rule.when.leaves())


def _placeholders(rule: Rule, known: _Known) -> Iterator[Problem]:  # noqa: ARG001 - every check has these two
    captured = {name for leaf in rule.when.leaves() for name in group_names(leaf.argument)}
    for step in rule.then:
        for name in sorted(placeholders(step.raw if step.raw is not None else step.argument) - captured):
            hint = "name a group of an expression of this rule so, as (?P<" + name + ">…)"
            yield Problem(rule.file, step.line, f"{step.written}: {{{name}}} stays as it is; {hint}")


def _lost_joiners(rule: Rule, known: _Known) -> Iterator[Problem]:  # noqa: ARG001 - every check has these two
    """Expressions that look for what normalised text does not hold."""
    for leaf in rule.when.leaves():
        for regex in getattr(leaf.argument, "regexes", ()):
            source = getattr(regex, "source", "")
            if "\u200c" in source or "\\x{200c}" in source.lower():
                message = f"{leaf.written}: a ZWNJ is read as a blank; write a blank, or use words"
                yield Problem(rule.file, leaf.line, message)


Check = Callable[[Rule, _Known], Iterator[Problem]]

CHECKS: tuple[Check, ...] = (
    _duplicate,
    _unknown_names,
    _unknown_in_actions,
    _unreachable,
    _never,
    _contradicting_actions,
    _self_triggering,
    _placeholders,
    _lost_joiners,
)

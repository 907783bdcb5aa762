"""Rule files -> ``Rules``. Every fault of every file is found at once; a file with one is refused whole (P16)."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maildesk.model.desk import Desk
from maildesk.model.errors import ConfigError, Problem
from maildesk.model.lines import Path, line_map, line_of
from maildesk.model.ticket import Event
from maildesk.rules import examples, index
from maildesk.rules.actions import ACTIONS
from maildesk.rules.arguments import did_you_mean
from maildesk.rules.conditions import CONDITIONS
from maildesk.rules.engine import Example, Rule, Rules, Step, placeholders
from maildesk.rules.patterns import ZWNJ, BadArgument
from maildesk.rules.when import All, Any_, Leaf, Not, When

__all__ = ["Rules", "compile_rules", "shown", "with_index"]

_RULE_KEYS = ("name", "on", "when", "then", "stop", "enabled", "mailbox", "example")
_GIVEN = (
    "mail", "from", "to", "subject", "text", "kind", "language", "headers", "attachments", "size", "authenticated",
    "event", "by", "at", "ticket", "contact", "rating", "sla", "percent", "away", "helped",
)  # fmt: skip
_EXPECTED = (
    "group", "priority", "status", "language", "assignee", "assigned", "tags", "fields", "notices", "notified", "told",
)  # fmt: skip
_JOINTS = ("all", "any", "not")
_DEPTH = 20
"""How deep conditions may nest."""
_TOML_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")


def compile_rules(files: Sequence[tuple[str, str]], desk: Desk) -> Rules:
    """Compile rule files, given as (path, source), in the order in which they apply.

    Raises ConfigError with every problem of every file, each with its line and how to mend it.
    """
    problems: list[Problem] = []
    rules: list[Rule] = []
    for path, source in files:
        reader = _File(path, source, desk)
        rules += reader.rules()
        problems += reader.problems
    if problems:
        raise ConfigError(*problems)
    return with_index(rules)


def with_index(rules: Iterable[Rule]) -> Rules:
    """Rules ready to run: an index for each event."""
    ordered = tuple(rules)
    by_event: dict[Event, list[Rule]] = defaultdict(list)
    for rule in ordered:
        for event in rule.on if rule.enabled else ():
            by_event[event].append(rule)
    return Rules(
        ordered,
        {
            event: (tuple(listening), index.build((place, rule.when.keys()) for place, rule in enumerate(listening)))
            for event, listening in by_event.items()
        },
    )


@dataclass(slots=True)
class _File:
    """One file while it is read; problems are gathered, not raised."""

    path: str
    source: str
    desk: Desk
    problems: list[Problem] = field(default_factory=list)
    lines: dict[Path, int] = field(default_factory=dict)

    def rules(self) -> list[Rule]:
        try:
            data = tomllib.loads(self.source)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            self._syntax(str(error))
            return []
        self.lines = line_map(self.source)
        self._known(data, ("rule",), ())
        tables = data.get("rule", [])
        if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
            self.fault(("rule",), "rules are written as [[rule]], with double brackets")
            return []
        return [self.rule(table, ("rule", place)) for place, table in enumerate(tables)]

    def _syntax(self, message: str) -> None:
        """``tomllib`` tells the line only in its text."""
        place = _TOML_PLACE.search(message)
        line = int(place[1]) if place else self.source.count("\n") + 1
        text = _TOML_PLACE.sub("", message)
        self.problems.append(Problem(self.path, line, f"not TOML: {text}; check quotes, brackets and commas"))

    def fault(self, path: Path, message: str) -> None:
        self.problems.append(Problem(self.path, line_of(self.lines, path), message))

    def _known(self, table: Mapping[str, Any], keys: Sequence[str], path: Path) -> None:
        for key in table:
            if key not in keys:
                hint = f"unknown key {key!r}{did_you_mean(key, keys)}; known are {', '.join(keys)}"
                self.fault((*path, key), hint)

    def rule(self, table: Mapping[str, Any], path: Path) -> Rule:
        self._known(table, _RULE_KEYS, path)
        name = table.get("name")
        if not isinstance(name, str) or not name.strip() or not name.replace(ZWNJ, "").isprintable():
            self.fault((*path, "name"), 'a rule needs a name: name = "what it is for"')
            name = "?"
        when = self.when(table.get("when", {}), (*path, "when"), 0)
        known = self.captures_of(when)
        return Rule(
            name=name,
            on=self.events(table.get("on"), (*path, "on")),
            when=when,
            then=self.steps(table.get("then"), (*path, "then"), known),
            stop=self.flag(table, "stop", path, default=False),
            file=self.path,
            line=line_of(self.lines, path),
            enabled=self.flag(table, "enabled", path, default=True),
            mailbox=self.mailbox(table.get("mailbox", ""), (*path, "mailbox")),
            examples=self.examples(table.get("example", []), (*path, "example")),
        )

    def flag(self, table: Mapping[str, Any], key: str, path: Path, *, default: bool) -> bool:
        value = table.get(key, default)
        if not isinstance(value, bool):
            self.fault((*path, key), f"{key} is true or false, without quotes")
        return value is True

    def mailbox(self, value: Any, path: Path) -> str:
        names = list(self.desk.mailboxes)
        if value and value not in names:
            hint = f"there is no mailbox {value!r}{did_you_mean(str(value), names)}; known are {', '.join(names)}"
            self.fault(path, hint)
        return str(value)

    def events(self, value: Any, path: Path) -> frozenset[Event]:
        words = [event.value for event in Event]
        listed = value if isinstance(value, list) else [value]
        if value is None or not listed:
            self.fault(path, f'a rule needs an event: on = ["opened"]; known are {", ".join(words)}')
            return frozenset()
        for place, item in enumerate(listed):
            if item not in words:
                hint = f"unknown event {item!r}{did_you_mean(str(item), words)}; known are {', '.join(words)}"
                self.fault((*path, place), hint)
        return frozenset(Event(item) for item in listed if item in words)

    def when(self, value: Any, path: Path, depth: int) -> When:
        """A table of conditions: all of them must hold."""
        if not isinstance(value, Mapping):
            self.fault(path, 'conditions are a table, as { subject = "invoice" }')
            return All(())
        if depth > _DEPTH:
            self.fault(path, f"conditions nested deeper than {_DEPTH}: nobody can read that")
            return All(())
        parts = [part for key, item in value.items() if (part := self.part(key, item, (*path, key), depth))]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def part(self, key: str, value: Any, path: Path, depth: int) -> When | None:
        """One key of a table of conditions."""
        if key == "not":
            return Not(self.when(value, path, depth + 1))
        if key in _JOINTS:
            if not isinstance(value, list) or not value:
                self.fault(path, f'{key} needs a list of tables, as {key} = [ {{ subject = "a" }}, {{ body = "b" }} ]')
                return None
            parts = tuple(self.when(item, (*path, place), depth + 1) for place, item in enumerate(value))
            return All(parts) if key == "all" else Any_(parts)
        condition = CONDITIONS.get(key)
        if condition is None:
            self.fault(
                path, f"unknown condition {key!r}{did_you_mean(key, (*CONDITIONS, *_JOINTS))}; see docs/rules.md"
            )
            return None
        try:
            argument = condition.parse(value, self.desk)
        except BadArgument as error:
            self.fault(path, f"{key}: {error}")
            return None
        return Leaf(condition, argument, f"{key} = {shown(value)}", line_of(self.lines, path))

    def captures_of(self, when: When) -> frozenset[str]:
        """The names that expressions of a rule capture."""
        return frozenset(name for leaf in when.leaves() for name in group_names(leaf.argument))

    def steps(self, value: Any, path: Path, known: frozenset[str]) -> tuple[Step, ...]:
        tables = [value] if isinstance(value, Mapping) else value
        if not isinstance(tables, list) or not tables or not all(isinstance(table, Mapping) for table in tables):
            self.fault(path, 'a rule needs actions: then = [ { group = "billing" }, { assign = "round_robin" } ]')
            return ()
        placed = [((*path, place), table) for place, table in enumerate(tables)]
        found = [self.step(key, item, (*at, key), known) for at, table in placed for key, item in table.items()]
        return tuple(step for step in found if step is not None)

    def step(self, key: str, value: Any, path: Path, known: frozenset[str]) -> Step | None:
        action = ACTIONS.get(key)
        if action is None:
            self.fault(path, f"unknown action {key!r}{did_you_mean(key, ACTIONS)}; see docs/rules.md")
            return None
        written, line = f"{key} = {shown(value)}", line_of(self.lines, path)
        if placeholders(value) & known:
            return Step(action, None, written, line, raw=value)
        try:
            return Step(action, action.parse(value, self.desk), written, line)
        except BadArgument as error:
            self.fault(path, f"{key}: {error}")
            return None

    def examples(self, value: Any, path: Path) -> tuple[Example, ...]:
        if not isinstance(value, list) or not all(isinstance(table, Mapping) for table in value):
            self.fault(path, "examples are written as [[rule.example]], with double brackets")
            return ()
        return tuple(self.example(table, (*path, place)) for place, table in enumerate(value))

    def example(self, table: Mapping[str, Any], path: Path) -> Example:
        self._known(table, (*_GIVEN, "expect"), path)
        given = {key: value for key, value in table.items() if key != "expect"}
        wrong = examples.wrong_value(given)
        if wrong:
            self.fault((*path, wrong[0]), wrong[1])
        expect = table.get("expect")
        if not isinstance(expect, Mapping) or not expect:
            self.fault((*path, "expect"), 'an example says what must come of it: expect = { group = "billing" }')
            expect = {}
        self._known(expect, _EXPECTED, (*path, "expect"))
        return Example(expect, given, self.path, line_of(self.lines, path))


def group_names(argument: Any) -> Iterable[str]:
    """Names of the captures in a condition's argument."""
    if isinstance(argument, tuple):
        return [name for _, inner in argument for name in group_names(inner)]
    return [name for regex in getattr(argument, "regexes", ()) for name in _names(regex)]


def _names(regex: Any) -> Iterable[str]:
    found = regex[0] if isinstance(regex, tuple) else regex
    return list(found.compiled.groupindex)


def shown(value: Any) -> str:
    """A TOML value as it may stand in a rule file, for traces and messages."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {shown(item)}" for key, item in value.items()) + " }"
    return str(value)

"""Running rules: in order, each sees what earlier ones did; every decision leaves a line for `maildesk why`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

from maildesk.model.change import Change, Raised
from maildesk.model.desk import Rulebook, Scene
from maildesk.model.ticket import Event
from maildesk.rules.actions import ACTIONS, ENDS_RUN, Action, Doing
from maildesk.rules.conditions import Look
from maildesk.rules.index import Index
from maildesk.rules.patterns import BadArgument
from maildesk.rules.when import When

DEPTH = 5
"""How deep events may be nested that rules raise themselves."""
EXPLAINED = 50
"""Up to so many rules for an event, those that did not apply say why as well."""


@dataclass(frozen=True, slots=True)
class Step:
    """One action with its argument."""

    action: Action
    argument: Any
    written: str
    """As it stands in the rule file."""
    line: int
    raw: Any = None
    """The TOML value, where captures are to be put into it first; else None."""


@dataclass(frozen=True, slots=True)
class Example:
    """A golden case beside a rule: what happens, and what must come of it. ``maildesk rules test`` runs it."""

    expect: Mapping[str, Any]
    given: Mapping[str, Any]
    """The other keys: ``mail`` (a file) or ``from``, ``to``, ``subject``, ``text``, ``kind``; and the circumstances."""
    file: str
    line: int

    @property
    def mail(self) -> str:
        """The file of its mail, as written beside the rule; "" where there is none."""
        return str(self.given.get("mail", ""))


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled rule."""

    name: str
    on: frozenset[Event]
    when: When
    then: tuple[Step, ...]
    stop: bool
    file: str
    line: int
    enabled: bool = True
    mailbox: str = ""
    """Only for tickets of this mailbox; "" for all."""
    examples: tuple[Example, ...] = ()

    @property
    def source(self) -> str:
        """Where it stands: file name and line."""
        return f"{PurePath(self.file).name}:{self.line}"

    @property
    def author(self) -> str:
        """Who writes its entries."""
        return f"rule: {self.name}"

    @property
    def ends_run(self) -> bool:
        """Whether no further rule is asked once it applied."""
        return self.stop or any(step.action.name in ENDS_RUN for step in self.then)


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of the desk, compiled: the ``Rulebook`` of ``model.desk``."""

    rules: tuple[Rule, ...] = ()
    """In order, also those that are not enabled."""
    by_event: Mapping[Event, tuple[tuple[Rule, ...], Index]] = field(default_factory=dict)

    def listens(self, event: Event) -> bool:
        """Whether there is a rule for this event."""
        return event in self.by_event

    def run(self, change: Change, scene: Scene, explain: bool | None = None) -> Change:
        """Apply the rules for the scene's event, in order.

        ``explain`` says of each rule that did not apply which condition failed; None: only where there are few.
        """
        rules, index = self.by_event.get(scene.event, ((), None))
        if index is None:
            return change
        look = Look(change, scene)
        told = len(rules) <= EXPLAINED if explain is None else explain
        positions: Iterable[int] = range(len(rules)) if told else index.candidates(look)
        for position in positions:
            rule = rules[position]
            if rule.mailbox and rule.mailbox != look.ticket.mailbox:
                continue
            if not rule.when.holds(look):
                if told:
                    reason = rule.when.because(look, held=False)
                    look.change = look.change.say(scene.number, "rule", f"{rule.name}: no, {reason}")
                continue
            look.change = _apply(rule, look)
            if rule.ends_run:
                look.change = look.change.say(scene.number, "rule", f"{rule.name}: no further rule")
                break
        return look.change


def _apply(rule: Rule, look: Look) -> Change:
    scene = look.scene
    because = rule.when.because(look, held=True)
    change = look.change.say(scene.number, "rule", f"{rule.name}: yes, {because} ({rule.source})")
    captures = rule.when.captures(look) if any(step.raw is not None for step in rule.then) else {}
    doing = Doing(scene, rule.author)
    for step in rule.then:
        change = _do(change, doing, step, captures)
    return change


def _do(change: Change, doing: Doing, step: Step, captures: Mapping[str, str]) -> Change:
    if doing.scene.quiet and step.action.mails:
        return doing.skip(change, f"{step.written}: skipped, automatic mail is off")
    argument = step.argument
    if step.raw is not None:
        try:
            argument = step.action.parse(filled(step.raw, captures), doing.scene.desk)
        except BadArgument as error:
            return doing.skip(change, f"{step.written}: skipped, {error}")
    return step.action.do(change, doing, argument)


def filled(value: Any, captures: Mapping[str, str]) -> Any:
    """A TOML value with ``{name}`` replaced by captures, once: what a customer wrote is never looked at again (A24)."""
    if isinstance(value, str):
        return "".join(captures.get(piece[1:-1], piece) if piece.startswith("{") else piece for piece in _pieces(value))
    if isinstance(value, list):
        return [filled(item, captures) for item in value]
    if isinstance(value, Mapping):
        return {key: filled(item, captures) for key, item in value.items()}
    return value


def _pieces(text: str) -> Iterator[str]:
    """The text cut so that every ``{name}`` is a piece of its own."""
    at = 0
    while (start := text.find("{", at)) >= 0:
        end = text.find("}", start)
        if not text[start + 1 : max(end, 0)].isidentifier():
            yield text[at : start + 1]
            at = start + 1
            continue
        yield text[at:start]
        yield text[start : end + 1]
        at = end + 1
    yield text[at:]


def placeholders(value: Any) -> frozenset[str]:
    """The names that stand as ``{name}`` in a TOML value."""
    if isinstance(value, str):
        return frozenset(piece[1:-1] for piece in _pieces(value) if piece.startswith("{") and piece.endswith("}"))
    inner = value if isinstance(value, list) else list(value.values()) if isinstance(value, Mapping) else []
    return frozenset().union(*map(placeholders, inner))


def run_events(rules: Rulebook, change: Change, scene_for: Callable[[Change, Raised], Scene]) -> Change:
    """Run the rules for every event of the change, in order, and for those that rules raise, five deep at most."""
    while change.events:
        raised, waiting = change.events[0], change.events[1:]
        if raised.depth > DEPTH:
            text = f"{raised.event} is not looked at: rules have raised {DEPTH} events one after the other (a loop?)"
            change = replace(change, events=waiting).say(raised.ticket, "rule", text)
            continue
        if not rules.listens(raised.event):
            change = replace(change, events=waiting)
            continue
        change = rules.run(replace(change, events=()), scene_for(change, raised))
        nested = tuple(replace(event, depth=raised.depth + 1) for event in change.events)
        change = replace(change, events=(*waiting, *nested))
    return change


def act(change: Change, scene: Scene, actions: Iterable[tuple[str, Any]], author: str) -> Change:
    """Do actions that stand elsewhere than in a rule, as the steps of a service level. Those that make no sense are
    skipped with a line for `why`.
    """
    doing = Doing(scene, author)
    for name, value in actions:
        known = ACTIONS.get(name)
        if known is None:
            change = doing.skip(change, f"there is no action {name!r}")
        else:
            change = _do(change, doing, Step(known, None, f"{name} = {value!r}", 0, raw=value), {})
    return change

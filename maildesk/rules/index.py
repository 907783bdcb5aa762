"""Which rules may apply to a mail, without asking each: the reason why ten thousand rules cost little more than ten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from maildesk.rules.arguments import address_keys
from maildesk.rules.conditions import TEXTS, Look
from maildesk.rules.patterns import RegexIndex
from maildesk.rules.when import Keys

_ADDRESSES = ("from", "to", "requester")


@dataclass(frozen=True, slots=True)
class Index:
    """Rules by what a mail must hold for them; numbers are positions in the order of the rules."""

    always: tuple[int, ...]
    """Rules that must be asked."""
    words: Mapping[str, Mapping[str, tuple[tuple[str, tuple[int, ...]], ...]]]
    """Field -> first word -> phrases that begin with it, and their rules."""
    addresses: Mapping[str, Mapping[str, tuple[int, ...]]]
    """Field -> one of ``address_keys`` -> rules."""
    expressions: Mapping[str, RegexIndex]
    expression_rules: Mapping[tuple[str, str], tuple[int, ...]]
    """Field and source -> rules."""

    def candidates(self, look: Look) -> Sequence[int]:
        """The rules that may hold, in order; those left out do not."""
        hits = {*self._by_word(look), *self._by_address(look), *self._by_expression(look)}
        return sorted({*self.always, *hits}) if hits else self.always

    def _by_word(self, look: Look) -> Iterable[int]:
        for field, heads in self.words.items():
            text = look.text(field)
            for word in text.tokens & heads.keys():
                for phrase, rules in heads[word]:
                    if phrase in text.spaced:
                        yield from rules

    def _by_address(self, look: Look) -> Iterable[int]:
        for field, known in self.addresses.items():
            for email in look.emails(field):
                for key in address_keys(email):
                    yield from known.get(key, ())

    def _by_expression(self, look: Look) -> Iterable[int]:
        for field, index in self.expressions.items():
            for source in index.candidates(look.text(field)):
                yield from self.expression_rules[field, source]


def build(needs: Iterable[tuple[int, Keys]]) -> Index:
    """The index of the rules at these positions, given what each needs."""
    always: list[int] = []
    places: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for position, keys in needs:
        if keys is None:
            always.append(position)
        for key in keys or ():
            places[key].append(position)
    words: dict[str, dict[str, list[tuple[str, tuple[int, ...]]]]] = {field: defaultdict(list) for field in TEXTS}
    addresses: dict[str, dict[str, tuple[int, ...]]] = {field: {} for field in _ADDRESSES}
    expressions: dict[tuple[str, str], tuple[int, ...]] = {}
    for (kind, field, what), rules in places.items():
        if kind == "word":
            words[field][what.split()[0]].append((what, tuple(rules)))
        elif kind == "address":
            addresses[field][what] = tuple(rules)
        else:
            expressions[field, what] = tuple(rules)
    sources = {field: tuple(source for place, source in expressions if place == field) for field in TEXTS}
    return Index(
        always=tuple(always),
        words={field: {head: tuple(found) for head, found in heads.items()} for field, heads in words.items() if heads},
        addresses={field: known for field, known in addresses.items() if known},
        expressions={field: RegexIndex(found) for field, found in sources.items() if found},
        expression_rules=expressions,
    )

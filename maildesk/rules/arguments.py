"""What may stand behind a condition or an action in a rule file.

Each parser takes the TOML value and the desk and gives the typed argument, or raises BadArgument with a sentence that
tells the admin how to mend it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from itertools import chain
from typing import Any, TypeVar

from maildesk.ingest.address import normalise as normal_address
from maildesk.model.desk import Desk
from maildesk.model.ticket import Priority
from maildesk.rules.patterns import ZWNJ, BadArgument, Regex, Text, glob, normalise, phrases, regex

Parser = Callable[[Any, Desk], Any]
Key = tuple[str, str, str]
"""Something that must be in a mail for a condition to hold: ("word" | "address" | "regex", field, what)."""

T = TypeVar("T")

_UNITS = {"m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class TextPattern:
    """Words, phrases and expressions, any of which is to be found in a text."""

    words: tuple[str, ...]
    regexes: tuple[Regex, ...]

    def holds(self, text: Text) -> bool:
        """Whether one of them is in the text."""
        return any(word in text.spaced for word in self.words) or any(regex.holds(text) for regex in self.regexes)

    def found(self, text: Text) -> str:
        """The first word, phrase or expression that is in the text, for `why`; "" for none."""
        words = (f'"{word.strip()}"' for word in self.words if word in text.spaced)
        expressions = (f"/{regex.source}/" for regex in self.regexes if regex.holds(text))
        return next(chain(words, expressions), "")

    def captures(self, text: Text) -> dict[str, str]:
        """The named captures of the first expression that matches."""
        return next((found for regex in self.regexes if (found := regex.search(text)) is not None), {})

    def keys(self, field: str) -> frozenset[Key] | None:
        """One of these must be in the text for the pattern to hold."""
        words = (("word", field, word) for word in self.words)
        return frozenset({*words, *(("regex", field, regex.source) for regex in self.regexes)})


@dataclass(frozen=True, slots=True)
class AddressPattern:
    """Addresses and patterns of addresses."""

    exact: frozenset[str]
    regexes: tuple[tuple[Regex, str], ...]
    """Each with the fixed end of the domain, or the fixed local part with its @; "" where neither is fixed."""

    def holds(self, emails: Iterable[str]) -> bool:
        """Whether one of the addresses is meant."""
        return any(
            email in self.exact or any(regex.compiled.search(email) for regex, _ in self.regexes) for email in emails
        )

    def keys(self, field: str) -> frozenset[Key] | None:
        """What ``address_keys`` of a mail must hold for the pattern to hold; None where that cannot be said."""
        fixed = {*self.exact, *(part for _, part in self.regexes)}
        return None if "" in fixed else frozenset(("address", field, part) for part in fixed)


def address_keys(email: str) -> tuple[str, ...]:
    """Everything an address is looked up by: itself, its local part with @, its domain and the ends of that."""
    local, _, domain = email.rpartition("@")
    labels = domain.split(".")
    ends = ("." + ".".join(labels[start:]) for start in range(1, len(labels)))
    return (email, local + "@", "@" + domain, *ends)


@dataclass(frozen=True, slots=True)
class Values:
    """Values one of which is meant; compared in their ``value_form``."""

    exact: frozenset[str]
    regexes: tuple[Regex, ...] = ()

    def holds(self, value: str) -> bool:
        """Whether it is one of them."""
        value = value_form(value)
        return value in self.exact or any(regex.compiled.search(value) for regex in self.regexes)


def value_form(value: str) -> str:
    """The form in which tags, fields and names are compared: normalised, with ZWNJ closed up."""
    return value.lower() if value.isascii() else normalise(value.replace(ZWNJ, "")).strip()


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from ``at_least`` to ``at_most``, both included."""

    at_least: float = -math.inf
    at_most: float = math.inf

    def holds(self, number: float | None) -> bool:
        """Whether it lies within; a number that is not known does not."""
        return number is not None and self.at_least <= number <= self.at_most


def several(value: Any) -> list[Any]:
    """A value or a list of values, as a list that is not empty."""
    values = value if isinstance(value, list) else [value]
    if not values:
        raise BadArgument("an empty list never matches; write what is meant or take the line out")
    return values


def strings(value: Any) -> list[str]:
    """A string or a list of strings."""
    found = several(value)
    for item in found:
        if not isinstance(item, str):
            raise BadArgument(f"{item!r} is no text: put it in quotes")
    return found


def one_string(value: Any, _desk: Desk) -> str:
    """A string that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise BadArgument(f"{value!r}: a text in quotes is wanted here")
    return value


def truth(value: Any, _desk: Desk) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise BadArgument(f"{value!r}: write true or false, without quotes")
    return value


def yes(value: Any, _desk: Desk) -> bool:
    """Only true: an action that is not wanted is left out."""
    if value is not True:
        raise BadArgument(f"{value!r}: write true, or leave the action out")
    return value


def _table(value: Mapping[str, Any], known: Iterable[str]) -> Mapping[str, Any]:
    if not value:
        raise BadArgument(f"an empty table; it may hold {', '.join(known)}")
    for key in value:
        if key not in known:
            raise BadArgument(f"unknown key {key!r}{did_you_mean(key, known)}; known are {', '.join(known)}")
    return value


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """A hint such as ``, did you mean 'subject'?``, or nothing."""
    close = get_close_matches(written, list(known), 1)
    return f", did you mean {close[0]!r}?" if close else ""


def text(value: Any, _desk: Desk) -> TextPattern:
    """Words, or a table with ``words``, ``glob`` or ``regex``."""
    if isinstance(value, Mapping):
        table = _table(value, ("words", "glob", "regex"))
        words = strings(table["words"]) if "words" in table else []
        globs = strings(table["glob"]) if "glob" in table else []
        sources = strings(table["regex"]) if "regex" in table else []
    else:
        words = [item for item in strings(value) if not _is_glob(item)]
        globs, sources = [item for item in strings(value) if _is_glob(item)], []
    found = tuple(dict.fromkeys(form for word in words for form in phrases(word)))
    return TextPattern(found, (*map(glob, globs), *map(regex, sources)))


def _is_glob(written: str) -> bool:
    return "*" in written or "?" in written


def address(value: Any, _desk: Desk) -> AddressPattern:
    """Addresses with * and ?, a bare domain for everybody there, or a table with ``glob`` or ``regex``."""
    sources: list[str] = []
    if isinstance(value, Mapping):
        table = _table(value, ("glob", "regex"))
        written = strings(table["glob"]) if "glob" in table else []
        sources = strings(table["regex"]) if "regex" in table else []
    else:
        written = strings(value)
    full = [_full_address(item) for item in written]
    globs = tuple((glob(item), _fixed(item)) for item in full if _is_glob(item))
    exact = frozenset(item for item in full if not _is_glob(item))
    return AddressPattern(exact, (*globs, *((regex(source), "") for source in sources)))


def _full_address(written: str) -> str:
    """``example.com`` and ``@example.com`` mean everybody there."""
    if not written.strip():
        raise BadArgument("an empty address never matches")
    name, _, domain = written.strip().rpartition("@")
    return f"{name.lower() or '*'}@{domain.lower()}" if _is_glob(domain) else normal_address(f"{name or '*'}@{domain}")


def _fixed(pattern: str) -> str:
    """The part of an address pattern that ``address_keys`` finds addresses by, or ""."""
    local, _, domain = pattern.rpartition("@")
    if not _is_glob(domain):
        return "@" + domain
    if not _is_glob(local):
        return local + "@"
    _, dot, end = domain.rpartition("*")[2].partition(".")
    return dot + end if end and not _is_glob(end) else ""


def values(value: Any, _desk: Desk) -> Values:
    """One value or several; * and ? are wild; "" means none."""
    written = strings(value)
    globs = tuple(glob(value_form(item)) for item in written if _is_glob(item))
    return Values(frozenset(value_form(item) for item in written if not _is_glob(item)), globs)


def one_of(kind: type[StrEnum]) -> Parser:
    """Words of an enum, one or several."""

    def parse(value: Any, _desk: Desk) -> Values:
        known = [member.value for member in kind]
        for item in strings(value):
            if item not in known:
                raise BadArgument(f"unknown {item!r}{did_you_mean(item, known)}; known are {', '.join(known)}")
        return Values(frozenset(strings(value)))

    return parse


def member(kind: type[StrEnum]) -> Parser:
    """One word of an enum."""

    def parse(value: Any, _desk: Desk) -> StrEnum:
        known = [word.value for word in kind]
        if value not in known:
            raise BadArgument(f"unknown {value!r}{did_you_mean(str(value), known)}; known are {', '.join(known)}")
        return kind(value)

    return parse


def priority(value: Any, desk: Desk) -> Values:
    """Priorities, or a table with ``at_least`` or ``at_most``."""
    if not isinstance(value, Mapping):
        parsed: Values = one_of(Priority)(value, desk)
        return parsed
    order = [word.value for word in Priority]
    table = _table(value, ("at_least", "at_most"))
    for item in table.values():
        member(Priority)(item, desk)
    first = order.index(table.get("at_least", order[0]))
    last = order.index(table.get("at_most", order[-1]))
    return Values(frozenset(order[first : last + 1]))


def number(value: Any, _desk: Desk) -> Range:
    """A number, or a table with ``at_least`` or ``at_most``."""
    return _range(value, _number)


def span(value: Any, _desk: Desk) -> Range:
    """A table with ``at_least`` or ``at_most`` as "3d"; a bare "3d" means at least that. In seconds."""
    return _range({"at_least": value} if isinstance(value, str) else value, seconds)


def _range(value: Any, parse: Callable[[Any], float]) -> Range:
    if not isinstance(value, Mapping):
        exact = parse(value)
        return Range(exact, exact)
    table = _table(value, ("at_least", "at_most"))
    found = Range(**{key: parse(item) for key, item in table.items()})
    if found.at_least > found.at_most:
        raise BadArgument("at_least is more than at_most: no number is both")
    return found


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadArgument(f"{value!r}: a number is wanted, without quotes")
    return value


def seconds(value: Any) -> float:
    """``"90m"``, ``"4h"``, ``"3d"``, ``"2w"`` in seconds."""
    written = normalise(value).replace(" ", "") if isinstance(value, str) else ""
    digits = written.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = _UNITS.get(written[len(digits) :])
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6 or unit is None:
        raise BadArgument(f'{value!r}: a time is written as "90m", "4h", "3d" or "2w"')
    return int(digits) * unit


def duration(value: Any, _desk: Desk) -> timedelta:
    """``"3d"`` and the like."""
    return timedelta(seconds=seconds(value))


def weekdays(value: Any, _desk: Desk) -> frozenset[int]:
    """Names of weekdays, in full or the first three letters; Monday is 0."""
    found = set()
    for item in strings(value):
        matching = [index for index, day in enumerate(_WEEKDAYS) if len(item) >= 3 and day.startswith(item.lower())]
        if not matching:
            raise BadArgument(f"{item!r} is no weekday; write sat, sunday, …")
        found.add(matching[0])
    return frozenset(found)


def mapping(parse: Parser) -> Parser:
    """A table of names, each with an argument of its own."""

    def parse_table(value: Any, desk: Desk) -> tuple[tuple[str, Any], ...]:
        if not isinstance(value, Mapping) or not value:
            raise BadArgument('a table is wanted, as { name = "…" }')
        return tuple((key, parse(item, desk)) for key, item in value.items())

    return parse_table


def named(what: str, known: Callable[[Desk], Iterable[str]], *words: str) -> Parser:
    """The name of somebody or something of the desk, or one of the given words."""

    def parse(value: Any, desk: Desk) -> str:
        name = one_string(value, desk)
        names = [*words, *known(desk)]
        if name not in names:
            shown = ", ".join(filter(None, names)) or "none"
            raise BadArgument(f"there is no {what} {name!r}{did_you_mean(name, names)}; known are {shown}")
        return name

    return parse


def listed(parse: Parser) -> Parser:
    """One or several of something."""

    def parse_list(value: Any, desk: Desk) -> tuple[Any, ...]:
        return tuple(parse(item, desk) for item in several(value))

    return parse_list

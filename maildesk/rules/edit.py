"""Editing rule files as text: comments, blank lines and the order of everything else stay as they are.

A file is a head and one block of lines for each rule: the comments right above it, its header, its keys, its examples.
What an edit means is checked: the parsed file must differ by exactly the wanted change, else ``CannotEdit`` is raised.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import tomlkit
from tomlkit.items import Item

from maildesk.model.errors import PermanentFailure
from maildesk.model.lines import line_map

KEYS = ("name", "on", "enabled", "mailbox", "when", "then", "stop")
"""The keys that can be set, in the order in which a new rule has them."""

Parsed = list[dict[str, Any]]


class CannotEdit(PermanentFailure):
    """The file is written in a way that commands cannot edit, or there is no such rule."""


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one rule, with the comments right above it and the blank lines below."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule file cut into its rules; ``text`` puts it together again."""

    head: str
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """The whole file."""
        return self.head + "".join(block.text for block in self.blocks)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its rules, in order."""
        return tuple(block.name for block in self.blocks)

    def place(self, name: str) -> int:
        """The index of a rule. Raises CannotEdit when there is none of that name."""
        if name not in self.names:
            raise CannotEdit(f"there is no rule {name!r}")
        return self.names.index(name)


def parsed(source: str) -> Parsed:
    """The rules of a file as TOML gives them. Raises CannotEdit for what is not TOML."""
    try:
        rules = tomllib.loads(source).get("rule", [])
    except tomllib.TOMLDecodeError as error:
        raise CannotEdit(f"not TOML: {error}; mend the file first") from None
    return rules if isinstance(rules, list) else []


def cut(source: str) -> RuleFile:
    """Cut a file into its rules. Raises CannotEdit where its rules are not written as ``[[rule]]`` blocks."""
    rules, lines = parsed(source), _lines(source)
    places = line_map(source)
    starts = [places.get(("rule", number), 0) - 1 for number in range(len(rules))]
    if any(start < 0 or not lines[start].lstrip().startswith("[[") for start in starts):
        raise CannotEdit("its rules are not all written as [[rule]] blocks: edit the file by hand")
    begins = [_with_comments(lines, start) for start in starts]
    ends = [*begins[1:], len(lines)] if begins else []
    blocks = (
        Block(str(rule.get("name", "")), "".join(lines[begin:end]))
        for rule, begin, end in zip(rules, begins, ends, strict=True)
    )
    return RuleFile("".join(lines[: begins[0]] if begins else lines), tuple(blocks))


def _lines(text: str) -> list[str]:
    """The lines with their ends; only a line feed ends one in TOML."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _with_comments(lines: Sequence[str], start: int) -> int:
    while start and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return start


# --- edits: source in, source out ---------------------------------------------------------------------------------


def insert(source: str, text: str, place: int | None = None) -> str:
    """Put a rule (its whole text) before the one at ``place``; at the end for None."""
    file, (block,) = cut(source), cut(text).blocks
    at = len(file.blocks) if place is None else place

    def meant(rules: Parsed) -> Parsed:
        return [*rules[:at], *parsed(text), *rules[at:]]

    return _checked(source, _put(file, block, at), meant)


def remove(source: str, name: str) -> str:
    """Take a rule out, with the comments right above it."""
    file = cut(source)
    at = file.place(name)
    left = replace(file, blocks=(*file.blocks[:at], *file.blocks[at + 1 :]))
    return _checked(source, left, lambda rules: [*rules[:at], *rules[at + 1 :]])


def take(source: str, name: str) -> str:
    """The text of one rule, with its comments."""
    file = cut(source)
    return file.blocks[file.place(name)].text


def exchange(source: str, name: str, text: str) -> str:
    """Put another text in a rule's place."""
    file, new = cut(source), cut(text)
    at = file.place(name)
    if len(new.blocks) != 1 or new.head.strip():
        raise CannotEdit("one [[rule]] is wanted, and nothing else")
    kept = _lines_below(file.blocks[at].text)
    block = replace(new.blocks[0], text=new.text.rstrip() + "\n" + kept)
    changed = replace(file, blocks=(*file.blocks[:at], block, *file.blocks[at + 1 :]))
    return _checked(source, changed, lambda rules: [*rules[:at], *parsed(text), *rules[at + 1 :]])


def set_keys(source: str, name: str, values: Mapping[str, str | None]) -> str:
    """Set keys of a rule to TOML values as they are to be written; None takes a key out."""
    file = cut(source)
    at = file.place(name)
    text = file.blocks[at].text
    for key, value in values.items():
        text = _set_key(text, key, value)
    block = Block(str(parsed(text)[0].get("name", "")), text)
    changed = replace(file, blocks=(*file.blocks[:at], block, *file.blocks[at + 1 :]))
    wanted = {key: None if value is None else value_of(value) for key, value in values.items()}

    def meant(rules: Parsed) -> Parsed:
        merged = {key: item for key, item in {**rules[at], **wanted}.items() if item is not None}
        return [*rules[:at], merged, *rules[at + 1 :]]

    return _checked(source, changed, meant)


def new_rule(values: Mapping[str, str]) -> str:
    """The text of a rule with these keys, as they are to be written."""
    width = max(len(key) for key in values)
    return "[[rule]]\n" + "".join(f"{key:{width}} = {values[key]}\n" for key in KEYS if key in values)


def value_of(text: str) -> Any:
    """The value of a piece of TOML. Raises CannotEdit when it is none."""
    try:
        found = tomllib.loads(f"x = {text}")
    except tomllib.TOMLDecodeError as error:
        raise CannotEdit(f"{text}: not TOML: {error}") from None
    if set(found) != {"x"}:
        raise CannotEdit(f"{text}: one value is wanted")
    return found["x"]


def quoted(text: str) -> str:
    """A text as TOML writes it."""
    return tomlkit.item(text).as_string()


def _checked(source: str, changed: RuleFile, meant: Callable[[Parsed], Parsed]) -> str:
    """The new text, once it is sure that it means what was wanted and nothing else."""
    text = changed.text
    before, after = tomllib.loads(source), tomllib.loads(text)
    wanted = {**before, "rule": meant(parsed(source))}
    if ({"rule": []} | after) != ({"rule": []} | wanted):
        raise CannotEdit("this file cannot be edited by command without changing something else: edit it by hand")
    return text


def _put(file: RuleFile, block: Block, at: int) -> RuleFile:
    """Insert a block, with one blank line above and below it where something stands there."""
    before, after = list(file.blocks[:at]), file.blocks[at:]
    head = file.head
    if before:
        before[-1] = replace(before[-1], text=_apart(before[-1].text))
    elif head.strip():
        head = _apart(head)
    text = block.text.rstrip() + "\n"
    return RuleFile(head, (*before, replace(block, text=text + "\n" if after else text), *after))


def _apart(text: str) -> str:
    """The text, with a blank line at its end."""
    text = text if text.endswith("\n") else text + "\n"
    return text if text.endswith(("\n\n", "\r\n\r\n")) or not text.strip() else text + "\n"


def _lines_below(text: str) -> str:
    """The blank lines and comments at the end of a block."""
    lines = _lines(text)
    last = max((number for number, line in enumerate(lines) if line.strip() and line.lstrip()[0] != "#"), default=-1)
    return "".join(lines[last + 1 :])


# --- keys of one rule ---------------------------------------------------------------------------------------------


def _set_key(text: str, key: str, value: str | None) -> str:
    lines = _lines(text)
    places = line_map(text)
    if ("rule", 0, key) not in places:
        return text if value is None else _with_key(lines, places, key, value)
    begin = places["rule", 0, key] - 1
    opening = re.match(rf"[ \t]*{key}[ \t]*=[ \t]*", lines[begin])
    if not opening:
        raise CannotEdit(f"{key} is not written as  {key} = …: edit the file by hand")
    end = _end_of_value(lines, begin)
    tail = _comment_of("".join(lines[begin:end]), key)
    line = [] if value is None else [f"{opening[0]}{value}{tail}\n"]
    return "".join([*lines[:begin], *line, *lines[end:]])


def _comment_of(text: str, key: str) -> str:
    """The comment behind a value, with the blanks before it."""
    item = tomlkit.parse(text).item(key)
    trivia = item.trivia if isinstance(item, Item) else None
    return f"{trivia.comment_ws}{trivia.comment}" if trivia and trivia.comment else ""


def _end_of_value(lines: Sequence[str], begin: int) -> int:
    for end in range(begin + 1, len(lines) + 1):
        try:
            tomllib.loads("".join(lines[begin:end]))
        except tomllib.TOMLDecodeError:
            continue
        return end
    raise AssertionError("a key of a parsed file has a value")


def _with_key(lines: list[str], places: Mapping[tuple[str | int, ...], int], key: str, value: str) -> str:
    """A new key behind the one that it usually follows, aligned with the name."""
    known = {path[2]: line for path, line in places.items() if len(path) == 3 and path[2] != "example"}
    earlier = [one for one in KEYS[: KEYS.index(key)] if one in known]
    begin = known[earlier[-1]] - 1 if earlier else places["rule", 0] - 1
    end = _end_of_value(lines, begin)
    named = re.match(r"([ \t]*)(name[ \t]*)=", lines[known["name"] - 1]) if "name" in known else None
    indent, width = (named[1], len(named[2]) - 1) if named else ("", 0)
    if not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    return "".join([*lines[:end], f"{indent}{key:{width}} = {value}\n", *lines[end:]])

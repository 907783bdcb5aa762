"""Where a signature begins at the end of what somebody wrote. In doubt there is none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from maildesk.ingest import trim_tables as tables
from maildesk.ingest.quoting import is_rule

_DELIMITERS = frozenset({"--", "__", "\u2014", "\u2013\u2013", "\u2014\u2014", "--\u00a0"})
_ROUNDS = 4
_DELIMITED_LINES = 25
_AGENT_LINES = 200
_CLOSED_LINES = 7
_FOOTER_LINES = 12
_LINE_CHARS = 70
_DEVICE_CHARS = 90
_DEVICE_WORDS = 12
_BEGINNINGS = tuple(phrase for phrase in tables.SENT_FROM if "…" not in phrase)
_AROUND = tuple(tuple(map(str.strip, phrase.split("…"))) for phrase in tables.SENT_FROM if "…" in phrase)
_CONTACT = re.compile(r"@|www\.|https?:|\+?\d[\d ()./-]{6,}\d")
_CLOSING_MARKS = ",.!\u060c-*_ "
_POSTSCRIPTS = ("ps", "p.s", "nb", "n.b", "پ.ن", "پ ن", "پینوشت", "پی نوشت", "ملاحظه", "נ.ב")
_PROSE = frozenset("?\u061f!\u061b;")


def signature_start(lines: Sequence[str], written: Sequence[str], start: int, end: int, *, is_agent: bool) -> int:
    """The first line of the signature in ``lines[start:end]`` (folded), or ``end`` where there is none.

    ``written`` are the same lines as they were written; the case of letters matters for "-Name".
    """
    for _ in range(_ROUNDS):
        tail = _last(lines, start, end)
        if tail < start:
            return start
        found = min(
            tail + (not is_device_line(lines[tail])),
            _delimited(lines, written, start, tail, is_agent=is_agent),
            _footer(lines, start, tail),
            _closing(lines, start, tail),
            _signed(lines, written, start, tail),
            _contacts(lines, start, tail) if is_agent else tail + 1,
        )
        if found > tail:
            return tail + 1
        end = found
    return _last(lines, start, end) + 1


def _last(lines: Sequence[str], start: int, end: int) -> int:
    last = end - 1
    while last >= start and not lines[last]:
        last -= 1
    return last


def is_device_line(line: str) -> bool:
    """Whether a line is "Sent from my iPhone" or the like in any language."""
    bare = line.strip('-*_.<>()[]" ')
    if not bare or len(line) > _DEVICE_CHARS + 60:
        return False
    shown = bare.partition("<http")[0].partition("(http")[0].strip("[]() ")
    if len(shown) > _DEVICE_CHARS or len(shown.split()) > _DEVICE_WORDS:
        return False
    if ("," in shown or "\u060c" in shown) and "yahoo mail:" not in shown:
        return False
    around = any(shown.startswith(start) and shown.endswith(end) for start, end in _AROUND)
    return (around or shown.startswith(_BEGINNINGS)) and any(device in shown for device in tables.DEVICES)


def _delimited(lines: Sequence[str], written: Sequence[str], start: int, tail: int, *, is_agent: bool) -> int:
    """The first "-- " with a few lines below it; without the blank of RFC 3676 these must look like a signature."""
    first = max(start, tail - (_AGENT_LINES if is_agent else _DELIMITED_LINES))
    for index in range(first, tail + 1):
        if lines[index] not in _DELIMITERS:
            continue
        below = [line for line in lines[index + 1 : tail + 1] if line]
        short = len(below) <= _CLOSED_LINES and all(
            len(line) <= _LINE_CHARS and line[-1] not in "?\u061f" for line in below
        )
        if is_agent or short or written[index].rstrip("\r") == "-- ":
            return index
    return tail + 1


def _footer(lines: Sequence[str], start: int, tail: int) -> int:
    """A long rule with a mailing list's footer or a block of contact lines below it."""
    for index in range(tail, max(start, tail - _FOOTER_LINES * 2) - 1, -1):
        line = lines[index]
        if len(line) > 2 * _LINE_CHARS and not is_rule(line):
            return tail + 1
        if len(line) >= 8 and is_rule(line):
            below = [text for text in lines[index + 1 : tail + 1] if text]
            contacts = sum(bool(_CONTACT.search(text)) for text in below)
            asked = index > start and lines[index - 1][-1:] == ":"
            return index if (contacts >= 2 or not below) and not asked else tail + 1
    return tail + 1


def _is_name_line(line: str) -> bool:
    if len(line) > _LINE_CHARS or line[-1] in ".:" or _PROSE & set(line):
        return False
    return len(line.split()) <= 7 and not line.startswith(_POSTSCRIPTS)


def _closing(lines: Sequence[str], start: int, tail: int) -> int:
    """A line that is only "Kind regards," with a name below it, and contact lines below that."""
    for index in range(tail, max(start, tail - _CLOSED_LINES * 2) - 1, -1):
        line = lines[index]
        if line and line.strip(_CLOSING_MARKS) in tables.REGARDS:
            return index if _is_signed_off(lines[index + 1 : tail + 1]) else tail + 1
        if len(line) > 2 * _LINE_CHARS:
            break
    return tail + 1


def _is_signed_off(below: Sequence[str]) -> bool:
    """Whether only a name stands below a closing; paragraphs after it must say how to reach somebody."""
    paragraphs: list[list[str]] = [[]]
    for line in below:
        if line:
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    name, *others = paragraphs
    if len(name) > _CLOSED_LINES or not all(_is_name_line(line) or _CONTACT.search(line) for line in name):
        return False
    return all(any(_CONTACT.search(line) for line in other) for other in others if other)


def _signed(lines: Sequence[str], written: Sequence[str], start: int, tail: int) -> int:
    """A last line "-Name" or "/Name" in a paragraph of its own."""
    line = written[tail].strip()
    name = line[1:]
    above = _last(lines, start, tail)
    alone = tail == start or (not lines[tail - 1] and lines[above][-1:] != ":")
    if line[:1] not in ("-", "/", "~", "\u2013", "\u2014") or not alone or not name[:1].isalpha() or name[:1].islower():
        return tail + 1
    return tail if len(name) <= 40 and len(name.split()) <= 3 and "/" not in name else tail + 1


def _contacts(lines: Sequence[str], start: int, tail: int) -> int:
    """The last paragraph, if it is a few short lines of which two or more say how to reach somebody."""
    first = tail
    while first > start and lines[first - 1]:
        first -= 1
    block = lines[first : tail + 1]
    short = 2 <= len(block) <= _CLOSED_LINES and all(len(line) <= _LINE_CHARS for line in block)
    reachable = sum(bool(_CONTACT.search(line)) for line in block) if short else 0
    return first if reachable >= 2 and not _CONTACT.search(block[0]) else tail + 1

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
_DEVICE_WORDS = 9
_CONTACT = re.compile(r"@|www\.|https?:|\+?\d[\d ()./-]{6,}\d")
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
            _delimited(lines, start, tail, is_agent=is_agent),
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
    if len(shown) > _DEVICE_CHARS or len(shown.split()) > _DEVICE_WORDS or "," in shown or "\u060c" in shown:
        return False
    return any(phrase in shown for phrase in tables.SENT_FROM) and any(device in shown for device in tables.DEVICES)


def _delimited(lines: Sequence[str], start: int, tail: int, *, is_agent: bool) -> int:
    """The first "-- " with a signature's few lines below it (an agent's may be long)."""
    first = max(start, tail - (_AGENT_LINES if is_agent else _DELIMITED_LINES))
    return next((index for index in range(first, tail + 1) if lines[index] in _DELIMITERS), tail + 1)


def _footer(lines: Sequence[str], start: int, tail: int) -> int:
    """A long rule with a mailing list's footer or a block of contact lines below it."""
    for index in range(tail, max(start, tail - _FOOTER_LINES * 2) - 1, -1):
        line = lines[index]
        if len(line) > 2 * _LINE_CHARS and not is_rule(line):
            return tail + 1
        if len(line) >= 8 and is_rule(line):
            below = [text for text in lines[index + 1 : tail + 1] if text]
            contacts = sum(bool(_CONTACT.search(text)) for text in below)
            return index if contacts >= 2 or not below else tail + 1
    return tail + 1


def _is_name_line(line: str) -> bool:
    return len(line) <= _LINE_CHARS and len(line.split()) <= 7 and not _PROSE & set(line) and line[-1] not in ".:"


def _closing(lines: Sequence[str], start: int, tail: int) -> int:
    """A line that is only "Kind regards," with a name and the like below."""
    below = 0
    for index in range(tail, max(start, tail - _CLOSED_LINES * 2) - 1, -1):
        line = lines[index]
        if not line:
            continue
        if line.strip(",.!\u060c-*_ ") in tables.REGARDS:
            return index
        below += 1
        if below > _CLOSED_LINES or not (_is_name_line(line) or _CONTACT.search(line[: _LINE_CHARS * 2])):
            break
    return tail + 1


def _signed(lines: Sequence[str], written: Sequence[str], start: int, tail: int) -> int:
    """A last line "-Name" or "/Name" in a paragraph of its own."""
    line = written[tail].strip()
    name = line[1:]
    alone = tail == start or not lines[tail - 1]
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

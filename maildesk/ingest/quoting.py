"""Where a quotation begins: attribution lines, header blocks, separators. Each look-up reads a bounded number of lines.

All functions take ``lines``: the lines of a mail, each folded by ``trim_tables.plain`` and stripped of blanks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from maildesk.ingest import trim_tables as tables
from maildesk.ingest.trim_tables import Label

_ATTRIBUTION_LINES = 6
_ATTRIBUTION_CHARS = 500
_BLOCK_LINES = 40
_LABEL_CHARS = 26
_CONTINUATION_LINES = 3
_SEPARATOR_CHARS = 120
_SHARED = ":   "
"""Yahoo's app goes on in the same line with what it quotes."""
_ORNAMENT = "-*_=~|#\"'<[( \u2013\u2014\u2500\u2550"
_RULE = frozenset("-_=*~\u2013\u2014\u2500\u2550 ")

# Python's re, not RE2: these see at most _ATTRIBUTION_CHARS characters and know the digits of any script.
_TIME = re.compile(r"\d{1,2}[:.h]\d\d|\d点|\d時")
_DATE = re.compile(r"(?:19|20|13|14)\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
_DIGIT = re.compile(r"\d")
_BRACKETED_ADDRESS = re.compile(r"[<(\[][^<>()\[\]\s]*@")


@dataclass(frozen=True, slots=True)
class Block:
    """A header block: ``lines[start:end]``; ``rows`` names the line of each label."""

    start: int
    end: int
    rows: tuple[tuple[Label, int], ...]


def next_written(lines: Sequence[str], index: int) -> int:
    """The next line from ``index`` on that is not blank; ``len(lines)`` if there is none."""
    while index < len(lines) and not lines[index]:
        index += 1
    return index


def is_rule(line: str) -> bool:
    """Whether a line is only dashes, underscores and the like, three at least."""
    return len(line) >= 3 and line[0] in _RULE and set(line) <= _RULE


def _begins_attribution(line: str) -> bool:
    bare = line.lstrip(_ORNAMENT)
    if not bare or not _DIGIT.search(line[:_ATTRIBUTION_CHARS]):
        return False
    first = bare.partition(" ")[0].rstrip(",.;:\u060c")
    return bare[0].isdigit() or first in tables.STARTERS or bare[0] in tables.LETTER_STARTERS


def _begins_with_word(line: str) -> bool:
    return _begins_attribution(line) and not line.lstrip(_ORNAMENT)[:1].isdigit()


def _has_verb(text: str) -> bool:
    return any(map(text.__contains__, tables.WROTE))


def _is_attribution(text: str, *, quoted_below: bool, dated_start: bool) -> bool:
    """Judge a whole "On <date>, <name> wrote:". What stands below unmarked is cut off, so it takes more proof."""
    dashed = text.endswith("-") and text[:1] in "-*_"
    bare = text.strip(_ORNAMENT)
    colon = bare.endswith(":")
    verb = _has_verb(bare)
    if not colon and not verb:
        return quoted_below and dated_start and bare.endswith(">") and "@" in bare and bool(_DATE.search(bare))
    date, time, address = bool(_DATE.search(bare)), bool(_TIME.search(bare)), "@" in bare
    if quoted_below:
        return (verb and (date or time or address or len(bare) < 80)) or (colon and (address or (date and time)))
    if verb:
        return (date and time) or (address and (dated_start or bool(_BRACKETED_ADDRESS.search(bare)))) or dashed
    return date and time and address


def _ends_attribution(text: str) -> bool:
    bare = text.rstrip(_ORNAMENT)
    return bare.endswith((":", *tables.WROTE)) or (bare.endswith(">") and "@" in bare[-80:])


def _goes_on(lines: Sequence[str], index: int) -> bool:
    """Whether the next line is only "> wrote:", wrapped inside the brackets of an address."""
    return index < len(lines) and lines[index][:1] == ">" and lines[index].strip("> :") in tables.WROTE


def _quoted_below(lines: Sequence[str], index: int) -> bool:
    below = next_written(lines, index)
    return below < len(lines) and lines[below][0] == ">"


def _dated_attribution(lines: Sequence[str], start: int) -> int:
    """Follow an attribution that begins with a date over the lines it is wrapped to."""
    shared = lines[start].find(_SHARED, 0, _ATTRIBUTION_CHARS) + 1
    if shared and _is_attribution(lines[start][:shared], quoted_below=False, dated_start=True):
        return start + 1
    text = ""
    for index in range(start, min(start + _ATTRIBUTION_LINES, len(lines))):
        line = lines[index]
        if not line:
            if next(iter(lines[index + 1 : index + 2]), "")[:1] == "<":
                continue
            return 0
        if index > start and (_begins_with_word(line) or (line[0] == ">" and text.count("<") <= text.count(">"))):
            return 0
        text = f"{text} {line}" if text else line
        if len(text) > _ATTRIBUTION_CHARS:
            return 0
        if _ends_attribution(text) and not _goes_on(lines, index + 1):
            below = _quoted_below(lines, index + 1)
            if _is_attribution(text, quoted_below=below, dated_start=True):
                return index + 1
            if not text.endswith(">"):
                return 0
    return 0


def attribution(lines: Sequence[str], start: int) -> int:
    """The end of the attribution that begins at ``start`` ("On <date>, <name> wrote:", up to 6 lines), or 0."""
    line = lines[start]
    if _begins_attribution(line):
        return _dated_attribution(lines, start)
    if len(line) > _ATTRIBUTION_CHARS:
        return 0
    bare = line.rstrip(_ORNAMENT)
    if bare.endswith(":") or (line[-1] == "-" and line[0] == "-" and bare.endswith(tables.WROTE)):
        below = _quoted_below(lines, start + 1)
        return start + 1 if _is_attribution(line, quoted_below=below, dated_start=False) else 0
    if bare.endswith(">") and "@" in bare and start + 1 < len(lines) and lines[start + 1].endswith(":"):
        # Chinese clients put the name first: "Name <address>" and, wrapped, "on <date> wrote:".
        return _dated_attribution(lines, start + 1) if _begins_attribution(lines[start + 1]) else 0
    return 0


def may_announce(line: str) -> bool:
    """Whether a line above our own text announces it, in a language we do not know: with a time or an address."""
    return line[-1] == ":" and ("@" in line or bool(_DIGIT.search(line[:_ATTRIBUTION_CHARS])))


def label(line: str) -> Label | None:
    """What a line "Subject: ..." names, in any language of the tables; bold asterisks are no matter."""
    colon = line.find(":", 0, _LABEL_CHARS)
    if colon < 1:
        return None
    return tables.LABELS.get(line[:colon].strip("*_ "))


def header_block(lines: Sequence[str], start: int) -> Block | None:
    """The block "From: / Sent: / To: / Subject:" that begins at ``start``, or None.

    It takes two different labels and an address; without one, From, Subject and the time of sending: "From: Tehran,
    To: Shiraz, Date: tomorrow" is a journey, and formal letters begin with a date that has no time.
    """
    first = label(lines[start])
    if first is None or first is Label.OTHER:
        return None
    rows: list[tuple[Label, int]] = [(first, start)]
    index = end = start + 1
    stop = min(start + _BLOCK_LINES, len(lines))
    while index < stop:
        if found := label(lines[index]):
            if any(found is kind is not Label.OTHER for kind, _ in rows):
                break
            rows.append((found, index))
            end = index = index + 1
            continue
        index = _next_row(lines, index, stop)
        if not index:
            break
    kinds = {kind for kind, _ in rows} - {Label.CC, Label.OTHER}
    if len(rows) == 1 and "@" in lines[start]:
        kinds |= _labels_within(lines[start])
    if len(kinds) < 2 or not kinds & {Label.FROM, Label.DATE}:
        return None
    if not any("@" in line for line in lines[start:end]) and not _is_dated_letter(lines, rows, kinds):
        return None
    return Block(start, end, tuple(rows))


def _is_dated_letter(lines: Sequence[str], rows: Sequence[tuple[Label, int]], kinds: AbstractSet[Label]) -> bool:
    """Whether a block without an address is a mail's for sure."""
    timed = any(kind is Label.DATE and _TIME.search(lines[row][:_ATTRIBUTION_CHARS]) for kind, row in rows)
    return timed and {Label.FROM, Label.SUBJECT} <= kinds


def _labels_within(line: str) -> set[Label]:
    """The labels of a block that lost its line breaks: "From: a@example.com Date: ..."."""
    words = line[:_ATTRIBUTION_CHARS].split()
    return {tables.LABELS[word[:-1]] for word in words if word[-1] == ":" and word[:-1] in tables.LABELS}


def _next_row(lines: Sequence[str], index: int, stop: int) -> int:
    """The next labelled line after a blank line or the continuation of a long To or Subject; 0 if the block ended."""
    blanks = 0
    for ahead in range(index, min(index + _CONTINUATION_LINES + 1, stop)):
        if label(lines[ahead]):
            return ahead
        blanks += not lines[ahead]
        if blanks > 1 or (blanks and lines[ahead]):
            return 0
    return 0


def _is_separator(line: str, phrases: tuple[str, ...]) -> bool:
    ornamented = line[0] in "-*_=~<#\u2013\u2014\u2500\u2550" or line[-1] in ":-"
    if not ornamented or len(line) > _SEPARATOR_CHARS:
        return False
    bare = line.strip("-*_=~<>#:. \u2013\u2014\u2500\u2550")
    return bare.startswith(phrases) or any(
        len(bare) <= len(phrase) + 24 for phrase in filter(bare.__contains__, phrases)
    )


def is_original(line: str) -> bool:
    """Whether a line is "-----Original Message-----" in any language."""
    return line[0] in "-*_=~<\u2013\u2014\u2500\u2550" and _is_separator(line, tables.ORIGINAL)


def is_forward(line: str) -> bool:
    """Whether a line announces a forwarded mail, in any language."""
    return _is_separator(line, tables.FORWARDED)


def is_reply_above(line: str) -> bool:
    """Whether a line is a helpdesk's "reply above this line"."""
    return len(line) <= _SEPARATOR_CHARS and any(map(line.__contains__, tables.REPLY_ABOVE))

"""Comparing a mail with texts that we know, in linear time: runs of three words, looked up in a set.

Line breaks, quote marks, spaces, punctuation, bidi marks and the digits of any script make no difference.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from maildesk.ingest.trim_tables import plain

_CACHED = 0x10000
"""Code points worth remembering; a mail cannot fill the memory with the rest."""


class _Fold(dict[int, str]):
    """Code point -> itself for letters and digits, nothing for marks, a space otherwise; ideographs stand alone."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        kind = unicodedata.category(char)
        if kind[0] == "M":
            folded = ""
        elif kind[0] not in "LN":
            folded = " "
        elif kind == "Lo" and 0x3040 <= point <= 0x9FFF:
            folded = f" {char} "
        else:
            folded = char
        if point < _CACHED:
            self[point] = folded
        return folded


_FOLD = _Fold()

Run = tuple[str, str, str]


def words(text: str) -> list[str]:
    """The words of a text, folded for comparison."""
    return plain(text).translate(_FOLD).split()


def runs(texts: Iterable[str]) -> frozenset[Run]:
    """Every run of three words in the texts."""
    found: set[Run] = set()
    for text in texts:
        row = words(text)
        found.update(zip(row, row[1:], row[2:], strict=False))
    return frozenset(found)


def known_lines(lines: Sequence[str], known: frozenset[Run]) -> list[bool]:
    """For each line, whether all its words stand in known runs, counting runs that cross line ends."""
    rows = [words(line) for line in lines]
    stream = [word for row in rows for word in row]
    covered = bytearray(len(stream))
    for position, run in enumerate(zip(stream, stream[1:], stream[2:], strict=False)):
        if run in known:
            covered[position : position + 3] = b"\1\1\1"
    result, position = [], 0
    for row in rows:
        result.append(bool(row) and covered.find(0, position, position + len(row)) < 0)
        position += len(row)
    return result

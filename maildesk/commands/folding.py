"""Text made comparable: one spelling for what people type in many ways."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

_DIRECTION = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_INVISIBLE = _DIRECTION + "\u200b\u200c\u200d\u2060\u00ad\u0640"
_MARKS = "".join(map(chr, (*range(0x064B, 0x0656), 0x0670)))
_LETTERS = {"ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "آ": "ا", "ؤ": "و"}
_DIGITS = {chr(start + digit): str(digit) for start in (0x0660, 0x06F0) for digit in range(10)}
_SAME = str.maketrans({**dict.fromkeys(_INVISIBLE + _MARKS, ""), **_LETTERS, **_DIGITS})
_BIDI = str.maketrans(dict.fromkeys(_DIRECTION, ""))


def visible(text: str) -> str:
    """The text without direction marks: what a person sees, otherwise as written."""
    return text.translate(_BIDI)


def fold(text: str) -> str:
    """One spelling: NFKC, ASCII digits, Persian ی and ک, no ZWNJ, no diacritics, no direction marks, casefolded."""
    return unicodedata.normalize("NFKC", text).translate(_SAME).casefold()


def key(text: str) -> str:
    """Only the letters and digits of the folded text: how names of commands and people are compared."""
    return "".join(letter for letter in fold(text) if letter.isalnum())


def nearly(one: str, other: str) -> bool:
    """Whether two different words are one slip apart: a letter added, lost, changed, or two neighbours swapped."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    left, right = one[start:], other[start:]
    swapped = len(left) > 1 and left[:2] == right[1::-1] and left[2:] == right[2:]
    return swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]


def nearest(word: str, known: Iterable[str]) -> str:
    """The first known word (by ``key``) that is one slip away from ``word``; "" for none."""
    return nearest_key(key(word), {key(name): name for name in known})


def nearest_key(wanted: str, known: Mapping[str, str], least: int = 4) -> str:
    """The same for keys: ``known`` is key -> name.

    Words shorter than ``least`` letters are too easily near to anything to be suggested.
    """
    if len(wanted) < least - 1:
        return ""
    return next((name for near, name in known.items() if len(near) >= least and nearly(wanted, near)), "")

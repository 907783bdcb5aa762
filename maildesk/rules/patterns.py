"""Text as rules see it, and the patterns that are looked for in it. Everything here takes linear time (A26)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import re2

ZWNJ = "\u200c"
CAPTURE_LIMIT = 200
"""Characters of a named capture that an action may use."""

_PILE = re2.compile(r"(\p{M}{20})\p{M}+")
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.case_sensitive = False
_OPTIONS.max_mem = 8 << 20


class BadArgument(ValueError):
    """What an admin wrote behind a key makes no sense; the text says how to mend it."""


class _Fold(dict[int, str]):
    """Character -> how it is compared; filled as characters turn up."""

    SAME: Mapping[str, str] = {
        "ي": "ی", "ى": "ی", "ۍ": "ی", "ې": "ی", "ك": "ک", "ڪ": "ک", "ة": "ه", "ۀ": "ه", "ە": "ه", "ہ": "ه",
        "ـ": "", "٬": ",", "٫": ".", ZWNJ: ZWNJ, "\u00a0": " ", "\u00ad": "",
    }  # fmt: skip

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = folded = self.SAME.get(char, _digit_or_invisible(char))
        return folded


class _Words(dict[int, str]):
    """Character -> itself in a word, a blank between words; symbols such as emoji are words of their own."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kind = unicodedata.category(char)
        if kind[0] in "LNM" or char == "_":
            self[code] = char
        else:
            self[code] = f" {char} " if kind == "So" else " "
        return self[code]


def _digit_or_invisible(char: str) -> str:
    kind = unicodedata.category(char)
    if kind == "Nd":
        return str(unicodedata.digit(char))
    arabic_mark = kind == "Mn" and "\u0600" <= char <= "\u06ff"
    return "" if kind == "Cf" or arabic_mark else char


_FOLD = _Fold()
_WORDS = _Words()


def normalise(text: str) -> str:
    """The form in which texts are compared.

    NFKC and casefold; Arabic ي ك ة as Persian ی ک ه; Persian and Arabic digits as ASCII; ZWNJ as a blank; without
    bidi controls and other invisibles, tatweel and Arabic diacritics.
    """
    return _folded(text).replace(ZWNJ, " ")


def _folded(text: str) -> str:
    """As ``normalise``, with ZWNJ still in it."""
    if text.isascii():
        return text.lower()
    # Piles of combining marks make NFKC quadratic: 120,000 of them take ten seconds.
    if _PILE.search(text.encode("utf-8", "replace")):
        text = _PILE.sub(r"\1", text.encode("utf-8", "replace").decode())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_FOLD)


def forms(text: str) -> tuple[str, ...]:
    """The normalised text with ZWNJ as a blank and, where it has any, with ZWNJ closed up as well."""
    folded = _folded(text)
    return (folded.replace(ZWNJ, " "), folded.replace(ZWNJ, "")) if ZWNJ in folded else (folded,)


def spaced(text: str) -> str:
    """The words of a normalised text, one blank before, between and after them."""
    return f" {' '.join(text.translate(_WORDS).split())} "


class Text:
    """A text prepared for searching; each form is made once, when first asked for."""

    def __init__(self, raw: str) -> None:
        self.forms = forms(raw)

    @cached_property
    def spaced(self) -> str:
        """All its words, so that " a phrase " is found by plain search; forms are kept apart by a line break."""
        return "\n".join(spaced(form) for form in self.forms)

    @cached_property
    def tokens(self) -> frozenset[str]:
        """Each of its words once."""
        return frozenset(self.spaced.split())

    @cached_property
    def encoded(self) -> tuple[bytes, ...]:
        """Its forms as RE2 reads them."""
        return tuple(form.encode("utf-8", "replace") for form in self.forms)


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression of RE2: linear time whatever the text; case does not matter."""

    source: str
    compiled: Any

    def search(self, text: Text) -> dict[str, str] | None:
        """The named captures of the first place where it matches, or None."""
        for form in text.encoded:
            found = self.compiled.search(form)
            if found:
                return {name: _clean(value) for name, value in found.groupdict().items()}
        return None

    def holds(self, text: Text) -> bool:
        """Whether it matches anywhere."""
        return any(self.compiled.search(form) for form in text.encoded)


def _clean(captured: bytes | None) -> str:
    """A capture as an action may use it: one line, without controls, of bounded length."""
    text = (captured or b"")[: 4 * CAPTURE_LIMIT].decode("utf-8", "ignore")
    return "".join(char if char.isprintable() else " " for char in text)[:CAPTURE_LIMIT].strip()


def regex(source: str) -> Regex:
    r"""Compile an admin's regular expression; raises BadArgument with words that say how to mend it.

    It is matched against normalised text, so ي ك and Persian digits in it are folded too, and `\d` finds them all.
    `\b` and `\w` know only ASCII letters in RE2: next to other letters they never do what was meant.
    """
    ascii_only = ("\\b", "\\B", "\\w", "\\W")
    if (not source.isascii() or "\\p{" in source) and any(mark in source for mark in ascii_only):
        raise BadArgument(
            'in RE2 \\b and \\w know only ASCII letters; use { words = ["…"] }, or \\p{L} for a letter of any language'
        )
    return _compile(source.translate(_FOLD).replace(ZWNJ, " "))


def glob(source: str) -> Regex:
    """A pattern for a whole text in which * stands for anything and ? for one character."""
    wild = {"*": ".*", "?": "."}
    parts = (wild.get(char) or re2.escape(char) for char in normalise(source))
    return _compile(f"(?s)^{''.join(parts)}$")


def _compile(source: str) -> Regex:
    try:
        return Regex(source, re2.compile(source, _OPTIONS))
    except re2.error as error:
        detail = error.args[0]
        reason = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
        raise BadArgument(
            f"{reason}: not a regular expression that RE2 takes (no look-around, no back references)"
        ) from None


def phrases(written: str) -> tuple[str, ...]:
    """The forms in which a word or phrase is looked for in ``Text.spaced``; raises BadArgument when it has no word."""
    found = tuple(dict.fromkeys(spaced(form) for form in forms(written)))
    if not all(form.strip() for form in found):
        raise BadArgument(f"{written!r} has no word in it")
    return found


class RegexIndex:
    """Many regular expressions behind one search for the literals that they need.

    RE2 works out the literals and looks for all of them in one pass. Its search runs in bounded memory and says nothing
    when that is used up; a literal of our own that is always there tells, and then every expression is tried.
    """

    _SENTINEL = "maildesk sentinel"

    def __init__(self, sources: tuple[str, ...]) -> None:
        self.sources = sources
        self._filter = re2.Filter()
        self._filter.Add(self._SENTINEL, _OPTIONS)
        for source in sources:
            self._filter.Add(source, _OPTIONS)
        self._filter.Compile()

    def candidates(self, text: Text) -> tuple[str, ...]:
        """The expressions that may match; those left out do not."""
        possible: set[int] = set()
        for form in text.encoded:
            found = self._filter.Match(form + b"\n" + self._SENTINEL.encode(), True) or ()
            if 0 not in found:
                return self.sources
            possible.update(found)
        return tuple(self.sources[index - 1] for index in possible if index)

"""Knowing when nothing is asked: a mail that only says thanks does not reopen what is solved.

Cautious: every word must belong to the small vocabulary of thanks, in any of its languages, or be a name that is known.
One other word, a question mark, a digit, a link or an attachment, and the mail counts as one that wants something.
"""

from __future__ import annotations

from collections.abc import Iterable

from maildesk.commands import vocabulary
from maildesk.commands.folding import fold

_LONGEST = 25

_KIND = frozenset("👍🙏😊🙂😀😃😄😁❤👌🌹🌸💐🌷💖🥰✅🎉")
_PUNCTUATION = frozenset(".,!،؛;:-–—()'’\"«»…*_ ")


def only_thanks(text: str, names: Iterable[str] = ()) -> bool:
    """Whether a newly written text only says thanks; ``names`` are people who may be addressed or sign."""
    words, kind = _vocabulary(text, names) or ((), False)
    return kind or any(word in vocabulary.THANKING for word in words)


def asks_nothing(text: str, names: Iterable[str] = ()) -> bool:
    """Whether a text is empty, or nothing but greetings, thanks and names."""
    return not text.strip() or _vocabulary(text, names) is not None


def _vocabulary(text: str, names: Iterable[str]) -> tuple[tuple[str, ...], bool] | None:
    """The words of a text and whether it holds a kind picture; None where anything else stands in it."""
    folded = fold(text)
    if any(not _is_harmless(letter) for letter in folded):
        return None
    words = tuple("".join(letter if letter.isalpha() else " " for letter in folded).split())
    known = {part for name in names for part in fold(name).split()}
    if len(words) > _LONGEST or any(word not in vocabulary.THANKS_WORDS and word not in known for word in words):
        return None
    if _is_turned(folded):
        return None
    return words, any(letter in _KIND for letter in folded)


def _is_turned(folded: str) -> bool:
    """Whether a sentence has its verb first, as "is it fixed now", thanks and greetings before it apart."""
    sentences = "".join(letter if letter.isalpha() or letter == " " else "\n" for letter in folded).splitlines()
    for sentence in sentences:
        words = sentence.split()
        while words and (words[0] in vocabulary.THANKING or words[0] in vocabulary.GREETINGS):
            words = words[1:]
        if len(words) > 1 and words[0] in vocabulary.TURNED and words[1] in vocabulary.ASKED_ABOUT:
            return True
    return False


def _is_harmless(letter: str) -> bool:
    return (
        letter.isalpha()
        or letter.isspace()
        or letter in _PUNCTUATION
        or letter in _KIND
        or letter == "\ufe0f"
        or "\U0001f3fb" <= letter <= "\U0001f3ff"
    )

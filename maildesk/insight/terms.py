"""Words of a text in one spelling, for searching articles and for finding what keeps coming back.

Persian and English: ی/ي, ک/ك and digits in one spelling, words with ZWNJ both joined and in parts, simple endings off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from maildesk.commands.folding import fold

_WORD = re.compile(r"[^\W_]+(?:[\u200c'’][^\W_]+)*")
_TEXT = 20_000
"""Characters of a text that are looked at."""

_PERSIAN_ENDINGS = (
    "هایتان", "هایشان", "هایمان", "هایی", "هایم", "هایت", "هایش", "های", "ها", "تان", "شان", "مان", "ام", "ات", "اش",
    "یم", "ی", "م", "ت", "ش",
)  # fmt: skip
_ENGLISH_ENDINGS = ("'s", "’s", "ings", "ing", "edly", "ed", "ies", "es", "s", "ly", "e", "y")
_LEAST = 3

_STOP_FA = (
    "از به با در بر برای که این آن را و یا تا هم نیز چه چرا چگونه چطور چطوری کجا کی کدام آیا است هست هستم "
    "هستید نیست بود بودم شد شده شود می نمی کنم کنید کند کنیم کرد کردم کرده کردن باید شاید من شما ما او آنها "
    "ایشان خود خودم خیلی فقط سلام درود وقت بخیر لطفا لطفاً ممنون متشکرم سپاس تشکر میشود میشه میکنم میکنید "
    "میکند میخواهم میخوام میتوانم میتونم نمیتوانم نمیتونم نمیشود نمیشه میگیرم میرسد نمیرسد دارم دارید دارد "
    "ندارم ندارد هیچ همه هر یک دو اما ولی اگر پس چون پیش بعد قبل حالا الان امروز دیروز فردا روز آقای خانم جناب "
    "احترام باسلام خواهشمندم بفرمایید کمک مشکل سوال سؤال پرسش راهنمایی ایا بگیرم بدهم بکنم ببینم بزنم کنه بشه "
    "شدم داشتم داشت رو ای ها های دیگر دیگه همین همان چند مثل بدون "
)
_STOP_EN = (
    "a an the and or but if then than that this these those there here it its is are was were be been being am "
    "i me my we us our you your he she they them their his her of in on at by for from to with without into "
    "onto about over under up down out off again not no nor do does did doing done have has had having can "
    "could should would will shall may might must what which who whom whose when where why how all any both "
    "each few more most other some such only own same so too very just now please thank thanks hello hi dear "
    "regards best kind also get got getting want need like im i'm i've don't doesn't didn't can't cannot isn't "
    "help question problem issue hey let know tell make much many one two new still since today yesterday re "
    "fw fwd via per "
)
STOP = frozenset(fold(word) for word in (_STOP_FA + " " + _STOP_EN).split())
"""Words that say nothing about a subject."""


def words(text: str) -> Iterator[tuple[str, ...]]:
    """Each word of a text as its forms: the whole one, then its parts where a ZWNJ stands between them."""
    for match in _WORD.finditer(text[:_TEXT].replace("\u064b", "")):
        parts = [fold(part) for part in match[0].split("\u200c")]
        whole = "".join(parts)
        yield (whole, *parts) if len(parts) > 1 else (whole,)


def stem(word: str) -> str:
    """A word without one simple ending; words of three letters stay."""
    endings = _ENGLISH_ENDINGS if word.isascii() else _PERSIAN_ENDINGS
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
            return word[: -len(ending)]
    return word


def terms(text: str) -> list[str]:
    """The stems of a text that say something, in order."""
    found = []
    for forms in words(text):
        found += [stem(form) for form in forms if is_telling(form)]
    return found


def is_telling(word: str) -> bool:
    """Whether a word can say something about a subject."""
    return len(word) > 1 and word not in STOP and not word.isdecimal()


def rising(now: Iterable[str], before: Iterable[str], *, least: int = 3, most: int = 10) -> list[tuple[str, int, int]]:
    """Terms that more tickets hold than before: (as it is written, tickets now, tickets before), best first.

    ``now`` and ``before`` are the texts of the tickets of two periods, each counted once for a term. A term must be in
    ``least`` tickets. The order is by how far its count is above what the period before lets expect.
    """
    current, names, size = _documents(now)
    earlier, _, earlier_size = _documents(before)
    ratio = size / earlier_size if earlier_size else 0.0
    scored = []
    for term, count in current.items():
        if count >= least and count <= 0.6 * size + least:
            expected = earlier.get(term, 0) * ratio
            scored.append(((count - expected) / (expected + 1) ** 0.5, count, term))
    scored.sort(key=lambda one: (-one[0], -one[1], one[2]))
    return [(names[term], count, earlier.get(term, 0)) for _, count, term in scored[:most]]


def _documents(texts: Iterable[str]) -> tuple[Mapping[str, int], Mapping[str, str], int]:
    counts: dict[str, int] = {}
    names: dict[str, str] = {}
    size = 0
    for text in texts:
        size += 1
        seen: dict[str, str] = {}
        for match in _WORD.finditer(text[:2000]):
            word = fold(match[0])
            if is_telling(word) and len(word) > 2:
                seen.setdefault(stem(word), match[0])
        for term, written in seen.items():
            counts[term] = counts.get(term, 0) + 1
            names.setdefault(term, written)
    return counts, names, size


def joined_neighbours(found: Sequence[str]) -> list[str]:
    """Neighbours written together, for readers who part with a space what others join («صورت حساب», "log in")."""
    return [one + other for one, other in pairwise(found)]

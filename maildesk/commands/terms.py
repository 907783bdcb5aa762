"""Words of a text in one spelling, for searching articles and for finding what keeps coming back.

Persian and English: ی/ي, ک/ك and digits in one spelling, words with ZWNJ both joined and in parts, simple endings off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from maildesk.commands.folding import fold

WORD = re.compile(r"[^\W_]+(?:[\u200c'’][^\W_]+)*")
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
    for match in WORD.finditer(text[:_TEXT].replace("\u064b", "")):
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


def joined_neighbours(found: Sequence[str]) -> list[str]:
    """Neighbours written together, for readers who part with a space what others join («صورت حساب», "log in")."""
    return [one + other for one, other in pairwise(found)]

"""Finding the articles that answer a question: BM25 over normalised words, in memory.

In memory, because a desk has hundreds of articles and not millions, the files are their truth, and so SQLite and
PostgreSQL find the same. Every word of an article's title and keywords weighs as much as several of its text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from maildesk.commands.terms import is_telling, joined_neighbours, stem, words
from maildesk.model.desk import Passage

_K, _B = 1.2, 0.4
_TITLE, _KEYWORD, _PHRASE = 4, 4, 4.0
_FEW = 30
"""A desk with fewer articles is treated as if it had so many: a first article's words are not common words."""
_QUESTION = 600
"""Characters of a question that count: what follows in a long mail is detail."""
_ENOUGH, _COVERED = 3.0, 0.28
"""An article is offered from this score on, when it holds at least this share of what the question's words weigh."""


@dataclass(frozen=True, slots=True)
class Found:
    """An article and how well it answers; ``sure`` when it is good enough to be offered unasked."""

    article: Passage
    score: float
    sure: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    article: Passage
    counts: Mapping[str, int]
    head: frozenset[str]
    """Terms of title and keywords."""
    phrases: tuple[str, ...]
    """Keywords of several words, as a question holds them, with the words that say nothing alone."""
    length: int


class Index:
    """The articles of a desk, ready to be asked."""

    def __init__(self, articles: Iterable[Passage]) -> None:
        self._entries = [_entry(article) for article in articles]
        self._spread = Counter(term for entry in self._entries for term in entry.counts)
        self._mean = sum(entry.length for entry in self._entries) / max(1, len(self._entries))

    def find(self, question: str, language: str = "", most: int = 3) -> tuple[Found, ...]:
        """The best articles for a question, best first; those in its language, and those that are in none."""
        asked = self._asked(question)
        if not asked:
            return ()
        spoken = [entry for entry in self._entries if not language or entry.article.language in {"", language}]
        whole = _spaced(question[:_QUESTION])
        found = [one for entry in spoken if (one := self._rate(entry, asked, whole)).score > 0]
        found.sort(key=lambda one: (-one.score, one.article.name))
        return tuple(found[:most])

    def suggest(self, question: str, language: str = "", most: int = 2) -> tuple[Passage, ...]:
        """Articles that are worth offering unasked: rather none than a wrong one."""
        found = [one for one in self.find(question, language, most) if one.sure]
        return tuple(one.article for one in found if one.score >= 0.6 * found[0].score)

    def _asked(self, question: str) -> Sequence[str]:
        """The terms of a question, each once; of a word's forms those that some article knows, else the whole."""
        forms = list(words(question[:_QUESTION]))
        plain = [form[0] for form in forms]
        found = [term for form in forms for term in self._known(form)]
        found += [term for pair in joined_neighbours(plain) if (term := stem(pair)) in self._spread]
        return tuple(dict.fromkeys(found))

    def _known(self, forms: tuple[str, ...]) -> list[str]:
        telling = [form for form in forms if is_telling(form)]
        known = [term for form in telling if (term := stem(form)) in self._spread]
        return known or [stem(form) for form in telling[:1]]

    def _weight(self, term: str) -> float:
        """How much a term says (inverse document frequency): one that no article knows as much as the rarest."""
        number = self._spread.get(term, 0) or 1
        return log(1 + (max(_FEW, len(self._entries)) - number + 0.5) / (number + 0.5))

    def _rate(self, entry: _Entry, asked: Sequence[str], question: str) -> Found:
        score, matched = _PHRASE * sum(phrase in question for phrase in entry.phrases), 0.0
        for term in asked:
            count = entry.counts.get(term, 0)
            if count:
                weight = self._weight(term)
                matched += weight
                score += weight * count * (_K + 1) / (count + _K * (1 - _B + _B * entry.length / self._mean))
        whole = sum(self._weight(term) for term in asked)
        named = any(term in entry.head for term in asked)
        return Found(entry.article, score, named and score >= _ENOUGH and matched >= _COVERED * whole)


@lru_cache(maxsize=4)
def index_of(articles: tuple[Passage, ...]) -> Index:
    """The index of a desk's articles, made once for each set of them."""
    return Index(articles)


def _entry(article: Passage) -> _Entry:
    title, text = _terms(article.title), _terms(article.text)
    keys = [term for keyword in article.keywords for term in _terms(keyword) + _joined(keyword)]
    counts = Counter(text)
    for term in title:
        counts[term] += _TITLE
    for term in set(keys):
        counts[term] += _KEYWORD
    phrases = tuple(_spaced(keyword) for keyword in article.keywords if len(keyword.split()) > 1)
    return _Entry(article, counts, frozenset((*title, *keys)), phrases, sum(counts.values()))


def _joined(keyword: str) -> list[str]:
    return [stem(pair) for pair in joined_neighbours([form[0] for form in words(keyword)])]


def _spaced(text: str) -> str:
    return f" {' '.join(form[0] for form in words(text))} "


def _terms(text: str) -> list[str]:
    return [stem(form) for forms in words(text) for form in forms if is_telling(form)]

"""What keeps coming back: terms that more tickets hold than in the period before, in whatever language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from maildesk.commands.folding import fold
from maildesk.commands.terms import WORD, is_telling, stem

_ALIKE = 0.7
"""Terms that stand in so many of the same tickets (Jaccard's measure) are one topic."""
_NAMED = 3
"""Words of a topic that are shown."""


def rising(now: Iterable[str], before: Iterable[str], *, least: int = 3, most: int = 10) -> list[tuple[str, int, int]]:
    """Topics that more tickets hold than before: (words as written, tickets now, tickets before), best first.

    ``now`` and ``before`` are the texts of the tickets of two periods, each counted once for a term. A term must be in
    ``least`` tickets; terms that go together are one topic. The order is by how far the count is above what the period
    before lets expect.
    """
    current, names, size = _documents(now)
    earlier, _, earlier_size = _documents(before)
    ratio = size / earlier_size if earlier_size else 0.0
    scored = []
    for term, tickets in current.items():
        if least <= len(tickets) <= 0.6 * size + least:
            expected = len(earlier.get(term, ())) * ratio
            scored.append((-(len(tickets) - expected) / (expected + 1) ** 0.5, -len(tickets), term))
    topics: list[list[str]] = []
    for _, _, term in sorted(scored):
        same = next((topic for topic in topics if _alike(current[topic[0]], current[term])), None)
        if same is None:
            topics.append([term])
        elif len(same) < _NAMED:
            same.append(term)
    return [
        (" · ".join(names[term] for term in topic), len(current[topic[0]]), len(earlier.get(topic[0], ())))
        for topic in topics[:most]
    ]


def _alike(one: set[int], other: set[int]) -> bool:
    return len(one & other) >= _ALIKE * len(one | other)


def _documents(texts: Iterable[str]) -> tuple[Mapping[str, set[int]], Mapping[str, str], int]:
    """Term -> numbers of the texts that hold it; term -> how it was first written; how many texts there are."""
    places: dict[str, set[int]] = {}
    names: dict[str, str] = {}
    size = 0
    for text in texts:
        size += 1
        for match in WORD.finditer(text[:2000]):
            word = fold(match[0])
            if is_telling(word) and len(word) > 2:
                term = stem(word)
                places.setdefault(term, set()).add(size)
                names.setdefault(term, match[0])
    return places, names, size

"""What keeps coming back: terms that more tickets hold than in the period before, in whatever language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from maildesk.commands.folding import fold
from maildesk.commands.terms import WORD, is_telling, stem


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
        for match in WORD.finditer(text[:2000]):
            word = fold(match[0])
            if is_telling(word) and len(word) > 2:
                seen.setdefault(stem(word), match[0])
        for term, written in seen.items():
            counts[term] = counts.get(term, 0) + 1
            names.setdefault(term, written)
    return counts, names, size

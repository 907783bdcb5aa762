"""Reading a customer's answer to "how was it?". Cautious: what could mean two things is no rating at all.

Understood: ``5``, ``۵``, ``4/5``, ``۵ از ۵``, ``10/10``, ``five stars``, ``★★★☆☆``, 👍, 😡, ``Rating: 4``, ``I give
you a 4``, and short judgements such as ``excellent`` or «راضی نبودم». A number that counts something else
(``2 days``), two different numbers, a condition ("would have been 5"), a question, or words that contradict the number
give None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maildesk.commands import vocabulary
from maildesk.commands.folding import fold

_LONGEST_LINE, _LINES = 200, 5
_SHORT = 9


@dataclass(frozen=True, slots=True)
class Rating:
    """``stars`` from 1 to 5, and what was written besides."""

    stars: int
    comment: str = ""


_NUMBER_WORDS: Mapping[str, int] = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "zero": 0, "ten": 10,
    "یک": 1, "دو": 2, "سه": 3, "چهار": 4, "پنج": 5, "صفر": 0, "ده": 10, "بیست": 20,
}  # fmt: skip
_FACES: Mapping[int, str] = {
    5: "👍👏💯😀😃😄😁😊🥰😍🤩❤💖🏆🥇",
    4: "🙂👌",
    3: "😐😑🤷",
    2: "🙁☹😞😟😕😒",
    1: "👎😡😠🤬😤💩",
}
_STARS_OF = {face: stars for stars, faces in _FACES.items() for face in faces}
_FULL, _EMPTY = "⭐🌟★", "☆✩"
_INVISIBLE = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
"""Variation selectors and skin tones."""

_SCALE_WORDS = {"/", "از", "of", "von", "sur", "de", "out"}
_GIVES = {"میدهم", "میدم", "میدیم", "میدهیم", "می", "دادم", "ستاره", "ستارهای", "امتیاز", "نمره", "است", "هست"}
_COUNTED = {"star", "stars", "point", "points", "sterne", "punkte", "estrellas", "etoiles", *_GIVES}
_THANKS = {"thanks", "thank", "hi", "hello", "danke", "merci", "ممنون", "مرسی", "سپاس", "تشکر", "سلام"}
_MONEY = set("$€£¥﷼%#°")
_JUDGED = (vocabulary.WORST, vocabulary.BAD, vocabulary.MIDDLING, vocabulary.GOOD, vocabulary.BEST)
_WORDS = {word: stars for stars, words in enumerate(_JUDGED, 1) for word in words}
_PAIRS = {
    "راضینیستم": 2, "راضینبودم": 2, "راضینیستیم": 2, "خوبنبود": 2, "خوبنیست": 2, "بدنبود": 3, "بدنیست": 3,
    "notgood": 2, "nothappy": 2, "notsatisfied": 2, "nothelpful": 2, "soso": 3, "nichtgut": 2,
    "رضایتندارم": 2, "رضایتنداشتم": 2, "رضایتدارم": 4, "رضایتداشتم": 4, "رضایتکامل": 5, "welldone": 5,
    "فوقالعاده": 5, "بینظیر": 5,
    "ناامیدشدم": 2, "wellpleased": 4,
}  # fmt: skip
_THANKS_FOR_IT = (
    "دست شما درد نکنه",
    "دستتون درد نکنه",
    "دستتان درد نکند",
    "دست شما درد نکند",
    "خسته نباشید",
    "خسته نباشین",
)
_SIGNS = "".join((*_FACES.values(), _FULL, _EMPTY))
_BEFORE_COMMENT = re.compile(
    rf"(?:[1-5۱-۵١-٥](?:\s*(?:/|از|of|out of)\s*(?:5|10|۵|۱۰))?\s*[-–—:,،.;؛!]+|[{_SIGNS}]+)\s*(?=[^\W\d_])"
)
"""The rating at the head of a line that goes on with a comment."""
_PIECES = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+(?:['’][^\W\d_]+)?|[^\w\s]|_")


def rating(text: str) -> Rating | None:
    """What the newly written text of a survey's answer says, or None where that is not plain."""
    plain = _INVISIBLE.sub("", text)
    lines = [line.strip() for line in plain.splitlines() if line.strip()][:_LINES]
    while len(lines) > 1 and _is_greeting(lines[0]):
        lines = lines[1:]
    if not lines or _is_list(lines):
        return None
    first = lines[0][:_LONGEST_LINE]
    stars, whole = _line(first), _is_bare(first)
    if stars is None and not _numbers(_pieces(first)):
        lone = {_line(line) for line in lines[1:] if _is_bare(line)}
        stars = lone.pop() if len(lone) == 1 else None
        whole = False
    if stars is None:
        return None
    if whole:
        return Rating(stars, "\n".join(lines[1:]))
    said = _BEFORE_COMMENT.match(lines[0][:_LONGEST_LINE])
    return Rating(stars, "\n".join((lines[0][said.end() :] if said else lines[0], *lines[1:])))


def _is_list(lines: Sequence[str]) -> bool:
    """Whether the lines are points of a list, "1." and "2.": those numbers rate nothing."""
    return len(lines) > 1 and fold(lines[0]).startswith("1") and any(fold(line).startswith("2") for line in lines[1:])


def _line(line: str) -> int | None:
    """The stars that one line gives."""
    folded = fold(line)
    if "?" in folded or "؟" in folded:
        return None
    for phrase in _THANKS_FOR_IT:
        folded = folded.replace(fold(phrase), " ")
    pieces = _pieces(folded)
    votes = {vote for vote in (_scaled(pieces), _starred(line), _faces(line)) if vote is not None}
    if len(votes) > 1 or -1 in votes:
        return None
    counted = _number(pieces) if _scaled(pieces) is None else None
    if counted is not None and sum(map(line.count, _FULL)) == 1:
        return counted
    number = votes.pop() if votes else counted
    if number is None and _numbers(pieces):
        return None
    said = _judgement(pieces, strict=number is None)
    if number is None:
        return said
    return None if any(_against(number, other) for other in (said, counted)) else number


def _against(stars: int, other: int | None) -> bool:
    """Whether one is praise and the other blame."""
    return other is not None and 3 not in {stars, other} and (stars > 3) != (other > 3)


def _pieces(folded: str) -> list[str]:
    return _PIECES.findall(folded)


def _numbers(pieces: Sequence[str]) -> list[str]:
    return [piece for piece in pieces if piece[0].isdigit()]


def _is_bare(line: str) -> bool:
    """Whether the line holds the rating and nothing to keep as a comment."""
    return not [
        piece
        for piece in _pieces(fold(line))
        if piece.isalpha() and len(piece) > 1 and (piece not in _NUMBER_WORDS or _faces(line) is not None)
    ]


def _is_greeting(line: str) -> bool:
    words = [piece for piece in _pieces(fold(line)) if piece.isalpha()]
    return (
        bool(words)
        and len(words) < 7
        and not _numbers(_pieces(fold(line)))
        and (
            words[0] in {"hello", "hi", "hey", "dear", "hallo", "سلام", "درود", "با"}
            or all(word in vocabulary.GREETINGS for word in words)
        )
    )


def _value(piece: str) -> int | None:
    if piece.isdigit():
        return int(piece) if len(piece) < 4 else None
    return _NUMBER_WORDS.get(piece)


def _scaled(pieces: Sequence[str]) -> int | None:
    """``4/5``, ``۴ از ۵``, ``8 out of 10``: None when there is no such thing, -1 when it is unclear."""
    found = set()
    for index, piece in enumerate(pieces):
        if piece not in _SCALE_WORDS or index == 0 or pieces[index - 1] in _SCALE_WORDS:
            continue
        after = index + 2 if piece == "out" and pieces[index + 1 : index + 2] == ["of"] else index + 1
        value = _value(pieces[index - 1])
        scale = _value(pieces[after]) if after < len(pieces) else None
        if value is not None and scale is not None:
            found.add(-1 if pieces[after + 1 : after + 2] == ["/"] else _of(value, scale))
    return found.pop() if len(found) == 1 else -1 if found else None


def _of(value: int, scale: int) -> int:
    if scale not in {5, 10, 20, 100} or value > scale:
        return -1
    return max(1, -(-value * 5 // scale))


def _starred(line: str) -> int | None:
    full, empty = sum(map(line.count, _FULL)), sum(map(line.count, _EMPTY))
    if not full:
        return -1 if empty else None
    return full if full <= 5 and (not empty or full + empty == 5) else -1


def _faces(line: str) -> int | None:
    seen = {_STARS_OF[letter] for letter in line if letter in _STARS_OF}
    if not seen:
        return None
    return seen.pop() if len(seen) == 1 else min(seen) if max(seen) <= 2 else max(seen) if min(seen) >= 4 else -1


def _number(pieces: Sequence[str]) -> int | None:
    """A number from 1 to 5 that stands for a rating and for nothing else."""
    digits = [index for index, piece in enumerate(pieces) if piece[0].isdigit()]
    spoken = [index for index, piece in enumerate(pieces) if piece in _NUMBER_WORDS]
    places = digits or spoken
    values = {_value(pieces[index]) for index in places}
    value = values.pop() if len(values) == 1 else None
    if value is None or not 1 <= value <= 5 or (spoken and not digits and len(spoken) > 1):
        return None
    return value if _stands_for_rating(pieces, places[0], spoken=not digits) else None


def _stands_for_rating(pieces: Sequence[str], at: int, *, spoken: bool) -> bool:
    before, after = pieces[:at], pieces[at + 1 :]
    others = {piece for piece in (*before, *after) if piece[0].isalpha()}
    next_word = after[0] if after else ""
    if set(pieces) & _MONEY or list(before) in (["-"], ["−"]):
        return False
    if not others:
        return True
    follows = next_word[:1].isalpha()
    if follows and next_word not in _COUNTED | vocabulary.AFTER | vocabulary.VERY | set(_WORDS):
        return False
    if (others & vocabulary.MAYBE or any(word.endswith(("n't", "n’t")) for word in others)) and (at or follows):
        return False
    back = next((piece for piece in reversed(before) if piece[0].isalpha() and piece not in vocabulary.BETWEEN), "")
    if next_word in _COUNTED or back in vocabulary.ABOUT_RATING:
        return True
    if spoken:
        return False
    kind = others & (set(_WORDS) | _THANKS)
    return at == 0 or bool(kind and not follows and before[-1] in set(",،:-–—;!.=(") and len(others) < _SHORT)


def _judgement(pieces: Sequence[str], *, strict: bool) -> int | None:
    """The stars that words of praise or blame stand for; ``strict``: short, and nothing that weakens them."""
    words = [piece.replace("'", "").replace("’", "") for piece in pieces if piece[0].isalpha()]
    if strict and len(words) > _SHORT:
        return None
    found: list[int] = []
    used: set[int] = set()
    for index in range(len(words) - 1):
        pair = words[index] + words[index + 1]
        if pair in _PAIRS:
            found.append(_stronger(_PAIRS[pair], words[:index]))
            used |= {index, index + 1}
    for index, word in enumerate(words):
        if index not in used and word in _WORDS:
            found.append(_stronger(_WORDS[word], words[max(0, index - 1) : index]))
            used.add(index)
    rest = {word for index, word in enumerate(words) if index not in used}
    if not found or (strict and rest & vocabulary.BLOCK):
        return None
    if min(found) >= 4:
        return max(found)
    if max(found) <= 2:
        return min(found)
    return found[0] if len(set(found)) == 1 else None


def _stronger(stars: int, before: Sequence[str]) -> int:
    if not set(before) & vocabulary.VERY:
        return stars
    return {4: 5, 2: 1}.get(stars, stars)

"""What language a text is in, without a model: by script, by letters that only one language has, by small words.

Persian and Arabic are told apart by letters where those are told apart at all: much Persian is typed with Arabic
ي and ك, so small words, made alike first, count as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from maildesk.ingest import language_tables as tables

_LENGTH = 4000
_SCRIPT_LENGTH = 2000
_OPENING = 200
_LETTERS = 1500
_WORDS = 250
_SHORTEST = 2

# First bytes of UTF-8 sequences: they never occur inside one, so counting them counts letters.
_SCRIPTS = {
    "arabic": b"\xd8\xd9\xda\xdb",
    "cyrillic": b"\xd0\xd1\xd2\xd3",
    "greek": b"\xce\xcf",
    "hebrew": b"\xd6\xd7",
    "han": b"\xe4\xe5\xe6\xe7\xe8\xe9",
    "kana": b"\xe3",
    "hangul": b"\xea\xeb\xec\xed",
    "south": b"\xe0\xe1",
}
_LATIN = bytes(range(0x41, 0x5B)) + bytes(range(0x61, 0x7B)) + b"\xc3\xc4\xc5"
_WEIGHT = {"han": 6, "kana": 6, "hangul": 4, "arabic": 3, "hebrew": 3, "cyrillic": 2, "greek": 2, "south": 3}
"""A mail in another script quotes Latin names, addresses and logs; seldom the other way round."""

_ALIKE = (("ي", "ی"), ("ى", "ی"), ("ك", "ک"), ("\u200c", " "), ("\u0640", ""))

_LANGUAGES_OF = {
    word: tuple(language for language, words in tables.LATIN.items() if word in words)
    for word in frozenset().union(*tables.LATIN.values())
}
_TRIM = "\"'.,:;!?()[]<>*_-–—…“”„«»،؛؟"


def detect(text: str, subject: str = "", content_language: str = "") -> str:
    """The ISO 639-1 code of the main language ("fa", "ar", "en", ...), or "" when it is not clear.

    Looks at the subject and the first 4,000 characters. ``Content-Language`` counts only where the text itself
    says nothing: programs write it by themselves.
    """
    sample = f"{subject[:500]}\n{text[:_LENGTH]}"
    scripts = _scripts(sample[:_SCRIPT_LENGTH], text[:_OPENING])
    found = (_READERS[script](sample) for script in scripts)
    return next(filter(None, found), "") or _declared(
        content_language, scripts[0] if any(map(str.isalpha, sample)) else ""
    )


def _scripts(sample: str, opening: str) -> tuple[str, ...]:
    """The scripts that the text may be written in, the likeliest first.

    A greeting in one script and a pasted log in another is a mail in the script of the greeting.
    """
    if sample.isascii():
        return ("latin",)
    data = sample.encode("utf-8", "replace")
    size = len(data)
    counts = {name: (size - len(data.translate(None, lead))) * _WEIGHT[name] for name, lead in _SCRIPTS.items()}
    name = max(counts, key=lambda key: counts[key])
    latin = size - len(data.translate(None, _LATIN))
    if counts[name] < _SHORTEST * _WEIGHT[name]:
        return ("latin",)
    likely = "kana" if name == "han" and counts["kana"] * 8 > counts["han"] else name
    first = next((ch for ch in opening if ch.isalpha()), "")
    return (likely,) if counts[name] >= latin or first > "\u024f" else ("latin", likely)


def _count(sample: str, letters: Iterable[str]) -> int:
    return sum(sample.count(letter) for letter in letters)


def _arabic_script(sample: str) -> str:
    """Persian, Arabic and their neighbours."""
    sample = sample[:_LETTERS]
    letters = max(1, _count(sample, "اینرو"))
    for language, own in (("ur", tables.URDU_LETTERS), ("ps", tables.PASHTO_LETTERS), ("ckb", tables.KURDISH_LETTERS)):
        if _count(sample, own) * 10 > letters:
            return language
    hamzas = _count(sample, tables.ARABIC_LETTERS)
    for letter, twin in _ALIKE:
        sample = sample.replace(letter, twin)
    words = [word.strip(_TRIM) for word in sample.split(None, _WORDS)[:_WORDS]]
    persian = 2 * sum(word in tables.PERSIAN for word in words) + _count(sample, tables.PERSIAN_LETTERS)
    articles = sum(word.startswith(("ال", "وال", "بال", "لل")) and len(word) > 4 for word in words)
    arabic = 2 * sum(word in tables.ARABIC for word in words) + hamzas + articles
    return "ar" if arabic > persian else "fa"


def _cyrillic(sample: str) -> str:
    if _count(sample, "їєґЇЄҐ"):
        return "uk"
    if _count(sample, "ўЎ"):
        return "be"
    if _count(sample, "ђћџљњЂЋЏЉЊ"):
        return "sr"
    if _count(sample, "ыэёЫЭЁ"):
        return "ru"
    words = frozenset(word.strip(_TRIM) for word in sample.lower().split(None, _WORDS)[:_WORDS])
    bulgarian = words & {"на", "се", "са", "ще", "моля", "здравейте", "благодаря", "това", "че", "ми", "сте"}
    return (
        "bg"
        if len(bulgarian) > len(words & {"и", "не", "что", "мне", "вы", "это", "для", "по", "спасибо", "на"})
        else "ru"
    )


def _latin(sample: str) -> str:
    words = sample.lower().replace("’", "'").split(None, _WORDS)[:_WORDS]
    scores = dict.fromkeys(tables.LATIN, 0)
    for word in words:
        for language in _LANGUAGES_OF.get(word.strip(_TRIM), ()):
            scores[language] += 1
    if not sample.isascii():
        for language, letters in tables.LATIN_LETTERS:
            scores[language] += min(3, _count(sample, letters))
    ranked = sorted(scores, key=lambda language: -scores[language])
    first, second = scores[ranked[0]], scores[ranked[1]]
    clear = first > second and (first >= 3 or (first > 0 and len(words) <= 6) or (first >= 2 and first >= 2 * second))
    return ranked[0] if clear else ""


_READERS: dict[str, Callable[[str], str]] = {
    "latin": _latin,
    "arabic": _arabic_script,
    "cyrillic": _cyrillic,
    "greek": lambda _: "el",
    "hebrew": lambda _: "he",
    "han": lambda _: "zh",
    "kana": lambda _: "ja",
    "hangul": lambda _: "ko",
    "south": lambda sample: "th" if _count(sample, "กานร") else "hi",
}


def _declared(value: str, script: str) -> str:
    """The first language of a Content-Language header, if it is written in this script ("": no letters at all)."""
    code = value.strip().lower().partition(",")[0].partition("-")[0].strip()
    fits = not script or (script == "latin") == (
        code not in {"fa", "ar", "ur", "he", "ru", "uk", "bg", "el", "zh", "ja", "ko", "th"}
    )
    return code if code.isascii() and code.isalpha() and len(code) in {2, 3} and fits else ""

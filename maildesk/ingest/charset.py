"""Bytes to text: strict UTF-8, then what was declared, then an educated guess. Never fails, never lies silently.

The result of every function here can be stored anywhere: no NUL, no lone surrogate, no C0/C1 controls besides
line feed and tab, no overriding bidi controls.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SAMPLE = 16 * 1024
"""Bytes that are looked at when the charset has to be guessed."""

# What mail programs call charsets, and the superset that they mean by it (A30: nothing else reaches a codec).
_NAMES = {
    "utf-8": "utf-8", "utf8": "utf-8", "utf-8-sig": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf8mb4": "utf-8",
    "us-ascii": "ascii", "ascii": "ascii", "ansi_x3.4-1968": "ascii", "646": "ascii", "default": "ascii",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "iso8859-1": "cp1252", "8859_1": "cp1252",
    "iso_8859-1": "cp1252", "l1": "cp1252", "cp1252": "cp1252", "ansi": "cp1252",
    "iso-8859-9": "cp1254", "latin5": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874", "windows-874": "cp874",
    "iso-8859-8-i": "iso8859-8", "iso-8859-8-e": "iso8859-8", "iso-8859-6-i": "iso8859-6", "iso-8859-6-e": "iso8859-6",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "cp936": "gb18030", "gb_2312-80": "gb18030",
    "x-gbk": "gb18030", "hz-gb-2312": "hz", "hz": "hz", "big5": "cp950", "big-5": "cp950", "x-x-big5": "cp950",
    "big5-hkscs": "big5hkscs", "cp950": "cp950",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "ms_kanji": "cp932",
    "cp932": "cp932", "windows-31j": "cp932", "euc-jp": "euc_jp", "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext", "iso-2022-jp-1": "iso2022_jp_ext", "iso-2022-jp-2": "iso2022_jp_2",
    "iso-2022-jp-3": "iso2022_jp_3", "iso-2022-jp-2004": "iso2022_jp_2004", "csiso2022jp": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext", "cp50221": "iso2022_jp_ext",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "cp949": "cp949", "uhc": "cp949",
    "iso-2022-kr": "iso2022_kr", "koi8-r": "koi8_r", "koi8-u": "koi8_u", "koi8-ru": "koi8_u", "viscii": "cp1258",
    "macintosh": "mac_roman", "x-mac-roman": "mac_roman", "mac": "mac_roman", "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2", "x-mac-turkish": "mac_turkish", "x-mac-greek": "mac_greek", "x-mac-arabic": "mac_arabic",
    "x-mac-farsi": "mac_farsi", "asmo-708": "iso8859-6", "ibm850": "cp850", "ibm437": "cp437", "ibm852": "cp852",
    "ibm855": "cp855", "ibm866": "cp866", "ibm864": "cp864", "dos-720": "cp720", "cp720": "cp720",
    "utf-7": "utf-7", "unicode-1-1-utf-7": "utf-7", "utf-16": "utf-16", "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be", "unicode": "utf-16", "utf-32": "utf-32",
    **{f"{prefix}{number}": f"iso8859-{number}"
       for prefix in ("iso-8859-", "iso8859-", "iso_8859-", "iso8859_")
       for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{f"{prefix}{number}": f"cp{number}"
       for prefix in ("windows-", "cp", "cp-", "x-cp", "win-", "windows") for number in range(1250, 1259)},
    **{f"cp{number}": f"cp{number}" for number in (437, 850, 852, 855, 857, 858, 862, 864, 866, 874)},
}  # fmt: skip

_SEVEN_BIT = frozenset(
    {"iso2022_jp_ext", "iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_2004", "iso2022_kr", "hz", "utf-7"}
)
_WIDE = frozenset({"utf-16", "utf-16-le", "utf-16-be", "utf-32"})
_EAST_ASIAN = frozenset({"gb18030", "cp950", "big5hkscs", "cp932", "euc_jp", "cp949"})
_GUESSES = [
    "utf_8", "cp1256", "cp1252", "cp1251", "koi8_r", "cp1250", "cp1254", "cp1253", "cp1255", "iso8859_6",
    "cp932", "euc_jp", "gb18030", "big5", "cp949",
]  # fmt: skip

_FURTHER = {"cp950": "big5hkscs", "cp1252": "latin-1"}
"""What a declaration may also mean, tried second."""

_ASCII = bytes(range(128))
_HIGH = bytes(range(128, 256))
_LETTERS = bytes([*range(0x41, 0x5B), *range(0x61, 0x7B)])
_LATIN_SHARE = 0.34
_TOO_FEW = 4
_TURKISH = b"\xfd\xfe\xf0\xdd\xde\xd0"
# cp1256: letters, digits' neighbours and punctuation of Arabic and Persian; ZWNJ and ZWJ; پ چ ژ گ; then ل م ن ه و ی.
_ARABIC = bytes(
    [0x81, 0x8D, 0x8E, 0x90, 0x98, 0x9D, 0x9E, 0xA0, 0xA1, 0xAB, 0xBA, 0xBB, 0xBF, *range(0xC0, 0xD7),
     *range(0xD8, 0xE0), 0xE1, *range(0xE3, 0xE7), 0xEC, 0xED, *range(0xF0, 0xF4), 0xF5, 0xF6, 0xF8, 0xFA]
)  # fmt: skip
_PERSIAN = b"\x81\x8d\x8e\x90"
_HEBREW = bytes(range(0xE0, 0xFB))
_ENOUGH_HEBREW = 12
_FOREIGN_WORD = re.compile(rb"(?<![A-Za-z\x80-\xff])[\x80-\xff]{3,}+(?![A-Za-z])")
"""A word without any Latin letter: languages in Latin letters have none that is so long."""
_COMMON_ARABIC = b"\xe1\xe3\xe4\xe5\xe6\xec\xed"

_CP1252 = {
    ord(bytes([byte]).decode("cp1252")): byte for byte in range(0x80, 0xA0) if bytes([byte]).decode("cp1252", "ignore")
}
_CLEAN = {
    **dict.fromkeys([*range(9), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0x202D, 0x202E, 0xFEFF]),
    **dict.fromkeys([0x0C, 0x0D, 0x85, 0x2028, 0x2029], "\n"),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}
_UNCLEAN = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202d\\u202e\\ufeff\\ud800-\\udfff]")
"""One character class: linear, and much faster than translating every text."""


@lru_cache(maxsize=256)
def codec_for(declared: str) -> str:
    """The Python codec that a declared charset stands for, or "" when it is not one that we trust (A30)."""
    name = declared.strip().strip("\"'").lower().partition("*")[0]
    found = _NAMES.get(name) or _NAMES.get(name.replace("_", "-")) or _NAMES.get(name.removeprefix("x-"))
    return found or ""


def decode(raw: bytes, declared: str = "", hint: str = "") -> tuple[str, str]:
    """The text and a defect ("" for none). ``hint`` is the charset of the mail's other parts, if known."""
    text, defect = _decode(raw, declared, hint)
    return clean(text), defect


def as_it_came(raw: bytes, hint: str = "") -> str:
    """The text with every character that it holds, also those that hide or break a line."""
    return _decode(raw, "", hint)[0]


def clean(text: str) -> str:
    """Take out what cannot be stored or must not be shown; line ends become line feeds."""
    if "\r" in text:
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n")
    return text.translate(_CLEAN) if _UNCLEAN.search(text) else text


def _decode(raw: bytes, declared: str, hint: str) -> tuple[str, str]:
    codec = codec_for(declared)
    defect = f"unknown charset {declared[:40]!r}" if declared and not codec else ""
    if codec in _SEVEN_BIT or (codec in _WIDE and b"\0" in raw):
        text = _strict(raw, codec)
        if text is not None:
            return text, ""
    if raw.isascii():
        return raw.decode("ascii"), defect
    text = _strict(raw, "utf-8")
    if text is not None and not (codec in _EAST_ASIAN and max(raw) < 0xE0):
        once = _decoded_again(text)
        if once is not None:
            return once, "encoded twice"
        return text, "" if codec in {"utf-8", ""} else f"charset is utf-8, not {declared[:40]}"
    found = _mended_utf8(raw) if codec == "utf-8" else _as_declared(raw, codec, declared)
    if found is not None:
        return found
    guessed, how = _guess(raw, hint)
    return guessed, defect or how


def _as_declared(raw: bytes, codec: str, declared: str) -> tuple[str, str] | None:
    """What the declaration gives; None when it says nothing or cannot be true."""
    if codec in {"", "ascii"} or (codec == "cp1252" and _hardly_latin(raw)):
        return None
    for variant in (codec, _FURTHER.get(codec, "")):
        text = _strict(raw, variant) if variant else None
        if text is not None:
            return text, ""
    replaced = raw.decode(codec, "replace")
    return (replaced, f"bytes that are not {declared[:40]}") if replaced.count("\ufffd") * 50 <= len(raw) else None


def _strict(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _decoded_again(text: str) -> str | None:
    """Arabic script that a program took for cp1252 and encoded once more; None for every other text."""
    if "Ø" not in text and "Ù" not in text:
        return None
    try:
        return text.translate(_CP1252).encode("latin-1").decode()
    except UnicodeError:
        return None


def _mended_utf8(raw: bytes) -> tuple[str, str] | None:
    """UTF-8 with a few broken bytes, as left by something that cut it; None when most of it is not UTF-8."""
    text = raw.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(1 for ch in text[:_SAMPLE] if ch > "\x7f" and ch != "\ufffd")
    return (text, "broken utf-8") if broken <= 1 + whole // 10 and whole >= broken else None


def _high_share(raw: bytes) -> float:
    """The share of bytes beyond ASCII among all letters."""
    sample = raw[:_SAMPLE]
    high = len(sample) - len(sample.translate(None, _HIGH))
    low = len(sample) - len(sample.translate(None, _LETTERS))
    return high / (high + low) if high else 0.0


def _hardly_latin(raw: bytes) -> bool:
    """Whether most letters are beyond ASCII, as no language in Latin letters has it: the declaration is a default."""
    return len(raw) >= 8 and _high_share(raw) > 0.5


def _guess(raw: bytes, hint: str) -> tuple[str, str]:
    codec = codec_for(hint) if hint else ""
    if not codec or codec in {"ascii", "utf-8", "cp1252"} | _SEVEN_BIT | _WIDE or _strict(raw, codec) is None:
        codec = _detect(raw[:_SAMPLE])
    text = _strict(raw, codec)
    return (
        (text, f"no usable charset, read as {codec}")
        if text is not None
        else (raw.decode("cp1252", "replace"), "no usable charset")
    )


def _is_japanese(sample: bytes, codec: str) -> bool:
    """Whether a third of what is not ASCII becomes kana, as in every Japanese sentence and in no wrong decoding."""
    text = sample.decode(codec, "ignore")
    foreign = [ch for ch in text if ch > "\x7f"]
    return len(foreign) >= _TOO_FEW and 3 * sum("\u3041" <= ch <= "\u30fc" for ch in foreign) >= len(foreign)


def _detect(sample: bytes) -> str:
    """The likeliest codec. Counting comes first: on short texts and on Latin letters it beats statistics."""
    high = sample.translate(None, _ASCII)
    if _high_share(sample) < _LATIN_SHARE:
        foreign = b"".join(_FOREIGN_WORD.findall(sample))
        if 2 * len(foreign) <= len(high):
            return "cp1254" if sample.translate(None, _TURKISH) != sample and b"\xfe" in sample else "cp1252"
        high = foreign
    if not high.translate(None, _ARABIC):
        common = len(high) - len(high.translate(None, _COMMON_ARABIC))
        if common * 8 >= len(high) or high.translate(None, _PERSIAN) != high:
            return "cp1256"
    japanese = next((codec for codec in ("euc_jp", "cp932") if _is_japanese(sample, codec)), "")
    if japanese:
        return japanese
    if len(high) >= _ENOUGH_HEBREW and not high.translate(None, _HEBREW):
        return "cp1255"
    if len(high) < _TOO_FEW:
        return "cp1252"
    from charset_normalizer import from_bytes  # here: it takes long to import and is rarely needed

    best = from_bytes(sample, cp_isolation=_GUESSES, threshold=0.5).best()
    return str(best.encoding) if best is not None else "cp1252"

"""Header fields that are valid by construction. Nothing but a ``Field`` becomes a header of a mail of ours.

The library's own folding is not used: it makes encoded words of long Message-IDs (bpo-35547 and others), lets
display names become recipients and is slow. RFC 5322 section 2.2.3 (folding), RFC 2047 (encoded words), RFC 2231.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from unicodedata import bidirectional
from urllib.parse import quote

from maildesk.model.errors import PermanentFailure
from maildesk.notices.clean import clean_filename, clean_line

_LINE = 76
_WORD_BYTES = 39
"""Bytes of UTF-8 in one encoded word: 52 characters of base64 and 12 of frame fit on a line behind "Subject: "."""
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+\-/?^_`{|}~ ]+\Z")
_QUOTABLE = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+\Z")
_ADDRESS = re.compile(
    r"[^\x00-\x20\x7f-\xa0\"(),:;<>@\[\]\\.]+(?:\.[^\x00-\x20\x7f-\xa0\"(),:;<>@\[\]\\.]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\Z"
)
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>\Z")
_TOKEN = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,64}\Z")
_REFERENCES = 20
_LEFT_TO_RIGHT = " \u200e"
"""Before a ticket tag: after Persian letters [#1042] would be shown as [1042#] (UAX #9, rule W2).

With a space of its own, because the one that follows ends up on the far side of the tag.
"""


class Field(str):
    """The value of a header as it goes on the wire: folded, ASCII but for an internationalised address."""

    __slots__ = ()


def unstructured(text: str, name: str) -> Field:
    """A Subject or the like. ASCII words stay as they are, so that the ticket tag can always be read."""
    runs: list[tuple[bool, list[str]]] = []
    for word in clean_line(text, 998).split(" "):
        plain = word.isascii() and "=?" not in word and len(word) <= 900
        if runs and runs[-1][0] == plain:
            runs[-1][1].append(word)
        else:
            runs.append((plain, [word]))
    pieces: list[str] = []
    for (plain, words), (_, following) in zip(runs, [*runs[1:], (True, [""])], strict=True):
        text = " ".join(words)
        mark = _LEFT_TO_RIGHT if following[0].startswith("[#") and _ends_right_to_left(text) else ""
        pieces += words if plain else _encoded_words(text + mark)
    return Field(_fold(pieces, len(name) + 2))


def _ends_right_to_left(text: str) -> bool:
    strong = (kind for char in reversed(text) if (kind := bidirectional(char)) in {"L", "R", "AL"})
    return next(strong, "L") != "L"


def _encoded_words(text: str) -> list[str]:
    """RFC 2047 words of at most 75 characters, split after a space where that is possible, never within a character.

    After a space, because some readers wrongly show the white space between two encoded words.
    """
    words = [b""]
    for piece in text.replace(" ", " \n").split("\n"):
        encoded = piece.encode("utf-8", "replace")
        if len(words[-1]) + len(encoded) <= _WORD_BYTES:
            words[-1] += encoded
        elif len(encoded) <= _WORD_BYTES:
            words.append(encoded)
        else:
            words += _characters(piece)
    return [f"=?utf-8?b?{b64encode(word).decode('ascii')}?=" for word in words if word]


def _characters(text: str) -> list[bytes]:
    """A long text in pieces that fit into an encoded word."""
    words = [b""]
    for char in text:
        encoded = char.encode("utf-8", "replace")
        if len(words[-1]) + len(encoded) > _WORD_BYTES:
            words.append(b"")
        words[-1] += encoded
    return words


def _fold(pieces: Sequence[str], used: int) -> str:
    lines: list[list[str]] = [[]]
    for piece in pieces:
        if used + len(piece) + 1 > _LINE and lines[-1]:
            lines.append([])
            used = 1
        lines[-1].append(piece)
        used += len(piece) + 1
    return "\r\n ".join(" ".join(line) for line in lines)


def address(email: str) -> Field:
    """A bare address (RFC 5321: dot-atom local part, DNS domain). Raises PermanentFailure for any other."""
    local, _, domain = email.rpartition("@")
    if not _ADDRESS.match(email) or len(local.encode()) > 64 or len(domain) > 255 or ".." in domain:
        raise PermanentFailure(f"not an address that mail can be sent to: {email!r}")
    return Field(email)


def mailbox(name: str, email: str) -> Field:
    """``name <address>``; the name must have gone through ``clean.clean_name`` and may be empty."""
    safe = address(email)
    if not name:
        return safe
    if _ATOMS.match(name) and "=?" not in name:
        phrase = [name]
    elif _QUOTABLE.match(name) and "=?" not in name:
        phrase = [f'"{name}"']
    else:
        phrase = _encoded_words(clean_line(name, 100))
    return Field(_fold([*phrase, f"<{safe}>"], len("Reply-To: ")))


def is_message_id(value: str) -> bool:
    """Whether this can stand in In-Reply-To and References (RFC 5322 section 3.6.4) and fits on a line."""
    return bool(_MESSAGE_ID.match(value))


def message_ids(values: Iterable[str]) -> Field:
    """Message-IDs, one a line and never encoded (RFC 5322 section 3.6.4): the first and the last ones, 20 at most."""
    ids = [value for value in dict.fromkeys(values) if is_message_id(value)]
    if len(ids) > _REFERENCES:
        ids = [ids[0], *ids[1 - _REFERENCES :]]
    return Field("\r\n ".join(ids))


def date(moment: datetime) -> Field:
    """A Date in UTC (RFC 5322 section 3.3)."""
    return Field(format_datetime(moment.astimezone(UTC)))


def fixed(value: str) -> Field:
    """A constant of ours. Raises ValueError when it is no plain ASCII line."""
    if not (value.isascii() and value.isprintable()):
        raise ValueError(f"no header value: {value!r}")
    return Field(value)


def media_type(value: str) -> str:
    """A media type that may be attached as base64; application/octet-stream for all others (RFC 2046 5.2.1)."""
    kind, slash, sub = value.lower().partition("/")
    plain = slash and _TOKEN.match(kind) and _TOKEN.match(sub) and kind not in {"message", "multipart"}
    return f"{kind}/{sub}" if plain else "application/octet-stream"


def with_filename(value: str, parameter: str, filename: str) -> Field:
    """A header value with a file name as parameter; RFC 2231 pieces of one line each where it is not plain ASCII."""
    name = clean_filename(filename)
    if _QUOTABLE.match(name):
        return Field(f'{fixed(value)};\r\n {parameter}="{name}"')
    pieces = [""]
    for char in name:
        encoded = quote(char, safe="", errors="replace")
        if len(pieces[-1]) + len(encoded) > 50:
            pieces.append("")
        pieces[-1] += encoded
    if len(pieces) == 1:
        return Field(f"{fixed(value)};\r\n {parameter}*=utf-8''{pieces[0]}")
    pieces[0] = "utf-8''" + pieces[0]
    shown = [f"{parameter}*{at}*={piece}" for at, piece in enumerate(pieces)]
    return Field(";\r\n ".join((fixed(value), *shown)))

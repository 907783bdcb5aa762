"""Header values as they are found in the wild: encoded-words, parameters, ids, dates. Nothing here raises.

Every scanner goes from left to right once (A37). Values come as bytes without line ends.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from urllib.parse import unquote_to_bytes

from maildesk.ingest import charset
from maildesk.model.mail import Mail

_PARAMETERS = 100
_WORD_NAME = 64

_NOT_IN_HEADER = dict.fromkeys(
    [0x200B, 0x2060, *range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xE0000, 0xE0080), 0xFFF9, 0xFFFA, 0xFFFB]
)


def text_of(raw: bytes, hint: str = "") -> str:
    """A header value as text, encoded-words left as they are: what addresses are parsed from (A3)."""
    return tidy(raw.decode("ascii") if raw.isascii() else charset.decode(raw, "", hint)[0])


def shown(raw: bytes, hint: str = "") -> str:
    """A header value as a reader sees it: encoded-words decoded, one line, no invisible tricks (A10, A20)."""
    return decode_words(text_of(raw, hint))


def tidy(value: str) -> str:
    """One line without controls and without characters that hide or turn round what follows."""
    if value.isascii() and value.isprintable():
        return value.strip()
    value = charset.clean(value).replace("\n", " ").replace("\t", " ")
    return (value if value.isascii() else value.translate(_NOT_IN_HEADER)).strip()


def decode_words(value: str) -> str:
    """Decode encoded-words (RFC 2047 section 2), also inside quotes, unpadded, glued together or unfinished.

    Neighbours in the same charset are joined before they are decoded: many programs cut characters in two.
    """
    if "=?" not in value:
        return tidy(value)
    pieces: list[tuple[str, bytes]] = []
    for between, name, raw in _words(value):
        if between.strip() or not name or not pieces or not pieces[-1][0]:
            pieces.append(("", between.encode("utf-8", "replace")))
        if name and pieces[-1][0] == name:
            pieces[-1] = (name, pieces[-1][1] + raw)
        elif name:
            pieces.append((name, raw))
    return tidy("".join(charset.decode(raw, name)[0] if name else raw.decode() for name, raw in pieces))


def _words(value: str) -> Iterator[tuple[str, str, bytes]]:
    """(text in front, charset, bytes) of every encoded-word; at the end the rest with charset ""."""
    begin = position = 0
    last = value.rfind("?=")
    while 0 <= (start := value.find("=?", position)) < last:
        word = _encoded_word(value, start)
        if word is None:
            position = start + 2
            continue
        name, raw, end = word
        yield value[begin:start], name, raw
        begin = position = end
    yield value[begin:], "", b""


def _encoded_word(value: str, start: int) -> tuple[str, bytes, int] | None:
    """(charset, bytes, end) of the encoded-word at ``start``, or None when there is none."""
    first = value.find("?", start + 2, start + 2 + _WORD_NAME)
    if first < 0 or value[first + 2 : first + 3] != "?":
        return None
    name, how = value[start + 2 : first].partition("*")[0].strip().lower(), value[first + 1].lower()
    if how not in "bq" or not name:
        return None
    begin = first + 3
    end = value.find("?=", begin)
    if end < 0:
        return None
    if how == "q" and value[end + 2 : end + 4].strip() and _is_hex(value[end + 2 : end + 4]):
        later = value.find("?=", end + 2, end + 80)
        if later > 0 and " " not in value[end:later]:
            end = later
    text = value[begin:end].encode("utf-8", "replace")
    raw = from_base64(text) if how == "b" else binascii.a2b_qp(text, header=True)
    return name, raw, end + 2


def _is_hex(pair: str) -> bool:
    return len(pair) == 2 and all(ch in "0123456789ABCDEF" for ch in pair)


_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_PADDED = re.compile(rb"([^=]+)(=*)")


def from_base64(raw: bytes) -> bytes:
    """Whatever can be decoded: foreign characters are skipped, padding may be missing or stand between pieces."""
    data = raw.translate(None, _NOT_BASE64)
    whole = data.rstrip(b"=")
    if b"=" not in whole:
        return binascii.a2b_base64(_whole(whole))
    out: list[bytes] = []
    for match in _PADDED.finditer(data):
        piece, padding = match.groups()
        if out and (len(piece) + len(padding)) % 4:
            break
        out.append(binascii.a2b_base64(_whole(piece)))
    return b"".join(out)


def _whole(piece: bytes) -> bytes:
    rest = len(piece) % 4
    return piece[:-1] if rest == 1 else piece + b"=" * (-rest % 4)


def value_and_parameters(raw: bytes, hint: str = "") -> tuple[str, dict[str, str]]:
    """The value and its parameters, as of Content-Type (RFC 2045 section 5.1, RFC 2231): lower-case names.

    Reads comments, missing quotes, raw 8-bit, encoded-words in values and RFC 2231 pieces in any order.
    """
    fields = _split(raw)
    value = fields[0].strip().lower().decode("ascii", "replace")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for field in fields[1 : _PARAMETERS + 1]:
        name, equals, content = field.partition(b"=")
        key = name.strip().lower().decode("ascii", "replace")
        if not equals or not key:
            continue
        text = _unquoted(content.strip())
        base, star, rest = key.partition("*")
        if star:
            number = rest.rstrip("*")
            index = int(number) if number.isdecimal() and len(number) < 4 else 0
            pieces.setdefault(base, {}).setdefault(index, (text, not rest or rest.endswith("*")))
        else:
            plain.setdefault(key, shown(text, hint))
    return value, plain | {base: joined for base, found in pieces.items() if (joined := _joined(found, hint))}


def _split(raw: bytes) -> list[bytes]:
    """The value cut at semicolons outside quotes and comments; comments are left out."""
    if b'"' not in raw and b"(" not in raw:
        return raw.split(b";")
    if b"(" not in raw and b"\\" not in raw:
        return _split_quoted(raw)
    fields: list[bytes] = []
    current = bytearray()
    quoted, depth, position, in_value = False, 0, 0, False
    last_closing = raw.rfind(b")")
    while position < len(raw):
        byte = raw[position : position + 1]
        if byte == b"\\" and (quoted or depth):
            byte = raw[position : position + 2]
        elif byte == b'"' and not depth:
            quoted = not quoted
        elif byte == b"(" and not quoted and (depth or (position < last_closing and not in_value)):
            # A bracket inside an unquoted file name, as in ``name=scan (2).pdf``, is no comment.
            depth += 1
        if byte == b";" and not quoted and not depth:
            fields.append(bytes(current))
            current.clear()
            in_value = False
        elif not depth:
            current += byte
            in_value = in_value or byte == b"="
        elif byte == b")":
            depth -= 1
        position += len(byte)
    return [*fields, bytes(current)]


def _split_quoted(raw: bytes) -> list[bytes]:
    """The value cut at semicolons outside quotes, where no quote is escaped and nothing is a comment."""
    fields = [b""]
    for number, piece in enumerate(raw.split(b'"')):
        first, *others = piece.split(b";") if number % 2 == 0 else (piece,)
        fields[-1] += b'"' * (number > 0) + first
        fields += others
    return fields


def _unquoted(text: bytes) -> bytes:
    if text[:1] != b'"':
        return text
    end = text.rfind(b'"')
    inner = text[1:end] if end > 0 else text[1:]
    return inner if b"\\" not in inner else _unescaped(inner)


def _unescaped(inner: bytes) -> bytes:
    r"""Quoted pairs resolved; a Windows path (``C:\file``) keeps its backslashes."""
    return inner.replace(b'\\"', b'"').replace(b"\\\\", b"\\")


def _joined(found: dict[int, tuple[bytes, bool]], hint: str) -> str:
    """RFC 2231 pieces in order; the first one carries charset and language."""
    declared, pieces = "", [found[index] for index in sorted(found)]
    first, extended = pieces[0]
    if extended and first.count(b"'") >= 2:
        name, _, rest = first.partition(b"'")
        declared, pieces[0] = name.decode("ascii", "replace"), (rest.partition(b"'")[2], True)
    raw = b"".join(unquote_to_bytes(text) if extended else text for text, extended in pieces)
    return shown(raw, hint) if not declared else tidy(charset.decode(raw, declared, hint)[0])


def message_ids(value: str, limit: int) -> tuple[str, ...]:
    """The Message-IDs of a References or In-Reply-To value, each once: the first and the last ``limit - 1``."""
    found: dict[str, None] = {}
    position = 0
    while (start := value.find("<", position)) >= 0:
        end = value.find(">", start)
        if end < 0:
            break
        start = value.rfind("<", start, end)
        token = message_id(value[start : end + 1])
        if token:
            found[token] = None
        position = end + 1
    ids = tuple(found)
    return ids if len(ids) <= limit else (ids[0], *ids[len(ids) - limit + 1 :])


def message_id(value: str) -> str:
    """One Message-ID with its angle brackets, or "" when there is none that is usable (at most 998 characters)."""
    start, end = value.find("<"), value.find(">")
    inner = value[start + 1 : end] if 0 <= start < end else value
    inner = "".join(inner.split()).strip("<>")
    return f"<{inner}>" if inner and len(inner) <= 996 and (start >= 0 or "@" in inner) else ""


def traced_at(mail: Mail) -> datetime | None:
    """When a mail was received last: its topmost trace header that can be read (RFC 5321 section 4.4), else None."""
    told = (date(value.rpartition(";")[2]) for value in mail.headers_named("received"))
    return next((at for at in told if at), None)


def date(value: str) -> datetime | None:
    """A Date header (RFC 5322 section 3.3, obsolete forms too) in UTC; None outside of 1980 to 2100 or unreadable."""
    try:
        parsed = parsedate_tz(value[:200])
        if parsed is None or not 1980 <= parsed[0] <= 2100:
            return None
        offset = parsed[9] or 0
        if abs(offset) > 86400:
            return None
        year, month, day, hour, minute, second = parsed[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) - timedelta(seconds=offset)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None

"""The text inside an opaque signature: S/MIME signed-data wraps a mail whole (RFC 8551 section 3.5.2), unencrypted.

Only the way to the content is walked (RFC 5652 sections 3 and 5.1, BER); nothing is verified, nobody may rely on it.
"""

from __future__ import annotations

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_DATA = bytes.fromhex("06092a864886f70d010701")
_INTEGER, _OCTETS, _SEQUENCE, _SET, _CONTEXT, _PIECES = 0x02, 0x04, 0x30, 0x31, 0xA0, 0x24
_LENGTH_BYTES = 4


def signed_content(raw: bytes) -> bytes:
    """The mail inside a CMS signed-data structure; b"" where it is anything else, as encrypted or cut short."""
    try:
        return _content(raw)
    except (IndexError, ValueError):
        return b""


def _content(raw: bytes) -> bytes:
    at = _oid(raw, _enter(raw, 0, _SEQUENCE), _SIGNED_DATA)
    at = _enter(raw, _enter(raw, at, _CONTEXT), _SEQUENCE)
    at = _skip(raw, _skip(raw, at, _INTEGER), _SET)
    at = _oid(raw, _enter(raw, at, _SEQUENCE), _DATA)
    at = _enter(raw, at, _CONTEXT)
    tag, start, end = _head(raw, at)
    if tag == _OCTETS and 0 <= end <= len(raw):
        return raw[start:end]
    return b"".join(_pieces(raw, start, len(raw) if end < 0 else end)) if tag == _PIECES else b""


def _pieces(raw: bytes, at: int, end: int) -> list[bytes]:
    """The pieces of a string that was written as it came: up to the end mark, or to the end of the whole."""
    pieces = []
    while at < end:
        tag, start, stop = _head(raw, at)
        if tag == 0:
            break
        if tag != _OCTETS or not 0 <= stop <= len(raw):
            raise ValueError("no piece of a string")
        pieces.append(raw[start:stop])
        at = stop
    return pieces


def _head(raw: bytes, at: int) -> tuple[int, int, int]:
    """(tag, where the content begins, where it ends) of the element at ``at``; the end is -1 where it is left open."""
    tag, length = raw[at], raw[at + 1]
    at += 2
    if length < 0x80:
        return tag, at, at + length
    if length == 0x80:
        return tag, at, -1
    count = length & 0x7F
    if count > _LENGTH_BYTES or at + count > len(raw):
        raise ValueError("no length")
    return tag, at + count, at + count + int.from_bytes(raw[at : at + count])


def _enter(raw: bytes, at: int, wanted: int) -> int:
    """Where the content of the element begins, which must have this tag."""
    tag, start, _ = _head(raw, at)
    if tag != wanted:
        raise ValueError("another structure")
    return start


def _oid(raw: bytes, at: int, wanted: bytes) -> int:
    """What follows the object identifier, which must be this one."""
    if not raw.startswith(wanted, at):
        raise ValueError("another kind of content")
    return at + len(wanted)


def _skip(raw: bytes, at: int, wanted: int) -> int:
    """What follows the element, which must have this tag; open ones end with their marks."""
    _enter(raw, at, wanted)
    depth = 0
    while True:
        tag, start, end = _head(raw, at)
        depth += (end < 0) - (tag == 0)
        at = start if end < 0 else end
        if depth <= 0:
            return at

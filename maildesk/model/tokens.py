"""Token arithmetic: reply addresses that carry a right, and Message-IDs that we can recognise.

A reply token is ``right letter + base32(row id) + 16 characters of MAC`` (80 bit): lower-case, at most 30
characters, safe in a local part. The right letter is under the MAC, so a note address cannot be turned into
an answer address. A Message-ID of ours is ``<hash.mac@domain>``: it threads, it never authorises.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from enum import StrEnum
from functools import lru_cache

_MAC, _LINK_MAC = 16, 26


class Right(StrEnum):
    """What a reply token allows; the letter that it starts with."""

    ANSWER = "r"
    """A reply goes to the customer."""
    NOTE = "n"
    """A reply is an internal note."""
    COMMAND = "c"
    """A reply holds commands: worklists, held mail, transcripts."""
    SURVEY = "s"
    """A customer's reply is a rating."""
    REFER = "d"
    """A department's reply."""
    CONFIRM = "y"
    """A reply confirms what was asked for."""
    BOUNCE = "b"
    """Envelope sender of our mail (VERP)."""


def _b32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def _mac(key: bytes, text: str, size: int = _MAC) -> str:
    return _b32(hmac.digest(key, text.encode(), hashlib.sha256))[:size]


@lru_cache(maxsize=1024)
def mint(key: bytes, right: Right, row: int) -> str:
    """The token for a row of the token table (row >= 1)."""
    body = right.value + _b32(row.to_bytes(max(1, (row.bit_length() + 7) // 8)))
    return body + _mac(key, "token:" + body)


def read(key: bytes, token: str) -> tuple[Right, int] | None:
    """What a token says, or None when it is not one of ours. Compared in constant time (A48)."""
    token = token.lower()
    body, mac = token[:-_MAC], token[-_MAC:]
    if not 2 <= len(body) <= 30 - _MAC or not token.isascii():
        return None
    if not hmac.compare_digest(mac, _mac(key, "token:" + body)):
        return None
    try:
        row = base64.b32decode(body[1:].upper() + "=" * (-len(body[1:]) % 8))
        return Right(body[0]), int.from_bytes(row)
    except ValueError:
        return None


def mint_link(key: bytes, row: int) -> str:
    """What stands in a link for a row of the token table: 128 bit of MAC, because nobody has to type it (A50)."""
    body = _b32(row.to_bytes(max(1, (row.bit_length() + 7) // 8)))
    return body + "-" + _mac(key, "link:" + body, _LINK_MAC)


def read_link(key: bytes, token: str) -> int | None:
    """The row that a link names, or None when it is not one of ours. Compared in constant time (A48)."""
    body, dash, mac = token.partition("-")
    if not dash or not token.isascii() or not 1 <= len(body) <= 16:
        return None
    if not hmac.compare_digest(mac, _mac(key, "link:" + body, _LINK_MAC)):
        return None
    try:
        return int.from_bytes(base64.b32decode(body.upper() + "=" * (-len(body) % 8)))
    except ValueError:
        return None


def message_id(key: bytes, once: str, domain: str) -> str:
    """The fixed Message-ID of the mail that ``once`` names: the same whenever it is rendered (P5)."""
    body = _mac(key, "once:" + once, 26)
    return f"<{body}.{_mac(key, 'id:' + body)}@{domain}>"


def is_our_message_id(key: bytes, value: str) -> bool:
    """Whether we wrote the mail with this Message-ID (RFC 5322 section 3.6.4)."""
    body, dot, rest = value.strip("<>").partition(".")
    mac = rest.partition("@")[0]
    return bool(dot) and value.isascii() and hmac.compare_digest(mac, _mac(key, "id:" + body))


def derive(key: bytes, text: str) -> bytes:
    """32 bytes that depend on the key and a text: boundaries, sampling, signatures."""
    return hmac.digest(key, text.encode(), hashlib.sha256)

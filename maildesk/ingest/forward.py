"""Whose mail was forwarded to us: the person to answer is not always the one who sent it on."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import Message

from maildesk.ingest import quoting
from maildesk.ingest.address import addresses_in, clean_name, normalise, parse_addresses
from maildesk.ingest.headers import decode_words, text_of
from maildesk.ingest.trim_tables import FORWARD_PREFIXES, Label, plain
from maildesk.model.mail import Address

_LINES = 2000
_CHARS = 256 * 1024
_PARTS = 50
_VALUE_CHARS = 1000
_BLOCK_BELOW = 6
"""A header block stands so few lines below the line that announces it."""


def forwarded_author(message: Message, text: str) -> Address | None:
    """The author of the mail that this one forwards, or None where it forwards none.

    Looked for in an attached message/rfc822 first, then below a line "Forwarded message" in ``text``, then, if the
    subject says so (Fwd:, WG:, TR:, ...), in the first header block of ``text``. It is a claim, never a proof.
    """
    return _attached(message) or _in_text(text, announced=is_forwarded_subject(_subject(message)))


def is_forwarded_subject(subject: str) -> bool:
    """Whether a subject begins as clients begin the subject of a forwarded mail, after any reply prefix of the same."""
    return plain(subject[:100]).strip().startswith(FORWARD_PREFIXES)


def _raw(message: Message, wanted: str) -> str:
    """The first header of a name as it came: 8-bit bytes as surrogates, encoded-words not decoded."""
    return next((str(value) for name, value in message.raw_items() if name.lower() == wanted), "")


def _subject(message: Message) -> str:
    return decode_words(text_of(_raw(message, "subject").encode("utf-8", "surrogateescape")))


def _attached(message: Message) -> Address | None:
    """The From of the one attached mail; a digest of several is nobody's forwarded mail, nor is a bounce."""
    if message.get_content_type() in {"multipart/report", "multipart/digest", "message/rfc822"}:
        return None
    mails = [mail for part in _parts(message) if part.get_content_type() == "message/rfc822" for mail in _inner(part)]
    if len(mails) != 1:
        return None
    return next(iter(parse_addresses(_raw(mails[0], "from"), 1)), None)


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [inner for inner in payload if isinstance(inner, Message)] if isinstance(payload, list) else []


def _parts(message: Message) -> list[Message]:
    """The parts of a mail and of its inner multiparts, but not those of the mails attached to it."""
    found: list[Message] = []
    waiting = [message]
    while waiting and len(found) < _PARTS:
        part = waiting.pop()
        found.append(part)
        if part.get_content_maintype() == "multipart":
            waiting.extend(reversed(_inner(part)))
    return found


def _in_text(text: str, *, announced: bool) -> Address | None:
    written = text[:_CHARS].replace("\r\n", "\n").split("\n", _LINES)[:_LINES]
    lines = [line.strip() for line in plain("\n".join(written)).split("\n")]
    for index, line in enumerate(lines):
        if not line or line[0] == ">":
            continue
        if quoting.is_forward(line):
            return _below(written, lines, index + 1)
        block = quoting.header_block(lines, index) if announced else None
        if block:
            return _from_row(written, block)
    return None


def _below(written: Sequence[str], lines: Sequence[str], start: int) -> Address | None:
    """The author in the block below an announcement, whose lines may be quoted ("> From: ...")."""
    bare = [line.lstrip("> ") for line in lines[start : start + _BLOCK_BELOW * 8]]
    raw = [line.lstrip("> \u200f\u200e\u202a\u202b") for line in written[start : start + _BLOCK_BELOW * 8]]
    for index in range(min(_BLOCK_BELOW, len(bare))):
        if bare[index] and (block := quoting.header_block(bare, index)):
            return _from_row(raw, block)
    return None


def _from_row(written: Sequence[str], block: quoting.Block) -> Address | None:
    row = next((row for kind, row in block.rows if kind is Label.FROM), None)
    if row is None:
        return None
    value = written[row].replace("\uff1a", ":").partition(":")[2]
    if "@" not in value and row + 1 < block.end:
        value += " " + written[row + 1]
    return _address(value[:_VALUE_CHARS])


def _address(value: str) -> Address | None:
    """Read "Name <a@b>", "Name [mailto:a@b]", "*Name* <a@b<mailto:a@b>>" and "a@b"."""
    email = next(iter(addresses_in(value.replace("mailto:", " "))), "")
    if not email:
        return None
    name = value.partition(email)[0].replace("mailto:", "").strip(" *_\t\"'<[(")
    return Address(clean_name(name, email), normalise(email))

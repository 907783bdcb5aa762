"""Files inside a part that MIME knows nothing of: uuencoded text and Outlook's winmail.dat (TNEF)."""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from typing import Any

_TNEF_LIMIT = 20 * 1024 * 1024
_FILES = 50
_OBJECTS = 500


@dataclass(frozen=True, slots=True)
class File:
    """A file that was found; ``name`` as it was written there."""

    name: str
    content: bytes
    media_type: str = "application/octet-stream"


def uudecoded(text: bytes) -> tuple[bytes, tuple[File, ...]]:
    """The text without its uuencoded blocks, and the files; anything that is not quite a block stays text."""
    if b"begin " not in text:
        return text, ()
    kept: list[bytes] = []
    files: list[File] = []
    lines = text.splitlines(keepends=True)
    end_of = _ends(lines)
    number = 0
    while number < len(lines):
        name, end = _begin(lines[number]), end_of[number]
        if name and end and len(files) < _FILES:
            content = _block(lines[number + 1 : end])
            if content:
                files.append(File(name, content))
                number = end + 1
                continue
        kept.append(lines[number])
        number += 1
    return (b"".join(kept), tuple(files)) if files else (text, ())


def _ends(lines: list[bytes]) -> list[int]:
    """For each line the number of the next ``end`` line behind it, 0 for none: one pass for all blocks."""
    found, end = [0] * len(lines), 0
    for number in range(len(lines) - 1, -1, -1):
        found[number] = end
        if lines[number].strip() == b"end":
            end = number
    return found


def _begin(line: bytes) -> str:
    """The file name of ``begin 644 name``, or ""."""
    words = line.split(None, 2)
    if len(words) == 3 and words[0] == b"begin" and len(words[1]) in {3, 4} and words[1].isdigit():
        return words[2].strip().decode("utf-8", "replace")
    return ""


def _block(lines: list[bytes]) -> bytes:
    """The decoded lines, b"" when one of them is not uuencoded."""
    out: list[bytes] = []
    for line in lines:
        body = line.rstrip(b"\r\n")
        if not body or body == b"`":
            continue
        try:
            out.append(binascii.a2b_uu(body))
        except binascii.Error:
            length = (((body[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(body[:length]))
            except binascii.Error:
                return b""
    return b"".join(out)


def tnef(raw: bytes) -> tuple[str, str, tuple[File, ...]]:
    """(text, html, files) of a winmail.dat; empty when it cannot be read or tnefparse is not installed."""
    if len(raw) > _TNEF_LIMIT or not raw.startswith(b"\x78\x9f\x3e\x22") or _has_many_objects(raw):
        return "", "", ()
    try:
        from tnefparse import TNEF

        found = TNEF(raw, do_checksum=False)
        files = tuple(_tnef_file(item) for item in found.attachments[:_FILES])
        return _text(found.body), _text(found.htmlbody), files
    except Exception:  # noqa: BLE001 - the named guard for TNEF: tnefparse raises anything on junk, the file itself stays
        return "", "", ()


def _has_many_objects(raw: bytes) -> bool:
    """Whether it is made of tiny objects: the library copies the rest of the file for every one."""
    position, count = 6, 0
    while position + 11 < len(raw) and count <= _OBJECTS:
        position += 11 + int.from_bytes(raw[position + 5 : position + 9], "little")
        count += 1
    return count > _OBJECTS


def _tnef_file(item: Any) -> File:
    content = item.data if isinstance(item.data, bytes) else b""
    return File(_text(item.long_filename()), content)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").rstrip("\0")
    return str(value or "").rstrip("\0")

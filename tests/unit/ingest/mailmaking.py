"""Small mails for tests, as bytes."""

from __future__ import annotations

import binascii


def multipart(*parts: bytes, kind: bytes = b"mixed", boundary: bytes = b"b", close: bool = True) -> bytes:
    """A multipart; each part begins with its headers or with a blank line."""
    head = b"MIME-Version: 1.0\nContent-Type: multipart/" + kind + b"; boundary=" + boundary + b"\n\n"
    body = b"".join(b"--" + boundary + b"\n" + part + b"\n" for part in parts)
    return head + body + (b"--" + boundary + b"--\n" if close else b"")


def uuencoded(content: bytes, name: str = "a.bin") -> bytes:
    """A uuencoded block."""
    lines = [binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45)]
    return b"begin 644 " + name.encode() + b"\n" + b"".join(lines) + b"`\nend\n"


def winmail(content: bytes) -> bytes:
    """A minimal winmail.dat: version, code page, "the text" and the file list.csv."""
    return (
        b"\x78\x9f\x3e\x22\x01\x00"
        + _attribute(1, 0x9006, 8, b"\x00\x00\x01\x00")
        + _attribute(1, 0x9007, 6, b"\xe4\x04\x00\x00\x00\x00\x00\x00")
        + _attribute(1, 0x800C, 2, b"the text\x00")
        + _attribute(2, 0x9002, 6, b"\x01\x00" + b"\x00" * 12)
        + _attribute(2, 0x8010, 1, b"list.csv\x00")
        + _attribute(2, 0x800F, 6, content)
    )


def _attribute(level: int, name: int, kind: int, data: bytes) -> bytes:
    head = bytes([level]) + name.to_bytes(2, "little") + kind.to_bytes(2, "little") + len(data).to_bytes(4, "little")
    return head + data + (sum(data) & 0xFFFF).to_bytes(2, "little")

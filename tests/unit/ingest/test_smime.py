"""What is only signed can be read; what is encrypted is said to be."""

from __future__ import annotations

from base64 import encodebytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.ingest.parse import parse_mail
from maildesk.ingest.smime import signed_content
from maildesk.model.mail import Mail, Reading

SIGNED, DATA, ENVELOPED = (bytes.fromhex(f"06092a864886f70d01070{last}") for last in (2, 1, 3))
INNER = "Content-Type: text/plain; charset=utf-8\r\n\r\nسلام، فاکتور اشتباه است.\r\n".encode()


def element(tag: int, *contents: bytes, opened: bool = False) -> bytes:
    """An element of DER, or of BER with an open end."""
    whole = b"".join(contents)
    if opened:
        return bytes([tag, 0x80]) + whole + b"\0\0"
    length = len(whole).to_bytes(4).lstrip(b"\0") or b"\0"
    return bytes([tag]) + (length if len(whole) < 0x80 else bytes([0x80 | len(length)]) + length) + whole


def signed(content: bytes, *, opened: bool = False, kind: bytes = SIGNED) -> bytes:
    """A signed-data structure without its signature."""

    def made(tag: int, *contents: bytes) -> bytes:
        return element(tag, *contents, opened=opened)

    pieces = [element(4, content[at : at + 40]) for at in range(0, len(content), 40)]
    string = made(0x24, *pieces) if opened else element(4, content)
    encapsulated = made(0x30, DATA, made(0xA0, string))
    return made(0x30, kind, made(0xA0, made(0x30, element(2, b"\1"), made(0x31, element(0x30)), encapsulated)))


def mail(content: bytes, kind: str = "application/pkcs7-mime; name=smime.p7m") -> Mail:
    head = f"From: leila@example.org\nSubject: x\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\n"
    return parse_mail(head.encode() + encodebytes(content), Reading())


@pytest.mark.parametrize("opened", [False, True], ids=["DER", "BER"])
def test_an_opaque_signature_can_be_read_and_stays_attached(opened: bool) -> None:
    content = signed(INNER, opened=opened)
    assert signed_content(content) == INNER
    read = mail(content)
    assert read.text == read.reply == "سلام، فاکتور اشتباه است."
    assert [part.filename for part in read.parts] == ["smime.p7m"]
    assert read.defects == ("S/MIME, signed and not verified, kept whole",)
    assert read.language == "fa"


def test_files_within_a_signature_are_said() -> None:
    both = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nlook\n--b\nContent-Type: image/png\n\nx\n--b--\n"
    read = mail(signed(both))
    assert read.text == "look"
    assert "S/MIME: files within the signature stay there" in read.defects


@pytest.mark.parametrize(
    "content",
    [
        signed(INNER, kind=ENVELOPED),
        signed(INNER)[:40],
        b"",
        b"\x30\x80",
        b"nothing of the kind",
        b"\x30\x84\xff\xff\xff\xff",
    ],
)
def test_encrypted_mail_says_so(content: bytes) -> None:
    read = mail(content)
    assert read.text == "🔒 S/MIME: encrypted / رمزگذاری‌شده"
    assert [part.media_type for part in read.parts] == ["application/pkcs7-mime"]
    assert read.defects == ("S/MIME, kept whole: encrypted content is not read",)


def test_encrypted_pgp_says_so() -> None:
    raw = (
        b'From: leila@example.org\nContent-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\n\n'
        b"--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: application/octet-stream;"
        b" name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----\n--b--\n"
    )
    read = parse_mail(raw, Reading())
    assert read.text.startswith("🔒 PGP: encrypted")
    assert [part.filename for part in read.parts][-1] == "encrypted.asc"


def test_a_signature_in_a_signature_is_not_opened_again() -> None:
    content = INNER
    for _ in range(500):
        content = signed(b"Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: binary\n\n" + content)
    assert mail(content).defects[0] == "S/MIME, signed and not verified, kept whole"


@given(st.binary(max_size=300), st.integers(0, 200))
def test_any_bytes_are_walked(noise: bytes, at: int) -> None:
    whole = signed(INNER, opened=True)
    signed_content(noise)
    signed_content(whole[:at] + noise + whole[at:])
    signed_content(whole[:at])

"""Header fields and the check of finished bytes: what is built is valid, and what is not valid is found."""

from email import policy
from email.header import decode_header, make_header
from email.parser import BytesParser

import pytest
from desk_of_samples import read, write
from hypothesis import example, given
from hypothesis import strategies as st

from maildesk.model.errors import PermanentFailure
from maildesk.notices import fields, mime
from maildesk.notices.clean import clean_filename, clean_line, clean_name
from maildesk.notices.fields import Field

GOOD = b"To: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nbody\r\n"
NAMES = {"To", "Subject"}


def test_a_good_mail_passes():
    assert mime.check(GOOD, NAMES, "a@example.org") == ""


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        (b"body\r\n", b"bo\ndy\r\n", "a bare CR or LF"),
        (b"body\r\n", b"bo\rdy\r\n", "a bare CR or LF"),
        (b"body", b"bo\0dy", "a NUL"),
        (b"body", b"x" * 999, "a line of more than 998 bytes"),
        (b"body\r\n", b"", "no body"),
        (b"Subject: x\r\n", b"Subject: x\r\nBcc: v@example.org\r\n", "headers"),
        (b"Subject: x\r\n", b"Subject: x\r\nSubject: y\r\n", "headers"),
        (b"Subject: x\r\n", b"Subject: x\r\nTo: v@example.org\r\n", "headers"),
        (b"Subject: x\r\n", b"", "headers"),
        (b"Subject: x\r\n", b"Subject:x\r\n", "headers"),
        (b"To: a@", b"To: v@example.net, a@", "the recipients"),
        (b"To: a@", b"To: b@", "the recipients"),
    ],
)
def test_each_fault_is_found(old, new, wrong):
    assert mime.check(GOOD.replace(old, new, 1), NAMES, "a@example.org").startswith(wrong)


def test_a_line_of_998_bytes_passes():
    assert mime.check(GOOD.replace(b"body", b"x" * 998), NAMES, "a@example.org") == ""


def test_a_name_that_spoils_the_recipient_is_left_out(monkeypatch):
    """A21: should a name ever get through, the mail still goes to its one recipient."""
    plain = fields.mailbox
    monkeypatch.setattr(
        fields,
        "mailbox",
        lambda name, email: Field(f"v@example.net, {email}") if "leila" in email else plain(name, email),
    )
    assert str(read(write("answer"))["To"]) == "leila@example.org"


def test_a_mail_that_cannot_be_made_right_does_not_leave(monkeypatch):
    monkeypatch.setattr(mime, "_quoted_printable", lambda data: "x" * 999)
    with pytest.raises(PermanentFailure, match="a line of more than 998 bytes"):
        write("answer")


def test_a_header_that_no_builder_made_is_refused():
    with pytest.raises(TypeError):
        mime.build([("X-Test", "plain text")], "text", "", (), "b")


@given(st.text(max_size=300))
@example("=?utf-8?q?hi=0ABcc=3A_v=40example=2Enet?= [#1]")
def test_any_subject_comes_back_as_it_went(text):
    """RFC 2047: words of 75 characters at most, lines of 76, no character split."""
    value = fields.unstructured(text, "Subject")
    lines = f"Subject: {value}".split("\r\n")
    came = str(make_header(decode_header(value.replace("\r\n ", " "))))
    assert came.replace(" \u200e", "") == clean_line(text, 998).replace("\ud800", "?")
    assert all(word.isascii() and (len(word) <= 75 or "=?" not in word) for word in value.split())
    assert all(len(line) <= 76 or " " not in line.strip() for line in lines)
    assert all(line.startswith(" ") for line in lines[1:])


@given(st.text(max_size=150))
def test_any_name_leaves_the_address_alone(name):
    value = fields.mailbox(clean_name(name), "leila@example.org")
    parsed = BytesParser(policy=policy.default).parsebytes(f"To: {value}\r\n\r\n".encode())
    (address,) = parsed["To"].addresses
    assert address.addr_spec == "leila@example.org"
    assert address.display_name.replace(" ", "") == clean_name(name).replace(" ", "")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Leila Rezaei", "Leila Rezaei"),
        ('"Admin <boss@example.net>"', "Admin boss example.net"),
        ("=?utf-8?q?=2C_evil=40example=2Enet=2C?=", "=?utf-8?q?=2C_evil=40example=2Enet=2C?="),
        ("a\r\nb\x00c\u202ed", "a bcd"),
        ("می‌خواهم", "می‌خواهم"),
        ("x" * 101, "x" * 99 + "…"),
        ("x" * 100, "x" * 100),
        ("()<>[]", ""),
    ],
)
def test_names(name, expected):
    assert clean_name(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.exe", "x.exe"),
        ("\u200b.htaccess", "htaccess"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("", "attachment"),
        ("..", "attachment"),
        ('a"b\r\nc.txt', "a'b c.txt"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("ｆｉｌｅ．ｐｄｆ", "file.pdf"),
    ],
)
def test_file_names(name, expected):
    assert clean_filename(name) == expected

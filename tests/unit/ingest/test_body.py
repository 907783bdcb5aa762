"""Texts and attachments of whole mails."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.ingest.mailmaking import multipart, uuencoded, winmail

from maildesk.ingest import mime
from maildesk.ingest.body import Body, attached_text, extract, read_body, unflowed
from maildesk.ingest.trim import trim
from maildesk.model.mail import Limits


def read(content: bytes) -> Body:
    return read_body(mime.split(content, Limits()), Limits())


TEXT = b"Content-Type: text/plain; charset=utf-8\n\nthe text"
HTML = b"Content-Type: text/html; charset=utf-8\n\n<p>the <b>html</b></p>"
PNG = b"Content-Type: image/png\nContent-ID: <logo@example.org>\nContent-Transfer-Encoding: base64\n\naGVsbG8="
PDF = b'Content-Type: application/pdf\nContent-Disposition: attachment; filename="a.pdf"\nContent-Transfer-Encoding: base64\n\naGVsbG8='


@pytest.mark.parametrize(
    ("content", "text", "html", "names"),
    [
        (TEXT, "the text", "", []),
        (HTML, "the html", "<p>the <b>html</b></p>", []),
        (multipart(TEXT, HTML, kind=b"alternative"), "the text", "<p>the <b>html</b></p>", []),
        (
            multipart(b"Content-Type: text/plain\n\n \n", HTML, kind=b"alternative"),
            "the html",
            "<p>the <b>html</b></p>",
            [],
        ),
        (multipart(TEXT, PDF), "the text", "", ["a.pdf"]),
        (multipart(TEXT, PDF, TEXT), "the text\n\nthe text", "", ["a.pdf"]),
        (multipart(HTML, PNG, kind=b"related"), "the html", "<p>the <b>html</b></p>", [""]),
        (multipart(TEXT, b"Content-Type: text/plain; name=log.txt\n\nlog"), "the text", "", ["log.txt"]),
        (multipart(TEXT, b"Content-Type: text/csv\n\na,b"), "the text", "", [""]),
        (multipart(TEXT, b"Content-Type: text/calendar\n\nBEGIN:VCALENDAR"), "the text", "", [""]),
        (
            multipart(TEXT, b"Content-Type: text/x-amp-html\n\n<p>amp", HTML, kind=b"alternative"),
            "the text",
            "<p>the <b>html</b></p>",
            [],
        ),
        (
            multipart(TEXT, multipart(HTML, PDF, TEXT, boundary=b"in"), kind=b"alternative"),
            "the text",
            "<p>the <b>html</b></p>",
            ["a.pdf"],
        ),
        (
            multipart(TEXT, multipart(TEXT, PDF, TEXT, boundary=b"in"), kind=b"mixed"),
            "the text\n\nthe text\n\nthe text",
            "",
            ["a.pdf"],
        ),
        (PDF, "", "", ["a.pdf"]),
        (b"Subject: x\n\n", "", "", []),
        (b"", "", "", []),
    ],
)
def test_what_is_read(content: bytes, text: str, html: str, names: list[str]) -> None:
    body = read(content)
    assert (body.text, body.html, [part.filename for part in body.parts]) == (text, html, names)


def test_the_better_variant_is_read() -> None:
    stub = b"Content-Type: text/plain\n\nThis message needs an HTML reader."
    long = b"Content-Type: text/html\n\n<p>" + b"the whole story " * 20
    assert read(multipart(stub, long, kind=b"alternative")).text.startswith("the whole story")
    lost = b"Content-Type: text/plain\n\n????? ?? ????"
    persian = "Content-Type: text/html; charset=utf-8\n\n<p>سلام به شما".encode()
    assert read(multipart(lost, persian, kind=b"alternative")).text == "سلام به شما"


def test_an_attached_mail_stays_whole() -> None:
    inner = b"From: a@example.org\nSubject: inner\n\ninner text\n"
    content = multipart(TEXT, b"Content-Type: message/rfc822\n\n" + inner)
    body = read(content)
    assert body.text == "the text"
    assert [(part.path, part.media_type, part.size) for part in body.parts] == [("2", "message/rfc822", len(inner))]
    assert extract(content, "2") == inner


def test_a_part_says_what_it_is_and_is_found_again() -> None:
    content = multipart(multipart(HTML, PNG, kind=b"related", boundary=b"in"), PDF)
    image, pdf = read(content).parts
    assert (image.path, image.inline, image.content_id, image.size) == ("1.2", True, "logo@example.org", 5)
    assert (pdf.path, pdf.inline, pdf.filename) == ("2", False, "a.pdf")
    for part in (image, pdf):
        assert extract(content, part.path) == b"hello"
        assert part.sha256 == hashlib.sha256(b"hello").hexdigest()
    with pytest.raises(KeyError):
        extract(content, "7")


def test_uuencoded_files_become_attachments() -> None:
    content = b"Subject: x\n\nlook:\n" + uuencoded(b"hello", "a.bin") + b"bye\n"
    body = read(content)
    assert body.text == "look:\nbye"
    assert [(part.path, part.filename) for part in body.parts] == [("1.1", "a.bin")]
    assert extract(content, "1.1") == b"hello"


def test_a_winmail_is_unwrapped() -> None:
    wrapped = base64.encodebytes(winmail(b"a;b\n"))
    content = multipart(
        TEXT, b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" + wrapped
    )
    body = read(content)
    assert body.text == "the text"
    assert [(part.path, part.filename) for part in body.parts] == [("2.1", "list.csv")]
    assert extract(content, "2.1") == b"a;b\n"


def test_the_text_of_a_winmail_is_read_where_there_is_no_other() -> None:
    content = b"Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(
        winmail(b"a")
    )
    assert read(content).text == "the text"


def test_a_broken_winmail_is_kept() -> None:
    content = multipart(TEXT, b"Content-Type: application/ms-tnef; name=winmail.dat\n\njunk")
    assert [part.filename for part in read(content).parts] == ["winmail.dat"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [(b"application/pkcs7-mime; name=smime.p7m", "S/MIME"), (b"application/pgp-encrypted", "PGP")],
)
def test_encrypted_mail_is_kept_and_said(kind: bytes, said: str) -> None:
    body = read(b"Content-Type: " + kind + b"\n\nxyz")
    assert len(body.parts) == 1
    assert any(said in defect for defect in body.defects)


def test_a_report_without_words_shows_its_fields() -> None:
    content = multipart(b"Content-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n", kind=b"report")
    assert read(content).text == "Action: failed\nStatus: 5.1.1"


@pytest.mark.parametrize(
    ("head", "listed"),
    [
        (b"Content-Type: message/delivery-status\n", False),
        (b"Content-Type: text/rfc822-headers\n", False),
        (b"Content-Type: message/disposition-notification\n", False),
        (b"Content-Type: message/delivery-status; name=details.txt\n", True),
        (b"Content-Type: text/rfc822-headers\nContent-Disposition: attachment\n", True),
        (b"Content-Type: message/rfc822\n", True),
    ],
)
def test_what_programs_tell_each_other_is_no_attachment(head: bytes, listed: bool) -> None:
    content = multipart(TEXT, head + b"\nSubject: x\n\ny", kind=b"report")
    assert len(read(content).parts) == listed


ATTACHED = b"From: Leila <leila@example.org>\nSubject: invoice\nX-Other: x\n\n#solved\nthe invoice is wrong"


@pytest.mark.parametrize(
    "content",
    [
        b"Content-Type: message/rfc822\n\n" + ATTACHED,
        multipart(b"Content-Type: message/rfc822\n\n" + ATTACHED),
        multipart(
            b"\n \n", b"Content-Type: message/rfc822\n\n" + ATTACHED, b"Content-Type: message/rfc822\n\nx: y\n\nz"
        ),
    ],
)
def test_a_mail_that_is_only_an_attached_mail_shows_its_text(content: bytes) -> None:
    text = attached_text(mime.split(content, Limits()), Limits())
    head = "---------- Forwarded message ----------\nFrom: Leila <leila@example.org>\nSubject: invoice\n\n"
    assert text == head + "#solved\nthe invoice is wrong"
    assert trim(text).forwarded


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        multipart(PDF),
        b"Content-Type: message/rfc822\n\nSubject: nothing\n\n",
        multipart(b"Content-Type: message/rfc822\n\n" + ATTACHED, kind=b"report"),
    ],
)
def test_there_is_no_attached_text(content: bytes) -> None:
    assert attached_text(mime.split(content, Limits()), Limits()) == ""


@pytest.mark.parametrize(
    ("text", "delete_space", "wanted"),
    [
        ("one \ntwo\nthree", False, "one two\nthree"),
        ("one \ntwo", True, "onetwo"),
        ("> quoted \n> more\nmine", False, "> quoted more\nmine"),
        (">> deep \n> less", False, "> > deep \n> less"),
        (" >not a quote\n From", False, ">not a quote\nFrom"),
        ("text \n-- \nSara", False, "text \n-- \nSara"),
        ("open ", False, "open "),
    ],
)
def test_format_flowed(text: str, delete_space: bool, wanted: str) -> None:
    assert unflowed(text, delete_space=delete_space) == wanted


@pytest.mark.parametrize("encoding", [b"base64", b"BASE64 ", b"base-64", b'"base64"', b"base64; x"])
def test_encodings_however_they_are_spelt(encoding: bytes) -> None:
    assert read(b"Content-Transfer-Encoding: " + encoding + b"\n\naGVsbG8=").text == "hello"


@pytest.mark.parametrize(("size", "cut"), [(2**21 - 1, False), (2**21, False), (2**21 + 1, True)])
def test_text_at_the_limit(size: int, cut: bool) -> None:
    body = read(multipart(b"\n" + b"x" * (size - 5), b"\n" + b"y" * 5))
    assert len(body.text) == min(size, 2**21) + 2
    assert bool(body.defects) is cut


def test_an_unknown_encoding_is_none() -> None:
    assert read(b"Content-Transfer-Encoding: x-nothing\n\nhello").text == "hello"


def test_the_charset_of_a_page_is_believed_when_nothing_else_is_said() -> None:
    page = '<meta charset="windows-1251"><p>Привет'.encode("cp1251")
    assert read(b"Content-Type: text/html\n\n" + page).text == "Привет"


@given(st.binary(max_size=400))
def test_any_bytes_have_a_body(content: bytes) -> None:
    body = read(content)
    (body.text + body.html).encode()
    for part in body.parts:
        assert hashlib.sha256(extract(content, part.path)).hexdigest() == part.sha256

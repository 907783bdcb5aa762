"""Structure, limits and the stdlib's view."""

from __future__ import annotations

import email
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.ingest.mailmaking import multipart

from maildesk.ingest import mime
from maildesk.model.errors import PermanentFailure
from maildesk.model.mail import Limits

LIMITS = Limits()


def leaves(content: bytes, limits: Limits = LIMITS) -> list[tuple[str, str, bytes]]:
    return [(e.path, e.media_type, e.raw) for e in mime.split(content, limits).walk() if not e.children]


def test_paths_are_those_of_imap() -> None:
    inner = multipart(b"\nx", b"Content-Type: text/html\n\ny", boundary=b"inner")
    assert leaves(multipart(inner, b"Content-Type: image/png\n\nz")) == [
        ("1.1", "text/plain", b"x"),
        ("1.2", "text/html", b"y"),
        ("2", "image/png", b"z"),
    ]
    assert leaves(b"Subject: x\n\nhello") == [("1", "text/plain", b"hello")]


@pytest.mark.parametrize(
    "content",
    [
        multipart(b"\nx", close=False),
        multipart(b"\nx").replace(b"\n", b"\r\n"),
        multipart(b"\nx").replace(b"\n", b"\r"),
        b"\n\n" + multipart(b"\nx"),
        b"\xef\xbb\xbf" + multipart(b"\nx"),
        b"From someone Mon Jan  1 00:00:00 2026\n" + multipart(b"\nx"),
        multipart(b"\nx").replace(b"boundary=b", b'Boundary = "b"'),
        multipart(b"\nx").replace(b"boundary=b", b"charset=utf-8"),
        multipart(b"\nx").replace(b"--b\n", b"--b  \t\n"),
    ],
)
def test_the_same_mail_in_other_clothes(content: bytes) -> None:
    assert [raw.strip() for _, _, raw in leaves(content)] == [b"x"]


def test_a_boundary_that_starts_another() -> None:
    inner = multipart(b"\nx", boundary=b"ab")
    assert [raw for _, _, raw in leaves(multipart(inner, b"\ny", boundary=b"a"))] == [b"x", b"y"]


def test_parts_behind_a_close_delimiter_are_read() -> None:
    assert [raw for _, _, raw in leaves(multipart(b"\nx") + b"--b\n\ny\n--b--\n")] == [b"x", b"y"]


@pytest.mark.parametrize("kind", [b"multipart/mixed; boundary=zzz", b"multipart/mixed"])
def test_a_multipart_without_parts_is_text(kind: bytes) -> None:
    assert leaves(b"Content-Type: " + kind + b"\n\nhello") == [("1", "text/plain", b"hello")]


def test_headers_without_a_name_and_bodies_without_a_blank_line() -> None:
    root = mime.split(b"Subject: a\nbroken line\nX-More: b\n c\nFrom: d\nHello there\nworld", LIMITS)
    assert root.headers == [("subject", b"a broken line"), ("x-more", b"b c"), ("from", b"d")]
    assert root.raw == b"Hello there\nworld"
    assert root.defects == ["a header line without a name", "no blank line behind the headers"]


def nested(depth: int) -> bytes:
    body = b"Content-Type: text/plain\n\ninnermost"
    for number in range(depth):
        body = multipart(body, boundary=b"b%d" % number)
    return body


@pytest.mark.parametrize(("depth", "parts", "kept"), [(49, 50, True), (50, 51, True), (51, 51, False)])
def test_depth_at_the_limit(depth: int, parts: int, kept: bool) -> None:
    root = mime.split(nested(depth), LIMITS)
    found = list(root.walk())
    assert len(found) == parts
    assert b"innermost" in found[-1].raw
    assert (found[-1].raw == b"innermost") is kept


def test_deeper_structure_stays_readable() -> None:
    last = list(mime.split(nested(80), LIMITS).walk())[-1]
    assert last.media_type == "text/plain"
    assert b"innermost" in last.raw


@pytest.mark.parametrize(("count", "fits"), [(498, True), (499, True), (500, False)])
def test_parts_at_the_limit(count: int, fits: bool) -> None:
    content = multipart(*[b"\nx"] * count)
    if fits:
        assert len(leaves(content)) == count
    else:
        with pytest.raises(PermanentFailure, match="more than 500 parts"):
            mime.split(content, LIMITS)


@pytest.mark.parametrize(("size", "fits"), [(999, True), (1000, True), (1001, False)])
def test_message_size_at_the_limit(size: int, fits: bool) -> None:
    limits, content = replace(LIMITS, message=1000), b"Subject: x\n\n".ljust(size, b"y")
    if fits:
        assert leaves(content, limits)
    else:
        with pytest.raises(PermanentFailure, match="message too large: 1001 bytes, the limit is 1000"):
            mime.split(content, limits)


@pytest.mark.parametrize(("fields", "fits"), [(999, True), (1000, True), (1001, False)])
def test_header_lines_at_the_limit(fields: int, fits: bool) -> None:
    content = b"".join(b"X-%d: y\n" % number for number in range(fields)) + b"\nbody"
    if fits:
        assert len(mime.split(content, LIMITS).headers) == fields
    else:
        with pytest.raises(PermanentFailure, match="more than 1000 header lines"):
            mime.split(content, LIMITS)


@pytest.mark.parametrize(("size", "cut"), [(99, False), (100, False), (101, True)])
def test_one_header_at_the_limit_is_cut(size: int, cut: bool) -> None:
    root = mime.split(b"X: " + b"y" * size + b"\n\n", replace(LIMITS, header=100))
    assert len(root.header("x")) == min(size, 100)
    assert bool(root.defects) is cut


def test_a_huge_header_block_is_refused() -> None:
    with pytest.raises(PermanentFailure, match="bytes of headers"):
        mime.split(b"To: " + b"a@example.org,\n " * 100_000 + b"\n\nx", LIMITS)


@pytest.mark.parametrize(
    "bomb", [nested(3000), multipart(*[b"\nx"] * 10_000), b"".join(b"X-%d: y\n" % n for n in range(100_000))]
)
def test_bombs_are_too_complex(bomb: bytes) -> None:
    begin = time.process_time()
    with pytest.raises(PermanentFailure, match="too complex"):
        mime.split(bomb, LIMITS)
    assert time.process_time() - begin < 2


def test_two_thousand_nested_mails_are_one_attachment() -> None:
    content = b"Content-Type: message/rfc822\n\n" * 2000 + b"Subject: x\n\ny"
    assert [kind for _, kind, _ in leaves(content)] == ["message/rfc822"]


def test_a_header_has_a_printable_name_and_a_type_printable_letters() -> None:
    root = mime.split(b"X-\x00Nul: y\nFrom: a\nContent-Type: text/\x00html\n\nx", LIMITS)
    assert [name for name, _ in root.headers] == ["from", "content-type"]
    assert root.media_type == "text/html"


def test_the_stdlib_view_equals_the_stdlib() -> None:
    content = multipart(
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n2LPZhNin2YU=",
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; a.example\n\nAction: failed\nStatus: 5.1.1",
        b"Content-Type: message/rfc822\n\nSubject: inner\n\ninner text",
    )
    ours, theirs = mime.as_message(mime.split(content, LIMITS), 3), email.message_from_bytes(content)
    assert [part.get_content_type() for part in ours.walk()] == [part.get_content_type() for part in theirs.walk()]
    assert [part.get_payload(decode=True) for part in ours.walk() if not part.is_multipart()] == [
        part.get_payload(decode=True) for part in theirs.walk() if not part.is_multipart()
    ]
    assert ours.get_payload()[1].get_payload()[1]["Status"] == "5.1.1"


@pytest.mark.parametrize("levels", [0, 1, 3])
def test_attached_mails_are_taken_apart_as_deep_as_wanted(levels: int) -> None:
    content = b"Content-Type: message/rfc822\n\n" * 10 + b"Subject: x\n\ny"
    message = mime.as_message(mime.split(content, LIMITS), levels)
    assert len(list(message.walk())) == levels + 1


@given(
    st.lists(
        st.sampled_from(
            [
                b"--a",
                b"--b",
                b"--a--",
                b"\n",
                b"\r\n",
                b"Content-Type: multipart/mixed; boundary=a\n",
                b"Content-Type: multipart/alternative; boundary=b\n",
                b"Content-Type: message/rfc822\n",
                b"text",
                b": ",
                b"\x00\xff",
            ]
        ),
        max_size=60,
    )
)
def test_any_structure_is_read(pieces: list[bytes]) -> None:
    root = mime.split(b"".join(pieces), LIMITS)
    mime.as_message(root, 3)
    for entity in root.walk():
        assert 0 <= entity.start <= entity.end <= len(entity.content)

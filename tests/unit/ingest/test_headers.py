"""Header values as they are found in the wild."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.ingest import headers


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?B?2LPZhNin2YU=?=", "سلام"),
        (b"=?utf-8?B?2LPZhNin2YU?=", "سلام"),
        (b"=?UTF-8*fa?b?2LPZhNin2YU=?= Leila", "سلام Leila"),
        (b"=?utf-8?Q?a_b?= =?utf-8?Q?_c?=", "a b c"),
        (b"=?utf-8?Q?=D8?= =?utf-8?Q?=B3?=", "س"),
        (b"=?utf-8?Q?a b?=", "a b"),
        (b"Re: =?utf-8?Q?x?=:=?utf-8?Q?y?=", "Re: x:y"),
        (b'"=?utf-8?Q?x?=" <a@example.org>', '"x" <a@example.org>'),
        (b"=?x-nope?Q?=41?= =?broken", "A =?broken"),
        (b"=?iso-2022-jp?B?GyRCOzAzLBsoQg==?=", "三階"),
        (b"=?utf-8?Q?x=0D=0ABcc:_v=40example.org?=", "x Bcc: v@example.org"),
        ("فاکتور".encode(), "فاکتور"),
        (b"a =? b ?= c", "a =? b ?= c"),
        (b"\xe2\x80\xaeevil", "evil"),
    ],
)
def test_encoded_words(raw: bytes, text: str) -> None:
    assert headers.shown(raw) == text


@given(st.text(max_size=200))
def test_decoding_gives_one_line_that_can_be_stored(value: str) -> None:
    text = headers.decode_words(value.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    text.encode()
    assert not set(text) & {"\n", "\r", "\0", "\x85", "\u2028", "\u2029", "\u202e", "\u2066"}


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b'attachment; filename="invoice.pdf"', "invoice.pdf"),
        (b"attachment; filename=my invoice (2).pdf", "my invoice (2).pdf"),
        (b"attachment; filename*=UTF-8''%D9%81%D8%A7%DA%A9%D8%AA%D9%88%D8%B1.pdf", "فاکتور.pdf"),
        (b"attachment; filename*1*=%D8%AA%D9%88%D8%B1.pdf; filename*0*=UTF-8''%D9%81%D8%A7%DA%A9", "فاکتور.pdf"),
        (b'attachment; filename*0="in"; filename*1="voice.pdf"', "invoice.pdf"),
        (b'attachment; filename="=?utf-8?B?2YHYp9qp2KrZiNixLnBkZg==?="', "فاکتور.pdf"),
        ('attachment; filename="فاکتور.pdf"'.encode(), "فاکتور.pdf"),
        (b'attachment (a; comment); filename="a;b \\"c\\".pdf"', 'a;b "c".pdf'),
        (b'attachment; filename="unclosed.pdf', "unclosed.pdf"),
        (b'attachment; FILENAME = "x.pdf" ; size=3', "x.pdf"),
        (b"attachment;;;; ; filename", ""),
    ],
)
def test_parameters(raw: bytes, name: str) -> None:
    value, parameters = headers.value_and_parameters(raw)
    assert value == "attachment"
    assert parameters.get("filename", "") == name


def test_too_many_rfc2231_pieces_are_not_believed() -> None:
    raw = b"a/b; " + b"; ".join(b"name*%d=x" % number for number in range(10000))
    assert len(headers.value_and_parameters(raw)[1]["name"]) <= 100


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("<a@example.org>", "<a@example.org>"),
        ("<a b\t@example.org> (comment)", "<ab@example.org>"),
        ("a@example.org", "<a@example.org>"),
        ("<>", ""),
        ("", ""),
        ("<[..]>", "<[..]>"),
        ("<" + "x" * 10000 + ">", ""),
    ],
)
def test_message_id(value: str, found: str) -> None:
    assert headers.message_id(value) == found


def test_references_keep_the_first_and_the_last() -> None:
    value = " ".join(f"<{number}@example.org>" for number in range(5000))
    found = headers.message_ids(value, 50)
    assert len(found) == 50
    assert found[0] == "<0@example.org>"
    assert found[-1] == "<4999@example.org>"


@pytest.mark.parametrize("limit", [49, 50, 51])
def test_references_at_the_limit(limit: int) -> None:
    found = headers.message_ids("".join(f"<{number}@example.org>" for number in range(limit)), 50)
    assert len(found) == min(limit, 50)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Sun, 22 Nov 2026 12:00:00 +0330", datetime(2026, 11, 22, 8, 30, tzinfo=UTC)),
        ("22 Nov 2026 12:00", datetime(2026, 11, 22, 12, 0, tzinfo=UTC)),
        ("Sun, 22 Nov 26 12:00:00 GMT", datetime(2026, 11, 22, 12, 0, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 12:00:60 +0000", datetime(2026, 11, 22, 12, 0, 59, tzinfo=UTC)),
        ("yesterday-ish 99:99", None),
        ("Sun, 22 Nov 99999 12:00:00 +0000", None),
        ("1 Jan 0 00:00:00 +0000", datetime(2000, 1, 1, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 12:00:00 +9999", None),
        ("Sun, 31 Feb 2026 12:00:00 +0000", None),
        ("", None),
    ],
)
def test_dates(value: str, moment: datetime | None) -> None:
    assert headers.date(value) == moment


@given(st.text(max_size=100))
def test_no_date_raises(value: str) -> None:
    headers.date(value)


@given(st.binary(max_size=200))
def test_no_parameters_raise(raw: bytes) -> None:
    headers.value_and_parameters(raw)


@given(st.binary(max_size=500))
def test_base64_gives_what_there_is(raw: bytes) -> None:
    headers.from_base64(raw)


def test_base64_goes_on_behind_padding_and_dirt() -> None:
    assert headers.from_base64(b"YQ==\r\nYg==") == b"ab"
    assert headers.from_base64(b"YQ== ignored") == b"a"
    assert headers.from_base64(b"Y!W@J#j") == b"abc"
    assert headers.from_base64(b"YWJjZ") == b"abc"


@given(st.text(st.sampled_from('";a= '), max_size=30).map(str.encode))
def test_a_value_is_cut_at_the_same_places_by_either_way(raw):
    assert headers._split(raw) == headers._split(b"()" + raw)

"""Whole mails: every field, hostile headers, the same mail by two ways."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.ingest.mailmaking import multipart

from maildesk.commands.grammar import read_orders
from maildesk.ingest.parse import parse_mail
from maildesk.model.errors import PermanentFailure
from maildesk.model.mail import Address, Kind, Mail, Reading

READING = Reading()
FAILED = re.compile(r"\w+ failed: \w+")


def parse(content: bytes) -> Mail:
    return parse_mail(content, READING)


FULL = (
    b"Received: from a.example by b.example; Sun, 22 Nov 2026 12:00:02 +0330\r\n"
    b"Return-Path: <leila@example.org>\r\n"
    b"Delivered-To: support@example.com\r\n"
    b"X-Original-To: help@example.com\r\n"
    b"Date: Sun, 22 Nov 2026 12:00:00 +0330\r\n"
    b"From: =?utf-8?B?2YTbjNmE2Kc=?= <Leila@Example.org>\r\n"
    b"To: Support <support@example.com>, x@example.com\r\n"
    b"Cc: y@example.com\r\n"
    b"Reply-To: other@example.org\r\n"
    b"Subject: =?utf-8?B?2YHYp9qp2KrZiNix?=\r\n"
    b"Message-ID: <one@example.org>\r\n"
    b"In-Reply-To: <two@example.com>\r\n"
    b"References: <zero@example.com>\r\n <two@example.com>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n" + "سلام، فاکتور اشتباه است.\r\n".encode()
)


def test_every_field_of_an_ordinary_mail() -> None:
    mail = parse(FULL)
    assert mail.message_id == "<one@example.org>"
    assert mail.sender == mail.from_shown == Address("لیلا", "leila@example.org")
    assert mail.to == (Address("Support", "support@example.com"), Address("", "x@example.com"))
    assert mail.cc == (Address("", "y@example.com"),)
    assert mail.reply_to == (Address("", "other@example.org"),)
    assert mail.delivered_to == ("support@example.com", "help@example.com")
    assert mail.return_path == "leila@example.org"
    assert mail.subject == "فاکتور"
    assert mail.text == mail.reply == "سلام، فاکتور اشتباه است."
    assert mail.references == ("<zero@example.com>", "<two@example.com>")
    assert mail.in_reply_to == "<two@example.com>"
    assert mail.sent_at == datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    assert mail.language == "fa"
    assert mail.kind is Kind.HUMAN
    assert mail.header("subject") == "فاکتور"
    assert mail.size == len(FULL)
    assert mail.defects == ()


@pytest.mark.parametrize(
    ("head", "path"),
    [
        (b"Return-Path: <>", ""),
        (b"Return-Path: <a@example.org>", "a@example.org"),
        (b"Return-Path: a@example.org", "a@example.org"),
        (b"X: y", None),
    ],
)
def test_the_envelope_sender(head: bytes, path: str | None) -> None:
    assert parse(head + b"\n\nx").return_path == path


def test_one_mail_by_two_ways_has_one_fingerprint() -> None:
    other = FULL.replace(b"\r\n", b"\n").replace(
        b"Delivered-To: support@example.com\n", b"X-Spam-Score: 3\nDelivered-To: z@example.com\n"
    )
    other = b"Authentication-Results: mx.example; dmarc=pass\nReceived: from c.example\n" + other
    assert parse(other).fingerprint == parse(FULL).fingerprint


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"one@example.org", b"three@example.org"),
        ("اشتباه".encode(), "درست".encode()),
        (b"y@example.com", b"w@example.com"),
        (b"12:00:00", b"12:00:01"),
    ],
)
def test_another_mail_has_another_fingerprint(old: bytes, new: bytes) -> None:
    assert parse(FULL.replace(old, new)).fingerprint != parse(FULL).fingerprint


def test_mails_without_identity_differ_by_their_way() -> None:
    one, two = (b"From: a@example.org\nReceived: %d\n\ndisk full" % number for number in (1, 2))
    assert parse(one).fingerprint != parse(two).fingerprint


@pytest.mark.parametrize("size", [997, 998, 999, 1_000_000])
def test_subject_at_the_limit(size: int) -> None:
    assert len(parse(b"Subject: " + b"x" * min(size, 900_000) + b"\n\ny").subject) == min(size, 998)


@pytest.mark.parametrize(
    "head",
    [
        b"Subject: =?utf-8?q?x=0D=0ABcc:_v=40example.org?=",
        b"Subject: a\rBcc: v@example.org",
        b"Subject: a\x00b\x0bc\x1c\x1d\x85",
        "Subject: a\u2028Bcc: x\u2029y\u202e\u2066z\u0085".encode(),
    ],
)
def test_no_header_becomes_two_lines(head: bytes) -> None:
    mail = parse(head + b"\nFrom: a@example.org\n\nx")
    for value in (mail.subject, *(value for _, value in mail.headers)):
        assert not set(value) & set("\r\n\0\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\u202e\u2066")


@pytest.mark.parametrize(
    "head",
    [
        b"Message-ID: <>", b"Message-ID: <[..]>", b"Message-ID: " + b"x" * 10_000, b"From: " + b"(" * 2000, b"To: " + b"<" * 5000, b"From: =?x?=",
        b"Date: Mon, 99 Foo 99999 99:99:99 +99999", b"Content-Type: \xff\xfe; =; ;;", b"Content-Type: text/plain; charset=\xff", b"From:", b":",
        b"Content-Disposition: inline; filename*=x'y'%%%", b"References: " + b"<" * 5000, b"In-Reply-To: your mail of Monday",
        b"Authentication-Results: ;;;===", b'Content-Type: multipart/alternative; boundary=""', b"Subject: =?utf-8?b?\xff?=",
    ],
)  # fmt: skip
def test_hostile_headers_cost_no_step(head: bytes) -> None:
    mail = parse(head + b"\nX-Other: y\n\nthe text")
    assert not [defect for defect in mail.defects if FAILED.fullmatch(defect)]
    assert "the text" in mail.text
    assert mail.header("x-other") == "y"


@pytest.mark.parametrize(
    "charset", [b"unicode_escape", b"undefined", b"rot13", b"idna", b"utf-7", b"zip", b"x-klingon", b""]
)
def test_odd_charsets(charset: bytes) -> None:
    mail = parse(b"Content-Type: text/plain; charset=" + charset + b"\n\nCASE +2AA- \\ud800 text")
    mail.text.encode()
    assert mail.text.startswith("CASE")


def test_a_step_that_breaks_costs_its_field_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise RecursionError

    broken.__name__ = "detect"
    monkeypatch.setattr("maildesk.ingest.parse.detect", broken)
    mail = parse(FULL)
    assert (mail.language, mail.subject) == ("", "فاکتور")
    assert mail.defects == ("detect failed: RecursionError",)


@pytest.mark.parametrize(
    ("value", "name", "email"),
    [
        (b"MAILER-DAEMON (Mail Delivery System)", "Mail Delivery System", "mailer-daemon"),
        (b"Cron Daemon <root>", "Cron Daemon", "root"),
        (b"=?utf-8?B?2YTbjNmE2Kc=?= <leila>", "لیلا", "leila"),
    ],
)
def test_an_author_without_a_domain_is_shown_and_has_no_rights(value: bytes, name: str, email: str) -> None:
    mail = parse(b"From: " + value + b"\n\nx")
    assert (mail.from_shown, mail.sender) == (Address(name, email), None)


@pytest.mark.parametrize(
    "value",
    [
        b"undisclosed-recipients:;",
        b"Leila Ahmadi",
        b"<>",
        b"",
        b"root",
        b"=?utf-8?q?omid=40example=2Ecom?=",
        b"Omid <=?utf-8?q?omid=40example=2Ecom?=>",
        b"=?utf-8?q?x?=",
    ],
)
def test_what_names_nobody_shows_nobody(value: bytes) -> None:
    mail = parse(b"From: " + value + b"\n\nx")
    assert (mail.sender, mail.from_shown) == (None, None)
    assert any(defect.startswith("no single author: ") for defect in mail.defects)


@pytest.mark.parametrize(
    ("head", "defect"),
    [
        (b"", "no From header"),
        (b"From:", "an empty From"),
        (b"From: root", "an address without a domain"),
        (b"From: omid@example.com\nFrom: eve@example.net", "several From headers"),
        (b"From: omid@example.com, eve@example.net", "several addresses"),
        (b"From: omid@example.com eve@example.net", "another address beside it"),
        (b"From: omid@example.com <eve@example.net>", "another address beside it"),
        (b"From: =?utf-8?q?omid=40example=2Ecom?=", "its address is in an encoded-word"),
        ("From: om\u200bid@example.com".encode(), "its From has more than one reading"),
    ],
)
def test_why_there_is_no_single_author_is_said(head: bytes, defect: str) -> None:
    mail = parse(head + b"\nSubject: x\n\nx" if head else b"Subject: x\n\nx")
    assert mail.sender is None
    assert mail.defects == (f"no single author: {defect}",)


@pytest.mark.parametrize("value", [b"Leila <leila@example.org>", b"=?utf-8?q?Leila?= <leila@example.org>"])
def test_a_single_author_is_no_defect(value: bytes) -> None:
    assert parse(b"From: " + value + b"\nDate: Sun, 22 Nov 2026 09:00:00 +0000\n\nx").defects == ()


def test_a_date_that_cannot_be_read_is_said() -> None:
    mail = parse(b"From: leila@example.org\nDate: yesterday, or so\n\nx")
    assert (mail.sent_at, mail.defects) == (None, ("no date: yesterday, or so",))


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b"\n \n"])
def test_an_empty_file_is_said(content: bytes) -> None:
    assert "empty: no header and no text" in parse(content).defects


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", "\u202e", "\ufeff", "\u2060", "\x00", "\x01", "\U000e0041"])
def test_an_address_with_a_hidden_character_is_shown_and_has_no_rights(hidden: str) -> None:
    mail = parse(f"From: Omid <om{hidden}id@example.com>\n\nx".encode())
    assert mail.sender is None
    assert mail.from_shown == Address("Omid", "omid@example.com")


@pytest.mark.parametrize("name", ["\u202esara", "sa\u200era", "sa\u200bra"])
def test_a_hidden_character_in_a_name_takes_no_rights(name: str) -> None:
    assert parse(f"From: {name} <sara@example.com>\n\nx".encode()).sender == Address("sara", "sara@example.com")


def test_a_mail_sent_on_as_an_attachment_is_no_command_of_who_sent_it() -> None:
    mail = parse(b"From: omid@example.com\nContent-Type: message/rfc822\n\nFrom: leila@example.org\n\n#solved\nhello\n")
    assert read_orders("", "", mail.reply).orders == ()
    assert mail.text.endswith("#solved\nhello")
    assert mail.kind is Kind.HUMAN


def test_robots_are_told_apart_from_people() -> None:
    assert parse(b"Auto-Submitted: auto-replied\nFrom: a@example.org\n\naway").kind is Kind.AUTO_REPLY


BLOCKS = st.sampled_from(
    [
        b"From: a@example.org\n", b"From: =?utf-8?B?2YTbjNmE2Kc=?= <a@example.org>\r\n", b"Subject: =?utf-8?Q?=D8?= =?x?Q?y?=\n", b"\n", b"\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: text/html; charset=utf-16\n", b"--b\n", b"--b--\n", b"On Sun, Sara wrote:\n> x\n",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n", b"Content-Type: message/delivery-status\n", b"Status: 5.1.1\n",
        b"Final-Recipient: rfc822; a@example.org\nAction: failed\n", b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: quoted-printable\n",
        b"Content-Disposition: attachment; filename*0*=utf-8''%ff\n", b"Content-Type: application/ms-tnef; name=winmail.dat\n", b"\x78\x9f\x3e\x22\x01\x00",
        b"begin 644 a\n#86)C\n`\nend\n", b"Content-Type: message/rfc822\n", b"<div class=gmail_quote><blockquote>x", b"=D8=B3=\n", b"\x00\xff\xfe\xd8", b"-- \nSara\n",
        b"Authentication-Results: x; dmarc=pass\n", b"---------- Forwarded message ----------\nFrom: x <b@example.org>\n", b"Return-Path: <>\n", b"a" * 300,
    ]
)  # fmt: skip


def check(content: bytes) -> None:
    try:
        mail = parse(content)
    except PermanentFailure:
        return
    for text in (mail.subject, mail.text, mail.reply, mail.html, *mail.defects, *(value for _, value in mail.headers)):
        text.encode()
        assert "\0" not in text
    assert mail.reply == "" or mail.text
    assert not [defect for defect in mail.defects if FAILED.fullmatch(defect)]


@given(st.binary(max_size=600))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_mail(content: bytes) -> None:
    check(content)


@given(st.lists(BLOCKS, max_size=40).map(b"".join))
@settings(max_examples=300, deadline=None)
def test_any_pieces_of_mail_are_a_mail(content: bytes) -> None:
    check(content)


@given(st.integers(0, 2**32), st.integers(1, 30))
@settings(max_examples=200, deadline=None)
def test_a_mutilated_mail_is_a_mail(seed: int, cuts: int) -> None:
    content = bytearray(FULL + multipart(b"Content-Type: text/html\n\n<p>x", b"Content-Type: image/png\n\nx"))
    rng = random.Random(seed)
    for _ in range(cuts):
        at = rng.randrange(len(content))
        content[at : at + rng.randrange(4)] = rng.randbytes(rng.randrange(4))
    check(bytes(content))


EVIL: dict[str, Callable[[int], bytes]] = {
    "on": lambda n: b"Subject: x\n\n" + b"On " * n,
    "newlines": lambda n: b"Subject: x\n\n" + b"\n" * n,
    "quotes": lambda n: b"Subject: x\n\n" + b">" * n,
    "quoted lines": lambda n: b"Subject: x\n\n" + b"> \n" * (n // 3),
    "html quotes": lambda n: b"Content-Type: text/html\n\n" + b"<blockquote>" * (n // 12),
    "brackets in from": lambda n: b"From: " + b"(" * (n // 4) + b"\n\nx",
    "words": lambda n: b"Subject: " + b"=?" * (n // 4) + b"\n\nx",
    "unfinished words": lambda n: b"Subject: " + b"=?a?q?x" * (n // 14) + b"\n\nx",
    "wrong words": lambda n: b"Subject: " + b"=?a?z?x" * (n // 14) + b"?=\n\nx",
    "references": lambda n: b"References: " + b"<" * (n // 4) + b"\n\nx",
    "addresses": lambda n: b"To: " + b"a@example.org," * (n // 28) + b"\n\nx",
    "hashes": lambda n: b"Subject: x\n\n" + b"#" * n,
    "padding": lambda n: b"Content-Transfer-Encoding: base64\n\n" + b"a=" * (n // 2),
}


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL.keys())
def test_twice_as_much_takes_twice_as_long(evil: Callable[[int], bytes]) -> None:
    def seconds(size: int) -> float:
        content, best = evil(size), 9.0
        for _ in range(3):
            begin = time.process_time()
            parse(content)
            best = min(best, time.process_time() - begin)
        return best

    once, twice = seconds(100_000), seconds(200_000)
    assert twice <= 3 * once + 0.01
    assert twice < 2

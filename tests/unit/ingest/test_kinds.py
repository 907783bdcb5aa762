import time
import tomllib
from datetime import UTC, datetime
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.ingest.absence import back_at
from maildesk.ingest.kinds import classify, is_robot_address
from maildesk.ingest.parse import parse_mail
from maildesk.model.mail import Kind, Reading
from maildesk.model.tokens import message_id

DATA = Path(__file__).parents[2] / "data" / "kinds"
USUAL = {
    "From": "Somebody <somebody@example.net>",
    "To": "support@example.com",
    "Date": "Tue, 28 Apr 2026 10:00:00 +0000",
}


def table(name):
    return tomllib.loads((DATA / f"{name}.toml").read_text("utf-8"))["mail"]


def judged(subject="", text="", reading=Reading(), **headers):
    fields = USUAL | {name.replace("_", "-"): value for name, value in headers.items()}
    message = Message()
    for name, value in fields.items():
        message[name] = value
    path = fields.get("Return-Path")
    shown = (*((name.lower(), value) for name, value in fields.items()), ("subject", subject))
    return classify(message, shown, subject, text, path.strip("<> ") if path and path.strip() else None, reading)


def verdicts(name):
    return [(mail, judged(mail["subject"], mail["text"], **mail.get("headers", {}))) for mail in table(name)]


def test_robots_are_known():
    missed = [mail["subject"] for mail, verdict in verdicts("robots") if verdict.kind is Kind.HUMAN]
    assert len(missed) <= 0.03 * len(table("robots")), missed


def test_no_person_is_called_a_robot():
    assert [(mail["subject"], verdict) for mail, verdict in verdicts("people") if verdict.kind is not Kind.HUMAN] == []


def test_the_tables_are_large_and_in_many_languages():
    for name in ("robots", "people"):
        assert len(table(name)) >= 80
        assert len({mail["language"] for mail in table(name)}) >= 6


@pytest.mark.parametrize(
    ("headers", "kind", "reason"),
    [
        ({}, Kind.HUMAN, ""),
        ({"Auto-Submitted": "auto-replied"}, Kind.AUTO_REPLY, "Auto-Submitted: auto-replied"),
        ({"Auto-Submitted": "Auto-Generated (cron); x=y"}, Kind.AUTO_REPLY, "Auto-Submitted: auto-generated"),
        ({"Auto-Submitted": "auto-notified; owner-email=x"}, Kind.AUTO_REPLY, "Auto-Submitted: auto-notified"),
        ({"Auto-Submitted": "no"}, Kind.HUMAN, ""),
        ({"Auto-Submitted": "No (by hand)"}, Kind.HUMAN, ""),
        ({"Auto-Submitted": " "}, Kind.HUMAN, ""),
        ({"Precedence": "list"}, Kind.LIST, "Precedence: list"),
        ({"Precedence": "bulk"}, Kind.LIST, "Precedence: bulk"),
        ({"Precedence": "auto_reply"}, Kind.AUTO_REPLY, "Precedence: auto_reply"),
        ({"Precedence": "first-class"}, Kind.HUMAN, ""),
        ({"List-Id": "News <news.example.org>"}, Kind.LIST, "List-Id: News <news.example.org>"),
        ({"List-Unsubscribe": "<mailto:x@example.org>"}, Kind.LIST, "List-Unsubscribe: <mailto:x@example.org>"),
        ({"X-Auto-Response-Suppress": "All"}, Kind.AUTO_REPLY, "X-Auto-Response-Suppress: all"),
        ({"X-Auto-Response-Suppress": "DR, RN"}, Kind.HUMAN, ""),
        ({"X-Autoreply": "yes"}, Kind.AUTO_REPLY, "X-Autoreply: yes"),
        ({"X-Autoreply": "no"}, Kind.HUMAN, ""),
        ({"X-Apple-Action": "VACATION"}, Kind.AUTO_REPLY, "X-Apple-Action: VACATION"),
        ({"Return-Path": "<>"}, Kind.AUTO_REPLY, "Return-Path: <>"),
        ({"Return-Path": " "}, Kind.AUTO_REPLY, "Return-Path: <>"),
        ({"From": "no-reply@example.org"}, Kind.AUTO_REPLY, "From: no-reply"),
        ({"From": "shop-noreply@example.org"}, Kind.AUTO_REPLY, "From: shop-noreply"),
        ({"From": "no-reply@example.org", "Reply-To": "leila@example.net"}, Kind.HUMAN, ""),
        ({"From": "no-reply@example.org", "Reply-To": "noreply@example.org"}, Kind.AUTO_REPLY, "From: no-reply"),
        ({"From": "MAILER-DAEMON@example.org"}, Kind.AUTO_REPLY, "From: mailer-daemon"),
        ({"TLS-Report-Domain": "example.com"}, Kind.REPORT, "TLS-Report-Domain"),
    ],
)
def test_headers(headers, kind, reason):
    verdict = judged("hello", "my invoice is wrong", **headers)
    assert (verdict.kind, verdict.reason) == (kind, reason)


def test_our_own_mail_is_known_only_by_the_key():
    own = message_id(b"k" * 32, "1042|ack|x|1", "example.com")
    assert judged(**{"Message-ID": own}, reading=Reading(key=b"k" * 32)).kind is Kind.OWN
    assert judged(**{"Message-ID": own}, reading=Reading(key=b"x" * 32)).kind is Kind.HUMAN
    assert judged(**{"Message-ID": own}).kind is Kind.HUMAN
    assert (
        judged(**{"Message-ID": own, "Auto-Submitted": "auto-generated"}, reading=Reading(key=b"k" * 32)).kind
        is Kind.OWN
    )


def test_a_group_that_feeds_the_mailbox_is_no_list():
    headers = {"List-Id": "<support.example.com>", "Precedence": "list", "List-Post": "<mailto:support@example.com>"}
    assert judged(**headers).kind is Kind.LIST
    assert judged(**headers, reading=Reading(own_addresses=frozenset({"support@example.com"}))).kind is Kind.HUMAN


REPORTS = [
    (
        "multipart/report; report-type=disposition-notification; boundary=b",
        "message/disposition-notification",
        Kind.RECEIPT,
    ),
    ("multipart/mixed; boundary=b", "message/disposition-notification", Kind.RECEIPT),
    ("multipart/report; report-type=feedback-report; boundary=b", "message/feedback-report", Kind.REPORT),
    ("multipart/report; report-type=tlsrpt; boundary=b", "application/tlsrpt+gzip", Kind.REPORT),
    ("multipart/report; report-type=delivery-status; boundary=b", "message/delivery-status", Kind.BOUNCE),
]


@pytest.mark.parametrize(("top", "part", "kind"), REPORTS)
def test_reports_by_structure(top, part, kind):
    raw = f"From: x@example.org\nSubject: hi\nContent-Type: {top}\n\n--b\nContent-Type: text/plain\n\nhi\n--b\nContent-Type: {part}\n\nA: b\n\n--b--\n"
    assert parse_mail(raw.encode(), Reading()).kind is kind


def test_a_report_that_a_person_attaches_makes_no_report():
    inner = "From: x@example.org\nContent-Type: multipart/report; report-type=feedback-report; boundary=i\n\n--i\nContent-Type: message/feedback-report\n\nA: b\n--i--\n"
    raw = f"From: leila@example.net\nSubject: what is this\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee the attachment.\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n"
    assert parse_mail(raw.encode(), Reading()).kind is Kind.HUMAN


def test_a_forwarded_notice_is_mail_by_a_person():
    notice = "I am on vacation. For urgent matters contact Kim. This is an automatic reply."
    assert judged("Fwd: Automatic reply: x", notice).kind is Kind.HUMAN
    assert judged("what now", f"Please see below.\n\nFrom: Kim\nSubject: x\n\n{notice}").kind is Kind.HUMAN
    assert judged("what now", f"I got this:\n> {notice}").kind is Kind.HUMAN


def test_aggregate_reports():
    verdict = judged("Report Domain: example.com Submitter: example.org Report-ID: <1>", "See the attachment")
    assert (verdict.kind, verdict.reason) == (Kind.REPORT, "Subject: DMARC report")


@pytest.mark.parametrize(
    ("email", "robot"),
    [
        ("noreply@example.org", True),
        ("no-reply+x1@example.org", True),
        ("billing.no-reply@example.org", True),
        ("donotreply_eu@example.org", True),
        ("autoreply@example.org", True),
        ("norbert@example.org", False),
        ("robotics@example.org", False),
        ("nora.reply@example.org", False),
        ("anna@noreply.example.org", False),
    ],
)
def test_addresses_that_nobody_reads(email, robot):
    assert is_robot_address(email) is robot


WRITTEN = datetime(2026, 4, 28, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am out of the office until May 5th.", (2026, 5, 5)),
        ("I will return on Monday, 11 May 2026.", (2026, 5, 11)),
        ("I am away from 3 May and will be back on the 12th of May.", (2026, 5, 12)),
        ("Out until 2026-05-20, urgent: call Kim.", (2026, 5, 20)),
        ("(returning 05/13/2026)", (2026, 5, 13)),
        ("I'm away from 1 May to 8 May.", (2026, 5, 8)),
        ("back on 3 January", (2027, 1, 3)),
        ("Ich bin bis zum 12.05. nicht im Büro.", (2026, 5, 12)),
        ("Ich bin vom 01.05.2026 bis 15.05.2026 im Urlaub.", (2026, 5, 15)),
        ("Bis 12. Mai abwesend, ab dem 13. Mai bin ich wieder da.", (2026, 5, 13)),
        ("تا تاریخ ۱۴۰۵/۰۲/۲۰ در مرخصی هستم.", (2026, 5, 10)),
        ("تا ۲۰ اردیبهشت در دفتر نیستم و ۲۱ اردیبهشت برمی‌گردم.", (2026, 5, 11)),
        ("از ۲۱ اردیبهشت‌ماه ۱۴۰۵ در خدمت شما هستم.", (2026, 5, 11)),
        ("تا ٢٠ ارديبهشت مرخصي هستم", (2026, 5, 10)),
    ],
)
def test_return_dates(text, day):
    assert back_at(text, WRITTEN) == datetime(*day, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I am away.",
        "Your order of 3 May arrived.",
        "until 31 February",
        "until 5/5/1999",
        "return 99.99.2026",
        "until 12 May 2031",
        "تا ۳۲ تیر",
        "room 3.14 until then",
    ],
)
def test_no_return_date(text):
    assert back_at(text, WRITTEN) is None


def test_a_return_date_needs_to_know_when_it_was_written():
    assert back_at("until 5 May", None) is None


def test_the_verdict_carries_the_return_date():
    verdict = judged("Automatic reply: x", "I am on vacation until 12 May.")
    assert verdict.back_at == datetime(2026, 5, 12, tzinfo=UTC)
    assert judged("x", "I am in town until 12 May.").back_at is None


ANYTHING = st.one_of(
    st.text(max_size=300), st.sampled_from(["Out of office", "auto:", "until 5", "[re:", "(vacation)"])
)


@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_never_raises(subject, text, name, value):
    message = message_from_string("")
    headers = ((name.lower(), value), ("from", value), ("precedence", name), ("date", value), ("list-id", value))
    verdict = classify(message, headers, subject, text, value, Reading(key=b"k", own_addresses=frozenset({"a@b.test"})))
    assert verdict.kind is Kind.HUMAN or verdict.reason
    back_at(f"until {text} {value}", WRITTEN)


@pytest.mark.parametrize("piece", ["a ", "\n", "> x\n", "out of office ", "5 May ", "1.1.", "until ", "?", "از ", "x"])
def test_cost_does_not_grow_with_the_text(piece):
    def seconds(size):
        text = piece * (size // len(piece))
        start = time.process_time()
        judged("Automatic reply", text)
        return time.process_time() - start

    seconds(1000)
    assert min(seconds(400_000) for _ in range(3)) < 10 * max(min(seconds(20_000) for _ in range(3)), 0.001)

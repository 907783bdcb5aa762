import time
import tomllib
from email import message_from_bytes, message_from_string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.ingest import bounce_text
from maildesk.ingest.bounce import read_bounce
from maildesk.ingest.kinds import classify
from maildesk.ingest.parse import parse_mail
from maildesk.model.mail import Kind, Reading

DATA = Path(__file__).parents[2] / "data" / "kinds"
BOUNCES = tomllib.loads((DATA / "bounces.toml").read_text("utf-8"))["mail"]


def parsed(raw):
    return parse_mail(raw.lstrip("\n").encode(), Reading())


@pytest.mark.parametrize("case", BOUNCES, ids=[case["name"] for case in BOUNCES])
def test_delivery_reports(case):
    mail = parsed(case["raw"])
    assert mail.kind is Kind.BOUNCE
    assert [[b.recipient, b.status, b.action, b.hard] for b in mail.bounces] == case["expect"]
    assert list(mail.bounced_ids) == case.get("ids", list(mail.bounced_ids))
    assert all(b.diagnostic or b.status for b in mail.bounces)


DELIVERED = """From: MAILER-DAEMON@example.net
Subject: Successful Mail Delivery Report
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Your message was successfully delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; leila@example.net
Action: delivered
Status: 2.1.5
--b--
"""


def test_a_report_of_success_is_a_receipt():
    mail = parsed(DELIVERED)
    assert (mail.kind, mail.reason) == (Kind.RECEIPT, "delivery report: delivered")
    assert [b.action for b in mail.bounces] == ["delivered"]


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Undelivered mail", "Hello, my mails come back: 550 user unknown <leila@example.net>. What can I do?"),
        ("Re: Undelivered Mail Returned to Sender", "I got this. The address is now ali@example.net."),
        ("Fwd: failure notice", "See below.\n\n<leila@example.net>:\nuser unknown"),
        ("Mailbox full", "My mailbox is full, please give me more space."),
        ("My parcel was returned to sender", "It could not be delivered although I was there. Order 5."),
        ("نامه برگشت خورد", "سلام، نامه‌ای که فرستادم برگشت خورد، لطفاً بررسی کنید."),
    ],
)
def test_people_who_write_about_bounces(subject, text):
    mail = parsed(
        f"From: Leila <leila@example.net>\nTo: support@example.com\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    )
    assert mail.kind is Kind.HUMAN
    assert mail.bounces == ()


def test_a_postmaster_may_be_a_person():
    raw = "From: Ali <postmaster@example.net>\nTo: support@example.com\nSubject: Mail delivery to you\n\nHello, our mail to you cannot be delivered: 550 blocked. Can you look at it? Thanks, Ali\n"
    assert parsed(raw).kind is Kind.HUMAN


def test_a_vacation_notice_about_a_delivery():
    raw = "Return-Path: <>\nFrom: Ali <ali@example.net>\nSubject: Automatic reply: Delivery failed for order 5\n\nI am away.\n"
    assert parsed(raw).kind is Kind.AUTO_REPLY


def test_a_nameless_sender_is_no_server():
    raw = "From: Leila\nSubject: my order\n\nThe article does not exist in your shop.\n"
    assert parsed(raw).kind is Kind.HUMAN


@pytest.mark.parametrize(
    ("said", "code", "hard"),
    [
        ("552 5.2.2 Mailbox full", "2.2", False),
        ("550 Requested action not taken: mailbox unavailable", "1.1", True),
        ("550 5.1.1 <marbles@uceshop.example>: Recipient address rejected: User unknown", "1.1", True),
        ("Host or domain name not found. Name service error for name=x.example type=MX: Host not found", "1.2", True),
        ("host x.example[192.0.2.1] said: 451 4.7.1 Greylisting in action, please come back later", "7.28", False),
        ("554 Service unavailable; Client host [192.0.2.1] blocked using dnsbl.example", "7.1", False),
        ("message size 30000000 exceeds size limit 10240000 of server", "3.4", False),
        ("کاربر مورد نظر یافت نشد", "1.1", True),
        ("لا يوجد: البريد ممتلئ", "2.2", False),
        ("アカウントが存在しない", "1.1", True),
    ],
)
def test_reasons(said, code, hard):
    why = bounce_text.reason(said)
    assert why is not None
    assert (why.code, why.hard) == (code, hard)


def test_names_of_hosts_and_users_are_no_reasons():
    assert bounce_text.reason("connect to mailbox-full.spam.example[192.0.2.1] for <userunknown@example.net>") is None


@pytest.mark.parametrize(
    ("said", "status", "reply"),
    [
        ("550-5.1.1 The account does not exist 550 5.1.1", "5.1.1", "550"),
        ("Remote host said: 552 full (#5.2.2)", "5.2.2", "552"),
        ("host 5.1.1.1 said: 450 try later", "", "450"),
        ("version 5.5.2657.72 of 4.80", "", ""),
        ("5.0.0 then 5.7.26", "5.7.26", ""),
        ("port 550.5 in room 5501", "", ""),
        ("", "", ""),
    ],
)
def test_codes(said, status, reply):
    assert (bounce_text.status_in(said), bounce_text.reply_code_in(said)) == (status, reply)


LINES = st.sampled_from(
    [
        "Final-Recipient: rfc822; a@example.net", "Final-Recipient: ;", "Action: failed", "Status: 5.x", "Status: 5.1.1", "", " folded", "\t", "<a@example.net>:",
        "550 5.1.1 unknown", "--- Below this line is a copy of the message.", "Message-ID: <x@y>", "Message-ID: <", "--b", "--b--", "Content-Type: message/delivery-status",
        "Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", "X-Failed-Recipients: ,<", "=?", "\udc80", "سلام", "a@b@c <<>>",
    ]
)  # fmt: skip


@given(st.lists(LINES, max_size=30), st.booleans())
def test_never_raises(lines, multipart):
    top = (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n"
        if multipart
        else "Return-Path: <>\n"
    )
    raw = f"From: MAILER-DAEMON@example.net\nSubject: failure notice\n{top}\n" + "\n".join(lines)
    message = message_from_bytes(raw.encode("utf-8", "surrogateescape"))
    reading = read_bounce(message, "\n".join(lines))
    assert all(isinstance(bounce.recipient, str) for bounce in reading.bounces)
    classify(message, (("from", "x"),), "failure notice", "\n".join(lines), "", Reading())


@pytest.mark.parametrize(
    "piece",
    [
        "a@b.test ",
        "<a@b.test>:\n",
        "Final-Recipient: rfc822; a@b.test\nAction: failed\n\n",
        "\n",
        " x\n",
        "550 5.1.1 ",
        "Received: x\n",
        "@",
        "x" * 40,
        "a@b.test\n\n",
    ],
)
def test_cost_grows_with_the_length_only(piece):
    def seconds(size):
        body = piece * (size // len(piece))
        message = message_from_string("From: MAILER-DAEMON@example.net\nSubject: failure notice\n\n" + body)
        start = time.process_time()
        read_bounce(message, body)
        return time.process_time() - start

    seconds(1000)
    assert min(seconds(200_000) for _ in range(2)) < 40 * max(min(seconds(20_000) for _ in range(2)), 0.001)


def test_ordinary_mail_costs_next_to_nothing():
    message = message_from_string("From: Leila <leila@example.net>\nSubject: hello\n\nbody")
    text = "my invoice is wrong\n" * 3000
    best = 9.0
    for _ in range(20):
        start = time.process_time()
        read_bounce(message, text)
        best = min(best, time.process_time() - start)
    assert best < 0.001

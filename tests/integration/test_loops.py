"""Loops end by counting alone: no header of the other side is trusted, and a person is told once."""

from __future__ import annotations

import email.policy
import os
import re
from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from line import CONFIG, DESK, Left, Line, write

COUNT = int(os.environ.get("MAILDESK_LOOPS", "80"))
"""How many mails a robot writes; 10000 in a campaign."""
SECOND = timedelta(seconds=1)
KEPT = {"from", "to", "subject", "date", "content-type", "content-transfer-encoding", "mime-version"}
"""What the other side keeps of our mail: none of the headers that say who wrote it, or that a robot did."""


def stripped(left: Left, number: int, **more: str) -> bytes:
    """A mail as a careless system hands it on: only what people see, with a Message-ID of its own."""
    mail = message_from_bytes(left.content, policy=email.policy.compat32)
    for name in set(mail.keys()):
        if name.lower() not in KEPT:
            del mail[name]
    for name, value in more.items():
        del mail[name]
        mail[name] = value
    mail["Message-ID"] = f"<{number}@relay.example.net>"
    return mail.as_bytes()


def alerts(line: Line) -> list[Left]:
    """What whoever runs the desk was told."""
    return [mail for mail in line.to(line.desk.admin) if mail.notice in {"alert", "quarantine_alert"}]


def automatic(line: Line, address: str) -> list[Left]:
    """Automatic mail to somebody."""
    return [mail for mail in line.to(address) if mail.notice]


def two_desks(folder: Path) -> dict[str, Line]:
    """support@example.com and help@example.net, each a desk that the other takes for a customer."""
    config = CONFIG.read_text("utf-8")
    other = config.replace("support@example.com", "help@example.net").replace(
        "billing@example.com", "sales@example.net"
    )
    other = other.replace("@example.com", "@example.net").replace('"example.com"', '"example.net"')
    return {
        "support@example.com": Line(folder / "one", config),
        "help@example.net": Line(folder / "two", other, key=bytes(reversed(range(32)))),
    }


def carry(desks: dict[str, Line], rounds: int, hand_on) -> Counter[str]:
    """Carry mail between desks until nothing comes any more; how many mails each got."""
    carried: Counter[str] = Counter()
    done = dict.fromkeys(desks, 0)
    for _ in range(rounds):
        for address, desk in desks.items():
            for left in desk.left[done[address] :]:
                to = left.to.partition("+")[0] + "@" + left.to.partition("@")[2] if "+" in left.to else left.to
                if to in desks:
                    carried[to] += 1
                    desks[to].put(hand_on(left, sum(carried.values())))
            done[address] = len(desk.left)
        for desk in desks.values():
            desk.wait(60)
    return carried


def renamed(left: Left, number: int) -> bytes:
    """Stripped, and under a subject without our tag: every round looks like a new request."""
    return stripped(left, number, Subject=f"Your request {number}")


def reworded(left: Left, number: int) -> bytes:
    """In other words as well: nothing in it says that a robot wrote it."""
    return write(left.header("From"), f"Paper {number}", f"Here is paper {number} as you asked.", to=left.to).as_bytes()


@pytest.mark.parametrize("hand_on", [stripped, renamed, reworded])
def test_two_desks_stop_whatever_is_stripped(tmp_path: Path, hand_on) -> None:
    desks = two_desks(tmp_path)
    desks["support@example.com"].put(write("help@example.net", "Question", "Could you help us with the order, please?"))
    carried = carry(desks, 30, hand_on)
    assert carried
    assert all(count <= 5 for count in carried.values()), carried
    for desk in desks.values():
        assert len(alerts(desk)) <= 1
        assert list(desk.broken()) == []
        desk.close()


def test_two_desks_that_had_to_be_stopped_are_told_of_once(tmp_path: Path) -> None:
    desks = two_desks(tmp_path)
    desks["support@example.com"].put(write("help@example.net", "Question", "Could you help us with the order, please?"))
    carry(desks, 30, reworded)
    counts = [len(alerts(desk)) for desk in desks.values()]
    for desk in desks.values():
        desk.close()
    assert sum(counts) == 1, "one of them had to stop"


def test_two_desks_that_keep_headers_do_not_even_begin(tmp_path: Path) -> None:
    desks = two_desks(tmp_path)
    desks["support@example.com"].put(write("help@example.net", "Question", "Could you help us, please?"))
    carried = carry(desks, 5, lambda left, _: left.content)
    assert sum(carried.values()) <= 1
    for desk in desks.values():
        desk.close()


@pytest.mark.parametrize("headers", ["kept", "stripped"])
def test_a_vacation_responder_gets_few_mails(tmp_path: Path, headers: str) -> None:
    line = Line(tmp_path)
    line.put(write("John <john@example.org>", "Cannot log in", "Please help, I cannot log in."))
    for number in range(COUNT):
        mail = write("John <john@example.org>", "Out of office: I am away", f"I am away until 30 November. ({number})")
        if headers == "kept":
            mail["Auto-Submitted"] = "auto-replied"
        line.put(mail)
        line.now += SECOND
    assert len(automatic(line, "john@example.org")) <= (1 if headers == "kept" else 10)
    assert len(alerts(line)) <= 1
    assert list(line.broken()) == []
    line.close()


def test_plain_words_from_one_address_are_answered_ten_times_a_day(tmp_path: Path) -> None:
    """A responder that nothing gives away: it writes like a person, into no ticket."""
    line = Line(tmp_path)
    for number in range(COUNT):
        line.put(
            write(
                "John <john@example.org>", f"Your message {number}", f"Thank you for message {number}, we look at it."
            )
        )
        line.now += SECOND
    assert 0 < len(automatic(line, "john@example.org")) <= 10
    stopped = line.store.look.outbox(states=["suppressed"], limit=COUNT)
    assert stopped
    assert {re.sub("[0-9]+", "N", row["reason"]) for row in stopped} <= {
        "N automatic mails to this address in an hour",
        "N automatic mails to this address in a day",
    }
    assert list(line.broken()) == []
    line.close()


def test_as_many_addresses_of_one_domain_are_slowed_down(tmp_path: Path) -> None:
    line = Line(tmp_path)
    for number in range(COUNT):
        line.put(write(f"robot{number}@example.org", "Hello", f"Please look at number {number} for us."))
    at_once = [mail for mail in line.left if mail.to.endswith("@example.org")]
    assert len(at_once) <= 50
    assert all(Counter(mail.to for mail in at_once)[mail.to] == 1 for mail in at_once)
    assert len(alerts(line)) == 1
    line.close()


def bounce_of(left: Left, number: int, to: str) -> bytes:
    """A delivery report by a server that gives nothing away but the words."""
    return (
        f"From: Mail Delivery System <MAILER-DAEMON@mx.example.org>\r\nTo: {to}\r\nReturn-Path: <>\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <b{number}@mx.example.org>\r\n"
        "Date: Sun, 22 Nov 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_r"\r\n\r\n'
        "--=_r\r\nContent-Type: text/plain\r\n\r\n550 5.1.1 User unknown\r\n\r\n"
        f"--=_r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; {left.to}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--=_r\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {left.header('Message-ID')}\r\n"
        f"Subject: x\r\n\r\n--=_r--\r\n"
    ).encode()


def test_a_bounce_of_everything_that_leaves_ends(tmp_path: Path) -> None:
    """Every mail to anybody comes back, those about the bounces too."""
    line = Line(tmp_path)
    line.put(write("John <john@example.org>", "Cannot log in", "Please help, I cannot log in."))
    done = 0
    for _ in range(30):
        for number, left in enumerate(line.left[done:], done):
            done = number + 1
            line.put(bounce_of(left, number, left.sender or DESK))
        line.wait(60)
    assert done == len(line.left), "it has come to an end"
    assert len(line.left) <= 6
    assert len(line.tickets()) == 1
    line.close()


def test_a_bounce_of_a_bounce_is_never_answered(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.put(write("John <john@example.org>", "Cannot log in", "Please help, I cannot log in."))
    left = line.last("john@example.org")
    line.put(bounce_of(left, 1, DESK))
    before = len(line.left)
    for number in range(2, 20):
        line.put(bounce_of(left, number, DESK))
    assert len(line.left) == before
    line.close()


def test_mail_from_our_own_address_is_never_answered(tmp_path: Path) -> None:
    line = Line(tmp_path)
    for number, sender in enumerate((DESK, "billing@example.com", "support+x@example.com", "SUPPORT@EXAMPLE.COM") * 5):
        line.put(write(f"Somebody <{sender}>", f"Hello {number}", "A copy of a mail of ours, or somebody who says so."))
    assert line.left == []
    assert line.tickets() == []
    assert line.store.look.counts()["mails"] == {"ignored": 20}
    line.close()


def test_a_customer_who_forwards_everything_back_ends(tmp_path: Path) -> None:
    """John's mailbox forwards to the desk: whatever he gets comes back as it is, and as a mail of his own."""
    line = Line(tmp_path)
    line.put(write("John <john@example.org>", "Cannot log in", "Please help, I cannot log in."))
    done = 0
    for _ in range(20):
        for number, left in enumerate(line.left[done:], done):
            done = number + 1
            if left.to == "john@example.org":
                line.put(stripped(left, number), stripped(left, 1000 + number, From="john@example.org", To=DESK))
        line.wait(60)
    assert len(automatic(line, "john@example.org")) <= 10
    assert done == len(line.left)
    line.close()


def test_an_agent_whose_mail_is_forwarded_to_the_desk_ends(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.put(write("John <john@example.org>", "Cannot log in", "Please help, I cannot log in."))
    done = 0
    for _ in range(10):
        for number, left in enumerate(line.left[done:], done):
            done = number + 1
            if left.to.endswith("@example.com"):
                line.put(left.content, stripped(left, number), stripped(left, 1000 + number, From=left.to, To=DESK))
        line.wait(60)
    assert len(line.left) < 60, Counter((mail.to, mail.notice) for mail in line.left)
    assert all(mail.to.endswith("@example.com") or mail.notice == "acknowledgement" for mail in line.left)
    line.close()


def test_lists_and_robots_get_nothing(tmp_path: Path) -> None:
    line = Line(tmp_path)
    robots = (
        {"List_Id": "<news.example.org>"},
        {"Precedence": "bulk"},
        {"Auto_Submitted": "auto-generated"},
        {"X_Auto_Response_Suppress": "All"},
        {"Return_Path": "<>"},
    )
    for number, headers in enumerate(robots):
        line.put(write("news@example.org", f"News {number}", "This week: nothing new.", **headers))
    for sender in (
        "noreply@example.org",
        "MAILER-DAEMON@example.org",
        "owner-list@example.org",
        "list-request@example.org",
    ):
        line.put(write(sender, "News", "This week: nothing new."))
    assert [mail.to for mail in line.left if mail.to.endswith("example.org")] == []
    line.close()

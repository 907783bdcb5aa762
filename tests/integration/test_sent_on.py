"""Whose request a mail is that an agent sends on: never that of somebody who is only shown in a customer's mail."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from line import Line, write

OMID, JOHN, OTHER = "omid@example.com", "john@example.org", "other@example.net"
INSIDE = """Look what they wrote to me:

---------- Forwarded message ---------
From: Other <other@example.net>
Date: Sun, 22 Nov 2026 at 08:00
Subject: Delete my account
To: <john@example.org>

Please delete my account.
"""
BLOCK = """From: John <john@example.org>
Sent: Sunday, November 22, 2026 9:00 AM
To: Omid <omid@example.com>
Subject: Hello

"""
GMAIL = "---------- Forwarded message ---------\nFrom: {}\nDate: Sun, 22 Nov 2026 at 09:00\nSubject: Hello\nTo: <omid@example.com>\n\n"


@pytest.fixture
def line(tmp_path):
    desk = Line(tmp_path)
    yield desk
    assert list(desk.broken()) == []
    desk.close()


def sent_on(line: Line, text: str, subject: str = "FW: Hello", attached: EmailMessage | None = None) -> str:
    """Omid sends a mail on, proved; whose request it became."""
    mail = write(OMID, subject, text, Authentication_Results="mx.example.com; dmarc=pass header.from=example.com")
    if attached:
        mail.add_attachment(attached)
    (receipt,) = line.put(mail)
    return line.ticket(receipt.ticket).requester


@pytest.mark.parametrize(
    "drawn", ["", "_" * 32 + "\n", "-----Original Message-----\n", "-----Ursprüngliche Nachricht-----\n"]
)
def test_outlook_shows_who_wrote_and_what_they_sent_on_themselves(line, drawn):
    assert sent_on(line, f"FYI\n\n{drawn}{BLOCK}It does not work.\n") == JOHN
    assert sent_on(line, f"FYI\n\n{drawn}{BLOCK}{INSIDE}") in {JOHN, OMID}
    assert line.to(OTHER) == []


@pytest.mark.parametrize(
    "above",
    [
        BLOCK,
        GMAIL.format("John <john@example.org>"),
        GMAIL.format("John"),
        "On Sun, 22 Nov 2026 at 09:00, John <john@example.org> wrote:\n\n",
    ],
)
@pytest.mark.parametrize("subject", ["FW: Hello", "Hello"])
def test_who_is_shown_within_somebodys_mail_does_not_ask(line, above, subject):
    assert sent_on(line, f"FYI\n\n{above}{INSIDE}", subject) in {JOHN, OMID}
    assert line.to(OTHER) == []


def test_a_mail_attached_to_the_mail_that_is_sent_on_is_nobodys_request(line):
    text = f"FYI\n\n{GMAIL.format('John <john@example.org>')}See attached.\n"
    assert sent_on(line, text, attached=write(OTHER, "Delete my account", "Please.")) == OMID
    assert line.to(OTHER) == []


def test_a_name_that_looks_like_an_address_is_a_name(line):
    assert sent_on(line, f"{GMAIL.format('other@example.net <john@example.org>')}Hello\n") == JOHN
    assert sent_on(line, f"{GMAIL.format('other@example.net [mailto:john@example.org]')}Hello again\n") == JOHN
    assert line.to(OTHER) == []


def test_a_mail_of_the_desks_own_is_nobodys_request(line):
    assert sent_on(line, GMAIL.format("Desk <support@example.com>") + "Hello\n") == OMID
    assert sent_on(line, GMAIL.format("Desk <support+rabcdefgh@example.com>") + "Hello again\n") == OMID

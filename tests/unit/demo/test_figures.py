"""The demo's figures are counted from outside; so a planted loss and a planted double must show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from maildesk.demo.figures import count, troubles
from maildesk.demo.people import JOHN, LEILA, OMID
from maildesk.demo.stage import NOTICE, Injected
from maildesk.demo.world import Delivered

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


def delivered(to: str, text: str, notice: str = "", subject: str = "x [#1001]", message_id: str = "") -> Delivered:
    header = f"{NOTICE}: {notice}\n" if notice else ""
    message_id = message_id or f"<{abs(hash((to, text, notice)))}@example.com>"
    mail = f"From: support@example.com\nTo: {to}\nSubject: {subject}\nMessage-ID: {message_id}\n{header}\n{text}\n"
    return Delivered(to, "support@example.com", mail.encode(), AT)


INJECTED = (
    Injected(JOHN, "new", "LOGIN-77"),
    Injected(OMID, "answer", "try OK-1"),
    Injected(LEILA, "vacation", "away until"),
    Injected(JOHN, "rating", "RT-5"),
)
SENT = (
    delivered(JOHN.email, "We have it.", "acknowledgement"),
    delivered(OMID.email, "LOGIN-77: I cannot", "notification"),
    delivered(JOHN.email, "try OK-1 please"),
    delivered(OMID.email, "5 RT-5", "notification"),
)


def test_a_good_run_counts_to_nothing_lost_and_nothing_twice() -> None:
    figures = count(INJECTED, SENT, 0, 12.34)
    assert (figures.lost, figures.duplicates) == (0, 0)
    assert (figures.tickets, figures.customer_mails, figures.agent_mails) == (1, 3, 1)
    assert (figures.acknowledgements, figures.answers, figures.ratings, figures.ignored) == (1, 1, 1, 1)
    assert figures.seconds == 12.3


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_a_planted_loss_is_reported(missing: int) -> None:
    sent = tuple(mail for number, mail in enumerate(SENT) if number != missing)
    assert count(INJECTED, sent, 0, 1).lost == 1
    assert troubles(INJECTED, sent)[0]


def test_a_mail_that_lies_unsettled_in_the_mailbox_is_lost() -> None:
    assert count(INJECTED, SENT, 1, 1).lost == 1


@pytest.mark.parametrize("twice", [0, 1, 2])
def test_a_planted_double_is_reported(twice: int) -> None:
    again = replace(SENT[twice], content=SENT[twice].content.replace(b"Message-ID: <", b"Message-ID: <again."))
    assert count(INJECTED, (*SENT, again), 0, 1).duplicates == 1
    assert troubles(INJECTED, (*SENT, again))[1]


def test_the_same_message_id_to_the_same_person_is_a_double() -> None:
    assert count(INJECTED, (*SENT, SENT[2]), 0, 1).duplicates >= 1


def test_a_vacation_reply_that_reaches_an_agent_is_not_counted_as_ignored() -> None:
    sent = (*SENT, delivered(OMID.email, "away until Friday", "notification"))
    assert count(INJECTED, sent, 0, 1).ignored == 0

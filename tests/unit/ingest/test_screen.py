from dataclasses import replace

import pytest

from maildesk.ingest.screen import Action, may_answer, screen, without_tag
from maildesk.model.desk import Desk, Mailbox
from maildesk.model.mail import Address, Auth, Kind, Mail
from maildesk.model.people import Agent

DESK = Desk(
    name="Example",
    domain="example.com",
    key=b"k" * 32,
    mailboxes={"support": Mailbox("support", "support@example.com", aliases=frozenset({"help@example.com"}))},
    agents={"sara": Agent("sara", "sara@example.com", aliases=frozenset({"help@example.com"}))},
    spam_headers=(("X-Spam-Flag", "yes"),),
)
MAIL = Mail(
    sender=Address("Leila", "leila@example.net"),
    to=(Address("", "support@example.com"),),
    return_path="leila@example.net",
)


def test_mail_by_a_person_is_processed():
    assert screen(MAIL, DESK).action is Action.PROCESS


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (Kind.OWN, Action.IGNORE),
        (Kind.RECEIPT, Action.IGNORE),
        (Kind.REPORT, Action.IGNORE),
        (Kind.AUTO_REPLY, Action.ROBOT),
        (Kind.LIST, Action.ROBOT),
        (Kind.BOUNCE, Action.ROBOT),
    ],
)
def test_kinds(kind, action):
    screening = screen(replace(MAIL, kind=kind, reason="because"), DESK)
    assert (screening.action, screening.reason) == (action, "because")


def test_a_mail_that_says_nothing_waits_for_a_person_and_never_becomes_a_ticket():
    empty = Mail(to=MAIL.to)
    assert screen(empty, DESK).action is Action.QUARANTINE
    assert screen(empty, DESK, released=True).action is Action.IGNORE
    for said in ({"subject": "x"}, {"text": "x"}, {"from_shown": Address("", "root")}, {"sender": MAIL.sender}):
        assert screen(replace(empty, **said), DESK).action is Action.PROCESS, said


def test_too_many_hops():
    assert screen(replace(MAIL, headers=(("received", "x"),) * 50), DESK).action is Action.PROCESS
    screening = screen(replace(MAIL, headers=(("received", "x"),) * 51, kind=Kind.OWN), DESK)
    assert (screening.action, screening.reason) == (Action.QUARANTINE, "Received: 51 hops")


def test_trusted_spam_headers():
    marked = replace(MAIL, headers=(("x-spam-flag", "YES"),))
    assert screen(marked, DESK).action is Action.QUARANTINE
    assert screen(replace(MAIL, headers=(("x-spam-flag", "no"),)), DESK).action is Action.PROCESS
    assert screen(marked, replace(DESK, spam_headers=())).action is Action.PROCESS


@pytest.mark.parametrize("own", ["support@example.com", "support+r7abc@example.com"])
def test_our_own_address_is_never_a_requester(own):
    assert screen(replace(MAIL, sender=Address("", own)), DESK).action is Action.IGNORE


def test_a_form_under_our_own_address_is_not_lost():
    form = replace(MAIL, sender=Address("", "support@example.com"), reply_to=(Address("", "leila@example.net"),))
    screening = screen(form, DESK)
    assert (screening.action, screening.reason) == (
        Action.QUARANTINE,
        "From: our own address, written by leila@example.net",
    )
    listed = replace(
        MAIL, sender=Address("", "support@example.com"), headers=(("x-original-sender", "leila@example.net"),)
    )
    assert screen(listed, DESK).action is Action.QUARANTINE


def test_an_agent_who_shares_an_address_is_an_agent():
    assert screen(replace(MAIL, sender=Address("", "help@example.com")), DESK).action is Action.PROCESS


def test_an_ordinary_sender_may_be_answered():
    assert may_answer(MAIL, DESK) == ""
    assert may_answer(replace(MAIL, return_path=None), DESK) == ""
    assert may_answer(replace(MAIL, to=(), cc=(Address("", "help@example.com"),)), DESK) == ""
    assert may_answer(replace(MAIL, to=(), delivered_to=("support@example.com",)), DESK) == ""
    assert may_answer(replace(MAIL, to=(Address("", "support+r7abc@example.com"),)), DESK) == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sender": None}, "From: no single author"),
        ({"kind": Kind.AUTO_REPLY, "reason": "Auto-Submitted: auto-replied"}, "Auto-Submitted: auto-replied"),
        ({"kind": Kind.LIST, "reason": "List-Id: x"}, "List-Id: x"),
        ({"kind": Kind.BOUNCE}, "kind: bounce"),
        ({"return_path": ""}, "Return-Path: <>"),
        ({"return_path": "list-bounces@example.org"}, "Return-Path: list-bounces@example.org"),
        ({"return_path": "MAILER-DAEMON@example.org"}, "Return-Path: MAILER-DAEMON@example.org"),
        ({"sender": Address("", "no-reply@example.org")}, "From: no-reply@example.org"),
        ({"sender": Address("", "owner-list@example.org")}, "From: owner-list@example.org"),
        ({"sender": Address("", "list-request@example.org")}, "From: list-request@example.org"),
        ({"sender": Address("", "majordomo@example.org")}, "From: majordomo@example.org"),
        ({"sender": Address("", "support@example.com")}, "From: our own address support@example.com"),
        ({"to": (Address("", "friends@example.net"),)}, "To: none of our addresses"),
        ({"to": ()}, "To: none of our addresses"),
        ({"auth": Auth(trusted=True, dmarc="fail")}, "Authentication-Results: dmarc=fail"),
    ],
)
def test_who_gets_no_automatic_answer(changes, reason):
    assert may_answer(replace(MAIL, **changes), DESK) == reason


def test_names_that_only_look_like_robots():
    for email in (
        "norbert@example.org",
        "robotics@example.org",
        "bouncer@example.org",
        "ownership@example.org",
        "requests@example.org",
    ):
        assert may_answer(replace(MAIL, sender=Address("", email), return_path=email), DESK) == ""


def test_plus_tags():
    assert without_tag("support+r7@example.com") == "support@example.com"
    assert without_tag("support@example.com") == "support@example.com"

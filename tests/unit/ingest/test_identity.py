"""The spoof matrix and what is said of a sender. The stated result of every cell stands in ``expected``."""

from dataclasses import replace
from itertools import product

import pytest

from maildesk.ingest.address import parse_addresses, strict_sender
from maildesk.ingest.auth import read_auth
from maildesk.ingest.identity import (
    Trust,
    aligned,
    identify,
    may_command,
    may_command_strongly,
    may_write,
    mixed_scripts,
    organisational_domain,
    readable,
    skeleton,
    trust_notes,
)
from maildesk.model.desk import Desk, Mailbox, Sent
from maildesk.model.mail import Address, Auth, Mail
from maildesk.model.people import Agent, Contact, Department, Person, Proof, Role
from maildesk.model.ticket import Ticket
from maildesk.model.tokens import Right
from maildesk.notices import words

DESK = Desk(
    name="Example",
    domain="example.com",
    key=b"k" * 32,
    mailboxes={"support": Mailbox("support", "support@example.com")},
    agents={
        "sara": Agent("sara", "sara@example.com", full_name="Sara Karimi", aliases=frozenset({"sara@home.test"})),
        "omid": Agent("omid", "omid@example.com", full_name="Omid Rad", role=Role.LEAD),
    },
    departments={"finance": Department("finance", "finance@example.com")},
    authserv_ids=frozenset({"mx.example.com"}),
)
TICKET = Ticket(
    number=1042, mailbox="support", requester="leila@example.net", participants=frozenset({"ali@example.net"})
)

FROM = {
    "agent": ("Sara <sara@example.com>",),
    "other": ("Eve <eve@evil.test>",),
    "ambiguous": ("sara@example.com <eve@evil.test>",),
    "two": ("Sara <sara@example.com>", "Eve <eve@evil.test>"),
    "none": (),
}
RESULTS = {
    "good": "mx.example.com; dmarc=pass header.from={domain}",
    "failed": "mx.example.com; dmarc=fail header.from={domain}",
    "forged": "evil.test; dmarc=pass header.from={domain}",
    "absent": "",
}
TOKENS = {
    "right": Sent("notification", "s", "t", person="sara@example.com", right=Right.ANSWER),
    "expired": Sent("notification", "s", "t", person="sara@example.com", right=Right.ANSWER, expired=True),
    "omid's": Sent("notification", "s", "t", person="omid@example.com", right=Right.ANSWER),
    "wrong": Sent("notification", "s", "t", person="sara@example.com", right=None),
    "no mail": None,
}


def expected(who, result, token):
    """(is an agent, proof) for one cell of the matrix."""
    if who in {"ambiguous", "two", "none"}:
        return False, Proof.NONE
    if result == "failed":
        return who == "agent", Proof.NONE
    proved = who == "agent" and token == "right"
    if result == "good":
        return who == "agent", Proof.BOTH if proved else Proof.DMARC
    return who == "agent", Proof.TOKEN if proved else Proof.CLAIM


def mail(from_headers, result="absent", sender_header="", reply_to=""):
    sender = strict_sender(from_headers)
    value = RESULTS[result].format(domain=sender.domain if sender else "example.com")
    return Mail(
        sender=sender,
        from_shown=next(iter(parse_addresses(", ".join(from_headers), 5)), None),
        reply_to=parse_addresses(reply_to, 5),
        auth=read_auth((value,) if value else (), DESK.authserv_ids),
        headers=(("sender", sender_header),) if sender_header else (),
    )


@pytest.mark.parametrize(("who", "result", "token"), list(product(FROM, RESULTS, TOKENS)))
@pytest.mark.parametrize(("sender_header", "reply_to"), [("", ""), ("sara@example.com", ""), ("", "sara@example.com")])
def test_spoof_matrix(who, result, token, sender_header, reply_to):
    """Sender and Reply-To never change a cell: identity is From."""
    person = identify(mail(FROM[who], result, sender_header, reply_to), TOKENS[token], DESK, TICKET)
    assert (person.is_desk, person.proof) == expected(who, result, token)
    assert may_command(person) == (who == "agent" and token == "right" and result != "failed")
    assert may_command_strongly(person) == (who == "agent" and token == "right" and result == "good")


def test_an_agents_token_counts_from_any_of_their_addresses():
    person = identify(mail(("sara@home.test",)), TOKENS["right"], DESK, TICKET)
    assert (person.agent, person.proof) == ("sara", Proof.TOKEN)


def test_the_envelope_address_is_no_proof():
    sent = replace(TOKENS["right"], right=Right.BOUNCE)
    assert identify(mail(FROM["agent"]), sent, DESK).proof is Proof.CLAIM


def test_dmarc_of_another_domain_is_no_proof():
    auth = Auth(trusted=True, dmarc="pass", domain="evil.test")
    person = identify(Mail(sender=Address("", "sara@example.com"), auth=auth), None, DESK)
    assert person.proof is Proof.CLAIM
    unnamed = Auth(trusted=True, dmarc="pass")
    assert identify(Mail(sender=Address("", "sara@example.com"), auth=unnamed), None, DESK).proof is Proof.CLAIM


@pytest.mark.parametrize(
    ("email", "role", "writes"),
    [
        ("leila@example.net", Role.REQUESTER, True),
        ("ali@example.net", Role.PARTICIPANT, True),
        ("finance@example.com", Role.DEPARTMENT, True),
        ("sara@example.com", Role.AGENT, True),
        ("omid@example.com", Role.LEAD, True),
        ("eve@evil.test", Role.STRANGER, False),
        ("leila@example.org", Role.STRANGER, False),
    ],
)
def test_roles(email, role, writes):
    person = identify(Mail(sender=Address("", email)), None, DESK, TICKET)
    assert person.role is role
    assert may_write(person) is writes


def test_without_a_ticket_a_customer_is_a_stranger():
    assert identify(Mail(sender=Address("", "leila@example.net")), None, DESK).role is Role.STRANGER


def test_a_known_forgery_may_not_write():
    failed = Auth(trusted=True, dmarc="fail", domain="example.net")
    person = identify(Mail(sender=Address("", "leila@example.net"), auth=failed), None, DESK, TICKET)
    assert (person.role, person.proof, may_write(person)) == (Role.REQUESTER, Proof.NONE, False)


def test_a_customers_token():
    sent = Sent("survey", "s", "t", person="leila@example.net", right=Right.SURVEY)
    assert identify(Mail(sender=Address("", "leila@example.net")), sent, DESK, TICKET).proof is Proof.TOKEN
    assert identify(Mail(sender=Address("", "ali@example.net")), sent, DESK, TICKET).proof is Proof.CLAIM


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("mail.example.com", "example.com", True),
        ("example.com", "EXAMPLE.COM.", True),
        ("a.example.co.ir", "b.example.co.ir", True),
        ("a.co.ir", "b.co.ir", False),
        ("example.com", "example.org", False),
        ("example.com", "", False),
        ("", "", False),
        ("com", "com", True),
    ],
)
def test_alignment(one, other, same):
    assert aligned(one, other) is same


def test_organisational_domains():
    assert organisational_domain("x.y.shop.co.uk") == "shop.co.uk"
    assert organisational_domain("x.shop.ir") == "shop.ir"


def notes(shown, contact=None, reply_to="", auth=Auth(), proof=Proof.CLAIM):
    written = replace(mail((shown,), reply_to=reply_to), auth=auth)
    email = written.sender.email if written.sender else ""
    return trust_notes(written, Person(email, proof=proof), contact, DESK)


def keys(*args, **kwargs):
    return [note.key for note in notes(*args, **kwargs)]


KNOWN = Contact("leila@example.net", tickets=3)


def test_what_is_said_of_a_sender():
    assert keys("leila@example.net", KNOWN) == [Trust.CLAIMED]
    assert keys("leila@example.net") == [Trust.CLAIMED, Trust.FIRST]
    assert keys("leila@example.net", KNOWN, proof=Proof.DMARC) == [Trust.VERIFIED]
    assert keys("leila@example.net", KNOWN, reply_to="eve@evil.test") == [Trust.REPLY_TO, Trust.CLAIMED]
    assert keys("leila@example.net", KNOWN, auth=Auth(trusted=True, dmarc="fail")) == [Trust.FAILED]
    assert keys("leila@example.net", KNOWN, auth=Auth(trusted=True)) == [Trust.UNPROVED]
    assert keys("leila@example.net", KNOWN, auth=Auth(trusted=False, dmarc="fail")) == [Trust.CLAIMED]
    assert keys("sara@example.com <eve@evil.test>") == [Trust.AMBIGUOUS]
    assert keys("") == [Trust.NOBODY]


def test_every_note_has_its_sentences():
    assert set(words.TRUST) == {key.value for key in Trust}


def test_several_from_headers_are_said():
    twice = replace(mail(("a@x.test", "b@x.test")), headers=(("from", "a@x.test"), ("from", "b@x.test")))
    twice = replace(twice, from_shown=Address("", "a@x.test"))
    assert [note.key for note in trust_notes(twice, Person(""), None, DESK)] == [Trust.SEVERAL]


@pytest.mark.parametrize(
    ("shown", "like"),
    [
        ("s\u0430ra@example.com", "sara@example.com"),
        ("sara@ex\u0430mple.com", "sara@example.com"),
        ("sara@" + "examp1e" + ".com", "sara@example.com"),  # in pieces: such domains may belong to somebody
        ("billing@" + "exarnple" + ".com", "example.com"),
        ("Sara Karimi <skarimi@freemail.test>", "Sara Karimi"),
        ("S\u0430ra K\u0430rimi <skarimi@freemail.test>", "Sara Karimi"),
    ],
)
def test_lookalikes(shown, like):
    found = notes(shown, KNOWN)
    assert [note.key for note in found] == [Trust.LOOKALIKE, Trust.CLAIMED]
    assert dict(found[0].args)["like"] == like


@pytest.mark.parametrize(
    "shown",
    [
        "leila@example.net",
        "sara.k@freemail.test",
        "Sara <sara@freemail.test>",
        "کاربر@freemail.test",
        "ivan@почта.test",
    ],
)
def test_ordinary_senders_are_no_lookalikes(shown):
    assert keys(shown, KNOWN) == [Trust.CLAIMED]


def test_mixed_scripts():
    assert mixed_scripts("p\u0430ypal@x.test")
    assert not mixed_scripts("иван@почта.test")
    assert not mixed_scripts("ivan@почта.test")
    assert keys("p\u0430ypal@freemail.test", KNOWN) == [Trust.MIXED_SCRIPTS, Trust.CLAIMED]


def test_readable_and_skeleton_never_raise():
    assert readable("x@xn--bcher-kva.example") == "x@bücher.example"
    assert readable("x@xn--\x00.example") == "x@xn--\x00.example"
    assert skeleton("") == ""

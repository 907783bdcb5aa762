"""Every condition, with something it holds for and something it does not hold for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from rulekit import DESK, LEILA, NOW, holds, mail, opened

from maildesk.model.mail import Address, Auth, Kind, Part
from maildesk.model.people import Contact, Person, Role
from maildesk.rules.conditions import CONDITIONS

PDF = (Part("2", "Invoice-۱۲.PDF", "application/pdf", 9, ""), Part("3", "logo.png", "image/png", 9, "", inline=True))


@pytest.mark.parametrize(
    ("when", "yes", "no"),
    [
        ('{ from = "leila@example.org" }', {}, {"mail": mail(sender=Address("", "x@example.org"))}),
        ('{ from = "example.org" }', {}, {"mail": mail(sender=Address("", "x@mail.example.org"))}),
        (
            '{ from = "@example.test" }',
            {"mail": mail(sender=Address("", "x@example.test"))},
            {"mail": mail(sender=Address("", "x@notexample.test"))},
        ),
        ('{ from = "*@*.example.org" }', {"mail": mail(sender=Address("", "x@a.b.example.org"))}, {}),
        ('{ from = ["a@example.net", "LEILA@*"] }', {}, {"mail": mail(sender=None)}),
        ('{ from = { regex = "^l.*@example" } }', {}, {"mail": None}),
        ('{ from = "?eila@e*e.org" }', {}, {"mail": mail(sender=Address("", "leila@example.net"))}),
        ('{ to = "support@*" }', {}, {"mail": mail(to=())}),
        ('{ to = "b@example.com" }', {"mail": mail(to=(), delivered_to=("b@example.com",))}, {}),
        ('{ subject = "invoice" }', {"mail": mail("An Invoice")}, {"mail": mail("invoices")}),
        ('{ subject = ["a b", "صورت‌حساب"] }', {"mail": mail("مبلغ صورتحساب")}, {"mail": mail("a", "b")}),
        ('{ subject = "re: *" }', {"mail": mail("RE: x")}, {"mail": mail("x re: y")}),
        (
            '{ subject = { words = ["x"], regex = "case-[0-9]{3}" } }',
            {"mail": mail("Case-۱۲۳")},
            {"mail": mail("case-1")},
        ),
        ('{ subject = "hello" }', {"mail": None}, {"mail": mail("other")}),
        ('{ body = "مشکل" }', {"mail": mail(text="يك مشكل")}, {"mail": mail("مشکل")}),
        ('{ body = "old" }', {"mail": mail(text="old", reply="")}, {"mail": mail(text="old", reply="new")}),
        ('{ header = { X-Tier = "gold" } }', {"mail": mail(headers=(("x-tier", "Gold"),))}, {}),
        (
            '{ header = { X-A = "*", X-B = "1" } }',
            {"mail": mail(headers=(("x-a", ""), ("x-b", "1")))},
            {"mail": mail(headers=(("x-b", "1"),))},
        ),
        ("{ attachment = true }", {"mail": mail(parts=PDF)}, {"mail": mail(parts=PDF[1:])}),
        ("{ attachment = false }", {"mail": mail(parts=PDF[1:])}, {"mail": mail(parts=PDF)}),
        ('{ attachment = "*-12.pdf" }', {"mail": mail(parts=PDF)}, {"mail": mail(parts=PDF[1:])}),
        ("{ size = { at_least = 100 } }", {"mail": mail(size=100)}, {"mail": mail(size=99)}),
        ('{ language = "fa" }', {"mail": mail(language="fa")}, {"mail": mail(language="en")}),
        ('{ kind = "human" }', {}, {"mail": mail(kind=Kind.AUTO_REPLY)}),
        ('{ kind = ["human", "list"] }', {"mail": mail(kind=Kind.LIST)}, {"mail": None}),
        (
            "{ authenticated = true }",
            {"mail": mail(auth=Auth(trusted=True, dmarc="pass"))},
            {"mail": mail(auth=Auth(dmarc="pass"))},
        ),
        ("{ authenticated = false }", {}, {"mail": mail(auth=Auth(trusted=True, dmarc="pass"))}),
        ('{ by = ["agent", "lead"] }', {"person": Person("o@example.com", role=Role.LEAD)}, {}),
        ('{ requester = "example.org" }', {"mail": None}, {"change": opened(requester="x@example.net")}),
        ('{ status = "new" }', {}, {"change": opened(status="open")}),
        ('{ priority = ["high", "urgent"] }', {"change": opened(priority="urgent")}, {}),
        ('{ priority = { at_least = "normal", at_most = "high" } }', {}, {"change": opened(priority="urgent")}),
        ('{ group = "" }', {}, {"change": opened(group="billing")}),
        ('{ group = "bill*" }', {"change": opened(group="billing")}, {}),
        ('{ assignee = "sara" }', {"change": opened(assignee="sara")}, {}),
        (
            '{ tag = "صورت‌حساب" }',
            {"change": opened(tags=frozenset({"x", "صورتحساب"}))},
            {"change": opened(tags=frozenset({"x"}))},
        ),
        (
            '{ field = { order = "a-*", paid = "" } }',
            {"change": opened(fields=(("order", "A-1"),))},
            {"change": opened(fields=(("order", "A-1"), ("paid", "yes")))},
        ),
        (
            '{ age = "2d" }',
            {"change": opened(opened_at=NOW - timedelta(days=2))},
            {"change": opened(opened_at=NOW - timedelta(hours=47))},
        ),
        ('{ age = { at_most = "۲h" } }', {}, {"change": opened(opened_at=NOW - timedelta(days=2))}),
        ('{ idle = "1w" }', {"change": opened(updated_at=NOW - timedelta(days=8))}, {}),
        (  # Wednesday to Sunday: two working days, Thursday and Friday are none
            "{ idle_days = { at_least = 3 } }",
            {"change": opened(updated_at=NOW - timedelta(days=5))},
            {"change": opened(updated_at=NOW - timedelta(days=4))},
        ),
        ("{ entries = 1 }", {}, {"change": opened().record(1001, "note", "x")}),
        ('{ mailbox = "support" }', {}, {"change": opened(mailbox="sales")}),
        ('{ channel = "phone" }', {"change": opened(channel="phone")}, {}),
        ('{ organisation = "arman" }', {}, {"contact": None}),
        ('{ contact_field = { contract = "gold" } }', {"contact": Contact(LEILA, fields=(("contract", "Gold"),))}, {}),
        ("{ contact_tickets = { at_least = 3 } }", {"contact": Contact(LEILA, tickets=3)}, {}),
        ("{ last_rating = { at_most = 2 } }", {"contact": Contact(LEILA, last_rating=1)}, {}),
        ('{ calendar = "open" }', {}, {"change": replace(opened(), now=NOW + timedelta(hours=5))}),
        ('{ calendar = "closed" }', {"change": replace(opened(), now=NOW + timedelta(hours=5))}, {}),
        ('{ weekday = ["sun", "friday"] }', {}, {"change": replace(opened(), now=NOW + timedelta(hours=12))}),
        ('{ sla = "first_response" }', {"event": "due", "target": "first_response"}, {"event": "due"}),
        (
            "{ percent = { at_least = 75 } }",
            {"event": "due", "target": "resolution", "percent": 75},
            {"event": "due", "percent": 80},
        ),
        ("{ rating = { at_most = 2 } }", {"event": "rated", "rating": 2}, {"event": "rated", "rating": 3}),
    ],
)
def test_condition(when, yes, no):
    assert holds(when, **yes)
    assert not holds(when, **no)


def test_every_condition_is_tried_above_and_has_help():
    tried = next(mark for mark in test_condition.pytestmark if mark.name == "parametrize").args[1]
    keys = {key for when, _, _ in tried for key in CONDITIONS if f" {key} = " in when}
    assert keys == set(CONDITIONS)
    assert all(condition.help for condition in CONDITIONS.values())


@pytest.mark.parametrize(
    ("when", "held"),
    [
        ("{}", True),
        ('{ subject = "hello", status = "new" }', True),
        ('{ subject = "hello", status = "open" }', False),
        ('{ any = [ { subject = "no" }, { status = "new" } ] }', True),
        ('{ any = [ { subject = "no" }, { body = "no" } ] }', False),
        ('{ all = [ { subject = "hello" }, { not = { status = "open" } } ] }', True),
        ('{ not = { subject = "hello", status = "open" } }', True),
        ('{ not = { any = [ { subject = "hello" }, { status = "open" } ] } }', False),
        ('{ any = [ { all = [ { from = "example.org" }, { subject = "hello" } ] }, { to = "x@example.net" } ] }', True),
        ('{ any = [ { from = "*@example.net" }, { subject = { regex = "hel+o" } } ], body = "" }', None),
    ],
)
def test_joints(when, held):
    if held is None:
        with pytest.raises(Exception, match="no word"):
            holds(when)
    else:
        assert holds(when) is held


def test_text_beyond_the_limit_is_not_looked_at():
    limit = DESK.limits.rule_text
    assert holds('{ body = "end" }', mail=mail(text="x " * 10 + "end"))
    assert not holds('{ body = "end" }', mail=mail(text=" " * limit + "end"))

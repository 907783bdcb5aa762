"""Every action, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rulekit import DESK, LEILA, NOW, after, mail, opened, rule, run, ticket, traced

from maildesk.model.change import Change
from maildesk.model.mail import Address, Auth, Part
from maildesk.model.people import Contact, Person, Role
from maildesk.model.ticket import EntryKind, Event, Status, fold
from maildesk.model.tokens import Right
from maildesk.rules.actions import ACTIONS


def do(then, change=None, **in_scene):
    return run(rule(then=f"[ {then} ]"), change, **in_scene)


@pytest.mark.parametrize(
    ("then", "fields"),
    [
        ('{ group = "tech" }', {"group": "tech", "assignee": ""}),
        ('{ priority = "urgent" }', {"priority": "urgent"}),
        ('{ language = "FA" }', {"language": "fa"}),
        ('{ tag = ["+VIP", "-old", "new", "صورت‌حساب"] }', {"tags": frozenset({"vip", "new", "صورتحساب"})}),
        ('{ field = { order = "A-1", old = "" } }', {"fields": (("order", "A-1"),)}),
        ('{ set = { status = "waiting", priority = "low", assignee = "omid", group = "tech", language = "en" } }',
         {"status": "waiting", "priority": "low", "assignee": "omid", "group": "tech"}),
        ("{ solve = true }", {"status": "solved", "solved_at": NOW, "waiting_since": None}),
        ("{ close = true }", {"status": "closed", "closed_at": NOW}),
        ("{ reopen = true }", {"status": "new"}),
        ("{ open = true }", {"status": "open"}),
        ('{ snooze = "3d" }', {"status": "paused", "snoozed_until": NOW + timedelta(days=3)}),
        ('{ assign = "omid" }', {"assignee": "omid"}),
        ('{ assign = "nobody" }', {"assignee": ""}),
        ('{ assign = "lead" }', {"assignee": "nima"}),
        ('{ assign = "round_robin" }', {"assignee": "omid", "group": "billing"}),
        ('{ assign = "group" }', {"assignee": "omid", "group": "billing"}),
        ('{ refer = "finance" }', {"status": "paused", "fields": (("old", "x"), ("referred", "finance"))}),
        ('{ escalate = "lead" }', {"watchers": frozenset({"nima"})}),
        ('{ note = "look" }', {"status": "new"}),
        ("{ quarantine = true }", {"status": "paused", "tags": frozenset({"old", "quarantine"})}),
    ],
)  # fmt: skip
def test_fields(then, fields):
    before = opened(tags=frozenset({"old"}), fields=(("old", "x"),), assignee="sara")
    change = do(then, before)
    assert {name: getattr(ticket(change), name) for name in fields} == fields
    assert fold(change.entries) == ticket(change), "the history tells the same"
    assert {entry.author for entry in change.entries[1:]} <= {"rule: r"}


def test_what_is_so_already_leaves_no_entry():
    change = do('{ priority = "normal" }, { tag = "-x" }, { reopen = true }, { assign = "nobody" }')
    assert len(change.entries) == 1


@pytest.mark.parametrize("done", ["solved", "closed"])
def test_reopening_begins_a_new_cycle_and_is_told(done):
    change = run(
        rule(then="{ reopen = true }", on="rated"), after(Event.RATED, status=Status(done)), event="rated", rating=1
    )
    assert (ticket(change).status, ticket(change).cycle, change.entries[-1].event) == ("open", 2, "reopened")


def test_solving_is_told_to_other_rules():
    change = run(rule(then="{ solve = true }", name="a") + rule(on="solved", then='{ tag = "seen" }', name="b"))
    assert ticket(change).tags == {"seen"}


@pytest.mark.parametrize("then", ["solve = true", "open = true", 'snooze = "3d"', "close = true"])
def test_a_merged_ticket_keeps_its_status(then):
    before = opened(status=Status.CLOSED, merged_into=1002)
    assert do(f"{{ {then} }}", before).tickets == before.tickets


def test_round_robin_goes_on_where_it_stopped():
    given, cursors = [], {}
    for _ in range(4):
        change = do('{ assign = "round_robin" }', replace(opened(group="billing"), cursors=cursors))
        cursors = change.cursors
        given.append(ticket(change).assignee)
    assert given == ["omid", "sara", "omid", "sara"]


def test_nobody_there():
    change = do('{ assign = "round_robin" }', away=frozenset({"sara", "omid"}))
    assert ticket(change).assignee == ""
    assert "omid is away; sara is away" in traced(change, "action")[0]


@pytest.mark.parametrize(
    ("strategy", "in_scene", "name"),
    [
        ("least_loaded", {"loads": {"omid": 3, "sara": 1}}, "sara"),
        ("sticky", {"history": ({"number": 1, "assignee": "gone"}, {"number": 2, "assignee": "sara"})}, "sara"),
        ("sticky", {}, ""),
        ("account_manager", {"contact": Contact(LEILA, account_manager="mina")}, "mina"),
        ("account_manager", {}, ""),
        ("skills", {}, "omid"),
    ],
)
def test_strategies(strategy, in_scene, name):
    assert ticket(do(f'{{ assign = "{strategy}" }}', opened(tags=frozenset({"refund"})), **in_scene)).assignee == name


def test_notice_to_the_requester():
    (notice,) = do('{ notice = "acknowledgement" }', opened(language="fa")).notices
    assert (notice.template, notice.to, notice.role, notice.language) == (
        "acknowledgement",
        LEILA,
        Role.REQUESTER,
        "fa",
    )
    assert notice.once == f"1001|acknowledgement|{LEILA}|receipt:2026-11-22"
    assert notice.data["expected"] == NOW + timedelta(hours=1)


def test_the_same_notice_by_two_rules_is_one_mail():
    twice = rule(then='{ notice = "acknowledgement" }', name="a") + rule(
        then='{ notice = "acknowledgement" }', name="b"
    )
    assert len(run(twice).notices) == 1


def test_notification_of_the_assignee():
    files = (Part("2", "فاکتور.pdf", "application/pdf", 9, ""),)
    content = mail(
        parts=files,
        reply_to=(Address("", "other@example.net"),),
        auth=Auth(trusted=True, dmarc="pass", domain="example.org"),
    )
    change = do(
        '{ notify = ["assignee", "watchers"] }', opened(assignee="sara", watchers=frozenset({"mina"})), mail=content
    )
    told = {notice.to: notice for notice in change.notices}
    assert set(told) == {"sara@example.com", "mina@example.com"}
    notice = told["sara@example.com"]
    assert notice.rights == (Right.ANSWER, Right.NOTE)
    assert notice.data["text"] == "hello"
    assert notice.data["author"] == "Leila Rezaei"
    assert notice.data["attachments"] == ("فاکتور.pdf",)
    assert notice.data["trust"] == (
        {"key": "reply_to", "reply_to": "other@example.net", "email": "leila@example.org"},
        {"key": "unproved", "email": "leila@example.org", "dmarc": "pass"},
        {"key": "first"},
    )


@pytest.mark.parametrize(
    ("target", "fields", "in_scene", "told"),
    [
        ("assignee", {}, {}, {"sara", "omid"}),
        ("assignee", {"assignee": "sara"}, {"away": frozenset({"sara"})}, {"omid"}),
        ("group", {"group": "tech"}, {}, {"omid", "nima"}),
        ("group", {}, {"away": frozenset({"sara", "omid"})}, {"sara", "omid"}),
        ("lead", {}, {}, {"nima"}),
        ("manager", {}, {}, {"mina"}),
        ("omid", {}, {}, {"omid"}),
        ("account_manager", {"account_manager": "mina"}, {}, {"mina"}),
        ("watchers", {}, {}, set()),
        ("omid", {}, {"person": Person("omid@example.com", role=Role.AGENT, agent="omid")}, set()),
        ("omid", {}, {"desk": replace(DESK, notify_agents=False)}, set()),
    ],
)
def test_whom_notify_means(target, fields, in_scene, told):
    change = do(f'{{ notify = "{target}" }}', opened(**fields), **in_scene)
    assert {notice.to.partition("@")[0] for notice in change.notices} == told


def test_refer_asks_the_department():
    (notice,) = do('{ refer = "finance" }').notices
    assert (notice.to, notice.role, notice.rights) == ("finance@example.com", Role.DEPARTMENT, (Right.REFER,))
    assert notice.data["original"] == "hello"


def test_escalate_warns_once_per_step():
    then = rule(on="due", then='{ escalate = "lead" }')
    (notice,) = run(then, after(Event.DUE), event="due", target="resolution", percent=100).notices
    assert (notice.template, notice.to, notice.cause) == ("escalation", "nima@example.com", "resolution:2:100")


def test_survey_waits_and_is_asked_once_a_cycle():
    (notice,) = do("{ survey = true }").notices
    assert (notice.cause, notice.not_before) == ("survey:1", NOW + timedelta(days=2))
    assert not do("{ survey = true }", contact=Contact(LEILA, no_updates=True)).notices


def test_note_is_internal_and_raises_noted():
    change = run(rule(then='{ note = "look" }') + rule(on="noted", then='{ tag = "n" }', name="b"))
    entry = change.entries[1]
    assert (entry.kind, entry.text, entry.public, ticket(change).tags) == (EntryKind.NOTE, "look", False, {"n"})


def test_quarantine_takes_back_automatic_mail_and_ends_the_run():
    change = run(rule(then='[ { notice = "acknowledgement" }, { quarantine = true } ]', name="a") + rule(name="later"))
    assert change.notices == ()
    assert ticket(change).tags == {"quarantine"}


@pytest.mark.parametrize("then", [f"{{ {name} = {argument} }}" for name, argument in [
    ("notice", '"acknowledgement"'), ("notify", '"lead"'), ("escalate", '"lead"'), ("refer", '"finance"'), ("survey", "true"),
    ("macro", '"hours"'), ("article", '"login"'), ("webhook", '"crm"'),
]])  # fmt: skip
def test_while_automatic_mail_is_off_nothing_is_mailed(then):
    change = do(then, quiet=True)
    assert change.notices == ()
    assert "automatic mail is off" in traced(change, "action")[0]


def test_a_merge_is_suggested_for_what_is_open_and_has_the_same_subject():
    row = {"number": 990, "subject": "Re: hello", "status": "open", "opened_at": NOW}
    change = do("{ suggest_merge = true }", history=(row,))
    assert "[merge 990]" in change.entries[-1].text
    assert {notice.template for notice in change.notices} == {"note"}
    for other in ({"status": "solved"}, {"subject": "Another matter"}):
        assert do("{ suggest_merge = true }", history=({**row, **other},)).entries == opened().entries


def test_every_action_is_tried_and_has_help():
    source = Path(__file__).read_text("utf-8")
    assert all(f"{{ {name} = " in source or f'("{name}", ' in source for name in ACTIONS if name != "stop")
    assert all(action.help for action in ACTIONS.values())
    assert {name for name, action in ACTIONS.items() if action.mails} == {
        "notice",
        "notify",
        "escalate",
        "refer",
        "survey",
        "macro",
        "article",
        "webhook",
    }


def test_change_is_a_value():
    before = opened()
    do('{ tag = "x" }, { notice = "acknowledgement" }', before)
    assert before == opened()
    assert isinstance(before, Change)


def test_round_robin_knows_the_turns_of_earlier_mails():
    for latest, turn in (("omid", "sara"), ("sara", "omid")):
        change = do('{ assign = "round_robin" }', opened(group="billing"), cursors={"billing": latest})
        assert ticket(change).assignee == turn
        assert change.cursors == {"billing": turn}

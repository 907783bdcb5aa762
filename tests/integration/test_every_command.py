"""Every row of the table of commands, in both languages, through the whole desk: what it does, and that it is undone."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import pytest
from line import CONFIG, DESK, Line, answer_to, write
from sqlalchemy import select

from maildesk.commands.agent import COMMANDS
from maildesk.model.ticket import Status, Ticket
from maildesk.store import schema

JOHN, EVE, OMID, SARA = "john@example.org", "eve@example.net", "omid@example.com", "sara@example.com"
RULES = """
[[rule]]
name = "omid has it"
on   = ["opened"]
when = { not = { by = ["agent"] } }
then = [ { assign = "omid" } ]
"""
SLA = """
[[sla]]
name = "usual"
first_response = "30d"
next_response = "30d"
resolution = "60d"
"""
PROOF = {"Authentication_Results": "mx.example.com; dmarc=pass header.from=example.com"}
QUIET = {"why", "show", "list", "search", "help", "report"}
"""They are answered by what was asked for, not by a transcript."""
FORMS = {
    "note": ("[note]", "[یادداشت]", "Only for us."),
    "public": ("[public]", "[پاسخ]", "It is repaired."),
    "refer": ("[refer finance]", "[ارجاع finance]", "Is it paid?"),
    "macro": ("[macro refund amount=20]", "[متن‌آماده refund amount=۲۰]", "Hello John,"),
    "article": ("[article reset]", "[مقاله reset]", "Hello John,"),
    "unassign": ("[unassign]", "[رها]", ""),
    "assign": ("[assign sara]", "[واگذار سارا]", ""),
    "group": ("[group billing]", "[گروه billing]", ""),
    "watch": ("[watch]", "[دنبال]", ""),
    "snooze": ("[snooze 3d]", "[تعویق شنبه ۹:۰۰]", ""),
    "tag": ("[tag +refund]", "[برچسب +بازپرداخت]", ""),
    "field": ("[field order=4711]", "[فیلد سفارش=۴۷۱۱]", ""),
    "language": ("[language fa]", "[زبان فارسی]", ""),
    "priority": ("[priority high]", "[اولویت زیاد]", ""),
    "cc": ("[cc +ali@example.net]", "[رونوشت +ali@example.net]", ""),
    "requester": ("[requester leila@example.net]", "[مشتری leila@example.net]", ""),
    "link": ("[link 1002]", "[پیوند ۱۰۰۲]", ""),
    "merge": ("[merge 1002]", "[ادغام ۱۰۰۲]", ""),
    "split": ("[split]", "[تفکیک]", ""),
    "incident": ("[incident 1002]", "[رخداد ۱۰۰۲]", ""),
    "status": ("[status=solved]", "[وضعیت=حل‌شده]", ""),
    "solved": ("[solved]", "[حل‌شد]", ""),
    "open": ("[open]", "[باز]", ""),
    "waiting": ("[waiting]", "[منتظر]", ""),
    "close": ("[close]", "[بستن]", ""),
    "spam": ("#spam", "#هرزنامه", ""),
    "search": ("[search login]", "[جستجو login]", ""),
    "show": ("[show 1002]", "[نمایش ۱۰۰۲]", ""),
    "why": ("[why]", "[چرا]", ""),
    "report": ("[report csat 30d]", "[گزارش رضایت ۳۰ روز]", ""),
    "list": ("[list]", "[فهرست]", ""),
    "help": ("[help]", "[راهنما]", ""),
    "vacation": ("[vacation 2w sara]", "[مرخصی ۲ هفته سارا]", ""),
    "back": ("[back]", "[برگشتم]", ""),
    "block": ("[block @example.net 30d]", "[مسدود @example.net ۳۰ روز]", ""),
    "unblock": ("[unblock @example.net]", "[رفع‌مسدودی @example.net]", ""),
    "erase": ("[erase eve@example.net]", "[پاک‌کن eve@example.net]", ""),
    "export": ("[export eve@example.net]", "[پرونده eve@example.net]", ""),
}
OTHERWISE = {"take", "unwatch", "reopen", "unmerge", "send", "drop", "undo", "new", "ack"}
"""They need something before them: tests of their own, here or in tests/scenarios."""
ASKS = [row.name for row in COMMANDS if row.asks]
BEFORE = {
    "take": ("[unassign]", ""), "unwatch": ("[watch; unassign]", ""), "reopen": ("[solved]", ""), "unmerge": ("[merge 1002]", ""),
    "send": ("[article reset preview]", ""), "drop": ("[article reset preview]", ""), "back": ("[vacation 3w]", ""),
    "unblock": ("[block @example.net]", ""), "public": ("[group service]", ""),
}  # fmt: skip
"""What must have happened before a command has anything to do."""
WRONG = {
    "refer": "refer nobody", "assign": "assign nobody", "group": "group nothing", "status": "status=perfect",
    "snooze": "snooze yesterday", "priority": "priority enormous", "tag": "tag -missing", "field": "field nothing",
    "language": "language klingonish", "cc": "cc nobody", "requester": "requester nobody", "link": "link 9999",
    "merge": "merge 9999", "split": "split 77", "incident": "incident 9999", "macro": "macro missing",
    "article": "article missing", "show": "show 9999", "vacation": "vacation yesterday", "block": "block nobody",
    "unblock": "unblock nobody", "erase": "erase nobody", "export": "export nobody@example.org",
    "report": "report 400d",
}  # fmt: skip


@pytest.fixture
def line(tmp_path):
    for name, text in {
        "macros/refund.md": "# A refund\nWe send you {{ amount }} EUR back, {{ customer }}.\n",
        "articles/reset.md": "# How to reset a password\nPress the button.\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    desk = Line(tmp_path, CONFIG.read_text("utf-8").replace("hold_seconds = 0", "hold_seconds = 60") + SLA, rules=RULES)
    yield desk
    assert list(desk.broken()) == []
    desk.close()


@pytest.fixture
def told(line):
    """Omid's notification of John's second mail in 1001; 1002 is Eve's."""
    line.put(write(f"John Miller <{JOHN}>", "Cannot log in", "I cannot log in.", message_id="<one@mail.example.org>"))
    line.put(write(f"Eve <{EVE}>", "An invoice", "It is too high."))
    line.put(write(JOHN, "Re: Cannot log in", "And my printer smokes.", In_Reply_To="<one@mail.example.org>"))
    return line.last(OMID, "notification")


def say(line, told, subject, text="", **headers):
    """Omid answers a mail with commands in the subject, or as a line where they are written so."""
    tag, body = ("", f"{subject}\n{text}") if subject.startswith("#") else (subject, text)
    line.put(answer_to(told, body, sender=OMID, tag=tag, **{**PROOF, **headers}))


def state(line, number):
    ticket = line.ticket(number)
    kept = {"version", "updated_at"}
    return {field.name: getattr(ticket, field.name) for field in fields(Ticket) if field.name not in kept}


def everything(line, without=()):
    """All that the desk holds besides histories, mails and who is known by name."""
    tickets = {one.number: state(line, one.number) for one in line.tickets() if one.number not in without}
    names = ("absence", "suppression", "erasure", "held", "cursor")
    with line.store.writer.read() as connection:
        rows = {name: connection.execute(schema.metadata.tables[name].select()).all() for name in names}
        blocks = connection.execute(
            select(*(schema.contact.c[name] for name in ("email", "blocked", "blocked_until", "hits")))
        )
        rows["blocks"] = [row for row in blocks.all() if row.blocked or row.email.startswith("@")]
    return tickets, rows


def test_every_command_is_tried_somewhere():
    assert {row.name for row in COMMANDS} == FORMS.keys() | OTHERWISE


@pytest.mark.parametrize("language", [0, 1], ids=["en", "fa"])
@pytest.mark.parametrize("name", FORMS)
def test_a_command_is_carried_out(line, told, name, language):
    before = len(line.to(OMID))
    say(line, told, FORMS[name][language], FORMS[name][2])
    line.wait(10)
    notices = [one.notice for one in line.to(OMID)[before:]]
    assert "command_error" not in notices, line.last(OMID).text
    assert "held" not in notices, line.last(OMID).text
    assert notices, "an agent's mail is always answered"
    assert QUIET & {name} or "transcript" in notices


@pytest.mark.parametrize("language", [0, 1], ids=["en", "fa"])
@pytest.mark.parametrize("name", [row.name for row in COMMANDS if row.name not in {"undo", *ASKS}])
def test_undo_right_after_it_restores_the_state(line, told, name, language):
    tag, text = BEFORE.get(name, ("", ""))
    if tag or text:
        say(line, told, tag, text)
        line.wait(120)
    answered = line.last(OMID, "held") if name in {"send", "drop"} else told
    gone = len(line.left)
    before, numbers = everything(line), {ticket.number for ticket in line.tickets()}
    words, text = (*FORMS[name][language : language + 1], FORMS[name][2]) if name in FORMS else (f"[{name}]", "")
    words, text = ("", name) if name in {"send", "drop"} else (words, text)
    if name == "new":
        line.put(write(OMID, "[new ali@example.net] A question", "Hello, Ali.", to=DESK, **PROOF))
    else:
        say(line, answered, words, text)
    done = line.last(OMID, "transcript")
    assert line.last(OMID).notice in {"transcript", "notification"}, line.last(OMID).text
    assert name in {"note", "export"} or everything(line) != before, "it did nothing that could be undone"
    assert "undo" in done.text, done.text
    say(line, done, "", "undo")
    assert line.last(OMID).notice == "transcript", line.last(OMID).text
    opened = {ticket.number for ticket in line.tickets()} - numbers
    assert everything(line, without=opened) == before
    assert all(line.ticket(number).status is Status.CLOSED for number in opened)
    line.wait(120)
    assert {one.to for one in line.left[gone:]} <= {OMID, SARA}, "something left that was taken back"
    say(line, done, "", "undo")
    assert line.last(OMID).notice == "command_error"


@pytest.mark.parametrize("name", ASKS)
def test_a_question_leaves_nothing_to_undo(line, told, name):
    say(line, told, FORMS[name][0])
    say(line, told, "[undo]")
    line.wait(10)
    assert "nothing of yours to take back" in line.last(OMID, "command_error").text


def test_undo_takes_back_what_the_answered_transcript_tells_of(line, told):
    say(line, told, "[priority high]")
    first = line.last(OMID, "transcript")
    say(line, told, "[tag +later]")
    say(line, first, "", "undo")
    assert line.ticket(1001).priority == "normal"
    assert line.ticket(1001).tags == {"later"}
    say(line, told, "[priority urgent]")
    say(line, first, "", "undo")
    assert "taken back already" in line.last(OMID, "command_error").text
    assert line.ticket(1001).priority == "urgent"


def test_the_lines_of_a_worklist_are_taken_back_together(line, told):
    before = everything(line)
    say(line, told, "[list]")
    say(line, line.last(OMID, "worklist"), "", "1001 priority high\n1002 solved\n1002 frobnicate")
    done = line.last(OMID, "transcript")
    assert everything(line) != before
    assert "undo" in done.text
    say(line, done, "", "undo")
    assert everything(line) == before
    say(line, done, "", "undo")
    assert "taken back already" in line.last(OMID, "command_error").text


def test_what_somebody_changed_since_is_not_taken_back(line, told):
    say(line, told, "[block @example.net 30d]")
    first = line.last(OMID, "transcript")
    say(line, told, "[block @example.net 60d]")
    say(line, first, "", "undo")
    assert "can no longer be taken back" in line.last(OMID, "command_error").text
    say(line, line.last(OMID, "transcript"), "", "undo")
    say(line, first, "", "undo")
    assert line.last(OMID).notice == "transcript"
    assert not line.store.look.kept_away(line.now)


def test_an_undone_block_lets_mail_in_again_and_an_undone_vacation_brings_the_agent_back(line, told):
    say(line, told, "[block @example.net]")
    line.put(write(EVE, "More", "Again!"))
    assert len(line.tickets()) == 2
    say(line, line.last(OMID, "transcript"), "", "undo")
    line.put(write(EVE, "And more", "Again, and again!"))
    assert len(line.tickets()) == 3
    line.put(answer_to(line.last(OMID, "transcript"), "", tag="[vacation 2w]", sender=OMID))
    assert OMID.partition("@")[0] in line.store.look.away_until()
    say(line, line.last(OMID, "transcript"), "", "undo")
    assert line.store.look.away_until() == {}


def test_who_is_erased_cannot_come_back_and_undo_says_so(line, told):
    say(line, told, f"[erase {EVE}]")
    done = line.last(OMID, "transcript")
    line.wait(61)
    line.wait(61)
    assert line.ticket(1002).requester.startswith("erased-")
    say(line, done, "", "undo")
    assert "can no longer be taken back" in line.last(OMID, "command_error").text
    assert "eve@" not in line.last(OMID, "command_error").text.partition("\n\n>")[0]


@pytest.mark.parametrize(
    "wrong", [f"[{words}]" for words in WRONG.values()] + ["[sloved]", "#asign omid", "#frobnicate"]
)
def test_what_is_not_understood_changes_nothing_and_sends_nothing(line, told, wrong):
    before = [state(line, number) for number in (1001, 1002)]
    say(line, told, wrong, "This text must not leave: CANARY-1.")
    assert line.last(OMID).notice == "command_error", line.last(OMID).text
    line.wait(120)
    assert [state(line, number) for number in (1001, 1002)] == before
    assert not [one for one in line.left if "CANARY-1" in one.everything and one.to != OMID]


@pytest.mark.parametrize("row", [row for row in COMMANDS if row.least], ids=lambda row: row.name)
def test_a_missing_argument_is_asked_for(line, told, row):
    say(line, told, f"#{row.name}" if row.gateways_write_it else f"[{row.name}]", "Text.")
    assert line.last(OMID).notice == "command_error"


@pytest.mark.parametrize("row", [row for row in COMMANDS if row.most is not None], ids=lambda row: row.name)
def test_an_argument_too_many_is_refused(line, told, row):
    words = " ".join(["1002"] * (row.most + 1))
    say(line, told, f"#{row.name} {words}" if row.gateways_write_it else f"[{row.name} {words}]", "Text.")
    assert line.last(OMID).notice == "command_error"


@pytest.mark.parametrize("name", [row.name for row in COMMANDS if row.trust.value == "strong" and row.name in FORMS])
def test_a_token_alone_is_not_enough_for_what_cannot_be_mended(line, told, name):
    before = state(line, 1001)
    say(line, told, FORMS[name][0], Authentication_Results="mx.example.com; none")
    asked = line.last(OMID)
    assert asked.notice == "confirm"
    assert state(line, 1001) == before
    say(line, asked, "", "yes", Authentication_Results="mx.example.com; none")
    assert line.last(OMID).notice == "transcript", line.last(OMID).text


@pytest.mark.parametrize(
    "wrong", ["[merge 99999]", "[incident 99999]", "[block nobody]", "[export nobody@example.org]"]
)
def test_what_cannot_be_done_is_refused_and_not_asked_to_be_confirmed(line, told, wrong):
    say(line, told, wrong, Authentication_Results="mx.example.com; none")
    assert line.last(OMID).notice == "command_error"


def test_take_is_compare_and_set(line, told):
    say(line, told, "[unassign]")
    say(line, told, "[take]")
    assert line.ticket(1001).assignee == "omid"
    say(line, told, "[assign sara]")
    say(line, told, "[take]")
    assert line.last(OMID).notice == "command_error"
    assert line.ticket(1001).assignee == "sara"


@pytest.mark.parametrize(("tag", "text"), [("[take]", ""), ("", "It is repaired."), ("[assign mina]", "")])
def test_everybody_else_who_was_told_of_a_free_ticket_hears_once_whose_it_is(line, told, tag, text):
    say(line, told, "[unassign; group billing]")
    line.now += timedelta(minutes=5)
    line.put(write(JOHN, "Re: Cannot log in", "Hello?", In_Reply_To="<one@mail.example.org>"))
    asked = {one.to for one in line.left if one.notice == "notification" and "Hello?" in one.text}
    assert len(asked) > 1
    say(line, line.last(OMID, "notification"), tag, text)
    line.wait(120)
    owner = "mina@example.com" if "assign" in tag else OMID
    assert sorted(one.to for one in line.left if one.notice == "taken") == sorted(asked - {owner, OMID})
    assert all(
        {"assign": "Mina Lead"}.get(tag[1:7], "Omid Karimi") in one.text for one in line.left if one.notice == "taken"
    )


def test_an_undone_take_tells_nobody(line, told):
    say(line, told, "[unassign; group billing]")
    line.put(write(JOHN, "Re: Cannot log in", "Hello?", In_Reply_To="<one@mail.example.org>"))
    say(line, line.last(OMID, "notification"), "[take]")
    say(line, line.last(OMID, "transcript"), "", "undo")
    line.wait(120)
    assert [one.to for one in line.left if one.notice == "taken"] == []


def test_a_macro_is_filled_in_and_a_gap_holds_it(line, told):
    say(line, told, "[macro refund amount=20]", "Hello,")
    line.wait(90)
    assert "Hello,\n\nWe send you 20 EUR back, John Miller." in line.last(JOHN, "").text
    say(line, told, "[macro refund]", "")
    assert line.last(OMID).notice == "held"
    assert "{{ amount }}" in line.last(OMID).text


def test_a_preview_shows_it_and_send_sends_it(line, told):
    say(line, told, "[article reset preview]", "")
    held = line.last(OMID)
    assert held.notice == "held"
    assert "How to reset a password" in held.text
    line.wait(90)
    assert not line.to(JOHN, "")
    say(line, held, "", "send")
    line.wait(90)
    assert "Press the button." in line.last(JOHN, "").text


def test_a_split_mail_goes_on_in_its_own_ticket(line, told):
    printer = line.store.look.mails()[0]["message_id"]
    say(line, told, "[split]")
    assert line.ticket(1003).requester == JOHN
    assert line.ticket(1003).links == (1001,)
    assert line.store.look.entries(1003)[0].text.startswith("And my printer smokes.")
    assert line.last(OMID, "notification").header("Subject").startswith("[#1003]")
    line.put(write(JOHN, "Re: Cannot log in", "It burns now.", In_Reply_To=printer))
    assert [entry.kind.value for entry in line.store.look.entries(1003)].count("customer_mail") == 2
    line.put(write(JOHN, "Re: Cannot log in", "I still cannot.", In_Reply_To="<one@mail.example.org>"))
    assert line.store.look.entries(1001)[-1].text.startswith("I still cannot.")


def test_undone_the_split_mail_is_back_with_all_that_answers_it(line, told):
    printer = line.store.look.mails()[0]["message_id"]
    before = state(line, 1001)
    say(line, told, "[split]")
    say(line, line.last(OMID, "transcript"), "", "undo")
    assert state(line, 1001) == before
    assert line.ticket(1003).merged_into == 1001
    line.put(write(JOHN, "Re: Cannot log in", "It burns now.", In_Reply_To=printer))
    assert line.store.look.entries(1001)[-1].text.startswith("It burns now.")


def test_an_incident_tells_everybody_once_and_is_solved_for_all(line, told):
    say(line, told, "[incident 1002]", "The server is down; we are at it.")
    line.wait(90)
    assert [one.header("Subject") for one in line.to(EVE, "incident")] == ["Re: An invoice [#1002]"]
    assert len(line.to(JOHN, "incident")) == 1
    say(line, told, "[incident]", "It is up again.")
    line.wait(90)
    assert [len(line.to(one, "incident")) for one in (JOHN, EVE)] == [2, 2]
    say(line, told, "[solved]")
    assert [line.ticket(number).status for number in (1001, 1002)] == [Status.SOLVED, Status.SOLVED]


def test_a_block_keeps_mail_away_and_counts_it(line, told):
    say(line, told, "[block @example.net 30d]")
    line.put(write(EVE, "More", "Again!"))
    line.put(write("other@example.net", "More", "Again!"))
    rows = line.store.look.kept_away(line.now)
    assert [(row["address"], row["hits"]) for row in rows] == [("@example.net", 2)]
    assert line.store.look.mails()[0]["reason"].startswith("blocked: @example.net, until ")
    assert len(line.tickets()) == 2
    line.now = line.now.replace(year=2027)
    line.put(write(EVE, "Happy new year", "Hello again"))
    assert len(line.tickets()) == 3


def test_one_tap_does_one_thing_for_one_person(line, told):
    say(line, told, "[unassign]")
    line.put(write(JOHN, "Re: Cannot log in", "Hello?", In_Reply_To="<one@mail.example.org>"))
    tap = tap_of(line.last(OMID, "notification").text, "take")
    line.put(write(SARA, "take", "", to=tap))
    assert line.ticket(1001).assignee == "", "a forwarded notification gives its receiver nothing"
    line.put(write(OMID, "[solved]", "", to=tap))
    assert line.last(OMID).notice == "command_error"
    line.put(write(OMID, "take", "Please do.", to=tap))
    assert line.last(OMID).notice == "command_error"
    assert line.ticket(1001).assignee == ""
    line.put(write(OMID, "take", "", to=tap))
    assert line.ticket(1001).assignee == "omid"
    say(line, line.last(OMID, "transcript"), "", "undo")
    assert line.ticket(1001).assignee == ""
    line.now = line.now.replace(month=12, day=30)
    line.put(write(OMID, "take", "", to=tap, message_id="<late@example.com>"))
    assert line.ticket(1001).assignee == ""


def tap_of(text, name):
    return next(
        piece.partition("?")[0] for piece in text.split("<mailto:")[1:] if f"?subject={name}" in piece.partition(">")[0]
    )

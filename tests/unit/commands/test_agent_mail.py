"""What one agent's mail does: the whole decision."""

from dataclasses import replace
from datetime import timedelta

import pytest
from unit.commands.command_scenes import (
    DESK,
    KNOWN,
    NADIA,
    NOW,
    OMID,
    OTHER,
    SARA,
    TICKET,
    change,
    newer,
    only,
    run,
    scene,
    sent,
    templates,
    written,
)  # fmt: skip

from maildesk.commands.agent import needs, numbers
from maildesk.commands.answer import agent_mail, at_stake, release
from maildesk.commands.grammar import read_orders
from maildesk.commands.row import Need
from maildesk.model.change import Absence, Attachment, CancelMails, Hold, MailClass, Release, Suppress
from maildesk.model.desk import HeldMail, Undo
from maildesk.model.people import Proof, Role
from maildesk.model.ticket import EntryKind, Event, Priority, Status, fold
from maildesk.model.tokens import Right

DESK_ROLES = {Role.AGENT, Role.LEAD, Role.MANAGER}


# --- a plain reply


def test_a_plain_reply_answers_everybody_who_takes_part():
    done = run(text="The new invoice is on its way.")
    ticket = done.tickets[1042]
    assert (ticket.status, ticket.assignee, ticket.waiting_since) == (Status.WAITING, "sara", None)
    entry = done.entries[-1]
    assert (entry.kind, entry.public, entry.event) == (EntryKind.ANSWER, True, Event.ANSWERED)
    answers = [notice for notice in done.notices if notice.template == "answer"]
    assert [(one.to, one.role) for one in answers] == [
        ("leila@example.org", Role.REQUESTER),
        ("ali@example.org", Role.PARTICIPANT),
    ]
    assert all(
        one.mail_class is MailClass.REPLY and one.rights == (Right.BOUNCE,) and one.hold_seconds == 60
        for one in answers
    )
    assert answers[0].data == {"text": "The new invoice is on its way.", "agent": "Sara Amini"}
    assert answers[0].entry == entry.number
    assert answers[0].cause == str(entry.number)


def test_an_owner_keeps_the_ticket_when_a_colleague_answers():
    before = change(replace(TICKET, assignee="omid"))
    assert run(text="Done.", before=before).tickets[1042].assignee == "omid"


def test_the_agents_own_hold_time_counts():
    desk = replace(DESK, agents={**DESK.agents, "sara": replace(SARA, hold_seconds=1)})
    done = run(text="Hello", where=replace(scene(), desk=desk))
    assert {one.hold_seconds for one in done.notices if one.template == "answer"} == {1}


def test_files_go_along_and_a_signature_does_not():
    pdf = Attachment("a.pdf", "application/pdf", b"x")
    done = run(text="Here it is, attached.\n\n-- \nSara\n+98 21 0000", where=replace(scene(), attachments=(pdf,)))
    answer = next(one for one in done.notices if one.template == "answer")
    assert answer.data["text"] == "Here it is, attached."
    assert answer.attachments == (pdf,)


def test_an_answer_with_a_file_and_no_text_is_sent_and_a_logo_alone_is_not():
    pdf, logo = Attachment("a.pdf", "application/pdf", b"x"), Attachment("l.png", "image/png", b"x", "logo1")
    assert "answer" in templates(run(where=replace(scene(), attachments=(pdf,))))
    assert templates(run(where=replace(scene(), attachments=(logo,)))) == ["command_error"]
    assert "answer" not in templates(run("[solved]", where=replace(scene(), attachments=(logo,))))


def test_an_answer_to_a_solved_ticket_leaves_it_solved():
    before = change(replace(TICKET, status=Status.SOLVED, solved_at=NOW))
    assert run(text="You are welcome.", before=before).tickets[1042].status is Status.SOLVED


def test_the_desks_own_address_is_never_written_to():
    before = change(replace(TICKET, requester="support@example.com"))
    assert [one.to for one in run(text="Hi there", before=before).notices if one.template == "answer"] == [
        "ali@example.org"
    ]


def with_html(html, text="Hello"):
    where = written(scene(), "", text)
    where = replace(where, mail=replace(where.mail, html=html))
    done = agent_mail(change(), where, read_orders(where.mail.subject, KNOWN, text))
    return next(one for one in done.notices if one.template == "answer").html


def test_the_html_that_says_the_text_goes_along_and_no_other():
    assert with_html("<p><b>Hello</b></p>") == '<div dir="ltr"><p><b>Hello</b></p></div>'
    assert with_html("<p>#note</p><p>Hello</p>", "#public\nHello") == '<div dir="ltr"><p>Hello</p></div>'
    assert with_html("<p>Hello there</p>") == ""
    assert with_html("<a href='mailto:sara@example.com'>Hello</a>") == ""


# --- notes


def test_a_note_stays_inside_and_colleagues_hear_of_it():
    before = change(replace(TICKET, assignee="omid", watchers=frozenset({"nadia", "sara"})))
    done = run("[note]", "Does anybody know this one?", before=before)
    assert done.tickets[1042].status is Status.OPEN
    assert (done.entries[-1].kind, done.entries[-1].public) == (EntryKind.NOTE, False)
    told = [one for one in done.notices if one.template == "note"]
    assert [one.to for one in told] == ["nadia@example.com", "omid@example.com"]
    assert told[0].rights[0] is Right.NOTE
    assert all(one.role in DESK_ROLES for one in done.notices)


def test_a_reply_to_a_note_address_is_a_note():
    done = run(text="I know it.", right=Right.NOTE)
    assert done.entries[-1].kind is EntryKind.NOTE
    assert "answer" not in templates(done)


def test_a_note_on_the_command_line_itself():
    done = run(text="#note ask finance, please; today")
    assert done.entries[-1].text == "ask finance, please; today"


@pytest.mark.parametrize(
    ("subject", "right"), [("[note] [public]", Right.ANSWER), ("[public]", Right.NOTE), ("", Right.COMMAND)]
)
def test_unclear_intent_is_held(subject, right):
    done = run(subject, "Some text that is for somebody", right=right)
    assert done.entries == ()
    assert templates(done) == ["held"]
    assert isinstance(done.effects[0], Hold)


# --- commands


def test_a_mail_with_only_commands_sends_no_empty_answer():
    done = run("[solved]", "\n\nBest regards,\nSara Amini\nSent from my telephone\n")
    assert done.tickets[1042].status is Status.SOLVED
    assert done.tickets[1042].solved_at == NOW
    assert [entry.kind for entry in done.entries] == [EntryKind.CHANGE]
    assert templates(done) == ["transcript"]
    assert [raised.event for raised in done.events] == [Event.SOLVED]


def test_orders_apply_in_sequence_and_decide_the_status():
    done = run("[solved; assign omid] [priority high]", "It is settled.")
    ticket = done.tickets[1042]
    assert (ticket.status, ticket.assignee, ticket.priority) == (Status.SOLVED, "omid", Priority.HIGH)
    assert done.entries[-1].kind is EntryKind.ANSWER
    assert "notification" in templates(done)


def test_persian_commands():
    before = change(replace(TICKET, tags=frozenset({"جدید"})))
    done = run("[حل شد؛ واگذار امید] [برچسب +بازپرداخت -جدید]", before=before)
    ticket = done.tickets[1042]
    assert (ticket.status, ticket.assignee, ticket.tags) == (Status.SOLVED, "omid", frozenset({"بازپرداخت"}))
    assert run("[اولویت فوري]").tickets[1042].priority is Priority.URGENT
    assert run(text="#یادداشت\nاین را امید بداند").entries[-1].kind is EntryKind.NOTE


def test_take_is_compare_and_set():
    assert run("[take]").tickets[1042].assignee == "sara"
    refused = run("[take]", before=change(replace(TICKET, assignee="omid")))
    assert refused.tickets[1042].assignee == "omid"
    assert "امید راد" in only(refused, "command_error").data["questions"][0]["problem"]


def test_assign_asks_back_and_finds_people_by_every_name():
    assert run("[assign امید راد]").tickets[1042].assignee == "omid"
    assert run("[assign Kian]").tickets[1042].assignee == "nadia"
    assert run("[assign lead]").tickets[1042].assignee == "nadia"
    assert run("[assign me]").tickets[1042].assignee == "sara"
    assert only(run("[assign omit]"), "command_error").data["questions"][0]["suggestion"] == "omid"


def test_group_takes_the_ticket_from_who_does_not_belong_to_it():
    before = change(replace(TICKET, assignee="sara"))
    assert run("[group tech]", before=before).tickets[1042].assignee == ""
    assert run("[group tech]", before=change(replace(TICKET, assignee="omid"))).tickets[1042].assignee == "omid"
    assert templates(run("[group sales]")) == ["command_error"]


def test_snooze_and_its_end():
    done = run("[snooze شنبه ۹:۰۰]")
    ticket = done.tickets[1042]
    assert ticket.status is Status.PAUSED
    assert ticket.snoozed_until.isoformat() == "2026-11-28T05:30:00+00:00"
    assert run("[open]", before=change(ticket)).tickets[1042].snoozed_until is None
    assert templates(run("[snooze yesterday]")) == ["command_error"]


def test_reopening_begins_a_new_cycle():
    solved = replace(TICKET, status=Status.SOLVED, solved_at=NOW)
    done = run("[reopen]", before=change(solved))
    assert (done.tickets[1042].status, done.tickets[1042].cycle, done.tickets[1042].solved_at) == (Status.OPEN, 2, None)
    assert done.events[0].event is Event.REOPENED
    waiting = run("[waiting]", before=change(solved)).tickets[1042]
    assert (waiting.status, waiting.cycle) == (Status.WAITING, 2)


def test_status_is_the_command_of_that_name():
    assert run("[status=solved; assignee=omid]").events[0].event is Event.SOLVED
    assert run("[status closed]").tickets[1042].closed_at == NOW
    assert templates(run("[status new]")) == ["command_error"]


def test_what_is_so_already_changes_nothing():
    done = run("[open]")
    assert done.entries == ()
    assert "already" in only(done, "transcript").data["lines"][0]["text"]


def test_field_language_cc_requester_link():
    assert run("[field order=4711]").tickets[1042].fields == (("order", "4711"),)
    assert run("[field order=]", before=change(replace(TICKET, fields=(("order", "1"),)))).tickets[1042].fields == ()
    assert run("[language فارسی]").tickets[1042].language == "fa"
    assert run("[cc +eva@example.net -ali@example.org]").tickets[1042].participants == {"eva@example.net"}
    assert run("[requester eva@example.net]").tickets[1042].requester == "eva@example.net"
    assert templates(run("[cc support@example.com]")) == ["command_error"]
    assert templates(run("[requester nobody]")) == ["command_error"]
    linked = run("[link ۱۰۴۳]")
    assert (linked.tickets[1042].links, linked.tickets[1043].links) == ((1043,), (1042,))
    assert templates(run("[link 9]")) == ["command_error"]


def test_watch_and_unwatch():
    watched = run("[watch]").tickets[1042]
    assert watched.watchers == {"sara"}
    assert run("[unwatch]", before=change(watched)).tickets[1042].watchers == frozenset()


def test_vacation_and_back():
    assert run("[vacation 2w omid]").effects == (Absence("sara", True, NOW + timedelta(14), "omid"),)
    assert run("[vacation]").effects == (Absence("sara", True),)
    assert run("[back]").effects == (Absence("sara", False),)
    assert templates(run("[vacation sometime]")) == ["command_error"]


def test_spam_counts_only_as_a_line():
    assert run("[SPAM]", "Hello Leila").tickets[1042].status is Status.WAITING
    done = run(text="#spam")
    assert done.tickets[1042].status is Status.CLOSED
    assert done.effects == (Suppress("leila@example.org", "spam"),)


def test_refer_asks_a_department_and_no_customer():
    done = run("[refer finance]", "Was order 4711 paid?")
    mail = only(done, "refer")
    assert (mail.to, mail.role, mail.rights, mail.data["text"]) == (
        "finance@example.net",
        Role.DEPARTMENT,
        (Right.REFER,),
        "Was order 4711 paid?",
    )
    assert done.tickets[1042].status is Status.PAUSED
    assert "answer" not in templates(done)
    assert mail.entry == done.entries[0].number
    assert templates(run("[refer finance]")) == ["command_error"]
    assert templates(run("[refer sales]", "Hello?")) == ["command_error"]


# --- questions


def test_questions_are_answered_and_change_nothing():
    where = replace(scene(), worklist=(TICKET, OTHER), story=(newer(),))
    for subject, template in (
        ("[list]", "worklist"),
        ("[show]", "show"),
        ("[show 1043]", "show"),
        ("[help]", "help"),
        ("[why]", "transcript"),
    ):
        done = run(subject, where=where)
        assert (templates(done), done.entries) == ([template], ()), subject
    rows = only(run("[راهنما]", where=scene(OMID)), "help").data["commands"]
    assert {"written": "[حل‌شد]", "meaning": "حل شده است؛ با پاسخ مشتری دوباره باز می‌شود."} in rows


# --- fail closed


@pytest.mark.parametrize(
    "subject", ["[slved]", "[assign]", "[assign nobody]", "[solved; bogus]", "[priority enormous]", "[take now]"]
)
def test_nothing_leaves_when_any_part_was_not_understood(subject):
    done = run(subject + " [tag +vip]", "An answer to the customer")
    assert templates(done) == ["command_error"]
    assert done.entries == ()
    assert done.tickets == change().tickets
    error = only(done, "command_error")
    assert error.to == "sara@example.com"
    assert error.data["text"] == "An answer to the customer"
    assert error.rights == (Right.ANSWER, Right.NOTE)


def test_a_slip_in_a_reply_to_a_note_address_still_replies_to_the_note_address():
    assert only(run("[slved]", "internal", right=Right.NOTE), "command_error").rights == (Right.NOTE, Right.ANSWER)


def test_the_corrected_reply_to_an_error_mail_works():
    quoted = "Nothing was sent and nothing was changed.\n\n> The new invoice is on its way to you now.\n"
    where = replace(scene(), sent=sent(template="command_error", text=quoted))
    assert "answer" in templates(run(text="The new invoice is on its way to you now.", where=where))


@pytest.mark.parametrize("proof", [Proof.NONE, Proof.CLAIM, Proof.DMARC])
def test_without_a_token_nothing_is_done(proof):
    done = run("[solved]", "Hello", proof=proof)
    assert (templates(done), done.entries) == (["command_error"], ())


def test_a_token_for_somebody_else_or_an_old_one_is_none():
    assert templates(run(text="Hello", where=replace(scene(), sent=sent(person="omid@example.com")))) == [
        "command_error"
    ]
    assert templates(run(text="Hello", where=replace(scene(), sent=sent(expired=True)))) == ["command_error"]
    assert templates(run(text="Hello", where=replace(scene(), sent=None))) == ["command_error"]
    assert templates(run(text="Hello", right=Right.SURVEY)) == ["command_error"]


# --- held


def test_a_line_of_the_notification_holds_the_answer():
    done = run(text="See below.\nLeila wrote into ticket 1042: the invoice of October is wrong.")
    assert (templates(done), done.entries) == (["held"], ())
    assert done.effects[0].mail == 17
    held = only(done, "held")
    assert held.rights == (Right.COMMAND,)
    assert held.data["purpose"] == "held:17"


def test_the_agents_own_address_holds_the_answer():
    assert templates(run(text="Write to sara@example.com instead")) == ["held"]


def test_a_command_below_the_text_holds_the_answer():
    assert templates(run(text="Hello Leila\n#solved")) == ["held"]
    assert "answer" in templates(run(text="Hello Leila\n#4711 is the number"))


def test_a_collision_holds_the_answer_but_not_a_note():
    where = replace(scene(), newer=(newer(),))
    done = run(text="The answer", where=where)
    assert templates(done) == ["held"]
    assert only(done, "held").data["newer"][0]["text"] == "One more thing"
    assert run("[note]", "A note", where=where).entries[-1].kind is EntryKind.NOTE
    assert templates(run("[solved]", where=where)) == ["held"]
    assert (
        run("[solved]", where=replace(scene(), newer=(newer(EntryKind.ANSWER),))).tickets[1042].status is Status.SOLVED
    )


def held_scene(text="The answer", subject="", held_right=Right.ANSWER, right=Right.COMMAND, **fields):
    first = written(scene(right=held_right), subject, text)
    held = HeldMail(16, first.mail, first.sent, "collision")
    return replace(
        scene(right=right), held=held, sent=sent(right, purpose="held:16", subject="Held", text="Held"), **fields
    )


@pytest.mark.parametrize("word", ["send", "Send.", "ارسال", "#send", "send\n\n-- \nSara"])
def test_send_releases_a_held_answer(word):
    where = replace(held_scene(), mail=replace(scene().mail, subject="Re: Held", reply=word))
    done = agent_mail(change(), where, read_orders("Re: Held", "Held", word))
    assert [one.data["text"] for one in done.notices if one.template == "answer"] == ["The answer"] * 2
    assert Release(16, "sent") in done.effects
    assert (done.entries[-1].mail, done.mail) == (16, 17)


def test_note_and_drop_decide_too():
    noted = release(change(), held_scene(subject="[tag +vip]"), "note")
    assert (noted.entries[-1].kind, noted.tickets[1042].tags) == (EntryKind.NOTE, {"vip"})
    assert Release(16, "noted") in noted.effects
    dropped = release(change(), held_scene(), "drop")
    assert (dropped.entries, dropped.effects) == ((), (Release(16, "dropped"),))


@pytest.mark.parametrize("words", ["", "maybe", "send\ndrop", "send\nand tell her that I am sorry", "sned", "solved"])
def test_anything_but_one_word_decides_nothing(words):
    done = agent_mail(change(), held_scene(), read_orders("Re: Held", "Held", words))
    assert (templates(done), done.entries, done.effects) == (["command_error"], (), ())
    assert only(done, "command_error").rights == (Right.COMMAND,)


def test_a_decision_without_a_held_mail():
    assert templates(run(text="send", right=Right.COMMAND)) == ["command_error"]
    for right in (Right.COMMAND, Right.CONFIRM):
        where = replace(held_scene(right=right), held=None)
        assert templates(agent_mail(change(), where, read_orders("", "", "yes"))) == ["command_error"]


# --- merge, and the confirmation it needs


def test_merge_needs_more_than_a_token():
    done = run("[merge 1043]")
    assert (templates(done), done.entries) == (["confirm"], ())
    assert done.effects == (Hold(17, 1042, "sara@example.com", "confirm"),)
    assert only(done, "confirm").rights == (Right.CONFIRM,)
    assert run("[merge 1043]", proof=Proof.BOTH).tickets[1042].merged_into == 1043


def test_a_confirmed_merge_is_done():
    where = held_scene(text="", subject="[merge 1043]", right=Right.CONFIRM)
    done = agent_mail(change(), where, read_orders("Re: Held", "Held", "yes"))
    assert done.tickets[1042].merged_into == 1043
    assert done.tickets[1043].participants == {"leila@example.org", "ali@example.org"}
    assert "confirm" in templates(
        agent_mail(change(), held_scene(text="", subject="[merge 1043]"), read_orders("", "", "send"))
    )
    signed = agent_mail(change(), where, read_orders("Re: Held", "Held", "بله\n\nSara Amini, Support"))
    assert signed.tickets[1042].merged_into == 1043
    dropped = agent_mail(change(), where, read_orders("Re: Held", "Held", "no"))
    assert (dropped.entries, dropped.effects) == ((), (Release(16, "dropped"),))
    refused = agent_mail(change(), where, read_orders("Re: Held", "Held", "what is this"))
    assert templates(refused) == ["command_error"]
    apart = run("[unmerge]", before=change(done.tickets[1042]))
    assert (apart.tickets[1042].merged_into, apart.tickets[1042].status) == (0, Status.OPEN)


# --- undo


def snapshot(ticket):
    return replace(ticket, version=0, updated_at=None)


@pytest.mark.parametrize(
    "subject",
    [
        "[solved]",
        "[assign omid; priority high; tag +a]",
        "[snooze 3d]",
        "[close]",
        "[group tech]",
        "[cc eva@example.net]",
        "[link 1043]",
        "[field a=b]",
        "[priority high; priority urgent]",
        "[solved; reopen; close]",
        "",
    ],
)
def test_undo_brings_back_the_exact_state(subject):
    done = run(subject, "" if subject else "An answer")
    assert done.entries
    undone = replace(change(*done.tickets.values()), origin="mail:18")
    undone = run("[undo]", before=undone, where=replace(scene(), undo=Undo("mail:17", done.entries)))
    assert {n: snapshot(t) for n, t in undone.tickets.items()} == {n: snapshot(t) for n, t in change().tickets.items()}
    assert CancelMails("mail:17") in undone.effects
    assert undone.events == ()


def test_undo_is_refused_when_a_mail_has_left_or_somebody_went_on():
    done = run("[solved]", "An answer")
    after = change(done.tickets[1042])
    left = run(
        "[undo]", before=after, where=replace(scene(), undo=Undo("mail:17", done.entries, ("leila@example.org",)))
    )
    assert "leila@example.org" in only(left, "command_error").data["questions"][0]["problem"]
    moved = change(replace(done.tickets[1042], status=Status.OPEN))
    assert templates(run("[undo]", before=moved, where=replace(scene(), undo=Undo("mail:17", done.entries)))) == [
        "command_error"
    ]
    assert templates(run("[undo]")) == ["command_error"]


def test_undo_keeps_what_others_changed_since():
    done = run("[solved]")
    tagged = change(replace(done.tickets[1042], tags=frozenset({"vip"}), version=9))
    undone = run("[undo]", before=tagged, where=replace(scene(), undo=Undo("mail:17", done.entries))).tickets[1042]
    assert (undone.status, undone.tags) == (Status.OPEN, {"vip"})


def test_undo_stands_alone_and_as_a_plain_word():
    done = run("[solved]")
    where = replace(scene(right=Right.COMMAND), undo=Undo("mail:17", done.entries))
    after = change(done.tickets[1042])
    assert run(text="undo", before=after, where=where).tickets[1042].status is Status.OPEN
    assert run(text="u", before=after, where=where).tickets[1042].status is Status.OPEN
    assert templates(run("[undo] [solved]", before=after, where=where)) == ["command_error"]


# --- writing first


def first(
    text="We will call you tomorrow.", subject="[new eva@example.net] Your order", proof=Proof.DMARC, number=1050
):
    mail = replace(scene().mail, subject=subject, text=text, reply=text)
    return replace(scene(proof=proof), number=number, mail=mail, sent=None), read_orders(subject, "", text)


def test_new_writes_to_a_customer_first():
    where, orders = first()
    done = agent_mail(change(), where, orders)
    ticket = done.tickets[1050]
    assert (ticket.requester, ticket.subject, ticket.status, ticket.assignee) == (
        "eva@example.net",
        "Your order",
        Status.WAITING,
        "sara",
    )
    assert next(one for one in done.notices if one.template == "answer").to == "eva@example.net"
    assert fold(entry for entry in done.entries if entry.ticket == 1050) == ticket


def test_a_phone_call_is_written_down_and_not_sent():
    where, orders = first("She asked for a copy.", "[new phone eva@example.net; priority high] Call")
    done = agent_mail(change(), where, orders)
    assert (done.tickets[1050].channel, done.tickets[1050].priority, done.tickets[1050].status) == (
        "phone",
        Priority.HIGH,
        Status.OPEN,
    )
    assert "answer" not in templates(done)


@pytest.mark.parametrize(
    "subject", ["[new]", "[new nobody] x", "[new fax eva@example.net] x", "[new support@example.com] x"]
)
def test_new_fails_closed(subject):
    where, orders = first(subject=subject)
    assert templates(agent_mail(change(), where, orders)) == ["command_error"]


def test_new_needs_proof_and_a_mail_of_its_own():
    where, orders = first(proof=Proof.CLAIM)
    assert templates(agent_mail(change(), where, orders)) == ["command_error"]
    assert templates(run("[new eva@example.net]", "Hello")) == ["command_error"]


def test_undo_of_a_new_ticket_closes_it():
    where, orders = first()
    done = agent_mail(change(), where, orders)
    undone = run(
        "[undo]",
        before=change(*done.tickets.values()),
        where=replace(scene(), number=1050, undo=Undo("mail:17", done.entries)),
    )
    assert undone.tickets[1050].status is Status.CLOSED
    assert CancelMails("mail:17") in undone.effects


# --- transcripts


def test_the_transcript_says_every_effect_and_how_to_undo_it():
    done = run("[assign omid; priority high]", "An answer")
    lines = [line["text"] for line in only(done, "transcript").data["lines"]]
    assert lines == [
        "#1042 assignee: none → omid",
        "#1042 priority: normal → high",
        "#1042 status: open → waiting for the customer",
        "#1042 امید راد is told",
        "#1042 answer to leila@example.org, leaves in 60 s",
        "#1042 answer to ali@example.org, leaves in 60 s",
    ]
    assert [line["undo"] for line in only(done, "transcript").data["lines"]] == [""] * 5 + ["reply: undo"]


def test_the_transcript_speaks_the_agents_language():
    lines = [line["text"] for line in only(run("[تعویق ۳ روز]", where=scene(OMID)), "transcript").data["lines"]]
    assert lines == ["#۱۰۴۲ وضعیت: باز ← متوقف", "#۱۰۴۲ تعویق تا: هیچ ← ۱۴۰۵/۰۹/۰۴ ۱۴:۰۰"]
    lines = [line["text"] for line in only(run("[برداشتم]", where=scene(OMID)), "transcript").data["lines"]]
    assert lines == ["#۱۰۴۲ مسئول: هیچ ← \u2068omid\u2069"]


def test_transcripts_can_be_turned_off_for_what_is_trivial():
    quiet = replace(DESK, agents={**DESK.agents, "sara": replace(SARA, transcripts=False)})
    where = replace(scene(), desk=quiet)
    assert templates(run("[solved]", where=where)) == []
    assert templates(run("[cc eva@example.net]", where=where)) == ["transcript"]
    assert templates(run("[slved]", where=where)) == ["command_error"]


def test_a_mail_that_belongs_to_no_ticket_can_ask_but_not_act():
    where = replace(scene(right=Right.COMMAND), number=0, worklist=(TICKET,))
    assert templates(run("[list]", where=where, before=change(OTHER))) == ["worklist"]
    assert templates(run("[solved]", where=where, before=change(OTHER))) == ["command_error"]
    assert templates(run("", "Some text", where=where, before=change(OTHER))) == ["command_error"]


def test_nadia_is_a_lead_and_works_like_everybody():
    assert run("[take]", where=scene(NADIA)).tickets[1042].assignee == "nadia"


def test_new_in_a_reply_about_a_ticket_is_refused_even_with_a_fresh_number():
    where = replace(written(scene(), "[new eva@example.net]", "Hello Eva"), number=1050)
    done = agent_mail(change(), where, read_orders(where.mail.subject, KNOWN, "Hello Eva"))
    assert (templates(done), done.entries) == (["command_error"], ())


def test_what_comes_while_a_mail_is_held_holds_it_again():
    where = held_scene(newer=(newer(text="And one more"),))
    done = release(change(), where, "send")
    assert (templates(done), done.entries, done.effects) == (["held"], (), ())
    assert only(done, "held").data["purpose"] == "held:16"
    assert release(change(), where, "note").entries[-1].kind is EntryKind.NOTE


def test_a_held_first_mail_is_released_with_a_fresh_number():
    mail, orders = first("Here is your password: hunter22")
    held = agent_mail(change(), mail, orders)
    assert templates(held) == ["held"]
    waiting = HeldMail(16, mail.mail, None, "secret")
    where = replace(held_scene(), held=waiting, number=1050)
    done = agent_mail(change(), where, read_orders("", "", "send"))
    assert done.tickets[1050].requester == "eva@example.net"


def test_what_a_decision_may_carry_out_is_known_before():
    orders = read_orders("", "", "undo")
    assert [one.command for one in at_stake(sent(Right.COMMAND), None, orders)] == ["undo"]
    assert at_stake(sent(Right.ANSWER), None, orders) == ()
    held = held_scene(subject="[merge 1043]").held
    assert numbers(at_stake(sent(Right.CONFIRM), held, read_orders("", "", "yes"))) == (1043,)
    assert needs(at_stake(sent(Right.COMMAND), None, orders)) == {Need.UNDO}

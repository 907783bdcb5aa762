"""What a new colleague writes waits for a lead's word; nothing of it happens before."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from line import CONFIG, Line, answer_to, prepare, write

from maildesk.assemble import assemble
from maildesk.cli import main
from maildesk.model.errors import ConfigError
from maildesk.schedule import worklist
from maildesk.schedule.run import JobRun
from maildesk.settings import load

JOHN, OMID, MINA, REZA = "john@example.org", "omid@example.com", "mina@example.com", "reza@example.com"
RULES = """
[[rule]]
name = "omid has it"
on   = ["opened"]
then = [ { assign = "omid" } ]
"""
NEW_COLLEAGUE = CONFIG.read_text("utf-8").replace('name      = "omid"', 'name      = "omid"\napproval  = "lead"')
WHOLE_GROUP = CONFIG.read_text("utf-8").replace('name = "service"\n', 'name = "service"\napproval = "lead"\n', 1)


@pytest.fixture(params=[NEW_COLLEAGUE, WHOLE_GROUP], ids=["agent", "group"])
def line(request, tmp_path):
    desk = Line(tmp_path, request.param, rules=RULES)
    desk.put(write(JOHN, "Cannot log in", "Since this morning I cannot log in."))
    yield desk
    assert list(desk.broken()) == []
    desk.close()


def asked(line, text="Please delete the cookies.", tag=""):
    line.put(answer_to(line.last(OMID, "notification"), text, tag=tag))
    return line.last(MINA, "draft")


def test_a_lead_sees_the_mail_as_the_customer_would(line):
    draft = asked(line)
    assert line.to(JOHN, "") == []
    assert "> Re: Cannot log in [#1001]" in draft.text
    assert "> Please delete the cookies." in draft.text
    assert "> Example Shop" in draft.text, "the mailbox's signature"
    assert "Omid Karimi wants to send this to john@example.org" in draft.text
    assert "waits until Mina Lead has seen it" in line.last(OMID, "transcript").text
    assert line.ticket(1001).status == "new", "the customer still waits for us"
    assert line.ticket(1001).waiting_since


def test_send_sends_it_as_the_colleagues(line):
    line.put(answer_to(asked(line), "send"))
    (answer,) = line.to(JOHN, "")
    assert "Please delete the cookies." in answer.text
    assert answer.header("From").startswith('"Omid Karimi (')
    assert (line.ticket(1001).status, line.ticket(1001).assignee) == ("waiting", "omid")
    assert [entry.author for entry in line.store.look.entries(1001) if entry.kind == "answer"] == ["omid"]
    assert "Mina Lead let your mail go" in line.last(OMID, "transcript").text


@pytest.mark.parametrize("word", ["#بفرست", "بفرست", "[send]", "#send"])
def test_every_way_to_say_send(line, word):
    line.put(answer_to(asked(line), "" if word.startswith("[") else word, tag=word if word.startswith("[") else ""))
    assert len(line.to(JOHN, "")) == 1


def test_orders_wait_with_the_text(line):
    draft = asked(line, tag="[solved]")
    assert line.ticket(1001).status == "new"
    assert "#1001 status: new → solved" in draft.text
    line.put(answer_to(draft, "send"))
    assert line.ticket(1001).status == "solved"


def test_drop_throws_it_away_and_says_so(line):
    line.put(answer_to(asked(line), "drop"))
    assert line.to(JOHN, "") == []
    assert line.ticket(1001).status == "new"
    assert "dropped your mail" in line.last(OMID, "transcript").text
    line.put(answer_to(line.last(MINA, "draft"), "send"))
    assert line.to(JOHN, "") == []


def test_only_the_lead_decides(line):
    draft = asked(line)
    line.put(answer_to(draft, "send", sender=OMID))
    assert line.to(JOHN, "") == []
    line.put(answer_to(line.last(OMID, "transcript"), "send"))
    assert line.to(JOHN, "") == []


def test_what_the_customer_wrote_meanwhile_is_seen_first(line):
    draft = asked(line)
    line.put(answer_to(line.last(JOHN, "acknowledgement"), "Never mind the cookies, it is the password."))
    line.put(answer_to(draft, "send"))
    assert line.to(JOHN, "") == []
    line.put(answer_to(line.last(MINA, "held"), "send"))
    assert len(line.to(JOHN, "")) == 1


def test_notes_and_commands_need_nobody(line):
    line.put(answer_to(line.last(OMID, "notification"), "He is a new customer.", tag="[note]"))
    assert [entry.kind for entry in line.store.look.entries(1001)][-1] == "note"
    assert line.to(MINA, "draft") == []


def test_a_lead_needs_nobody(line):
    line.put(answer_to(line.last(OMID, "notification"), "", tag="[assign mina]"))
    line.put(answer_to(line.last(MINA, "notification"), "It works again now."))
    assert len(line.to(JOHN, "")) == 1


def test_while_the_lead_is_away_a_manager_is_asked(line):
    line.put(answer_to(line.last(OMID, "notification"), "Please look.", tag="[note; watch mina]"))
    line.put(answer_to(line.last(MINA), "", tag="[vacation 5d]"))
    line.put(answer_to(line.last(OMID, "notification"), "Please delete the cookies."))
    assert line.to(MINA, "draft") == []
    line.put(answer_to(line.last(REZA, "draft"), "send"))
    assert len(line.to(JOHN, "")) == 1


def test_who_forgets_is_reminded_and_can_answer_that(line):
    asked(line)
    line.wait(3600)
    assert line.to(MINA, "draft_reminder") == []
    line.wait(3 * 3600)
    line.wait(600)
    (reminder,) = line.to(MINA, "draft_reminder")
    assert "Please delete the cookies." in reminder.text
    line.put(answer_to(reminder, "send"))
    assert len(line.to(JOHN, "")) == 1
    line.wait(8 * 3600)
    assert len(line.to(MINA, "draft_reminder")) == 1


def test_it_is_listed_where_one_looks(line):
    asked(line)
    shown = CliRunner().invoke(main, ["--config", str(line.config), "outbox", "list", "--state", "held"])
    assert "approval: mina@example.com decides" in shown.output
    config = line.config.read_text("utf-8").replace("[worklist]\nenabled = false", "[worklist]\nenabled = true")
    line.config.write_text(config, "utf-8")
    desk, _ = assemble(load(line.config), line.desk)
    morning = datetime(2026, 11, 23, 5, tzinfo=UTC)
    worklist.send(JobRun(line.store, desk, morning))
    line.now = morning
    line.deliver()
    assert "Waiting for your word" in line.last(MINA, "worklist").text
    assert "1001  Cannot log in" in line.last(MINA, "worklist").text


def test_the_author_takes_back_what_waits(line):
    draft = asked(line)
    line.put(answer_to(line.last(OMID, "transcript"), "undo"))
    assert "Taken back" in line.last(OMID, "transcript").text
    line.put(answer_to(draft, "send"))
    assert line.to(JOHN, "") == []
    line.wait(8 * 3600)
    assert line.to(MINA, "draft_reminder") == []


def test_what_has_left_is_not_taken_back(line):
    draft = asked(line)
    told = line.last(OMID, "transcript")
    line.put(answer_to(draft, "send"))
    line.put(answer_to(told, "undo"))
    assert "can no longer be taken back" in line.last(OMID, "command_error").text
    assert len(line.to(JOHN, "")) == 1


def test_a_lead_sees_the_files_too(line):
    mail = answer_to(line.last(OMID, "notification"), "See the list.")
    mail.add_attachment(b"%PDF- all salaries", "application", "pdf", filename="list.pdf")
    line.put(mail)
    assert [part.get_filename() for part in line.last(MINA, "draft").mail.iter_attachments()] == ["list.pdf"]
    line.put(answer_to(line.last(MINA, "draft"), "send"))
    assert [part.get_filename() for part in line.last(JOHN, "").mail.iter_attachments()] == ["list.pdf"]


def test_giving_the_ticket_away_with_an_answer_spares_no_approval(line):
    asked(line, tag="[group billing]")
    assert line.to(JOHN, "") == []


def test_a_desk_where_nobody_could_approve_is_refused(tmp_path):
    text = NEW_COLLEAGUE.replace('role      = "lead"\n', "").replace('role      = "manager"\n', "")
    with pytest.raises(ConfigError, match="nobody could approve it"):
        load(prepare(tmp_path, text))

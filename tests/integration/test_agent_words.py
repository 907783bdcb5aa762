"""An agent's words: what is meant for the desk stays inside, and what is meant for the customer arrives whole."""

from __future__ import annotations

import pytest
from line import Line, answer_to, write

from maildesk.commands.offer import short_card

RULES = """
[[rule]]
name = "omid has it"
on   = ["opened"]
then = [ { assign = "omid" } ]
"""
JOHN, OMID = "john@example.org", "omid@example.com"
ASKED = "Hello,\n\nsince yesterday my printer is broken:\nit does not print.\n\nWhat can I do?\n\nJohn"


@pytest.fixture
def line(tmp_path):
    desk = Line(tmp_path, rules=RULES)
    desk.put(write(JOHN, "The printer", ASKED))
    yield desk
    assert list(desk.broken()) == []
    desk.close()


@pytest.mark.parametrize("first", [
    "[note] secret", "# note secret", "#  note\nsecret", "note\nsecret", "Note: secret", "note secret", "یادداشت\nsecret", "(note) secret",
    "*Note*\nsecret", "Internal:\nsecret", "یادداشت داخلی: secret", "[nte] secret", "noet\nsecret", "[note]\nsecret",
])  # fmt: skip
def test_what_is_nearly_a_note_never_leaves_by_itself(line, first):
    line.put(answer_to(line.last(OMID, "notification"), first))
    line.wait(120)
    assert line.to(JOHN, "") == []
    held = line.last(OMID)
    assert held.notice == "held"
    assert "secret" in held.text
    line.put(answer_to(held, "note", quote=False))
    assert line.to(JOHN, "") == []
    assert [entry.kind for entry in line.store.look.entries(1001)][-1] == "note"


def test_the_agent_may_send_it_all_the_same(line):
    line.put(answer_to(line.last(OMID, "notification"), "Note: we are closed tomorrow."))
    line.put(answer_to(line.last(OMID, "held"), "send", quote=False))
    assert "Note: we are closed tomorrow." in line.last(JOHN, "").text


@pytest.mark.parametrize("text", [
    "Note that we are closed.", "Noted, thank you.", "Note: we are closed.\n[public]", "None of them.", "Private lessons are free.",
])  # fmt: skip
def test_a_sentence_is_no_note(line, text):
    text, public, _ = text.partition("\n[public]")
    line.put(answer_to(line.last(OMID, "notification"), text, tag="[public]" if public else ""))
    assert text in line.last(JOHN, "").text


@pytest.mark.parametrize("text", [
    "First my opinion:\n\n> it does not print.\n\nSwitch it on.",
    "Inline answer:\n> it does not print.\nreally?",
    "What you say is\n> it does not print.\nand I think it does.",
    "Dear John,\nthis is what you wrote:\n> it does not print.\nSwitch it on.",
    "About this one:\n> it does not print.",
    "> it does not print.\nSwitch it on.\n> What can I do?\nThis.",
])  # fmt: skip
@pytest.mark.parametrize("quote", [True, False], ids=["full", "cut"])
def test_an_agents_words_around_a_quotation_arrive_whole_or_wait(line, text, quote):
    line.put(answer_to(line.last(OMID, "notification"), text, quote=quote))
    told = [one.text for one in line.to(JOHN, "")] or [line.last(OMID, "held").text.replace("> ", "")]
    whole = " ".join(told[-1].replace("> ", "").split())
    for written in text.replace("> ", "").splitlines():
        assert written in whole


def test_merging_requests_of_two_people_warns_of_what_it_discloses(line):
    line.put(write("eve@example.net", "My bill", "It is wrong."))
    line.put(answer_to(line.last(OMID, "notification"), "", tag="[merge 1001]"))
    asked = line.last(OMID, "confirm").text
    assert "#1002 is of eve@example.net, #1001 of john@example.org; answers go to both from now on" in asked
    line.put(answer_to(line.last(OMID, "confirm"), "yes", quote=False))
    assert "Careful: #1002 is of eve@example.net" in line.last(OMID, "transcript").text


def test_merging_two_requests_of_one_person_needs_no_warning(line):
    line.put(write(JOHN, "My bill", "It is wrong."))
    line.put(answer_to(line.last(OMID, "notification"), "", tag="[merge 1001]"))
    assert "Careful" not in line.last(OMID, "confirm").text


def test_the_help_card_shows_commands_that_work_in_this_desk(line):
    line.put(answer_to(line.last(OMID, "notification"), "", tag="[help assign refer group]"))
    shown = line.last(OMID, "help").text
    for written in ("[assign sara]", "[refer finance]", "[group service]"):
        assert written in shown
    persian = [row["written"] for row in short_card("fa", line.desk)]
    assert {"[واگذار sara]", "[ارجاع finance]"} <= set(persian)


def test_what_is_perhaps_forged_is_not_called_the_agents(line):
    fail = "mx.example.com; dmarc=fail header.from=example.com"
    line.put(answer_to(line.last(OMID, "notification"), "Send him the keys.", Authentication_Results=fail))
    told = line.last(OMID, "command_error").text
    assert "perhaps it is forged" in told
    assert "The mail said:\n\n> Send him the keys." in told
    assert "Your text" not in told
    assert line.to(JOHN, "") == []

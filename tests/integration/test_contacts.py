"""Contacts: what is known, imported and shown of people; MY DATA and ERASE, with confirmation, down to the last byte."""

from __future__ import annotations

import email
import email.policy
import io
import json
import zipfile
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from line import CONFIG, Line, answer_to, write

from maildesk.cli import main
from maildesk.insight.story import story
from maildesk.model.ticket import fold

LEILA, HOME, JOHN, OMID = "leila.canary@example.net", "leila@home.example.org", "john@example.org", "omid@example.com"
NAME = "Leilacanary Rezaei"
RULES = """
[[rule]]
name = "omid has it"
on   = ["opened"]
then = [ { assign = "omid" } ]

[[rule]]
name = "gold"
on   = ["opened"]
when = { organisation = "Example Industries" }
then = [ { tag = "+gold" }, { assign = "account_manager" } ]
"""


@pytest.fixture
def line(tmp_path):
    desk = Line(tmp_path, CONFIG.read_text("utf-8"), rules=RULES)
    yield desk
    assert list(desk.broken()) == []
    desk.close()


def run(line, *words, code=0):
    with time_machine.travel(line.now, tick=False):
        done = CliRunner().invoke(main, ["--config", str(line.config), *words])
    assert done.exit_code == code, done.output
    return done.output


def asked(line, word="ERASE"):
    """Leila wrote, was answered, and asks for something that must be confirmed."""
    line.put(write(f"{NAME} <{LEILA}>", "Subjectcanary", "My textcanary is wrong."))
    line.put(answer_to(line.last(OMID, "notification"), "Dear Leilacanary, it is mended.", sender=OMID))
    line.put(answer_to(line.last(LEILA, ""), f"{word}\n", sender=LEILA))
    return line.last(LEILA, "confirm")


def attached(left):
    mail = email.message_from_bytes(left.content, policy=email.policy.default)
    return [part.get_content() for part in mail.iter_attachments()]


def test_my_data_comes_after_a_yes_and_to_nobody_else(line):
    confirm = asked(line, "MY DATA")
    assert not line.to(LEILA, "done")
    line.put(answer_to(confirm, "YES", sender=LEILA))
    sent = line.last(LEILA)
    with zipfile.ZipFile(io.BytesIO(attached(sent)[0])) as archive:
        data, mbox = json.loads(archive.read("data.json")), archive.read("mails.mbox")
    assert data["contact"]["name"] == NAME
    texts = [entry["text"].strip() for entry in data["tickets"][0]["entries"]]
    assert any("textcanary" in text for text in texts)
    assert b"My textcanary" in mbox
    assert mbox.count(b"\nFrom ") >= 3
    assert [one.to for one in line.left if attached(one)] == [LEILA]


def test_a_question_is_answered_once(line):
    confirm = asked(line, "MY DATA")
    for _ in range(3):
        line.put(answer_to(confirm, "YES", sender=LEILA))
    (sent,) = [one for one in line.left if attached(one)]
    assert (sent.header("Auto-Submitted"), sent.notice) == ("auto-replied", "done")
    line.put(answer_to(asked(line, "MY DATA"), "YES", sender=LEILA))
    assert len([one for one in line.left if attached(one)]) == 2


def test_who_said_no_cannot_say_yes_later(line):
    confirm = asked(line, "MY DATA")
    line.put(answer_to(confirm, "NO", sender=LEILA), answer_to(confirm, "YES", sender=LEILA))
    assert not [one for one in line.left if attached(one)]


def test_notes_are_not_in_it(line):
    line.put(write(LEILA, "Hello", "Hello."))
    run(line, "ticket", "note", "1001", "NOTE-CANARY", "--as", "omid")
    run(line, "contact", "export", LEILA, str(line.config.parent / "out.zip"))
    with zipfile.ZipFile(line.config.parent / "out.zip") as archive:
        assert all(b"NOTE-CANARY" not in archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("said", ["NO", "What is this?"])
def test_without_a_yes_nothing_is_erased(line, said):
    line.put(answer_to(asked(line), said, sender=LEILA))
    line.wait(600)
    assert line.ticket(1001).requester == LEILA


def test_a_yes_from_somebody_else_does_nothing(line):
    confirm = asked(line)
    line.put(answer_to(confirm, "YES", sender=JOHN))
    line.wait(600)
    assert line.ticket(1001).requester == LEILA


def test_after_a_yes_nothing_of_the_person_is_left_in_the_files(line):
    line.put(write(JOHN, "Another matter", "This stays."))
    line.put(write(LEILA, "Set aside: subjectcanary", "textcanary", X_Spam_Flag="YES"))
    line.put(answer_to(asked(line), "YES\n\ntextcanary", sender=LEILA))
    assert line.last(LEILA).notice == "done"
    line.wait(120)
    line.wait(120)
    ticket = next(one for one in line.tickets() if one.requester != JOHN)
    assert (ticket.requester, ticket.status.value) == (f"erased-{ticket.number}", "closed")
    assert fold(line.store.look.entries(ticket.number)) == ticket
    assert [entry.text for entry in line.store.look.entries(ticket.number) if entry.text] == []
    assert line.store.look.counts()["tickets"] == {"closed": 1, "new": 1}, "the figures stay"
    assert any(lines for lines in story(line.store.look, str(ticket.number)))
    line.store.close()
    for file in sorted((line.config.parent / "state").iterdir()):
        content = file.read_bytes().lower()
        for word in (b"leila", b"textcanary", b"subjectcanary", b"rezaei"):
            assert word not in content, (file.name, word)
        assert file.name.endswith("-wal") is False or not content


def test_the_others_keep_what_is_theirs(line):
    line.put(write(JOHN, "Together", "We both wait."))
    run(line, "ticket", "set", "1001", f"cc +{LEILA}", "--as", "omid")
    line.put(write(LEILA, "Re: Together [#1001]", "I wait too: textcanary."))
    run(line, "contact", "erase", LEILA, "--yes")
    assert line.ticket(1001).participants == {"erased-guest-1001"}
    texts = [entry.text for entry in line.store.look.entries(1001) if entry.text]
    assert [text.strip() for text in texts] == ["We both wait."]


def test_an_organisation_is_its_domain(line):
    run(line, "contact", "set", "@example.net", "name=Example Industries", "account_manager=mina", "tier=one")
    line.put(write(LEILA, "Hello", "Hello."))
    ticket = line.ticket(1001)
    assert ("gold" in ticket.tags, ticket.assignee, ticket.account_manager) == (True, "mina", "mina")
    shown = json.loads(run(line, "contact", "show", LEILA, "--json"))
    assert (shown["organisation"], shown["fields"]) == ("Example Industries", {"tier": "one"})


def test_csv_goes_out_as_it_came_in(line, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(
        "email,name,organisation,language,account_manager,order\n"
        f"{LEILA},لیلا,Example,fa,omid,=1+1\n@example.org,Org,,,,\n",
        "utf-8",
    )
    assert "2 contacts kept" in run(line, "contact", "import", str(file))
    out = run(line, "contact", "list", "--csv")
    assert f"{LEILA},لیلا,Example,fa,omid,0,,'=1+1\n" in out
    assert "\n@example.org,Org" in f"\n{out}"
    file.write_text(out, "utf-8")
    run(line, "contact", "import", str(file))
    assert run(line, "contact", "list", "--csv") == out
    file.write_text("email,account_manager\nx@example.net,nobody\n", "utf-8")
    assert "line 2: there is no agent nobody" in run(line, "contact", "import", str(file), code=1)


def test_the_journey_holds_everything_in_time_order(line):
    line.put(write(LEILA, "First", "One."))
    line.put(answer_to(line.last(OMID, "notification"), "Two.", sender=OMID))
    line.put(write(LEILA, "Second", "Three."))
    shown = json.loads(run(line, "contact", "show", LEILA, "--json"))
    written = [(step["ticket"], step["kind"], step["text"].strip()) for step in shown["journey"] if step["text"]]
    assert written == [(1001, "customer_mail", "One."), (1001, "answer", "Two."), (1002, "customer_mail", "Three.")]
    assert "customer_mail by" in run(line, "contact", "show", LEILA)


def test_two_addresses_of_one_person_are_one_party(line):
    line.put(write(LEILA, "Hello", "From work."))
    got = line.last(LEILA)
    line.put(answer_to(got, "From home.", sender=HOME, to="support@example.com"))
    assert len(line.tickets()) == 2, "a stranger's reply is a ticket of its own"
    run(line, "contact", "merge", LEILA, HOME)
    line.put(answer_to(got, "From home again.", sender=HOME, to="support@example.com"))
    assert len(line.tickets()) == 2
    assert line.store.look.entries(1001)[-1].author == HOME
    assert line.ticket(1001).requester == LEILA, "the requester changes by explicit command only"
    shown = json.loads(run(line, "contact", "show", HOME, "--json"))
    assert {step["ticket"] for step in shown["journey"]} == {1001, 1002}


def test_addresses_are_blocked_and_suppressed_from_the_command_line(line):
    run(line, "address", "block", LEILA, "--quarantine")
    run(line, "address", "suppress", JOHN, "--for", "30d", "--reason", "asked us")
    line.put(write(LEILA, "Hello", "Hello."), write(JOHN, "Hello", "Hello."))
    assert line.store.look.counts()["mails"] == {"quarantined": 1, "done": 1}
    assert line.to(JOHN) == []
    rows = json.loads(run(line, "address", "list", "--json"))
    assert [(row["address"], row["what"], row["hits"]) for row in rows] == [
        (LEILA, "blocked", 1),
        (JOHN, "suppressed", 0),
    ]
    run(line, "address", "unblock", LEILA)
    run(line, "address", "unsuppress", JOHN)
    assert json.loads(run(line, "address", "list", "--json")) == []
    assert "own" in run(line, "address", "block", OMID, code=2)


def test_agents_and_groups_are_listed(line):
    line.put(write(LEILA, "Hello", "Hello."))
    agents = {row["name"]: row for row in json.loads(run(line, "agent", "list", "--json"))}
    assert (agents["omid"]["open"], agents["omid"]["away"]) == (1, False)
    groups = {row["name"]: row for row in json.loads(run(line, "group", "list", "--json"))}
    assert groups["service"]["lead"] == "mina"
    assert Path(line.config).exists()


@pytest.mark.parametrize(
    "content",
    [
        "email,name,organisation,language,tier\nleila@example.net,لیلا رضایی,شرکت نمونه,fa,طلایی\n".encode("utf-8-sig"),
        "email;name;organisation;language;tier\r\nleila@example.net;لیلا رضایی;شرکت نمونه;fa;طلایی\r\n".encode(),
        "ایمیل\tنام\tسازمان\tزبان\ttier\nleila@example.net\tلیلا رضایی\tشرکت نمونه\tفارسی\tطلایی\n".encode(),
    ],
)
def test_csv_of_any_spreadsheet_in_english_and_persian_is_read(line, tmp_path, content):
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    run(line, "contact", "import", str(file))
    shown = json.loads(run(line, "contact", "show", "leila@example.net", "--json"))
    assert (shown["name"], shown["organisation"], shown["language"]) == ("لیلا رضایی", "شرکت نمونه", "fa")
    assert shown["fields"] == {"tier": "طلایی"}
    for words in ("رضايي", "لیلا رضایی", "شركت"):
        assert "leila@example.net" in run(line, "contact", "list", *words.split()), "an Arabic keyboard finds her too"


def test_csv_that_cannot_be_read_says_what_to_do(line, tmp_path):
    file = tmp_path / "people.csv"
    file.write_bytes("email,name\nreza@example.net,رضا\n".encode("cp1256"))
    assert 'save it from the spreadsheet as "CSV UTF-8"' in run(line, "contact", "import", str(file), code=1)
    file.write_text("email,language\nreza@example.net,klingonish\n", "utf-8")
    assert "line 2: klingonish is no language" in run(line, "contact", "import", str(file), code=1)


def test_what_the_desk_calls_somebody_is_not_changed_by_their_mails(line):
    run(line, "contact", "set", "leila@example.net", "name=لیلا رضایی", "tier=gold")
    line.put(write("L. <leila@example.net>", "Hello", "Hello."))
    told = run(line, "contact", "show", "leila@example.net")
    assert "لیلا رضایی" in told
    assert "tier             gold" in told
    assert "two different" in run(line, "contact", "merge", "leila@example.net", "LEILA@example.net", code=2)

"""The command line's own promises: who acts, what became of a text, held mail, how the desk stands."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from click.testing import CliRunner
from line import CONFIG, Line, Post, answer_to, write

from maildesk.cli import main
from maildesk.outbox.deliver import Deliverer
from maildesk.outbox.smtp import Delivery, Outcome, Stage

JOHN, OMID, MINA = "john@example.org", "omid@example.com", "mina@example.com"
RULES = """
[[rule]]
name = "omid has it"
on   = ["opened"]
then = [ { assign = "omid" } ]
"""
SLOW = CONFIG.read_text("utf-8").replace("hold_seconds = 0", "hold_seconds = 60")


@pytest.fixture
def line(tmp_path):
    desk = Line(tmp_path, SLOW, rules=RULES)
    desk.put(write(JOHN, "Cannot log in", "Since this morning I cannot log in."))
    yield desk
    desk.close()


def run(line, *words, code=0):
    with time_machine.travel(line.now, tick=False):
        done = CliRunner().invoke(main, ["--config", str(line.config), *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert done.exit_code == code, done.output
    return done.output


# ---- who acts, and what became of it --------------------------------------------------------------------------------


def test_nobody_acts_who_is_no_agent(line, monkeypatch):
    assert "omid" in run(line, "ticket", "reply", "1001", "x", "--as", "nobodyhere", code=2)
    monkeypatch.setenv("LOGNAME", "root")
    assert "--as NAME" in run(line, "ticket", "reply", "1001", "x", code=2)
    monkeypatch.setenv("LOGNAME", "omid")
    run(line, "ticket", "reply", "1001", "Delete the cookies.")
    assert line.store.look.entries(1001)[-1].author == "omid"


def test_what_was_done_is_told_in_the_words_of_the_transcript(line):
    told = run(line, "ticket", "reply", "1001", "Delete the cookies.", "--as", "omid")
    assert "#1001 answer to john@example.org, leaves in 60 s" in told
    assert "#1001 status: new → waiting" in told
    run(line, "ticket", "tag", "1001", "+a", "+b", "--as", "omid")
    run(line, "ticket", "tag", "1001", "+c", "-b", "--as", "omid")
    assert sorted(line.ticket(1001).tags) == ["a", "c"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("assign", "1001", "nobody"), "assign nobody: Nobody here is called nobody."),
        (("set", "1001", "colour red"), "colour red: There is no such command."),
    ],
)
def test_what_cannot_be_is_said_plainly(line, words, said):
    assert run(line, "ticket", *words, "--as", "omid", code=2).startswith(said)


def test_an_answer_that_was_taken_back_says_so(line):
    def entries():
        return json.loads(run(line, "ticket", "show", "1001", "--json"))["entries"]

    run(line, "ticket", "reply", "1001", "Wrong.", "--as", "omid")
    assert entries()[-1]["fate"] == "has not left yet"
    run(line, "ticket", "undo", "1001", "--as", "omid")
    assert line.ticket(1001).status == "new"
    assert "public: taken back, never sent\nWrong." in run(line, "ticket", "show", "1001")
    assert "#1001: taken back, never sent" in run(line, "contact", "show", JOHN)
    run(line, "ticket", "reply", "1001", "Right.", "--as", "omid")
    line.wait(61)
    assert next(one for one in entries() if one["text"] == "Right.")["fate"] == ""
    assert [one.text.splitlines()[0] for one in line.to(JOHN, "")] == ["Right."]


# ---- held mail ------------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(line):
    """A mail of Omid's that waits, because the customer wrote meanwhile."""
    told = line.last(OMID, "notification")
    line.put(write(JOHN, "Re: Cannot log in [#1001]", "It works now.", references=line.last(JOHN).header("Message-ID")))
    line.put(answer_to(told, "Please delete the cookies."))
    (row,) = json.loads(run(line, "held", "list", "--json"))
    assert (row["ticket"], row["decides"], row["author"], row["reason"]) == (1001, OMID, OMID, "collision")
    return str(row["mail"])


def test_a_held_mail_is_seen_and_let_go(line, waiting):
    assert "Please delete the cookies." in run(line, "held", "show", waiting)
    assert "! 1 mail of agents to be decided upon: maildesk held list" in run(line, "status", code=1)
    assert "#1001 answer to john@example.org" in run(line, "held", "send", waiting)
    line.wait(61)
    assert "Please delete the cookies." in line.last(JOHN, "").text
    assert run(line, "held", "list", "--json") == "[]\n"
    run(line, "held", "send", waiting, code=1)


def test_a_held_mail_is_dropped_or_kept_as_a_note(line, waiting):
    run(line, "held", "drop", waiting, "--as", "nobody", code=2)
    run(line, "held", "note", waiting)
    assert (line.store.look.entries(1001)[-1].kind, line.to(JOHN, "")) == ("note", [])
    run(line, "held", "drop", waiting, code=1)


def test_a_lead_lets_a_colleagues_mail_go(tmp_path):
    config = SLOW.replace('name      = "omid"', 'name      = "omid"\napproval  = "lead"')
    line = Line(tmp_path, config, rules=RULES)
    line.put(write(JOHN, "Cannot log in", "Since this morning I cannot log in."))
    line.put(answer_to(line.last(OMID, "notification"), "Please delete the cookies."))
    (row,) = json.loads(run(line, "held", "list", "--json"))
    assert (row["decides"], row["author"]) == (MINA, OMID)
    assert "approve" in run(line, "ticket", "reply", "1001", "x", "--as", "omid", code=1)
    run(line, "held", "send", str(row["mail"]))
    line.wait(61)
    assert [one.author for one in line.store.look.entries(1001) if one.kind == "answer"] == ["omid"]
    assert "Mina Lead let your mail go" in line.last(OMID, "transcript").text
    line.close()


# ---- how the desk stands --------------------------------------------------------------------------------------------


def test_status_tells_of_daemon_files_and_accounts(line):
    def stands(code=1):
        return json.loads(run(line, "status", "--json", code=code))

    assert stands()["daemon"] == {"state": "never ran", "seen": None}
    line.store.note_pulse("daemon", line.now)
    found = stands(code=0)
    assert (found["daemon"]["state"], found["worries"]) == ("running", [])
    line.store.note_pulse("imap support", line.now)
    line.store.note_pulse("smtp support", line.now, "Connection refused")
    line.store.note_pulse("files", line.now, "10-intake.toml:3: broken")
    line.now += timedelta(minutes=5)
    line.store.note_pulse("daemon", line.now)
    assert any("10-intake.toml:3: broken" in worry for worry in stands()["worries"])
    measured = run(line, "metrics")
    assert 'maildesk_trouble{what="smtp support"} 1.0' in measured
    assert 'maildesk_trouble{what="imap support"} 0.0' in measured
    line.now += timedelta(minutes=5)
    assert "! no daemon runs (silent)" in run(line, "status", code=1)


class Away(Post):
    """A server that nobody reaches."""

    def begin(self, sender, recipient, content):
        return Delivery(Outcome.NOT_STARTED, Stage.CONNECT, text="Connection refused")


def test_the_second_account_says_that_the_first_is_away(line):
    spare = Post()
    deliverer = Deliverer(line.store, {"support": Away()}, "1", line.clock, spare=spare)
    line.take(write("jane@example.org", "Another thing", "The lamp is dark.").as_bytes())
    for _ in range(3):
        deliverer.run_due(line.desk)
        line.now += timedelta(minutes=2)
    assert [(one.to, one.notice) for one in spare.mails] == [("reza@example.com", "alert")]
    assert "Connection refused" in spare.mails[0].text
    assert line.store.look.pulses()["smtp support"]["trouble"] == "Connection refused"
    line.wait(3600)
    assert [one.to for one in line.left].count("jane@example.org") == 1


# ---- what was typed wrongly ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "ticket list --status bogus",
        "ticket list --group nothing",
        "ticket list --assignee nobody",
        "report --group nothing",
        "report --language xx",
        "report --last 30x",
        "report --last 0d",
        "report --from 2026-11-02 --to 2026-11-01",
        "report --html /nonexistent/r.html",
        "mail ingest /nonexistent --mailbox support",
        "mail ingest /dev/null --mailbox nosuch",
        "contact set john@example.org language=klingon",
        "address block nonsense",
        "address suppress nonsense",
        "rules show nosuch",
        "rules add",
    ],
)
def test_wrong_use_ends_with_2_and_says_why(line, words):
    assert run(line, *words.split(), code=2).strip()


def test_what_was_never_blocked_cannot_be_unblocked(line):
    run(line, "address", "unblock", "x@example.org", code=1)
    run(line, "address", "unsuppress", "x@example.org", code=1)
    run(line, "address", "block", "@Example.NET")
    assert "@example.net is no longer blocked" in run(line, "address", "unblock", "@example.net")


def test_an_editor_needs_a_terminal(line, monkeypatch):
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    assert "--when" in run(line, "rules", "edit", "omid has it", code=2)


def test_init_without_a_terminal_says_how(tmp_path):
    done = CliRunner().invoke(main, ["init", "--directory", str(tmp_path / "x")])
    assert (done.exit_code, "--non-interactive" in done.output) == (2, True)
    words = ["--address", "a@example.test", "--imap-host", "x", "--smtp-host", "x", "--agent", "o@example.test"]
    init = ["init", "--directory", str(tmp_path / "x"), "--non-interactive", *words]
    done = CliRunner().invoke(main, [*init, "--agent", "o@example.test"])
    assert (done.exit_code, "given twice" in done.output) == (2, True)
    assert CliRunner().invoke(main, init).exit_code == 0, "nothing was written by the first try"


def test_a_file_that_cannot_be_read_is_an_object_too(line, tmp_path):
    done = CliRunner().invoke(main, ["mail", "parse", str(tmp_path / "nosuch.eml")])
    assert (done.exit_code, json.loads(done.stdout)["error"]) == (2, "No such file or directory")
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "a.eml").write_bytes(write(JOHN, "More", "And more.").as_bytes())
    (folder / "b.eml").symlink_to(tmp_path / "nosuch.eml")
    found = [json.loads(one) for one in run(line, "mail", "parse", str(folder), "--jsonl").splitlines()]
    assert [(one["file"], "error" in one) for one in found] == [("a.eml", False), ("b.eml", True)]
    tried, done = (
        json.loads(run(line, "mail", "ingest", str(folder), "--mailbox", "support", "--json", *more))
        for more in (["--dry-run"], [])
    )
    assert [(one["outcome"], one["ticket"]) for one in tried] == [("new", None), ("unread", None)]
    assert [(one["outcome"], one["ticket"]) for one in done] == [("new", 1002), ("unread", None)]
    assert tried[0]["mails"] == done[0]["mails"] != []


# ---- how things are shown --------------------------------------------------------------------------------------------


def test_no_listing_speaks_python(line):
    run(line, "ticket", "tag", "1001", "+unhappy", "--as", "omid")
    run(line, "ticket", "field", "1001", "order=7", "--as", "omid")
    run(line, "ticket", "reply", "1001", "Look now.", "--as", "omid")
    for words in ("why 1001", "why 1001 --json", "ticket history 1001", "ticket show 1001"):
        shown = run(line, *words.split())
        assert not any(word in shown for word in ("datetime.", "frozenset", "Clock(", "None", "=None")), shown
    assert "tags=unhappy" in run(line, "why", "1001")


def test_due_is_the_target_and_not_the_first_warning(tmp_path):
    sla = '\n[[sla]]\nname = "quick"\nfirst_response = "4h"\nsteps = [ { at = "75%", notify = ["assignee"] } ]\n'
    line = Line(tmp_path, CONFIG.read_text("utf-8") + sla, rules=RULES)
    line.put(write(JOHN, "Cannot log in", "Since this morning I cannot log in."))
    shown = json.loads(run(line, "ticket", "show", "1001", "--json"))
    promised = {clock["due_at"] for clock in json.loads(run(line, "sla", "explain", "1001", "--json"))["clocks"]}
    assert shown["due_at"] in promised
    assert shown["next_step_at"] < shown["due_at"]
    line.close()


def test_a_rendered_template_keeps_what_directs_the_text(line):
    shown = run(line, "template", "render", "notification", "--language", "fa")
    assert "\\u20" not in shown


def test_only_what_was_not_settled_counts_as_reopened(line):
    line.put(write("jane@example.org", "Another thing", "The lamp is dark."))

    def reopened():
        line.now += timedelta(hours=1)
        return json.loads(run(line, "report", "--last", "2d", "--json"))["total"]["reopened"]

    for words in ("solved 1001", "snooze 1001 3d", "merge 1001 1002", "unmerge 1001"):
        line.now += timedelta(minutes=1)
        run(line, "ticket", *words.split(), "--as", "omid")
    assert reopened() == 0
    run(line, "ticket", "solved", "1002", "--as", "omid")
    line.now += timedelta(minutes=1)
    run(line, "ticket", "reopen", "1002", "--as", "omid")
    assert reopened() == 1


def test_replay_tells_what_was_not_for_rules(line, tmp_path):
    line.put(answer_to(line.last(OMID, "notification"), "", tag="[tag +a]"))
    (tmp_path / "new.toml").write_text(RULES.replace("omid", "sara"))
    told = json.loads(run(line, "rules", "replay", str(tmp_path / "new.toml"), "--json"))
    assert (told["mails"], told["not_replayed"], told["not_for_rules"]) == (2, 0, 0)
    line.put(answer_to(line.last(OMID, "transcript"), "undo"))
    told = json.loads(run(line, "rules", "replay", str(tmp_path / "new.toml"), "--json"))
    assert told["not_replayed"] == 0


def test_a_front_matter_is_for_no_reader(line, tmp_path):
    folder = tmp_path / "articles"
    folder.mkdir(exist_ok=True)
    (folder / "lamp.md").write_text("---\ntitle: The lamp\ndraft: false\n---\n\nSwitch it on.\n")
    assert "draft" not in run(line, "article", "search", "lamp", "--json")
    (found,) = json.loads(run(line, "article", "list", "--json"))
    assert found["title"] == "The lamp"


def test_templates_are_checked_where_that_is_asked_for(line, tmp_path):
    folder = tmp_path / "templates" / "en"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "acknowledgement.txt").write_text("Thanks\n\n{{ nothing_of_the_kind }}\n")
    run(line, "ticket", "tag", "1001", "+a", "--as", "omid")
    assert "acknowledgement.txt" in run(line, "template", "lint", code=1)
    assert "acknowledgement.txt" in run(line, "check", code=1)

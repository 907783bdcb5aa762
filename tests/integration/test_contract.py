"""What the product promises of its command line: shapes, exit codes, order; seen from outside only."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from datetime import datetime
from email.utils import format_datetime, localtime
from pathlib import Path

import pytest
from click.testing import CliRunner

from maildesk.cli import main

PARSED = [
    *("file", "message_id", "from", "reply_to", "to", "cc", "subject", "date", "language", "text", "reply"),
    *("attachments", "kind", "reason", "bounce", "references", "ticket_tag", "commands", "auth", "defects"),
]
PLAIN = """From: Leila Hosseini <leila@example.com>
To: support@example.test, "Omid, R" <omid@example.test>
Cc: boss@example.com
Reply-To: other@example.com
Subject: Hello
Date: Sat, 1 Aug 2026 10:00:00 +0330
Message-ID: <a1@example.com>
References: <x1@example.test> <x2@example.test>
In-Reply-To: <x2@example.test>

Hi,
my printer is broken.

--\x20
Leila

On Fri, Support <support@example.test> wrote:
> old text
"""
PERSIAN = """From: =?utf-8?b?2YTbjNmE2Kc=?= <leila@example.com>
Subject: =?utf-8?b?2b7Yp9iz2K46?= [#۱۰۴۲]
Date: Sat, 1 Aug 2026 10:00:00 +0330
Content-Type: text/plain; charset=utf-8

سلام،
صورت‌حساب شمارهٔ ۱۲۳۴ اشتباه است.

در تاریخ شنبه ۱۰ مرداد ۱۴۰۵ پشتیبانی <support@example.test> نوشت:
> متن قدیمی
"""
ORDERS = """From: sara@example.test
Subject: Re: [#1042] Invoice [EXTERNAL] [SPAM] [solved] [assign omid] [status=open; priority=high]
Content-Type: text/plain; charset=utf-8

#note
#حل‌شد
#1 is no command
text
"""
PARTS = """From: a@example.com
Subject: parts
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/related; boundary=c

--c
Content-Type: text/html; charset=utf-8

<p>Hello <b>you</b><img src="cid:i1"></p><script>alert(1)</script>
--c
Content-Type: image/png
Content-ID: <i1>
Content-Disposition: inline; filename="i.png"
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--c--
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename*=utf-8''%D9%81%D8%A7%DA%A9%D8%AA%D9%88%D8%B1.pdf
Content-Transfer-Encoding: base64

JVBERi0=
--b
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="../../etc/passwd"

x
--b--
"""
BOUNCE = """From: MAILER-DAEMON@mx.example.test
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

failed
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.test

Final-Recipient: rfc822; leila@example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

Final-Recipient: rfc822; full@example.com
Action: delayed
Status: 4.2.2
Diagnostic-Code: smtp; 452 4.2.2 full
--b--
"""
AWAY = """From: a@example.com
Subject: Out of office
Auto-Submitted: auto-replied
Authentication-Results: mx.example.test; dmarc=pass header.from=example.com; spf=pass
Authentication-Results: evil.example; dmarc=fail

away
"""
BROKEN = """
[desk]
name = "x"
domain = "example.test"
langage = "fa"
timezone = "Mars/Base"
hold_seconds = "sixty"

[[mailbox]]
name = "support"
address = "support"
group = "nogroup"
[mailbox.imap]
host = "127.0.0.1"
port = 99999
[mailbox.smtp]

[[agent]]
name = "sara"
email = "sara@example.test"
role = "boss"

[wat]
x = 1
"""
LISTINGS = [
    *("ticket list", "contact list", "agent list", "group list", "rules list", "rules history", "rules coverage"),
    *("rules lint", "outbox list", "quarantine list", "address list", "survey list", "article list"),
    *("article search invoice", "template list", "template lint", "job list"),
]


def run(*words: str, code: int = 0, stdin: str | bytes = "") -> str:
    """What a command printed; it ended as it should, and never with a traceback."""
    done = CliRunner().invoke(main, words, input=stdin)
    assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exc_info)
    assert done.exit_code == code, (words, done.exit_code, done.output)
    return done.output if code else done.stdout


def parsed(content: str | bytes) -> dict:
    """What `mail parse` makes of a mail."""
    lines = run("mail", "parse", "-", "--jsonl", stdin=content).splitlines()
    assert len(lines) == 1
    return json.loads(lines[0])


class Desk:
    """What `init` writes from a script, without a daemon."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, folder / "config.toml"

    def __call__(self, *words: str, code: int = 0, stdin: str = "") -> str:
        return run("--config", str(self.config), *words, code=code, stdin=stdin)

    def json(self, *words: str) -> list | dict:
        return json.loads(self(*words, "--json"))

    def mail(self, name: str, **changes: str) -> Path:
        """A customer's mail as a file."""
        headers = {"From": "Leila <leila@example.com>", "To": "support@example.test", "Subject": "Wrong invoice"}
        headers |= {"Message-ID": f"<{name}@example.com>", "Date": format_datetime(localtime())} | changes
        file = self.folder / "in" / f"{name}.eml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(
            "".join(f"{key}: {value}\r\n" for key, value in headers.items()) + f"\r\nIt is wrong: {name}.\r\n"
        )
        return file

    def ingest(self, source: Path, *words: str) -> list:
        """Bring mail in; the rows that were printed."""
        found = self.json("mail", "ingest", str(source), "--mailbox", "support", *words)
        assert isinstance(found, list)
        return found


@pytest.fixture(scope="module")
def pristine(tmp_path_factory) -> Path:
    """A folder as `init` writes it, with an empty store."""
    folder = tmp_path_factory.mktemp("pristine") / "desk"
    words = ["--address", "support@example.test", "--agent", "omid@example.test", "--agent", "sara@example.test"]
    words += ["--imap-host", "127.0.0.1", "--smtp-host", "127.0.0.1", "--timezone", "Asia/Tehran"]
    run("init", "--directory", str(folder), "--non-interactive", *words)
    Desk(folder)("migrate")
    return folder


@pytest.fixture
def desk(pristine, tmp_path) -> Desk:
    """A desk of the test's own."""
    shutil.copytree(pristine, tmp_path / "desk")
    return Desk(tmp_path / "desk")


@pytest.fixture(scope="module")
def used(pristine, tmp_path_factory) -> Desk:
    """A desk to look at only: ticket 1001 is Leila's; Eve writes its number."""
    folder = tmp_path_factory.mktemp("used") / "desk"
    shutil.copytree(pristine, folder)
    desk = Desk(folder)
    desk.mail("one", Subject="CANARY invoice [solved] [close]", From="CANARY <leila@example.com>")
    desk.mail("two", Subject="Re: [#1001] [close]", From="eve@example.com")
    rows = desk.ingest(folder / "in")
    assert [(row["file"], row["outcome"], row["ticket"]) for row in rows] == [
        ("one.eml", "new", 1001),
        ("two.eml", "new", 1002),
    ]
    return desk


# ---- mail parse -----------------------------------------------------------------------------------------------------


def test_a_parsed_mail_has_its_keys_in_their_order():
    mail = parsed(PLAIN)
    assert list(mail) == PARSED
    assert mail["from"] == {"name": "Leila Hosseini", "email": "leila@example.com"}
    assert [address["email"] for address in mail["to"]] == ["support@example.test", "omid@example.test"]
    assert (mail["cc"][0]["email"], mail["reply_to"][0]["email"]) == ("boss@example.com", "other@example.com")
    assert mail["references"] == ["<x1@example.test>", "<x2@example.test>"]
    assert datetime.fromisoformat(mail["date"]) == datetime.fromisoformat("2026-08-01T10:00:00+03:30")
    assert (mail["kind"], mail["language"], mail["ticket_tag"], mail["commands"]) == ("human", "en", None, [])
    assert mail["reply"] == "Hi,\nmy printer is broken."
    assert "> old text" in mail["text"]
    assert mail["auth"]["trusted"] is False


def test_persian_mail_is_read_like_any_other():
    mail = parsed(PERSIAN)
    assert (mail["from"]["name"], mail["language"], mail["ticket_tag"]) == ("لیلا", "fa", 1042)
    assert mail["reply"] == "سلام،\nصورت‌حساب شمارهٔ ۱۲۳۴ اشتباه است."


def test_commands_of_subject_and_first_lines():
    commands = parsed(ORDERS)["commands"]
    assert commands == ["solved", "assign omid", "status open", "priority high", "note", "solved"]


def test_attachments_have_names_that_harm_nobody():
    mail = parsed(PARTS)
    assert mail["text"] == "Hello you"
    for attachment in mail["attachments"]:
        assert set(attachment) == {"filename", "media_type", "size", "sha256", "inline"}
        assert re.fullmatch("[0-9a-f]{64}", attachment["sha256"])
    found = [(attachment["filename"], attachment["size"], attachment["inline"]) for attachment in mail["attachments"]]
    assert found == [("i.png", 8, True), ("فاکتور.pdf", 5, False), ("passwd", 1, False)]


def test_kinds_and_why():
    bounce = parsed(BOUNCE)
    assert bounce["kind"] == "bounce"
    assert [(one["recipient"], one["status"], one["action"], one["hard"]) for one in bounce["bounce"]] == [
        ("leila@example.com", "5.1.1", "failed", True),
        ("full@example.com", "4.2.2", "delayed", False),
    ]
    away = parsed(AWAY)
    assert (away["kind"], away["auth"]["dmarc"], away["auth"]["trusted"]) == ("auto_reply", "pass", False)
    assert "Auto-Submitted" in away["reason"]


@pytest.mark.parametrize("header", ["", "From: <>\n", "From: a@example.com, b@example.com\n", "From: @\n"])
def test_no_single_author_is_none_or_one_address(header):
    author = parsed(header + "Subject: x\n\nx\n")["from"]
    assert author is None or re.fullmatch(r"[^@\s,<>]+@[^@\s,<>]+", author["email"])


def test_an_agent_in_the_display_name_is_not_the_author():
    assert parsed("From: agent@corp.test <evil@example.com>\n\nx\n")["from"]["email"] == "evil@example.com"


def test_a_folder_is_read_whole_and_in_name_order(tmp_path):
    for name in ("b.eml", "a.eml", "c.eml"):
        (tmp_path / name).write_text(PLAIN)
    bomb = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2000))
    (tmp_path / "bomb.eml").write_text("Subject: x\n" + bomb)
    (tmp_path / "noise.eml").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "none.eml").write_bytes(b"")
    found = [json.loads(line) for line in run("mail", "parse", str(tmp_path), "--jsonl").splitlines()]
    assert [one["file"] for one in found] == ["a.eml", "b.eml", "bomb.eml", "c.eml", "noise.eml", "none.eml"]
    assert set(found[2]) == {"file", "error"}
    assert all(list(one) == PARSED for one in found if one["file"] != "bomb.eml")


# ---- wrong use ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["", "nosuch", "mail", "mail parse", "mail parse a b", "ticket show abc", "ticket show"]
)
def test_wrong_use_ends_with_2(words):
    assert "Usage:" in run(*words.split(), code=2)


def test_without_a_config_it_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for command in ("ticket list", "status", "run", "rules lint"):
        assert "maildesk init" in run("--config", "nosuch.toml", *command.split(), code=2)


def test_every_problem_of_a_config_is_told_at_once_with_its_line(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(BROKEN)
    for words, code in ((["check"], 1), (["ticket", "list"], 2), (["run", "--once"], 2)):
        said = run("--config", str(config), *words, code=code)
        assert "Traceback" not in said
        told = dict(re.findall(r"config\.toml:(\d+): (.*)", said))
        assert set(told) >= {"5", "6", "7", "11", "12", "15", "16", "21", "23"}, said
        assert "did you mean 'language'" in told["5"]


def test_not_toml_is_one_problem_with_its_line(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('[desk]\nname = "x\n')
    assert "config.toml:2" in run("--config", str(config), "check", code=1)


# ---- init -----------------------------------------------------------------------------------------------------------


def test_init_from_a_script_keeps_secrets_to_itself(desk):
    assert desk.config.stat().st_mode & 0o077 == 0
    assert (desk.folder / "state" / "desk.key").stat().st_mode & 0o077 == 0
    assert [rule["position"] for rule in desk.json("rules", "list")] == list(range(1, 8))
    before = desk.config.read_bytes()
    words = ["--address", "x@example.test", "--agent", "y@example.test", "--imap-host", "x", "--smtp-host", "x"]
    assert "exists already" in run("init", "--directory", str(desk.folder), "--non-interactive", *words, code=2)
    assert desk.config.read_bytes() == before


def test_init_tells_what_is_missing(tmp_path):
    said = run("init", "--directory", str(tmp_path / "x"), "--non-interactive", code=2)
    assert all(word in said for word in ("--address", "--agent", "--imap-host", "--smtp-host"))


def test_rules_and_templates_need_no_secret(used):
    used("rules", "lint")
    used("rules", "test")
    assert "Subject:" in used("template", "render", "acknowledgement")
    assert "سلام" in used("template", "render", "acknowledgement", "--language", "fa")


def test_check_tells_of_a_missing_password(desk):
    said = desk("check", code=1)
    assert "no password" in said
    states = {one["state"] for one in json.loads(desk("check", "--json", code=1).splitlines()[0])}
    assert states <= {"ok", "warning", "problem"}
    assert "problem" in states


# ---- listings -------------------------------------------------------------------------------------------------------


def test_every_listing_is_json(used):
    for words in LISTINGS:
        found = used.json(*words.split())
        assert isinstance(found, list), words
        for key, value in ((key, value) for row in found for key, value in row.items()):
            if key in {"at", "date"} or key.endswith("_at"):
                assert value is None or datetime.fromisoformat(value).utcoffset() is not None, (words, key, value)
    assert isinstance(json.loads(used("status", "--json", code=1)), dict)
    assert isinstance(used.json("report"), dict)


# ---- mail ingest ----------------------------------------------------------------------------------------------------


def test_a_dry_run_keeps_nothing(used):
    before = used.json("ticket", "list"), used.json("outbox", "list")
    row = used.ingest(used.mail("three"), "--dry-run")[0]
    assert row["outcome"] == "new"
    assert any("acknowledgement to leila@example.com" in mail for mail in row["mails"])
    assert (used.json("ticket", "list"), used.json("outbox", "list")) == before


def test_an_mbox_is_many_mails_and_each_counts_once(desk):
    box = desk.folder / "some.mbox"
    mails = (desk.mail(name).read_text().replace("\r", "") for name in ("a", "b", "c"))
    box.write_text("".join(f"From leila@example.com Sat Aug  1 10:00:00 2026\n{mail}\n" for mail in mails))
    assert [(row["outcome"], row["ticket"]) for row in desk.ingest(box)] == [
        ("new", 1001),
        ("new", 1002),
        ("new", 1003),
    ]
    assert [row["outcome"] for row in desk.ingest(box)] == ["duplicate"] * 3
    assert len(desk.json("ticket", "list")) == 3
    assert [mail["template"] for mail in desk.json("outbox", "list")].count("acknowledgement") == 3


def test_robots_bombs_the_blocked_and_the_suppressed(desk):
    desk("address", "block", "@spam.example")
    desk("address", "suppress", "leila@example.com")
    desk.mail("a-robot", **{"Auto-Submitted": "auto-replied"})
    bomb = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2000))
    desk.mail("b-bomb").write_text("From: a@example.com\nSubject: x\n" + bomb)
    desk.mail("c-blocked", From="x@spam.example")
    rows = desk.ingest(desk.mail("d-suppressed").parent)
    assert [row["outcome"] for row in rows] == ["ignored", "quarantined", "ignored", "new"]
    assert all(row["reason"] for row in rows)
    acknowledgements = [mail for mail in desk.json("outbox", "list") if mail["template"] == "acknowledgement"]
    assert [(mail["recipient"], mail["state"]) for mail in acknowledgements] == [("leila@example.com", "suppressed")]
    number = desk.json("quarantine", "list")[0]["id"]
    assert "1 mail in quarantine: maildesk quarantine list" in desk("status", code=1)
    desk("quarantine", "drop", str(number))
    assert desk.json("quarantine", "list") == []
    assert "in quarantine" not in desk("status", code=1)
    desk("address", "unblock", "@spam.example")
    assert {row["address"]: row["what"] for row in desk.json("address", "list")} == {"leila@example.com": "suppressed"}


def test_an_acknowledgement_holds_nothing_that_the_customer_wrote(used):
    mails = used.json("outbox", "list", "--ticket", "1001")
    mail = next(mail for mail in mails if mail["template"] == "acknowledgement")
    shown = used("outbox", "show", str(mail["id"]))
    assert "CANARY" not in shown
    assert "Auto-Submitted: auto-replied" in shown


def test_a_number_is_no_key_and_no_customer_commands(used):
    tickets = {ticket["number"]: (ticket["requester"], ticket["status"]) for ticket in used.json("ticket", "list")}
    assert tickets == {1001: ("leila@example.com", "new"), 1002: ("eve@example.com", "new")}
    assert "claims #1001" in used("why", "1002")


# ---- tickets, questions ---------------------------------------------------------------------------------------------


def test_a_ticket_by_command_line(desk):
    number = str(desk.ingest(desk.mail("one"))[0]["ticket"])
    desk("ticket", "set", number, "priority=high", "assignee=sara", "--as", "omid")
    desk("ticket", "note", number, "INTERNAL-CANARY", "--as", "omid")
    desk("ticket", "reply", number, "Dear Leila, look now.", "--as", "omid")
    ticket = desk.json("ticket", "show", number)
    assert (ticket["priority"], ticket["assignee"], ticket["status"]) == ("high", "sara", "waiting")
    answer = next(mail for mail in desk.json("outbox", "list") if mail["template"] == "answer")
    assert (answer["state"], answer["recipient"]) == ("held", "leila@example.com")
    shown = desk("outbox", "show", str(answer["id"]))
    assert "Dear Leila" in shown
    assert "CANARY" not in shown
    assert "omid@example.test" not in shown
    desk("outbox", "cancel", str(answer["id"]))
    assert desk.json("outbox", "list", "--state", "cancelled")[0]["id"] == answer["id"]
    kinds = [entry["kind"] for entry in desk.json("ticket", "history", number)]
    assert (kinds[0], kinds.count("note"), kinds.count("answer")) == ("customer_mail", 1, 1)


def test_what_is_not_there_is_said_without_a_traceback(used):
    for words in ("ticket show 99999", "why 99999", "trace <x@example.test>", "outbox show 99", "quarantine drop 99"):
        assert used(*words.split(), code=1).strip()
    assert used("contact", "show", "x@example.com", code=1).strip()
    for words in ("rules show nosuch", "job run nosuch", "template render nosuch"):
        assert "nosuch" in used(*words.split(), code=2)


def test_why_and_trace_tell_rules_and_mails(used):
    for words in (("why", "1001"), ("why", "<one@example.com>"), ("trace", "<one@example.com>")):
        told = used(*words)
        assert "acknowledge new requests" in told
        assert "acknowledgement to leila@example.com" in told
        assert all(datetime.fromisoformat(part["at"]).utcoffset() is not None for part in used.json(*words))


# ---- rules ----------------------------------------------------------------------------------------------------------


def test_a_rule_is_added_moved_rested_and_taken_back(desk):
    files = {file.name: file.read_bytes() for file in (desk.folder / "rules").glob("*.toml")}
    new = ["--on", "opened", "--when", '{ from = "*@vip.example" }', "--then", '{ priority = "urgent" }']
    desk("rules", "add", "vip", *new)
    desk("rules", "move", "vip", "--before", "acknowledge new requests")
    desk("rules", "disable", "vip")
    first = desk.json("rules", "list")[0]
    assert (first["name"], first["enabled"]) == ("vip", False)
    history = [row["number"] for row in desk.json("rules", "history")]
    assert history == sorted(history, reverse=True)
    desk("rules", "rollback", str(history[-1]))
    assert {file.name: file.read_bytes() for file in (desk.folder / "rules").glob("*.toml")} == files


def test_a_bad_rule_is_refused_and_changes_nothing(desk):
    before = desk.json("rules", "list")
    words = ["--on", "openedd", "--when", "{ from = 3 }", "--then", '{ prio = "urgent" }']
    said = desk("rules", "add", "bad", *words, code=2)
    assert "did you mean 'opened'" in said
    assert "did you mean 'priority'" in said
    assert desk.json("rules", "list") == before


def test_all_faults_of_a_rule_file_are_told_with_their_lines(desk):
    faults = 'when = { subjct = "x" }\nthen = [ { prio = 1 }, { assign = "martian" } ]\n'
    (desk.folder / "rules" / "99.toml").write_text(f'[[rule]]\nname = "x"\non = ["opened"]\n{faults}')
    found = json.loads(desk("rules", "lint", "--json", code=1))
    assert sorted(problem["line"] for problem in found) == [4, 5, 5]
    assert "99.toml:4" in desk("rules", "lint", code=1)
    desk("rules", "test", code=2)
    assert "99.toml:4" in desk("check", code=1)


def test_a_wrong_example_is_a_found_problem(desk):
    file = desk.folder / "rules" / "10-intake.toml"
    example = '\n  [[rule.example]]\n  mail = "../in/one.eml"\n  expect = { priority = "urgent" }\n'
    file.write_text(file.read_text("utf-8") + example, "utf-8")
    desk.mail("one")
    assert "10-intake.toml" in desk("rules", "test", code=1)


def test_replay_changes_nothing(used, tmp_path):
    before = used.json("ticket", "list"), used.json("outbox", "list")
    new = tmp_path / "05-new.toml"
    rule = '[[rule]]\nname = "n"\non = ["opened"]\nwhen = { subject = "*invoice*" }\nthen = [ { priority = "low" } ]\n'
    new.write_text(rule)
    found = json.loads(used("rules", "replay", str(new), "--json").splitlines()[0])
    assert [(one["what"], one["old"], one["new"]) for one in found["differences"]] == [("priority", "normal", "low")]
    assert (used.json("ticket", "list"), used.json("outbox", "list")) == before


# ---- reports, service levels ----------------------------------------------------------------------------------------


def test_a_report_in_every_form(used, tmp_path):
    figures = used.json("report", "--last", "7d")
    assert figures["total"]["opened"] == 2
    assert datetime.fromisoformat(figures["begin"]).utcoffset() is not None
    html, sheet = tmp_path / "r.html", tmp_path / "r.xlsx"
    said = used("report", "--language", "fa", "--html", str(html), "--xlsx", str(sheet))
    assert str(html) in said
    assert not re.search(r"(?:src|href)=[\"']?https?:", html.read_text("utf-8"))
    assert sheet.read_bytes().startswith(b"PK")
    assert "شاخص" in used("report", "--language", "fa")


def test_service_levels_are_explained_and_simulated(used):
    clocks = used.json("sla", "explain", "1001")["clocks"]
    assert {clock["target"] for clock in clocks} >= {"first_response", "resolution"}
    steps = used.json("sla", "simulate", "--received", "2026-11-21T10:00")["steps"]
    times = [datetime.fromisoformat(step["at"]) for step in steps]
    assert times == sorted(times)
    assert all(time.utcoffset() is not None for time in times)


# ---- the program itself ---------------------------------------------------------------------------------------------


def test_the_daemon_says_what_is_missing_and_ends_with_2(desk):
    done = subprocess.run(
        [sys.executable, "-m", "maildesk", "--config", desk.config, "run", "--once"],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode in {1, 2}
    assert "password" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "! imap of support, no mail comes in since " in desk("status", code=1)


def test_a_mail_server_that_is_away_is_told_of(desk):
    text = desk.config.read_text()
    begin, end = text.index("[mailbox.imap]"), text.index("[[agent]]")
    smtp = '[mailbox.smtp]\nhost = "127.0.0.1"\nport = 9\nuser = "-"\ntls = "off"\n\n'
    desk.config.write_text(text[:begin] + smtp + text[end:])
    desk.ingest(desk.mail("one"))
    command = [sys.executable, "-m", "maildesk", "--config", desk.config, "run", "--once"]
    for _ in range(2):  # the second finds nothing due, and it is no better
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        assert done.returncode == 1, done.stderr
        assert "mail waits; smtp support: " in done.stderr
    assert "! smtp of support, no mail leaves since " in desk("status", code=1)
    account = json.loads(desk("status", "--json", code=1))["accounts"][0]
    assert (account["kind"], account["state"], account["last_success"]) == ("smtp", "trouble", None)
    assert 'maildesk_trouble{what="smtp support"} 1.0' in desk("metrics")


def test_a_closed_pipe_is_no_fault(used):
    command = [sys.executable, "-m", "mailused", "--config", str(used.config), "ticket", "list", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        said = process.stderr.read()
    assert b"Traceback" not in said
    assert process.returncode in {0, 1, -signal.SIGPIPE}

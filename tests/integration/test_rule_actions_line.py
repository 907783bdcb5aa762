"""Actions that reach beyond the ticket, as they come out at the other end: a webhook, a macro, an article, a hint."""

from __future__ import annotations

import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner
from line import CONFIG, Line, answer_to, prepare, write

from maildesk.assemble import assemble
from maildesk.cli import main
from maildesk.model.change import Change, Erase
from maildesk.model.desk import Webhook
from maildesk.schedule import webhooks
from maildesk.settings import load
from maildesk.store.schema import metadata

JOHN, LEILA, OMID, REZA = "john@example.org", "leila@example.net", "omid@example.com", "reza@example.com"


class Receiver(HTTPServer):
    """A program that is called; answers with ``status``."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.calls, self.status, self.said = [], 200, b"said"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    """Keeps what it was told."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(self.server.said or body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def receiver():
    server = Receiver()
    yield server
    server.shutdown()
    server.server_close()


def hooked(folder, receiver):
    hook = f'\n[[webhook]]\nname = "crm"\nurl = "http://127.0.0.1:{receiver.server_port}/in?a=1"\nsecret = "shared"\n'
    rules = '[[rule]]\nname = "tell the crm"\non = ["opened"]\nthen = [ { assign = "omid" }, { webhook = "crm" } ]\n'
    return Line(folder, CONFIG.read_text("utf-8") + hook, rules=rules)


def test_a_webhook_is_called_once_with_signed_json(tmp_path, receiver):
    line = hooked(tmp_path, receiver)
    line.put(write(LEILA, "مشکل ورود", "سلام، نمی‌توانم وارد حساب کاربری خود شوم."))
    assert receiver.calls == [], "not in the deciding transaction"
    line.wait(60)
    line.wait(60)
    ((path, headers, body),) = receiver.calls
    assert path == "/in?a=1"
    assert headers["X-Maildesk-Signature"] == "sha256=" + hmac.new(b"shared", body, "sha256").hexdigest()
    told = json.loads(body)
    assert (told["event"], told["rule"], told["webhook"]) == ("opened", "rule: tell the crm", "crm")
    assert told["ticket"]["subject"] == "مشکل ورود"
    assert (told["ticket"]["number"], told["ticket"]["assignee"]) == (1001, "omid")
    line.close()


@pytest.mark.parametrize("status", [500, 302, 404])
def test_what_is_not_taken_is_tried_again_and_in_the_end_told(tmp_path, receiver, status):
    line = hooked(tmp_path, receiver)
    receiver.status = status
    line.put(write(JOHN, "Cannot log in", "Please help."))
    for minutes in (0, *webhooks.RETRY_MINUTES):
        line.wait(minutes * 60)
    assert len(receiver.calls) == 8
    assert len({headers["X-Maildesk-Delivery"] for _, headers, _ in receiver.calls}) == 1
    assert f"{status} said" in line.last(REZA, "alert").text
    line.wait(86400)
    assert len(receiver.calls) == 8
    line.close()


def test_a_webhook_that_recovers_is_called(tmp_path, receiver):
    line = hooked(tmp_path, receiver)
    receiver.status = 503
    line.put(write(JOHN, "Cannot log in", "Please help."))
    line.wait(1)
    receiver.status = 204
    line.wait(60)
    line.wait(600)
    assert len(receiver.calls) == 2
    assert line.to(REZA, "alert") == []
    line.close()


PASSAGES = """
[[rule]]
name = "hours"
on   = ["opened"]
when = { subject = ["hours", "ساعت"] }
then = [ { macro = "hours" }, { stop = true } ]

[[rule]]
name = "cookies"
on   = ["opened"]
when = { subject = "log in" }
then = [ { article = "login" }, { stop = true } ]

[[rule]]
name = "gaps"
on   = ["opened"]
when = { subject = "refund" }
then = [ { macro = "refund" }, { stop = true } ]
"""


@pytest.fixture
def answering(tmp_path):
    config = prepare(tmp_path, CONFIG.read_text("utf-8"))
    texts = {
        "macros/hours.md": "# Our hours\nWe are open all day, {{desk}}, {{ ticket }}.",
        "macros/hours.fa.md": "# ساعت کار\nهمهٔ روز در خدمتیم.",
        "macros/refund.md": "# Refund\n{{amount}} come back.",
        "articles/login.md": "# How to log in\nDelete the cookies.",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    line = Line(tmp_path, rules="")
    (tmp_path / "rules" / "05-test.toml").write_text(PASSAGES, "utf-8")
    desk, problems = assemble(load(config.with_name(line.config.name)))
    assert not problems, problems
    line.desk = desk
    yield line
    line.close()


def test_a_rule_sends_macros_and_articles_in_the_customers_language(answering):
    answering.put(write(JOHN, "Your hours?", "When are you open on Sunday?"))
    assert "We are open all day, Example Shop, #1001." in answering.last(JOHN).text
    assert "Our hours [#1001]" in answering.last(JOHN).header("Subject")
    answering.put(write(LEILA, "ساعت کار", "سلام، چه ساعتی باز هستید؟ می‌خواهم حضوری بیایم."))
    assert "همهٔ روز در خدمتیم." in answering.last(LEILA).text
    answering.put(write("anna@example.net", "I cannot log in", "Please help me with this."))
    assert "Delete the cookies." in answering.last("anna@example.net").text


def test_a_gap_that_only_an_agent_can_fill_sends_nothing(answering):
    answering.put(write(JOHN, "refund", "Where is my money?"))
    assert answering.to(JOHN) == []
    told = [text for row in answering.store.look.traces(ticket_number=1001) for _, text in row["lines"]]
    assert any("can only be filled by an agent" in one for one in told)


def test_the_same_subject_again_is_pointed_out(tmp_path):
    rules = '[[rule]]\nname = "twins"\non = ["opened"]\nthen = [ { assign = "omid" }, { suggest_merge = true } ]\n'
    line = Line(tmp_path, rules=rules)
    line.put(write(JOHN, "Cannot log in", "Please help."))
    assert line.to(OMID, "note") == []
    line.put(write(JOHN, "Fwd: cannot log in", "Did you get my mail?"))
    (hint,) = line.to(OMID, "note")
    assert "[merge 1001]" in hint.text
    line.put(answer_to(hint, "", tag="[merge 1001]"))
    line.put(answer_to(line.last(OMID, "confirm"), "YES"))
    assert line.ticket(1002).merged_into == 1001
    line.put(write(JOHN, "Something else", "A new question."))
    assert len(line.to(OMID, "note")) == 1
    line.close()


def test_a_restore_calls_nobody_a_second_time(tmp_path, receiver):
    line = hooked(tmp_path, receiver)
    line.put(write(LEILA, "Cannot log in", "Please help."))

    def run(*words):
        with time_machine.travel(line.now, tick=False):
            done = CliRunner().invoke(main, ["--config", str(line.config), *map(str, words)])
        assert done.exit_code == 0, done.output

    run("backup", tmp_path / "copy.db")
    line.wait(60)
    assert len(receiver.calls) == 1
    line.store.close()
    run("restore", tmp_path / "copy.db", "--yes")
    line.store.__init__(line.store.url)
    line.wait(60)
    assert len(receiver.calls) == 1
    line.close()


def test_an_erased_person_is_in_no_answer_of_another_program(tmp_path, receiver):
    line = hooked(tmp_path, receiver)
    receiver.status, receiver.said = 500, b""
    line.put(write("leila.canary@example.net", "Cannot log in", "Please help."))
    line.put(answer_to(line.last(OMID, "notification"), "", tag="[unassign]"))
    line.put(write(JOHN, "Hello", "Leila knows me."))
    line.put(answer_to(line.last(OMID, "notification"), "", tag="[cc leila.canary@example.net]"))
    line.wait(1)
    assert "leila.canary" in everything(line)
    with line.store.deciding(line.now) as tx:
        tx.save(Change(now=line.now, origin="cli:erase").effect(Erase("leila.canary@example.net")))
    line.wait(120)
    line.wait(120)
    assert "leila.canary" not in everything(line)
    line.close()


def everything(line):
    """Every row of every table."""
    with line.store.engine.connect() as connection:
        return str([connection.execute(sa.select(table)).all() for table in metadata.sorted_tables])


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/ä", "http://[::1", "http://a..b/", "http://127.0.0.1:99999/"])
def test_an_address_that_is_none_stops_no_other_call(url):
    assert webhooks.post(Webhook("crm", url, lambda: "shared"), "{}", "once")


def test_an_answer_that_is_no_text_is_kept_as_one(tmp_path, receiver):
    line = hooked(tmp_path, receiver)
    receiver.status, receiver.said = 500, b"\0\x1b[31m bad"
    line.put(write(LEILA, "Cannot log in", "Please help."))
    line.wait(1)
    assert "'500 [31m bad'" in everything(line)
    line.close()

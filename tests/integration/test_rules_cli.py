"""`maildesk rules`: edits that are kept, refused, taken back; and files that are whole whatever happens."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from line import CONFIG, RULES, prepare

from maildesk.cli import main
from maildesk.cli.rulefiles import RuleFolder
from maildesk.rules import edit

NEW = (
    "add",
    "invoices go to billing",
    "--on",
    "opened",
    "--when",
    '{ subject = "invoice" }',
    "--then",
    '{ group = "billing" }',
)


class Desk:
    """A desk in a folder, and its command line."""

    def __init__(self, folder: Path) -> None:
        self.config = prepare(folder, CONFIG.read_text("utf-8"), "", bytes(range(32)))
        self.rules = folder / "rules"
        for file in self.rules.glob("*.toml"):
            file.unlink()
        for file in RULES.glob("*.toml"):
            (self.rules / file.name).write_text(file.read_text("utf-8"), "utf-8")

    def __call__(self, *words: str, code: int = 0, stdin: str = "") -> str:
        done = CliRunner().invoke(main, ["--config", str(self.config), "rules", *words], input=stdin)
        assert done.exit_code == code, done.output
        return done.output

    def sources(self) -> dict[str, str]:
        return {file.name: file.read_text("utf-8") for file in sorted(self.rules.glob("*.toml"))}

    def names(self) -> list[str]:
        return [row["name"] for row in json.loads(self("list", "--json"))]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_a_rule_is_added_edited_moved_and_taken_out_again(desk):
    before = desk.sources()
    desk(*NEW, "--before", "give new tickets to somebody")
    assert desk.names()[1] == "invoices go to billing"
    desk("edit", "2", "--then", '{ group = "service" }', "--stop")
    assert 'then = [ { group = "service" } ]' in desk("show", "2")
    desk("disable", "2")
    assert not json.loads(desk("list", "--json"))[1]["enabled"]
    desk("enable", "2")
    desk("move", "2", "--file", "90-late.toml")
    assert desk.names()[-1] == "invoices go to billing"
    desk("remove", "invoices go to billing")
    assert {name: text for name, text in desk.sources().items() if text.strip()} == before


def test_what_is_left_out_is_asked_for(desk):
    desk("add", stdin='ask me\nopened replied\n{ subject = "x" }\n{ tag = "+x" }\n')
    assert desk.names()[-1] == "ask me"
    assert (desk.rules / "50-own.toml").exists()


def test_a_broken_edit_changes_nothing_and_says_what_is_wrong(desk):
    desk(*NEW)
    before = desk.sources()
    assert "did you mean 'billing'" in desk("edit", "invoices go to billing", "--then", '{ group = "biling" }', code=2)
    assert "not TOML" in desk("edit", "invoices go to billing", "--when", "{ subject = ", code=1)
    desk(*NEW, code=1)
    desk("remove", "no such rule", code=2)
    assert desk.sources() == before


def test_every_accepted_set_can_be_brought_back(desk):
    desk(*NEW)
    (desk.rules / "50-own.toml").write_text((desk.rules / "50-own.toml").read_text() + "# by hand\n")
    desk("disable", "invoices go to billing")
    told = json.loads(desk("history", "--json"))
    assert [row["what"] for row in told] == [
        "disable invoices go to billing",
        "changed by hand",
        "add invoices go to billing",
        "as it was found",
    ]
    assert "+enabled = false" in desk("diff")
    desk("rollback", "1")
    assert "invoices go to billing" not in desk.names()
    desk("rollback", "3")
    assert desk.sources()["50-own.toml"].endswith("# by hand\n")
    desk("rollback", "99", code=2)


def test_examples_are_run(desk):
    assert "0 problems" in desk("test")
    desk(*NEW)
    file = desk.rules / "50-own.toml"
    file.write_text(
        file.read_text() + '\n  [[rule.example]]\n  subject = "invoice"\n  expect = { group = "service" }\n'
    )
    assert "group is 'billing', expected 'service'" in desk("test", "invoices go to billing", code=1)
    told = json.loads(desk("test", "--json", code=1))
    assert (len(told["problems"]), told["examples"] > 10) == (1, True)


def test_an_edit_that_breaks_an_example_says_so(desk):
    assert "does not come true" in desk("edit", "acknowledge new requests", "--then", '{ tag = "+x" }')


EDITOR = """
import sys, itertools, datetime
from pathlib import Path
from maildesk.cli.rulefiles import RuleFolder
from maildesk.rules import edit
folder = RuleFolder(Path(sys.argv[1]), Path(sys.argv[2]))
print("ready", flush=True)
for turn in itertools.count():
    value = "true" if turn % 2 else "false"
    name = "20-notify.toml"
    folder.change(lambda files: {**files, name: edit.set_keys(files[name], "tell the desk what customers write", {"enabled": value})},
                  lambda files: None, "x", "test", datetime.datetime.now(datetime.timezone.utc))
"""


def test_kill_during_an_edit_leaves_the_old_or_the_new_file(desk, tmp_path):
    start = desk.sources()["20-notify.toml"]
    name = "tell the desk what customers write"
    good = {start, *(edit.set_keys(start, name, {"enabled": value}) for value in ("true", "false"))}
    draw, seen = random.Random(7), set()
    for _ in range(12):
        command = [sys.executable, "-c", EDITOR, str(desk.rules), str(tmp_path / "state")]
        editor = subprocess.Popen(command, stdout=subprocess.PIPE)
        editor.stdout.readline()
        time.sleep(draw.uniform(0.005, 0.08))
        editor.send_signal(signal.SIGKILL)
        editor.wait()
        editor.stdout.close()
        found = desk.sources()
        assert found["20-notify.toml"] in good
        assert found.keys() == {path.name for path in RULES.glob("*.toml")}
        seen.add(found["20-notify.toml"])
        for kept in (tmp_path / "state" / "rules-history").glob("*.json"):
            assert json.loads(kept.read_text("utf-8"))["files"]["20-notify.toml"] in good
    assert len(seen) > 1
    folder = RuleFolder(desk.rules, tmp_path / "state")
    folder.change(lambda files: {**files, "20-notify.toml": start}, lambda files: None, "back", "", datetime.now(UTC))
    assert desk.sources()["20-notify.toml"] == start

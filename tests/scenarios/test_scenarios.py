"""Plays every folder here against a real desk; docs/testing.md says how a folder is written."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
import tomlkit
from click.testing import CliRunner
from line import DESK, Left, Line

from maildesk import forms
from maildesk.cli import main
from maildesk.commands.agent import COMMANDS
from maildesk.commands.customer import Asked, read
from maildesk.commands.grammar import read_orders, read_words
from maildesk.insight.story import story

HERE = Path(__file__).parent
SECOND_THOUGHTS = ("reply: undo", "پاسخ دهید: برگردان", "#requester", "#درخواست‌کننده", "Taken back", "برگردانده شد")
FINAL = (
    *("Nothing to change", "چیزی عوض نشد", "line ", "سطر "),
    *("waits until", "منتظر تأیید", "let your mail go", "kept your mail", "نامهٔ شما را"),
)
"""What stands in lines of transcripts that tell of nothing to take back."""
FOLDERS = sorted(folder for folder in HERE.glob("[0-9]*") if folder.is_dir())
AGENTS = ("sara", "omid", "mina", "reza")
PEOPLE = {
    "leila": "لیلا رضایی <leila@example.net>",
    "john": "John Miller <john@example.org>",
    "eve": "Eve <eve@example.org>",
    "robot": "MAILER-DAEMON@mx.example.org",
    **{name: f"{name}@example.com" for name in ("sara", "omid", "mina", "reza", "finance")},
}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_scenario(folder: Path, tmp_path: Path) -> None:
    play = Play(folder, tmp_path)
    try:
        play.folder(folder)
        play.nothing_is_left_over()
    finally:
        play.line.close()


def test_every_command_is_told_in_both_languages() -> None:
    """A row of the table without a story in English and in Persian fails here."""
    told = {pair for file in HERE.glob("*/*-from-*.eml") if person(file) in AGENTS for pair in commands_of(file)}
    wanted = {(row.name, language) for row in COMMANDS for language in ("en", "fa")}
    assert wanted - told == set()


def test_every_word_of_customers_is_told_in_both_languages() -> None:
    """So is every word that customers can write."""
    told = set()
    for file in HERE.glob("*/*-from-*.eml"):
        wish = read(file.read_text("utf-8").partition("\n\n")[2]) if person(file) not in AGENTS else None
        if wish:
            told.add((wish.asked, "en" if file.read_text("utf-8").partition("\n\n")[2].strip()[0].isascii() else "fa"))
    assert {(word, language) for word in Asked for language in ("en", "fa")} - told == set()


class Play:
    """One scenario on the stage: the desk, and the mails that left it by the number of the file that expects them."""

    def __init__(self, folder: Path, stage: Path) -> None:
        rules = "".join(
            path.read_text("utf-8") for path in (folder / "rules.toml", HERE / "rules.toml") if path.exists()
        )
        for name in ("articles", "macros"):
            if (folder / name).exists():
                shutil.copytree(folder / name, stage / name)
        self.line = Line(stage, laid_over(folder / "config.toml"), rules=rules)
        self.seen: dict[str, Left] = {}

    def folder(self, folder: Path) -> None:
        """Do what the files of a folder say, in their order."""
        for file in sorted(folder.glob("[0-9]*.*")):
            number, said = file.name.partition("-")[0].partition(".")[0], file.read_text("utf-8")
            if file.suffix == ".after":
                self.folder(next(HERE.glob(f"{said.strip()}-*")))
            elif file.suffix == ".expect":
                self.expect(number, person(file), said)
            else:
                self.all_was_expected()
                (self.mail if file.suffix == ".eml" else self.command)(file, said)
        if (folder / "state.expect").exists():
            self.state(tomllib.loads((folder / "state.expect").read_text("utf-8")))

    def mail(self, file: Path, said: str) -> None:
        """A mail comes in: placeholders filled, and the headers that a file leaves out."""
        head, _, body = f"{self.filled(said)}\n\n".partition("\n\n")
        usual = {
            "From": PEOPLE.get(person(file), person(file)),
            "To": DESK,
            "Date": f"{self.line.now:%a, %d %b %Y %H:%M:%S +0000}",
            "Message-ID": f"<{file.stem}@mail.example.net>",
            "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=utf-8",
        }
        given = {line.partition(":")[0].lower() for line in head.splitlines()}
        head += "".join(f"\n{name}: {value}" for name, value in usual.items() if name.lower() not in given)
        self.line.put(f"{head.strip()}\n\n{body}".replace("\n", "\r\n").encode())

    def command(self, _file: Path, said: str) -> None:
        """Lines: ``wait 3d``, or what stands behind ``maildesk`` on a command line."""
        for line in said.splitlines():
            if line.startswith("wait "):
                self.line.wait(forms.minutes(line.split()[1]) * 60)
                continue
            with time_machine.travel(self.line.now, tick=False):
                done = CliRunner().invoke(main, ["--config", str(self.line.config), *line.split()])
            assert done.exit_code == 0, f"{line}: {done.output}"
            self.line.deliver()

    def expect(self, number: str, to: str, said: str) -> None:
        """The next mail to somebody: headers, text with ``*``, and lines ``! what must stand nowhere``."""
        __tracebackhide__ = True
        address = PEOPLE.get(to, to).rpartition("<")[2].strip(">")
        got = next((one for one in self.line.left if one.to == address and one not in self.seen.values()), None)
        assert got, f"{number}: nothing came for {address}; there is {self.unseen()}"
        self.seen[number] = got
        lines = said.splitlines()
        for line in (line.removeprefix("! ") for line in lines if line.startswith("! ")):
            assert self.filled(line) not in got.everything, f"{number} holds {line!r}:\n{got.everything}"
        said = "\n".join(line for line in lines if not line.startswith("! "))
        head, _, body = self.filled(said).partition("\n\n")
        if not re.match(r"[A-Za-z-]+: ", head):
            head, body = "", self.filled(said)
        for name, _, value in (line.partition(": ") for line in head.splitlines()):
            plain_header = " ".join(got.header(name).replace("\u200e", " ").split())
            assert fits(value, plain_header), f"{number}: {name}: {plain_header!r}, not {value!r}"
        assert fits(body or "*", got.text), f"{number} says\n{got.text}\nnot\n{body}"

    def state(self, said: dict) -> None:
        """Fields of tickets, kinds of their entries, and counts of mails and outbox by state."""
        for number, wanted in said.get("ticket", {}).items():
            ticket, entries = self.line.ticket(int(number)), self.line.store.look.entries(int(number))
            values = {name: plain(getattr(ticket, name, None)) for name in wanted}
            values |= {"entries": [entry.kind.value for entry in entries]} if "entries" in wanted else {}
            assert values == wanted, f"#{number}"
        counts = self.line.store.look.counts()
        assert len(self.line.tickets()) == said.get("tickets", len(said.get("ticket", {})))
        assert {"done": counts["mails"].get("done", 0)} | said.get("mails", {}) == {"done": 0} | counts["mails"]
        unsent = {state: count for state, count in counts["outbox"].items() if state != "sent"}
        assert unsent == said.get("outbox", {}), self.line.store.look.outbox(states=list(unsent))
        stopped = Counter(
            f"{row['recipient']}: {row['reason']}" for row in self.line.store.look.outbox(states=["suppressed"])
        )
        assert set(stopped) == set(said.get("stopped", stopped))

    def filled(self, said: str) -> str:
        """Placeholders such as {reply_to:03}: what stood in the mail that file 03 expected."""
        return re.sub(r"\{(\w+):(\d+)\}", lambda match: part_of(self.seen[match[2]], match[1]), said)

    def unexplained(self) -> Iterator[str]:
        """Mails, in and out, of which `maildesk why` does not tell the reason."""
        look = self.line.store.look
        for row in look.mails(limit=1000):
            told = [text for part in story(look, row["message_id"]) for step, text in part["lines"] if step != "ticket"]
            if row["message_id"] and not any(text.strip(": ") and not text.endswith(": ") for text in told):
                yield f"{row['subject']} of {row['sender']}"
        for row in look.outbox(limit=1000):
            owner = look.ticket(row["ticket"])
            if owner and owner.requester.startswith("erased-"):
                continue
            told = [text for part in story(look, row["message_id"]) for _, text in part["lines"]]
            if not any(text.startswith(f"{row['template']} to {row['recipient']}") for text in told):
                yield f"{row['template']} to {row['recipient']}"

    def unseen(self) -> list[str]:
        """Mails that left and no file expects."""
        return [f"{one.notice or 'answer'} to {one.to}" for one in self.line.left if one not in self.seen.values()]

    def all_was_expected(self) -> None:
        """Before anything new happens, every mail that left was expected."""
        assert self.unseen() == []

    def nothing_is_left_over(self) -> None:
        """At the end: no other mail, nothing half done, every history adds up, and `why` answers for everything."""
        self.all_was_expected()
        assert list(self.line.broken()) == []
        assert list(self.unexplained()) == []
        assert [one.text for one in self.line.left if one.notice == "transcript" and not can_be_taken_back(one)] == []
        self.line.wait(0)
        self.all_was_expected()


def commands_of(file: Path) -> Iterator[tuple[str, str]]:
    """Commands that an agent's mail holds, each with the language in which it is written."""
    head, _, body = file.read_text("utf-8").partition("\n\n")
    subject = next((line for line in head.splitlines() if line.startswith("Subject: ")), "")
    for order in (*read_orders(subject, "", body).orders, *read_words(body).orders):
        yield order.command, "en" if order.written.lstrip("[#")[0].isascii() else "fa"


def can_be_taken_back(transcript: Left) -> bool:
    """Whether it says how to undo what it tells of, or tells of nothing that could be undone."""
    if any(words in transcript.text for words in SECOND_THOUGHTS):
        return True
    lines = [line for line in transcript.text.splitlines() if line.startswith("- ")]
    asked = transcript.text.startswith(("What was decided", "چه تصمیمی"))
    return asked or all(any(word in line for word in FINAL) for line in lines)


def person(file: Path) -> str:
    """Whom 01-from-leila.eml and 02-to-leila.expect are about."""
    return file.stem.split("-", 2)[2]


def part_of(left: Left, name: str) -> str:
    """What a placeholder names in a mail that left."""
    match name:
        case "quote":
            return "\n".join(f"> {line}".rstrip() for line in left.text.splitlines())
        case "text":
            return left.text
        case "envelope":
            return left.sender
        case "note_to":
            return re.search(r"[\w.+-]+\+n[a-z2-7]+@[\w.]+", left.text)[0]
        case "answer_to":
            return re.search(r"<mailto:([^?>]+)\?subject=%23", left.text)[1]
        case "thread":
            return f"{left.header('References')} {left.header('Message-ID')}".strip()
    return left.header(name.replace("_", "-")) or left.header("From")


def fits(pattern: str, text: str) -> bool:
    """Whether a text is as the pattern says, in which ``*`` stands for anything."""
    wanted = ".*".join(map(re.escape, pattern.strip().split("*")))
    return re.fullmatch(wanted, text.strip(), re.DOTALL) is not None


def plain(value: object) -> object:
    """A field of a ticket as TOML can say it."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [list(one) if isinstance(one, tuple) else one for one in value]
    return value is not None if hasattr(value, "tzinfo") or value is None else value


def laid_over(file: Path) -> str:
    """The shared config, with a scenario's own laid over it."""
    config = tomlkit.parse((HERE / "config.toml").read_text("utf-8")).unwrap()
    own = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
    for name, value in own.items():
        if isinstance(value, dict):
            config.setdefault(name, {}).update(value)
            continue
        rows = config.setdefault(name, [])
        for row in value:
            known = next((one for one in rows if one["name"] == row["name"]), None)
            rows.append(row) if known is None else known.update(row)
    return tomlkit.dumps(config)

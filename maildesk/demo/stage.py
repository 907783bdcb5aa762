"""The stage: the world, the real daemon as a child process, and helpers to act and to wait for what happens."""

from __future__ import annotations

import email
import email.policy
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from importlib import resources
from pathlib import Path

from maildesk.demo.people import DESK, EVERYBODY, Player, bounce, text_of
from maildesk.demo.world import Delivered, World

WAIT_SECONDS = 40.0
NOTICE = "X-Maildesk-Notice"


class StoryBroken(Exception):
    """Something that should have happened did not, in time."""


@dataclass(frozen=True, slots=True)
class Injected:
    """A mail that somebody wrote to the desk: who, what kind of writing, and the words to find it again by."""

    sender: Player
    kind: str
    canary: str


@dataclass(slots=True)
class Stage:
    """Where the story plays."""

    folder: Path
    tell: Callable[[str], None]
    command: Callable[..., str]
    """Runs a command of ours beside the daemon, and returns what it printed."""
    injected: list[Injected] = field(default_factory=list)
    world: World = field(init=False)
    _daemon: subprocess.Popen[bytes] | None = None
    _news: threading.Condition = field(default_factory=threading.Condition)
    _seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Find ports and write the desk's files."""
        imap, smtp = free_port(), free_port()
        self.world = World((DESK, *(player.email for player in EVERYBODY)), imap, smtp)
        self.world.on_mail = self._on_mail
        prepare(self.folder, imap, smtp)

    # -- lights

    def raise_curtain(self) -> None:
        """Start the servers and the daemon; returns when the daemon watches its mailbox."""
        self.world.start()
        log = (self.folder / "daemon.log").open("ab")
        command = [sys.executable, "-m", "maildesk", "--config", str(self.folder / "config.toml"), "run"]
        self._daemon = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"})  # noqa: S603 - our own program
        self.wait_until(lambda: "first_seen" in self.log(), "the daemon to start")

    def end(self) -> int:
        """Stop the daemon, then the servers; returns the daemon's exit code."""
        code = 0
        if self._daemon:
            self._daemon.send_signal(signal.SIGTERM)
            code = self._daemon.wait(30)
        self.world.stop()
        return code

    def log(self) -> str:
        """What the daemon has logged so far."""
        return (self.folder / "daemon.log").read_text("utf-8")

    def wait_until(self, happened: Callable[[], bool], what: str, seconds: float = WAIT_SECONDS) -> None:
        """Wait for something. Raises StoryBroken when it does not happen in time, or the daemon has ended."""
        end = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > end or (self._daemon and self._daemon.poll() is not None):
                raise StoryBroken(f"waited in vain for {what}; see {self.folder / 'daemon.log'}")
            time.sleep(0.02)

    # -- acting

    def write(self, sender: Player, mail: EmailMessage, kind: str, canary: str) -> None:
        """Somebody's mail arrives at the desk. ``canary`` are words that its text holds and no other mail does."""
        self.injected.append(Injected(sender, kind, canary))
        self.world.deliver(DESK, mail.as_bytes())

    def wait_for(self, player: Player, what: str, *, holding: str = "", notice: str | None = None) -> Message:
        """The next mail to somebody that holds these words (and is this notice); raises StoryBroken after a while."""
        end = time.monotonic() + WAIT_SECONDS
        with self._news:
            while True:
                for number, delivered in enumerate(self.world.sent):
                    if number not in self._seen and delivered.recipient == player.email:
                        mail = parsed(delivered)
                        if holding in text_of(mail) and notice in {None, mail.get(NOTICE, "")}:
                            self._seen.add(number)
                            return mail
                left = end - time.monotonic()
                if left <= 0:
                    raise StoryBroken(f"{player.name} waited in vain for {what}; see {self.folder / 'daemon.log'}")
                self._news.wait(left)

    def settled(self) -> bool:
        """Whether every mail in the desk's mailbox is marked as handled."""
        return self.world.unsettled(DESK) == 0

    def _on_mail(self, delivered: Delivered) -> None:
        if delivered.recipient.endswith("@gone.test") and delivered.sender:
            threading.Thread(target=self._send_back, args=[delivered], daemon=True).start()
        with self._news:
            self._news.notify_all()

    def _send_back(self, delivered: Delivered) -> None:
        report = bounce(delivered.recipient, delivered.sender, delivered.content)
        self.injected.append(Injected(Player("Mail Delivery System", ""), "bounce", "User unknown"))
        self.world.deliver(DESK, report)


def parsed(delivered: Delivered) -> EmailMessage:
    """A delivered mail as an object."""
    return email.message_from_bytes(delivered.content, policy=email.policy.default)


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare(folder: Path, imap: int, smtp: int) -> None:
    """Write the demo desk's config, key and rules into a folder."""
    files = resources.files("maildesk.demo")
    config = files.joinpath("config.toml").read_text("utf-8")
    config = config.replace("@IMAP@", str(imap)).replace("@SMTP@", str(smtp))
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    for name in ("templates", "articles", "macros", "state"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "config.toml").write_text(config, "utf-8")
    (folder / "config.toml").chmod(0o600)
    key = folder / "state" / "desk.key"
    key.touch(0o600)
    key.write_bytes(secrets.token_bytes(32))
    for rule in resources.files("maildesk.rules").joinpath("default").iterdir():
        with resources.as_file(rule) as path:
            shutil.copy(path, folder / "rules" / path.name)
    (folder / "rules" / "05-demo.toml").write_text(files.joinpath("rules.toml").read_text("utf-8"), "utf-8")

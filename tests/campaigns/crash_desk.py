"""The desk of the crash campaign: its folder, its mailbox in Dovecot, and the mails that wait in it."""

from __future__ import annotations

import email.policy
import itertools
import os
import pwd
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage, Message
from importlib import resources
from pathlib import Path

from servers.dovecot import PASSWORD, Dovecot

DESK = "support@example.com"
LEILA, JOHN, OMID = "leila@example.net", "john@example.org", "omid@example.com"

_CONFIG = """
[desk]
name         = "Example Shop"
domain       = "example.com"
hold_seconds = 0
tick_seconds = 1
admin        = "reza@example.com"
database     = "{database}"

[updates]
delay = "off"

[gate]
domain_hour  = 100000
total_hour   = 100000
{mailboxes}
[[group]]
name = "service"

[[agent]]
name   = "omid"
email  = "omid@example.com"
groups = ["service"]
"""
_MAILBOX = """
[[mailbox]]
name    = "{name}"
address = "{name}@example.com"
group   = "service"
after   = "move"

  [mailbox.imap]
  host     = "127.0.0.1"
  port     = {imap}
  user     = "{user}"
  password = "{password}"
  tls      = "off"

  [mailbox.smtp]
  host = "127.0.0.1"
  port = {smtp}
  user = "-"
  tls  = "off"
"""


@dataclass(frozen=True)
class DeskFolder:
    """A folder with a config that `maildesk run` works on."""

    path: Path
    users: dict[str, str]
    """Mailbox -> user of the IMAP server."""
    database: str

    @property
    def config(self) -> Path:
        return self.path / "config.toml"

    def write(self, imap: int, smtp: int) -> DeskFolder:
        """Write config, key and the default rules."""
        values = {"imap": imap, "smtp": smtp, "password": PASSWORD}
        mailboxes = "".join(_MAILBOX.format(name=name, user=user, **values) for name, user in self.users.items())
        for name in ("rules", "templates", "articles", "macros", "state"):
            (self.path / name).mkdir(parents=True, exist_ok=True)
        self.config.write_text(_CONFIG.format(mailboxes=mailboxes, database=self.database))
        self.config.chmod(0o600)
        key = self.path / "state" / "desk.key"
        key.touch(0o600)
        key.write_bytes(b"k" * 32)
        for rule in resources.files("maildesk.rules").joinpath("default").iterdir():
            (self.path / "rules" / rule.name).write_text(rule.read_text())
        return self


def copy_maildir(dovecot: Dovecot, source: str, target: str) -> None:
    """A user's mail as another user's, with the same UIDs. Nobody may be logged in as either."""
    to = dovecot.maildir(target)
    shutil.copytree(dovecot.maildir(source), to)
    _give((to, *to.rglob("*")))


def drop(dovecot: Dovecot, user: str, contents: Iterable[bytes]) -> None:
    """Put many mails into a user's mailbox at once, as a delivery program does. The mailbox must be there."""
    folder = dovecot.maildir(user)
    for content in contents:
        name = f"{time.time():.6f}.{next(_NUMBERS)}.example"
        (folder / "tmp" / name).write_bytes(content)
        _give([folder / "tmp" / name])
        (folder / "tmp" / name).rename(folder / "new" / name)


_NUMBERS = itertools.count()


def _give(paths: Iterable[Path]) -> None:
    """Let them belong to the user whom Dovecot serves mail as."""
    if os.geteuid() == 0:
        account = pwd.getpwnam("mail")
        for path in paths:
            os.chown(path, account.pw_uid, account.pw_gid)


def lying(dovecot: Dovecot, user: str) -> list[bytes]:
    """The mails that lie in a user's INBOX, read from the disk."""
    folder = dovecot.maildir(user)
    found = []
    for file in (*folder.glob("new/*"), *folder.glob("cur/*")):
        try:
            found.append(file.read_bytes())
        except FileNotFoundError:
            return lying(dovecot, user)
    return found


def customer_mail(sender: str, number: object, *, to: str = DESK, answers: Message | None = None) -> EmailMessage:
    """A question; ``number`` makes it one of a kind."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = f"Customer <{sender}>"
    mail["To"] = to
    mail["Subject"] = f"Re: {answers['Subject']}" if answers else f"Question {number}"
    mail["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
    mail["Message-ID"] = f"<question.{number}@{sender.partition('@')[2]}>"
    if answers:
        mail["In-Reply-To"] = mail["References"] = str(answers["Message-ID"])
    mail.set_content(f"Hello,\n\nthis is question {number}: how does it work?\n")
    return mail


def agent_answer(notification: Message, number: object) -> EmailMessage:
    """Omid answers what he was told of."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = f"Omid <{OMID}>"
    mail["To"] = str(notification["Reply-To"])
    mail["Subject"] = f"Re: {notification['Subject']}"
    mail["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    mail["Message-ID"] = f"<answer.{number}@example.com>"
    mail["In-Reply-To"] = mail["References"] = str(notification["Message-ID"])
    mail.set_content(f"It works like this, see chapter {number}.\n")
    return mail


def parsed(content: bytes) -> Message:
    """A mail's header and text."""
    return email.message_from_bytes(content, policy=email.policy.default)

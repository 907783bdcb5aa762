"""A desk in a folder, without servers: mails go in as bytes, what leaves is caught, time is what the test says.

Everything between is the real thing: settings, store on SQLite, worker, rules, gate, outbox, jobs. Only the parser's
child process and the SMTP connection are left out.
"""

from __future__ import annotations

import atexit
import email
import email.policy
import shutil
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from functools import cache, cached_property
from pathlib import Path
from tempfile import mkdtemp

from maildesk import assemble
from maildesk.ingest.case import Receipt
from maildesk.ingest.parse import parse_mail
from maildesk.ingest.worker import Worker
from maildesk.model.desk import Desk
from maildesk.model.mail import MailKey, RawMail, Reading
from maildesk.model.ticket import Ticket, fold
from maildesk.outbox.deliver import Deliverer
from maildesk.outbox.smtp import Delivery, Outcome, Stage
from maildesk.schedule.jobs import JOBS, JobRun
from maildesk.settings import Settings, load
from maildesk.store.store import Store

DESK = "support@example.com"
RULES = Path(assemble.__file__).parent / "rules" / "default"
CONFIG = Path(__file__).parent / "scenarios" / "config.toml"
BEGIN = datetime(2026, 11, 22, 9, tzinfo=UTC)
"""A Sunday, 12:30 in Tehran: a working day there."""


@dataclass(frozen=True, eq=False)
class Left:
    """A mail that the desk handed over: its envelope and its bytes. Equal bytes are two mails all the same."""

    sender: str
    to: str
    content: bytes

    @cached_property
    def mail(self) -> EmailMessage:
        """The mail as an object."""
        return email.message_from_bytes(self.content, policy=email.policy.default)

    def header(self, name: str) -> str:
        """A header, decoded; "" where there is none. (policy.default doubles spaces between encoded words.)"""
        raw = email.message_from_bytes(self.content, policy=email.policy.compat32).get(name, "")
        return " ".join(str(make_header(decode_header(raw))).split())

    @cached_property
    def notice(self) -> str:
        """What kind of notice it is; "" for what a person wrote."""
        return self.header("X-Maildesk-Notice")

    @cached_property
    def text(self) -> str:
        """Its text part."""
        return text_of(self.mail)

    @cached_property
    def everything(self) -> str:
        """Headers and all text parts, decoded: where something must not stand anywhere."""
        headers = "\n".join(f"{name}: {self.header(name)}" for name in self.mail)
        parts = [part.get_content() for part in self.mail.walk() if part.get_content_maintype() == "text"]
        return "\n".join((headers, *parts))


@dataclass
class Post:
    """Stands where a courier stands: takes every mail, unless ``refuse`` says what the server answers."""

    mails: list[Left] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    """Recipient -> the server's last word."""
    _mail: Left | None = None

    def begin(self, sender: str, recipient: str, content: bytes) -> Delivery | None:
        """As ``Courier.begin``."""
        if recipient in self.refuse:
            return Delivery(Outcome.PERMANENT, Stage.ENVELOPE, 550, self.refuse[recipient])
        self._mail = Left(sender, recipient, content)
        return None

    def data(self) -> Delivery:
        """As ``Courier.data``."""
        self.mails.append(self._mail)
        return Delivery(Outcome.ACCEPTED, Stage.DOT, 250, "2.0.0 Ok")

    def close(self) -> None:
        """As ``Courier.close``."""


@dataclass(frozen=True, slots=True)
class Read:
    """Stands where a pool's batch stands."""

    found: list

    def results(self) -> list:
        """As ``Batch.results``."""
        return self.found


@dataclass(frozen=True, slots=True)
class Reader:
    """Stands where the pool of parsers stands, without its child process."""

    reading: Reading

    def parse_batch(self, contents: list[bytes]) -> list:
        """As ``ParserPool.parse_batch``."""
        return [parse_mail(content, self.reading) for content in contents]

    def submit(self, contents: list[bytes]) -> Read:
        """As ``ParserPool.submit``: read at once."""
        return Read(self.parse_batch(contents))

    def turn(self) -> None:
        """As ``ParserPool.turn``: nothing is on its way."""


class Line:
    """One desk. ``put`` a mail in, ``wait``, and look at what ``left``."""

    def __init__(
        self, folder: Path, config: str = "", *, rules: str = "", key: bytes = bytes(range(32)), begin: datetime = BEGIN
    ) -> None:
        config = config or CONFIG.read_text("utf-8")
        self.now = begin
        memory = in_memory()
        weakref.finalize(self, shutil.rmtree, memory)
        store = shutil.copy(_empty_store(), memory / "desk.sqlite")
        self.config = prepare(
            folder, config.replace("[desk]", f'[desk]\ndatabase = "sqlite:///{store}"', 1), rules, key
        )
        settings = load(self.config)
        self.store = Store(settings.database_url)
        passages = "".join(path.read_text("utf-8") for path in sorted(folder.glob("*/*.md")))
        self.desk = _assembled(settings, config, rules, key, passages)
        self.post = Post()
        self._worker = Worker(self.store, Reader(self.desk.reading), self.clock)
        couriers = dict.fromkeys(self.desk.mailboxes, self.post)
        self._deliverer = Deliverer(self.store, couriers, "1", self.clock)
        self._uid = 0

    def clock(self) -> datetime:
        """The desk's clock."""
        return self.now

    @property
    def left(self) -> list[Left]:
        """Everything that left so far, oldest first."""
        return self.post.mails

    def to(self, address: str, notice: str | None = None) -> list[Left]:
        """What left for an address; with ``notice`` only such ("" for what a person wrote)."""
        return [one for one in self.left if one.to == address and notice in {None, one.notice}]

    def last(self, address: str, notice: str | None = None) -> Left:
        """The latest of these; fails where there is none."""
        return self.to(address, notice)[-1]

    def take(self, *contents: bytes, mailbox: str = "support") -> list[Receipt]:
        """Mails come in together. Nothing is sent yet."""
        raws = []
        for content in contents:
            self._uid += 1
            raws.append(RawMail(MailKey(mailbox, 1, self._uid), content, self.now))
        return self._worker.work(self.desk, self.store.ledger.take(raws, "1", self.now))

    def put(self, *contents: bytes | EmailMessage, mailbox: str = "support") -> list[Receipt]:
        """Mails come in one after another, and what is due leaves."""
        receipts = []
        for content in contents:
            raw = content if isinstance(content, bytes) else content.as_bytes()
            receipts += self.take(raw, mailbox=mailbox)
            self.deliver()
        return receipts

    def deliver(self) -> None:
        """Send what is due."""
        self._deliverer.run_due(self.desk)

    def wait(self, seconds: float = 60) -> None:
        """The clock jumps; what is due by then leaves, the jobs look once, and what they wrote leaves."""
        self.now += timedelta(seconds=seconds)
        self.deliver()
        for job in JOBS:
            job.run(JobRun(self.store, self.desk, self.now))
        self.deliver()

    def ticket(self, number: int) -> Ticket:
        """A ticket; fails where there is none."""
        found = self.store.look.ticket(number)
        assert found, f"there is no ticket {number}"
        return found

    def tickets(self) -> list[Ticket]:
        """All tickets, oldest first."""
        return sorted(self.store.look.tickets(limit=10**6), key=lambda one: one.number)

    def broken(self) -> Iterator[str]:
        """What must hold after anything: histories add up, nothing is half done."""
        for ticket in self.tickets():
            if (folded := fold(self.store.look.entries(ticket.number))) != ticket:
                yield f"#{ticket.number} is {ticket}, its history says {folded}"
        counts = self.store.look.counts()
        if counts["mails"].get("taken"):
            yield f"{counts['mails']['taken']} mails were taken and not decided"
        if sum(counts["mails"].values()) != self._uid:
            yield f"{self._uid} mails came, {sum(counts['mails'].values())} are known"
        if counts["outbox"].get("attempting"):
            yield "a mail stays in attempting"

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()


def prepare(folder: Path, config: str, rules: str = "", key: bytes = bytes(range(32))) -> Path:
    """Write a desk's files into a folder; returns the config's path."""
    for name in ("rules", "templates", "articles", "macros", "state"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    path, secret = folder / "config.toml", folder / "state" / "desk.key"
    path.write_text(config, "utf-8")
    secret.write_bytes(key)
    path.chmod(0o600)
    secret.chmod(0o600)
    for rule in RULES.glob("*.toml"):
        shutil.copy(rule, folder / "rules" / rule.name)
    if rules:
        (folder / "rules" / "05-test.toml").write_text(rules, "utf-8")
    return path


def in_memory() -> Path:
    """A folder where a commit costs no disk's time; these tests pull no plug."""
    return Path(mkdtemp(prefix="maildesk-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))


_DESKS: dict[tuple[str | bytes, ...], Desk] = {}


def _assembled(settings: Settings, *told: str | bytes) -> Desk:
    """The desk of a config, rules, key and passages; a frozen value, so the same ones share it."""
    if told not in _DESKS:
        desk, problems = assemble.assemble(settings)
        assert not problems, problems
        _DESKS[told] = desk
    return _DESKS[told]


@cache
def _empty_store() -> Path:
    """A store that was brought up to date once; copying it is quicker than doing that again."""
    folder = in_memory()
    atexit.register(shutil.rmtree, folder)
    path = folder / "empty.sqlite"
    store = Store(f"sqlite:///{path}")
    store.prepare()
    store.close()
    return path


def text_of(mail: Message) -> str:
    """The first text part that is no attachment."""
    for part in mail.walk():
        if part.get_content_type() == "text/plain" and not part.get_filename():
            return part.get_payload(decode=True).decode(part.get_content_charset() or "utf-8").replace("\r\n", "\n")
    return ""


def write(sender: str, subject: str, text: str, *, to: str = DESK, html: str = "", **headers: str) -> EmailMessage:
    """A mail. ``headers``: ``in_reply_to="<…>"`` is In-Reply-To; each mail needs a ``message_id`` to be its own."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = headers.pop("date", "Sun, 22 Nov 2026 09:00:00 +0000")
    mail["Message-ID"] = headers.pop("message_id", f"<{next(_IDS)}@mail.example.net>")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def answer_to(
    got: Left, text: str, *, sender: str = "", tag: str = "", quote: bool = True, **more: str
) -> EmailMessage:
    """A plain reply to a mail that left, as a mail client makes it: to Reply-To, threaded, quoting all of it below."""
    mail = got.mail
    subject = str(mail["Subject"])
    subject = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    quoted = "\n".join(f"> {line}".rstrip() for line in got.text.splitlines())
    return write(
        sender or got.to,
        f"{subject} {tag}".strip(),
        f"{text}\n\nOn {mail['Date']}, {mail['From']} wrote:\n{quoted}\n" if quote else text,
        **{"to": str(mail["Reply-To"] or mail["From"]), **threaded(mail), **more},
    )


def threaded(mail: Message) -> dict[str, str]:
    """In-Reply-To and References of a reply (RFC 5322 section 3.6.4)."""
    references = f"{mail['References'] or ''} {mail['Message-ID']}".split()
    return {"In_Reply_To": str(mail["Message-ID"]), "References": " ".join(references)}


def _numbers() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number


_IDS = _numbers()

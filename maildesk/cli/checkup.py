"""What `maildesk check` tries: files, logins, folders, database, clock. Each probe says ok, or what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

import sqlalchemy as sa

from maildesk import assemble
from maildesk.ingest.imap import FolderRefused, ImapMailbox
from maildesk.model import tokens
from maildesk.model.errors import ConfigError, MaildeskError
from maildesk.notices.render import DeskTemplates
from maildesk.outbox.smtp import Courier, Outcome, Stage
from maildesk.settings import MailboxSettings, Settings
from maildesk.store.database import open_engine, quick_check
from maildesk.store.migrate import version_state
from maildesk.store.store import Store

CLOCK_TOLERANCE = timedelta(minutes=5)
ROUND_TRIP_SECONDS = 60
SAFE_SQLITE = (3, 51, 3)
_BACKPORTS = {(3, 50): 7, (3, 44): 6}
_NOWHERE = "<check@maildesk.invalid>"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer. A warning is worth knowing and no reason to fail."""

    what: str
    text: str
    state: str = "ok"
    """ok, warning or problem."""


def look_around(settings: Settings, now: Callable[[], datetime]) -> Iterator[Finding]:
    """Every probe that changes nothing, one after the other; findings come as they are made."""
    yield Finding("config", str(settings.path))
    yield from _files(settings)
    yield from _folders(settings)
    yield from _database(settings)
    for box in settings.mailbox:
        yield from _guarded(f"{box.name}: imap", partial(_imap, settings, box, now))
        yield from _guarded(f"{box.name}: smtp", partial(_smtp, box))


def _guarded(what: str, probe: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from probe()
    except ConfigError as error:
        yield from (Finding(what, problem.message, "problem") for problem in error.problems)
    except MaildeskError as error:
        yield Finding(what, str(error), "problem")


def _files(settings: Settings) -> Iterator[Finding]:
    yield from _guarded("key", lambda: _key(settings))
    desk, problems = assemble.assemble(settings, with_key=False)
    yield from (Finding("rules and templates", str(problem), "problem") for problem in problems)
    if not problems:
        count = len(list(settings.desk.rules.glob("*.toml")))
        yield (
            Finding("rules", f"{count} files in {settings.desk.rules}")
            if count
            else Finding(
                "rules",
                f"no *.toml in {settings.desk.rules}: without rules nobody gets an answer; run: maildesk init",
                "warning",
            )
        )
    yield from _languages(settings, desk.templates)


def _key(settings: Settings) -> Iterator[Finding]:
    assemble.read_key(settings.key_file)
    yield Finding("key", f"{settings.key_file}: keep a copy; without it old reply addresses stop working")


def _languages(settings: Settings, templates: object) -> Iterator[Finding]:
    wanted = {settings.desk.language, *(box.language for box in settings.mailbox)}
    wanted |= {one.language for one in settings.agent} | {one.language for one in settings.department}
    missing = wanted - {"", *templates.languages()} if isinstance(templates, DeskTemplates) else set()
    if not missing and isinstance(templates, DeskTemplates):
        yield Finding("templates", f"{len(templates.names())} notices in {', '.join(templates.languages())}")
    for language in sorted(missing):
        yield Finding(
            "templates", f"no templates in '{language}': make {settings.desk.templates / language}/", "problem"
        )


def _folders(settings: Settings) -> Iterator[Finding]:
    state = settings.desk.state
    try:
        state.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=state):
            yield Finding("state", f"{state} can be written")
    except OSError as error:
        yield Finding("state", f"cannot write into {state}: {error.strerror}; give it to the daemon's user", "problem")
    for folder in (settings.desk.articles, settings.desk.macros):
        if not folder.is_dir():
            yield Finding(folder.name, f"there is no {folder}: no {folder.name} will be offered", "warning")


def _database(settings: Settings) -> Iterator[Finding]:
    url = sa.make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        yield from _sqlite_version()
        if url.database and not Path(url.database).exists():
            yield Finding("database", f"{url.database} will be made at the first start")
            return
    yield from _guarded("database", lambda: _open_database(settings.database_url))


def _open_database(url: str) -> Iterator[Finding]:
    engine = open_engine(url)
    try:
        quick_check(engine)
        state = version_state(engine)
    except sa.exc.SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        yield Finding("database", f"cannot use it: {cause}", "problem")
        return
    finally:
        engine.dispose()
    note = {"empty": "it is empty", "old": "the next start will bring it up to date", "current": "it is up to date"}
    yield Finding("database", f"{sa.make_url(url).render_as_string(hide_password=True)}: {note[state]}")


def _sqlite_version() -> Iterator[Finding]:
    """SQLite before 3.51.3 can lose commits when two connections meet at a WAL reset."""
    version = sqlite3.sqlite_version_info
    if version >= SAFE_SQLITE or version[2] >= _BACKPORTS.get(version[:2], 1000):
        return
    yield Finding(
        "sqlite",
        f"SQLite {sqlite3.sqlite_version} has a rare fault when several programs write at once (mended in 3.51.3): "
        "run one daemon only, keep backups, or use PostgreSQL",
        "warning",
    )


def _imap(settings: Settings, box: MailboxSettings, now: Callable[[], datetime]) -> Iterator[Finding]:
    if box.imap is None:
        yield Finding(f"{box.name}: imap", "not configured: mail comes by `maildesk mail ingest` only", "warning")
        return
    mailbox = ImapMailbox(assemble.imap_account(box))
    try:
        mailbox.connect()
        mailbox.select()
        uids = mailbox.new_uids(0, limit=10_000_000)
        pushed = "new mail is announced at once" if mailbox.can_idle else f"looked at every {box.imap.poll} minutes"
        yield Finding(f"{box.name}: imap", f"{box.imap.folder} at {box.imap.host}: {len(uids):,} mails; {pushed}")
        yield from _clock(mailbox, uids[-1:], now)
        yield _first_run(settings, box, len(uids))
        yield from _other_folders(mailbox, box)
    finally:
        mailbox.close()


def _clock(mailbox: ImapMailbox, newest: list[int], now: Callable[[], datetime]) -> Iterator[Finding]:
    if not newest:
        yield Finding("clock", f"{now().astimezone(UTC):%Y-%m-%d %H:%M} UTC; no mail there to compare with")
    for mail in mailbox.fetch(newest).mails if newest else ():
        ahead = mail.received_at - now()
        if ahead > CLOCK_TOLERANCE:
            yield Finding("clock", f"the newest mail came {ahead} in our future: set this machine's clock", "problem")
        else:
            yield Finding("clock", f"{now().astimezone(UTC):%Y-%m-%d %H:%M} UTC")


def _first_run(settings: Settings, box: MailboxSettings, count: int) -> Finding:
    what = f"{box.name}: first run"
    if _known(settings, box.name):
        return Finding(what, "was before: new mail only")
    if box.start == "now":
        return Finding(what, f"{count:,} mails lie there and stay untouched; what comes from then on makes tickets")
    since = "" if box.start == "import" else f" that came since {box.start}"
    return Finding(
        what, f"of {count:,} mails those{since} become tickets, without any automatic mail".replace("those b", "all b")
    )


def _known(settings: Settings, mailbox: str) -> bool:
    url = sa.make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return False
    store = Store(settings.database_url)
    try:
        return version_state(store.engine) == "current" and store.ledger.knows(mailbox)
    finally:
        store.close()


def _other_folders(mailbox: ImapMailbox, box: MailboxSettings) -> Iterator[Finding]:
    assert box.imap
    folders = {box.done_folder: box.imap.create_folder} if box.after == "move" else {}
    if box.smtp and box.smtp.sent_folder:
        folders[box.smtp.sent_folder] = False
    for folder, made in folders.items():
        try:
            mailbox.search_message_id(folder, _NOWHERE)
        except MaildeskError as error:
            yield Finding(f"{box.name}: {folder}", "will be made" if made else str(error), "ok" if made else "problem")
        else:
            yield Finding(f"{box.name}: {folder}", "is there")


def _smtp(box: MailboxSettings) -> Iterator[Finding]:
    what = f"{box.name}: smtp"
    if box.smtp is None:
        yield Finding(what, "not configured: nothing can be sent", "warning")
        return
    courier = Courier(assemble.smtp_account(box))
    try:
        refusal = courier.begin(box.address, box.address, b"Subject: check\r\n\r\n")
        if refusal:
            said = refusal.stage not in {Stage.CONNECT, Stage.AUTH}
            begin = f"{box.smtp.host} refuses mail from {box.address}: " if said else ""
            yield Finding(what, f"{begin}{refusal.text}", "problem")
        else:
            courier.reset()
            yield Finding(what, f"{box.smtp.host} takes mail from {box.address}")
    finally:
        courier.close()


def round_trip(
    settings: Settings, box: MailboxSettings, now: Callable[[], datetime], pause: Callable[[float], None]
) -> Iterator[Finding]:
    """Mail the mailbox itself, plainly and at a plus address, and wait for both (ROUND_TRIP_SECONDS)."""
    if box.imap and box.smtp:
        yield from _guarded(f"{box.name}: round trip", lambda: _round_trip(settings, box, now, pause))


def _round_trip(
    settings: Settings, box: MailboxSettings, now: Callable[[], datetime], pause: Callable[[float], None]
) -> Iterator[Finding]:
    started, what = now(), f"{box.name}: round trip"
    key = assemble.read_key(settings.key_file)
    local, _, domain = box.address.rpartition("@")
    targets = {"": box.address, "plus": f"{local}+check@{domain}"}
    waiting = {}
    courier = Courier(assemble.smtp_account(box))
    for name, recipient in targets.items():
        message_id = tokens.message_id(key, f"check:{name}:{started.isoformat()}", settings.desk.domain)
        delivery = courier.send(box.address, recipient, _letter(box.address, recipient, message_id, started))
        if delivery.outcome is Outcome.ACCEPTED:
            waiting[name] = message_id
        elif not name:
            yield Finding(what, f"not sent: {delivery.text}", "problem")
    courier.close()
    came = _wait_for(box, waiting, pause)
    if "" in waiting:
        yield (
            Finding(what, "the mail came back")
            if "" in came
            else Finding(
                what, f"nothing came back within {ROUND_TRIP_SECONDS} s: look into spam and the server's log", "problem"
            )
        )
    yield _plus(box, "plus" in came)


def _letter(sender: str, recipient: str, message_id: str, at: datetime) -> bytes:
    """A mail that a running daemon knows as its own and leaves alone."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Message-ID"] = sender, recipient, message_id
    mail["Subject"], mail["Date"], mail["Auto-Submitted"] = "maildesk check", format_datetime(at), "auto-generated"
    mail.set_content("A test by `maildesk check --send`. You may delete it.\n")
    return mail.as_bytes()


def _wait_for(box: MailboxSettings, message_ids: dict[str, str], pause: Callable[[float], None]) -> set[str]:
    """Which of the mails can be found in the mailbox before the time is over."""
    mailbox = ImapMailbox(assemble.imap_account(box))
    found: set[str] = set()
    try:
        mailbox.connect()
        for _ in range(ROUND_TRIP_SECONDS // 2):
            for folder in (mailbox.account.folder, mailbox.account.done_folder):
                # A daemon that runs may have moved it; a done folder need not be there yet.
                with suppress(FolderRefused):
                    found |= {name for name in message_ids if mailbox.search_message_id(folder, message_ids[name])}
            if len(found) == len(message_ids):
                break
            pause(2)
    finally:
        mailbox.close()
    return found


def _plus(box: MailboxSettings, works: bool) -> Finding:
    what = f"{box.name}: plus addresses"
    if works and box.plus:
        return Finding(what, "work: each reply carries a token")
    if works:
        return Finding(what, "work: set  plus = true  and replies carry a token", "warning")
    if box.plus:
        text = (
            "do not work here: set  plus = false. Then replies find their ticket by Message-ID, and agents' commands "
        )
        return Finding(what, text + "need authserv_ids", "problem")
    return Finding(what, "do not work here, and are switched off")

"""A copy of the store, and putting one back so that nothing old leaves a second time."""

from __future__ import annotations

import shlex
from datetime import date, datetime, timedelta
from pathlib import Path

import click
import sqlalchemy as sa

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import progress, say
from maildesk.model.desk import Desk
from maildesk.model.errors import MaildeskError, PermanentFailure, TemporaryFailure
from maildesk.settings import Settings
from maildesk.store.store import Store

_SKEW = timedelta(minutes=5)
"""How far the clocks of mail server and desk may be apart."""


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_invocation
def backup(invocation: Invocation, file: Path) -> None:
    """Write the whole store, raw mails included, into a new FILE, also while the daemon runs."""
    from maildesk.store.backup import back_up

    settings = invocation.settings()
    with progress("copying") as tick:
        size = back_up(settings.database_url, file, tick)
    say(f"{file}: {size:,} bytes")
    say(f"keep with it: {settings.key_file} (without it reply addresses in old mail stop to work) and {settings.path}")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option(
    "--silence", is_flag=True, help="No FILE: the database was put back already, by pg_restore or a snapshot."
)
@click.option("--leave-mailboxes", is_flag=True, help="Do not fetch mail since the backup from the done folders again.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_invocation
@click.pass_context
def restore(
    ctx: click.Context, invocation: Invocation, file: Path | None, silence: bool, leave_mailboxes: bool, yes: bool
) -> None:
    """Put a backup FILE in the place of the store. The daemon must be stopped; the present store is kept beside it.

    Nothing old leaves a second time: what waits in the backup's outbox is cancelled, or in doubt and listed by
    `outbox list --unknown`, and mail since the backup is read again without an acknowledgement.
    """
    from maildesk.store.database import hold

    if silence is bool(file):
        raise click.UsageError("name a backup FILE, or use --silence for a database that is back already")
    settings, desk = invocation.settings(), invocation.desk()
    with hold(settings.database_url):
        if not yes:
            click.confirm("Put the store back to an earlier moment?", abort=True)
        since = _put_back(settings, desk, file) if file else _silence(settings, desk)
    if since and not leave_mailboxes and not _fetch_again(settings, since):
        ctx.exit(1)


def _put_back(settings: Settings, desk: Desk, file: Path) -> date | None:
    """The day of the backup's latest mail; the store is that of the backup then."""
    from maildesk.cli.opened import clock
    from maildesk.store.backup import brought, pg_address, swap
    from maildesk.store.migrate import version_state

    url, now = sa.make_url(settings.database_url), clock()
    if url.get_backend_name() == "postgresql":
        words = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction"]
        told = shlex.join([*words, f"--dbname={pg_address(url)}", str(file)])
        raise PermanentFailure(f"stop every daemon, then run: {told} && maildesk restore --silence")
    database = Path(url.database or "")
    with progress("copying") as tick, brought(file, database, tick) as part:
        store = Store(f"sqlite:///{part}")
        try:
            if version_state(store.engine) == "empty":
                raise PermanentFailure(f"{file} is no backup of maildesk")
            store.prepare()
            latest = store.restored.latest()
            _hush(store, desk, now, _until(database, latest, now))
        finally:
            store.close()
        kept = swap(part, database, now)
    newest = f"; its latest mail is of {latest:%Y-%m-%d %H:%M} UTC" if latest else ""
    say(f"{file} is the store now{newest}")
    if kept:
        say(f"the store before is kept as {kept}; remove it when all is well")
    return latest.date() if latest else None


def _silence(settings: Settings, desk: Desk) -> date | None:
    from maildesk.cli.opened import clock

    store, now = Store(settings.database_url), clock()
    try:
        store.restored.refuse_workers()
        store.prepare()
        latest = store.restored.latest()
        _hush(store, desk, now, now)
    finally:
        store.close()
    return latest.date() if latest else None


def _until(database: Path, latest: datetime | None, now: datetime) -> datetime:
    """Until when mail may have been decided upon: the latest that the present store took, where it can be asked."""
    present = None
    if database.exists():
        store = Store(f"sqlite:///{database}")
        try:
            present = store.restored.latest()
        except TemporaryFailure:
            say("the present store cannot be read: all mail up to now is taken for answered", error=True)
        finally:
            store.close()
    return min(now, present + _SKEW) if present and latest and present >= latest else now


def _hush(store: Store, desk: Desk, now: datetime, until: datetime) -> None:
    """What is due by now is decided, so that no job does it again, and none of it leaves."""
    store.restored.begin(until)
    unknown, cancelled = silently(store, desk, now)
    if cancelled:
        say(f"{cancelled} automatic mails that waited are cancelled")
    if unknown:
        say(f"{unknown} mails that waited may have left since: maildesk outbox list --unknown, then retry or cancel")
    say(f"mail up to {until:%Y-%m-%d %H:%M} UTC is read again without an answer")


def silently(store: Store, desk: Desk, now: datetime) -> tuple[int, int]:
    """Do what is due and send none of it: (how many mails that waited are in doubt now, how many cancelled)."""
    from maildesk.schedule.jobs import JOBS, JobRun

    waited = store.restored.silence()
    for job in JOBS:
        if job.name != "webhooks":  # what the others ask it to call is given up below
            job.run(JobRun(store, desk, now))
    store.restored.silence()
    return waited


def _fetch_again(settings: Settings, since: date) -> bool:
    """Have mail since the backup read again where it was moved away; False when a mailbox would not."""
    from maildesk import assemble
    from maildesk.ingest.imap import ImapMailbox

    good = True
    for box in settings.mailbox:
        if box.imap is None or box.after != "move":
            continue  # what is only marked is found again by its number
        mailbox = ImapMailbox(assemble.imap_account(box))
        begin = since - timedelta(days=1)
        try:
            mailbox.connect()
            say(f"{box.name}: {mailbox.bring_back(begin)} mails since {begin} are to be read again")
        except MaildeskError as error:
            good = False
            say(f"{error}; move the mails since {begin} from {box.done_folder} back by hand", error=True)
        finally:
            mailbox.close()
    return good

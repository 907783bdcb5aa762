"""What is wrong with the store, its disk and its secrets, and what to do about it."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import click
import sqlalchemy as sa

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.checkup import Finding
from maildesk.cli.output import json_option, print_json, progress, say
from maildesk.model.errors import ConfigError, TemporaryFailure
from maildesk.settings import Settings
from maildesk.store.store import Store

_LATE = timedelta(minutes=15)
_LITTLE, _FAIR = 200 * 1024**2, 1024**3
_SHOWN = 5
"""Findings of one kind that are told one by one."""
_MARKS = {"ok": "ok      ", "warning": "warning ", "problem": "PROBLEM ", "damaged": "DAMAGED "}
_NETWORK = frozenset(
    (
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "beegfs",
        "gpfs",
        "ncpfs",
        "davfs",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.davfs2",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.cephfs",
    )
)
_RESTORE = "stop the daemon and put back a backup: maildesk restore FILE; mail stays in its mailbox until then"
_KEEP = "keep a backup of the store as it is, and report this as a bug"


@click.command()
@click.option("--quick", is_flag=True, help="Leave out what takes long: every mail's bytes, every ticket's history.")
@json_option
@pass_invocation
@click.pass_context
def doctor(ctx: click.Context, invocation: Invocation, quick: bool, as_json: bool) -> None:
    """Examine the store, its disk and its secrets; exit 1 on problems, 5 when the store is damaged. Changes nothing."""
    findings = []
    for finding in examine(invocation.settings(), quick=quick):
        findings.append(finding)
        if not as_json:
            say(f"{_MARKS[finding.state]} {finding.what}: {finding.text}")
    if as_json:
        print_json(findings)
    states = {finding.state for finding in findings}
    ctx.exit(5 if "damaged" in states else 1 if "problem" in states else 0)


def examine(settings: Settings, *, quick: bool = False) -> Iterator[Finding]:
    """Every finding, as it is made."""
    yield from _secrets(settings)
    url = sa.make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "")
        if not file.exists():
            yield Finding("store", f"there is no {file}: it is made by the first  maildesk run", "problem")
            return
        yield from _disk(file)
    store = Store(settings.database_url)
    try:
        yield from _store(store, quick=quick)
    except TemporaryFailure as error:
        yield Finding("store", f"it cannot be asked: {error}", "problem")
    finally:
        store.close()


def _secrets(settings: Settings) -> Iterator[Finding]:
    from maildesk.assemble import read_key
    from maildesk.secret import refuse_readable

    accounts = [account for box in settings.mailbox for account in (box.imap, box.smtp) if account]
    probes: list[Callable[[], object]] = [partial(read_key, settings.key_file)]
    if any(account.password for account in accounts):
        probes.append(partial(refuse_readable, settings.path, "passwords"))
    files = {account.password_file for account in accounts if account.password_file}
    probes += [partial(refuse_readable, file, "a password") for file in sorted(files)]
    problems = [problem for probe in probes for problem in _refused(probe)]
    yield from (Finding("secrets", problem, "problem") for problem in problems)
    if not problems:
        yield Finding("secrets", f"{len(probes)} files, for their owner only")


def _refused(probe: Callable[[], object]) -> Iterator[str]:
    try:
        probe()
    except ConfigError as error:
        yield str(error)


def _disk(file: Path) -> Iterator[Finding]:
    if file.stat().st_mode & 0o077:
        yield Finding("store", f"others can read {file}; run: chmod 600 {file}", "problem")
    kind = filesystem(file.resolve(), Path("/proc/mounts").read_text("utf-8", "replace"))
    if kind in _NETWORK:
        told = f"{file} lies on {kind}, where SQLite's locks do not hold: move it to a local disk, or use PostgreSQL"
        yield Finding("disk", told, "problem")
    free, size = shutil.disk_usage(file.parent).free, file.stat().st_size
    state = "problem" if free < _LITTLE else "warning" if free < max(_FAIR, size) else "ok"
    advice = {
        "ok": "",
        "warning": ": too little for a copy of the store; make room soon, or see: maildesk purge --dry-run",
        "problem": ": when it is full no mail is taken any more; make room now",
    }
    yield Finding("disk", f"{free // 1024**2:,} MB free{advice[state]}", state)
    holder = _holder(file)
    yield Finding("daemon", f"runs, pid {holder}" if holder else "does not run")


def filesystem(file: Path, mounts: str) -> str:
    """The kind of file system a file lies on, by the lines of /proc/mounts (proc(5)); "" when none fits."""
    found = ("", "")
    for line in mounts.splitlines():
        _, place, kind, *_ = line.split(" ")
        place = place.replace("\\040", " ")
        if file.is_relative_to(place) and len(place) >= len(found[0]):
            found = (place, kind)
    return found[1]


def _holder(database: Path) -> str:
    """The pid of the daemon that holds the store; "" when none does."""
    lock = Path(f"{database}.lock")
    if not lock.exists():
        return ""
    with lock.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return file.read().strip() or "unknown"
    return ""


def _store(store: Store, *, quick: bool) -> Iterator[Finding]:
    from maildesk.cli.opened import clock
    from maildesk.store.migrate import version_state

    health = store.health
    if damage := list(health.damage()):
        yield from _told("database", damage, _RESTORE, "damaged")
        return
    yield Finding("database", "sound")
    if (state := version_state(store.engine)) != "current":
        yield Finding("schema", f"it is {state}; run: maildesk migrate", "problem")
        return
    advice = "correct the server's configuration, otherwise a power cut loses mail"
    yield from _asked("settings", health.unsound_settings(), "a power cut loses nothing", advice)
    yield from _asked("mails", health.unbalanced(), "each is in one place", _KEEP)
    yield from _asked("work", health.stuck(_late(clock())), "nothing is stuck", "is the daemon running? see its log")
    if quick:
        return
    with progress("bytes of mails") as tick:
        yield from _asked("bytes", health.lost_bytes(tick), "all there", _RESTORE, "damaged")
    with progress("histories") as tick:
        wrong = (f"#{number} is not what its history adds up to" for number in health.misfolded(tick))
        yield from _asked("tickets", wrong, "each is what its history adds up to", _KEEP, "damaged")


def _late(now: datetime) -> datetime:
    return now - _LATE


def _asked(what: str, faults: Iterable[str], fine: str, advice: str, state: str = "problem") -> Iterator[Finding]:
    found = list(faults)
    yield from _told(what, found, advice, state) if found else [Finding(what, fine)]


def _told(what: str, faults: list[str], advice: str, state: str) -> Iterator[Finding]:
    yield from (Finding(what, fault, state) for fault in faults[:_SHOWN])
    more = f"and {len(faults) - _SHOWN} more. " if len(faults) > _SHOWN else ""
    yield Finding(what, f"{more}What to do: {advice}", state)

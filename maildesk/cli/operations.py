"""Running the desk: how it stands, and its schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, plural, print_json, say
from maildesk.settings import Settings

_SILENT = timedelta(seconds=60)
"""After so long without a sign the daemon is taken for dead: it gives one every ten seconds."""
_ONCE = "run --once"
_UNSEEN = timedelta(hours=1)
"""A mailbox is looked through twice an hour at least, and `run --once` is for a timer that is no slower."""


@click.command()
@json_option
@pass_invocation
def status(invocation: Invocation, as_json: bool) -> None:
    """Tell how the desk stands: daemon, mailboxes, mail servers, mails by what became of them, tickets, outbox, jobs.

    Exit 1 when it needs a person; each line with ! says why, and what to do.
    """
    from maildesk.cli.opened import clock, opened

    settings, now = invocation.settings(), clock()
    with opened(invocation) as store:
        counts, jobs, boxes = store.look.counts(), store.look.jobs(), store.look.mailboxes()
        held, pulses = store.look.held(), store.look.pulses()
    parts = accounts(settings, pulses)
    daemon = daemon_of(pulses, now)
    worries = [*_daemon_worries(daemon, parts, pulses, now), *_worries(counts, jobs, len(held))]
    if as_json:
        found = {**counts, "held": len(held), "jobs": jobs, "mailboxes": boxes, "accounts": parts, "daemon": daemon}
        print_json({**found, "worries": worries})
    else:
        say(f"{'daemon':10} {daemon['state']}{_ago(daemon['seen'], now)}")
        for part in parts:
            uids = [
                str(box["last_uid"]) for box in boxes if (box["mailbox"], "imap") == (part["mailbox"], part["kind"])
            ]
            upto = f", up to UID {uids[-1]}" if uids else ""
            say(f"{part['kind']:10} {part['mailbox']}: {part['state']}{_ago(part['last_success'], now)}{upto}")
        for name, numbers in counts.items():
            say(f"{name:10} " + ", ".join(f"{state} {number}" for state, number in sorted(numbers.items())))
        say(f"{'held':10} {plural(len(held), 'mail')} of agents to be decided upon")
        for worry in worries:
            say(f"! {worry}")
    if worries:
        raise SystemExit(1)


def daemon_of(pulses: Mapping[str, Mapping[str, Any]], now: datetime) -> dict[str, Any]:
    """The daemon's ``state`` (running, silent, stopped, run --once, never ran), and when it was ``seen`` last."""
    pulse = pulses.get("daemon")
    if pulse is None:
        return {"state": "never ran", "seen": None}
    if pulse["trouble"]:
        return {"state": pulse["trouble"], "seen": pulse["since"]}
    return {"state": "running" if now - pulse["at"] < _SILENT else "silent", "seen": pulse["at"]}


def accounts(settings: Settings, pulses: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each mailbox's IMAP and SMTP account: ``state`` (ok, trouble, unused), its trouble since when, last success."""
    rows = []
    for box in settings.mailbox:
        for kind, used in (("imap", box.imap), ("smtp", box.smtp)):
            if used:
                found = pulses.get(f"{kind} {box.name}") or {"at": None, "trouble": "", "since": None}
                state = "trouble" if found["trouble"] else "ok" if found["at"] else "not used yet"
                more = {"trouble": found["trouble"], "since": found["since"], "last_success": found["at"]}
                rows.append({"mailbox": box.name, "kind": kind, "state": state, **more})
    return rows


def _ago(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return ""
    seconds = max(0, int((now - moment).total_seconds()))
    spans = ((86400, "d"), (3600, "h"), (60, "min"))
    long = next((f"{seconds // length} {unit}" for length, unit in spans if seconds >= length), f"{seconds} s")
    return f", {long} ago"


def _is_unseen(last: datetime | None, now: datetime) -> bool:
    return last is not None and now - last > _UNSEEN


def _daemon_worries(
    daemon: Mapping[str, Any], parts: list[dict[str, Any]], pulses: Mapping[str, Mapping[str, Any]], now: datetime
) -> Iterator[str]:
    late = daemon["state"] == _ONCE and now - daemon["seen"] > _UNSEEN
    if late or daemon["state"] not in {"running", _ONCE}:
        yield f"no daemon runs ({daemon['state']}), no mail comes in or leaves: maildesk run"
    for part in parts:
        name = f"{part['kind']} of {part['mailbox']}"
        if part["trouble"]:
            what = "no mail comes in" if part["kind"] == "imap" else "no mail leaves"
            yield f"{name}, {what} since {part['since']:%Y-%m-%d %H:%M} UTC: {part['trouble']}; then: maildesk check"
        elif part["kind"] == "imap" and daemon["state"] == "running" and _is_unseen(part["last_success"], now):
            yield f"{name} was not looked at since {part['last_success']:%Y-%m-%d %H:%M} UTC: maildesk check"
    if broken := pulses.get("files", {}).get("trouble"):
        yield f"broken files, what was good before stays in force: {broken}; mend them: maildesk rules lint"


def _worries(counts: object, jobs: object, held: int) -> list[str]:
    assert isinstance(counts, dict)
    assert isinstance(jobs, dict)
    worries = []
    if number := counts["mails"].get("quarantined", 0):
        worries.append(f"{plural(number, 'mail')} in quarantine: maildesk quarantine list")
    if held:
        worries.append(f"{plural(held, 'mail')} of agents to be decided upon: maildesk held list")
    for state, hint in (
        ("failed", "maildesk outbox list --state failed"),
        ("unknown", "maildesk outbox list --unknown"),
    ):
        if number := counts["outbox"].get(state, 0):
            worries.append(f"{plural(number, 'mail')} {state}: {hint}")
    worries += [
        f"job {name}: {row['last_result']}" for name, row in jobs.items() if row["last_result"].startswith("failed")
    ]
    return worries


@click.command()
@pass_invocation
def migrate(invocation: Invocation) -> None:
    """Bring the store to this program's schema."""
    from maildesk.store.database import hold
    from maildesk.store.migrate import known_versions
    from maildesk.store.store import Store

    url = invocation.settings().database_url
    with hold(url):
        store = Store(url)
        try:
            store.prepare()
        finally:
            store.close()
    say(f"the store has schema {known_versions()[-1]}")

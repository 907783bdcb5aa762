"""Running the desk: how it stands, and its schema."""

from __future__ import annotations

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_json, say


@click.command()
@json_option
@pass_invocation
def status(invocation: Invocation, as_json: bool) -> None:
    """Tell how the desk stands: mails by what became of them, tickets, outbox, jobs. Exit 1 when it needs a person."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        counts, jobs, boxes = store.look.counts(), store.look.jobs(), store.look.mailboxes()
        held = store.look.held()
    worries = _worries(counts, jobs)
    if as_json:
        print_json({**counts, "held": len(held), "jobs": jobs, "mailboxes": boxes, "worries": worries})
    else:
        for name, numbers in counts.items():
            say(f"{name:10} " + ", ".join(f"{state} {number}" for state, number in sorted(numbers.items())))
        say(f"{'held':10} {len(held)} mails of agents wait for their decision")
        for box in boxes:
            say(f"mailbox    {box['mailbox']}: up to UID {box['last_uid']} of UIDVALIDITY {box['uidvalidity']}")
        for worry in worries:
            say(f"! {worry}")
    if worries:
        raise SystemExit(1)


def _worries(counts: object, jobs: object) -> list[str]:
    assert isinstance(counts, dict)
    assert isinstance(jobs, dict)
    worries = []
    if number := counts["mails"].get("quarantined", 0):
        worries.append(f"{number} mails in quarantine: maildesk quarantine list")
    for state, hint in (
        ("failed", "maildesk outbox list --state failed"),
        ("unknown", "maildesk outbox list --unknown"),
    ):
        if number := counts["outbox"].get(state, 0):
            worries.append(f"{number} mails {state}: {hint}")
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

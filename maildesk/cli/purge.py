"""Retention by hand: the same as the job of that name, at once and to the end, and the files are rewritten."""

from __future__ import annotations

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_rows, progress, say


@click.command()
@click.option("--dry-run", is_flag=True, help="Only tell how much of what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_invocation
def purge(invocation: Invocation, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Remove now what is over its time by [retention]: texts, raw mails, addresses. The figures stay.

    Afterwards the store's files are rewritten, so that nothing of it is left in them; that needs as much room again on
    the disk, and the daemon waits meanwhile. Backups, mailboxes and Sent folders are not the desk's to clean.
    """
    from maildesk.cli.opened import clock, opened
    from maildesk.schedule.retention import sorts
    from maildesk.schedule.run import JobRun

    desk = invocation.desk()
    with opened(invocation) as store:
        run = JobRun(store, desk, clock())
        due = [(sort, sort.due(run)) for sort in sorts(desk.retention)]
        rows = [{"what": sort.name, "kept_days": sort.days, "due": number} for sort, number in due]
        print_rows(rows, ("what", "kept_days", "due"), as_json=as_json)
        if dry_run:
            return
        if not yes:
            click.confirm("Remove what is due? It cannot be undone", abort=True, err=True)
        for sort, number in due:
            done = 0
            with progress(sort.name) as tick:
                for count in sort.remove(run):
                    done += count
                    tick(done, number)
        with progress("rewriting the store"):
            clean = store.purger.compact()
    if not clean:
        say(
            "somebody reads the store, so that its log could not be emptied: run it again, best without daemon",
            error=True,
        )
        raise SystemExit(1)

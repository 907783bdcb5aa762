"""Scheduled things."""

from __future__ import annotations

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_rows, say
from maildesk.model.errors import WrongUse


@click.group()
def job() -> None:
    """Scheduled jobs: list, run now."""


@job.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the jobs and what they did last."""
    from maildesk.cli.opened import opened
    from maildesk.schedule.jobs import JOBS

    with opened(invocation) as store:
        ran = store.look.jobs()
    rows = [
        {
            "name": one.name,
            "every_seconds": one.every_seconds,
            "help": one.help,
            "last_run": ran.get(one.name, {}).get("last_run"),
            "last_result": ran.get(one.name, {}).get("last_result", ""),
        }
        for one in JOBS
    ]
    print_rows(rows, ("name", "every_seconds", "last_run", "last_result", "help"), as_json=as_json)


@job.command()
@click.argument("name")
@pass_invocation
def run(invocation: Invocation, name: str) -> None:
    """Run a job now; what it decides to send leaves with the daemon."""
    from maildesk.cli.opened import clock, opened
    from maildesk.schedule import jobs

    found = jobs.job(name)
    if found is None:
        raise WrongUse(f"there is no job {name}; there are: {', '.join(one.name for one in jobs.JOBS)}")
    desk = invocation.desk()
    with opened(invocation) as store:
        result = found.run(jobs.JobRun(store, desk, clock()))
        store.note_job(name, result, clock())
    say(result)

"""Numbers: surveys and what was answered."""

from __future__ import annotations

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_rows


@click.group()
def survey() -> None:
    """Satisfaction surveys."""


@survey.command("list")
@click.option("--limit", default=100, show_default=True)
@json_option
@pass_invocation
def list_(invocation: Invocation, limit: int, as_json: bool) -> None:
    """List surveys, the latest first: who was asked, and what they answered."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        rows = store.look.surveys(limit=limit)
    print_rows(rows, ("ticket", "recipient", "state", "sent_at", "stars", "comment"), as_json=as_json)

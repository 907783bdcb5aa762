"""The daemon."""

from __future__ import annotations

import logging
import sys

import click

from maildesk.cli import Invocation, pass_invocation


@click.command()
@click.option("--once", is_flag=True, help="Every mailbox, the outbox and the due jobs once, then end.")
@click.option("--verbose", is_flag=True, help="Log more.")
@pass_invocation
def run(invocation: Invocation, *, once: bool, verbose: bool) -> None:
    """Watch the mailboxes, decide, send. Stops cleanly on SIGTERM, reads its files again on SIGHUP."""
    from maildesk import daemon, journal

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(journal.JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("maildesk").setLevel(logging.DEBUG if verbose else logging.INFO)
    daemon.run(invocation.path(), once=once)

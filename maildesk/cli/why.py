"""Every decision with its reason."""

from __future__ import annotations

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_json, say
from maildesk.model.errors import PermanentFailure


@click.command()
@click.argument("what")
@json_option
@pass_invocation
def why(invocation: Invocation, what: str, as_json: bool) -> None:
    """Tell why a TICKET or a MESSAGE-ID is as it is: signals, rules, mails, in the order they were decided."""
    _tell(invocation, what, as_json=as_json)


@click.command()
@click.argument("message_id")
@json_option
@pass_invocation
def trace(invocation: Invocation, message_id: str, as_json: bool) -> None:
    """Tell the story of one mail, from its mailbox to what it caused."""
    _tell(invocation, message_id, as_json=as_json)


def _tell(invocation: Invocation, what: str, *, as_json: bool) -> None:
    from maildesk.cli.opened import opened
    from maildesk.insight.story import story

    with opened(invocation) as store:
        told = story(store.look, what)
    if not told:
        raise PermanentFailure(f"nothing is known of {what}")
    if as_json:
        print_json(told)
        return
    for part in told:
        say(f"{part['at']:%Y-%m-%d %H:%M:%S} UTC  {part['what']}")
        for step, text in part["lines"]:
            say(f"    {step:12} {text}")

"""Addresses: whose mail is kept away, and whom nothing automatic is written to."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from maildesk import forms
from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_rows, say
from maildesk.model.change import Change, Effect, Remember, Suppress
from maildesk.model.errors import PermanentFailure, WrongUse


@click.group()
def address() -> None:
    """Block an address or a whole domain (@example.com), or write nothing automatic to an address."""


@address.command()
@click.argument("who")
@click.option("--for", "length", default="", help="How long, as 30d; for good without it.")
@click.option("--quarantine", is_flag=True, help="Keep their mail for a person to look at, instead of ignoring it.")
@pass_invocation
def block(invocation: Invocation, who: str, length: str, quarantine: bool) -> None:
    """Keep the mail of an address or a domain away; what was kept away is counted."""
    from maildesk.cli.opened import clock

    who = _address(who)
    ours = {email for agent in invocation.desk().agents.values() for email in agent.addresses}
    if who in ours | invocation.desk().own_addresses:
        raise WrongUse(f"{who} is the desk's own")
    _keep(
        invocation,
        Remember(email=who, blocked="quarantine" if quarantine else "ignore", blocked_until=_until(clock(), length)),
    )
    say(f"{who} is blocked")


@address.command()
@click.argument("who")
@pass_invocation
def unblock(invocation: Invocation, who: str) -> None:
    """Let their mail in again."""
    who = who.lower()
    if not _end(invocation, who, "blocked", Remember(email=who, blocked="")):
        raise PermanentFailure(f"{who} is not blocked: maildesk address list")
    say(f"{who} is no longer blocked")


@address.command()
@click.argument("email")
@click.option("--for", "length", default="", help="How long, as 30d; for good without it.")
@click.option("--reason", default="by hand", show_default=True)
@pass_invocation
def suppress(invocation: Invocation, email: str, length: str, reason: str) -> None:
    """Write nothing automatic to an address; answers still go there."""
    from maildesk.cli.opened import clock

    email = _address(email)
    _keep(invocation, Suppress(email, reason, _until(clock(), length)))
    say(f"{email} gets nothing automatic any more")


@address.command()
@click.argument("email")
@pass_invocation
def unsuppress(invocation: Invocation, email: str) -> None:
    """Write automatic mail to them again, as after a bounce that was repaired."""
    from maildesk.cli.opened import clock

    email = email.lower()
    if not _end(invocation, email, "suppressed", Suppress(email, "", clock())):
        raise PermanentFailure(f"{email} is not suppressed: maildesk address list")
    say(f"{email} gets automatic mail again")


@address.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List what is blocked or suppressed, until when, why, and how many mails a block kept away."""
    from maildesk.cli.opened import clock, opened

    with opened(invocation) as store:
        rows = store.look.kept_away(clock())
    print_rows(rows, ("address", "what", "until", "reason", "hits"), as_json=as_json)


def _address(who: str) -> str:
    """An address or @domain, in the form that they are compared in. Raises WrongUse."""
    try:
        return f"@{forms.domain(who[1:])}" if who.startswith("@") else forms.email(who)
    except ValueError as error:
        raise WrongUse(f"{who}: {error}") from None


def _end(invocation: Invocation, who: str, what: str, effect: Effect) -> bool:
    """Lift what is in force; whether anything was."""
    from maildesk.cli.opened import clock, opened

    with opened(invocation) as store:
        found = any((row["address"], row["what"]) == (who, what) for row in store.look.kept_away(clock()))
    if found:
        _keep(invocation, effect)
    return found


def _until(now: datetime, length: str) -> datetime | None:
    try:
        return now + timedelta(minutes=forms.minutes(length)) if length else None
    except ValueError as error:
        raise WrongUse(str(error)) from None


def _keep(invocation: Invocation, effect: Effect) -> None:
    from maildesk.cli.opened import clock, opened

    with opened(invocation) as store, store.deciding(clock()) as tx:
        tx.save(Change(now=tx.now, origin="cli:address").effect(effect))

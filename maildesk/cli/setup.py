"""`maildesk init` writes a desk by asking; `maildesk check` tries everything before the daemon has to."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from maildesk import forms
from maildesk.cli import Invocation, checkup, first_config, pass_invocation
from maildesk.cli.output import json_option, plural, print_json, say
from maildesk.model.errors import ConfigError, Problem
from maildesk.settings import load

_MARKS = {"ok": "ok      ", "warning": "warning ", "problem": "PROBLEM "}


def _checked(form: Any) -> Any:
    """A click callback that puts a value into its form, or asks again."""

    def callback(_ctx: click.Context, _param: click.Parameter, value: Any) -> Any:
        try:
            return tuple(form(item) for item in value) if isinstance(value, tuple) else form(value) if value else value
        except ValueError as error:
            raise click.BadParameter(str(error)) from None

    return callback


@click.command()
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), default=".", help="Where to write it.")
@click.option("--non-interactive", is_flag=True, help="Ask nothing; --address, --agent and the hosts are needed.")
@click.option("--overwrite", is_flag=True, help="Replace an existing config.toml (never the key or your rules).")
@click.option("--name", help="The desk's name, as customers see it.")
@click.option("--address", callback=_checked(forms.email), help="The address that customers write to.")
@click.option(
    "--agent", "agents", multiple=True, callback=_checked(forms.email), help="An agent's address; the first leads."
)
@click.option("--imap-host", help="Where mail is read.")
@click.option("--smtp-host", help="Where mail is sent.")
@click.option("--user", default="", help="The login; default: the address.")
@click.option("--password-env", default="", help="The environment variable that holds the password.")
@click.option("--language", help="en, fa or another that you write templates for.")
@click.option("--timezone", callback=_checked(forms.zone), help="As Asia/Tehran.")
def init(directory: Path, non_interactive: bool, overwrite: bool, **given: Any) -> None:
    """Write a working config by asking: config.toml, the desk's key, folders and the first rules."""
    config = directory / "config.toml"
    if config.exists() and not overwrite:
        if non_interactive:
            raise ConfigError(Problem(str(config), 0, "exists already: use --overwrite, or another --directory"))
        overwrite = click.confirm(f"{config} exists. Replace it?")
        if not overwrite:
            say("Nothing was changed.")
            return
    if not non_interactive and not sys.stdin.isatty() and not all(given[key] for key in ("address", "agents")):
        say("No terminal: with  --non-interactive  nothing is asked.", error=True)
    answers = _given(given) if non_interactive else _ask(given)
    if twice := {email for email in answers.agents if answers.agents.count(email) > 1}:
        raise click.UsageError(f"--agent {', '.join(sorted(twice))}: given twice")
    if answers.address in answers.agents:
        raise click.UsageError(f"--agent {answers.address}: that is the address that customers write to")
    for line in first_config.write(directory, answers, overwrite=overwrite):
        say(line)
    load(config)
    say(f"\nNext:  maildesk --config {config} check")


def _given(given: dict[str, Any]) -> first_config.Answers:
    needed = {"address": "--address", "agents": "--agent", "imap_host": "--imap-host", "smtp_host": "--smtp-host"}
    missing = [option for key, option in needed.items() if not given[key]]
    if missing:
        raise click.UsageError(f"without questions these are needed: {', '.join(missing)}")
    values = {key: value for key, value in given.items() if value}
    return first_config.Answers(**{"name": values["address"].partition("@")[0].title(), **values})


def _ask(given: dict[str, Any]) -> first_config.Answers:
    """Ask for what no option gave."""

    def ask(key: str, text: str, form: Any = str, **options: Any) -> Any:
        return given[key] or click.prompt(text, value_proc=_proc(form), **options)

    address = ask("address", "Address that customers write to", forms.email)
    domain = address.rpartition("@")[2]
    agents = given["agents"] or tuple(_ask_agents())
    password = (
        ""
        if given["password_env"]
        else click.prompt(
            "Password of the mailbox (empty: a systemd credential)", default="", hide_input=True, show_default=False
        )
    )
    return first_config.Answers(
        name=ask("name", "Name that customers see", default=f"{domain} support"),
        address=address,
        agents=agents,
        imap_host=ask("imap_host", "IMAP server", default=f"imap.{domain}"),
        smtp_host=ask("smtp_host", "SMTP server", default=f"smtp.{domain}"),
        language=ask("language", "Language (en, fa, …)", default="en"),
        timezone=ask("timezone", "Time zone", forms.zone, default="UTC"),
        user=given["user"] or click.prompt("Login", default=address),
        password=password,
        password_env=given["password_env"],
    )


def _proc(form: Any) -> Any:
    def convert(text: str) -> Any:
        try:
            return form(text)
        except ValueError as error:
            raise click.UsageError(str(error)) from None

    return convert


def _ask_agents() -> Iterator[str]:
    yield click.prompt("Your own address: you are the lead", value_proc=_proc(forms.email))
    while address := click.prompt("Another agent's address (empty: no more)", default="", show_default=False):
        try:
            yield forms.email(address)
        except ValueError as error:
            say(str(error), error=True)


@click.command()
@click.option("--send", is_flag=True, help="Also write a mail to each mailbox and wait for it to come back.")
@json_option
@pass_invocation
@click.pass_context
def check(ctx: click.Context, invocation: Invocation, send: bool, as_json: bool) -> None:
    """Try everything: config, rules, templates, logins, TLS, folders, database, clock; exit 1 on problems."""
    findings = []
    for finding in _findings(invocation.path(), send=send):
        findings.append(finding)
        if not as_json:
            say(f"{_MARKS[finding.state]} {finding.what}: {finding.text}")
    if as_json:
        print_json(findings)
    problems = sum(finding.state == "problem" for finding in findings)
    if problems:
        say(f"\n{plural(problems, 'problem')}", error=True)
        ctx.exit(1)


def _findings(config: Path, *, send: bool) -> Iterator[checkup.Finding]:
    try:
        settings = load(config)
    except ConfigError as error:
        yield from (checkup.Finding("config", str(problem), "problem") for problem in error.problems)
        return
    yield from checkup.look_around(settings, _now)
    for box in settings.mailbox if send else ():
        yield from checkup.round_trip(settings, box, _now, time.sleep)


def _now() -> datetime:
    return datetime.now(UTC)

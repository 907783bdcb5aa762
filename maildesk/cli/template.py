"""Templates of the mails that the desk writes by itself: list, look at, check."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_rows, say
from maildesk.model.errors import ConfigError, PermanentFailure, WrongUse
from maildesk.notices.gallery import Sample
from maildesk.notices.render import DeskTemplates


@click.group()
def template() -> None:
    """Templates: list, render, check, look at all of them."""


def _templates(invocation: Invocation) -> DeskTemplates:
    """The desk's templates, even broken ones; without a config file the shipped ones."""
    from maildesk.assemble import read_templates
    from maildesk.notices import render

    try:
        return read_templates(invocation.settings(), lint=False)[0]
    except ConfigError:
        if invocation.config:
            raise
        return DeskTemplates(*render.read_templates())


@template.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the notices: who gets them, in which languages there are templates, and where those are from."""
    from maildesk.notices.data import DESK, spec_of

    templates = _templates(invocation)
    rows = [
        {
            "name": name,
            "reader": "desk" if spec_of(name).reader == DESK else "outside",
            "languages": [f"{language}{'*' if own else ''}" for language, own in templates.where(name)],
            "meaning": spec_of(name).meaning,
        }
        for name in templates.names()
    ]
    print_rows(rows, ("name", "reader", "languages", "meaning"), as_json=as_json)
    if not as_json:
        say("* from your own folder")


@template.command()
@click.argument("name")
@click.option("--language", default="", help="en, fa, ...; default: the ticket's, else the desk's.")
@click.option("--ticket", "number", type=int, help="Show it as this ticket's requester would get it.")
@click.option("--html", is_flag=True, help="Print the HTML part.")
@pass_invocation
def render(invocation: Invocation, name: str, language: str, number: int | None, html: bool) -> None:
    """Show a notice with sample data, or with those of a ticket. Nothing is sent."""
    from maildesk.notices.gallery import sample

    templates = _templates(invocation)
    if name not in templates.names():
        raise WrongUse(f"there is no template {name}; there are: {', '.join(templates.names())}")
    if number:
        shown = _of_ticket(invocation, name, number, language)
    else:
        shown = sample(templates, name, language or _desk_language(invocation))
    say(shown.html if html else f"Subject: {shown.subject}\n\n{shown.text.replace(chr(13), '')}", isolates=True)
    if shown.problem:
        raise PermanentFailure(shown.problem)


def _desk_language(invocation: Invocation) -> str:
    try:
        return invocation.settings().desk.language
    except ConfigError:
        return "en"


def _of_ticket(invocation: Invocation, name: str, number: int, language: str) -> Sample:
    from maildesk.cli.opened import clock, opened
    from maildesk.notices.gallery import of_ticket

    desk = invocation.desk()
    with opened(invocation) as store:
        ticket = store.look.ticket(number)
    if ticket is None:
        raise PermanentFailure(f"there is no ticket {number}")
    return of_ticket(desk, name, ticket, language, clock())


@template.command()
@json_option
@pass_invocation
def lint(invocation: Invocation, as_json: bool) -> None:
    """Check every template with much and with little data, and what a language lacks. Exit 1 when there are faults."""
    templates = _templates(invocation)
    rows = [{"where": f"{one.file}:{one.line}", "problem": one.message} for one in templates.lint()]
    rows += [
        {"where": language, "problem": f"no {name}.txt: English stands in"} for language, name in templates.missing()
    ]
    print_rows(rows, ("where", "problem"), as_json=as_json)
    if rows:
        raise SystemExit(1)


@template.command()
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="The file; default: a temporary one.")
@click.option("--language", "languages", multiple=True, help="Only these; default: all there are.")
@pass_invocation
def preview(invocation: Invocation, output: Path | None, languages: tuple[str, ...]) -> None:
    """Write one page that shows every notice with sample data, to open in a browser."""
    from maildesk.notices.gallery import gallery

    templates = _templates(invocation)
    file = output or Path(tempfile.mkdtemp(prefix="maildesk-")) / "notices.html"
    file.write_text(gallery(templates, languages or templates.languages(), templates.names()), "utf-8")
    say(f"written: {file.resolve()}")

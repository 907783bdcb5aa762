"""The desk's articles: what there is, and what would be found."""

from __future__ import annotations

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_rows
from maildesk.model.desk import Passage


@click.group()
def article() -> None:
    """FAQ articles: list, search."""


def _articles(invocation: Invocation) -> tuple[Passage, ...]:
    from maildesk.assemble import read_passages
    from maildesk.model.errors import ConfigError

    found, problems = read_passages(invocation.settings().desk.articles)
    if problems:
        raise ConfigError(*problems)
    return found


@article.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the articles."""
    rows = [
        {"name": one.name, "language": one.language, "title": one.title, "keywords": one.keywords}
        for one in _articles(invocation)
    ]
    print_rows(rows, ("name", "language", "title", "keywords"), as_json=as_json)


@article.command()
@click.argument("question")
@click.option("--language", default="", help="Only in this language; default: any.")
@click.option("--limit", default=5, show_default=True)
@json_option
@pass_invocation
def search(invocation: Invocation, question: str, language: str, limit: int, as_json: bool) -> None:
    """Search as a customer's QUESTION would: what is offered stands in the acknowledgement."""
    from maildesk.commands.finding import Index

    index = Index(_articles(invocation))
    offered = index.suggest(question, language)
    rows = [
        {
            "name": one.article.name,
            "language": one.article.language,
            "title": one.article.title,
            "score": round(one.score, 1),
            "offered": one.article in offered,
        }
        for one in index.find(question, language, limit)
    ]
    print_rows(rows, ("name", "language", "title", "score", "offered"), as_json=as_json)

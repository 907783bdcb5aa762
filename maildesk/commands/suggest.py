"""Articles that may answer a new request: offered to the customer at once, and shown to the agent who gets it."""

from __future__ import annotations

from dataclasses import replace

from maildesk.commands.finding import index_of
from maildesk.model.change import Change, Notice
from maildesk.model.desk import Desk, Passage
from maildesk.model.ticket import EntryKind, Event

OFFERED = "articles: "
"""How the cause of the entry begins that keeps what was offered; the figures count by it."""
_SHOWN = frozenset({"acknowledgement", "notification"})
_TEXT = 300
"""Characters of an article that an offer shows."""


def suggested(notice: Notice, change: Change, desk: Desk) -> Notice:
    """The notice with the articles that fit what its ticket was opened with; other notices stay as they are."""
    if notice.template not in _SHOWN or not desk.articles or notice.data.get("articles"):
        return notice
    opening = next(
        (
            entry
            for entry in change.entries
            if entry.ticket == notice.ticket and entry.event == Event.OPENED and entry.kind is EntryKind.CUSTOMER
        ),
        None,
    )
    if opening is None:
        return notice
    ticket = change.tickets[notice.ticket]
    found = index_of(desk.articles).suggest(f"{ticket.subject}\n{opening.text}", ticket.language)
    return replace(notice, data={**notice.data, "articles": tuple(map(shown, found))}) if found else notice


def shown(article: Passage) -> dict[str, str]:
    """An article as templates show it: its title and the beginning of its text."""
    first = article.text.partition("\n\n")[0]
    text = " ".join(first.split())
    text = text if len(text) <= _TEXT else text[: _TEXT - 1].rpartition(" ")[0] + "…"
    return {"name": article.name, "title": article.title, "text": text}


def offer(change: Change, notice: Notice) -> Change:
    """Keep in the history that an acknowledgement offered articles."""
    articles = notice.data.get("articles", ())
    if notice.template != "acknowledgement" or not articles or notice.ticket not in change.tickets:
        return change
    names = ", ".join(article["name"] for article in articles)
    return change.record(notice.ticket, EntryKind.NOTICE, "maildesk", cause=OFFERED + names, public=True)

"""Macros and articles: the desk's own texts, filled in and put below what an agent wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from maildesk.commands.folding import key, nearest
from maildesk.commands.row import actor, customer_tongue, mailbox_of, question
from maildesk.model.change import Change, Order, Question
from maildesk.model.desk import Passage, Scene

_GAP = re.compile(r"\{\{\s*([^{}\n]{1,60}?)\s*\}\}")
_PREVIEW = frozenset(map(key, ("preview", "پیش‌نمایش")))
_KINDS = {"macro": "no_such_macro", "article": "no_such_article"}


def is_preview(orders: Iterable[Order]) -> bool:
    """Whether a text of the desk's is to be seen by its author before it leaves."""
    return any(order.command in _KINDS and key(word) in _PREVIEW for order in orders for word in order.args[1:])


def with_passages(change: Change, scene: Scene, orders: Sequence[Order], text: str) -> tuple[str, tuple[Question, ...]]:
    """The text with the macros and articles that the orders name below it, and those orders that name none."""
    parts, questions = [text] if text else [], []
    for order in orders:
        if order.command not in _KINDS:
            continue
        known = scene.desk.macros if order.command == "macro" else scene.desk.articles
        found = _named(known, order.args[0], _tongue(change, scene))
        if found is None:
            names = sorted({one.name for one in known})
            hint = nearest(order.args[0], names)
            problem = _KINDS[order.command]
            questions.append(question(order, problem, suggestion=hint, detail=order.args[0], known=names))
        else:
            head = f"{found.title}\n\n" if order.command == "article" else ""
            parts.append(head + _filled(found, {**_known(change, scene), **_values(order.args[1:])}))
    return "\n\n".join(parts), tuple(questions)


def _tongue(change: Change, scene: Scene) -> str:
    ticket = change.tickets.get(scene.number)
    if ticket:
        return customer_tongue(scene.desk, ticket)
    return next((box.language for box in scene.desk.mailboxes.values() if box.language), scene.desk.language)


def _named(known: Iterable[Passage], name: str, language: str) -> Passage | None:
    """The one of that name in the customer's language, else in none, else in any."""
    found = [one for one in known if key(one.name) == key(name)]
    ranks = {language: 0, "": 1}
    return min(found, key=lambda one: ranks.get(one.language, 2), default=None)


def _values(words: Iterable[str]) -> dict[str, str]:
    """``name=Leila amount=20 EUR`` as a table: a word without a sign goes on with the value before it."""
    values: dict[str, str] = {}
    name = ""
    for word in words:
        head, sign, tail = word.partition("=")
        if sign and head:
            name, values[key(head)] = key(head), tail
        elif name and key(word) not in _PREVIEW:
            values[name] = f"{values[name]} {word}".strip()
    return values


def _known(change: Change, scene: Scene) -> Mapping[str, str]:
    """What every text of the desk's may name without being told."""
    ticket = change.tickets.get(scene.number)
    box = mailbox_of(scene.desk, ticket) if ticket else None
    return {
        "customer": ticket.requester_name if ticket else "",
        "ticket": f"#{ticket.number}" if ticket else "",
        "agent": actor(scene).display,
        "desk": (box.display if box else "") or scene.desk.name,
    }


def _filled(passage: Passage, values: Mapping[str, str]) -> str:
    """The text with its gaps filled; one that nobody filled stays, and holds the mail."""
    return _GAP.sub(lambda gap: values.get(key(gap[1])) or gap[0], passage.text)

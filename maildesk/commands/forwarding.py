"""A customer's mail that an agent sends on: what the agent wrote above it, and what the agent hears of it."""

from __future__ import annotations

from maildesk.commands.agent import command
from maildesk.commands.asks import as_lines
from maildesk.commands.grammar import Orders
from maildesk.commands.replies import transcript
from maildesk.commands.row import Trust, actor, tongue
from maildesk.commands.signature import says_nothing, without_signature
from maildesk.commands.transcript import lines
from maildesk.commands.words import LINES, problem, sentence
from maildesk.model.change import Change
from maildesk.model.desk import Scene
from maildesk.model.ticket import EntryKind, Event

_ELSEWHERE = frozenset({"new", "public", "refer", "send", "drop", "undo"})
"""They are about a mail of ours, or write to somebody outside."""


def can_be_done(orders: Orders) -> bool:
    """Whether all that is ordered above a forwarded mail is about the ticket that it opens."""
    rows = [command(order.command) for order in orders.orders]
    return not orders.questions and all(
        row and row.ticket and row.trust is Trust.TOKEN and row.name not in _ELSEWHERE and not row.asks for row in rows
    )


def carry_out(change: Change, scene: Scene, orders: Orders, email: str) -> Change:
    """What was written above becomes a note, orders are carried out; the agent hears it, and how to correct it."""
    done = change
    text = "" if says_nothing(orders.text, actor(scene)) else without_signature(orders.text)
    words = " ".join(word for order in orders.orders if order.command == "note" for word in order.args)
    if note := "\n".join(part for part in (words, text) if part):
        done = done.record(scene.number, EntryKind.NOTE, actor(scene).name, event=Event.NOTED, text=note)
    language, problems = tongue(scene), list[str]()
    for order in orders.orders:
        row = command(order.command)
        if row is None or row.name == "note":
            continue
        outcome = row.apply(done, scene, order)
        if isinstance(outcome, Change):
            done = outcome
        else:
            problems.append(problem(outcome, language))
    told = [sentence(LINES, "forwarded", language, ticket=f"#{scene.number}", email=email)]
    told += [line["text"] for line in lines(change, done, language, scene.desk.timezone)]
    told += [*problems, sentence(LINES, "forwarded_else", language)]
    return done.send(transcript(done, scene, as_lines(told)))


def not_believed(change: Change, scene: Scene, people: tuple[str, ...], *, proved: bool) -> Change:
    """Tell an agent who became the requester of a forwarded mail why that is, and how to name the customer."""
    language, ticket = tongue(scene), f"#{scene.number}"
    why = "forwarded_several" if proved else "forwarded_unproved"
    told = [sentence(LINES, why, language, ticket=ticket, emails=", ".join(people))]
    told += [sentence(LINES, "forwarded_name", language, email=email) for email in people]
    return change.say(scene.number, "match", why.replace("_", ": ")).send(transcript(change, scene, as_lines(told)))

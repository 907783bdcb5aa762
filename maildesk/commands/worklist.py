"""Answering a worklist: ``1042 solved``, ``۱۰۴۴ تعویق شنبه``. Each line succeeds or fails alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from maildesk.commands import acting
from maildesk.commands.agent import command
from maildesk.commands.answer import proof_problem
from maildesk.commands.asks import as_lines
from maildesk.commands.folding import fold, visible
from maildesk.commands.grammar import Orders, is_signature, read_line, read_words
from maildesk.commands.replies import explained, refuse, transcript
from maildesk.commands.row import Outcome, Trust, question, tongue
from maildesk.commands.transcript import lines
from maildesk.commands.words import LINES, sentence
from maildesk.model.change import Change, Order, Question
from maildesk.model.desk import Scene

_ELSEWHERE = frozenset(("public", "refer", "send", "drop", "undo", "new"))
"""These need a mail of their own: a text, a decision, or something that is answered."""
_MOST_LINES = 1000


def read_lines(text: str) -> Orders:
    """The orders of a reply to a worklist. Quoted lines, empty ones and the signature are passed over; what is left
    and is no ``NUMBER COMMAND`` is a Question. ``where`` of an order is its line; orders of one line belong together.
    """
    rows = text.splitlines()
    if len(rows) > _MOST_LINES:
        return Orders(questions=(Question("", "too_many_lines"),))
    found = Orders()
    for index, line in enumerate(rows):
        plain = visible(line).strip()
        if is_signature(line):
            break
        if not plain or plain.startswith((">", "|")):
            continue
        found += _read(plain, f"line {index + 1}")
    return found


def is_undo(text: str) -> bool:
    """Whether the reply to a transcript of lines takes them all back."""
    return [order.command for order in read_words(text).orders] == ["undo"]


def _read(line: str, where: str) -> Orders:
    first, _, rest = line.lstrip("-*• ").partition(" ")
    number = fold(first).strip("[]#:.،,")
    about = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    if about and not rest.strip():
        return Orders(questions=(Question(line, "no_command", "", where, first),))
    read = read_line(rest.lstrip(" #") if about else line.removeprefix("#"), where)
    if not read.orders and not read.questions:
        return Orders(questions=(Question(line, "unknown", "", where),))
    return Orders(
        tuple(replace(order, ticket=about, written=line) for order in read.orders),
        tuple(replace(one, written=line) for one in read.questions),
    )


def apply_lines(change: Change, scene: Scene, orders: Orders) -> Change:
    """Do what the lines say, each line wholly or not at all, and report every one of them.

    ``change.tickets`` holds the tickets that ``agent.numbers`` names; a number that it does not hold is told to be
    unknown.
    """
    if bad := proof_problem(scene):
        return refuse(change, scene, (Question("", bad),))
    broken = {one.where for one in orders.questions}
    questions = list(orders.questions)
    done = change
    for where, group in groupby(orders.orders, key=lambda order: order.where):
        outcome = _line(done, scene, tuple(group)) if where not in broken else done
        if isinstance(outcome, Question):
            questions.append(outcome)
        else:
            done = outcome
    effects = lines(change, done, tongue(scene), scene.desk.timezone)
    failed = as_lines(_told(one, scene) for one in questions)
    told = effects or failed or not done.notices
    return done.send(transcript(done, scene, effects, "worklist", failed)) if told else done


def _line(change: Change, scene: Scene, orders: tuple[Order, ...]) -> Outcome:
    for order in orders:
        row = command(order.command)
        if row is None or row.name in _ELSEWHERE or row.trust is Trust.STRONG:
            return question(order, "not_here")
        if row.ticket and order.ticket not in change.tickets:
            return question(order, "no_such_ticket", detail=str(order.ticket or "?"))
        about = replace(scene, number=order.ticket, undo=None, held=None, attachments=())
        if row.name == "note":
            if not order.args:
                return question(order, "nothing_written")
            change = acting.note(change, about, " ".join(order.args))
            continue
        outcome = row.apply(change, about, order)
        if isinstance(outcome, Question):
            return outcome
        change = outcome
    return change


def _told(one: Question, scene: Scene) -> str:
    language = tongue(scene)
    number = one.where.removeprefix("line ")
    told = sentence(LINES, "line", language, number=number, written=one.written, problem=explained(one, language))
    if one.suggestion:
        told += " " + sentence(LINES, "did_you_mean", language, suggestion=one.suggestion)
    return told

"""What an agent hears back: what was not understood, what is held, what must be confirmed, what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from maildesk.commands import arguments
from maildesk.commands.agent import command
from maildesk.commands.asks import as_lines, to_actor
from maildesk.commands.grammar import read_orders
from maildesk.commands.row import actor, tongue
from maildesk.commands.signature import says_nothing, without_signature
from maildesk.commands.transcript import joins, lines
from maildesk.commands.words import LINES, REASONS, problem, sentence
from maildesk.ingest.shingles import known_lines, runs
from maildesk.model.change import Change, Hold, Notice, Order, Question, Release
from maildesk.model.desk import Scene
from maildesk.model.ticket import Entry
from maildesk.model.tokens import Right

HELD = "held:"


def refuse(change: Change, scene: Scene, questions: Sequence[Question]) -> Change:
    """Nothing is done; the agent gets the mail back with what was wrong, and a corrected reply works.

    The reply goes where the mail went: what was meant as a note cannot become an answer by a slip.
    """
    language = tongue(scene)
    right = scene.sent.right if scene.sent else None
    asked = tuple(
        {
            "written": one.written,
            "problem": explained(one, language),
            "suggestion": one.suggestion,
            "where": one.where,
        }
        for one in questions
    )
    answerable = scene.number in change.tickets
    rights = {
        Right.NOTE: (Right.NOTE, Right.ANSWER),
        Right.COMMAND: (Right.COMMAND,),
        Right.CONFIRM: (Right.CONFIRM,),
    }.get(right or Right.ANSWER, (Right.ANSWER, Right.NOTE) if answerable else (Right.COMMAND,))
    data = {
        "questions": asked,
        "text": _said_again(scene, questions) + ((scene.mail.reply if scene.mail else "") or below(scene)),
        "seen": scene.sent.seen if scene.sent else 0,
        "forged": any(one.problem == "forged" for one in questions),
    }
    for one in questions:
        change = change.say(scene.number, "order", f"{one.written}: {one.problem} {one.detail}".strip())
    purpose = scene.sent.purpose if scene.sent else ""
    return change.send(to_actor(change, scene, "command_error", data, rights, purpose=purpose))


def _said_again(scene: Scene, questions: Sequence[Question]) -> str:
    """The commands of the subject as lines, where it is the whole mail that is refused: a reply has another subject."""
    if scene.mail is None or any(one.written for one in questions):
        return ""
    found = read_orders(scene.mail.subject, scene.sent.subject if scene.sent else "", "").orders
    return "".join(f"#{order.written.strip('[]')}\n" for order in found)


def explained(one: Question, language: str) -> str:
    """What was wrong, as a sentence; of a command that lacks something, with the example of its row."""
    row = command(one.detail) if one.problem == "missing" else None
    if row is None:
        return problem(one, language)
    return problem(replace(one, detail=f"[{row.example_fa if language == 'fa' else row.example}]"), language)


def below(scene: Scene) -> str:
    """What an agent wrote below the mail that they answered, where their program marks nothing of what it quotes.

    It cannot be told for sure, so it is shown to its writer and goes nowhere; "" where nothing was written there.
    """
    mail, sent = scene.mail, scene.sent
    if mail is None or sent is None or mail.reply.strip():
        return ""
    lines = mail.text.splitlines()
    ours = known_lines(lines, runs([sent.text]))
    last = max((index for index, is_known in enumerate(ours) if is_known), default=len(lines))
    text = without_signature("\n".join(lines[last + 1 :]))
    return "" if says_nothing(text, actor(scene)) else text


def hold(change: Change, scene: Scene, reasons: Iterable[tuple[str, str]], text: str, mail: int = 0) -> Change:
    """The mail waits for its author: `send`, `note` or `drop`.

    ``reasons`` are (key of ``words.REASONS`` or a sentence, detail); ``mail`` is one that is held already.
    """
    language = tongue(scene)
    keys = tuple(reasons)
    told = tuple(sentence(REASONS, name, language, detail=detail) if name in REASONS else name for name, detail in keys)
    data = {"reasons": told, "newer": tuple(map(_newer, scene.newer)), "text": text}
    notice = to_actor(change, scene, "held", data, (Right.COMMAND,), purpose=f"{HELD}{mail or change.mail}")
    reason = ", ".join(name for name, _ in keys)
    if not mail:
        change = change.effect(Hold(change.mail, scene.number, scene.person.email, reason))
    return change.say(scene.number, "order", f"held: {reason}").send(notice)


def _newer(entry: Entry) -> Mapping[str, Any]:
    return {"kind": entry.kind.value, "author": entry.author, "at": entry.at, "text": entry.text}


def confirm(change: Change, scene: Scene, orders: Iterable[Order], mail: int) -> Change:
    """Ask the agent to confirm by mail what a token alone does not allow."""
    what = ", ".join(_with_warning(change, scene, order) for order in orders)
    purpose = f"{HELD}{mail}"
    notice = to_actor(change, scene, "confirm", {"what": what}, (Right.CONFIRM,), purpose=purpose)
    if mail == change.mail:
        change = change.effect(Hold(mail, scene.number, scene.person.email, "confirm"))
    return change.say(scene.number, "order", f"to be confirmed: {what}").send(notice)


def _with_warning(change: Change, scene: Scene, order: Order) -> str:
    """What is to be confirmed, with what it discloses."""
    other = arguments.number(order, " ".join(order.args)) if order.command == "merge" else 0
    warning = joins(change.tickets, scene.number, other, tongue(scene)) if isinstance(other, int) else ""
    return f"{order.written} ({warning})" if warning else order.written


def report(before: Change, after: Change, scene: Scene, orders: Sequence[Order]) -> Change:
    """The transcript, unless nothing but questions was asked or the agent wants none for trivial things."""
    rows = [row for order in orders if (row := command(order.command))]
    if rows and all(row.asks for row in rows) and len(after.entries) == len(before.entries):
        return after
    decided = any(isinstance(effect, Release) for effect in after.effects)
    if not actor(scene).transcripts and not decided and all(row.trivial for row in rows):
        return after
    language = tongue(scene)
    told = lines(before, after, language, scene.desk.timezone)
    return after.send(transcript(after, scene, told or as_lines([sentence(LINES, "nothing", language)])))


def transcript(
    change: Change,
    scene: Scene,
    told: Sequence[Mapping[str, str]],
    purpose: str = "",
    failed: Sequence[Mapping[str, str]] = (),
) -> Notice:
    """The mail that says what was done, and what was not."""
    data = {"lines": tuple(told), "failed": tuple(failed)}
    return to_actor(change, scene, "transcript", data, (Right.COMMAND,), purpose=purpose)

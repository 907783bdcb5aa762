"""Doing what an agent's mail says, once it is sure what it says: orders first, then its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from maildesk.commands import people
from maildesk.commands.agent import command
from maildesk.commands.row import actor, customer_tongue, hold_seconds
from maildesk.model.change import Change, MailClass, Notice, Order, Question
from maildesk.model.desk import Scene
from maildesk.model.people import Role
from maildesk.model.ticket import EntryKind, Event, Status, Ticket
from maildesk.model.tokens import Right


class Intent(StrEnum):
    """What an agent wants done with the text of a mail."""

    NOTHING = "nothing"
    """There is no text: commands only."""
    NOTE = "note"
    """Internal."""
    PUBLIC = "public"
    """To the customer."""
    REFER = "refer"
    """To a department."""
    INCIDENT = "incident"
    """To everybody whom an incident concerns."""
    UNCLEAR = "intent"
    """It does not say."""
    CONTRADICTION = "contradiction"
    """It says two things."""


def act(
    change: Change, scene: Scene, orders: Sequence[Order], intent: Intent, text: str, html: str = ""
) -> Change | tuple[Question, ...]:
    """The orders in their sequence, each seeing the former, and the text; or what cannot be done: then nothing is."""
    questions: list[Question] = []
    done = change
    for order in orders:
        row = command(order.command)
        if row is None:
            continue
        handed = replace(order, args=(*order.args, text)) if row.name in {Intent.REFER, Intent.INCIDENT} else order
        outcome = row.apply(done, scene, handed)
        if isinstance(outcome, Question):
            questions.append(outcome)
        else:
            done = outcome
    if intent is Intent.PUBLIC and not questions and not recipients(scene, done.tickets[scene.number]):
        questions.append(Question("", "nobody_to_answer"))
    if questions:
        return tuple(questions)
    if intent is Intent.NOTE:
        return note(done, scene, text)
    return answer(done, scene, orders, text, html) if intent is Intent.PUBLIC else done


def note(change: Change, scene: Scene, text: str) -> Change:
    """An internal note; the assignee and the watchers are told, except who wrote it."""
    noted = change.record(
        scene.number,
        EntryKind.NOTE,
        actor(scene).name,
        event=Event.NOTED,
        text=text,
        message_id=scene.mail.message_id if scene.mail else "",
    )
    ticket = noted.tickets[scene.number]
    for name in sorted(ticket.watchers | {ticket.assignee}):
        if name in scene.desk.agents:
            noted = people.tell(noted, scene, scene.desk.agents[name], "noted", text)
    return noted


def answer(change: Change, scene: Scene, orders: Sequence[Order], text: str, html: str) -> Change:
    """A public answer, one mail for each who takes part. Clocks stop when it is sent: the outbox says when."""
    me, ticket = actor(scene), change.tickets[scene.number]
    said = {order.command for order in orders}
    after: dict[str, Any] = {"waiting_since": None}
    if not ticket.is_done and not any(row.decides_status for name in said if (row := command(name))):
        after |= {"status": Status.WAITING, "snoozed_until": None}
    if not ticket.assignee and me.name in scene.desk.agents and not said & {"unassign", "group"}:
        after["assignee"] = me.name
    answered = change.record(
        scene.number,
        EntryKind.ANSWER,
        me.name,
        event=Event.ANSWERED,
        text=text,
        public=True,
        message_id=scene.mail.message_id if scene.mail else "",
        **after,
    )
    return people.tell_the_others(answered.send(*letters(answered, scene, text, html)), scene, ticket)


def letters(change: Change, scene: Scene, text: str, html: str = "") -> tuple[Notice, ...]:
    """The mails that carry the ticket's latest entry, an answer, to everybody outside who takes part."""
    ticket = change.tickets[scene.number]
    return tuple(
        Notice(
            template="answer",
            to=email,
            to_name=ticket.requester_name if email == ticket.requester else "",
            role=Role.REQUESTER if email == ticket.requester else Role.PARTICIPANT,
            cause=str(ticket.version),
            ticket=ticket.number,
            mailbox=ticket.mailbox,
            language=customer_tongue(scene.desk, ticket),
            mail_class=MailClass.REPLY,
            data={"text": text, "agent": actor(scene).display},
            attachments=scene.attachments,
            html=html,
            rights=(Right.BOUNCE,),
            hold_seconds=hold_seconds(scene),
            entry=ticket.version,
        )
        for email in recipients(scene, ticket)
    )


def recipients(scene: Scene, ticket: Ticket) -> tuple[str, ...]:
    """Everybody outside who takes part, the requester first; never an address of the desk itself (A12)."""
    everybody = dict.fromkeys((ticket.requester, *sorted(ticket.participants)))
    return tuple(email for email in everybody if email and email not in scene.desk.own_addresses)

"""What a row of the table of commands is, and the few things that every command does alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from maildesk.model.change import Change, Order, Question
from maildesk.model.desk import Desk, Mailbox, Scene
from maildesk.model.people import Agent
from maildesk.model.ticket import EntryKind, Event, Ticket

Outcome = Change | Question
Apply = Callable[[Change, Scene, Order], Outcome]


class Need(StrEnum):
    """What must be read before a command can be decided."""

    TICKETS = "tickets"
    """The tickets whose numbers are its arguments."""
    WORKLIST = "worklist"
    """The agent's tickets: ``Scene.worklist``."""
    STORY = "story"
    """The ticket's entries: ``Scene.story``."""
    REASONS = "reasons"
    """What was decided about the ticket: ``Scene.reasons``."""
    UNDO = "undo"
    """The latest thing that the agent did: ``Scene.undo``."""
    HELD = "held"
    """The held mail that the answered notice is about: ``Scene.held``."""
    NUMBER = "number"
    """A fresh ticket number as ``Scene.number``."""
    FRESH = "fresh"
    """A fresh ticket number as ``Scene.fresh``, beside the mail's own."""
    LINKED = "linked"
    """The tickets that the mail's own is linked to."""
    FOUND = "found"
    """The tickets that the words of the arguments are found in: ``Scene.found``."""
    DOSSIER = "dossier"
    """Everything that is known of a person, as a file: ``Scene.dossier``."""


class Trust(StrEnum):
    """What proof of the writer a command asks for."""

    TOKEN = "token"  # noqa: S105 - a word of the domain
    """A reply token made for this agent."""
    STRONG = "strong"
    """A token and a DMARC pass; with less it is done once the agent has confirmed it by mail."""
    EITHER = "either"
    """A token or a DMARC pass: what can be written without answering a mail of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing that agents can do by mail. Grammar, help, did-you-mean, permission and docs follow from its row."""

    name: str
    aliases: tuple[str, ...] = ()
    persian: tuple[str, ...] = ()
    """Persian names; help shows the first."""
    arguments: str = ""
    """How the arguments look, as "AGENT" or "+TAG -TAG": capitals stand for what is to be filled in."""
    least: int = 0
    most: int | None = 0
    """Words of arguments, at least and at most; None for any number."""
    apply: Apply
    help: str
    help_fa: str
    example: str
    example_fa: str
    needs: frozenset[Need] = frozenset()
    trust: Trust = Trust.TOKEN
    ticket: bool = True
    """Whether it is about a ticket; False also works in a mail that belongs to none."""
    decides_status: bool = False
    """An answer in the same mail leaves the status to it."""
    ends: bool = False
    """It puts the ticket out of sight: a customer's mail that the agent has not seen holds it up."""
    trivial: bool = True
    """An agent who wants no transcripts gets none for it."""
    asks: bool = False
    """It changes nothing: a mail answers it."""
    gateways_write_it: bool = False
    """Mail filters put this word in brackets into subjects, so only the line form counts."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every way to write it."""
        return (self.name, *self.aliases, *self.persian)


def actor(scene: Scene) -> Agent:
    """The agent who wrote the mail."""
    known = scene.desk.agents.get(scene.person.agent) or scene.desk.agent_at(scene.person.email)
    return known or Agent(name=scene.person.email, email=scene.person.email)


def tongue(scene: Scene) -> str:
    """The language of the agent who wrote the mail."""
    return actor(scene).language or scene.desk.language


def mailbox_of(desk: Desk, ticket: Ticket) -> Mailbox | None:
    """The mailbox that a ticket belongs to; None when it is no longer configured."""
    return desk.mailboxes.get(ticket.mailbox)


def customer_tongue(desk: Desk, ticket: Ticket) -> str:
    """The language in which the ticket's customer is written to."""
    box = mailbox_of(desk, ticket)
    return ticket.language or (box.language if box else "") or desk.language


def hold_seconds(scene: Scene) -> int:
    """How long what the agent's mail causes outside can still be taken back."""
    own = actor(scene).hold_seconds
    return scene.desk.hold_seconds if own is None else own


def question(
    order: Order, problem: str, *, suggestion: str = "", detail: str = "", known: Iterable[str] = ()
) -> Question:
    """What is wrong with an order."""
    return Question(order.written, problem, suggestion, order.where, detail, tuple(known))


def change_fields(change: Change, scene: Scene, order: Order, event: Event = Event.COMMANDED, **after: Any) -> Change:
    """Set fields of the scene's ticket as the agent ordered; nothing happens when they are so already."""
    return change_other(change, scene, order, scene.number, event, **after)


def change_other(
    change: Change, scene: Scene, order: Order, number: int, event: Event = Event.COMMANDED, **after: Any
) -> Change:
    """Set fields of any ticket of the change as the agent ordered."""
    ticket = change.tickets[number]
    if all(getattr(ticket, name) == value for name, value in after.items()):
        return change
    return change.record(number, EntryKind.CHANGE, actor(scene).name, cause=order.written, event=event, **after)

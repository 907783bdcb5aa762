"""Commands about who works on a ticket and who else belongs to it; and about being away."""

from __future__ import annotations

from maildesk.commands import arguments
from maildesk.commands.row import (
    Outcome,
    actor,
    change_fields,
    change_other,
    customer_tongue,
    hold_seconds,
    question,
    tongue,
)
from maildesk.commands.when import read_when
from maildesk.model.change import Absence, Change, MailClass, Notice, Order, Question
from maildesk.model.desk import Scene
from maildesk.model.people import Agent, Role
from maildesk.model.ticket import EntryKind, Event, Status, Ticket
from maildesk.model.tokens import Right
from maildesk.service.telling import why_told


def take(change: Change, scene: Scene, order: Order) -> Outcome:
    """Become the assignee, but only of a ticket that nobody has."""
    ticket, me = change.tickets[scene.number], actor(scene)
    if ticket.assignee and ticket.assignee != me.name:
        return question(order, "taken", detail=_display(scene, ticket.assignee))
    return tell_the_others(change_fields(change, scene, order, assignee=me.name), scene, ticket)


def assign(change: Change, scene: Scene, order: Order) -> Outcome:
    """Give the ticket to somebody, who is told."""
    found = arguments.agent(scene, order, change.tickets[scene.number].group)
    if isinstance(found, Question):
        return found
    given = change_fields(change, scene, order, assignee=found.name)
    if given is change:
        return change
    return tell_the_others(tell(given, scene, found, "assigned"), scene, change.tickets[scene.number])


def unassign(change: Change, scene: Scene, order: Order) -> Outcome:
    """Nobody has it any more."""
    return change_fields(change, scene, order, assignee="")


def group(change: Change, scene: Scene, order: Order) -> Outcome:
    """Move the ticket to a team; an assignee who does not belong to it loses it."""
    name = arguments.group(scene, order)
    if isinstance(name, Question):
        return name
    assignee = change.tickets[scene.number].assignee
    owner = scene.desk.agents.get(assignee)
    stays = owner is not None and name in owner.groups
    return change_fields(change, scene, order, group=name, assignee=assignee if stays else "")


def watch(change: Change, scene: Scene, order: Order) -> Outcome:
    """Be told of what happens to it, or have somebody told."""
    return _watchers(change, scene, order, add=True)


def unwatch(change: Change, scene: Scene, order: Order) -> Outcome:
    """Hear no more of it, as a watcher or as one of its group; whose it is must hear what its customer writes."""
    return _watchers(change, scene, order, add=False)


def _watchers(change: Change, scene: Scene, order: Order, *, add: bool) -> Outcome:
    ticket = change.tickets[scene.number]
    found = arguments.agent(scene, order, ticket.group) if order.args else actor(scene)
    if isinstance(found, Question):
        return found
    me = frozenset({found.name})
    if add:
        return change_fields(change, scene, order, watchers=ticket.watchers | me, muted=ticket.muted - me)
    if ticket.assignee == found.name:
        return question(order, "is_theirs", detail=found.display)
    return change_fields(change, scene, order, watchers=ticket.watchers - me, muted=ticket.muted | me)


def cc(change: Change, scene: Scene, order: Order) -> Outcome:
    """Let somebody outside take part, or no longer: answers go to them too, and they may write."""
    ticket = change.tickets[scene.number]
    taking_part = set(ticket.participants)
    for sign, word in arguments.signed(order.args):
        email = arguments.address(scene.desk, order, word)
        if isinstance(email, Question):
            return email
        if sign == "-" and email not in taking_part:
            return question(order, "not_taking_part", detail=email)
        (taking_part.add if sign == "+" else taking_part.discard)(email)
    return change_fields(change, scene, order, participants=frozenset(taking_part - {ticket.requester}))


def requester(change: Change, scene: Scene, order: Order) -> Outcome:
    """Somebody else is the person who asked; nothing but this changes it."""
    email = arguments.address(scene.desk, order, order.args[0])
    if isinstance(email, Question):
        return email
    ticket = change.tickets[scene.number]
    if email == ticket.requester:
        return change
    others = ticket.participants - {email}
    return change_fields(change, scene, order, requester=email, requester_name="", participants=others)


def refer(change: Change, scene: Scene, order: Order, text: str) -> Outcome:
    """Ask a department by mail; its answer comes back as a note. ``text`` is what it is asked."""
    name = arguments.department(scene, order)
    if isinstance(name, Question):
        return name
    if not text:
        return question(order, "nothing_asked")
    department, ticket = scene.desk.departments[name], change.tickets[scene.number]
    asked = change.record(
        scene.number, EntryKind.NOTE, actor(scene).name, cause=order.written, event=Event.NOTED, text=text
    )
    status = Status.PAUSED if department.pauses_clock and not ticket.is_done else ticket.status
    fields = tuple(sorted({**dict(ticket.fields), "referred": name}.items()))
    asked = change_other(asked, scene, order, scene.number, fields=fields, status=status)
    return asked.send(
        Notice(
            template="refer",
            to=department.email,
            to_name=department.name,
            role=Role.DEPARTMENT,
            cause=change.origin,
            ticket=scene.number,
            mailbox=ticket.mailbox,
            language=department.language or customer_tongue(scene.desk, ticket),
            mail_class=MailClass.REPLY,
            data={"text": text, "author": actor(scene).display, "department": name, "original": _latest(scene)},
            attachments=scene.attachments,
            rights=(Right.REFER,),
            hold_seconds=hold_seconds(scene),
            entry=ticket.version + 1,
        )
    )


def vacation(change: Change, scene: Scene, order: Order) -> Outcome:
    """Away until then; the last argument may name who covers."""
    words = list(order.args)
    cover = ""
    if words:
        found = arguments.agent(scene, order, "", words[-1:])
        if not isinstance(found, Question) and found != actor(scene):
            cover, words = found.name, words[:-1]
    until = read_when(" ".join(words), change.now, scene.desk.timezone, tongue(scene)) if words else None
    if words and until is None:
        return question(order, "no_such_time", detail=" ".join(words))
    return change.effect(Absence(actor(scene).name, True, until, cover))


def back(change: Change, scene: Scene, order: Order) -> Outcome:  # noqa: ARG001 - every command has these three
    """Here again."""
    return change.effect(Absence(actor(scene).name, False))


def tell(change: Change, scene: Scene, agent: Agent, event: str, text: str = "") -> Change:
    """Notify a colleague of what the agent did ("assigned" or "noted"); nobody is told of their own doing."""
    if agent == actor(scene):
        return change
    ticket, noted = change.tickets[scene.number], event == "noted"
    return change.send(
        Notice(
            template="note" if noted else "notification",
            to=agent.email,
            to_name=agent.display,
            role=agent.role,
            cause=f"{event}:{ticket.version}",
            ticket=ticket.number,
            mailbox=ticket.mailbox,
            language=agent.language or scene.desk.language,
            data={
                "event": event,
                "text": text if noted else _latest(scene),
                "author": actor(scene).display,
                "reason": "assigned" if event == "assigned" else why_told(agent, ticket, scene.desk),
            },
            attachments=scene.attachments if noted else (),
            rights=(Right.NOTE, Right.ANSWER) if noted else (Right.ANSWER, Right.NOTE),
            entry=ticket.version,
        )
    )


def tell_the_others(change: Change, scene: Scene, before: Ticket) -> Change:
    """A ticket that nobody had has an owner: who was told of it hears in one short mail that it is seen to."""
    ticket = change.tickets[scene.number]
    owner = scene.desk.agents.get(ticket.assignee)
    if before.assignee or owner is None:
        return change
    others = (agent for email in scene.told if (agent := scene.desk.agent_at(email)))
    return change.send(
        *(
            Notice(
                template="taken",
                to=agent.email,
                to_name=agent.display,
                role=agent.role,
                cause=f"taken:{ticket.version}",
                ticket=ticket.number,
                mailbox=ticket.mailbox,
                language=agent.language or scene.desk.language,
                data={"author": owner.display},
                rights=(Right.NOTE,),
                hold_seconds=hold_seconds(scene),
                entry=ticket.version,
            )
            for agent in others
            if agent not in {owner, actor(scene)}
        )
    )


def tell_me(change: Change, scene: Scene, number: int, event: str, text: str = "") -> Change:
    """Give the agent a mail about another ticket, to answer it by."""
    me, ticket = actor(scene), change.tickets[number]
    return change.send(
        Notice(
            template="notification",
            to=me.email,
            to_name=me.display,
            role=me.role,
            cause=f"{event}:{change.origin}",
            ticket=number,
            mailbox=ticket.mailbox,
            language=tongue(scene),
            data={
                "event": event,
                "text": text,
                "author": ticket.requester_name or ticket.requester,
                "reason": why_told(me, ticket, scene.desk),
            },
            rights=(Right.ANSWER, Right.NOTE),
            entry=ticket.version,
        )
    )


def _latest(scene: Scene) -> str:
    """What the customer wrote last."""
    wrote = (entry for entry in reversed(scene.story) if entry.kind is EntryKind.CUSTOMER)
    return next((entry.text for entry in wrote if entry.ticket == scene.number), "")


def _display(scene: Scene, name: str) -> str:
    return scene.desk.agents[name].display if name in scene.desk.agents else name

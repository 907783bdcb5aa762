"""`new`: an agent writes to a customer first, or logs a telephone call or a chat as a ticket."""

from __future__ import annotations

from collections.abc import Sequence

from maildesk.commands import arguments
from maildesk.commands.acting import letters
from maildesk.commands.agent import command
from maildesk.commands.folding import key
from maildesk.commands.grammar import bare_subject
from maildesk.commands.row import actor, question
from maildesk.model.change import Change, Order, Question
from maildesk.model.desk import Mailbox, Scene
from maildesk.model.ticket import EntryKind, Status, Ticket

_CHANNELS = {
    **dict.fromkeys(map(key, ("phone", "call", "تلفن", "تماس")), "phone"),
    **dict.fromkeys(map(key, ("chat", "چت", "گفت‌وگو")), "chat"),
}


def write_first(
    change: Change, scene: Scene, orders: Sequence[Order], text: str, html: str = ""
) -> Change | tuple[Question, ...]:
    """Opens ticket ``scene.number`` (a fresh one) for the customer that ``new`` names.

    By mail the text goes to the customer and the ticket waits for them; a call is only written down. Other orders of
    the same mail act upon the new ticket.
    """
    order = next(order for order in orders if order.command == "new")
    box = _mailbox(scene)
    channel = _CHANNELS.get(key(order.args[0]), "") if len(order.args) > 1 else "mail"
    if not channel:
        return (question(order, "no_channel", detail=order.args[0]),)
    email = arguments.address(scene.desk, order, order.args[-1])
    if isinstance(email, Question):
        return (email,)
    if box is None:
        return (question(order, "no_mailbox"),)
    if not text:
        return (question(order, "nothing_written"),)
    me, by_mail = actor(scene), channel == "mail"
    ticket = Ticket(
        number=scene.number,
        mailbox=box.name,
        subject=bare_subject(scene.mail.subject) if scene.mail else "",
        requester=email,
        requester_name=scene.contact.name if scene.contact and scene.contact.email == email else "",
        status=Status.WAITING if by_mail else Status.OPEN,
        group=box.group,
        assignee=me.name if me.name in scene.desk.agents else "",
        language=box.language,
        channel=channel,
        opened_at=change.now,
    )
    opened = change.open_ticket(
        ticket,
        me.name,
        kind=EntryKind.ANSWER if by_mail else EntryKind.NOTE,
        text=text,
        message_id=scene.mail.message_id if scene.mail else "",
        cause=order.written,
    )
    if by_mail:
        opened = opened.send(*letters(opened, scene, text, html))
    return _others(opened, scene, orders)


def _others(change: Change, scene: Scene, orders: Sequence[Order]) -> Change | tuple[Question, ...]:
    questions = []
    for order in orders:
        row = command(order.command)
        if row is None or row.name == "new":
            continue
        outcome = row.apply(change, scene, order)
        if isinstance(outcome, Question):
            questions.append(outcome)
        else:
            change = outcome
    return tuple(questions) or change


def _mailbox(scene: Scene) -> Mailbox | None:
    """The mailbox of ours that the mail was written to; the first one that the desk has where none is named."""
    to = set(scene.mail.recipients) if scene.mail else set()
    boxes = tuple(scene.desk.mailboxes.values())
    return next((box for box in boxes if box.addresses & to), boxes[0] if boxes else None)

"""`split`: one of a ticket's mails becomes a ticket of its own, with everything that answers it from then on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from maildesk.commands import arguments
from maildesk.commands.people import tell, tell_me
from maildesk.commands.row import Outcome, actor, change_other, question
from maildesk.model.change import Change, Moved, Order, Question
from maildesk.model.desk import Scene
from maildesk.model.ticket import Entry, EntryKind, Status, Ticket


def split(change: Change, scene: Scene, order: Order) -> Outcome:
    """Begin ticket ``scene.fresh`` with the named entry, else with the latest mail that the agent had seen.

    `undo` merges it back: what answers the mail finds its way either way.
    """
    entry = _wanted(scene, order)
    if isinstance(entry, Question):
        return entry
    if entry.number == 1:
        return question(order, "is_first")
    old = change.tickets[scene.number]
    opened = replace(change, mail=entry.mail).open_ticket(
        _fresh(old, entry, scene),
        entry.author,
        kind=EntryKind.CUSTOMER,
        text=entry.text,
        message_id=entry.message_id,
        cause=f"split from #{old.number}, entry {entry.number}",
    )
    # The rules have seen this mail; now they would look at the agent's.
    opened = replace(opened, mail=change.mail, events=change.events)
    if entry.mail:
        opened = opened.effect(Moved(entry.mail, scene.fresh, 1))
    links = tuple(sorted((*old.links, scene.fresh)))
    parted = change_other(opened, scene, order, old.number, links=links, **_left(old, entry, scene))
    owner = scene.desk.agents.get(parted.tickets[scene.fresh].assignee)
    if owner and owner != actor(scene):
        parted = tell(parted, replace(scene, number=scene.fresh), owner, "split", entry.text)
    return tell_me(parted, scene, scene.fresh, "split", entry.text)


def _wanted(scene: Scene, order: Order) -> Entry | Question:
    mails = [entry for entry in scene.story if entry.ticket == scene.number and entry.kind is EntryKind.CUSTOMER]
    if order.args:
        number = arguments.number(order, order.args[0])
        if isinstance(number, Question):
            return number
        found = next((entry for entry in mails if entry.number == number), None)
    else:
        seen = scene.sent.seen if scene.sent else 0
        found = next((entry for entry in reversed(mails) if not seen or entry.number <= seen), None)
    return found or question(order, "nothing_to_split", detail=" ".join(order.args))


def _fresh(old: Ticket, entry: Entry, scene: Scene) -> Ticket:
    is_requester = entry.author == old.requester
    return Ticket(
        number=scene.fresh,
        mailbox=old.mailbox,
        subject=old.subject,
        requester=entry.author,
        requester_name=old.requester_name if is_requester else "",
        group=old.group,
        assignee=old.assignee or (actor(scene).name if actor(scene).name in scene.desk.agents else ""),
        language=old.language,
        links=(old.number,),
        account_manager=old.account_manager if is_requester else "",
        opened_at=entry.at,
        waiting_since=entry.at,
        replied_at=entry.at,
        updated_at=entry.at,
        quiet=old.quiet,
    )


def _left(old: Ticket, entry: Entry, scene: Scene) -> dict[str, Any]:
    """How the old ticket stands without that mail: if it was all that waited, it is the customer's turn again."""
    mine = [one for one in scene.story if one.ticket == old.number]
    answered = max((one.number for one in mine if one.kind is EntryKind.ANSWER), default=0)
    others = [one for one in mine if one.kind is EntryKind.CUSTOMER and one.number > answered and one is not entry]
    if others or entry.number < answered or not answered or old.is_done:
        return {}
    return {"waiting_since": None, "status": Status.WAITING}

"""Commands about who may write to the desk, and about what it knows of a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from maildesk.commands import arguments
from maildesk.commands.folding import fold, key
from maildesk.commands.row import Outcome, actor, customer_tongue, hold_seconds, question, tongue
from maildesk.commands.when import read_when
from maildesk.model.change import Attachment, Change, Erase, MailClass, Notice, Order, Question, Remember
from maildesk.model.desk import Scene
from maildesk.model.people import Role
from maildesk.model.ticket import EntryKind, Event

_QUARANTINE = frozenset(map(key, ("quarantine", "قرنطینه")))


def block(change: Change, scene: Scene, order: Order) -> Outcome:
    """Keep the mail of an address or a whole domain away; without one, that of the ticket's requester."""
    words = list(order.args)
    how = "quarantine" if words and key(words[-1]) in _QUARANTINE else "ignore"
    words = words[:-1] if how == "quarantine" else words
    whom = _whom(change, scene, order, words)
    if isinstance(whom, Question):
        return whom
    until = _until(change, scene, order, words[1:])
    if isinstance(until, Question):
        return until
    news = Remember(email=whom, blocked=how, blocked_until=until)
    return _noted(change, scene, order).effect(news)


def _until(change: Change, scene: Scene, order: Order, words: list[str]) -> datetime | Question | None:
    if not words:
        return None
    until = read_when(" ".join(words), change.now, scene.desk.timezone, tongue(scene))
    return until or question(order, "no_such_time", detail=" ".join(words))


def unblock(change: Change, scene: Scene, order: Order) -> Outcome:
    """Let it in again."""
    whom = _whom(change, scene, order, list(order.args))
    if isinstance(whom, Question):
        return whom
    return _noted(change, scene, order).effect(Remember(email=whom, blocked=""))


def erase(change: Change, scene: Scene, order: Order) -> Outcome:
    """Remove everything of a person: texts, names, addresses. The figures stay."""
    whom = person_of(change, scene, order)
    return whom if isinstance(whom, Question) else change.effect(Erase(whom))


def export(change: Change, scene: Scene, order: Order) -> Outcome:
    """Send a person everything that is known of them; to nobody but them."""
    whom = person_of(change, scene, order)
    if isinstance(whom, Question):
        return whom
    if scene.dossier is None:
        return question(order, "nothing_known", detail=whom)
    return change.send(dossier_mail(change, scene, whom, scene.dossier))


def whose_dossier(change: Change, scene: Scene, orders: Iterable[Order]) -> str:
    """Whose data an `export` among these orders is about; "" for nobody's."""
    order = next((order for order in orders if order.command == "export"), None)
    whom = person_of(change, scene, order) if order else ""
    return "" if isinstance(whom, Question) else whom


def dossier_mail(change: Change, scene: Scene, email: str, dossier: Attachment) -> Notice:
    """The mail that brings a person all that the desk knows of them."""
    ticket = change.tickets.get(scene.number)
    mine = ticket is not None and ticket.requester == email
    return Notice(
        template="done",
        to=email,
        role=Role.REQUESTER,
        cause=f"{change.origin}:my_data",
        ticket=ticket.number if ticket and mine else 0,
        mailbox=ticket.mailbox if ticket else next(iter(scene.desk.mailboxes), ""),
        language=customer_tongue(scene.desk, ticket) if ticket and mine else "",
        mail_class=MailClass.REPLY,
        data={"what": "my_data"},
        attachments=(dossier,),
        hold_seconds=hold_seconds(scene) if scene.person.is_desk else 0,
    )


def person_of(change: Change, scene: Scene, order: Order) -> str | Question:
    """The one address that an order is about."""
    whom = _whom(change, scene, order, list(order.args))
    if not isinstance(whom, Question) and whom.startswith("@"):
        return question(order, "no_address", detail=whom)
    return whom


def _whom(change: Change, scene: Scene, order: Order, words: list[str]) -> str | Question:
    """An address, a domain as "@example.com", or the ticket's requester; never somebody of the desk."""
    ticket = change.tickets.get(scene.number)
    written = words[0] if words else ticket.requester if ticket else ""
    if not written:
        return question(order, "missing", detail=order.command)
    if written.startswith("@"):
        found = arguments.address(scene.desk, order, "x" + written)
        domain = fold(written)
        ours = {"@" + email.rpartition("@")[2] for email in _ours(scene)}
        return found if isinstance(found, Question) else question(order, "own_address") if domain in ours else domain
    found = arguments.address(scene.desk, order, written)
    if not isinstance(found, Question) and found in _ours(scene):
        return question(order, "own_address", detail=found)
    return found


def _ours(scene: Scene) -> frozenset[str]:
    agents = (agent.addresses for agent in scene.desk.agents.values())
    departments = frozenset(one.email for one in scene.desk.departments.values())
    return scene.desk.own_addresses.union(departments, *agents)


def _noted(change: Change, scene: Scene, order: Order) -> Change:
    """The history tells of it, though no field of the ticket changes."""
    if scene.number not in change.tickets:
        return change
    return change.record(scene.number, EntryKind.CHANGE, actor(scene).name, cause=order.written, event=Event.COMMANDED)

"""Mail that waits for a person's word: shown as its reader would see it, sent by `send`, thrown away by `drop`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from maildesk.commands.asks import as_lines
from maildesk.commands.grammar import Orders, read_words
from maildesk.commands.replies import HELD, refuse, report, transcript
from maildesk.commands.row import actor, tongue
from maildesk.commands.signature import says_nothing, without_signature
from maildesk.commands.transcript import lines
from maildesk.commands.words import LINES, sentence
from maildesk.model.change import Change, Hold, Notice, Question, Settle
from maildesk.model.desk import Desk, Scene
from maildesk.model.people import Agent, is_outside
from maildesk.model.ticket import EntryKind, Ticket
from maildesk.model.tokens import Right
from maildesk.service.approval import approver
from maildesk.service.sla import INFORMED, informed, pick

DRAFT = "draft:"
_WRITTEN = frozenset({"answer", "refer", "incident"})
"""Mail to people outside with an agent's own words in it."""


def ask(whom: Agent, notice: Notice, ticket: Ticket | None, desk: Desk, purpose: str, **data: object) -> Notice:
    """The mail that asks somebody to decide on ``notice``, about a ticket as it then is; a reply of one word does."""
    return Notice(
        template="draft",
        to=whom.email,
        to_name=whom.display,
        role=whom.role,
        cause=purpose,
        ticket=notice.ticket if ticket else 0,
        mailbox=notice.mailbox,
        language=whom.language or desk.language,
        data={"to": notice.to, "purpose": purpose, **data},
        rights=(Right.COMMAND,) if purpose.startswith(HELD) else (Right.ANSWER,),
        entry=ticket.version if ticket else 0,
        shows=(notice, ticket),
        attachments=notice.attachments,
    )


def for_approval(before: Change, after: Change, scene: Scene, mail: int) -> Change | None:
    """``before`` with a lead asked to look at what ``after`` would send; None where nobody has to look.

    Nothing of ``after`` is done until then: the agent's mail waits as a whole.
    """
    letters = [one for one in after.notices[len(before.notices) :] if is_outside(one.role)]
    written = [one for one in letters if one.template in _WRITTEN]
    me, about = actor(scene), after.tickets.get(scene.number)
    current = before.tickets.get(scene.number)
    # a mail that gives the ticket to another group is also one of the group that it was in
    groups = dict.fromkeys(one.group for one in (current, about) if one) if written else {}
    lead = next((one for group in groups if (one := approver(scene.desk, me, group, scene.away))), None)
    if lead is None or me is None:
        return None
    also = lines(before, after, lead.language or scene.desk.language, scene.desk.timezone)
    data = {"reason": "approval", "author": me.display, "lines": as_lines(line["text"] for line in also)}
    seen = current.version if current else 0
    asked = ask(lead, written[0], after.tickets[scene.number], scene.desk, f"{HELD}{mail}", seen=seen, **data)
    asked = replace(asked, ticket=current.number if current else 0, entry=seen)
    told = sentence(LINES, "awaits", tongue(scene), to=written[0].to, who=lead.display)
    change = before.effect(Hold(mail, scene.number, lead.email, "approval")).send(asked)
    change = change.send(transcript(change, scene, as_lines([told]), "approval"))
    return change.say(scene.number, "order", f"held: {lead.name} has to approve what {me.name} writes")


def tell_author(change: Change, scene: Scene, decision: str) -> Change:
    """The author of a mail hears what a lead decided on it."""
    held = scene.held
    if held is None or not approves(scene):
        return change
    theirs = replace(scene, person=held.author)
    told = sentence(LINES, f"approved_{decision}", tongue(theirs), who=actor(scene).display)
    return change.send(transcript(change, theirs, as_lines([told]), "approval"))


def approves(scene: Scene) -> bool:
    """Whether somebody decides on a colleague's mail, not on their own."""
    return bool(scene.held and scene.held.author.agent and scene.held.author.agent != scene.person.agent)


def one_word(scene: Scene, orders: Orders, allowed: Collection[str]) -> str:
    """The one command that a reply consists of, if it is an allowed one; "" for all else."""
    words = read_words(orders.text)
    found = (*orders.orders, *words.orders)
    named = [order.command for order in found if order.command in allowed and not order.args]
    alone = len(found) == 1 and len(named) == 1 and says_nothing(without_signature(words.text), actor(scene))
    return named[0] if alone and not orders.questions else ""


def decide(change: Change, scene: Scene, orders: Orders) -> Change | None:
    """What `send` or `drop` does to the mails that wait; None for a reply that says something else."""
    word = one_word(scene, orders, ("send", "drop"))
    key = scene.sent.purpose if scene.sent else ""
    if not word:
        return None
    if not scene.drafts:
        return refuse(change, scene, (Question(word, "nothing_held"),))
    after = change.effect(Settle(key, send=word == "send"))
    if scene.number in change.tickets and word == "send":
        after = _informed(after, scene, key)
    return report(change, after.say(scene.number, "order", f"{key}: {word}"), scene, ())


def _informed(change: Change, scene: Scene, key: str) -> Change:
    """An update that a person let go is in the history, and the customer has heard from us."""
    ticket = change.tickets[scene.number]
    clocks = ticket.clocks
    if key.startswith(f"{DRAFT}{INFORMED}"):
        organisation = scene.contact.organisation if scene.contact else ""
        clocks = informed(ticket, change.now, pick(scene.desk, ticket, organisation))
    return change.record(
        ticket.number, EntryKind.NOTICE, actor(scene).name, cause="a draft was sent", public=True, clocks=clocks
    )

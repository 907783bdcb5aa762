"""An agent's mail, decided: refuse, hold, or do. Fail closed: what is in doubt does not leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from maildesk.commands import first
from maildesk.commands.acting import Intent, act
from maildesk.commands.agent import command
from maildesk.commands.arguments import NO, YES
from maildesk.commands.drafts import approves, for_approval, one_word, tell_author
from maildesk.commands.folding import key
from maildesk.commands.formatted import formatted, may_show_ours, without_picture_marks
from maildesk.commands.grammar import (
    Orders,
    is_bare_command,
    late_commands,
    nearly_command,
    read_line,
    read_orders,
    read_words,
)
from maildesk.commands.leaks import doubts, leaks
from maildesk.commands.offer import TAP
from maildesk.commands.passages import is_preview, with_passages
from maildesk.commands.replies import HELD, below, confirm, hold, refuse, report
from maildesk.commands.row import Trust, actor, mailbox_of, tongue
from maildesk.commands.signature import says_nothing, without_signature
from maildesk.model.change import Change, Order, Question, Release
from maildesk.model.desk import HeldMail, Scene, Sent
from maildesk.model.people import Agent, Proof
from maildesk.model.ticket import EntryKind
from maildesk.model.tokens import Right

_TOKEN = frozenset({Proof.TOKEN, Proof.BOTH})
_RIGHTS = frozenset({Right.ANSWER, Right.NOTE, Right.COMMAND, Right.CONFIRM})
_SAID = frozenset(("note", "public", "refer", "incident"))
_OUTSIDE = frozenset(("refer", "incident"))
"""Orders whose text goes to people outside, but is no answer."""
_LEAVES = frozenset((Intent.PUBLIC, Intent.REFER, Intent.INCIDENT))
_DECISIONS = frozenset(("send", "note", "drop"))


def agent_mail(change: Change, scene: Scene, orders: Orders) -> Change:
    """The whole decision on one agent's mail.

    ``scene.number`` is the ticket (a fresh number where ``new`` is said, 0 where the mail belongs to none), which
    ``change.tickets`` holds with those that ``agent.numbers`` names. ``orders`` is what ``grammar.read_orders`` found.
    A Question anywhere means that nothing happens but a mail to the agent; a doubt about a public text means that the
    mail is held.
    """
    if scene.sent and scene.sent.purpose.startswith(HELD):
        return _decide(change, scene, orders)
    if scene.sent and scene.sent.ticket in change.tickets:
        # a reply belongs to its ticket, also where `new` made the caller reserve a fresh number
        scene = replace(scene, number=scene.sent.ticket)
    orders = _with_plain_words(scene.sent, orders)
    text, missing = with_passages(change, scene, orders.orders, _written(scene, orders))
    doubtful = may_show_ours(scene)
    html, scene = formatted(scene, text, lambda shown: bool(_leaking(change, scene, shown)))
    questions = (*orders.questions, *missing) or _refusals(change, scene, orders.orders, text)
    if questions:
        return refuse(change, scene, questions)
    begins = _begins(change, scene, orders.orders)
    intent = Intent.PUBLIC if begins else _intent(scene, orders.orders, text)
    reasons = _reasons(change, scene, orders, intent, text)
    if intent in _LEAVES and not html and doubtful:
        reasons += (("pictures", ""),)
    if reasons:
        return hold(change, scene, reasons, text)
    if begins:
        outcome = first.write_first(change, scene, orders.orders, text, html)
    else:
        outcome = act(change, scene, orders.orders, intent, text, html)
    # what cannot be done is refused at once, not when it has been confirmed
    if isinstance(outcome, Change) and (unproven := _unproven(scene, orders.orders)):
        return confirm(change, scene, unproven, change.mail)
    waits = for_approval(change, outcome, scene, change.mail) if isinstance(outcome, Change) else None
    return waits or _done(change, scene, orders.orders, outcome)


def at_stake(sent: Sent | None, held: HeldMail | None, orders: Orders) -> tuple[Order, ...]:
    """Every order that deciding on a mail may carry out: its own, those in plain words, those of the held mail.

    What they need (``agent.needs``, ``agent.numbers``) must be read before ``agent_mail`` is asked.
    """
    later = _orders_of(held).orders if held else ()
    return (*_with_plain_words(sent, orders).orders, *later)


def _with_plain_words(sent: Sent | None, orders: Orders) -> Orders:
    """Where nothing but commands is expected, as in a reply to a transcript, they need no sign."""
    if sent is None or sent.right is not Right.COMMAND:
        return orders
    if sent.purpose.startswith(TAP):
        return _tapped(sent.purpose.removeprefix(TAP), orders)
    words = read_words(orders.text)
    return Orders((*orders.orders, *words.orders), (*orders.questions, *words.questions), words.text)


def _tapped(allowed: str, orders: Orders) -> Orders:
    """An address that was made for one command does that one; whatever else is asked there is refused."""
    found = read_line(allowed, "tap")
    if orders.orders or orders.questions or not says_nothing(orders.text, Agent("", "")):
        return Orders(questions=(Question(allowed, "tap_only", "", "", allowed),), text=orders.text)
    return found


def _orders_of(held: HeldMail) -> Orders:
    return read_orders(held.content.subject, held.sent.subject if held.sent else "", held.content.reply)


def release(change: Change, scene: Scene, decision: str) -> Change:
    """What becomes of ``scene.held``: ``send`` it to the customer, keep it as a ``note``, or ``drop`` it."""
    return _release(change, scene, decision, confirmed=False)


def _release(change: Change, scene: Scene, decision: str, *, confirmed: bool) -> Change:
    held = scene.held
    if held is None:
        return refuse(change, scene, (Question(decision, "nothing_held"),))
    if decision == "drop":
        dropped = tell_author(change.effect(Release(held.mail, "dropped")), scene, decision)
        return report(change, dropped, scene, ())
    orders = _orders_of(held)
    author = held.author if approves(scene) else scene.person
    then = replace(scene, mail=held.content, sent=held.sent, attachments=held.attachments, newer=(), held=None)
    then = replace(then, person=author)
    text, missing = with_passages(change, then, orders.orders, _written(then, orders))
    if missing:
        return refuse(change, scene, missing)
    html, then = formatted(then, text, lambda shown: bool(_leaking(change, then, shown)))
    intent = _decided(_intent(then, orders.orders, text), decision, confirmed=confirmed)
    if intent is Intent.PUBLIC and scene.newer:
        return hold(change, scene, (("collision", ""),), text, held.mail)
    if not confirmed and (unproven := _unproven(scene, orders.orders)):
        return confirm(change, scene, unproven, held.mail)
    kept = tuple(order for order in orders.orders if decision != "note" or order.command not in _OUTSIDE)
    work = replace(change, mail=held.mail)
    if _begins(change, then, kept):
        outcome = first.write_first(work, then, kept, text, html)
    else:
        outcome = act(work, then, kept, intent, text, html)
    if isinstance(outcome, Change) and not approves(scene):
        waits = for_approval(change, replace(outcome, mail=change.mail), then, held.mail)
        if waits:
            return waits
    settled = Release(held.mail, "noted" if decision == "note" else "sent")
    done = _done(change, scene, kept, _settled(change, outcome, settled))
    return tell_author(done, scene, decision) if isinstance(outcome, Change) else done


def _decided(intent: Intent, decision: str, *, confirmed: bool) -> Intent:
    """What `send` and `note` make of the text; a mere confirmation leaves it as it was meant."""
    if confirmed or intent is Intent.NOTHING:
        return intent
    if decision == "note":
        return Intent.NOTE
    return intent if intent in {Intent.REFER, Intent.INCIDENT} else Intent.PUBLIC


def _settled(change: Change, outcome: Change | tuple[Question, ...], settled: Release) -> Change | tuple[Question, ...]:
    """What was done in the name of the held mail is again the deciding mail's."""
    return replace(outcome, mail=change.mail).effect(settled) if isinstance(outcome, Change) else outcome


def _done(change: Change, scene: Scene, orders: Sequence[Order], outcome: Change | tuple[Question, ...]) -> Change:
    if isinstance(outcome, Change):
        return report(change, outcome, scene, orders)
    return refuse(change, scene, outcome)


def _decide(change: Change, scene: Scene, orders: Orders) -> Change:
    """A reply to a mail about a held one holds one word and nothing else."""
    confirming = scene.sent is not None and scene.sent.right is Right.CONFIRM
    text = _written(scene, orders)
    if proof := proof_problem(scene):
        return refuse(change, scene, (Question("", proof),))
    if scene.held is None:
        return refuse(change, scene, (Question(text[:60], "nothing_held"),))
    first_line = key(text.partition("\n")[0])
    if confirming:
        answer = "send" if first_line in YES else "drop" if first_line in NO else ""
        if not answer or orders.orders:
            return refuse(change, scene, (Question(text[:60], "confirm_how"),))
        return _release(change, scene, answer, confirmed=True)
    decision = one_word(scene, orders, _DECISIONS)
    return release(change, scene, decision) if decision else refuse(change, scene, (Question(text[:60], "decide"),))


# --- what the mail says


def _written(scene: Scene, orders: Orders) -> str:
    """The text that is meant for somebody: without signature; "" where nothing but one is left."""
    line = " ".join(word for order in orders.orders if order.command == "note" for word in order.args)
    polite = bool(orders.orders) and says_nothing(orders.text, actor(scene))
    text = "" if polite else without_picture_marks(without_signature(orders.text))
    return "\n".join(part for part in (line, text) if part)


def _files(scene: Scene) -> bool:
    """Whether files go along, inline pictures of a signature apart."""
    return any(not file.content_id for file in scene.attachments)


def _intent(scene: Scene, orders: Sequence[Order], text: str) -> Intent:
    said = {order.command for order in orders} & _SAID
    right = scene.sent.right if scene.sent else None
    if len(said) > 1 or (right is Right.NOTE and said - {"note", "refer"}):
        return Intent.CONTRADICTION
    if not text and (orders or not _files(scene)):
        return Intent.NOTHING
    if said:
        return Intent(said.pop())
    return {Right.ANSWER: Intent.PUBLIC, Right.NOTE: Intent.NOTE}.get(right or Right.COMMAND, Intent.UNCLEAR)


# --- what speaks against it


def _refusals(change: Change, scene: Scene, orders: Sequence[Order], text: str) -> tuple[Question, ...]:
    """What the writer may not do, and what makes no sense; nothing is done then."""
    rows = [(order, row) for order in orders if (row := command(order.command))]
    proof = proof_problem(scene)
    begins = _begins(change, scene, orders)
    if proof and not (begins and scene.person.proof is Proof.DMARC):
        return (Question("", proof),)
    questions = []
    if not text and not orders and not _files(scene):
        questions.append(Question("", "written_below" if below(scene) else "nothing_written"))
    for order, row in rows:
        if row.ticket and not begins and scene.number not in change.tickets:
            questions.append(Question(order.written, "no_ticket", "", order.where))
        if row.name == "undo" and (len(orders) > 1 or text):
            questions.append(Question(order.written, "alone", "", order.where, "undo"))
        if row.name in _SAID - {"incident"} and not text and not begins:
            problem = "nothing_asked" if row.name == "refer" else "nothing_written"
            questions.append(Question(order.written, problem, "", order.where))
    if text and not begins and scene.number not in change.tickets:
        questions.append(Question(text[:60], "no_ticket"))
    return tuple(questions)


def _begins(change: Change, scene: Scene, orders: Sequence[Order]) -> bool:
    """Whether the mail writes to a customer first: `new` in a mail that belongs to no ticket."""
    fresh = scene.number > 0 and scene.number not in change.tickets
    return fresh and any(order.command == "new" for order in orders)


def proof_problem(scene: Scene) -> str:
    """Why the mail does not prove that its agent wrote it, as a problem of a Question; "" when it does."""
    sent = scene.sent
    if scene.mail and scene.mail.auth.trusted and scene.mail.auth.dmarc == "fail":
        return "forged"
    if scene.person.proof not in _TOKEN or sent is None or sent.right not in _RIGHTS:
        return "no_token"
    if sent.person and sent.person not in actor(scene).addresses:
        return "no_token"
    return "expired" if sent.expired else ""


def _unproven(scene: Scene, orders: Sequence[Order]) -> tuple[Order, ...]:
    """Orders that a token alone does not allow."""
    if scene.person.proof is Proof.BOTH:
        return ()
    return tuple(order for order in orders if (row := command(order.command)) and row.trust is Trust.STRONG)


def _reasons(change: Change, scene: Scene, orders: Orders, intent: Intent, text: str) -> tuple[tuple[str, str], ...]:
    """Why the mail is to be looked at again before anything leaves, as (key or sentence, detail)."""
    if intent in {Intent.UNCLEAR, Intent.CONTRADICTION}:
        return ((intent.value, ""),)
    customer_wrote = any(entry.kind is EntryKind.CUSTOMER for entry in scene.newer)
    ends = customer_wrote and any(row.ends for order in orders.orders if (row := command(order.command)))
    mine = all(entry.author == scene.person.agent for entry in scene.newer)
    found = [("twice" if mine else "collision", "")] if ends or (intent is Intent.PUBLIC and scene.newer) else []
    if intent in _LEAVES:
        found += [("preview", "")] if is_preview(orders.orders) else []
        found += [("bare_command", text)] if is_bare_command(text) else []
        found += [(leak, "") for leak in _leaking(change, scene, text)]
        found += [(doubt, "") for doubt in doubts(text, bool(scene.attachments), tongue(scene))]
        found += [("late_command", line) for line in late_commands(text)]
        found += _meant_inside(orders.orders, text)
    return tuple(found)


def _meant_inside(orders: Sequence[Order], text: str) -> list[tuple[str, str]]:
    """Whether a text that is to leave begins as a note does; `public` takes the word, not the sign, for text."""
    line = nearly_command(text)
    plain = not line.startswith(("[", "#"))
    public = any(order.command == "public" for order in orders)
    return [("nearly_command", line)] if line and not (plain and public) else []


def _leaking(change: Change, scene: Scene, text: str) -> tuple[str, ...]:
    """What is in a text that must not leave the desk."""
    sent = scene.sent
    notification = sent.text if sent else ""
    marker = next((line.strip() for line in notification.splitlines() if line.strip()), "")
    tokens = [email for email in (scene.mail.recipients if scene.mail else ()) if "+" in email]
    notes = [entry.text for entry in scene.story if entry.kind is EntryKind.NOTE and entry.text]
    box = mailbox_of(scene.desk, change.tickets[scene.number]) if scene.number in change.tickets else None
    allowed = [entry.text for entry in scene.story if entry.public]
    allowed += [box.signature] if box else []
    if sent and sent.template == "command_error":
        allowed += [line.lstrip("> ") for line in notification.splitlines() if line.startswith(">")]
    secrets = (*tokens, *notes, *sorted(actor(scene).addresses))
    return leaks(text, notification, secrets, marker, allowed, tongue(scene))

"""Mail by the desk's own people: answers, notes, orders, worklists, and decisions on held mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from maildesk.commands import agent as agent_commands
from maildesk.commands import answer, drafts, grammar, keeping, worklist
from maildesk.commands.row import Need
from maildesk.ingest.case import Case, Outcome, Receipt, attachments_of, conclude_case, scene_of
from maildesk.ingest.connect import connect, recognise
from maildesk.ingest.forward import inert_subject
from maildesk.ingest.screen import Action, Screening
from maildesk.model.change import Change, Order
from maildesk.model.desk import Desk, HeldMail, Scene, Sent, Undo
from maildesk.model.mail import MailKey, RawMail
from maildesk.model.ticket import Event
from maildesk.model.tokens import Right
from maildesk.store.dossier import dossier
from maildesk.store.ledger import Taken
from maildesk.store.tx import Tx


def agent_mail(case: Case) -> Receipt:
    """An agent's mail that answers one of ours: orders, an answer, a note, or a decision on a held mail."""
    change = case.change()
    sent = case.sent or Sent("", "", "", ticket=case.match.ticket)
    listed = sent.template == "worklist" and sent.right is not Right.ANSWER
    if listed or (sent.purpose.startswith("worklist") and not worklist.is_undo(case.mail.reply)):
        return _worklist(case, change)
    scene = scene_of(case, change, Event.COMMANDED, case.match.ticket)
    orders = grammar.read_orders(case.mail.subject, sent.subject, case.mail.reply)
    if decided := _decided(case, change, scene, orders):
        conclude_case(case, decided)
        return Receipt(Outcome.APPENDED, case.match.ticket, "a decision")
    change, scene = _load(case, change, scene, orders)
    conclude_case(case, answer.agent_mail(change, scene, orders))
    return Receipt(Outcome.APPENDED, case.match.ticket, case.match.signal)


def _decided(case: Case, change: Change, scene: Scene, orders: grammar.Orders) -> Change | None:
    """A word on mails of the desk's own that wait for one; None for every other mail."""
    if case.sent is None or not case.sent.purpose.startswith(drafts.DRAFT) or answer.proof_problem(scene):
        return None
    return drafts.decide(change, replace(scene, drafts=case.tx.drafts(case.sent.purpose)), orders)


def agent_starts(case: Case) -> Receipt | None:
    """Orders in an agent's mail that answers nothing, as `new`; None where it holds none: then they ask themselves."""
    orders = grammar.read_orders(case.mail.subject, inert_subject(case.mail), case.mail.reply)
    if orders.orders or orders.questions:
        change = case.change()
        scene = scene_of(case, change, Event.COMMANDED, 0)
        change, scene = _load(case, change, scene, orders)
        conclude_case(case, answer.agent_mail(change, scene, orders))
        return Receipt(Outcome.APPENDED, reason="orders without a ticket")
    return None


def _worklist(case: Case, change: Change) -> Receipt:
    """Lines of orders, each for a ticket of its own."""
    lines = worklist.read_lines(case.mail.reply)
    numbers = sorted({order.ticket for order in lines.orders if order.ticket})
    found = case.tx.tickets(numbers)
    numbers += [link for number in numbers if (one := found[number]) for link in one.links if link not in numbers]
    loaded = {number: one for number, one in case.tx.tickets(numbers).items() if one and number in numbers}
    scene = scene_of(case, change, Event.COMMANDED, 0)
    conclude_case(case, worklist.apply_lines(replace(change, tickets=loaded), scene, lines))
    return Receipt(Outcome.APPENDED, reason="worklist")


def _load(case: Case, change: Change, scene: Scene, orders: grammar.Orders) -> tuple[Change, Scene]:
    """Read what the orders need, and the held mail that they decide upon."""
    if case.sent and case.sent.purpose.startswith("held:"):
        scene = replace(scene, held=_held(case, int(case.sent.purpose.partition(":")[2])))
    return supply(case.tx, change, scene, answer.at_stake(case.sent, scene.held, orders))


def supply(tx: Tx, change: Change, scene: Scene, at_stake: Sequence[Order]) -> tuple[Change, Scene]:
    """Read what orders need: other tickets, what is to be undone, fresh numbers, the agent's own tickets."""
    needs, numbers = agent_commands.needs(at_stake), set(agent_commands.numbers(at_stake))
    if Need.UNDO in needs and (undo := _undoable(tx, scene)):
        scene = replace(scene, undo=undo)
        numbers |= {one.ticket for one in undo.entries}
    if Need.WORKLIST in needs:
        scene = replace(scene, worklist=tx.worklist(scene.person.agent))
    if Need.REASONS in needs and scene.number:
        scene = replace(scene, reasons=tx.reasons(scene.number))
    if Need.NUMBER in needs and not scene.number:
        scene = replace(scene, number=tx.next_id("ticket"))
    if Need.FRESH in needs:
        scene = replace(scene, fresh=tx.next_id("ticket"))
    ticket = change.tickets.get(scene.number)
    if ticket and not ticket.assignee:
        freed = max(
            (one.number for one in scene.story if one.ticket == scene.number and "assignee" in one.after), default=1
        )
        scene = replace(scene, told=tx.told(scene.number, freed))
    if Need.LINKED in needs and scene.number in change.tickets:
        numbers |= set(change.tickets[scene.number].links)
    if Need.FOUND in needs:
        scene = replace(scene, found=tx.search(agent_commands.words_of(at_stake, Need.FOUND)))
    if Need.DOSSIER in needs and (whom := keeping.whose_dossier(change, scene, at_stake)):
        scene = replace(scene, dossier=dossier(tx.connection, whom, scene.desk.name))
    if others := {number: one for number in sorted(numbers) if (one := tx.tickets(numbers)[number])}:
        change = replace(change, tickets={**others, **change.tickets})
        if Need.STORY in needs:
            more = (one for number in others if number != scene.number for one in tx.entries(number))
            scene = replace(scene, story=(*scene.story, *more))
    return change, scene


def _undoable(tx: Tx, scene: Scene) -> Undo | None:
    """What the answered transcript tells of, else the latest thing this agent did to the ticket; all that it did."""
    tx.flush()
    if scene.sent and scene.sent.template == "transcript" and scene.sent.origin:
        told = tx.undoable(scene.sent.origin)
        if not told.is_nothing:
            return told
    entries = tx.entries(scene.number) if scene.number else ()
    mine = next((one.origin for one in reversed(entries) if one.author == scene.person.agent), "")
    return tx.undoable(mine) if mine else None


def _held(case: Case, row: int) -> HeldMail | None:
    """The mail that waits for this agent's decision."""
    found = case.tx.held(row)
    agent = case.desk.agent_at(case.person.email)
    if found is None or agent is None or found["person"] not in agent.addresses:
        return None
    return held_mail(case.tx, case.desk, row)


def held_mail(tx: Tx, desk: Desk, row: int) -> HeldMail | None:
    """A mail that waits for somebody's decision, read again from its raw bytes; None where it waits no longer."""
    from maildesk.ingest.parse import parse_mail

    found = tx.held(row)
    if found is None:
        return None
    content = tx.raw(row)
    mail = parse_mail(content, desk.reading)
    taken = Taken(row, 1, RawMail(MailKey("", 0, 0), content, tx.now))
    first = recognise(connect(Case(tx, desk, taken, mail, Screening(Action.PROCESS))))
    return HeldMail(row, first.mail, first.sent, found["reason"], attachments_of(first.mail, content), first.person)

"""One mail for many things: what was kept back for agents who want it so is gathered shortly before it may leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from maildesk.commands.asks import row
from maildesk.conclude import conclude, no_scene
from maildesk.model.change import Change, Notice
from maildesk.model.desk import Desk
from maildesk.model.errors import Conflict
from maildesk.model.people import Agent
from maildesk.model.ticket import Ticket
from maildesk.model.tokens import Right
from maildesk.schedule.run import JobRun
from maildesk.service.telling import GATHERING
from maildesk.store.tx import Tx

_KINDS = ("notification", "note")
_LONGEST = 400
"""Letters of each text; the whole of it is one `show` away."""


def gather(run: JobRun) -> str:
    """Make one mail of what waits for each agent; a single thing leaves as it is."""
    waiting: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    wanting = {
        email for agent in run.desk.agents.values() if agent.notify in {"hourly", "daily"} for email in agent.addresses
    }
    for template in _KINDS if wanting else ():
        for held in run.store.look.held_back(template, run.now + GATHERING):
            if held["recipient"] in wanting:
                waiting[held["recipient"]].append(held)
    count = 0
    for reader, mails in waiting.items():
        agent = run.desk.agent_at(reader)
        if agent is None or len(mails) < 2:
            continue
        try:
            with run.store.deciding(run.now) as tx:
                count += _gather(tx, run.desk, agent, mails)
        except Conflict:
            continue
    return f"{count} digests"


def _gather(tx: Tx, desk: Desk, agent: Agent, mails: Sequence[Mapping[str, Any]]) -> int:
    gone = tx.withdraw([held["id"] for held in mails], "told together with others")
    told = [held for held in mails if held["id"] in gone]
    known = tx.tickets({held["ticket"] for held in told})
    tickets = [ticket for number in sorted(known) if (ticket := known[number])]
    if not tickets:
        return 0
    begin = max(held["not_before"] for held in told)
    entries = {(held["ticket"], held["entry"]) for held in told}
    rows = tuple({**row(ticket), "due_at": None, "news": _news(tx, ticket, entries)} for ticket in tickets)
    notice = Notice(
        template="worklist",
        to=agent.email,
        to_name=agent.display,
        role=agent.role,
        cause=f"digest:{begin:%Y-%m-%dT%H:%M}:{max(gone)}",
        mailbox=next(iter(desk.mailboxes), ""),
        language=agent.language or desk.language,
        data={"groups": ({"title": "news", "tickets": rows},), "purpose": "worklist", "reason": "digest"},
        rights=(Right.COMMAND,),
        answers=tuple((ticket.number, ticket.version) for ticket in tickets),
        not_before=begin,
    )
    conclude(tx, Change(now=tx.now, origin=f"job:{notice.cause}").send(notice), desk, no_scene)
    return 1


def _news(tx: Tx, ticket: Ticket, wanted: set[tuple[int, int]]) -> tuple[Mapping[str, Any], ...]:
    """What was to be told of a ticket, oldest first."""
    told = (entry for entry in tx.entries(ticket.number) if (ticket.number, entry.number) in wanted)
    return tuple({"kind": one.kind.value, "author": one.author, "at": one.at, "text": _short(one.text)} for one in told)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0] + " …"

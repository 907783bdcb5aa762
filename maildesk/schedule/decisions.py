"""Mail that waits for somebody's word must not be forgotten: they are reminded, and find it on their worklist."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from maildesk.conclude import conclude, no_scene
from maildesk.model.change import Change, Notice
from maildesk.model.errors import Conflict
from maildesk.model.people import Agent
from maildesk.model.ticket import Ticket
from maildesk.model.tokens import Right
from maildesk.notices.compose import own_text
from maildesk.schedule.run import JobRun
from maildesk.service.calendar import calendar_of, open_time


def remind(run: JobRun) -> str:
    """Ask again, once an interval of working time, whoever was asked and has not decided."""
    count = 0
    run.store.queue.expire_drafts(run.now)
    for asked in run.store.look.asked():
        agent = run.desk.agent_at(asked["recipient"])
        if agent is None:
            continue
        ticket = run.store.look.ticket(asked["ticket"]) or Ticket(number=0, mailbox=asked["mailbox"])
        interval = timedelta(minutes=max(run.desk.updates.decide_after_minutes, 1))
        step = open_time(calendar_of(run.desk, ticket), asked["created_at"], run.now) // interval
        if step >= 1:
            count += _ask_again(run, agent, asked, step)
    return f"{count} reminders"


def _ask_again(run: JobRun, agent: Agent, asked: Mapping[str, Any], step: int) -> int:
    key = f"decision:{asked['id']}:{step}"
    if key in run.store.look.done([key]):
        return 0
    try:
        with run.store.deciding(run.now) as tx:
            if tx.is_done([key]):
                return 0
            tx.mark_done(key)
            ticket = tx.tickets([asked["ticket"]])[asked["ticket"]]
            notice = _reminder(run, agent, asked, tx.content(asked["id"]), key)
            change = Change(now=run.now, origin=f"job:{key}", tickets={ticket.number: ticket} if ticket else {})
            conclude(tx, change.send(notice), run.desk, no_scene)
    except Conflict:
        return 0
    return 1


def _reminder(run: JobRun, agent: Agent, asked: Mapping[str, Any], content: bytes, key: str) -> Notice:
    return Notice(
        template="draft_reminder",
        to=agent.email,
        to_name=agent.display,
        role=agent.role,
        cause=key,
        ticket=asked["ticket"],
        mailbox=asked["mailbox"],
        language=agent.language or run.desk.language,
        data={"since": asked["created_at"], "text": own_text(content)[1], "purpose": asked["purpose"]},
        rights=(Right.COMMAND,),
    )

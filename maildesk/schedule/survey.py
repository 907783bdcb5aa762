"""Satisfaction surveys: asked once per solving, after a delay and in working hours, answered by plain reply."""

from __future__ import annotations

from datetime import datetime, timedelta

from maildesk.model import tokens
from maildesk.model.change import Change, Notice
from maildesk.model.desk import Desk, Scene
from maildesk.model.people import Role
from maildesk.model.ticket import EntryKind, Ticket, survey_key
from maildesk.model.tokens import Right
from maildesk.service.calendar import calendar_of, next_open


def window(desk: Desk, now: datetime) -> tuple[datetime, datetime]:
    """Tickets solved in this span may be asked about now; older ones were missed long ago and stay unasked."""
    latest = now - timedelta(minutes=desk.survey.delay_minutes)
    return latest - timedelta(days=desk.survey.expires_days), latest


def cooldown_start(desk: Desk, now: datetime) -> datetime:
    """Who was asked since then is not asked again."""
    return now - timedelta(days=desk.survey.cooldown_days)


def key(ticket: Ticket, desk: Desk, now: datetime) -> str:
    """One survey per ticket and solving; empty when none is due: off, not solved long enough, not in the sample."""
    delay = timedelta(minutes=desk.survey.delay_minutes)
    if not desk.survey.enabled or ticket.quiet or not ticket.requester or ticket.merged_into or not ticket.is_done:
        return ""
    if ticket.solved_at is None or ticket.solved_at + delay > now:
        return ""
    drawn = tokens.derive(desk.key, f"sample:{ticket.number}:{ticket.cycle}")[0] * 100 // 256
    return survey_key(ticket) if drawn < desk.survey.sample_percent else ""


def ask(change: Change, scene: Scene) -> Change:
    """Write the survey into the history and to the requester."""
    ticket, survey = change.tickets[scene.number], scene.desk.survey
    begin = next_open(calendar_of(scene.desk, ticket), change.now)
    asked = change.record(ticket.number, EntryKind.NOTICE, "job: surveys", cause=change.origin, public=True)
    notice = Notice(
        template="survey",
        to=ticket.requester,
        to_name=ticket.requester_name,
        role=Role.REQUESTER,
        cause=f"survey:{ticket.cycle}",
        ticket=ticket.number,
        mailbox=ticket.mailbox,
        language=ticket.language or scene.desk.language,
        data={"purpose": f"survey:{ticket.cycle}"},
        rights=(Right.SURVEY,),
        not_before=begin,
        expires=begin + timedelta(days=survey.expires_days),
    )
    return asked.send(notice)

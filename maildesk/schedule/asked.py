"""Reports that agents asked for by mail: each is worked out once, and sent to who asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from maildesk.conclude import conclude, no_scene
from maildesk.insight.gather import material
from maildesk.insight.kpi import Period
from maildesk.insight.letter import letter
from maildesk.insight.report import build
from maildesk.model.change import Change, Notice, ReportAsked
from maildesk.model.people import Agent, Role
from maildesk.schedule.run import JobRun


def send(run: JobRun) -> str:
    """Write every report that was asked for; one whose asker is gone is forgotten."""
    return f"{sum(_answer(run, asked) for asked in run.store.look.asked_reports())} reports"


def _answer(run: JobRun, asked: ReportAsked) -> bool:
    agent = run.desk.agents.get(asked.agent)
    notice = _notice(run, asked, agent) if agent else None
    with run.store.deciding(run.now) as tx:
        if not tx.report_answered(asked.key):
            return False
        if notice:
            conclude(tx, Change(now=run.now, origin=f"job:report:{asked.key}").send(notice), run.desk, no_scene)
    return notice is not None


def _notice(run: JobRun, asked: ReportAsked, agent: Agent) -> Notice:
    desk = run.desk
    own = "" if asked.groups or agent.role is Role.MANAGER else agent.name
    language = agent.language or desk.language
    found = material(
        run.store.look,
        desk,
        _period(run, asked.days),
        now=run.now,
        language=language,
        groups=frozenset(asked.groups),
        agent=own,
        only_voice=asked.kind == "voice",
    )
    about = ("، " if language == "fa" else ", ").join((desk.name, *((agent.display,) if own else asked.groups)))
    return Notice(
        template="report",
        to=agent.email,
        to_name=agent.display,
        role=agent.role,
        cause=f"asked:{asked.key}",
        mailbox=next(iter(desk.mailboxes), ""),
        language=language,
        data=letter(build(replace(found, desk=about))),
    )


def _period(run: JobRun, days: int) -> Period:
    """The last days up to now, the first from its midnight on, as on the command line."""
    here = run.now.astimezone(ZoneInfo(run.desk.timezone))
    first = (here - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return Period(first.astimezone(run.now.tzinfo), run.now)

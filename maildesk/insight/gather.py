"""A report's material from the store: figures of a period and the one before, what customers said, what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from maildesk.commands.finding import index_of
from maildesk.insight import kpi, topics
from maildesk.insight.kpi import Period
from maildesk.insight.report import Material
from maildesk.model.desk import Desk
from maildesk.notices.locale import zone_of
from maildesk.store.look import Look

_COMMENTS = 50


def _gaps(desk: Desk, openings: list[str]) -> list[tuple[str, int, int]]:
    """The commonest terms of requests that no article would have been offered for; nothing where there are none."""
    if not desk.articles:
        return []
    index = index_of(desk.articles)
    return topics.rising((text for text in openings if not index.suggest(text)), ())


def material(
    look: Look,
    desk: Desk,
    period: Period,
    *,
    now: datetime,
    language: str = "",
    groups: frozenset[str] = frozenset(),
    agent: str = "",
    only_voice: bool = False,
    tick: Callable[[int], None] | None = None,
) -> Material:
    """All that a report over a period is made of; with ``groups`` of their tickets only.

    With ``agent`` it is that agent's alone, and holds no figure of anybody else.
    """
    before, figures = kpi.figures(
        look.history(period.end), desk, (period.before, period), look.organisations(), groups=groups, tick=tick
    )

    def ours(row: Mapping[str, Any]) -> bool:
        return (not groups or row["group"] in groups) and (not agent or row["assignee"] == agent)

    def opened(within: Period) -> list[str]:
        return [
            f"{row['subject']}\n{row['text'] or ''}" for row in look.openings(within.begin, within.end) if ours(row)
        ]

    said = [row for row in look.ratings(period.begin, period.end) if ours(row)]
    return Material(
        desk=desk.name,
        figures=figures.of_agent(agent) if agent else figures,
        before=before.of_agent(agent) if agent else before,
        language=language or desk.language,
        zone=zone_of(desk.timezone),
        now=now,
        comments=[row for row in said if row["comment"]][:_COMMENTS],
        topics=topics.rising(opened(period), opened(period.before)),
        gaps=_gaps(desk, opened(period)),
        names={agent.name: agent.display for agent in desk.agents.values()},
        only_voice=only_voice,
    )

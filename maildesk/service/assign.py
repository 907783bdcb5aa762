"""Who gets a ticket. Values in, a name and the reason out; "" where nobody can take it.

An agent can take one when they belong to the group, are not away, are on duty by their calendar (their own, else
the group's) and have room. Where everybody is off duty, off duty is no hindrance: a ticket must not wait unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from maildesk.model.desk import Calendar, Desk
from maildesk.model.people import Agent
from maildesk.service.calendar import is_open


@dataclass(frozen=True, slots=True)
class Pick:
    """An agent's name, or "", and why."""

    agent: str
    reason: str


def able(
    group: str, desk: Desk, loads: Mapping[str, int], away: Collection[str], now: datetime
) -> tuple[list[Agent], str]:
    """The agents who can take a ticket, by name, and why the others cannot. An empty group means everybody."""
    reasons, willing = [], []
    members = [agent for agent in desk.agents.values() if not group or group in agent.groups]
    for agent in sorted(members, key=attrgetter("name")):
        if agent.name in away:
            reasons.append(f"{agent.name} is away")
        elif agent.capacity and loads.get(agent.name, 0) >= agent.capacity:
            reasons.append(f"{agent.name} has {loads[agent.name]} of {agent.capacity}")
        else:
            willing.append(agent)
    on_duty, off_duty = _by_duty(willing, desk, group, now)
    if on_duty:
        reasons += [f"{agent.name} is off duty" for agent in off_duty]
    if len(reasons) > _TOLD:
        reasons[_TOLD:] = [f"and {len(reasons) - _TOLD} more"]
    return on_duty or willing, "; ".join(reasons)


_TOLD = 20
"""Of so many agents it is told why they cannot take a ticket."""


def _by_duty(agents: Sequence[Agent], desk: Desk, group: str, now: datetime) -> tuple[list[Agent], list[Agent]]:
    """Those who work now, as all do where no calendar says when, and those who do not."""
    works: dict[str, bool] = {}  # asked once a calendar, not once an agent
    for agent in agents:
        if agent.calendar not in works:
            calendar = duty_calendar(agent, desk, group)
            works[agent.calendar] = calendar is None or is_open(calendar, now)
    on_duty = [agent for agent in agents if works[agent.calendar]]
    return on_duty, [agent for agent in agents if not works[agent.calendar]]


def duty_calendar(agent: Agent, desk: Desk, group: str) -> Calendar | None:
    """The hours an agent works for a group: their own calendar, else the group's; None where neither is set."""
    team = desk.groups.get(group)
    return desk.calendars.get(agent.calendar or (team.calendar if team else ""))


def round_robin(
    group: str, desk: Desk, cursor: str, loads: Mapping[str, int], away: Collection[str], now: datetime
) -> Pick:
    """The next one by name after ``cursor``, the agent who got the latest ticket. Fair over any number of restarts."""
    agents, others = able(group, desk, loads, away, now)
    if not agents:
        return _nobody(group, others)
    chosen = next((agent for agent in agents if agent.name > cursor), agents[0])
    return Pick(chosen.name, _explained(f"next after {cursor or 'nobody'}", others))


def least_loaded(
    group: str, desk: Desk, cursor: str, loads: Mapping[str, int], away: Collection[str], now: datetime
) -> Pick:
    """The one with the fewest open tickets, measured by capacity where it is set; the round robin settles a tie."""
    agents, others = able(group, desk, loads, away, now)
    if not agents:
        return _nobody(group, others)

    def load(agent: Agent) -> tuple[float, bool]:
        return loads.get(agent.name, 0) / (agent.capacity or _TYPICAL), agent.name <= cursor

    chosen = min(agents, key=load)
    return Pick(chosen.name, _explained(f"{loads.get(chosen.name, 0)} open tickets, the fewest", others))


_TYPICAL = 20
"""What an agent without a capacity is measured by."""


def by_skills(
    group: str,
    desk: Desk,
    wanted: Collection[str],
    cursor: str,
    loads: Mapping[str, int],
    away: Collection[str],
    now: datetime,
) -> Pick:
    """The one who has most of the wanted skills; among equals the least loaded. Nobody with any: the least loaded."""
    agents, others = able(group, desk, loads, away, now)
    if not agents:
        return _nobody(group, others)
    most = max(len(agent.skills.intersection(wanted)) for agent in agents)
    best = {agent.name: agent for agent in agents if len(agent.skills.intersection(wanted)) == most}
    chosen = least_loaded(group, _only(desk, best), cursor, loads, away, now)
    shared = sorted(desk.agents[chosen.agent].skills.intersection(wanted))
    return Pick(chosen.agent, _explained(f"knows {', '.join(shared)}" if shared else "nobody has the skills", others))


def sticky(
    group: str, desk: Desk, earlier: Sequence[str], loads: Mapping[str, int], away: Collection[str], now: datetime
) -> Pick:
    """Whoever of ``earlier`` (latest first) served this customer and can take one more; "" for nobody."""
    agents = {agent.name for agent in able(group, desk, loads, away, now)[0]}
    known = next((name for name in earlier if name in agents), "")
    return Pick(known, "served this customer before" if known else "nobody who served this customer is free")


def _only(desk: Desk, agents: Mapping[str, Agent]) -> Desk:
    return replace(desk, agents=agents)


def _nobody(group: str, others: str) -> Pick:
    return Pick("", _explained(f"nobody in {group or 'the desk'} can take it", others))


def _explained(reason: str, others: str) -> str:
    return f"{reason} ({others})" if others else reason

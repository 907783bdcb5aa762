"""Whose answers somebody has to look at before they leave: those of new colleagues, or of a whole group."""

from __future__ import annotations

from collections.abc import Collection

from maildesk.model.desk import Desk
from maildesk.model.people import Agent, Role

LEAD = "lead"


def approver(desk: Desk, agent: Agent | None, group: str, away: Collection[str]) -> Agent | None:
    """Who has to approve what an agent writes to people outside; None where nobody has to.

    The group's lead, or while they are away another lead or a manager. Leads and managers need nobody.
    """
    if agent is None or agent.role is not Role.AGENT:
        return None
    team = desk.groups.get(group)
    if LEAD not in (agent.approval, team.approval if team else ""):
        return None
    ranked = [desk.lead_of(group)]
    ranked += [one.name for role in (Role.LEAD, Role.MANAGER) for one in desk.agents.values() if one.role is role]
    found = [name for name in ranked if name in desk.agents and name != agent.name]
    present = next((name for name in found if name not in away), found[0] if found else "")
    return desk.agents.get(present)

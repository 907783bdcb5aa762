"""Mail to whoever runs the desk: the admin where one is configured, else every manager, else every lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maildesk.model.change import Change, Notice
from maildesk.model.desk import Desk
from maildesk.model.people import Role
from maildesk.model.tokens import Right


def watchdogs(desk: Desk) -> tuple[tuple[str, str], ...]:
    """(address, language) of those who are told when something is wrong."""
    if desk.admin:
        return ((desk.admin, desk.language),)
    for role in (Role.MANAGER, Role.LEAD):
        found = tuple((a.email, a.language or desk.language) for a in desk.agents.values() if a.role is role)
        if found:
            return found
    return tuple((agent.email, agent.language or desk.language) for agent in desk.agents.values())


def alert(change: Change, desk: Desk, template: str, cause: str, data: Mapping[str, Any]) -> Change:
    """Tell them, once for each ``cause`` (it must hold a colon, as "smtp down:2026-11-22T09")."""
    mailbox = next(iter(desk.mailboxes), "")
    notices = (
        Notice(
            template=template,
            to=email,
            role=Role.MANAGER,
            cause=cause,
            mailbox=mailbox,
            language=language,
            data=data,
            rights=(Right.COMMAND,),
        )
        for email, language in watchdogs(desk)
    )
    return change.send(*notices)

"""What a notification offers its reader: a short card of commands, and addresses that do one thing when written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from maildesk.commands.agent import card, command
from maildesk.model.change import Notice
from maildesk.model.desk import Desk
from maildesk.model.people import INSIDE
from maildesk.model.ticket import Ticket

TAP = "tap:"
"""How the purpose of a token begins that allows one command and nothing else."""
TAP_DAYS = 14
_CARD = ("note", "solved", "snooze", "assign", "refer", "undo", "help")
_TAPS: Mapping[str, tuple[str, ...]] = {
    "notification": ("take", "solved", "snooze 1d"),
    "escalation": ("take", "ack"),
}


def offered(notice: Notice, ticket: Ticket | None, desk: Desk) -> Notice:
    """The notice with its offers; mail to outsiders and mail that asks for nothing stays as it is."""
    if notice.template not in _TAPS or notice.role not in INSIDE or ticket is None:
        return notice
    agent = desk.agent_at(notice.to)
    language = notice.language or (agent.language if agent else "") or desk.language
    taps = _TAPS[notice.template]
    if ticket.assignee:
        taps = tuple(tap for tap in taps if tap != "take")
    if ticket.is_done:
        taps = ()
    return replace(notice, taps=taps, data={"commands": short_card(language, desk), **notice.data})


def short_card(language: str, desk: Desk) -> tuple[Mapping[str, str], ...]:
    """The commands that are needed most, as they are written in this language and desk."""
    return tuple(card(row, language, desk) for name in _CARD if (row := command(name)))

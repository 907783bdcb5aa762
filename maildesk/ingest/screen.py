"""The first decision about a mail: whether it is worked on, kept quietly, or set aside for a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from maildesk.model.desk import Desk
from maildesk.model.mail import Kind, Mail


class Action(StrEnum):
    """What is to be done with a mail as a whole."""

    PROCESS = "process"
    """Written by a person: the whole line."""
    ROBOT = "robot"
    """Kept where it belongs; never answered, changes no state."""
    IGNORE = "ignore"
    """Kept and counted, nothing else."""
    QUARANTINE = "quarantine"
    """Waits for a person; nothing automatic happens."""


@dataclass(frozen=True, slots=True)
class Screening:
    """The action and why, in words that `why` prints."""

    action: Action
    reason: str = ""


def screen(mail: Mail, desk: Desk) -> Screening:
    """Decide what to do with a mail as a whole, before anybody looks who wrote it."""
    hops = len(mail.headers_named("received"))
    if hops > desk.limits.received:
        return Screening(Action.QUARANTINE, f"Received: {hops} hops")
    if mail.kind is Kind.OWN:
        return Screening(Action.IGNORE, mail.reason)
    for name, text in desk.spam_headers:
        if any(text.lower() in value.lower() for value in mail.headers_named(name)):
            return Screening(Action.QUARANTINE, f"{name}: {text}")
    sender = mail.sender.email if mail.sender else ""
    if mail.kind in {Kind.RECEIPT, Kind.REPORT}:
        return Screening(Action.IGNORE, mail.reason)
    if sender in desk.own_addresses and desk.agent_at(sender) is None:
        return Screening(Action.IGNORE, f"From: our own address {sender}")
    if mail.kind is not Kind.HUMAN:
        return Screening(Action.ROBOT, mail.reason)
    return Screening(Action.PROCESS)


def may_answer(mail: Mail, desk: Desk) -> str:
    """Empty if an automatic answer to this mail's sender is allowed, else the reason why not."""
    if mail.sender is None:
        return "From: no single author"
    if mail.kind is not Kind.HUMAN:
        return mail.reason or f"kind: {mail.kind}"
    return ""

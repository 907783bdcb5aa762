"""The first decision about a mail: whether it is worked on, kept quietly, or set aside for a person.

And the question asked before every automatic answer: may this sender get one (RFC 3834 section 2)?
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from maildesk.ingest.kinds import is_robot_address
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


def screen(mail: Mail, desk: Desk, *, released: bool = False) -> Screening:
    """Decide what to do with a mail as a whole, before anybody looks who wrote it.

    One that a person ``released`` from quarantine does not get there again.
    """
    hops = len(mail.headers_named("received"))
    if hops > desk.limits.received and not released:
        return Screening(Action.QUARANTINE, f"Received: {hops} hops")
    if mail.kind is Kind.OWN:
        return Screening(Action.IGNORE, mail.reason)
    marked = _marked_as_spam(mail, desk)
    if marked and not released:
        return Screening(Action.QUARANTINE, marked)
    if mail.kind is Kind.HUMAN and _says_nothing(mail):
        return Screening(Action.IGNORE if released else Action.QUARANTINE, "empty: no sender, no subject and no text")
    if mail.kind in {Kind.RECEIPT, Kind.REPORT}:
        return Screening(Action.IGNORE, mail.reason)
    if mail.kind is not Kind.HUMAN:
        return Screening(Action.ROBOT, mail.reason)
    found = _from_ourselves(mail, desk) or Screening(Action.PROCESS)
    return Screening(Action.PROCESS, found.reason) if released and found.action is Action.QUARANTINE else found


def may_answer(mail: Mail, desk: Desk) -> str:
    """Empty if an automatic answer to this mail's sender is allowed, else the reason why not.

    RFC 3834 section 2 and RFC 5230 section 4.6: nothing to robots, lists, the null sender and addresses that
    no person reads, and nothing for mail that was not written to us.
    """
    if mail.sender is None:
        return "From: no single author"
    if mail.kind is not Kind.HUMAN:
        return mail.reason or f"kind: {mail.kind}"
    if mail.return_path == "":
        return "Return-Path: <>"
    if mail.auth.trusted and mail.auth.dmarc == "fail":
        return "Authentication-Results: dmarc=fail"
    for name, address in (("From", mail.sender.email), ("Return-Path", mail.return_path or "")):
        if _nobody_reads(address.lower()):
            return f"{name}: {address}"
    own = desk.own_addresses
    if without_tag(mail.sender.email) in own:
        return f"From: our own address {mail.sender.email}"
    if not any(without_tag(address) in own for address in mail.recipients):
        return "To: none of our addresses"
    return ""


def without_tag(email: str) -> str:
    """The address without its plus tag: support+r1234@ is support@."""
    local, at, domain = email.partition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def _nobody_reads(email: str) -> bool:
    local = email.partition("@")[0]
    return (
        is_robot_address(email)
        or local in {"listserv", "majordomo", "mailer", "postmaster", "root", "daemon"}
        or local.startswith("owner-")
        or local.endswith(("-owner", "-request", "-bounces", "-outgoing", "-relay"))
    )


def _says_nothing(mail: Mail) -> bool:
    """A file of no bytes, or one that a server cut: nobody could be answered, and nothing was asked."""
    return (mail.sender or mail.from_shown) is None and not (mail.subject or mail.text.strip() or mail.parts)


def _marked_as_spam(mail: Mail, desk: Desk) -> str:
    for name, text in desk.spam_headers:
        if any(text.lower() in value.lower() for value in mail.headers_named(name)):
            return f"{name}: {text}"
    return ""


def _from_ourselves(mail: Mail, desk: Desk) -> Screening | None:
    """Mail under our own name and by no agent; where somebody else stands behind it, a person looks (A12).

    Forms on web sites and lists that rewrite From send customers' mail so: ignored it would be lost.
    """
    sender = mail.sender.email if mail.sender else ""
    if without_tag(sender) not in desk.own_addresses or desk.agent_at(sender) is not None:
        return None
    others = [address.email for address in mail.reply_to if without_tag(address.email) not in desk.own_addresses]
    original = mail.header("x-original-sender") or mail.header("x-original-from") or next(iter(others), "")
    if original:
        return Screening(Action.QUARANTINE, f"From: our own address, written by {original[:100]}")
    return Screening(Action.IGNORE, f"From: our own address {sender}")

"""What happened, counted from outside: from what was written to the desk and what its SMTP connection handed over.

The daemon is not asked. A mail that had no effect is lost, a mail that had its effect twice is a duplicate.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from email.message import Message

from maildesk.demo.people import FINANCE, text_of
from maildesk.demo.stage import NOTICE, Injected, parsed
from maildesk.demo.world import Delivered

_TAG = re.compile(r"\[#([0-9]{1,12})\]")
_INSIDE = "@example.com"


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one run."""

    tickets: int
    customer_mails: int
    agent_mails: int
    acknowledgements: int
    answers: int
    notes: int
    surveys: int
    ratings: int
    status_updates: int
    escalations: int
    ignored: int
    quarantined: int
    lost: int
    duplicates: int
    seconds: float

    def as_dict(self) -> dict[str, float]:
        """In the order in which they are printed."""
        return asdict(self)


def count(injected: Sequence[Injected], sent: Sequence[Delivered], unsettled: int, seconds: float) -> Figures:
    """Add up a run. ``unsettled`` mails still lie unhandled in the desk's mailbox: each of them is lost."""
    mails = [(delivered, parsed(delivered)) for delivered in sent]
    notices = Counter(str(mail.get(NOTICE, "answer")) for _, mail in mails)
    kinds = Counter(one.kind for one in injected)
    lost, doubled = troubles(injected, sent)
    return Figures(
        tickets=len({tag for _, mail in mails for tag in _TAG.findall(str(mail["Subject"]))}),
        customer_mails=sum(kinds[kind] for kind in ("new", "reply", "rating", "vacation", "spam")),
        agent_mails=sum(kinds[kind] for kind in ("answer", "note", "command", "department")),
        acknowledgements=notices["acknowledgement"],
        answers=notices["answer"],
        notes=kinds["note"] - sum(1 for one in injected if one.kind == "note" and not _reached(one, mails)),
        surveys=notices["survey"],
        ratings=sum(1 for one in injected if one.kind == "rating" and _reached(one, mails)),
        status_updates=notices["status_update"],
        escalations=notices["escalation"],
        ignored=sum(1 for one in injected if one.kind == "vacation" and not _reached(one, mails)),
        quarantined=kinds["spam"] - sum(1 for one in injected if one.kind == "spam" and _reached(one, mails)),
        lost=len(lost) + unsettled,
        duplicates=len(doubled),
        seconds=round(seconds, 1),
    )


def _reached(one: Injected, mails: Sequence[tuple[Delivered, Message]]) -> bool:
    return bool(_readers(one, mails))


def _readers(one: Injected, mails: Sequence[tuple[Delivered, Message]]) -> list[str]:
    """Who got a mail that carries what this one said, each as often as they got it; its own author left out."""
    carried = ("notification", "note", "answer", "refer", "bounced")
    return [
        delivered.recipient
        for delivered, mail in mails
        if str(mail.get(NOTICE, "answer")) in carried
        and delivered.recipient != one.sender.email
        and one.canary in text_of(mail).split("\n-- \n")[0]
    ]


def troubles(injected: Sequence[Injected], sent: Sequence[Delivered]) -> tuple[list[str], list[str]]:
    """What was lost and what came twice, a line each."""
    mails = [(delivered, parsed(delivered)) for delivered in sent]
    lost: list[str] = []
    doubled: list[str] = []
    for one in injected:
        if one.kind in {"vacation", "spam", "command"}:
            continue
        readers = _readers(one, mails)
        if one.kind == "answer":
            readers = [reader for reader in readers if not reader.endswith(_INSIDE) or reader == FINANCE.email]
        if not readers:
            lost.append(f"the {one.kind} {one.canary!r} of {one.sender.name} reached nobody")
        doubled += [f"{one.canary!r} came {n}x to {reader}" for reader, n in Counter(readers).items() if n > 1]
    return lost, doubled + _repeated(mails)


def _repeated(mails: Sequence[tuple[Delivered, Message]]) -> list[str]:
    """Mails of which there may be one for each ticket and person, but there are more; and repeated Message-IDs."""
    ids = Counter((delivered.recipient, str(mail["Message-ID"])) for delivered, mail in mails)
    once = Counter(
        (delivered.recipient, f"{mail[NOTICE]} {_TAG.findall(str(mail['Subject']))}")
        for delivered, mail in mails
        if mail.get(NOTICE) in {"acknowledgement", "survey"}
    )
    return [f"{what} came {number}x to {reader}" for (reader, what), number in (ids + once).items() if number > 1]

"""A rule that would write to many people at once waits for whoever runs the desk: more often than not it is a slip."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from maildesk.model.change import Change, Notice
from maildesk.model.desk import Desk
from maildesk.model.people import INSIDE, Role
from maildesk.model.tokens import Right
from maildesk.notices.alerts import watchdogs


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many people rules write to besides those of one decision, by ``Notice.source``."""

    lately: Mapping[str, int] = field(default_factory=dict)
    """They wrote to so many within the last hour."""
    coming: Mapping[str, int] = field(default_factory=dict)
    """This run of a job will let them write to so many."""


def sources(notices: Sequence[Notice], sender: str) -> Mapping[str, frozenset[str]]:
    """Rule -> the people outside it would write to; who just wrote is only answered."""
    found: dict[str, set[str]] = defaultdict(set)
    for notice in notices:
        if notice.source and notice.to != sender and notice.role not in INSIDE:
            found[notice.source].add(notice.to)
    return {source: frozenset(people) for source, people in found.items()}


def held_for_many(
    change: Change, notices: tuple[Notice, ...], desk: Desk, sender: str, crowd: Crowd
) -> tuple[Notice, ...]:
    """The notices, those of rules that write to too many held for a decision, and the mails that ask for it."""
    found: list[Notice] = []
    for source, people in sources(notices, sender).items():
        count = max(len(people) + crowd.lately.get(source, 0), crowd.coming.get(source, 0))
        if count <= desk.gate.rule_hour:
            continue
        key = f"draft:many:{source}:{change.now:%Y-%m-%dT%H}"
        notices = tuple(
            replace(one, draft=key) if one.source == source and one.to in people else one for one in notices
        )
        first = next(one for one in notices if one.draft == key)
        found += _asking(first, change, desk, key, count)
    return (*notices, *found)


def _asking(first: Notice, change: Change, desk: Desk, key: str, count: int) -> tuple[Notice, ...]:
    data = {"reason": "many", "author": first.source, "to": first.to, "count": count, "purpose": key}
    return tuple(
        Notice(
            template="draft",
            to=email,
            role=Role.MANAGER,
            cause=key,
            mailbox=first.mailbox,
            language=language,
            data=data,
            rights=(Right.COMMAND,),
            shows=(first, change.tickets.get(first.ticket)),
        )
        for email, language in watchdogs(desk)
    )

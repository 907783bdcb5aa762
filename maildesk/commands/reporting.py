"""`report`: figures by mail. What is asked for is kept; a job works it out within seconds and sends it."""

from __future__ import annotations

from collections.abc import Sequence

from maildesk.commands.folding import fold, key, nearest
from maildesk.commands.row import Outcome, actor, question
from maildesk.model.change import Change, Order, Question, ReportAsked
from maildesk.model.desk import Desk, Scene
from maildesk.model.people import Agent, Role

_USUAL, _MOST = 7, 366
"""Days of a report that does not say how many, and at most."""
_VOICE = frozenset(
    map(key, ("csat", "satisfaction", "ratings", "voice", "survey", "surveys", "رضایت", "نظرسنجی", "امتیاز", "صدا"))
)
_UNITS = {
    **dict.fromkeys(("d", "day", "days", "روز", "روزه"), 1),
    **dict.fromkeys(("w", "week", "weeks", "هفته"), 7),
    **dict.fromkeys(("month", "months", "ماه"), 30),
}


def report(change: Change, scene: Scene, order: Order) -> Outcome:
    """``report csat 30d billing`` in any order; managers get the whole desk, leads their groups, agents themselves."""
    days, kind, rest = _USUAL, "figures", list[str]()
    words = [fold(word).strip("،,") for word in order.args]
    for place, word in enumerate(words):
        span = _days(word, words[place + 1 : place + 2])
        if key(word) in _VOICE:
            kind = "voice"
        elif span:
            days = span
        elif not (word in _UNITS and place and words[place - 1].isdigit()):
            rest.append(order.args[place])
    if days > _MOST:
        return question(order, "too_many_days", detail=str(_MOST))
    groups = _groups(scene.desk, actor(scene), order, " ".join(rest))
    if isinstance(groups, Question):
        return groups
    number = sum(isinstance(effect, ReportAsked) for effect in change.effects)
    return change.effect(ReportAsked(f"{change.origin}:{number}", actor(scene).name, kind, days, groups))


def _days(word: str, following: Sequence[str]) -> int:
    """The days that "30d", "30" or "30 days" mean; 0 for what is no span."""
    digits = word[: next((place for place, char in enumerate(word) if not char.isdigit()), len(word))]
    if not digits or len(digits) > 4:
        return 0
    unit = word[len(digits) :] or (following[0] if following and following[0] in _UNITS else "d")
    return int(digits) * _UNITS.get(unit, 0)


def _groups(desk: Desk, me: Agent, order: Order, written: str) -> tuple[str, ...] | Question:
    """The groups that the report is about; none for the whole desk, or for the agent's own figures."""
    named = next((name for name in desk.groups if key(name) == key(written)), "")
    if written and not named:
        near = nearest(written, desk.groups)
        return question(order, "no_such_group", suggestion=near, detail=written, known=desk.groups)
    if me.role is Role.MANAGER:
        return (named,) if named else ()
    theirs = led_by(desk, me)
    if named and named not in theirs:
        return question(order, "not_your_group", detail=named)
    return (named,) if named else theirs


def led_by(desk: Desk, agent: Agent) -> tuple[str, ...]:
    """The groups whose figures an agent may see: those they lead; a lead's also those they belong to."""
    mine = {name for name, group in desk.groups.items() if group.lead == agent.name}
    if agent.role is Role.LEAD:
        mine |= set(agent.groups) & desk.groups.keys()
    return tuple(sorted(mine))

"""The heart: what a decision leads to. Pure; the same values give the same answer, always."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from maildesk.model.change import Change, Raised
from maildesk.model.desk import Desk, Scene
from maildesk.rules.engine import run_events


def advance(change: Change, desk: Desk, scene_for: Callable[[Change, Raised], Scene]) -> Change:
    """Run the rules on every event of a change, in order, each seeing what earlier ones did.

    Events that rules raise queue behind, five deep at most. Without rules the change stays as it is.
    """
    if desk.rules is None:
        return replace(change, events=())
    return run_events(desk.rules, change, scene_for)

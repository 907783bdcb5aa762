"""Telling an agent's text from the polite nothing around it: a mail with only commands sends no empty answer."""

from __future__ import annotations

from maildesk.commands.folding import fold, key, visible
from maildesk.model.people import Agent

_CLOSINGS = frozenset(
    key(line)
    for line in (
        "regards", "best regards", "kind regards", "warm regards", "best", "all the best", "best wishes", "cheers",
        "sincerely", "yours sincerely", "yours", "br", "kr", "rgds", "mit freundlichen grüßen", "freundliche grüße",
        "viele grüße", "beste grüße", "mfg", "lg", "vg", "gruß", "cordialement", "bien cordialement", "saludos",
        "با احترام", "با تشکر", "با سپاس", "با سپاس فراوان", "ارادتمند", "با احترام فراوان", "با تقدیم احترام",
        "با درود",
    )
)  # fmt: skip
_DEVICES = (
    "sent from my ", "get outlook for ", "von meinem ", "gesendet von ",
    "ارسال شده از ", "ارسالشده از ", "فرستاده شده از ",
)  # fmt: skip
_LONGEST = 8


def without_signature(text: str) -> str:
    """The text up to a line of ``-- `` (RFC 3676 section 4.3)."""
    kept = []
    for line in text.splitlines():
        if visible(line).rstrip("\r\n") in {"-- ", "--"}:
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()


def says_nothing(text: str, agent: Agent) -> bool:
    """Whether a text holds only a greeting at the end, the agent's own name and address, and what a telephone adds."""
    lines = [line for line in without_signature(text).splitlines() if key(line)]
    if len(lines) > _LONGEST:
        return False
    names = {key(name) for name in (agent.name, agent.full_name, *agent.full_name.split(), *agent.addresses)}
    return all(
        key(line) in _CLOSINGS or key(line) in names or fold(line).strip().startswith(_DEVICES) for line in lines
    )

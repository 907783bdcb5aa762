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
_LONGEST, _CARD_WORDS = 8, 5


def without_signature(text: str) -> str:
    """The text up to a line of ``-- `` (RFC 3676 section 4.3)."""
    kept = []
    for line in text.splitlines():
        if visible(line).rstrip("\r\n") in {"-- ", "--"}:
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()


def says_nothing(text: str, agent: Agent) -> bool:
    """Whether a text holds only a greeting at the end, the agent's own name and card, and what a telephone adds."""
    lines = [line.strip() for line in without_signature(text).splitlines() if key(line)]
    if len(lines) > _LONGEST:
        return False
    names = {key(name) for name in (agent.name, agent.full_name, *agent.full_name.split(), *agent.addresses)}
    signs = [_is_closing(line) or (key(line) in names and line[-1] not in ",،:") for line in lines]
    return all(sign or (index > 0 and signs[0] and _is_card(lines[index])) for index, sign in enumerate(signs))


def _is_closing(line: str) -> bool:
    return key(line) in _CLOSINGS or fold(line).startswith(_DEVICES)


def _is_card(line: str) -> bool:
    """A line as they stand below a name: a title, a telephone number, an address."""
    return len(line.split()) <= _CARD_WORDS and not any(mark in line for mark in "?؟!") and line[-1] not in ".:،,"

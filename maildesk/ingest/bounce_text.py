"""Delivery reports in prose: who failed, with which code, for what reason. Works on bounded, short strings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from maildesk.ingest import bounce_tables as tables
from maildesk.ingest.address import addresses_in, normalise

_LENGTH = 64 * 1024
_LINES = 1000
_LINE = 1000
_DIAGNOSTIC = 500
_REASONS = 2000

_STATUS = re.compile(r"(?<![\d.])([245])\.([0-7])\.(\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?<![\d.:/#@-])(421|422|43[12]|44[1-9]|4[57]\d|50[0-4]|5[1-57]\d)(?=[ \-:,;)#'\"]|$)")
_NAME = re.compile(r"@|://|[a-z0-9-]\.[a-z]{2,}(\W*$|\[|:)")
_BULLETS = " \t*>-|<\"'.•·[("
_NOT_RECIPIENT = re.compile(
    r"^\W*(from|sender|mail from|return-path|reply-to|message-id|errors-to|envelope-from|originator|x-[a-z-]+"
    r"|in-reply-to|references|received|by|for more|contact"
    r"|absender|de|von|expéditeur|remitente|mittente|от|差出人|发件人|فرستنده|از)\s*[:=<]",
    re.IGNORECASE,
)
_RETURNED_HEADER = re.compile(
    r"^\s*(received|return-path|x-original-to|delivered-to|message-id|dkim-signature|x-received|mime-version)\s*:",
    re.IGNORECASE,
)


def head(text: str) -> list[str]:
    """The lines of a report before the returned mail begins."""
    lines = [line[:_LINE] for line in text[:_LENGTH].splitlines()[:_LINES]]
    for number, line in enumerate(lines):
        if number and _begins_returned(line):
            return lines[:number]
        if _RETURNED_HEADER.match(line) and any(
            _RETURNED_HEADER.match(other) for other in lines[number + 1 : number + 8]
        ):
            return lines[:number]
    return lines


def tail(text: str) -> list[str]:
    """The lines of the returned mail, where it stands in the text."""
    lines = [line[:_LINE] for line in text[:_LENGTH].splitlines()[:_LINES]]
    return lines[len(head(text)) :]


def _begins_returned(line: str) -> bool:
    short = line.strip().lower()
    return 5 < len(short) < 120 and any(map(short.__contains__, tables.RETURNED))


def plain(text: str) -> str:
    """Lower case, single blanks: the form the tables are written in."""
    return " ".join(text.lower().split())


def contains(text: str, phrases: Iterable[str]) -> str:
    """The first of the phrases that stands in a text made ``plain``, or the empty string."""
    return next(filter(text.__contains__, phrases), "")


def reason(text: str) -> tables.Why | None:
    """The known reason that a diagnostic gives. Names of hosts and users do not count: they say "mailbox" too."""
    text = " ".join(word for word in text[:_REASONS].lower().split() if not _NAME.search(word))
    return next((why for why in tables.REASONS if contains(text, why.texts)), None)


def status_in(text: str) -> str:
    """The most telling enhanced status code of a text (RFC 3463), or the empty string."""
    found = [match.group() for match in _STATUS.finditer(text[:_REASONS]) if match.group(1) != "2"]
    return next((code for code in found if not code.endswith(".0.0")), next(iter(found), ""))


def reply_code_in(text: str) -> str:
    """The first SMTP reply code of a text (RFC 5321 section 4.2), or the empty string."""
    match = _REPLY.search(text[:_REASONS])
    return match.group() if match else ""


@dataclass(frozen=True, slots=True)
class Said:
    """What a report says of an address; ``strong`` when its line is about a failure, not just anybody's address."""

    text: str
    strong: bool


def recipients(lines: list[str], excluded: frozenset[str]) -> dict[str, Said]:
    """Addresses in the lines of a report, and what is said of each."""
    places: dict[str, list[int]] = {}
    strong: set[str] = set()
    for number, line in enumerate(lines):
        if "@" not in line or _NOT_RECIPIENT.match(line):
            continue
        for spec in addresses_in(line):
            email = normalise(spec)
            if email not in excluded and not _is_daemon(email) and f"id: <{spec}>" not in line.lower():
                places.setdefault(email, []).append(number)
                if line.lstrip(_BULLETS).startswith(spec) or _worth(line) > 0:
                    strong.add(email)
    whole = sorted(places)
    for email, longer in pairwise(whole):
        if longer.startswith(email):
            del places[email]  # cut off by the width of a table
    starts = sorted({number for numbers in places.values() for number in numbers})
    return {email: Said(_best(lines, numbers, starts), email in strong) for email, numbers in places.items()}


def begins_with_address(line: str) -> bool:
    """Whether a line names a recipient first, as "<address>: reason" or the address alone."""
    start = line.lstrip(_BULLETS)[:_LINE]
    spec = next(addresses_in(start), "")
    return bool(spec) and start.startswith(spec)


def _is_daemon(email: str) -> bool:
    local, _, domain = email.partition("@")
    return local in {"postmaster", "mailer-daemon", "mailerdaemon", "abuse"} or domain.startswith("[")


def _best(lines: list[str], numbers: list[int], starts: list[int]) -> str:
    """Of the places where an address stands, the one that tells most."""
    said = [_said(lines, number, starts) for number in numbers[:10]]
    return max(said, key=_worth)


def _said(lines: list[str], number: int, starts: list[int]) -> str:
    """The line and those that belong to it: up to an empty line after text, or the next address."""
    later = [start for start in starts if start > number]
    end = min([number + 8, len(lines), *later[:1]])
    said = [lines[number].strip()]
    for line in lines[number + 1 : end]:
        if not line.strip() and (len(said) > 1 or _worth(said[0]) > 1):
            break
        if line.strip():
            said.append(line.strip())
    return " ".join(said)[:_DIAGNOSTIC]


def _worth(text: str) -> int:
    return 4 * bool(status_in(text)) + 2 * bool(reply_code_in(text)) + 2 * bool(reason(text))

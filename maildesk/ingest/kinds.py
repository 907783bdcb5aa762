"""What kind of mail it is: only mail by people may cause automatic answers.

The surest sign comes first: our own Message-ID, the structure of reports, headers that robots owe us (RFC 3834),
lists (RFC 2919), senders, and at last the words. Words alone make a robot only where nothing in them wants
something of us: a person taken for a robot is worse than one acknowledgement too many.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from functools import cache
from typing import Any

import re2

from maildesk.ingest import absence, bounce
from maildesk.ingest import kinds_patterns as patterns
from maildesk.ingest import kinds_tables as tables
from maildesk.ingest.address import addresses_in, normalise
from maildesk.ingest.headers import date
from maildesk.model.mail import Kind, Reading
from maildesk.model.tokens import is_our_message_id

_VALUE = 60
_BODY = 1500
_SURE = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """The kind, and why, as "Auto-Submitted: auto-replied"."""

    kind: Kind = Kind.HUMAN
    reason: str = ""
    back_at: datetime | None = None
    """When the writer of a vacation notice says to be back."""
    report: bounce.BounceReading = bounce.BounceReading()
    """What a delivery report says."""


def classify(
    message: Message,
    headers: tuple[tuple[str, str], ...],
    subject: str,
    text: str,
    return_path: str | None,
    reading: Reading,
) -> Verdict:
    """Say what kind of mail this is. Headers are (lower-case name, decoded value), topmost first. Never raises."""
    values = dict(reversed(headers))
    if return_path is None and not values.get("return-path", "unknown").strip("<> "):
        return_path = ""
    if reading.key and is_our_message_id(reading.key, values.get("message-id", "").strip()):
        return Verdict(Kind.OWN, "Message-ID: ours")
    report = _report(message, values, subject)
    if report is not None:
        return report
    failed = bounce.is_bounce(message, subject, text, return_path)
    if failed and not (failed.startswith("Subject: ") and _subject(plain(subject[:300]))[1] >= _SURE):
        return _delivery_report(message, text, failed)
    sender = next((normalise(spec) for spec in addresses_in(values.get("from", "")[-500:])), "")
    said = _words(subject, text, sender)
    robot = _robot_headers(values, return_path) or _precedence(values, said) or ""
    if not robot:
        listed = _list(values, reading)
        if listed:
            return Verdict(Kind.LIST, listed)
        robot = _robot_sender(sender, values) or said
    if not robot:
        return Verdict()
    return Verdict(Kind.AUTO_REPLY, robot, absence.back_at(f"{subject}\n{text[:_BODY]}", date(values.get("date", ""))))


# ---- structure


def _report(message: Message, values: Mapping[str, str], subject: str) -> Verdict | None:
    says_so = "report-type" in values.get("content-type", "").lower()
    kind = str(message.get_param("report-type", "") or "").strip().lower() if says_so else ""
    types = {part.get_content_type() for part in bounce.leaves(message)}
    if kind == "disposition-notification" or "message/disposition-notification" in types:
        return Verdict(Kind.RECEIPT, "report-type: disposition-notification")
    if kind in {"feedback-report", "tlsrpt"} or "message/feedback-report" in types:
        return Verdict(Kind.REPORT, f"report-type: {kind or 'feedback-report'}")
    if "tls-report-domain" in values or "x-arf" in values or "x-xarf" in values:
        return Verdict(Kind.REPORT, "TLS-Report-Domain" if "tls-report-domain" in values else "X-ARF")
    lowered = subject.strip().lower()
    if lowered.startswith(
        ("report domain:", "[preview] report domain:", "report-domain:", "dmarc aggregate report", "dmarc report for")
    ):
        return Verdict(Kind.REPORT, "Subject: DMARC report")
    if lowered.startswith("complaint about message from ") and "message/rfc822" in types:
        return Verdict(Kind.REPORT, "Subject: complaint about message from")
    return None


def _delivery_report(message: Message, text: str, why: str) -> Verdict:
    """A report that everything went well is a receipt, not a bounce."""
    report = bounce.read_report(message, text)
    if report.delivered:
        return Verdict(Kind.RECEIPT, "delivery report: delivered", report=report)
    return Verdict(Kind.BOUNCE, why, report=report)


# ---- headers


def _robot_headers(values: Mapping[str, str], return_path: str | None) -> str:
    submitted = values.get("auto-submitted", "").partition(";")[0].partition("(")[0].strip().lower()
    if submitted and submitted != "no":
        return f"Auto-Submitted: {submitted[:_VALUE]}"
    for name in tables.FLAG_HEADERS:
        if name in values and values[name].strip().lower() not in {"no", "false", "0", "off"}:
            return f"{_title(name)}: {values[name][:_VALUE]}"
    for name, marks in tables.VALUE_HEADERS:
        value = values.get(name, "").lower()
        if value and any(mark in value for mark in marks):
            return f"{_title(name)}: {values[name][:_VALUE]}"
    suppress = values.get("x-auto-response-suppress", "").lower()
    if any(word.strip() in {"all", "oof", "autoreply"} for word in suppress.split(",")):
        return f"X-Auto-Response-Suppress: {suppress[:_VALUE]}"
    return "Return-Path: <>" if return_path == "" else ""


def _precedence(values: Mapping[str, str], said: str) -> str:
    """Old vacation programs mark their notices as bulk; lists do so too, but do not speak of absence."""
    word = values.get("precedence", "").strip().lower()
    robot = word in {"auto_reply", "auto-reply", "autoreply", "junk"} or (word == "bulk" and said)
    return f"Precedence: {word}" if robot else ""


def _list(values: Mapping[str, str], reading: Reading) -> str:
    """The list header; none where the list is an address of ours, as with a group that feeds the mailbox."""
    for own in reading.own_addresses:
        if own.replace("@", ".") in values.get("list-id", "").lower() or own in values.get("list-post", "").lower():
            return ""
    word = values.get("precedence", "").strip().lower()
    if word in {"list", "bulk"}:
        return f"Precedence: {word}"
    name = next((name for name in tables.LIST_HEADERS if name in values), "")
    return f"{_title(name)}: {values[name][:_VALUE]}" if name else ""


def _title(name: str) -> str:
    return "-".join(word.capitalize() for word in name.split("-"))


# ---- senders


def is_robot_address(email: str) -> bool:
    """Whether nobody reads what is written to this address, by its name."""
    local = email.partition("@")[0].partition("+")[0].lower()
    if local in tables.ROBOT_SENDERS:
        return True
    cuts = [index for index, sign in enumerate(local) if sign in "-._"]
    return any(local[:index] in tables.ROBOT_SENDERS or local[index + 1 :] in tables.ROBOT_SENDERS for index in cuts)


def _robot_sender(sender: str, values: Mapping[str, str]) -> str:
    """A no-reply sender; a form on a web site that names the writer in Reply-To is mail by that person."""
    if not sender or not is_robot_address(sender):
        return ""
    answers = [normalise(spec) for spec in addresses_in(values.get("reply-to", "")[:500])]
    if any(answer != sender and not is_robot_address(answer) for answer in answers):
        return ""
    return f"From: {sender.partition('@')[0]}"


# ---- words


_ALIKE = (
    *(("ي", "ی"), ("ك", "ک"), ("ۀ", "ه"), ("\u200c", " "), ("’", "'"), ("\u2018", "'"), ("：", ":")),
    *((mark, "") for mark in ("\u200f", "\u200e", "\u0640", *map(chr, range(0x064B, 0x0655)))),
)


def plain(text: str) -> str:
    """Lower case, single blanks, Persian letters for their Arabic twins, no ZWNJ, plain apostrophes."""
    text = text.lower()
    if not text.isascii():
        for mark, twin in _ALIKE:
            text = text.replace(mark, twin)
    return " ".join(text.split())


def _words(subject: str, text: str, sender: str) -> str:
    """Which words make this an automatic answer; empty where a person may have written or forwarded it.

    Signs are weighed; four points make a robot, six where the writer wants something. Something that people
    hardly write must be among them, however much else points that way.
    """
    whole = plain(subject[:300])
    if whole.startswith(tables.FORWARDS):
        return ""
    title, weight = _subject(whole)
    own = _own_words(text)
    body = f" {plain(own)} "
    shaped = _shaped(body)
    if not weight and not shaped.keys() - {"MATTER"} and not _any_sign().search(body):
        return ""
    signs = _signs(whole, body, shaped, sure_of=weight)
    weight += 2 * bool(signs.received and _is_receipt(whole))
    if not (weight or signs.sure or signs.firm or signs.instead or _first(tables.THANKS, whole)):
        return ""
    weight += _SURE * bool(signs.sure) + 3 * bool(signs.firm) + 2 * signs.weak
    weight += bool(_first(tables.THANKS, f"{whole} {body}")) + bool(_first(tables.LATER, body))
    weight += any(normalise(other) != sender for other in addresses_in(own))
    if weight < _SURE + 2 * bool(_first(tables.REQUESTS, body) or shaped.get("MATTER")):
        return ""
    return f"Subject: {title}" if title else f"text: {signs.first}"


@dataclass(frozen=True, slots=True)
class _Signs:
    """Sentences of a text, one of each kind, or ""."""

    sure: str
    """Only a robot says so of itself."""
    firm: str
    """An address that nobody reads says so, or a firm promises an answer."""
    absent: str
    received: str
    instead: str

    @property
    def weak(self) -> int:
        """How many of those there are that people write as well."""
        return sum(map(bool, (self.absent, self.received, self.instead)))

    @property
    def first(self) -> str:
        """What tells most."""
        return self.sure or self.firm or self.absent or self.received or self.instead


def _signs(title: str, body: str, shaped: Mapping[str, str], *, sure_of: int) -> _Signs:
    sure, firm = _first(tables.MACHINE_SENTENCES, body), _first(tables.COMPANY, body) or shaped.get("UNREAD", "")
    absent = _first(tables.ABSENCE, body) or shaped.get("ABSENCE", "")
    received = _first(tables.RECEIVED, body) or shaped.get("RECEIVED", "")
    if received and not title.startswith(tables.REPLIES):
        # A firm that is our customer says as well what "our team will" do: in an answer, or without a receipt.
        firm = firm or shaped.get("COMPANY", "")
    instead = _first(tables.INSTEAD, body)
    if sure_of or sure or firm or absent:
        instead = instead or shaped.get("INSTEAD", "")
    return _Signs(sure, firm, absent, received, instead)


def _is_receipt(title: str) -> bool:
    """Whether a subject begins as an acknowledgement's does, or with a ticket's number: an answer begins otherwise."""
    return title.startswith(patterns.RECEIPT_OPENINGS) or _shape(patterns.NUMBERED).match(title) is not None


@cache
def _shape(pattern: str) -> Any:
    return re2.compile(pattern)


@cache
def _any_sign() -> Any:
    """One automaton over all sentences without which nothing is a robot's: nearly every mail ends here."""
    marks = (*tables.MACHINE_SENTENCES, *tables.COMPANY, *tables.RECEIVED, *tables.ABSENCE)
    return re2.compile("|".join(map(re2.escape, marks)))


@cache
def _shapes() -> tuple[Any, tuple[tuple[str, Any], ...]]:
    """One automaton over the beginnings of all shapes, and each shape whole; all in one have too many states."""
    beginnings, whole = re2.Set.SearchSet(), []
    for name, shapes in patterns.SHAPES.items():
        for shape in shapes:
            beginnings.Add(shape.partition("~")[0])
            whole.append((name, re2.compile(shape.replace("~", "[^.!?؟]*"))))
    beginnings.Compile()
    return beginnings, tuple(whole)


def _shaped(text: str) -> dict[str, str]:
    """The first sentence of each kind that has the shape of a robot's."""
    beginnings, whole = _shapes()
    found: dict[str, str] = {}
    for name, shape in (whole[index] for index in sorted(beginnings.Match(text) or ())):
        if name not in found and (match := shape.search(text)):
            found[name] = match.group().strip()[:_VALUE]
    return found


def _first(marks: tuple[str, ...], text: str) -> str:
    return next(filter(text.__contains__, marks), "")


def _own_words(text: str) -> str:
    """The beginning of a text, up to what it quotes or forwards."""
    own: list[str] = []
    for line in text[: 2 * _BODY].splitlines():
        start = line.lstrip(" *_").lower()
        if start.startswith(tables.QUOTES) and any(own):
            break
        if not start.startswith(">"):
            own.append(line.strip())
    return "\n".join(own)[:_BODY]


_OPENINGS = tables.MACHINE_SUBJECTS + tables.ABSENCE_OPENINGS


def _subject(title: str) -> tuple[str, int]:
    """(what was found, how much it says): 4 when only robots write so, less the more people do as well."""
    title = title.removeprefix("[external]").removeprefix("[ext]").removeprefix("(external)").strip()
    if title.startswith(_OPENINGS):
        for mark in _OPENINGS:
            weight = _opening(title, mark)
            if weight:
                return mark, weight
    for bracketed in _bracketed(title):
        if bracketed in _OPENINGS:
            return bracketed, _SURE if bracketed in tables.MACHINE_SUBJECTS else 2
    inside = any(f" {reply}" in title for reply in tables.REPLIES)
    anywhere = _first(tables.ABSENCE_SUBJECTS, title)
    return anywhere or ("re:" if inside else ""), int(bool(anywhere)) + int(inside)


def _opening(title: str, mark: str) -> int:
    """What follows the words decides: a colon, the subject that is answered, a date; or more words of a sentence."""
    if not title.startswith(mark):
        return 0
    machine = mark in tables.MACHINE_SUBJECTS
    rest = title[len(mark) :].lstrip()
    if rest.lstrip(": -–—").startswith(tables.REPLIES):
        return _SURE if machine else 3
    if rest.startswith(":") or not rest:
        return _SURE if machine else 2
    return 2 if rest[0] in "-–—(.!,|/[" or any(ch.isdecimal() for ch in rest[:8]) else 0


def _bracketed(title: str) -> list[str]:
    pieces = title.replace("[", "(").replace("]", ")").split("(")[1:5]
    return [piece.partition(")")[0].strip() for piece in pieces]

"""Delivery reports: RFC 3464, and what servers write that never read it.

``is_bounce`` says whether a mail is one, cheaply for all other mail. ``read_bounce`` says which recipient
failed, why, and which mail of ours it was.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from maildesk.ingest import bounce_tables as tables
from maildesk.ingest import bounce_text
from maildesk.ingest.address import addresses_in, eight_bit, normalise
from maildesk.ingest.headers import decode_words, from_base64, message_id
from maildesk.model.mail import Bounce

_PARTS = 100
_LINES = 2000
_FIELD = 2000
_TEXT = 64 * 1024
_RECIPIENTS = 200
_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status", "message/dsn"})
_RETURNED_TYPES = frozenset(
    {
        "message/rfc822",
        "text/rfc822-headers",
        "message/global",
        "message/rfc822-headers",
        "message/partial",
        "message/global-headers",
    }
)
_STATUS_REPORTS = frozenset({"delivery-status", "global-delivery-status", ""})
_OWN_HEADERS = ("To", "Return-Path", "Delivered-To", "X-Original-To", "Sender", "Reply-To")
_GOOD_NEWS = frozenset({"delivered", "relayed", "expanded"})


@dataclass(frozen=True, slots=True)
class BounceReading:
    """What a delivery report says, and the Message-IDs of the mail it is about."""

    bounces: tuple[Bounce, ...] = ()
    original_ids: tuple[str, ...] = ()

    @property
    def delivered(self) -> bool:
        """Whether the report is that everything went well."""
        return bool(self.bounces) and all(bounce.action in _GOOD_NEWS for bounce in self.bounces)


def is_bounce(message: Message, subject: str, text: str, return_path: str | None) -> str:
    """Why this mail is a delivery report, as "From: mailer-daemon"; empty for any other mail.

    Structure decides where there is any. Prose decides only when a server wrote it: the null return path or a
    daemon's name, together with what such mails say.
    """
    top = message.get_content_type()
    if top in _STATUS_TYPES:
        return f"Content-Type: {top}"
    if top == "multipart/report" and _report_type(message) in _STATUS_REPORTS:
        return "Content-Type: multipart/report; report-type=delivery-status"
    if "X-Failed-Recipients" in message:
        return "X-Failed-Recipients"
    sender = bounce_text.plain(decode_words(_header(message, "From")[:500]))
    daemon = bounce_text.contains(sender, tables.DAEMON_NAMES)
    null = return_path is not None and (not return_path or return_path.lower().startswith("mailer-daemon"))
    said = bounce_text.contains(bounce_text.plain(subject[:500]), tables.SUBJECTS)
    if null or (daemon and ("mailer" in daemon or not _asks(text))):
        return _written_by_server(message, said, text, daemon)
    if said and "In-Reply-To" not in message and "References" not in message and _reads_like_one(subject, text):
        return f"Subject: {said}"
    return ""


def _written_by_server(message: Message, said: str, text: str, daemon: str) -> str:
    if any(part.get_content_type() in _STATUS_TYPES for part in leaves(message)):
        return "message/delivery-status"
    if said:
        return f"Subject: {said}"
    head = bounce_text.plain(" ".join(bounce_text.head(text.strip() or _raw_text(message)))[:_FIELD])
    if bounce_text.contains(head, tables.SENTENCES):
        return f"From: {daemon}" if daemon else "Return-Path: <>"
    return ""


def _asks(text: str) -> bool:
    """Whether a question stands at the beginning: a postmaster is a person at times, a report never asks."""
    opening = text[:600]
    return "? " in f"{opening} ".replace("\n", " ") or "؟" in opening


def _reads_like_one(subject: str, text: str) -> bool:
    """A report by a gateway that writes under an ordinary name: what failed comes first, to whom on its own line."""
    if bounce_text.plain(subject).startswith(("re:", "fw:", "fwd:", "aw:", "wg:", "tr:")):
        return False
    head = bounce_text.head(text[:_FIELD])
    opening = bounce_text.plain(" ".join(head)[:300])
    if not bounce_text.contains(opening, tables.SENTENCES + tables.FAILED_LISTS) or _asks(opening):
        return False
    return any(bounce_text.begins_with_address(line) for line in head)


def read_bounce(message: Message, text: str) -> BounceReading:
    """Read a delivery report; empty for any other mail. Never raises."""
    subject = decode_words(_header(message, "Subject"))
    return_path = _header(message, "Return-Path").strip().strip("<>") if "Return-Path" in message else None
    return read_report(message, text) if is_bounce(message, subject, text, return_path) else BounceReading()


def read_report(message: Message, text: str) -> BounceReading:
    """Read what is known to be a delivery report. Never raises."""
    text = text if text.strip() else _raw_text(message)
    parts = list(leaves(message))
    returned = _returned(parts, text)
    groups = _reported(parts) or list(_groups(text[:_TEXT].splitlines()[:_LINES]))
    bounces = _from_report(groups, text) or _from_prose(message, text, returned)
    return BounceReading(tuple(bounces)[:_RECIPIENTS], _original_ids(returned, groups, text))


def _raw_text(message: Message) -> str:
    """The first text of a mail whose structure is broken."""
    payload = next(iter(leaves(message)), message).get_payload()
    return payload[:_TEXT] if isinstance(payload, str) else ""


def _header(message: Message, name: str) -> str:
    """The first value of a header; undeclared 8-bit text, which ``get`` replaces by question marks, is read."""
    return next((eight_bit(str(value)) for key, value in message.raw_items() if key.lower() == name.lower()), "")


def _header_lines(message: Message) -> list[str]:
    return [f"{name}: {eight_bit(str(value))}" for name, value in message.raw_items()]


def _report_type(message: Message) -> str:
    return str(message.get_param("report-type", "") or "").strip().lower()


def leaves(message: Message) -> Iterator[Message]:
    """Parts that are no containers, in order; a returned mail is one of them, its own parts are not."""
    stack, seen = [message], 0
    while stack and seen < _PARTS:
        part = stack.pop()
        seen += 1
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() != "message":
            stack.extend(child for child in reversed(payload) if isinstance(child, Message))
        else:
            yield part


# ---- RFC 3464


def _reported(parts: list[Message]) -> list[dict[str, str]]:
    """The recipients' fields; those of a report inside a report where a gateway wrapped one in another."""
    found = [
        group for part in parts if part.get_content_type() in _STATUS_TYPES for group in _groups(_status_lines(part))
    ]
    if found:
        return found
    wrapped = [
        child
        for part in parts
        if part.get_content_type() == "message/rfc822"
        for child in part.get_payload()
        if isinstance(child, Message)
    ]
    inner = [part for child in wrapped[:3] if child.get_content_type() == "multipart/report" for part in leaves(child)]
    return [
        group for part in inner if part.get_content_type() in _STATUS_TYPES for group in _groups(_status_lines(part))
    ]


def _status_lines(part: Message) -> list[str]:
    """The lines of a delivery-status part; the library has parsed each group of fields as a header block."""
    payload = part.get_payload()
    blocks = [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else [part]
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    lines: list[str] = []
    for block in blocks[:_RECIPIENTS]:
        if block is not part:
            lines += _header_lines(block)
        body = block.get_payload()
        if isinstance(body, str) and body.strip():
            lines += ["", *_decoded(body, encoding).splitlines()]
        lines.append("")
    return lines[:_LINES]


def _decoded(body: str, encoding: str) -> str:
    """A part's text; the library's own decoding raises on characters that it let in itself."""
    body = body[:_TEXT]
    if encoding == "base64":
        return from_base64(body.encode("ascii", "replace")).decode("utf-8", "replace")
    if encoding == "quoted-printable":
        return binascii.a2b_qp(eight_bit(body).encode()).decode("utf-8", "replace")
    return eight_bit(body)


def _groups(lines: list[str]) -> Iterator[dict[str, str]]:
    """Groups of fields that name a recipient (RFC 3464 section 2.3), out of any lines."""
    group: dict[str, str] = {}
    name = ""
    for line in [*lines, ""]:
        if line[:1] in {" ", "\t"} and name and ":" not in line.split(" ", 2)[0]:
            group[name] = f"{group[name]} {line.strip()}"[:_FIELD]
            continue
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if not colon or " " in name or (name in group and name in {"final-recipient", "original-recipient", "action"}):
            if _names_recipient(group):
                yield group
            if name in {"final-recipient", "original-recipient", "action"} or not line.strip():
                group = {}
        if colon and name and " " not in name:
            group.setdefault(name, " ".join(value.split())[:_FIELD])
        else:
            name = ""


def _names_recipient(group: dict[str, str]) -> bool:
    return bool(group.keys() & {"final-recipient", "original-recipient"}) and bool(
        group.keys() & {"action", "status", "diagnostic-code"}
    )


def _recipient(value: str) -> str:
    """The address of a "rfc822; address" field (RFC 3464 section 2.3.1)."""
    value = eight_bit(value).rpartition(";")[2].strip()
    spec = next(addresses_in(value), "")
    if spec:
        return normalise(spec)
    name = value.strip("<>\"' ").lower()
    return name if name.isprintable() and len(name) < 100 and " " not in name else ""


def _from_report(groups: list[dict[str, str]], text: str) -> list[Bounce]:
    prose = bounce_text.recipients(bounce_text.head(text), frozenset()) if groups else {}
    found: dict[str, Bounce] = {}
    for group in groups:
        final, original = _recipient(group.get("final-recipient", "")), _recipient(group.get("original-recipient", ""))
        recipient = final if "." in final.rpartition("@")[2] and final[0] != "@" else original or final
        if not recipient:
            continue
        diagnostic = _diagnostic(group)
        said = _said(prose, final, original) or (" ".join(bounce_text.head(text)) if len(groups) == 1 else "")
        bounce = _judged(
            recipient, _action(group.get("action", "")), _status(group.get("status", "")), diagnostic, said
        )
        if recipient not in found or (found[recipient].action != "failed" and bounce.action == "failed"):
            found[recipient] = bounce
    return list(found.values())


def _said(prose: dict[str, bounce_text.Said], *recipients: str) -> str:
    return next((prose[recipient].text for recipient in recipients if recipient in prose), "")


def _action(value: str) -> str:
    """One of the five words of RFC 3464 section 2.3.3, or empty; servers write "failure" and "delay" as well."""
    word = value.lower().lstrip("(\"' ")
    known = {"fail": "failed", "delay": "delayed", "deliver": "delivered", "relay": "relayed", "expand": "expanded"}
    return next((action for start, action in known.items() if word.startswith(start)), "failed" if word else "")


def _status(value: str) -> str:
    """The status code of a field; from a reply code where somebody wrote that."""
    digits = value.strip().split(" ")[0].split("(")[0]
    if digits.startswith("2.") and len(digits) < 9:
        return digits
    reply = bounce_text.reply_code_in(value)
    return bounce_text.status_in(value) or (f"{reply[0]}.0.0" if reply else "")


def _diagnostic(group: dict[str, str]) -> str:
    value = group.get("diagnostic-code", "")
    kind, semicolon, rest = value.partition(";")
    return " ".join((rest if semicolon and len(kind) < 20 else value).split())[:500]


def _judged(recipient: str, action: str, status: str, diagnostic: str, said: str) -> Bounce:
    """Put together what the fields and the prose say of one recipient."""
    if action in _GOOD_NEWS or status.startswith("2."):
        return Bounce(recipient, status, action or "delivered", diagnostic)
    why = bounce_text.reason(diagnostic) or bounce_text.reason(said)
    stated = bounce_text.status_in(diagnostic) or bounce_text.status_in(said)
    reply = bounce_text.reply_code_in(diagnostic) or bounce_text.reply_code_in(said)
    generic = status.endswith(".0.0") and stated[:1] == status[:1]
    contradicted = bool(status) and stated[:1] == reply[:1] == "5" and bool(bounce_text.status_in(diagnostic))
    if stated and (not status or generic or (contradicted and status[0] == "4")):
        status = stated
    delayed = action == "delayed" or (not action and _is_delayed(said))
    if not status or (status.endswith(".0.0") and why is not None):
        kind = status[:1] or reply[:1] or ("4" if delayed else "5")
        status = f"{kind}.{why.code}" if why else f"{kind}.0.0"
    action = action or ("delayed" if delayed else "failed")
    return Bounce(recipient, status, action, diagnostic or said[:500], hard=_is_hard(action, status, why))


def _is_delayed(said: str) -> bool:
    text = bounce_text.plain(said[:_FIELD])
    return bool(bounce_text.contains(text, tables.DELAYED)) and not bounce_text.contains(text, tables.GIVEN_UP)


_HARD_CODES = frozenset({"1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "4.4"})
_NOT_THE_ADDRESS = frozenset({"2.2", "3.0", "4.7"})
"""Reasons that count even where a server sends them with the code of an unknown address."""


def _is_hard(action: str, status: str, why: tables.Why | None) -> bool:
    if action == "delayed" or status.startswith("4"):
        return False
    if why is not None and (why.code in _NOT_THE_ADDRESS or status[2:] not in _HARD_CODES):
        return why.hard
    return status[2:] in _HARD_CODES or status[2:] == "0.0"


# ---- prose


def _from_prose(message: Message, text: str, returned: list[dict[str, str]]) -> list[Bounce]:
    head = bounce_text.head(text)
    author = _addresses(message, "From")
    own = author.union(*(_addresses(message, name) for name in _OWN_HEADERS))
    said = bounce_text.recipients(head, own) or bounce_text.recipients(head, author)
    failed = _addresses(message, "X-Failed-Recipients")
    written_to = [
        normalise(spec) for header in returned for name in ("to", "cc") for spec in addresses_in(header.get(name, ""))
    ]
    strong = [email for email, words in said.items() if words.strong]
    named = strong or [email for email in said if email in written_to]
    wanted = dict.fromkeys(sorted(failed) or named or list(said) or written_to[:1] or _from_flufl(message))
    whole = " ".join(head)
    alone = len(wanted) == 1
    return [
        _judged(email, "", "", "", f"{said[email].text if email in said else ''} {whole if alone else ''}".strip())
        for email in wanted
    ]


def _addresses(message: Message, name: str) -> frozenset[str]:
    return frozenset(normalise(spec) for spec in addresses_in(_header(message, name)[:8000]))


def _from_flufl(message: Message) -> list[str]:
    """What Mailman's detectors find where ours find nothing. Their patterns take quadratic time on long lines."""
    texts = [payload for part in leaves(message) if isinstance(payload := part.get_payload(), str)]
    if sum(map(len, texts)) > _TEXT // 2 or any(len(line) > 500 for text in texts for line in text.splitlines()):
        return []
    from flufl.bounce import all_failures  # loaded only for the rare report that needs it

    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - the guard around a library that was not written for hostile mail
        return []
    return sorted(normalise(address.decode("utf-8", "replace")) for address in temporary | permanent)


# ---- the mail that came back


def _returned(parts: list[Message], text: str) -> list[dict[str, str]]:
    """Headers of the returned mail(s), lower-case names."""
    found: list[dict[str, str]] = []
    for part in parts:
        kind = part.get_content_type()
        payload = part.get_payload()
        if kind in _RETURNED_TYPES and isinstance(payload, list):
            found += [_headers(_header_lines(child)) for child in payload[:3] if isinstance(child, Message)]
        elif isinstance(payload, str) and (kind in _RETURNED_TYPES or (kind == "text/plain" and part.get_filename())):
            encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
            found.append(_headers(_decoded(payload, encoding).splitlines()))
    if not any(header.get("message-id") or header.get("to") for header in found):
        found.append(_headers(bounce_text.tail(text)))
    return found


def _headers(lines: list[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in lines[:_LINES]:
        if line[:1] in {" ", "\t"} and name:
            fields[name] = f"{fields[name]} {line.strip()}"[:_FIELD]
            continue
        name, colon, value = line.strip().partition(":")
        name = name.lower()
        if colon and name and " " not in name and name not in fields:
            fields[name] = value.strip()[:_FIELD]
        else:
            name = ""
    return fields


def _original_ids(returned: list[dict[str, str]], groups: list[dict[str, str]], text: str) -> tuple[str, ...]:
    values = [header.get("message-id", "") for header in returned]
    values += [group.get("x-original-message-id", "") for group in groups]
    values += [
        line.partition(":")[2]
        for line in bounce_text.head(text)
        if line.strip().lower().startswith(("message-id:", "message id:"))
    ]
    return tuple(dict.fromkeys(found for value in values if (found := message_id(value))))

"""A mail as ``maildesk mail parse`` shows it: the shape is a contract, see docs/reading.md."""

from __future__ import annotations

from typing import Any

from maildesk.commands.grammar import read_orders
from maildesk.ingest.match import subject_tag
from maildesk.ingest.parse import parse_mail
from maildesk.model.errors import MaildeskError
from maildesk.model.mail import Address, Auth, Bounce, Part, Reading

_SEVERAL = 2
"""With so many From headers, each reader of the mail takes another one for the author."""


def shown_mail(file: str, content: bytes, reading: Reading) -> dict[str, Any]:
    """One object per mail; ``{"file", "error"}`` when it cannot be read at all."""
    try:
        mail = parse_mail(content, reading)
    except MaildeskError as error:
        return {"file": file, "error": str(error)}
    orders = read_orders(mail.subject, "", mail.reply)
    tag = subject_tag(mail.subject)
    sender = mail.sender or (mail.from_shown if len(mail.headers_named("from")) < _SEVERAL else None)
    return {
        "file": file,
        "message_id": mail.message_id,
        "from": _address(sender) if sender else None,
        "reply_to": [_address(one) for one in mail.reply_to],
        "to": [_address(one) for one in mail.to],
        "cc": [_address(one) for one in mail.cc],
        "subject": mail.subject,
        "date": mail.sent_at,
        "language": mail.language,
        "text": mail.text,
        "reply": mail.reply,
        "attachments": [_part(one) for one in mail.parts],
        "kind": mail.kind.value,
        "reason": mail.reason,
        "bounce": [_bounce(one) for one in mail.bounces],
        "references": list(mail.references),
        "ticket_tag": tag or None,
        "commands": [" ".join((order.command, *order.args)) for order in orders.orders],
        "auth": _auth(mail.auth),
        "defects": list(mail.defects),
    }


def _address(one: Address) -> dict[str, str]:
    return {"name": one.name, "email": one.email}


def _part(one: Part) -> dict[str, Any]:
    return {
        "filename": one.filename,
        "media_type": one.media_type,
        "size": one.size,
        "sha256": one.sha256,
        "inline": one.inline,
    }


def _bounce(one: Bounce) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("recipient", "status", "action", "diagnostic", "hard")}


def _auth(one: Auth) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Auth.__dataclass_fields__}

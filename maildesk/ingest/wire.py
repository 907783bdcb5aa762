"""``Mail`` as JSON-able data and back, exactly. Written by hand: it runs for every mail.

Used between the daemon and its parser child, and wherever a read mail has to be kept. Addresses are pairs, times
are ISO 8601.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from maildesk.model.mail import Address, Auth, Bounce, Forwarded, Kind, Limits, Mail, Part, Reading


def to_wire(mail: Mail) -> dict[str, Any]:
    """The mail as dicts, lists, strings, numbers and None."""
    return {
        "message_id": mail.message_id,
        "sender": _pair(mail.sender),
        "from_shown": _pair(mail.from_shown),
        "reply_to": [(each.name, each.email) for each in mail.reply_to],
        "to": [(each.name, each.email) for each in mail.to],
        "cc": [(each.name, each.email) for each in mail.cc],
        "delivered_to": mail.delivered_to,
        "return_path": mail.return_path,
        "subject": mail.subject,
        "text": mail.text,
        "reply": mail.reply,
        "html": mail.html,
        "parts": [
            (part.path, part.filename, part.media_type, part.size, part.sha256, part.inline, part.content_id)
            for part in mail.parts
        ],
        "references": mail.references,
        "in_reply_to": mail.in_reply_to,
        "sent_at": _written(mail.sent_at),
        "language": mail.language,
        "kind": mail.kind.value,
        "reason": mail.reason,
        "back_at": _written(mail.back_at),
        "bounces": [
            (bounce.recipient, bounce.status, bounce.action, bounce.diagnostic, bounce.hard) for bounce in mail.bounces
        ],
        "bounced_ids": mail.bounced_ids,
        "forwarded": [(_pair(one.author), one.subject, one.text, one.announced) for one in mail.forwarded],
        "above": mail.above,
        "auth": (
            mail.auth.trusted, mail.auth.authserv_id, mail.auth.dmarc, mail.auth.dkim, mail.auth.spf, mail.auth.domain
        ),
        "headers": mail.headers,
        "size": mail.size,
        "fingerprint": mail.fingerprint,
        "defects": mail.defects,
    }  # fmt: skip


def from_wire(data: dict[str, Any]) -> Mail:
    """The mail that ``to_wire`` was given, also after a way through JSON. Raises KeyError for what is not one."""
    return Mail(
        message_id=data["message_id"],
        sender=_address(data["sender"]),
        from_shown=_address(data["from_shown"]),
        reply_to=_addresses(data["reply_to"]),
        to=_addresses(data["to"]),
        cc=_addresses(data["cc"]),
        delivered_to=tuple(data["delivered_to"]),
        return_path=data["return_path"],
        subject=data["subject"],
        text=data["text"],
        reply=data["reply"],
        html=data["html"],
        parts=tuple([Part(*part) for part in data["parts"]]),
        references=tuple(data["references"]),
        in_reply_to=data["in_reply_to"],
        sent_at=_read(data["sent_at"]),
        language=data["language"],
        kind=Kind(data["kind"]),
        reason=data["reason"],
        back_at=_read(data["back_at"]),
        bounces=tuple([Bounce(*bounce) for bounce in data["bounces"]]),
        bounced_ids=tuple(data["bounced_ids"]),
        forwarded=tuple([Forwarded(Address(*author), *rest) for author, *rest in data["forwarded"]]),
        above=data["above"],
        auth=Auth(*data["auth"]),
        headers=tuple([(name, value) for name, value in data["headers"]]),
        size=data["size"],
        fingerprint=data["fingerprint"],
        defects=tuple(data["defects"]),
    )


def reading_to_wire(reading: Reading) -> dict[str, Any]:
    """What the child has to know of the desk."""
    limits = reading.limits
    return {
        "own_addresses": sorted(reading.own_addresses),
        "authserv_ids": sorted(reading.authserv_ids),
        "key": reading.key.hex(),
        "limits": {name: getattr(limits, name) for name in Limits.__dataclass_fields__},
    }


def reading_from_wire(data: dict[str, Any]) -> Reading:
    """The other way round."""
    return Reading(
        own_addresses=frozenset(data["own_addresses"]),
        authserv_ids=frozenset(data["authserv_ids"]),
        key=bytes.fromhex(data["key"]),
        limits=Limits(**data["limits"]),
    )


def _pair(address: Address | None) -> tuple[str, str] | None:
    return None if address is None else (address.name, address.email)


def _address(pair: list[str] | None) -> Address | None:
    return None if pair is None else Address(*pair)


def _addresses(pairs: list[list[str]]) -> tuple[Address, ...]:
    return tuple([Address(name, email) for name, email in pairs])


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

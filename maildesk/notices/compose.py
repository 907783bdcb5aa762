"""A notice becomes bytes: rendered, addressed, threaded, checked. Deterministic: twice gives equal bytes (P5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from hashlib import sha256

from maildesk.model import tokens as token_values
from maildesk.model.change import MailClass, Notice, Outgoing, Token
from maildesk.model.desk import Desk, Mailbox, Rendered
from maildesk.model.errors import PermanentFailure
from maildesk.model.people import INSIDE
from maildesk.model.ticket import Ticket
from maildesk.model.tokens import Right
from maildesk.notices import fields, layout, mime
from maildesk.notices.clean import clean_line, clean_name, clean_text
from maildesk.notices.context import reply_address, tag_of, template_values
from maildesk.notices.data import is_anonymous, spec_of
from maildesk.notices.render import built_in


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a mail belongs in its reader's mail client: Message-IDs with angle brackets, oldest first."""

    parent: str = ""
    references: tuple[str, ...] = ()


def compose(
    notice: Notice,
    desk: Desk,
    ticket: Ticket | None,
    *,
    now: datetime,
    thread: Thread = Thread(),
    tokens: tuple[Token, ...] = (),
) -> Outgoing:
    """Render and address one notice. The acknowledgement has no name, file or HTML of anybody in it (A14).

    ``tokens`` are rows already reserved, one per ``notice.rights`` in order. Raises PermanentFailure when there is
    no mailbox to send from, the recipient cannot be written to, or the result fails its check (A20, A21).
    """
    if notice.role not in INSIDE and is_anonymous(notice.template):
        notice = replace(notice, to_name="", html="", attachments=())
    mailbox = _mailbox(notice, desk, ticket)
    rendered = _render(notice, desk, mailbox, ticket, now=now, tokens=tokens)
    subject = _subject(rendered, ticket)
    message_id = token_values.message_id(desk.key, notice.once, desk.domain)
    headers = [
        ("From", fields.mailbox(_from_name(notice, desk, mailbox), mailbox.address)),
        ("To", fields.mailbox(clean_name(notice.to_name), notice.to)),
        ("Subject", fields.unstructured(subject, "Subject")),
        ("Date", fields.date(now)),
        ("Message-ID", fields.message_ids([message_id])),
        *_answering(desk, mailbox, thread, tokens),
        *_robot_headers(notice),
    ]
    return Outgoing(
        once=notice.once,
        mail_class=notice.mail_class,
        message_id=message_id,
        date=now.replace(microsecond=0),
        sender=_envelope(notice, desk, mailbox, tokens),
        recipient=notice.to,
        content=_content(notice, desk, mailbox, rendered, headers),
        template=notice.template,
        ticket=notice.ticket,
        entry=notice.entry,
        mailbox=mailbox.name,
        role=notice.role,
        subject=subject,
        not_before=notice.not_before,
        expires=notice.expires,
        draft=notice.draft,
        source=notice.source,
        promises=_promises(notice),
        tokens=tuple(replace(token, message_id=message_id) for token in tokens),
        problem=rendered.problem,
    )


def _promises(notice: Notice) -> datetime | None:
    """Until when a mail to somebody outside says that an answer can be expected."""
    shown = any(field.name == "expected" for field in spec_of(notice.template).fields)
    moment = notice.data.get("expected") if shown and notice.role not in INSIDE else None
    return moment if isinstance(moment, datetime) else None


def _mailbox(notice: Notice, desk: Desk, ticket: Ticket | None) -> Mailbox:
    name = notice.mailbox or (ticket.mailbox if ticket else "")
    found = desk.mailboxes.get(name) or next(iter(desk.mailboxes.values()), None)
    if found is None:
        raise PermanentFailure("there is no mailbox to send from")
    return found


def _render(
    notice: Notice, desk: Desk, mailbox: Mailbox, ticket: Ticket | None, *, now: datetime, tokens: Sequence[Token]
) -> Rendered:
    language = _language(notice, desk, mailbox, ticket)
    values = template_values(notice, desk, mailbox, ticket, now=now, language=language, tokens=tokens)
    if desk.templates is None:
        return built_in(notice.template, language, values, "the desk has no templates")
    return desk.templates.render(notice.template, language, values)


def _language(notice: Notice, desk: Desk, mailbox: Mailbox, ticket: Ticket | None) -> str:
    if notice.role in INSIDE:
        agent = desk.agent_at(notice.to)
        return notice.language or (agent.language if agent else "") or desk.language
    return notice.language or (ticket.language if ticket else "") or mailbox.language or desk.language


def _subject(rendered: Rendered, ticket: Ticket | None) -> str:
    """The rendered subject as one line, with the ticket's tag in it whatever the template says."""
    subject, tag = clean_line(rendered.subject, 250), tag_of(ticket)
    return subject if tag in subject else f"{subject} {tag}".strip()


def _from_name(notice: Notice, desk: Desk, mailbox: Mailbox) -> str:
    """The desk's name; on answers the agent's in front of it, never their address."""
    shown = clean_name(mailbox.display or desk.name)
    agent = clean_name(str(notice.data.get("agent", ""))) if notice.template == "answer" else ""
    return f"{agent} ({shown})" if agent and shown else agent or shown


def _answering(desk: Desk, mailbox: Mailbox, thread: Thread, tokens: Sequence[Token]) -> list[tuple[str, fields.Field]]:
    """Reply-To, In-Reply-To, References (RFC 5322 section 3.6.4: the parent's references and then the parent)."""
    reply = next((token for token in tokens if token.right is not Right.BOUNCE), None)
    found = [
        ("Reply-To", fields.address(reply_address(desk, mailbox, reply)) if reply else None),
        ("In-Reply-To", fields.message_ids([thread.parent])),
        ("References", fields.message_ids((*thread.references, thread.parent))),
    ]
    return [(name, value) for name, value in found if value]


def _is_automatic(notice: Notice) -> bool:
    """Everything but what a person wrote to somebody outside. What MY DATA brings arrives for sure, and is our own."""
    return notice.mail_class is MailClass.AUTOMATIC or notice.role in INSIDE or notice.template == "done"


def _robot_headers(notice: Notice) -> list[tuple[str, fields.Field]]:
    """RFC 3834 section 5, and what Exchange and older responders listen to: nobody's robot answers ours."""
    if not _is_automatic(notice):
        return []
    response = spec_of(notice.template).response
    found = [
        ("Auto-Submitted", fields.fixed("auto-replied" if response else "auto-generated")),
        ("X-Auto-Response-Suppress", fields.fixed("All")),
        ("X-Maildesk-Notice", fields.unstructured(notice.template, "X-Maildesk-Notice")),
    ]
    return found if notice.role in INSIDE else [*found, ("Precedence", fields.fixed("auto_reply"))]


def _envelope(notice: Notice, desk: Desk, mailbox: Mailbox, tokens: Sequence[Token]) -> str:
    """The envelope sender. A bounce token makes it VERP; else automatic mail to outsiders has the null sender.

    Mail to agents goes out from the mailbox itself, so that its bounces come back and are recognised by the
    Message-ID; a bounce has a null sender of its own, so nothing can loop.
    """
    bounce = next((token for token in tokens if token.right is Right.BOUNCE), None)
    if bounce:
        return reply_address(desk, mailbox, bounce)
    outside = notice.role not in INSIDE
    return "" if outside and notice.mail_class is MailClass.AUTOMATIC else mailbox.address


def _content(
    notice: Notice, desk: Desk, mailbox: Mailbox, rendered: Rendered, headers: list[tuple[str, fields.Field]]
) -> bytes:
    text = clean_text(rendered.text)
    boundary = token_values.derive(desk.key, f"boundary:{notice.once}")[:12].hex()
    content = mime.build(headers, text, _html(notice, mailbox, rendered, text), notice.attachments, boundary)
    if notice.template == "acknowledgement" and len(content) > desk.gate.ack_bytes:
        content = mime.build(headers, _fitting(text, desk.gate.ack_bytes - 1500), "", (), boundary)
    problem = mime.check(content, {name for name, _ in headers}, notice.to)
    if problem and notice.to_name:
        bare = [(name, fields.address(notice.to) if name == "To" else value) for name, value in headers]
        return _content(replace(notice, to_name=""), desk, mailbox, rendered, bare)
    if problem:
        raise PermanentFailure(f"the mail {notice.once} came out with {problem}")
    return content


def _fitting(text: str, size: int) -> str:
    """As many whole paragraphs as fit into a number of bytes of base64 (P11)."""
    kept = ""
    for paragraph in text.rstrip("\n").split("\n\n"):
        if len(f"{kept}{paragraph}\n\n".encode()) * 3 // 2 > size:
            break
        kept += f"{paragraph}\n\n"
    return kept.rstrip("\n") + "\n"


def _html(notice: Notice, mailbox: Mailbox, rendered: Rendered, text: str) -> str:
    """The HTML part: an agent's own within what the template says around it, a template's, or the text laid out."""
    language = rendered.language
    said = clean_text(str(notice.data.get("text", "")))
    if notice.html and said and text.count(said) == 1:
        around = [layout.blocks(part, language) for part in text.split(said)]
        return layout.page(clean_text(notice.html).join((f"{around[0]}\n", f"\n{around[1]}")).strip(), language, "")
    body = rendered.html or layout.blocks(text, language)
    return layout.page(clean_text(body), language, "" if notice.template == "answer" else mailbox.colour)


def own_text(content: bytes) -> tuple[str, str]:
    """Subject and text part of a mail that ``compose`` wrote, newlines as LF; empty texts for no bytes."""
    mail = message_from_bytes(content)
    subject = clean_line(str(make_header(decode_header(str(mail.get("Subject", ""))))), 998)
    for part in mail.walk():
        if part.get_content_type() == "text/plain" and part.get_filename() is None:
            body = part.get_payload(decode=True)
            return subject, body.decode("utf-8", "replace").replace("\r\n", "\n") if isinstance(body, bytes) else ""
    return subject, ""


def own_pictures(content: bytes) -> frozenset[str]:
    """sha256 of every picture in a mail that ``compose`` wrote."""
    pictures = (part for part in message_from_bytes(content).walk() if part.get_content_maintype() == "image")
    return frozenset(
        sha256(data).hexdigest() for part in pictures if isinstance(data := part.get_payload(decode=True), bytes)
    )

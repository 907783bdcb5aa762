"""All notices with sample data on one page, in every language: what people will see, to look at before they do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from html import escape

from maildesk.model.change import Outgoing
from maildesk.model.desk import Desk, Templates
from maildesk.model.ticket import Ticket
from maildesk.notices.compose import compose
from maildesk.notices.data import DESK, NOTICES, spec_of
from maildesk.notices.locale import direction
from maildesk.notices.samples import (
    NOW,
    WITHOUT_TICKET,
    sample_data,
    sample_desk,
    sample_notice,
    sample_ticket,
    sample_tokens,
)

_STYLE = """
body{margin:0;background:#f5f6f8;color:#1c2430;font:15px/1.6 system-ui,"Segoe UI",Roboto,Arial,sans-serif}
main{max-width:1240px;margin:0 auto;padding:24px 16px}
h1{font-size:24px;margin:0 0 4px}h2{font-size:16px;margin:26px 0 8px;font-family:ui-monospace,monospace}
h2 small{font:13px system-ui,sans-serif;color:#667085}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:14px;align-items:start}
.mail{background:#fff;border:1px solid #e4e7ec;border-radius:8px;overflow:hidden}
.head{padding:10px 16px;border-bottom:1px solid #e4e7ec;background:#fafbfc;font-size:13px;color:#667085}
.head b{display:block;color:#1c2430;font-size:15px}
.body{overflow-x:auto}
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """A notice as it would leave."""

    subject: str
    sender: str
    text: str
    html: str
    problem: str


def sample(templates: Templates, name: str, language: str) -> Sample:
    """One notice with its sample data."""
    desk = replace(sample_desk(language), templates=templates)
    notice = sample_notice(name, language, sample_data(name, language))
    ticket = None if name in WITHOUT_TICKET else sample_ticket(language)
    return _shown(compose(notice, desk, ticket, now=NOW, tokens=sample_tokens(notice)))


def of_ticket(desk: Desk, name: str, ticket: Ticket, language: str, now: datetime) -> Sample:
    """One notice as the requester of a ticket would get it now; data that only an event brings are samples."""
    spoken = language or ticket.language or desk.language
    notice = sample_notice(name, spoken, sample_data(name, spoken))
    notice = replace(notice, ticket=ticket.number, mailbox=ticket.mailbox)
    if spec_of(name).reader != DESK:
        notice = replace(notice, to=ticket.requester, to_name=ticket.requester_name)
    mail = compose(notice, desk, ticket, now=now, tokens=sample_tokens(notice))
    return _shown(mail)


def _shown(mail: Outgoing) -> Sample:
    message = message_from_bytes(mail.content)
    parts = {part.get_content_type(): part for part in message.walk()}
    texts = {kind: _decoded(part) for kind, part in parts.items() if kind.startswith("text/")}
    return Sample(
        _header(message, "Subject"),
        "{} <{}>".format(*parseaddr(_header(message, "From"))),
        texts.get("text/plain", ""),
        texts.get("text/html", ""),
        mail.problem,
    )


def _header(message: Message, name: str) -> str:
    return str(make_header(decode_header(str(message[name]))))


def _decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode("utf-8") if isinstance(content, bytes) else ""


def gallery(templates: Templates, languages: tuple[str, ...], names: tuple[str, ...] = tuple(NOTICES)) -> str:
    """One self-contained page; a mail that its template could not make says why."""
    parts = [_notice(templates, name, languages) for name in names]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Notices</title><style>{_STYLE}</style></head><body><main><h1>Notices</h1>"
        f"Every mail that the desk writes by itself, with sample data.{''.join(parts)}</main></body></html>\n"
    )


def _notice(templates: Templates, name: str, languages: tuple[str, ...]) -> str:
    spec = spec_of(name)
    reader = "to the desk" if spec.reader == DESK else "to people outside"
    mails = "".join(_mail(sample(templates, name, language), language) for language in languages)
    return f'<h2>{escape(name)} <small>{escape(spec.meaning)}; {reader}</small></h2><div class="pair">{mails}</div>'


def _mail(shown: Sample, language: str) -> str:
    way = direction(language)
    body = shown.html.partition("<body")[2].partition(">")[2].partition("</body>")[0]
    problem = f'<p style="color:#b42318">{escape(shown.problem)}</p>' if shown.problem else ""
    head = f'<div class="head"><b dir="auto">{escape(shown.subject)}</b><bdi>{escape(shown.sender)}</bdi></div>'
    inside = f'{head}{problem}<div class="body">{body}</div>'
    return f'<div class="mail" lang="{escape(language)}" dir="{way}">{inside}</div>'

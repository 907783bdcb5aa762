"""Who plays in the demo, and how they write: real MIME as mail clients make it."""

from __future__ import annotations

import email.policy
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from email.utils import format_datetime, make_msgid
from html import escape

DESK = "support@example.com"


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody with a mailbox."""

    name: str
    email: str
    language: str = "en"


LEILA = Player("لیلا رضایی", "leila@example.net", "fa")
JOHN = Player("John Miller", "john@example.org")
GHOST = Player("Old Account", "old@gone.test")
SARA = Player("سارا احمدی", "sara@example.com", "fa")
OMID = Player("Omid Karimi", "omid@example.com")
MINA = Player("Mina Lead", "mina@example.com")
REZA = Player("Reza Manager", "reza@example.com")
FINANCE = Player("Finance", "finance@example.com", "fa")

EVERYBODY = (LEILA, JOHN, GHOST, SARA, OMID, MINA, REZA, FINANCE)

_ATTRIBUTION = {"fa": "در {date}، {name} نوشت:", "en": "On {date}, {name} wrote:"}


def new_mail(sender: Player, subject: str, text: str, *, pdf: bytes = b"", html: bool = False) -> EmailMessage:
    """A first mail to the desk; with a PDF, or as a mail client writes HTML beside the text."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = f"{sender.name} <{sender.email}>"
    mail["To"] = DESK
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=sender.email.partition("@")[2])
    mail.set_content(text)
    if html:
        body = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line)
        mail.add_alternative(f'<html><body><div dir="auto">{body}</div></body></html>', subtype="html")
    if pdf:
        mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="صورت‌حساب.pdf")
    return mail


def reply_to(sender: Player, got: Message, text: str, *, tag: str = "") -> EmailMessage:
    """A plain reply as a mail client makes it: to Reply-To, threaded, quoting the whole mail below."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = f"{sender.name} <{sender.email}>"
    mail["To"] = str(got["Reply-To"] or got["From"])
    subject = str(got["Subject"])
    subject = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    mail["Subject"] = f"{subject} {tag}".strip()
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=sender.email.partition("@")[2])
    mail["In-Reply-To"] = str(got["Message-ID"])
    mail["References"] = " ".join([*str(got["References"] or "").split(), str(got["Message-ID"])])
    line = _ATTRIBUTION[sender.language].format(date=got["Date"], name=got["From"])
    quoted = "\n".join(f"> {one}" for one in text_of(got).splitlines())
    mail.set_content(f"{text}\n\n{line}\n{quoted}\n")
    return mail


def vacation(sender: Player, got: Message) -> EmailMessage:
    """What an auto-responder answers."""
    mail = reply_to(sender, got, "I am out of the office until 30 November.")
    mail["Auto-Submitted"] = "auto-replied"
    return mail


_BOUNCE = """\
From: Mail Delivery System <MAILER-DAEMON@mail.example.com>
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: {message_id}
Return-Path: <>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"

--=_report
Content-Type: text/plain; charset=us-ascii

<{recipient}>: host gone.test said: 550 5.1.1 User unknown

--=_report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--=_report
Content-Type: text/rfc822-headers

{headers}

--=_report--
"""


def bounce(recipient: str, envelope_sender: str, returned: bytes) -> bytes:
    """A delivery report as Postfix writes it (RFC 3464), for a mailbox that does not exist."""
    report = _BOUNCE.format(
        to=envelope_sender or DESK,
        date=format_datetime(datetime.now(UTC)),
        message_id=make_msgid(domain="mail.example.com"),
        recipient=recipient,
        headers=returned.partition(b"\r\n\r\n")[0].decode("ascii", "replace").replace("\r\n", "\n"),
    )
    return report.replace("\n", "\r\n").encode("ascii", "replace")


def text_of(mail: Message) -> str:
    """The text part of a mail."""
    for part in mail.walk():
        if part.get_content_type() == "text/plain" and not part.get_filename():
            return bytes(part.get_payload(decode=True) or b"").decode(part.get_content_charset() or "utf-8", "replace")
    return ""

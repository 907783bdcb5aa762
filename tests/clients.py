"""How mail programs write: the headers, the MIME structure, the quoting and the HTML that each gives to a reply.

Written after what these programs send; every function takes what was received and what its user typed.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from html import escape

WRITTEN = datetime(2026, 11, 22, 9, 14, 3, tzinfo=UTC)
Client = Callable[..., EmailMessage]


def parsed(content: bytes) -> EmailMessage:
    """Bytes as a mail."""
    return email.message_from_bytes(content, policy=email.policy.default)


def text_of(mail: EmailMessage) -> str:
    """The plain text that a reader sees."""
    part = mail.get_body(("plain",))
    return part.get_content().replace("\r\n", "\n") if part else ""


def html_of(mail: EmailMessage) -> str:
    """The HTML that a reader sees."""
    part = mail.get_body(("html",))
    return part.get_content() if part else f"<pre>{escape(text_of(mail))}</pre>"


def _begin(sender: str, got: EmailMessage | None, to: str, subject: str, prefix: str = "Re: ") -> EmailMessage:
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = sender
    mail["To"] = to or str(got["Reply-To"] or got["From"])
    if got is not None:
        plain = str(got["Subject"])
        subject = f"{plain if plain.lower().startswith('re:') else prefix + plain} {subject}".strip()
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    return mail


def _thread(mail: EmailMessage, got: EmailMessage | None, domain: str) -> EmailMessage:
    mail["Message-ID"] = make_msgid(domain=domain)
    if got is not None:
        mail["In-Reply-To"] = str(got["Message-ID"])
        mail["References"] = " ".join([*str(got["References"] or "").split(), str(got["Message-ID"])])
    return mail


def _who(got: EmailMessage) -> tuple[str, str]:
    return parseaddr(str(got["From"]))


def _paragraphs(text: str, tag: str = "div") -> str:
    return "".join(f"<{tag}>{escape(line) or '<br>'}</{tag}>" for line in text.split("\n"))


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def gmail(sender: str, text: str, got: EmailMessage | None = None, *, to: str = "", subject: str = "") -> EmailMessage:
    """Gmail in a browser: both parts, the attribution on two lines, everything quoted in ``gmail_quote``."""
    mail = _thread(_begin(sender, got, to, subject), got, "mail.gmail.example.org")
    plain, html = text + "\n", f'<div dir="auto">{_paragraphs(text)}</div>'
    if got is not None:
        name, address = _who(got)
        when = f"{WRITTEN:%a, %b %-d, %Y at %-I:%M}\u202f{WRITTEN:%p}"
        plain += f"\nOn {when} {name} <{address}>\nwrote:\n\n{_quoted(text_of(got))}\n"
        html += (
            f'<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On {when} {escape(name)}'
            f' &lt;<a href="mailto:{address}">{address}</a>&gt; wrote:<br></div><blockquote class="gmail_quote" '
            'style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">'
            f"{html_of(got)}</blockquote></div>"
        )
    mail.set_content(plain)
    mail.add_alternative(html, subtype="html")
    return mail


def outlook(
    sender: str, text: str, got: EmailMessage | None = None, *, to: str = "", subject: str = ""
) -> EmailMessage:
    """Outlook: "RE:", a header block below a line, nothing quoted with signs, Word's HTML, Thread-Index."""
    mail = _thread(_begin(sender, got, to, subject, "RE: "), got, "AM0PR01MB0001.eurprd01.prod.example.org")
    mail["Thread-Topic"] = str(got["Subject"]) if got else subject
    mail["Thread-Index"] = "AQHcW2Vt0H4kT0mX7kqB9n0l5Q2x8w=="
    mail["X-MS-Has-Attach"] = ""
    mail["Accept-Language"] = "en-US"
    plain = text + "\n"
    html = "".join(f'<p class="MsoNormal">{escape(line) or "&nbsp;"}<o:p></o:p></p>' for line in text.split("\n"))
    if got is not None:
        name, address = _who(got)
        rows = (
            ("From", f"{name} <{address}>"),
            ("Sent", f"{WRITTEN:%A, %B %-d, %Y %-I:%M %p}"),
            ("To", sender),
            ("Subject", str(got["Subject"])),
        )
        plain += "\n________________________________\n" + "".join(f"{key}: {value}\n" for key, value in rows)
        plain += "\n" + text_of(got)
        block = "<br>".join(f"<b>{key}:</b> {escape(value)}" for key, value in rows)
        html += (
            '<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
            f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">'
            f"{block}</font><div>&nbsp;</div></div>{html_of(got)}"
        )
    mail.set_content(plain, cte="base64")
    page = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0cm}</style></head>'
        f'<body lang="EN-US"><div class="WordSection1">{html}</div></body></html>'
    )
    mail.add_alternative(page, subtype="html", cte="base64")
    return mail


def apple(sender: str, text: str, got: EmailMessage | None = None, *, to: str = "", subject: str = "") -> EmailMessage:
    """Apple Mail: the attribution itself is quoted, and so is an empty line after it."""
    mail = _thread(_begin(sender, got, to, subject), got, "me.example.org")
    mail["X-Mailer"] = "Apple Mail (2.3774.600.62)"
    plain, html = text + "\n", f'<div dir="auto">{_paragraphs(text)}</div>'
    if got is not None:
        name, address = _who(got)
        line = f"On {WRITTEN:%-d %b %Y}, at {WRITTEN:%H:%M}, {name} <{address}> wrote:"
        plain += f"\n{_quoted(line + chr(10) + chr(10) + text_of(got))}\n"
        html += (
            f'<div><br><blockquote type="cite"><div>{escape(line)}</div><br class="Apple-interchange-newline">'
            f"<div>{html_of(got)}</div></blockquote></div><br>"
        )
    mail.set_content(plain, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail


def thunderbird(
    sender: str, text: str, got: EmailMessage | None = None, *, to: str = "", subject: str = ""
) -> EmailMessage:
    """Thunderbird: plain text in format=flowed (RFC 3676), written above the quote."""
    mail = _begin(sender, got, to, subject)
    mail["User-Agent"] = "Mozilla Thunderbird"
    mail = _thread(mail, got, sender.rpartition("@")[2].rstrip(">"))
    plain = _flowed(text)
    if got is not None:
        name, _ = _who(got)
        plain += f"\n\nOn {WRITTEN:%d/%m/%Y %H:%M}, {name} wrote:\n{_quoted(text_of(got))}\n"
    mail.set_content(plain)
    mail.set_param("format", "flowed")
    return mail


def _flowed(text: str) -> str:
    """Lines of 72 characters; one that goes on ends with a space."""
    out = []
    for line in text.split("\n"):
        while len(line) > 72 and " " in line[:72]:
            cut = line.rindex(" ", 0, 72) + 1
            out.append(line[:cut])
            line = line[cut:]
        out.append(line)
    return "\n".join(out) + "\n"


def mutt(sender: str, text: str, got: EmailMessage | None = None, *, to: str = "", subject: str = "") -> EmailMessage:
    """mutt, as many of its users write: below the quote, of which they keep the beginning, with a signature."""
    mail = _thread(_begin(sender, got, to, subject), got, "laptop.example.org")
    mail["User-Agent"] = "Mutt/2.2.9 (2022-11-12)"
    plain = text + "\n"
    if got is not None:
        name, _ = _who(got)
        quote = _quoted(text_of(got))
        plain = f"On {WRITTEN:%a, %b %d, %Y at %I:%M:%S%p +0000}, {name} wrote:\n{quote}\n\n{text}\n"
    mail.set_content(f"{plain}\n-- \n{parseaddr(sender)[0]}\n")
    return mail


CLIENTS: dict[str, Client] = {
    "gmail": gmail, "outlook": outlook, "apple": apple, "thunderbird": thunderbird, "mutt": mutt,
}  # fmt: skip

"""Replies and forwards as mail clients really build them: their HTML around the quotation, and the text beside it."""

from __future__ import annotations

import email.policy
import textwrap
from collections.abc import Callable
from email.message import EmailMessage
from html import escape
from html.parser import HTMLParser

from line import Left, threaded, write

DESK_SHOWN = "Example Shop Support"
DESK = "support@example.com"

_WROTE = {
    "gmail": {"en": f"On Sun, Nov 22, 2026 at 12:30\u202fPM {DESK_SHOWN} <{DESK}> wrote:",
              "fa": f"در تاریخ یکشنبه ۲۲ نوامبر ۲۰۲۶،\u200f ۱۲:۳۰ {DESK_SHOWN} <{DESK}> نوشت:"},
    "android": {"en": f"On Sun, 22 Nov 2026, 12:30 {DESK_SHOWN}, <{DESK}> wrote:",
                "fa": f"در یکشنبه ۲۲ نوامبر ۲۰۲۶، ۱۲:۳۰ {DESK_SHOWN} <{DESK}> نوشت:"},
    "apple": {"en": f"On 22. Nov 2026, at 12:30, {DESK_SHOWN} <{DESK}> wrote:",
              "fa": f"در ۱ آذر ۱۴۰۵، ساعت ۱۲:۳۰، {DESK_SHOWN} <{DESK}> نوشت:"},
    "thunderbird": {"en": f"On 11/22/26 12:30 PM, {DESK_SHOWN} wrote:",
                    "fa": f"در ۱۴۰۵/۹/۱ ۱۲:۳۰، {DESK_SHOWN} نوشته است:"},
    "mutt": {"en": f"On Sun, Nov 22, 2026 at 12:30:00PM +0330, {DESK_SHOWN} wrote:",
             "fa": f"در یکشنبه ۱ آذر ۱۴۰۵ ساعت ۱۲:۳۰، {DESK_SHOWN} نوشت:"},
}  # fmt: skip
_HEAD = {"en": ("From", "Sent", "To", "Subject"), "fa": ("از", "ارسال شده", "به", "موضوع")}
_SENT = {"en": "Sunday, November 22, 2026 12:30 PM", "fa": "یکشنبه ۱ آذر ۱۴۰۵ ۱۲:۳۰"}

Built = tuple[str, str]
"""Text and HTML of a mail; HTML may be empty."""


class _Text(HTMLParser):
    """What a client makes of HTML for the text part beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.out = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.out += "\n" if tag == "br" else "\n\n" if tag in {"p", "div", "table", "blockquote"} else ""

    def handle_endtag(self, tag: str) -> None:
        self.out += "\n\n" if tag in {"p", "table", "blockquote"} else ""

    def handle_data(self, data: str) -> None:
        self.out += data.replace("\n", " ") if data.strip() else ""


def as_text(html: str) -> str:
    """HTML as plain text."""
    parser = _Text()
    parser.feed(html)
    lines = [" ".join(line.split()) for line in parser.out.split("\n")]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip()


def original(got: Left) -> str:
    """The inside of the HTML body that a client quotes."""
    html = next(part.get_content() for part in got.mail.walk() if part.get_content_type() == "text/html")
    return html.partition("<body")[2].partition(">")[2].partition("</body>")[0].strip()


def marked(text: str, width: int = 0) -> str:
    """A text behind ``>``, wrapped where the client wraps."""
    lines = text.split("\n")
    if width:
        lines = [part for line in lines for part in (textwrap.wrap(line, width - 2) or [""])]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _paragraphs(text: str, around: str = "div") -> str:
    return "".join(f"<{around}>{escape(line) or '<br>'}</{around}>" for line in text.split("\n"))


def _block(got: Left, language: str) -> list[tuple[str, str]]:
    values = (f"{DESK_SHOWN} <{DESK}>", _SENT[language], got.to, got.header("Subject"))
    return list(zip(_HEAD[language], values, strict=True))


def gmail(reply: str, got: Left, language: str, *, below: bool = False) -> Built:
    """Gmail in a browser."""
    wrote, quoted = _WROTE["gmail"][language], as_text(original(got))
    attr = escape(wrote).replace(escape(DESK), f'<a href="mailto:{DESK}">{DESK}</a>')
    quote = (
        f'<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{attr}<br></div>'
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);'
        f'padding-left:1ex">{original(got)}</blockquote></div>'
    )
    own = f'<div dir="ltr">{_paragraphs(reply)}</div>'
    text = "\n".join([*textwrap.wrap(wrote, 76), "", marked(quoted, 78), ""])
    return (f"{text}\n{reply}\n", f"{quote}{own}") if below else (f"{reply}\n\n{text}", f"{own}<br>{quote}")


def gmail_android(reply: str, got: Left, language: str, *, below: bool = False) -> Built:
    """Gmail on a telephone."""
    wrote = _WROTE["android"][language]
    quote = (
        f'<div class="gmail_quote"><div dir="ltr" class="gmail_attr">{escape(wrote)}<br></div><blockquote '
        'class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">'
        f"{original(got)}</blockquote></div>"
    )
    own = f'<div dir="auto">{_paragraphs(reply)}</div>'
    text = f"{wrote}\n\n{marked(as_text(original(got)), 78)}\n"
    return (f"{text}\n{reply}\n", f"{quote}{own}") if below else (f"{reply}\n\n{text}", f"{own}<br>{quote}")


def outlook(reply: str, got: Left, language: str, *, below: bool = False) -> Built:
    """Outlook for Windows: Word's HTML, a header block with a line above it."""
    block = _block(got, language)
    head = "<br>".join(f"<b>{name}:</b> {escape(value)}" for name, value in block)
    way = ' dir="rtl"' if language == "fa" else ""
    quote = (
        '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f'<p class="MsoNormal"{way}>{head}<o:p></o:p></p></div></div><p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
        + original(got).replace("<p", '<p class="MsoNormal"')
    )
    own = "".join(f'<p class="MsoNormal"{way}>{escape(line) or "&nbsp;"}<o:p></o:p></p>' for line in reply.split("\n"))
    body = f"{quote}{own}" if below else f"{own}<p class='MsoNormal'><o:p>&nbsp;</o:p></p>{quote}"
    html = (
        '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"><head>'
        "<style><!-- p.MsoNormal {margin:0cm; font-size:11.0pt;} --></style></head>"
        f'<body lang="EN-US" link="#0563C1"><div class="WordSection1">{body}</div></body></html>'
    )
    text = "\n".join(f"{name}: {value}" for name, value in block) + f"\n\n{as_text(original(got))}\n"
    return (f"{text}\n{reply}\n", html) if below else (f"{reply}\n\n{text}", html)


def outlook_web(reply: str, got: Left, language: str, *, below: bool = False) -> Built:
    """Outlook in a browser."""
    return _outlook_reference(reply, got, language, below, '<div id="appendonsend"></div>', "")


def outlook_mobile(reply: str, got: Left, language: str, *, below: bool = False) -> Built:
    """Outlook on a telephone, with its advertisement."""
    advertisement = (
        '<div id="ms-outlook-mobile-signature" dir="auto">Get <a href="https://aka.ms.example/o0ukef">Outlook for '
        'iOS</a></div><div id="mail-editor-reference-message-container" dir="auto">'
    )
    return _outlook_reference(reply, got, language, below, advertisement, "\n\nGet Outlook for iOS")


def _outlook_reference(reply: str, got: Left, language: str, below: bool, between: str, signature: str) -> Built:
    block = _block(got, language)
    head = "<br>".join(f"<b>{name}:</b> {escape(value)}" for name, value in block)
    quote = (
        '<hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">'
        f'<font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">{head}</font><div>&nbsp;</div></div>'
        f"{original(got)}"
    )
    own = "".join(
        f'<div class="elementToProof" style="font-family:Calibri">{escape(line) or "<br>"}</div>'
        for line in reply.split("\n")
    )
    text = "________________________________\n" + "\n".join(f"{name}: {value}" for name, value in block)
    text += f"\n\n{as_text(original(got))}\n"
    if below:
        return f"{text}\n{reply}\n", f"<html><body>{quote}{own}</body></html>"
    return f"{reply}{signature}\n{text}", f"<html><body>{own}{between}{quote}</body></html>"


def apple_mail(reply: str, got: Left, language: str, *, below: bool = False) -> Built:
    """Apple Mail on a Mac."""
    wrote = _WROTE["apple"][language]
    quote = (
        f'<div><blockquote type="cite"><div>{escape(wrote)}</div><br class="Apple-interchange-newline">'
        f"<div>{original(got)}</div></blockquote></div>"
    )
    own = _paragraphs(reply)
    text = marked(f"{wrote}\n\n{as_text(original(got))}")
    style = '<body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">'
    if below:
        return f"{text}\n\n{reply}\n", f"<html>{style}{quote}{own}</body></html>"
    html = f'<html>{style}{own}<br id="lineBreakAtBeginningOfMessage"><div><br>{quote}</div></body></html>'
    return f"{reply}\n\n{text}\n", html


def iphone(reply: str, got: Left, language: str, *, below: bool = False) -> Built:
    """Mail on an iPhone."""
    wrote, sent_from = (
        _WROTE["apple"][language],
        {"en": "Sent from my iPhone", "fa": "فرستاده شده از iPhone من"}[language],
    )
    quote = (
        f'<div dir="ltr"><br><blockquote type="cite">{escape(wrote)}<br><br></blockquote></div>'
        f'<blockquote type="cite"><div dir="ltr">\ufeff{original(got)}</div></blockquote>'
    )
    own = f'<div dir="ltr">{_paragraphs(reply)}</div>'
    text = marked(f"{wrote}\n\n\ufeff{as_text(original(got))}")
    if below:
        return f"{text}\n\n{reply}\n\n{sent_from}\n", f"<html><body>{quote}{own}<div>{sent_from}</div></body></html>"
    signature = f'<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">{sent_from}</div>'
    return f"{reply}\n\n{sent_from}\n\n{text}\n", f'<html><body dir="auto">{own}{signature}{quote}</body></html>'


def thunderbird(reply: str, got: Left, language: str, *, below: bool = False) -> Built:
    """Thunderbird writing HTML."""
    wrote = _WROTE["thunderbird"][language]
    quote = (
        f'<div class="moz-cite-prefix">{escape(wrote)}<br></div><blockquote type="cite" '
        f'cite="mid:{escape(got.header("Message-ID").strip("<>"))}">{original(got)}</blockquote>'
    )
    own = _paragraphs(reply, "p")
    text = f"{wrote}\n{marked(as_text(original(got)), 72)}\n"
    built = f"{quote}{own}" if below else f"{own}{quote}"
    html = f"<!DOCTYPE html><html><head></head><body>{built}</body></html>"
    return (f"{text}\n{reply}\n", html) if below else (f"{reply}\n\n{text}", html)


def mutt(reply: str, got: Left, language: str, *, below: bool = False) -> Built:
    """mutt: the text part, quoted as it is."""
    text = f"{_WROTE['mutt'][language]}\n{marked(got.text.rstrip())}\n"
    return (f"{text}\n{reply}\n", "") if below else (f"{reply}\n\n{text}", "")


CLIENTS: dict[str, Callable[..., Built]] = {
    "gmail": gmail,
    "gmail-android": gmail_android,
    "outlook": outlook,
    "outlook-web": outlook_web,
    "outlook-mobile": outlook_mobile,
    "apple-mail": apple_mail,
    "iphone": iphone,
    "thunderbird": thunderbird,
    "mutt": mutt,
}
UNMARKED = {"outlook", "outlook-web", "outlook-mobile"}
"""They mark nothing of what they quote: what is written below it cannot be told from it, and the agent is asked."""


def interleaved(answer: str, asked: str, got: Left, language: str) -> Built:
    """An answer between the quoted lines, below the line ``asked``; nothing of the rest is taken away."""
    quoted = marked(as_text(original(got))).split("\n")
    at = next(index for index, line in enumerate(quoted) if asked in line) + 1
    text = "\n".join([_WROTE["gmail"][language], "", *quoted[:at], "", answer, "", *quoted[at:]])
    return text + "\n", ""


_FORWARD = {"en": "---------- Forwarded message ---------", "fa": "---------- پیام هدایت‌شده ---------"}


def forward(comment: str, got: Left, language: str) -> Built:
    """Gmail's forward."""
    head = [f"{name}: {value}" for name, value in _block(got, language)]
    shown = "<br>".join(map(escape, head))
    text = "\n".join([comment, "", _FORWARD[language], *head, "", as_text(original(got)), ""])
    html = (
        f'<div dir="ltr">{_paragraphs(comment)}<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f"{_FORWARD[language]}<br>{shown}<br></div><br>{original(got)}</div></div>"
    )
    return text, html


def sent_by(
    got: Left, built: Built, *, tag: str = "", prefix: str = "Re", html_only: bool = False, **more: str
) -> EmailMessage:
    """The mail around what a client built: from whom the mail was for, to its Reply-To."""
    text, html = built
    headers = {"to": got.header("Reply-To") or got.header("From"), **threaded(got.mail), **more}
    subject = f"{prefix}: {got.header('Subject')} {tag}".strip()
    mail = write(got.to, subject, text, html="" if html_only else html, **headers)
    if html_only and html:
        bare = EmailMessage(policy=email.policy.SMTP)
        for name in ("From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References"):
            if mail[name]:
                bare[name] = mail[name]
        bare.set_content(html, subtype="html")
        return bare
    return mail

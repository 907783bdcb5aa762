"""The pages of a survey: one form, right-to-left where the language is, without script and without anything to load."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from html import escape

from maildesk.model.desk import Desk
from maildesk.model.ticket import Ticket
from maildesk.notices.locale import direction, number

STYLE = """
body{margin:0;background:#f5f6f8;color:#1c2430;font:17px/1.7 system-ui,"Segoe UI",Roboto,Arial,sans-serif}
:lang(fa){font-family:Vazirmatn,Tahoma,"Segoe UI","DejaVu Sans",sans-serif}
main{max-width:520px;margin:6vh auto;padding:28px 26px;background:#fff;border:1px solid #e4e7ec;border-radius:12px}
h1{font-size:21px;line-height:1.5;margin:0 0 4px}p{margin:0 0 18px;color:#667085}
label{display:flex;gap:12px;align-items:center;padding:11px 14px;margin:8px 0}
label,textarea{border:1px solid #d0d5dd;border-radius:9px}
label:has(:checked){border-color:#2457a6;background:#eef3fb}
input{width:20px;height:20px;margin:0;accent-color:#2457a6}
b{min-width:1.2em}
textarea{box-sizing:border-box;width:100%;padding:10px 12px;font:inherit}
.c{display:block;margin:18px 0 6px;padding:0;border:0}
button{margin-top:16px;width:100%;padding:13px;border:0;border-radius:9px;background:#2457a6;color:#fff}
button{font:inherit;font-weight:600}
.w{color:#b42318}
"""
_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "How content are you with the way we handled your request?",
        "about": "Request {tag}",
        "1": "not content at all",
        "2": "not content",
        "3": "so-so",
        "4": "content",
        "5": "very content",
        "comment": "Would you like to add something? A person reads it.",
        "send": "Send",
        "missing": "Please choose a number.",
        "thanks": "Thank you for your rating: {stars} of 5.",
        "sorry": "We are sorry that we did not do better. Somebody will look at your request again.",
        "again": "You can change it with the same link, as long as the survey runs.",
        "gone": "This survey has ended, or the link is incomplete.",
        "write": "You can always simply reply to our mail.",
    },
    "fa": {
        "title": "از رسیدگی ما به درخواستتان چقدر راضی هستید؟",
        "about": "درخواست {tag}",
        "1": "بسیار ناراضی",
        "2": "ناراضی",
        "3": "تا اندازه‌ای",
        "4": "راضی",
        "5": "بسیار راضی",
        "comment": "اگر نکته‌ای دارید بنویسید؛ همکاران ما آن را می‌خوانند.",
        "send": "ارسال",
        "missing": "لطفاً یک عدد را انتخاب کنید.",
        "thanks": "از امتیاز شما سپاسگزاریم: {stars} از ۵.",
        "sorry": "متأسفیم که نتوانستیم شما را راضی کنیم. یکی از همکاران دوباره به درخواست شما نگاه می‌کند.",
        "again": "تا پایان نظرسنجی می‌توانید با همین پیوند امتیازتان را عوض کنید.",
        "gone": "این نظرسنجی به پایان رسیده یا پیوند آن ناقص است.",
        "write": "همیشه می‌توانید نامهٔ ما را پاسخ دهید.",
    },
}


def form(desk: Desk, ticket: Ticket, *, missing: bool = False) -> str:
    """The question. Nothing that anybody wrote is on it: links get into wrong hands."""
    language = _language(desk, ticket)
    said = _WORDS[language]
    choices = "".join(
        f'<label><input type="radio" name="stars" value="{stars}" required><b>{number(stars, language)}</b> '
        f"{escape(said[str(stars)])}</label>"
        for stars in (5, 4, 3, 2, 1)
    )
    warning = f'<p class="w">{escape(said["missing"])}</p>' if missing else ""
    return _page(
        language,
        said["title"],
        f"<p>{_about(said, ticket)}</p>{warning}"
        f'<form method="post">{choices}<label class="c" for="comment">{escape(said["comment"])}</label>'
        f'<textarea id="comment" name="comment" rows="4" maxlength="2000" dir="auto"></textarea>'
        f"<button>{escape(said['send'])}</button></form>",
    )


def thanks(desk: Desk, ticket: Ticket, stars: int) -> str:
    """After a vote."""
    language = _language(desk, ticket)
    said = _WORDS[language]
    sorry = f"<p>{escape(said['sorry'])}</p>" if stars <= 2 else ""
    title = said["thanks"].format(stars=number(stars, language))
    return _page(language, title, f"<p>{_about(said, ticket)}</p>{sorry}<p>{escape(said['again'])}</p>")


def gone(desk: Desk) -> str:
    """For a link that is not, or no longer, one of ours; it does not say which."""
    language = desk.language if desk.language in _WORDS else "en"
    said = _WORDS[language]
    return _page(language, said["gone"], f"<p>{escape(said['write'])}</p>")


def _language(desk: Desk, ticket: Ticket) -> str:
    return next((one for one in (ticket.language, desk.language) if one in _WORDS), "en")


def _about(said: Mapping[str, str], ticket: Ticket) -> str:
    return escape(said["about"]).format(tag=f'<bdi dir="ltr">#{ticket.number}</bdi>')


def _page(language: str, title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{language}" dir="{direction(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )

"""What stands in the sample of one notice only, so that each reads like the mail that people really get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ANSWER = (
    "Hello Leila,\n\nyou are right: the tax was counted twice. The corrected invoice is attached.\n\nSara",
    "سلام خانم رضایی،\n\nحق با شماست: مالیات دو بار حساب شده بود. فاکتور درست را پیوست کرده‌ام.\n\nسارا",
)
_UPDATE = (
    "Hello Leila,\n\nwe are still asking our finance department about your invoice, and will write to you today.",
    "خانم رضایی گرامی،\n\nهنوز دربارهٔ فاکتور شما از واحد مالی پرس‌وجو می‌کنیم و امروز برایتان می‌نویسیم.",
)
_QUESTION = (
    "Was the tax of invoice 2026-118 counted twice?\n\nSara",
    "آیا مالیات فاکتور ۱۱۸ دو بار حساب شده است؟\n\nسارا",
)
_OMID = ("Omid Karimi", "امید کریمی")

TEXTS: Mapping[str, Mapping[str, tuple[Any, Any]]] = {
    "alert": {
        "text": (
            "Nothing could be fetched since 08:10: the server does not answer. It is tried again; no mail is lost.",
            "از ساعت ۰۸:۱۰ چیزی گرفته نشده است: سرور پاسخ نمی‌دهد. دوباره امتحان می‌شود؛ هیچ نامه‌ای از دست نمی‌رود.",
        ),
    },
    "answer": {"text": _ANSWER},
    "command_error": {"text": _ANSWER},
    "done": {"text": ("", "")},
    "draft": {
        "lines": ((), ()),
        "mail_subject": ("Re: Wrong invoice", "Re: اشتباه در فاکتور"),
        "reason": ("response", "response"),
        "text": _UPDATE,
        "to": ("leila@example.org", "leila@example.org"),
    },
    "draft_reminder": {"text": _UPDATE},
    "held": {"text": _ANSWER},
    "incident": {
        "text": (
            "Invoices of last week may show the tax twice. We are correcting them; yours will follow today.",
            "در فاکتورهای هفتهٔ گذشته شاید مالیات دو بار آمده باشد. در حال اصلاحیم و فاکتور شما امروز فرستاده می‌شود.",
        ),
    },
    "note": {
        "author": _OMID,
        "text": (
            "We had this twice last month. Ask finance before you answer.",
            "ماه پیش هم دو بار پیش آمد. پیش از پاسخ دادن از مالی بپرسید.",
        ),
    },
    "passage": {
        "title": ("How to read an invoice", "راهنمای خواندن فاکتور"),
        "text": (
            "The sum is on page two, the tax below it.",
            "مبلغ در صفحهٔ دوم است و مالیات زیر آن.",
        ),
    },
    "quarantine_alert": {
        "reason": ("The spam filter of the mail server marked it.", "فیلتر هرزنامهٔ سرور آن را نشان کرده است."),
    },
    "refer": {"author": ("", ""), "text": _QUESTION},
    "refer_reminder": {"text": _QUESTION},
    "solved": {"text": ("", "")},
    "taken": {"author": _OMID},
}
"""Notice -> field -> (English, Persian)."""

COMMANDS: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "en": (
        {"written": "[note]", "meaning": "The text is an internal note; the customer never sees it."},
        {"written": "[solved]", "meaning": "It is settled; a reply opens it again."},
        {"written": "[snooze 3d]", "meaning": "Out of sight until then, or until the customer writes."},
        {"written": "[assign omid]", "meaning": "Give it to an agent, to lead or to me."},
    ),
    "fa": (
        {"written": "[یادداشت]", "meaning": "متن یادداشت داخلی است و مشتری هرگز آن را نمی‌بیند."},
        {"written": "[حل‌شد]", "meaning": "حل شده است؛ با پاسخ مشتری دوباره باز می‌شود."},
        {"written": "[تعویق شنبه ۹:۰۰]", "meaning": "تا آن زمان، یا تا نامهٔ مشتری، کنار می‌ماند."},
        {"written": "[واگذار امید]", "meaning": "سپردن به یک همکار، به سرپرست یا به من."},
    ),
}
"""Rows of the commands card, as ``commands.agent`` writes them."""
TAPS: Mapping[str, tuple[str, ...]] = {"notification": ("solved", "snooze 1d"), "escalation": ("ack",)}
"""Notice -> the commands that it offers as links."""

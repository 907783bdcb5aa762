"""The words of English and Persian mails that are no sentences of a template: states, events, problems, months."""

from __future__ import annotations

from collections.abc import Mapping

MARKERS: Mapping[str, str] = {
    "en": "## Please write above this line ##",
    "fa": "## لطفاً بالای این خط بنویسید ##",
}
"""The first line of a notification. A reply that still holds one after trimming is held: it would leak."""

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
JALALI_MONTHS = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
WEEKDAYS: Mapping[str, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "fa": ("دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه"),
}
UNITS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {"minute": ("minute", "minutes"), "hour": ("hour", "hours"), "day": ("day", "days")},
    "fa": {"minute": ("دقیقه", "دقیقه"), "hour": ("ساعت", "ساعت"), "day": ("روز", "روز")},
}
ZONES_FA = {
    "Asia/Tehran": "به وقت تهران",
    "Asia/Kabul": "به وقت کابل",
    "Asia/Dubai": "به وقت دبی",
    "Europe/Berlin": "به وقت برلین",
    "Europe/London": "به وقت لندن",
    "UTC": "به وقت جهانی",
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "waiting": "waiting for the customer",
        "first_response": "first response",
        "next_response": "next response",
        "keep_informed": "update for the customer",
        "tap_take": "Take it",
        "tap_solved": "It is solved",
        "tap_snooze 1d": "Snooze it for a day",
        "tap_ack": "I see to it",
        "event_opened": "New request",
        "event_split": "Split off",
        "event_covered": "A colleague covers while you are away",
        "event_returned": "Yours again",
        "event_assigned_away": "Back with its owner",
        "event_replied": "The customer replied",
        "event_answered": "A colleague answered",
        "event_noted": "A colleague left a note",
        "event_assigned": "Assigned to you",
        "event_commanded": "Changed",
        "event_solved": "Solved",
        "event_reopened": "Reopened",
        "event_bounced": "A mail of ours came back",
        "event_rated": "The customer rated",
        "event_idle": "Nothing has happened for a while",
        "event_due": "Time is running out",
        "why_assignee": "it is yours",
        "why_nobody": "nobody has it yet ([unwatch]: hear no more of it)",
        "why_watcher": "you watch it ([unwatch]: hear no more of it)",
        "why_group": "it is your group's, and its owner is away ([unwatch]: hear no more of it)",
        "why_lead": "you lead its group",
        "why_manager": "you run the desk",
        "why_account_manager": "you look after this customer",
        "why_named": "a rule of the desk names you ([unwatch]: hear no more of it)",
        "why_assigned": "a colleague gave it to you",
        "why_digest": "you want one mail for many things",
        "list_news": "What happened",
        "list_undecided": "Waiting for your word (see the mail that asked)",
        "list_overdue": "Overdue",
        "list_due": "Due today",
        "list_new": "New",
        "list_open": "Open",
        "list_waiting": "Waiting for the customer",
        "list_paused": "Paused",
        "list_found": "Found",
        "public_new": "we have it",
        "public_open": "we are at it",
        "public_waiting": "we wait for your answer",
        "public_paused": "we are at it",
        "confirm_erase": "erasing all data that we hold about you",
        "confirm_my_data": "a copy of all data that we hold about you",
        "customer_mail": "The customer wrote",
        "answer": "An answer",
        "note": "An internal note",
        "change": "A change",
        "notice": "An automatic mail",
        "auto_reply": "A robot answered",
        "bounce": "A mail of ours came back",
        "rating": "A rating",
    },
    "fa": {
        "new": "تازه",
        "open": "باز",
        "waiting": "منتظر مشتری",
        "paused": "متوقف",
        "solved": "حل‌شده",
        "closed": "بسته",
        "low": "کم",
        "normal": "عادی",
        "high": "زیاد",
        "urgent": "فوری",
        "first_response": "نخستین پاسخ",
        "next_response": "پاسخ بعدی",
        "resolution": "حل مسئله",
        "keep_informed": "خبر دادن به مشتری",
        "tap_take": "برمی‌دارم",
        "tap_solved": "حل شد",
        "tap_snooze 1d": "یک روز تعویق",
        "tap_ack": "در جریانم",
        "event_opened": "درخواست تازه",
        "event_split": "تفکیک شد",
        "event_covered": "تا برگردید همکاری پیگیر است",
        "event_returned": "دوباره با شماست",
        "event_assigned_away": "به مسئولش برگشت",
        "event_replied": "مشتری پاسخ داد",
        "event_answered": "یکی از همکاران پاسخ داد",
        "event_noted": "یکی از همکاران یادداشتی نوشت",
        "event_assigned": "به شما سپرده شد",
        "event_commanded": "تغییر کرد",
        "event_solved": "حل شد",
        "event_reopened": "دوباره باز شد",
        "event_bounced": "یکی از نامه‌های ما برگشت خورد",
        "event_rated": "مشتری امتیاز داد",
        "event_idle": "مدتی است خبری نشده",
        "event_due": "مهلت رو به پایان است",
        "why_assignee": "مسئول آن شمایید",
        "why_nobody": "هنوز مسئولی ندارد ([بی‌خبر]: دیگر خبری از آن نمی‌رسد)",
        "why_watcher": "دنبالش می‌کنید ([بی‌خبر]: دیگر خبری از آن نمی‌رسد)",
        "why_group": "از گروه شماست و مسئولش نیست ([بی‌خبر]: دیگر خبری از آن نمی‌رسد)",
        "why_lead": "سرپرست گروهش شمایید",
        "why_manager": "مدیر میز شمایید",
        "why_account_manager": "این مشتری با شماست",
        "why_named": "قاعده‌ای از میز شما را نام برده است ([بی‌خبر]: دیگر خبری از آن نمی‌رسد)",
        "why_assigned": "همکاری آن را به شما سپرد",
        "why_digest": "خواسته‌اید خبرها یک‌جا برسد",
        "list_news": "آنچه گذشت",
        "list_undecided": "منتظر تصمیم شما (نامه‌ای که پرسیده بود را ببینید)",
        "list_overdue": "مهلت گذشته",
        "list_due": "مهلت امروز",
        "list_new": "تازه",
        "list_open": "باز",
        "list_waiting": "منتظر مشتری",
        "list_paused": "متوقف",
        "list_found": "پیداشده",
        "public_new": "به دست ما رسیده است",
        "public_open": "در دست بررسی",
        "public_waiting": "منتظر پاسخ شما",
        "public_paused": "در دست بررسی",
        "confirm_erase": "پاک کردن همهٔ داده‌هایی که از شما داریم",
        "confirm_my_data": "فرستادن همهٔ داده‌هایی که از شما داریم",
        "customer_mail": "مشتری نوشت",
        "answer": "پاسخ",
        "note": "یادداشت داخلی",
        "change": "تغییر",
        "notice": "نامهٔ خودکار",
        "auto_reply": "پاسخ خودکار",
        "bounce": "نامهٔ برگشتی",
        "rating": "امتیاز",
        "mail": "نامه",
        "phone": "تلفن",
        "chat": "گفت‌وگو",
    },
}
"""Language -> key -> what a reader sees. A key may stand there for one kind only, as "event_opened"."""

TRUST: Mapping[str, tuple[str, str]] = {
    "failed": (
        "⚠ Perhaps forged: that it comes from {email} was not confirmed (DMARC fail).",
        "⚠ شاید جعلی باشد: فرستاده شدن از {email} تأیید نشد (DMARC fail).",
    ),
    "nobody": (
        "⚠ It names no sender: nobody knows who wrote it.",
        "⚠ فرستنده‌ای ندارد: معلوم نیست چه کسی نوشته است.",
    ),
    "several": (
        "⚠ Several From headers: nobody knows who wrote it. Shown is {shown}.",
        "⚠ چند سربرگ From دارد: معلوم نیست چه کسی نوشته است. آنچه دیده می‌شود: {shown}",
    ),
    "ambiguous": (
        "⚠ The sender can be read in several ways: nobody knows who wrote it. Shown is {shown}.",
        "⚠ فرستنده را به چند شکل می‌توان خواند: معلوم نیست چه کسی نوشته است. آنچه دیده می‌شود: {shown}",
    ),
    "lookalike": ("⚠ {shown} looks like {like}, but is not.", "⚠ {shown} به {like} می‌ماند، اما آن نیست."),
    "mixed_scripts": (
        "⚠ {shown} mixes letters of different alphabets.",
        "⚠ در {shown} حروف چند الفبا درهم آمده است.",
    ),
    "reply_to": (
        "⚠ Wants answers at {reply_to}; yours goes to {email} all the same.",
        "⚠ پاسخ را به نشانی {reply_to} می‌خواهد؛ پاسخ شما همچنان به {email} می‌رود.",
    ),
    "verified": ("✔ {email}, confirmed by {domain} (DMARC pass)", "✔ {email}، به تأیید {domain} (DMARC pass)"),
    "unproved": ("{email}, not confirmed (DMARC {dmarc})", "{email}، تأییدنشده (DMARC {dmarc})"),
    "sent_on": (
        "{email}, as {by} sent it on; nothing else confirms it",
        "{email}، چنان‌که {by} هدایت کرده است؛ تأیید دیگری ندارد",
    ),
    "claimed": ("{email}", "{email}"),
    "named": (
        "⚠ Names #{number}, in which they have no part: this is a request of its own.",
        "⚠ از تیکت {number} نام برده که فرستنده در آن نیست؛ این درخواستی جداگانه است.",
    ),
    "first": ("The first mail of this person.", "نخستین نامهٔ این شخص."),
}
"""What is said of a sender, in English and Persian, by ``ingest.identity.Trust``."""


def why(reason: str, language: str) -> str:
    """Why a reader gets a mail: "assignee (the rule's name)" with a phrase for the target, where there is one."""
    target, opened, rest = reason.partition(" (")
    return WORDS.get(language, {}).get(f"why_{target}", target) + opened + rest


def word(key: object, language: str, kind: str = "") -> str:
    """The word for a status, event, entry or target; a key without a row is shown with spaces for underscores."""
    known, text = WORDS.get(language, {}), str(key)
    return known.get(f"{kind}_{text}") or known.get(text) or (text if " " in text else text.replace("_", " "))

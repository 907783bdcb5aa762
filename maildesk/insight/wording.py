"""The words of reports, in English and Persian. Another language shows the English ones."""

from __future__ import annotations

from collections.abc import Mapping

LABELS: Mapping[str, tuple[str, str]] = {
    "report": ("Report", "گزارش"),
    "voice": ("What customers say", "صدای مشتریان"),
    "until": ("{begin} to {end}", "{begin} تا {end}"),
    "figures": ("Figures", "شاخص‌ها"),
    "figure": ("Figure", "شاخص"),
    "value": ("This period", "این دوره"),
    "before": ("Before", "دورهٔ پیش"),
    "opened": ("New tickets", "تیکت تازه"),
    "solved": ("Solved", "حل‌شده"),
    "reopened": ("Reopened", "دوباره باز شده"),
    "backlog": ("Open at the end", "باز در پایان"),
    "waiting": ("Waiting for us", "منتظر پاسخ ما"),
    "customer_mails": ("Mails of customers", "نامه‌های مشتریان"),
    "answers": ("Answers", "پاسخ‌ها"),
    "first_response": ("First response, median", "نخستین پاسخ، میانه"),
    "first_response_p90": ("First response, 9 of 10 within", "نخستین پاسخ، ۹ مورد از ۱۰"),
    "response": ("Average response", "میانگین زمان پاسخ"),
    "response_wall": ("Average response, by the clock on the wall", "میانگین زمان پاسخ، با شب و تعطیلی"),
    "resolution": ("Resolution, median", "زمان حل، میانه"),
    "resolution_p90": ("Resolution, 9 of 10 within", "زمان حل، ۹ مورد از ۱۰"),
    "resolution_wall": ("Resolution, median by the clock on the wall", "زمان حل، میانه با شب و تعطیلی"),
    "one_touch": ("Solved with one answer", "حل با یک پاسخ"),
    "breaches": ("Promises broken", "قول‌های شکسته"),
    "csat": ("Satisfaction (CSAT)", "رضایت مشتری (CSAT)"),
    "csat_interval": ("CSAT, 95 % certain between", "رضایت، با اطمینان ۹۵٪ میان"),
    "response_rate": ("Surveys answered", "نظرسنجی‌های پاسخ‌گرفته"),
    "retention": ("Customers who wrote again", "مشتریان بازگشته"),
    "deflection": ("Helped by an article alone", "حل تنها با راهنما"),
    "ratings": ("Ratings", "امتیازها"),
    "by_agent": ("By agent", "به تفکیک کارشناس"),
    "by_group": ("By group", "به تفکیک گروه"),
    "by_mailbox": ("By mailbox", "به تفکیک صندوق"),
    "by_organisation": ("By organisation", "به تفکیک سازمان"),
    "by_tag": ("By tag", "به تفکیک برچسب"),
    "name": ("Name", "نام"),
    "days": ("Day by day", "روز به روز"),
    "day": ("Day", "روز"),
    "topics": ("What keeps coming back", "موضوع‌های پرتکرار"),
    "topic": ("Term", "واژه"),
    "tickets": ("Tickets", "تیکت"),
    "gaps": ("Asked, and no article answered", "پرسش‌های بی‌راهنما"),
    "comments": ("What customers said", "مشتریان چه گفتند"),
    "ticket": ("Ticket", "تیکت"),
    "stars": ("Stars", "ستاره"),
    "comment": ("Comment", "نظر"),
    "flow_chart": ("New and solved tickets", "تیکت‌های تازه و حل‌شده"),
    "backlog_chart": ("Open tickets at the end of each day", "تیکت‌های باز در پایان هر روز"),
    "stars_chart": ("Ratings", "امتیازها"),
    "hours_chart": ("First response, business time", "نخستین پاسخ در ساعت کاری"),
    "seconds": ("s", "ثانیه"),
    "minutes": ("min", "دقیقه"),
    "hours": ("h", "ساعت"),
    "of": ("of", "از"),
    "and": ("and", "و"),
    "nothing": ("Nothing in this period.", "در این دوره چیزی نیست."),
    "business": (
        "Times are business time of the desk's calendars, unless it says otherwise.",
        "زمان‌ها بر پایهٔ ساعت کاری‌اند، مگر جایی که جز این گفته شود.",
    ),
    "made": (
        "Made {at} from the history up to the end of the period.",
        "ساخته‌شده در {at} از پیشینهٔ تیکت‌ها تا پایان دوره.",
    ),
}  # fmt: skip
"""Key -> (English, Persian)."""

CLASSES = (
    ("< 1 h", "زیر ۱ ساعت"),
    ("1-4 h", "۱ تا ۴ ساعت"),
    ("4-8 h", "۴ تا ۸ ساعت"),
    ("8-24 h", "۸ تا ۲۴ ساعت"),
    ("> 24 h", "بیش از ۲۴ ساعت"),
)
"""The classes of ``kpi.BOUNDS``."""

LEDS = {
    "en": "{opened} new, {solved} solved, {backlog} open",
    "fa": "{opened} تیکت تازه، {solved} حل‌شده، {backlog} باز",
}
"""A report in one line, for subjects and previews."""


def label(key: str, language: str) -> str:
    """The words for a key."""
    return LABELS[key][language == "fa"]


def classes(language: str) -> tuple[str, ...]:
    """The names of the classes of first responses."""
    return tuple(pair[language == "fa"] for pair in CLASSES)

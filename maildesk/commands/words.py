"""The sentences that agents get back, in their language: what was wrong, what was done, how to undo it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDateTime

from maildesk.model.change import Question

_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")

_COUNTS = frozenset(("ticket", "seconds", "number"))
_MOST_NAMES = 12
"""More than these help nobody who looks for one."""

PROBLEMS: Mapping[str, tuple[str, str]] = {
    "unknown": ("There is no such command.", "چنین دستوری نیست."),
    "missing": ("Something is missing. Write it as in {detail}", "چیزی کم است. این‌گونه بنویسید: {detail}"),
    "no_command": (
        "What shall be done with it? Write for example {detail} solved.",
        "با آن چه شود؟ برای نمونه بنویسید: {detail} حل‌شد.",
    ),
    "too_many": ("The command does not take this: {detail}", "این دستور چنین چیزی نمی‌پذیرد: {detail}"),
    "too_many_commands": ("These are too many commands for one mail.", "این همه دستور در یک نامه نمی‌گنجد."),
    "too_many_lines": ("These are too many lines for one mail.", "این همه سطر در یک نامه نمی‌گنجد."),
    "no_such_agent": ("Nobody here is called {detail}.", "کسی به نام «{detail}» اینجا نیست."),
    "several_agents": ("Several people are called that: {detail}.", "چند نفر به این نام هستند: {detail}."),
    "no_lead": ("This group has no lead.", "این گروه سرپرستی ندارد."),
    "no_such_group": ("There is no group called {detail}.", "گروهی به نام «{detail}» نیست."),
    "no_such_department": ("There is no department called {detail}.", "واحدی به نام «{detail}» نیست."),
    "no_such_priority": (
        "{detail} is no priority; there are low, normal, high and urgent.",
        "«{detail}» اولویت نیست؛ اولویت‌ها کم، عادی، زیاد و فوری است.",
    ),
    "no_such_status": (
        "{detail} is no status; there are open, waiting, solved and closed.",
        "«{detail}» وضعیت نیست؛ باز، منتظر، حل‌شده و بسته هست.",
    ),
    "snooze_until_when": ("Until when? Write snooze 3d.", "تا کی؟ بنویسید: تعویق ۳ روز."),
    "no_such_time": ("{detail} is no time that lies ahead.", "«{detail}» زمانی در آینده نیست."),
    "no_tag": ("{detail} cannot be a tag.", "«{detail}» نمی‌تواند برچسب باشد."),
    "tag_not_there": ("The ticket does not have the tag {detail}.", "این تیکت برچسب «{detail}» را ندارد."),
    "no_field": ("Write a field as name=value.", "فیلد را به شکل نام=مقدار بنویسید."),
    "no_such_language": ("{detail} is no language that I know.", "زبانی به نام «{detail}» نمی‌شناسم."),
    "no_address": ("{detail} is no mail address.", "«{detail}» نشانی ایمیل نیست."),
    "own_address": ("{detail} is the desk's own address.", "{detail} نشانی خود میز پشتیبانی است."),
    "not_taking_part": ("{detail} does not take part.", "{detail} در این تیکت نیست."),
    "no_number": ("{detail} is no ticket number.", "«{detail}» شمارهٔ تیکت نیست."),
    "no_such_ticket": ("There is no ticket #{detail}.", "تیکت #{detail} وجود ندارد."),
    "no_ticket": (
        "This mail belongs to no ticket. Reply to a mail about the ticket.",
        "این نامه به تیکتی مربوط نیست. به نامه‌ای دربارهٔ همان تیکت پاسخ دهید.",
    ),
    "same_ticket": ("That is this ticket itself.", "این همان تیکت است."),
    "is_merged": ("It has been merged into #{detail}.", "با تیکت #{detail} ادغام شده است."),
    "not_merged": ("It is not merged.", "ادغام نشده است."),
    "which_merged": (
        "Several tickets are merged into this one; write which: unmerge NUMBER, of {detail}.",
        "چند تیکت در این یکی ادغام شده‌اند؛ بنویسید کدام: جداسازی شماره، از میان {detail}.",
    ),
    "is_closed": ("Ticket #{detail} is closed.", "تیکت #{detail} بسته است."),
    "taken": (
        "{detail} has it already; [assign me] takes it over.",
        "پیش از شما {detail} آن را برداشته است؛ با [واگذار من] به شما می‌رسد.",
    ),
    "is_theirs": (
        "It belongs to {detail}, who must hear of it; write [unassign] or [assign omid] first.",
        "این تیکت با {detail} است و باید از آن باخبر باشد؛ اول بنویسید [رها] یا [واگذار امید].",
    ),
    "nothing_asked": ("Write below the command what you ask them.", "زیر دستور بنویسید که چه می‌پرسید."),
    "nothing_written": ("There is no text for it.", "متنی برای آن نوشته نشده است."),
    "written_below": (
        "Your mail program does not mark what it quotes; reply to this mail with your text at the top.",
        "برنامهٔ ایمیل شما نقل‌قول را نشان‌دار نمی‌کند؛ متن‌تان را در پاسخ همین نامه، در بالا بنویسید.",
    ),
    "nothing_held": ("No mail of yours waits for a decision here.", "نامه‌ای از شما اینجا منتظر تصمیم نیست."),
    "decide": (
        "Reply with one word: send, note or drop. Nothing else.",
        "تنها با یک واژه پاسخ دهید: ارسال، یادداشت یا دورریز.",
    ),
    "nothing_to_undo": ("There is nothing of yours to take back.", "کاری از شما نیست که برگردانده شود."),
    "has_left": ("It has left already, for {detail}.", "دیگر رفته است، به {detail}."),
    "is_undone": ("It has been taken back already.", "پیش از این برگردانده شده است."),
    "changed_since": (
        "Somebody has changed #{detail} since; what you did cannot be taken back exactly.",
        "#{detail} پس از آن تغییر کرده است؛ دیگر دقیقاً برگرداندنی نیست.",
    ),
    "no_token": (
        "It was not a reply to the address made for you, so nothing proves that it is yours. Reply to this mail.",
        "به نشانی ویژهٔ شما پاسخ داده نشده و ثابت نمی‌شود که نامه از شماست. به همین نامه پاسخ دهید.",
    ),
    "forged": (
        "It was not confirmed to come from you (DMARC fail); perhaps it is forged. If it is yours, reply to this mail.",
        "فرستاده شدن آن از شما تأیید نشد (DMARC fail) و شاید جعلی باشد. اگر از شماست، به همین نامه پاسخ دهید.",
    ),
    "expired": (
        "The mail that you answered is too old. Reply to this one instead.",
        "نامه‌ای که به آن پاسخ داده‌اید کهنه است. به همین نامه پاسخ دهید.",
    ),
    "alone": (
        "It must be the only command in its mail: {detail}",
        "این دستور باید در نامهٔ خود تنها باشد: {detail}",
    ),
    "nobody_to_answer": ("The ticket has nobody to write to.", "کسی نیست که برایش فرستاده شود."),
    "confirm_how": ("Reply with yes or no.", "تنها پاسخ دهید: بله یا خیر."),
    "no_channel": ("{detail} is no channel; there are phone and chat.", "«{detail}» کانال نیست؛ تلفن و چت هست."),
    "not_here": ("Do that in a reply about the ticket itself.", "این کار را در پاسخ به نامه‌ای دربارهٔ همان تیکت بکنید."),
    "no_such_macro": ("There is no macro called {detail}.", "متن آماده‌ای به نام «{detail}» نیست."),
    "no_such_article": ("There is no article called {detail}.", "مقاله‌ای به نام «{detail}» نیست."),
    "nothing_to_split": ("There is no such mail of the customer here.", "چنین نامه‌ای از مشتری اینجا نیست."),
    "is_first": ("The ticket began with this mail.", "این تیکت با همین نامه آغاز شده است."),
    "is_concerned": ("It belongs to the incident #{detail}.", "خود بخشی از رخداد #{detail} است."),
    "lost": (
        "It can no longer be taken back, because this has changed since: {detail}",
        "دیگر برگرداندنی نیست، چون پس از آن تغییر کرده است: {detail}",
    ),
    "tap_only": (
        "This address does one thing, {detail}; the mail must hold nothing else.",
        "این نشانی فقط برای یک کار است، {detail}؛ در نامه چیز دیگری نباشد.",
    ),
    "too_many_days": ("A report is about {detail} days at most.", "گزارش حداکثر دربارهٔ {detail} روز است."),
    "not_your_group": (
        "The figures of the group {detail} are for its lead; write report for your own.",
        "آمار گروه {detail} برای سرپرست آن است؛ برای آمار خودتان بنویسید: گزارش.",
    ),
    "nothing_known": ("Nothing is known of {detail}.", "چیزی از {detail} نمی‌دانیم."),
    "no_mailbox": ("No mailbox of the desk was written to.", "این نامه به هیچ صندوق میز پشتیبانی نرسیده است."),
}
"""Problem of a Question -> the sentence, English and Persian."""

REASONS: Mapping[str, tuple[str, str]] = {
    "contradiction": (
        "It says both note and public, or public in a reply to a note address.",
        "هم یادداشت است و هم پاسخ، یا پاسخی است به نشانی یادداشت.",
    ),
    "intent": ("It does not say whether it is a note or an answer.", "روشن نیست که یادداشت است یا پاسخ."),
    "collision": (
        "The customer wrote, or a colleague answered, after the mail that you answered.",
        "پس از نامه‌ای که به آن پاسخ دادید، مشتری نوشته یا همکاری پاسخ داده است.",
    ),
    "twice": (
        "You have answered this mail already.",
        "به این نامه پیش از این پاسخ داده‌اید.",
    ),
    "bare_command": (
        "It says nothing but {detail}; if you meant the command, drop this and write #{detail}.",
        "جز «{detail}» چیزی در آن نیست؛ اگر منظورتان دستور است، این را دور بریزید و بنویسید ‎#{detail}.",
    ),
    "preview": (
        "This is what it looks like; you asked to see it first.",
        "نمای نامه این است؛ خواسته بودید اول ببینید.",
    ),
    "nearly_command": (
        "Its first line is nearly a command and would be sent as it is: {detail}",
        "سطر اول به دستور می‌ماند و همان‌گونه فرستاده می‌شد: {detail}",
    ),
    "pictures": (
        "It is not clear whether its pictures are yours or those of the mail that you answered; `send` sends them.",
        "روشن نیست که تصویرهایش از شماست یا از نامه‌ای که به آن پاسخ داده‌اید؛ با «بفرست» آن‌ها هم فرستاده می‌شوند.",
    ),
    "late_command": (
        "A command stands below the text and would be sent as it is: {detail}",
        "دستوری پایین‌تر از متن آمده و همان‌گونه فرستاده می‌شد: {detail}",
    ),
}
"""Why a mail is held -> the sentence."""

STATES: Mapping[str, tuple[str, str]] = {
    "status": ("status", "وضعیت"),
    "priority": ("priority", "اولویت"),
    "group": ("group", "گروه"),
    "assignee": ("assignee", "مسئول"),
    "watchers": ("watchers", "ناظران"),
    "muted": ("not told of it", "بی‌خبر از آن"),
    "tags": ("tags", "برچسب‌ها"),
    "fields": ("fields", "فیلدها"),
    "language": ("language", "زبان"),
    "participants": ("people taking part", "همراهان"),
    "requester": ("requester", "درخواست‌کننده"),
    "links": ("linked tickets", "تیکت‌های مرتبط"),
    "merged_into": ("merged into", "ادغام در"),
    "snoozed_until": ("snoozed until", "تعویق تا"),
    "new": ("new", "تازه"),
    "open": ("open", "باز"),
    "waiting": ("waiting for the customer", "منتظر مشتری"),
    "paused": ("paused", "متوقف"),
    "solved": ("solved", "حل‌شده"),
    "closed": ("closed", "بسته"),
    "low": ("low", "کم"),
    "normal": ("normal", "عادی"),
    "high": ("high", "زیاد"),
    "urgent": ("urgent", "فوری"),
    "fa": ("Persian", "فارسی"),
    "en": ("English", "انگلیسی"),
}

LINES: Mapping[str, tuple[str, str]] = {
    "changed": ("{ticket} {field}: {before} → {after}", "{ticket} {field}: {before} ← {after}"),
    "answer": (
        "{ticket} answer to {to}, leaves in {seconds} s",
        "{ticket} پاسخ به {to}، تا {seconds} ثانیهٔ دیگر می‌رود",
    ),
    "answer_now": ("{ticket} answer to {to}, leaves now", "{ticket} پاسخ به {to}، همین حالا می‌رود"),
    "refer": ("{ticket} question to {to}", "{ticket} پرسش از {to}"),
    "incident": ("{ticket} update to {to}", "{ticket} خبر به {to}"),
    "dossier": ("What is known of {to} is sent to them", "آنچه از {to} داریم برای خودش فرستاده می‌شود"),
    "erased": ("Everything of {email} is being erased", "همهٔ داده‌های {email} پاک می‌شود"),
    "blocked": ("Mail of {email} is kept away, until: {until}", "نامه‌های {email} راه داده نمی‌شود، تا: {until}"),
    "unblocked": ("Mail of {email} comes in again", "نامه‌های {email} دوباره می‌رسد"),
    "for_good": ("for good", "همیشه"),
    "told": ("{ticket} {to} is told", "{ticket} به {to} خبر داده می‌شود"),
    "note": ("{ticket} note kept", "{ticket} یادداشت ثبت شد"),
    "acknowledged": (
        "{ticket} you see to it; nobody else is warned",
        "{ticket} پیگیری با شماست؛ به کس دیگری هشدار داده نمی‌شود",
    ),
    "joined": (
        "Careful: {ticket} is of {to}, {other} of {who}; answers go to both from now on",
        "توجه: {ticket} از {to} است و {other} از {who}؛ از این پس پاسخ‌ها به هر دو می‌رود",
    ),
    "opened": ("{ticket} opened for {to}", "{ticket} برای {to} ثبت شد"),
    "away": ("You are away until {until}", "تا {until} در مرخصی هستید"),
    "away_open": ("You are away until you write back", "تا وقتی «برگشتم» را بنویسید در مرخصی هستید"),
    "cover": ("{cover} covers for you", "{cover} جانشین شماست"),
    "back": ("You are back", "برگشته‌اید"),
    "suppressed": ("{email} gets no automatic mail any more", "دیگر نامهٔ خودکاری به {email} نمی‌رود"),
    "cancelled": (
        "Taken back; what had not left is cancelled, a note stays in the history",
        "برگردانده شد؛ آنچه نرفته بود لغو شد و یادداشت در تاریخچه می‌ماند",
    ),
    "released": ("What waited is sent", "آنچه منتظر بود فرستاده می‌شود"),
    "awaits": ("Your mail to {to} waits until {who} has seen it", "نامهٔ شما به {to} منتظر تأیید {who} است"),
    "approved_send": ("{who} let your mail go", "{who} نامهٔ شما را فرستاد"),
    "approved_note": ("{who} kept your mail as a note", "{who} نامهٔ شما را یادداشت کرد"),
    "approved_drop": ("{who} dropped your mail; it was not sent", "{who} نامهٔ شما را کنار گذاشت؛ فرستاده نشد"),
    "dropped": ("The held mail is dropped", "نامهٔ نگه‌داشته‌شده دور ریخته شد"),
    "nothing": ("Nothing to change: it is so already", "چیزی عوض نشد: از پیش همین‌طور است"),
    "line": ("line {number}, {written}: {problem}", "سطر {number}، {written}: {problem}"),
    "there_are": ("There are: {names}.", "نام‌های موجود: {names}."),
    "did_you_mean": ("Did you mean {suggestion}?", "منظورتان {suggestion} بود؟"),
    "forwarded": (
        "{ticket} is the request of {email}, whose mail you sent on",
        "{ticket} درخواست {email} است که نامه‌اش را هدایت کردید",
    ),
    "forwarded_else": (
        "If somebody else asked, reply: #requester name@example.com",
        "اگر درخواست از شخص دیگری است، پاسخ دهید: #درخواست‌کننده name@example.com",
    ),
    "forwarded_unproved": (
        "{ticket} has you as its requester: nothing proves that you sent this mail of {emails} on",
        "درخواست‌کنندهٔ {ticket} خود شمایید: ثابت نشد که این نامهٔ {emails} را شما هدایت کرده‌اید",
    ),
    "forwarded_several": (
        "{ticket} has you as its requester: mails of several people are sent on here, {emails}",
        "درخواست‌کنندهٔ {ticket} خود شمایید: اینجا نامهٔ چند نفر هدایت شده است، {emails}",
    ),
    "forwarded_name": (
        "If {email} asked, reply: #requester {email}",
        "اگر درخواست از {email} است، پاسخ دهید: #درخواست‌کننده {email}",
    ),
    "undo": ("reply: undo", "پاسخ دهید: برگردان"),
    "nobody": ("nobody", "هیچ‌کس"),
    "none": ("none", "هیچ"),
}


def sentence(table: Mapping[str, tuple[str, str]], name: str, language: str, **values: object) -> str:
    """A sentence of a table in English or Persian (English for any other language), with its values filled in."""
    persian = language == "fa"
    shown = {name: str(value) for name, value in values.items()}
    if persian:
        shown = {name: _in_persian(name, value) for name, value in shown.items()}
    return table[name][persian].format_map(shown)


def _in_persian(name: str, value: str) -> str:
    """Numbers with Persian digits, Latin words isolated, so that the order of the sentence stays (UAX #9)."""
    if name in _COUNTS or not value.strip("0123456789, "):
        return value.translate(_PERSIAN)
    return f"\u2068{value}\u2069" if any(letter.isascii() and letter.isalpha() for letter in value) else value


def problem(question: Question, language: str) -> str:
    """What was wrong, as a sentence; an unknown problem is shown by its name."""
    if question.problem not in PROBLEMS:
        return question.problem.replace("_", " ")
    said = sentence(PROBLEMS, question.problem, language, detail=question.detail)
    if question.known and len(question.known) <= _MOST_NAMES:
        said += " " + sentence(LINES, "there_are", language, names=", ".join(question.known))
    return said


def moment(at: datetime, language: str, timezone: str) -> str:
    """A point in time for a transcript: ``2026-11-28 09:00``, in Persian ``۱۴۰۵/۰۹/۰۷ ۰۹:۰۰``."""
    here = at.astimezone(ZoneInfo(timezone))
    if language != "fa":
        return here.strftime("%Y-%m-%d %H:%M")
    return str(JalaliDateTime(here.replace(tzinfo=None)).strftime("%Y/%m/%d %H:%M")).translate(_PERSIAN)

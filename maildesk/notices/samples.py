"""Sample data for every notice in both languages: for `template lint`, `template render`, the gallery and the tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from maildesk.model.change import MailClass, Notice, Token
from maildesk.model.desk import Calendar, Desk, Mailbox
from maildesk.model.people import Agent, Role
from maildesk.model.ticket import Priority, Status, Ticket
from maildesk.model.tokens import Right
from maildesk.notices.context import template_values
from maildesk.notices.data import DESK, data_for, spec_of
from maildesk.notices.sample_texts import COMMANDS, TAPS, TEXTS

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)

_RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "notification": (Right.ANSWER, Right.NOTE),
    "bounced": (Right.ANSWER, Right.NOTE),
    "note": (Right.NOTE, Right.ANSWER),
    "taken": (Right.NOTE,),
    "escalation": (Right.ANSWER, Right.NOTE),
    "transcript": (Right.COMMAND,),
    "command_error": (Right.ANSWER,),
    "held": (Right.COMMAND,),
    "draft": (Right.COMMAND,),
    "draft_reminder": (Right.COMMAND,),
    "worklist": (Right.COMMAND,),
    "show": (Right.NOTE, Right.COMMAND),
    "help": (Right.COMMAND,),
    "survey": (Right.SURVEY,),
    "confirm": (Right.CONFIRM,),
    "refer": (Right.REFER,),
    "refer_reminder": (Right.REFER,),
    "answer": (Right.BOUNCE,),
}

_TO_DEPARTMENT = frozenset({"refer", "refer_reminder"})
WITHOUT_TICKET = frozenset({"alert", "report", "quarantine_alert", "worklist", "help", "status"})
"""Notices that belong to no ticket."""

_EN: Mapping[str, Any] = {
    "text": "Hello,\n\nthe amount on my last invoice is wrong. Could you check it?\n\nLeila",
    "author": "Leila Rezaei",
    "agent": "Sara Ahmadi",
    "note": "She called this morning.",
    "event": "opened",
    "attachments": ("invoice.pdf", "فاکتور.pdf"),
    "trust": (
        {"key": "verified", "email": "leila@example.org", "domain": "example.org"},
        {"key": "reply_to", "reply_to": "leila@example.net", "email": "leila@example.org"},
    ),
    "last_rating": 4,
    "target": "first_response",
    "to": "leila@example.org",
    "percent": 75,
    "reason": "assignee",
    "department": "finance",
    "original": "The amount on my last invoice is wrong.",
    "what": "erase",
    "stars": 5,
    "title": "The mailbox cannot be reached",
    "link": "https://support.example.com/rate/abc",
    "sender": "somebody@example.net",
    "mail_subject": "You have won",
    "number": 17,
    "failures": ("leila@example.org failed 5.2.2 mailbox full",),
    "reasons": ("The customer wrote after the mail that you answered.",),
    "articles": ({"title": "How to read an invoice", "text": "The sum is on page two, the tax below it."},),
    "lines": ({"text": "#1042 is solved", "undo": "reply: undo"}, {"text": "Your answer goes to Leila", "undo": ""}),
}
_FA: Mapping[str, Any] = {
    "text": "سلام،\n\nمبلغ آخرین فاکتور من اشتباه است. لطفاً بررسی می‌کنید؟\n\nلیلا",
    "author": "لیلا رضایی",
    "agent": "سارا احمدی",
    "note": "امروز صبح تلفن کرد.",
    "department": "مالی",
    "reasons": ("پس از نامه‌ای که به آن پاسخ دادید، مشتری نوشته است.",),
    "original": "مبلغ آخرین فاکتور من اشتباه است.",
    "title": "صندوق نامه در دسترس نیست",
    "mail_subject": "شما برنده شده‌اید",
    "articles": ({"title": "راهنمای خواندن فاکتور", "text": "مبلغ در صفحهٔ دوم است و مالیات زیر آن."},),
    "lines": (
        {"text": "درخواست #1042 حل شد", "undo": "پاسخ دهید: برگردان"},
        {"text": "پاسخ شما برای لیلا می‌رود", "undo": ""},
    ),
}


def _common(words: Mapping[str, Any], language: str) -> dict[str, Any]:
    persian = language == "fa"
    row = {
        "number": 1031,
        "subject": "رمز عبور" if persian else "Password (lost)",
        "status": Status.SOLVED,
        "opened_at": NOW - timedelta(days=40),
        "requester": "leila@example.org",
        "due_at": NOW + timedelta(hours=2),
    }
    entry = {
        "number": 1,
        "kind": "customer_mail",
        "author": words["author"],
        "at": NOW - timedelta(hours=3),
        "text": words["text"],
        "public": True,
    }
    wrong = "حلشدد" if persian else "sovled"
    unknown = "چنین دستوری نیست." if persian else "There is no such command."
    return {
        "commands": COMMANDS["fa" if persian else "en"],
        "expected": NOW + timedelta(hours=25),
        "closed": "holiday",
        "opens_at": NOW + timedelta(hours=21),
        "follows": 0,
        "since": NOW - timedelta(hours=27),
        "due_at": NOW + timedelta(minutes=50),
        "left": timedelta(minutes=50),
        "expires": NOW + timedelta(days=2),
        "received_at": NOW,
        "history": (row,),
        "tickets": (row,),
        "groups": ({"title": "overdue", "tickets": (row,)}, {"title": "waiting", "tickets": ()}),
        "entries": (entry,),
        "newer": (entry,),
        "questions": (
            {"written": f"[{wrong}]", "problem": unknown, "suggestion": "[حل‌شد]" if persian else "[solved]"},
        ),
    }


_REPORT_EN: Mapping[str, Any] = {
    "title": "Report: Example",
    "period": "14 Nov 2026 to 20 Nov 2026",
    "led": "42 new, 38 solved, 17 open",
    "before": "Before",
    "headline": (
        {"label": "New tickets", "value": "42", "before": "35"},
        {"label": "First response, median", "value": "48 min", "before": "1.2 h"},
        {"label": "Satisfaction (CSAT)", "value": "87 % (13 of 15)", "before": "80 %"},
    ),
    "chart": {
        "title": "New and solved tickets",
        "first": "New tickets",
        "second": "Solved",
        "rows": (
            {"label": "14 Nov", "first": "6", "second": "3", "first_bar": 96, "second_bar": 48},
            {"label": "15 Nov", "first": "10", "second": "8", "first_bar": 160, "second_bar": 128},
            {"label": "16 Nov", "first": "4", "second": "7", "first_bar": 64, "second_bar": 112},
        ),
    },
    "tables": (
        {
            "title": "By agent",
            "columns": ("Name", "Answers", "Average response", "Satisfaction (CSAT)"),
            "rows": (("Sara Ahmadi", "31", "1.4 h", "92 %"), ("Omid Karimi", "18", "2.1 h", "80 %")),
        },
        {
            "title": "What customers said",
            "columns": ("Ticket", "Stars", "Comment"),
            "rows": (("#1042", "5", "Quick and friendly, thank you!"),),
        },
    ),
    "footer": "Made Saturday 21 November 2026, 08:00 (Tehran time) from the history up to the end of the period.",
}
_REPORT_FA: Mapping[str, Any] = {
    "title": "گزارش: نمونه",
    "period": "۲۳ آبان ۱۴۰۵ تا ۲۹ آبان ۱۴۰۵",
    "led": "۴۲ تیکت تازه، ۳۸ حل‌شده، ۱۷ باز",
    "before": "دورهٔ پیش",
    "headline": (
        {"label": "تیکت تازه", "value": "۴۲", "before": "۳۵"},
        {"label": "نخستین پاسخ، میانه", "value": "۴۸ دقیقه", "before": "۱٫۲ ساعت"},
        {"label": "رضایت مشتری (CSAT)", "value": "۸۷٪ (۱۳ از ۱۵)", "before": "۸۰٪"},
    ),
    "chart": {
        "title": "تیکت‌های تازه و حل‌شده",
        "first": "تیکت تازه",
        "second": "حل‌شده",
        "rows": (
            {"label": "۲۳ آبان", "first": "۶", "second": "۳", "first_bar": 96, "second_bar": 48},
            {"label": "۲۴ آبان", "first": "۱۰", "second": "۸", "first_bar": 160, "second_bar": 128},
            {"label": "۲۵ آبان", "first": "۴", "second": "۷", "first_bar": 64, "second_bar": 112},
        ),
    },
    "tables": (
        {
            "title": "به تفکیک کارشناس",
            "columns": ("نام", "پاسخ‌ها", "میانگین زمان پاسخ", "رضایت مشتری (CSAT)"),
            "rows": (("سارا احمدی", "۳۱", "۱٫۴ ساعت", "۹۲٪"), ("امید کریمی", "۱۸", "۲٫۱ ساعت", "۸۰٪")),
        },
        {
            "title": "مشتریان چه گفتند",
            "columns": ("تیکت", "ستاره", "نظر"),
            "rows": (("#1042", "۵", "سریع و خوش‌برخورد؛ سپاس!"),),
        },
    ),
    "footer": "ساخته‌شده در شنبه ۳۰ آبان ۱۴۰۵، ساعت ۰۸:۰۰ (به وقت تهران) از پیشینهٔ تیکت‌ها تا پایان دوره.",
}


def sample_data(template: str, language: str) -> dict[str, Any]:
    """Full data for a notice."""
    if template == "report":
        return data_for(template, _REPORT_FA if language == "fa" else _REPORT_EN)
    persian = language == "fa"
    words = {**_EN, **(_FA if persian else {})}
    own = {name: both[persian] for name, both in TEXTS.get(template, {}).items()}
    return data_for(template, {**words, **_common(words, language), **own})


def sample_desk(language: str = "en") -> Desk:
    """A small desk to show notices of."""
    persian = language == "fa"
    mailbox = Mailbox(
        "support",
        "support@example.com",
        display="پشتیبانی نمونه" if persian else "Example Support",
        language=language,
        calendar="office",
        signature="پشتیبانی نمونه\nشنبه تا چهارشنبه، ۹ تا ۱۷"
        if persian
        else "Example Support\nMonday to Friday, 9 to 5",
    )
    return Desk(
        "نمونه" if persian else "Example",
        "example.com",
        b"sample key, for pictures only...",
        language=language,
        timezone="Asia/Tehran",
        mailboxes={"support": mailbox},
        agents={"sara": Agent("sara", "sara@example.com", "سارا احمدی" if persian else "Sara Ahmadi")},
        calendars={"office": Calendar("office", "Asia/Tehran")},
    )


def sample_ticket(language: str = "en") -> Ticket:
    """The ticket that the samples are about."""
    persian = language == "fa"
    return Ticket(
        number=1042,
        mailbox="support",
        subject="اشتباه در فاکتور [فوری]" if persian else "Wrong invoice [urgent]",
        requester="leila@example.org",
        requester_name="لیلا رضایی" if persian else "Leila Rezaei",
        status=Status.OPEN,
        priority=Priority.HIGH,
        group="billing",
        assignee="sara",
        language=language,
        opened_at=NOW - timedelta(hours=27),
    )


def sample_notice(template: str, language: str, data: Mapping[str, Any]) -> Notice:
    """A notice by this template, with the rights that it usually carries."""
    ticket, to, name, role = sample_ticket(language), "leila@example.org", "", Role.REQUESTER
    if template in _TO_DEPARTMENT:
        to, name, role = "finance@example.com", str(sample_data("refer", language)["department"]), Role.DEPARTMENT
    elif spec_of(template).reader == DESK:
        to, name, role = "sara@example.com", sample_desk(language).agents["sara"].full_name, Role.AGENT
    return Notice(
        template=template,
        to=to,
        role=role,
        cause="1",
        mail_class=MailClass.REPLY if template in {"answer", "refer"} else MailClass.AUTOMATIC,
        ticket=0 if template in WITHOUT_TICKET else ticket.number,
        mailbox="support",
        language=language,
        to_name=name or ticket.requester_name,
        data=data,
        rights=_RIGHTS.get(template, ()),
    )


def sample_tokens(notice: Notice) -> tuple[Token, ...]:
    """Token rows for a sample notice."""
    wanted = [(right, "") for right in notice.rights]
    wanted += [(Right.COMMAND, f"tap:{command}") for command in TAPS.get(notice.template, ())]
    return tuple(
        Token(row=row, right=right, person=notice.to, ticket=notice.ticket, purpose=purpose)
        for row, (right, purpose) in enumerate(wanted, start=1)
    )


def sample_values(template: str, language: str) -> Iterator[dict[str, Any]]:
    """What a template sees: first with all data, then with what is needed only."""
    desk = sample_desk(language)
    ticket = None if template in WITHOUT_TICKET else sample_ticket(language)
    full = sample_data(template, language)
    for data in (full, {field.name: full[field.name] for field in spec_of(template).fields if field.needed}):
        notice = sample_notice(template, language, data)
        yield template_values(
            notice,
            desk,
            desk.mailboxes["support"],
            ticket,
            now=NOW,
            language=language,
            tokens=sample_tokens(notice),
        )

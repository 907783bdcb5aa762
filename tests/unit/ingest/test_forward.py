"""Whose mail was forwarded."""

import email
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.ingest.forward import forwarded_author, is_forwarded_subject
from maildesk.model.mail import Address

BLOCKS = {
    "gmail en": "---------- Forwarded message ---------\nFrom: Leila <leila@example.org>\nDate: Sun, Nov 22, 2026\nSubject: x\nTo: a@example.com",
    "gmail fa": "---------- پیام هدایت‌شده ----------\nاز: \u202bLeila\u202c <\u202aleila@example.org\u202c>\nتاریخ: یکشنبه ۱ آذر ۱۴۰۵\nموضوع: x\nبه: a@example.com",
    "gmail ar": "---------- رسالة معاد توجيهها ---------\nمن: Leila <leila@example.org>\nالتاريخ: الأحد\nالموضوع: x",
    "gmail he": "---------- הודעה שהועברה ---------\nמאת: Leila <leila@example.org>\nתאריך: יום א׳\nנושא: x",
    "gmail de": "---------- Weitergeleitete Nachricht ---------\nVon: Leila <leila@example.org>\nDate: So., 22. Nov. 2026\nSubject: x",
    "thunderbird": "-------- Forwarded Message --------\nSubject: x\nDate: Sun, 22 Nov 2026 12:34:56 +0100\nFrom: Leila <leila@example.org>\nTo: a@example.com",
    "thunderbird fr": "-------- Message transféré --------\nSujet : x\nDate : Sun, 22 Nov 2026 12:34:56 +0100\nDe : Leila <leila@example.org>\nPour : a@example.com",
    "apple": "Begin forwarded message:\n\nFrom: Leila <leila@example.org>\nSubject: x\nDate: 22 November 2026\nTo: a@example.com",
    "apple quoted": "Begin forwarded message:\n\n> From: Leila <leila@example.org>\n> Subject: x\n> Date: 22 November 2026\n> To: a@example.com",
    "apple de": "Anfang der weitergeleiteten Nachricht:\n\nVon: Leila <leila@example.org>\nBetreff: x\nDatum: 22. November 2026",
    "mailto": "-------- Forwarded message --------\nFrom: Leila [mailto:leila@example.org]\nSent: Sunday\nSubject: x",
    "doubled": "-------- Forwarded message --------\n*From:* Leila <leila@example.org<mailto:leila@example.org>>\n*Sent:* Sunday\n*Subject:* x",
    "wrapped": "-------- Forwarded message --------\nFrom: Leila\n <leila@example.org>\nSent: Sunday\nSubject: x",
    "chinese": "---------- 转发邮件 ----------\n发件人：Leila <leila@example.org>\n日期：2026年11月22日\n主题：x",
    "russian": "-------- Пересылаемое сообщение --------\nОт: Leila <leila@example.org>\nДата: 22.11.2026\nТема: x",
}  # fmt: skip


def mail(subject: str = "x") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "Omid <omid@example.com>"
    message.set_content("FYI")
    return message


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_the_author_stands_in_the_block_below_the_announcement(block: str) -> None:
    author = forwarded_author(
        mail(), f"Please answer her.\n\n{block}\n\nMy invoice is wrong. Write to billing@example.net."
    )

    assert author == Address("Leila", "leila@example.org")


@pytest.mark.parametrize(
    "subject", ["Fwd: x", "FW: x", "WG: x", "TR: x", "RV: x", "Fwd： x", "ارجاع: x", "إعادة توجيه: x", "转发：x"]
)
def test_outlook_announces_it_in_the_subject_alone(subject: str) -> None:
    text = "Please see below.\n\nاز: Leila <leila@example.org>\nارسال شده: یکشنبه\nبه: a@example.com\nموضوع: x\n\nسلام"

    assert forwarded_author(mail(subject), text) == Address("Leila", "leila@example.org")
    assert forwarded_author(mail("RE: x"), text) is None


def test_an_attached_mail_has_its_author() -> None:
    inner = mail()
    del inner["From"]
    inner["From"] = "=?utf-8?b?2YTbjNmE2Kc=?= <leila@example.org>"
    outer = mail()
    outer.add_attachment(inner)

    assert forwarded_author(email.message_from_bytes(outer.as_bytes()), "FYI") == Address("لیلا", "leila@example.org")


def test_several_attached_mails_have_no_one_author() -> None:
    outer = mail()
    outer.add_attachment(mail())
    outer.add_attachment(mail())

    assert forwarded_author(email.message_from_bytes(outer.as_bytes()), "FYI") is None


def test_a_bounce_forwards_nothing() -> None:
    outer = mail()
    outer.add_attachment(mail())
    outer.replace_header("Content-Type", 'multipart/report; boundary="x"')

    assert forwarded_author(outer, "failed") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello",
        "---------- Forwarded message ---------",
        "---------- Forwarded message ---------\nFrom: nobody\nDate: Sunday 12:34\nSubject: x",
        "> ---------- Forwarded message ---------\n> From: Leila <leila@example.org>\n> Subject: x",
        "I forwarded message 5 to leila@example.org",
    ],
)
def test_what_forwards_nothing_has_no_author(text: str) -> None:
    assert forwarded_author(mail(), text) is None


@given(st.text(), st.text(max_size=40))
def test_any_text_is_read(text: str, subject: str) -> None:
    forwarded_author(mail(" ".join(subject.split())), "---- forwarded message ----\nfrom: " + text)
    is_forwarded_subject(subject)

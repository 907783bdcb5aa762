"""Whose mail was forwarded."""

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.ingest import mime
from maildesk.ingest.forward import Forwards, forwarded_mails, is_forwarded_subject
from maildesk.model.mail import Address, Forwarded, Limits

LEILA = Address("Leila", "leila@example.org")

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


def forwards(message: EmailMessage, text: str) -> Forwards:
    root = mime.split(message.as_bytes(), Limits())
    return forwarded_mails(root, str(message["Subject"]), text, Limits())


def authors(message: EmailMessage, text: str) -> list[Address]:
    return [one.author for one in forwards(message, text).mails]


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_who_wrote_what_and_what_stands_above(block: str) -> None:
    found = forwards(mail(), f"Please answer her.\n\n{block}\n\nMy invoice is wrong. Write to billing@example.net.\n")

    text = "My invoice is wrong. Write to billing@example.net."
    assert found == Forwards((Forwarded(LEILA, "x", text),), "Please answer her.")


@pytest.mark.parametrize(
    "subject", ["Fwd: x", "FW: x", "WG: x", "TR: x", "RV: x", "Fwd： x", "ارجاع: x", "إعادة توجيه: x", "转发：x"]
)
def test_outlook_announces_it_in_the_subject_alone(subject: str) -> None:
    block = "از: Leila <leila@example.org>\nارسال شده: یکشنبه\nبه: a@example.com\nموضوع: x"
    text = f"Please see below.\n________________________________\n{block}\n\nسلام"

    assert forwards(mail(subject), text) == Forwards(
        (Forwarded(LEILA, "x", "سلام", announced=False),), "Please see below."
    )
    assert forwards(mail("RE: x"), text) == Forwards()


def test_of_a_conversation_every_mail_is_known() -> None:
    chain = "".join(f"From: {name}@example.org\nSent: Sunday 9:00\nSubject: x\n\nhello\n" for name in "ab")

    found = forwards(mail("FW: x"), chain).mails

    assert [one.author.email for one in found] == ["a@example.org", "b@example.org"]
    assert not any(one.announced for one in found)
    assert found[0].text.endswith("hello")
    assert "b@example.org" in found[0].text


def test_two_forwarded_mails_are_two() -> None:
    block = BLOCKS["gmail en"]
    other = block.replace("leila@", "ali@").replace("Leila", "Ali")

    found = forwards(mail(), f"Both.\n\n{block}\n\none\n\n{other}\n\ntwo")

    assert [(one.author.email, one.text) for one in found.mails] == [
        ("leila@example.org", "one"),
        ("ali@example.org", "two"),
    ]


def test_apple_quotes_all_of_it() -> None:
    block = "Begin forwarded message:\n\nFrom: Leila <leila@example.org>\nSubject: x\nDate: 22 November 2026\n\nMy invoice\n"
    text = "".join(f"> {line}\n" for line in block.split("\n"))

    assert forwards(mail("Fwd: x"), text).mails == (Forwarded(LEILA, "x", "My invoice"),)
    assert forwards(mail("Re: x"), text).mails == ()


def test_an_attached_mail_has_its_author() -> None:
    inner = mail("Rechnung")
    del inner["From"]
    inner["From"] = "=?utf-8?b?2YTbjNmE2Kc=?= <leila@example.org>"
    outer = mail()
    outer.add_attachment(inner)

    shown = Forwarded(Address("لیلا", "leila@example.org"), "Rechnung", "FYI")
    assert forwards(outer, "look\n") == Forwards((shown,), "look")


def test_several_attached_mails_are_several() -> None:
    outer = mail()
    outer.add_attachment(mail())
    outer.add_attachment(mail())

    assert len(forwards(outer, "FYI").mails) == 2


def test_a_bounce_forwards_nothing() -> None:
    outer = mail()
    outer.add_attachment(mail())
    outer.replace_header("Content-Type", 'multipart/report; boundary="x"')

    assert forwards(outer, "failed") == Forwards()


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
    assert forwards(mail(), text) == Forwards()


@given(st.text(), st.text(max_size=40))
def test_any_text_is_read(text: str, subject: str) -> None:
    authors(mail(" ".join(subject.split())), "---- forwarded message ----\nfrom: " + text)
    authors(mail("Fwd: " + " ".join(subject.split())), "from: a@b.test\nsubject: x\n" + text)
    is_forwarded_subject(subject)

"""Nothing internal leaves with an answer, and what its author may have overlooked is asked about."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.commands.leaks import LINE_CHARS, SENTENCES, doubts, leaks
from maildesk.model.tokens import Right, mint

MARKER = "## Please write above this line ##"
ADDRESS = "sara@example.com"
CUSTOMER = "The invoice is wrong by twelve euros, please correct it."
NOTIFICATION = f"""Re: invoice

{MARKER}

The customer wrote: Leila

{CUSTOMER}

--------------------------------
Status: open · Priority: high · Group: billing · Assignee: sara
Earlier requests:
- #1017 ارسال دوبارهٔ بستهٔ گم‌شده با پست پیشتاز (closed, 2 May 2026)
See https://example.com/internal/tickets/1042
"""


def held(text: str, allowed: tuple[str, ...] = (), secrets: tuple[str, ...] = (ADDRESS,)) -> tuple[str, ...]:
    return leaks(text, NOTIFICATION, secrets, MARKER, allowed)


@pytest.mark.parametrize(
    "text",
    [
        "Status: open · Priority: high · Group: billing · Assignee: sara",
        "> > Status: open · Priority: high · Group: billing · Assignee: sara",
        "> Status: open · Priority:\n> high · Group: billing\n> · Assignee: sara",
        "status:\u00a0open - priority: HIGH - group: billing - assignee: Sara",
        "- #۱۰۱۷ ارسال دوباره بسته گم شده با پست پيشتاز (closed, 2 May 2026)".replace("گم شده", "گم\u200cشده"),
        "\u202bSee https://example.com/internal/tickets/1042\u202c",
        CUSTOMER,
    ],
)
def test_a_line_of_the_notification_is_held_however_it_was_wrapped(text: str) -> None:
    assert any("A line of the notification" in reason for reason in held(f"It is done.\n\n{text}\n\nBest wishes"))


def test_the_customers_own_words_may_be_quoted_back() -> None:
    assert held(f"You wrote:\n> {CUSTOMER}\nIt is corrected.", (CUSTOMER,)) == ()


def test_an_own_answer_is_not_held() -> None:
    text = "Dear Leila,\nthe invoice is corrected; you find the new one below. Its status is open, the priority high.\nSara"

    assert held(text) == ()


def test_short_lines_prove_nothing() -> None:
    assert len("Earlier requests") < LINE_CHARS
    assert held("Earlier requests:\nRe: invoice") == ()


def test_the_marker_is_held() -> None:
    assert SENTENCES["marker"][0] in held("Done.\n> ## please write above\n> this line ##")


@pytest.mark.parametrize("right", list(Right))
def test_a_reply_token_is_held_whatever_it_allows(right: Right) -> None:
    token = mint(b"k" * 32, right, 70_000)

    assert held(f"Write to support+{token}@example.com!") == (SENTENCES["token"][0],)
    assert held(f"Write to support+\u200f{token.upper()}@example.com!") == (SENTENCES["token"][0],)


def test_an_ordinary_plus_address_is_no_token() -> None:
    assert held("Write to support+orders@example.com!") == ()


def test_secrets_are_held_unless_the_desk_shows_them_itself() -> None:
    assert held("Write to SARA@example.com") == ("This must not leave the desk: sara@example.com",)
    assert held("Write to sara@example.com", ("Sara, billing, sara@example.com",)) == ()


def test_a_note_is_held_by_any_line_of_it() -> None:
    note = "Careful with her.\nShe has not paid since the second of March."

    assert held("She has not paid since\n> the second of March.", secrets=(note,))
    assert held("Careful with the parcel: she has not got it.", secrets=(note,)) == ()


def test_reasons_are_told_in_the_agents_language() -> None:
    assert leaks(MARKER, NOTIFICATION, (), MARKER, language="fa")[0] == "خط نشانهٔ اعلان هنوز در متن است."


@given(st.text(), st.text(), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_is_looked_at(text: str, notification: str, secrets: list[str]) -> None:
    leaks(text, notification, secrets, "", (text[:5],))
    assert doubts(text, False, "en") == doubts(text, False, "en")


@given(
    st.text(alphabet=st.characters(categories=("L", "N", "Zs")), min_size=1), st.text(max_size=30), st.text(max_size=30)
)
def test_a_long_line_left_in_the_text_is_always_found(line: str, before: str, after: str) -> None:
    assert len(leaks(f"{before}\n{line}\n{after}", line, (), "")) == (len(_folded(line)) >= LINE_CHARS)


def _folded(line: str) -> str:
    from maildesk.ingest.shingles import words

    return " ".join(words(line))


# -- doubts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Please find the invoice attached.", "I attach the invoice.", "فاکتور پیوست است.", "فاکتور را ضمیمه کردم.", "فایل به پیوست تقدیم می‌شود.",
        "الفاتورة مرفقة.", "החשבונית מצורפת.", "Anbei die Rechnung.", "Vous trouverez la facture ci-joint.", "Se adjunta la factura: adjunto.",
        "Счёт во вложении.", "请见附件。", "添付をご確認ください。", "De factuur is bijgevoegd.",
    ],
)  # fmt: skip
def test_a_forgotten_attachment_is_asked_about(text: str) -> None:
    assert doubts(text, False, "en") == (SENTENCES["attachment"][0],)
    assert doubts(text, True, "en") == ()


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for the photo that you attached.", "Your attached photo is fine.", "لطفاً رسید را پیوست کنید.", "پیوست شما را دیدیم.",
        "> The invoice is attached.\nThank you!", "The unattached house.", "لطفاً عکس را ضمیمه بفرمایید.",
    ],
)  # fmt: skip
def test_somebody_elses_attachment_is_not_missed(text: str) -> None:
    assert doubts(text, False, "en") == ()


@pytest.mark.parametrize(
    "text", ["Dear {{name}},", "Dear {name},", "Dear [NAME],", "Dear <first name>,", "XXX euros", "سلام [نام مشتری]", "سلام <نام>", "TODO price"]
)  # fmt: skip
def test_a_gap_that_was_not_filled_is_asked_about(text: str) -> None:
    assert len(doubts(text, True, "en")) == 1


@pytest.mark.parametrize(
    "text",
    ["See <https://example.com/x> or write to <a@example.org>.", "Card ****-XXXX-1234", "a < b and c > d", "[1] and [see below]", 'x = {"a": 1}'],
)  # fmt: skip
def test_brackets_of_other_kinds_are_no_gaps(text: str) -> None:
    assert doubts(text, True, "en") == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("4111 1111 1111 1111", "card"),
        ("کارت ۶۰۳۷-۹۹۱۱-۱۱۱۱-۱۱۱۲", "card"),
        ("DE89 3704 0044 0532 0130 00 is ours", "iban"),
        ("شبا: IR۰۶ ۲۹۶۰ ۰۰۰۰ ۰۰۱۰ ۰۳۲۴ ۲۰۰۰ ۰۱", "iban"),
        ("شماره شبا ۰۶۲۹۶۰۰۰۰۰۰۰۱۰۰۳۲۴۲۰۰۰۰۱ است", "iban"),
        ("password: hunter22", "password"),
        ("Passwort = hunter22", "password"),
        ("رمز عبور: ali1234", "password"),
        ("کلمهٔ عبور: ali1234", "password"),
        ("كلمة المرور: ali1234", "password"),
    ],
)
def test_likely_secrets_are_asked_about(text: str, reason: str) -> None:
    assert SENTENCES[reason][0] in doubts(text, True, "en")
    assert SENTENCES[reason][1] in doubts(text, True, "fa")


@pytest.mark.parametrize(
    "text",
    [
        "Order 4111 1111 1111 1112", "IR06 2960 0000 0010 0324 2000 02", "Call 021-12345678", "0000 0000 0000 0000",
        "Reset your password: https://example.com/reset", "You forgot your password.", "رمز عبور خود را عوض کنید.",
    ],
)  # fmt: skip
def test_other_numbers_and_words_are_no_secrets(text: str) -> None:
    assert doubts(text, True, "en") == ()


@pytest.mark.parametrize(
    "piece", ["a ", "{{", "[A", "1 ", "12", "+r", "a@", "DE89 ", "password:", "پیوست ", "\n", "<a"]
)
def test_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    text = piece * (800_000 // len(piece))
    start = time.process_time()
    leaks(text, text, (ADDRESS,), MARKER, (text,))
    doubts(text, False, "en")

    assert time.process_time() - start < 8

"""What stays of a reply, and that nothing a customer wrote is ever lost."""

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.ingest import trim as module
from maildesk.ingest.trim import Trimmed, trim

REPLIES = Path(__file__).parents[2] / "data" / "replies"
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['client']}")
    for path in sorted(REPLIES.glob("*.toml"))
    for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
]
QUOTE = (
    "\n\nOn 22 Nov 2026, at 12:34, Support <support@example.com> wrote:\n\n> Which version is it?\n> Please tell us.\n"
)
OURS = """Dear Anna,

your request was registered under number 1042, and somebody will look at it before five o'clock on Monday.

Is there anything that we should know about it? Simply answer this mail.
"""


def squeeze(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("case", CASES)
def test_replies_of_many_clients(case: dict) -> None:
    trimmed = trim(case["text"], [case["sent"]] if "sent" in case else ())

    assert squeeze(trimmed.reply) == squeeze(case["reply"])
    assert trimmed.forwarded == case.get("forwarded", False)
    assert trimmed.interleaved == case.get("interleaved", False)
    if "signature" in case:
        assert squeeze(trimmed.signature) == squeeze(case["signature"])


def test_parts_are_kept_apart() -> None:
    trimmed = trim("It is 5.2.\n\n-- \nAnna\nExample Ltd" + QUOTE)

    assert trimmed == Trimmed(
        reply="It is 5.2.",
        quoted=QUOTE.strip(),
        signature="-- \nAnna\nExample Ltd",
    )


# -- our own text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "below",
    [
        OURS,
        OURS.replace("\n\n", "\n"),
        OURS.replace(" ", "\u00a0").upper(),
        "\u202b" + OURS.replace("1042", "۱۰۴۲") + "\u202c",
        "\n".join(" ".join(OURS.split()[at : at + 5]) for at in range(0, 60, 5)),
        "Support kirjutas sellise kirja:\n" + OURS,
        "________________________________\n" + OURS,
    ],
    ids=[
        "as sent",
        "blank lines gone",
        "spaces and case",
        "marks and digits",
        "re-wrapped",
        "unknown language",
        "rule",
    ],
)
def test_our_own_text_is_found_without_any_mark(below: str) -> None:
    trimmed = trim("The order number is 5587.\n\n" + below, [OURS])

    assert trimmed.reply == "The order number is 5587."
    assert trimmed.doubt == ""


def test_an_answer_below_our_unmarked_text() -> None:
    assert trim(OURS + "\nNo, nothing else.", [OURS]).reply == "No, nothing else."


def test_an_answer_inside_our_unmarked_text_keeps_everything() -> None:
    text = "From: support@example.com\nSent: Monday\nSubject: x\n\n" + OURS.replace(
        "Is there", "I know that.\n\nIs there"
    )

    trimmed = trim("See below.\n\n" + text, [OURS])

    assert trimmed.interleaved
    assert "I know that." in trimmed.reply


def test_a_sentence_of_ours_that_the_customer_repeats_in_a_sentence_stays() -> None:
    text = 'You wrote that "somebody will look at it before five o\'clock on Monday". It is Tuesday now.'

    assert trim(text, [OURS]).reply == text


def test_our_line_wrapped_out_of_its_quote_mark_is_no_answer() -> None:
    text = (
        "Thanks.\n\nOn 22 Nov 2026, at 12:34, Support <support@example.com> wrote:\n"
        "> your request was registered under number 1042, and somebody will\n"
        "look at it before five\n"
        "> o'clock on Monday.\n"
    )

    assert trim(text, [OURS]).reply == "Thanks."
    assert trim(text).interleaved


# -- kept when in doubt -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "I typed this:\n> install everything\nand then it said\n> error 5",
        "It prints this:\n\n> error 5: no such file",
        "It says\n> Error 5",
        "Visit us\n>>> >>> example.org <<<\nby clicking above",
        "Hello,\nSubject: complaint\nDate: 5 May\nNumber: 17\nPlease look at it.",
        "My trip:\nFrom: Paris\nTo: Rome\nDate: tomorrow\nPlease cancel it.",
        "On 5 May 2026 your colleague wrote:\nIt will be done.\nIt was not.",
        "Option one\n--\nThis is a rather long second option, which certainly is no signature at all, is it?",
        "Please choose:\n\n-Red",
        "Here is whom to call:\n----------\nAnna\nanna@example.org\n+49 30 1234567",
        "Sent from our warehouse yesterday",
        "Sent from my desk, is much easier than my mobile phone.",
        "Do this.\n\nRegards\nAnna\n\nPS: call me tomorrow",
        "Do this.\n\nRegards\nAnna\n\nI will send the file later",
        "Thank you,\nAnna",
        'No quote here: a > b, and "he wrote: hello".',
    ],
)
def test_what_only_looks_like_a_quotation_stays(text: str) -> None:
    assert trim(text).reply == text


@pytest.mark.parametrize(
    "text",
    [
        QUOTE.strip(),
        "> only a quotation",
        "Sent from my iPhone",
        "-- \nAnna",
        "From: support@example.com\nSent: Monday\nTo: Anna\nSubject: x\n\nHello",
        "-----Original Message-----\nHello",
    ],
)
def test_a_customers_text_is_never_cut_entirely(text: str) -> None:
    assert trim(text).reply == text


def test_why_everything_was_kept_is_said() -> None:
    assert trim("> only a quotation").doubt == "nothing else is written"
    assert trim("It says\n> Error 5").doubt == "what is quoted seems to belong to the text"
    assert trim("Hello." + QUOTE).doubt == ""


def test_something_quoted_by_hand_above_the_clients_quotation_stays() -> None:
    text = "You said\n> Please tell us.\n" + QUOTE

    assert trim(text).reply == "You said\n> Please tell us."


def test_a_forwarded_outlook_mail_is_known_by_its_subject() -> None:
    text = "Please see below.\n\nFrom: Bank <info@example.net>\nSent: Monday\nTo: Anna\nSubject: receipt\n\nIt is paid."

    assert trim(text).reply == "Please see below."
    assert trim(text, forwards=True) == Trimmed(reply=text, forwarded=True)


DEVICE_LINES = [
    "Sent from my iPhone", "Gesendet von meinem iPhone", "Von meinem iPhone gesendet", "Envoyé de mon iPhone",
    "Enviado desde mi iPhone", "Inviato da iPhone", "Enviado do meu iPhone", "Verstuurd vanaf mijn iPhone",
    "Skickat från min iPhone", "Sendt fra min iPhone", "Wysłane z iPhone'a", "Отправлено с iPhone", "发自我的 iPhone",
    "從我的 iPhone 傳送", "iPhoneから送信", "נשלח מה-iPhone שלי", "أرسلت من الـ iPhone", "ارسال‌شده از iPhone من",
    "از iPhone من ارسال شد", "از گوشی سامسونگ من ارسال شده است", "Sent from Mail for Windows 10", "Get Outlook for iOS<https://example.com/o>",
    "Sent from Yahoo Mail on Android", "Yahoo Mail: Search, Organize, Conquer", "Von Samsung-Tablet gesendet",
    "Diese Nachricht wurde von meinem Android Gerät mit K-9 Mail gesendet.", "Sent with Proton Mail secure email.",
    "Sent from my Verizon Wireless BlackBerry", "Отправлено из мобильной Почты Mail.ru",
]  # fmt: skip


@pytest.mark.parametrize("line", DEVICE_LINES)
def test_the_line_that_a_device_adds_is_a_signature(line: str) -> None:
    trimmed = trim(f"It is 5.2.\n\n{line}{QUOTE}")

    assert (trimmed.reply, trimmed.signature) == ("It is 5.2.", line)


@pytest.mark.parametrize(
    "line",
    [
        "The photos were sent from my phone.",
        "فایل از گوشی ارسال شد",
        "از گوشی سامسونگ استفاده می‌کنم",
        "I use Outlook for Android",
    ],
)
def test_a_sentence_about_a_device_is_the_writers_own(line: str) -> None:
    assert trim(f"Hello\n{line}{QUOTE}").reply == f"Hello\n{line}"


# -- agents -------------------------------------------------------------------------------------------------------


def test_a_mail_of_an_agent_that_is_only_a_command_has_no_text() -> None:
    for text in (QUOTE.strip(), "-- \nSara" + QUOTE, OURS):
        assert trim(text, [OURS], is_agent=True).reply == ""


def test_an_agents_private_signature_is_taken_off() -> None:
    text = "It is corrected.\n\nSara Example\nSales, third floor\nsara@example.org\n+49 30 1234567"

    assert trim(text, is_agent=True).reply == "It is corrected."
    assert trim(text).reply == text


# -- properties ---------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["", "> ", ">> ", "-- ", "--", "On 22 Nov 2026, at 12:34, A <a@example.com> wrote:", "wrote:", "From: a@example.com",
     "Subject: x", "Sent: Monday 12:34", "از: a@example.com", "موضوع: x", "در تاریخ ۱ آذر ۱۴۰۵ ساعت ۱۲:۳۴ الف نوشت:",
     "-----Original Message-----", "---------- Forwarded message ----------", "Sent from my iPhone", "Regards,", "Anna",
     "________________", "\u202b\u200f", "\ufeff", "text", "a question?", "<", ">", "(http://example.com/", "x)", "\r", "\x0b", "\u2028"]
)  # fmt: skip
LINES = st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=14)


@given(st.lists(LINES, max_size=8).map(lambda rows: "\n".join("".join(row) for row in rows)), st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_text_is_trimmed_and_no_customers_is_lost(text: str, known: bool) -> None:
    trimmed = trim(text, [OURS, text[: len(text) // 2]] if known else ())

    assert bool(trimmed.reply) == bool(text.strip())
    written = {line.strip() for line in text.replace("\r", "\n").split("\n")}
    assert all(any(line.strip() in whole for whole in written) for line in trimmed.reply.split("\n"))


@given(st.lists(LINES, max_size=8).map(lambda rows: "\n".join("".join(row) for row in rows)))
@settings(max_examples=200, deadline=None)
def test_every_line_goes_somewhere(text: str) -> None:
    trimmed = trim(text)
    rest = f"{trimmed.reply} {trimmed.quoted} {trimmed.signature}"

    assert sorted("".join(rest.split())) == sorted("".join(text.split()))


HOSTILE = {
    "on": "On ", "newlines": "\n", "quotes": ">", "quoted lines": ">\n", "parens": "(", "words": "=?", "from": "From:",
    "from lines": "From:\n", "block rows": "From: a@example.com\n\n", "starts": "On 1 Jan 2020 at 10:10 <a@b\n",
    "colons": "1:\n", "rules": "_" * 30 + "\n", "signatures": "-- \n", "devices": "Sent from my iPhone\n",
    "closings": "regards\n", "angles": "<\n", "wrote": "wrote:\n", "originals": "-----Original Message\n",
    "persian": "در تاریخ ۱ ", "attributions": "> On 1 Jan 2020 10:10 a@b\n", "mixed": "> a\nb\n\n", "ours": OURS,
}  # fmt: skip


def seconds(text: str) -> float:
    def once() -> float:
        start = time.process_time()
        trim(text, [OURS, text[:20_000]])
        return time.process_time() - start

    return min(once() for _ in range(3))


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    """1.6 MB in two seconds at most: a quadratic step would take minutes. The cap is not what makes it quick."""
    assert seconds(piece * (module.MAX_CHARS // len(piece))) < 2
    assert seconds(piece * (1_600_000 // len(piece))) < 2


def test_what_lies_beyond_the_limit_goes_the_way_of_what_stands_before_it() -> None:
    long = "> quoted\n" * (module.MAX_CHARS // 8)

    assert trim("Hello." + QUOTE + long).reply == "Hello."
    assert trim("Hello." + QUOTE + long).quoted.count("> quoted") == long.count("\n")
    text = "word " * (module.MAX_CHARS // 4)
    assert trim(text) == Trimmed(text.strip(), doubt="too long to tell what is quoted")


@pytest.mark.parametrize(
    "text",
    [
        "First my opinion:\n\n> it does not print.\n\nSwitch it on.",
        "Inline answer:\n> it does not print.\nreally?",
        "Dear Leila,\nthis is what you wrote:\n> it does not print.\nSwitch it on.",
        "About this one:\n> it does not print.",
    ],
)
@pytest.mark.parametrize("client", ["", "\n\nOn Sun, 22 Nov 2026 12:30, Shop <support@example.com> wrote:\n> "])
def test_what_an_agent_quotes_by_hand_stays_with_their_words(text: str, client: str) -> None:
    ours = "A new request\n\nsince yesterday the printer in my office is broken\nit does not print.\nWhat can I do?"
    whole = client + ours.replace("\n", "\n> ") if client else ""
    assert trim(text + whole, [ours], is_agent=True).reply.startswith(text)

"""What must not leave the desk in an agent's answer, and what an agent would want to look at again.

Pure and linear in the length of the texts. A reason is a sentence in the agent's language; no reason, no hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

import re2

from maildesk.ingest.shingles import words
from maildesk.ingest.trim_tables import plain

LINE_CHARS = 20
"""A line of the notification counts from this length on: "Hello Sara," proves nothing."""

_SHOWN = 60

# The shape of tokens.mint: a letter for the right, then base32; it stands behind a plus in an address of ours.
_TOKEN = re2.compile(r"\+[rncsdyb][a-z2-7]{17,29}@")
_PLACEHOLDER = re2.compile(
    r"\{\{[^{}\n]{0,60}\}\}|\{%[^{}\n]{0,60}%\}|\{[A-Za-z_]{2,30}\}|<[A-Za-z][A-Za-z _-]{1,30}>|\[[A-Z][A-Z _-]{1,30}\]"
    r"|\[(?:نام|تاریخ|شمار|مبلغ|لینک|عنوان|موضوع)[^\[\]\n]{0,30}\]"
    r"|<(?:نام|تاریخ|شمار|مبلغ|لینک|عنوان|موضوع)[^<>\n]{0,30}>"
    r"|(?:^|[^A-Za-z0-9*-])(?:X{3,}|TODO|TBD)(?:[^A-Za-z0-9*-]|$)"
)
_PASSWORD = re2.compile(
    r"(?:password|passwd|passcode|passwort|kennwort|mot de passe|contraseña|senha|wachtwoord|lösenord|adgangskode"
    r"|passord|hasło|пароль|密码|密碼|パスワード|رمز عبور|رمز ورود|رمز موقت|رمز یکبار مصرف|رمز دوم|گذرواژه|کلمه عبور"
    r"|کلمه المرور|סיסמה|סיסמא)(?: \pL{2,12})? ?[:=] ?([^ \n]{4,})"
)
_DIGITS = re2.compile(r"[0-9](?:[ -]?[0-9]){12,27}")
_IBAN = re2.compile(r"\b[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11,30}")

_ATTACHED = (
    " attached ", " enclosed ", " i attach ", " we attach ", " the attachment ", " see attachment ",
    " anbei ", " im anhang ", " angehängt", " beigefügt", " ci joint", " pièce jointe ", " pj ",
    " adjunto ", " adjunta ", " adjuntamos ", " in allegato ", " allego ", " em anexo ", " bijgevoegd",
    " in de bijlage ", " bifogad", " bifogat", " bifogar", " vedhæftet", " vedlagt", " w załączniku ",
    " w załączeniu ", " во вложении ", " прикреп", " прилага", " 附 件 ", " 添 付 ", " پیوست", " ضمیمه",
    " الصاق", " مرفق", " المرفق", " ارفق", " מצורף", " מצורפת", " מצורפים", " צירפתי", " בקובץ המצורף",
)  # fmt: skip
"""What people write when they mean to attach something; looked up in folded words with a space around each."""

_NOT_ATTACHED = (
    " you attached ", " your attached ", " you enclosed ", " not attached ", " be attached ", " پیوست کنید",
    " پیوست بفرمایید", " پیوست نمایید", " پیوست بفرستید", " پیوست ارسال کنید", " پیوست شما", " پیوستتان",
    " پیوستی شما", " ضمیمه کنید", " ضمیمه بفرمایید", " ضمیمه نمایید", " ضمیمه شما", " ارفق لنا",
    " المرفق الذی ارسلته", " im anhang ihrer ",
)  # fmt: skip
"""... and when they speak of somebody else's attachment."""

SENTENCES: Mapping[str, tuple[str, str]] = {
    "line": ("A line of the notification is still in the text: {}", "سطری از اعلان هنوز در متن است: {}"),
    "marker": ("The marker line of the notification is still in the text.", "خط نشانهٔ اعلان هنوز در متن است."),
    "token": ("A reply address with its token is in the text.", "یک نشانی پاسخ با رمز آن در متن است."),
    "secret": ("This must not leave the desk: {}", "این نوشته نباید به دست کسی بیرون از میز پشتیبانی برسد: {}"),
    "attachment": (
        "The text speaks of an attachment, but there is none.",
        "در متن از پیوست سخن گفته شده، ولی نامه پیوستی ندارد.",
    ),
    "placeholder": ("A placeholder was not filled in: {}", "جای خالی پر نشده است: {}"),
    "card": ("The text seems to hold a payment card number.", "به نظر می‌رسد شمارهٔ کارت بانکی در متن است."),
    "iban": ("The text seems to hold a bank account number (IBAN).", "به نظر می‌رسد شمارهٔ شبا در متن است."),
    "password": ("The text seems to hold a password.", "به نظر می‌رسد رمز عبوری در متن است."),
}
"""Reason -> the sentence, English and Persian."""


def leaks(
    text: str,
    notification: str,
    secrets: Collection[str],
    marker: str,
    allowed: Collection[str] = (),
    language: str = "en",
) -> tuple[str, ...]:
    """Why a trimmed answer must be held because something internal is in it; empty where nothing is.

    ``notification`` is the text that the agent answered: no line of it of 20 characters or more may stand in
    ``text``, however it was wrapped or quoted. ``secrets`` (addresses, tokens, texts of notes) and ``marker`` may
    not either. What stands in ``allowed`` (the customer's own words, the desk's signature) is no leak.
    """
    found: list[str] = []
    runs, free = _runs(text), _runs(*allowed)
    if marker and _holds(runs, words(marker)):
        found.append(_say("marker", language))
    if line := next(_lines_left(notification, runs, free), ""):
        found.append(_say("line", language, line))
    folded = plain(_encodable(text))
    if _TOKEN.search(folded):
        found.append(_say("token", language))
    public = plain("\n".join(allowed))
    found += [
        _say("secret", language, secret.strip())
        for secret in sorted(secrets)
        if _is_told(secret, folded, runs) and not _is_told(secret, public, free)
    ]
    return tuple(found)


def doubts(text: str, has_attachment: bool, language: str) -> tuple[str, ...]:
    """What the author of an answer would want to look at again: a forgotten attachment, gaps, likely secrets.

    Words are looked for in every language; ``language`` is that of the sentences ("fa", else English).
    """
    clean = _encodable(text)
    folded = plain(clean)
    own = "\n".join(line for line in folded.split("\n") if not line.lstrip().startswith(">"))
    found: list[str] = []
    if not has_attachment and _speaks_of_attachment(own):
        found.append(_say("attachment", language))
    if gap := _PLACEHOLDER.search(clean):
        found.append(_say("placeholder", language, gap.group(0).strip()))
    numbers = [match.group(0) for match in _DIGITS.finditer(folded)]
    if any(_is_card(number) for number in numbers):
        found.append(_say("card", language))
    if any(map(_is_iban, _iban_candidates(folded, numbers))):
        found.append(_say("iban", language))
    if any(not match.group(1).startswith("http") for match in _PASSWORD.finditer(folded)):
        found.append(_say("password", language))
    return tuple(found)


def _say(reason: str, language: str, detail: str = "") -> str:
    english, persian = SENTENCES[reason]
    return (persian if language == "fa" else english).format(detail[:_SHOWN])


def _encodable(text: str) -> str:
    """RE2 reads UTF-8: a lone surrogate has none."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _runs(*texts: str) -> frozenset[tuple[str, ...]]:
    """Every run of one, two and three words."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        row = words(text)
        found.update((word,) for word in row)
        found.update(pairwise(row))
        found.update(zip(row, row[1:], row[2:], strict=False))
    return frozenset(found)


def _holds(runs: frozenset[tuple[str, ...]], row: Sequence[str]) -> bool:
    if len(row) < 3:
        return bool(row) and tuple(row) in runs
    return all(run in runs for run in zip(row, row[1:], row[2:], strict=False))


def _lines_left(notification: str, runs: frozenset[tuple[str, ...]], free: frozenset[tuple[str, ...]]) -> Iterator[str]:
    for line in notification.split("\n"):
        row = words(line)
        if sum(map(len, row)) + len(row) - 1 >= LINE_CHARS and _holds(runs, row) and not _holds(free, row):
            yield line.strip()


def _is_told(secret: str, folded: str, runs: frozenset[tuple[str, ...]]) -> bool:
    """An address or a token as it is written; a longer text by any line of it."""
    lines = [line.strip() for line in plain(secret).split("\n") if line.strip()]
    if len(lines) == 1 and " " not in lines[0]:
        return lines[0] in folded
    return any(len(line) >= LINE_CHARS or len(lines) == 1 for line in lines if _holds(runs, words(line)))


def _speaks_of_attachment(folded: str) -> bool:
    said = f" {' '.join(words(folded))} "
    for other in _NOT_ATTACHED:
        said = said.replace(other, " ")
    return any(phrase in said for phrase in _ATTACHED)


def _is_card(number: str) -> bool:
    """13 to 19 digits with a right check digit (ISO/IEC 7812-1, Luhn)."""
    digits = [int(digit) for digit in number if digit.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 2 or digits[0] == 0:
        return False
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _iban_candidates(folded: str, numbers: Sequence[str]) -> Iterator[str]:
    for match in _IBAN.finditer(folded):
        yield match.group(0)
    if "شبا" in folded:
        # Persian writers leave the IR of their 24 digits out.
        yield from (f"ir{number}" for number in numbers)


def _is_iban(written: str) -> bool:
    """A right check number (ISO 13616); words that follow the number are left out one by one."""
    pieces = written.replace("-", " ").split()
    for count in range(len(pieces), 0, -1):
        code = "".join(pieces[:count]).lower()
        if 15 <= len(code) <= 34 and code.isascii() and code.isalnum() and code[:2].isalpha() and code[2:4].isdigit():
            if code.startswith("ir") and len(code) != 26:
                continue
            if int("".join(str(int(char, 36)) for char in code[4:] + code[:4])) % 97 == 1:
                return True
    return False

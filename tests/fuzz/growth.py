"""How the cost of every reader grows: texts made to be evil, the readers, and the two ways to measure.

Counted, by tests/unit/ingest/test_scale.py: lines of Python that run, exact and the same on every machine. Timed, by
`make fuzz`: processor time on long texts, which sees what happens inside C code as well.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from fuzz.targets import KEY, READING
from maildesk.commands.customer import read as read_wish
from maildesk.commands.grammar import read_orders, read_words
from maildesk.commands.rating import rating
from maildesk.commands.thanks import only_thanks
from maildesk.commands.when import read_when
from maildesk.ingest import body, charset, embedded, filename, forward, headers, mime
from maildesk.ingest.absence import back_at
from maildesk.ingest.address import addresses_in, clean_name, normalise, parse_addresses, strict_sender
from maildesk.ingest.auth import read_auth
from maildesk.ingest.language import detect
from maildesk.ingest.match import subject_tag
from maildesk.ingest.parse import parse_mail
from maildesk.ingest.trim import trim
from maildesk.model import tokens
from maildesk.model.errors import PermanentFailure
from maildesk.model.mail import Limits
from maildesk.rules.patterns import Text, regex

MOST = 2.6
"""How much more a text of twice the length may cost."""
NAMED = ("On ", "\n", ">", "(", "=?")
EVIL = (
    *NAMED, "> ", ">\n", "> On x wrote:\n", ">>>> a\n", "On \n", "On x, y wrote:\n", "wrote:\n", "On Mon, 5 Jan 2026 at 10:00 ",
    "در تاریخ ", "نوشت:\n", "Am 5.1.2026 schrieb ", "2026-01-05 ", "12:30 ", "۱۴۰۴/۱۰/۱۳ ", "۱", "From: ", "From: a\n",
    "Von: a\nGesendet: b\n", "Subject: x\n\n", "Betreff", "-----Original Message-----\n", "---------- Forwarded message\n",
    "________________________________\n", "-- \n", "--\n", "-", "_", "*", "*a* ", "Sent from my ", "Best regards,\n", "با احترام\n",
    "=?utf-8?q?", "=?utf-8?b?YQ==?= ", "=?utf-8?q?a", "=?x?q?=41?=", "?=", "=", "=41", "=\n", "%41", "''", "'", '"', '"a" ', "\\", '\\"',
    ")", "(a)", "()", "<", ">x<", "<>", "<a@example.org>", "a@example.org, ", "a@", "@", "@.", ".", ",", ";", ":", ": ;", "a:", "a=b; ", "*0*=a;",
    "[", "]", "[]", "[#1]", "[#", "[a] ", "#", "#a ", "#a\n", "#solved\n", "5 ", "5/5 ", "a", "a ", "A\n", " ", "\t", " \n", "\r", "\r\n", "\n\n",
    "<b>", "<div>", "<p><a>", "</div>", "<table><tr><td>", "<!--", "<blockquote>", "<script>", "<style>", "&", "&amp;", "&#x41;", "<a href=x>",
    "begin 644 a\n", "end\n", "--b\n", "--b--\n", "Content-Type: text/plain\n\n--b\n", "Status: 5.1.1\n", "Final-Recipient: rfc822; a@example.org\n\n",
    "550 5.1.1 <a@example.org> ", "Message-ID: <a@example.org>\n", "\u200f", "می\u200c", "\u202b", "e\u0301", "\u0301", "日", "\U0001f600", "\x1b$B", "+AGE-",
    "\x00", "\ufffd", "http://example.com/a ", "+98 21 1234 5678\n", "Ø³Ù„", "dkim=pass ", "mx.example.com; ",
)  # fmt: skip


def as_body(text: str) -> None:
    parse_mail(b"From: a@example.org\nSubject: x\n\n" + text.encode("utf-8", "replace"), READING)


def as_page(text: str) -> None:
    head = b"From: a@example.org\nContent-Type: text/html; charset=utf-8\n\n"
    parse_mail(head + text.encode("utf-8", "replace"), READING)


def as_report(text: str) -> None:
    head = b"From: mailer-daemon@example.net\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender\n\n"
    parse_mail(head + text.encode("utf-8", "replace"), READING)


def as_headers(text: str) -> None:
    line = text.encode("utf-8", "replace").replace(b"\n", b"\n ")
    names = (
        b"From",
        b"To",
        b"Subject",
        b"References",
        b"Content-Type",
        b"Date",
        b"Received",
        b"Authentication-Results",
    )
    parse_mail(b"".join(name + b": " + line + b"\n" for name in names) + b"\nx\n", READING)


def as_parts(text: str) -> None:
    head = b"From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n"
    parse_mail(head + text.encode("utf-8", "replace"), READING)


def of_bytes(read: Callable[[bytes], Any]) -> Callable[[str], Any]:
    return lambda text: read(text.encode("utf-8", "replace"))


_NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_REGEX = regex("(invoice|فاکتور) *(number)? *[0-9]+")
READERS: dict[str, Callable[[str], Any]] = {
    "body": as_body,
    "page": as_page,
    "report": as_report,
    "headers": as_headers,
    "parts": as_parts,
    "attached": of_bytes(lambda raw: parse_mail(b"Content-Type: message/rfc822\n\n" + raw, READING)),
    "structure": of_bytes(lambda raw: mime.as_message(mime.split(raw, Limits()), 3)),
    "encoded words": headers.decode_words,
    "parameters": of_bytes(headers.value_and_parameters),
    "message ids": lambda text: headers.message_ids(text, 50),
    "message id": headers.message_id,
    "date": headers.date,
    "base64": of_bytes(headers.from_base64),
    "from": lambda text: strict_sender((text,)),
    "addresses": lambda text: parse_addresses(text, 200),
    "addresses in prose": lambda text: list(addresses_in(text)),
    "address": normalise,
    "name": clean_name,
    "authentication": lambda text: read_auth((text,), frozenset()),
    "charset": of_bytes(lambda raw: charset.decode(raw + b"\xe1", "us-ascii")),
    "flowed": lambda text: body.unflowed(text, delete_space=True),
    "html": body.html_to_text,
    "clean html": body.clean_html,
    "uuencode": of_bytes(embedded.uudecoded),
    "file name": filename.safe_filename,
    "reply": trim,
    "reply to ours": lambda text: trim(text, (text[: len(text) // 2],)),
    "agent's reply": lambda text: trim(text, is_agent=True, forwards=True),
    "forward": lambda text: forward.forwarded_mails(mime.split(b"\n", Limits()), "Fwd: x", text, Limits()),
    "language": lambda text: detect(text, text, ""),
    "subject tag": subject_tag,
    "token": lambda text: tokens.read(KEY, text),
    "orders": lambda text: read_orders(text, text[: len(text) // 2], text),
    "words": read_words,
    "wish": read_wish,
    "rating": rating,
    "point in time": lambda text: read_when(text, _NOW, "Asia/Tehran", "fa"),
    "return date": lambda text: back_at(text, _NOW),
    "thanks": only_thanks,
    "rule text": lambda text: Text(text).tokens,
    "rule regex": lambda text: _REGEX.search(Text(text)),
}


def lines_run(read: Callable[[str], Any], text: str) -> int:
    """How many lines of Python reading a text takes; compiling a pattern for the first time does not count."""
    count = 0

    def line(frame: FrameType, event: str, _arg: Any) -> Any:
        nonlocal count
        if event == "call" and "/re/_" in frame.f_code.co_filename:
            return None
        count += event == "line"
        return line

    before = sys.gettrace()
    sys.settrace(line)
    try:
        read(text)
    except PermanentFailure:
        pass
    finally:
        sys.settrace(before)
    return count


def seconds(read: Callable[[str], Any], text: str) -> float:
    """Processor time of reading a text."""
    begin = time.process_time()
    with contextlib.suppress(PermanentFailure):
        read(text)
    return time.process_time() - begin


def filled(atom: str, length: int) -> str:
    return (atom * (length // len(atom) + 1))[:length]


def too_steep(
    cost: Callable[[Callable[[str], Any], str], float],
    atoms: tuple[str, ...],
    length: int,
    least: float,
    tries: int = 1,
) -> Iterator[str]:
    """Readers and texts for which ``2 * length`` characters cost more than ``MOST`` times what ``length`` cost.

    What costs less than ``least`` all in all says nothing about growth. With several ``tries`` the least costs count,
    and one step, as at a cap behind which another way is taken, is no growth: twice as much again must be steep too.
    """
    for name, read in READERS.items():
        for atom in atoms:
            one, two = filled(atom, length), filled(atom, 2 * length)
            single, double = cost(read, one), cost(read, two)
            for _ in range(tries - 1):
                if double > max(least, MOST * single):
                    single, double = min(single, cost(read, one)), min(double, cost(read, two))
            steep = double > max(least, MOST * single)
            if steep and (tries == 1 or cost(read, two + two) > MOST * double):
                yield f"{name} on {atom!r} x {length}: {single:.4g} -> {double:.4g}"

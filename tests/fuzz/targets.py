"""What is fuzzed: one function a target, from bytes to nothing. It raises when the code does what it must never do.

An exception of the code itself is a finding, and so is a broken promise: text that cannot be stored, a reply that is
cut to nothing, a sender with rights whom no reader would see, a command in a customer's subject.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from maildesk.commands.grammar import Orders, bare_subject, late_commands, read_orders, read_words
from maildesk.ingest import body, mime, opening, parse, written
from maildesk.ingest.address import parse_addresses, strict_sender
from maildesk.ingest.auth import read_auth
from maildesk.ingest.bounce import read_bounce
from maildesk.ingest.match import subject_tag
from maildesk.ingest.smime import signed_content
from maildesk.ingest.trim import trim
from maildesk.ingest.wire import from_wire, to_wire
from maildesk.model import tokens
from maildesk.model.desk import Desk, Mailbox
from maildesk.model.errors import ConfigError, PermanentFailure
from maildesk.model.mail import Limits, Reading
from maildesk.model.people import Agent, Department, Group, Role
from maildesk.rules.compile import compile_rules
from maildesk.rules.lint import lint

CORPORA = Path(__file__).parent / "corpora"
KEY = b"a key for tests, never used elsewhere"
READING = Reading(frozenset({"support@example.com"}), frozenset({"mx.example.com"}), KEY)
DESK = Desk(
    name="Example",
    domain="example.com",
    key=KEY,
    mailboxes={"support": Mailbox("support", "support@example.com", group="billing")},
    agents={
        "sara": Agent("sara", "sara@example.com", groups=("billing",)),
        "nima": Agent("nima", "nima@example.com", role=Role.LEAD),
    },
    groups={"billing": Group("billing", lead="nima"), "tech": Group("tech")},
    departments={"finance": Department("finance", "finance@example.com")},
)
SEPARATOR = "\u241e"
"""Parts the fields of an input that stands for several texts."""


def is_clean(text: str) -> bool:
    """Whether a text may stand in one line: no controls, nothing that breaks a line or overrides its direction."""
    return not any(unicodedata.category(ch) in {"Cc", "Cs", "Zl", "Zp"} or ch in "\u202d\u202e" for ch in text)


@contextmanager
def unguarded() -> Iterator[None]:
    """Steps of reading a mail raise what went wrong, instead of leaving a line in its defects."""

    def run(_: Any, __: Any, step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return step(*args, **kwargs)

    guarded, parse._Steps.run = parse._Steps.run, run
    try:
        yield
    finally:
        parse._Steps.run = guarded


def read_mail(data: bytes) -> None:
    try:
        mail = parse.parse_mail(data, READING)
    except PermanentFailure:
        return
    wired = json.dumps(to_wire(mail), ensure_ascii=False)
    wired.encode()
    assert "\\u0000" not in wired, "NUL in a text"
    assert from_wire(json.loads(wired)) == mail, "lost on its way from the child"
    assert bool(mail.reply.strip()) == bool(mail.text.strip()), "a text cut entirely"
    assert "\n" not in mail.subject, "a subject of two lines"
    for part in mail.parts:
        assert hashlib.sha256(body.extract(data, part.path)).hexdigest() == part.sha256, "another part found again"
        assert not set(part.filename) & set("/\\\n"), "a name with a path"
    if mail.html:
        cleaned = body.clean_html(mail.html).lower()
        assert "<script" not in cleaned, "a script in clean HTML"
        assert '<img src="http' not in cleaned, "a picture from elsewhere in clean HTML"


def read_sender(data: bytes) -> None:
    values = tuple(data.decode("utf-8", "replace").split("\n"))
    shown = [address.email for value in values for address in parse_addresses(value, 100)]
    for email in shown:
        assert email.count("@") >= 1, "no address"
        assert is_clean(email), "controls in an address"
        assert not set(email) & set(" <>,;"), "more than an address"
    sender = strict_sender(values)
    if sender:
        assert len(values) == 1, "two From headers"
        assert shown == [sender.email], "somebody else is shown"
        assert is_clean(sender.name), "controls in a name"


def read_tags(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    assert 0 <= subject_tag(text) < 10**12
    claimed = text.strip("<>").partition("@")[0]
    assert not tokens.is_our_message_id(KEY, text) or claimed in KNOWN_ID, "a Message-ID that is not ours"
    found = tokens.read(KEY, text)
    if found:
        assert tokens.mint(KEY, *found) == text.lower(), "two ways to write a token"


KNOWN_ID = tokens.message_id(KEY, "1042|acknowledgement|leila@example.org|1", "example.com")


def read_report(data: bytes) -> None:
    try:
        root = mime.split(data, Limits())
    except PermanentFailure:
        return
    message = mime.as_message(root, 3)
    for text in ("", body.read_body(root, Limits()).text):
        for bounce in read_bounce(message, text).bounces:
            assert is_clean(bounce.recipient), "controls in a recipient"
            assert bounce.action in {"failed", "delayed", "delivered", "relayed", "expanded"}, "an unknown action"
            assert not bounce.status or bounce.status[0] in "245", "an unknown status"
            json.dumps(bounce.diagnostic, ensure_ascii=False).encode()


def read_results(data: bytes) -> None:
    values = tuple(data.decode("utf-8", "replace").split(SEPARATOR))
    assert not read_auth(values, frozenset()).trusted, "trusted without a configured server"
    auth = read_auth(values, READING.authserv_ids)
    assert not auth.trusted or auth.authserv_id == "mx.example.com", "trusted, though somebody else wrote it"


def read_reply(data: bytes) -> None:
    text, *sent = data.decode("utf-8", "replace").split(SEPARATOR)
    for texts in (), tuple(sent):
        for forwards in (False, True):
            trimmed = trim(text, texts, forwards=forwards)
            assert bool(trimmed.reply.strip()) == bool(text.strip()), "a text cut entirely"
            assert set(trimmed.reply.split()) <= set(text.split()) or "wrote:" in text, "words that nobody wrote"
        trim(text, texts, is_agent=True)


PICTURES = {"shot@x": "1.aa@example.com"}


def read_written(data: bytes) -> None:
    """The HTML of an answer beside its text, an opaque signature, and a subject beside the one that is known."""
    signed = signed_content(data)
    assert len(signed) <= len(data), "more than was signed"
    html, text, subject = ([*data.decode("utf-8", "replace").split(SEPARATOR, 2), "", ""])[:3]
    assert not opening._is_other(subject, (subject, text)), "a subject unlike itself"
    opening._is_other(subject, (text, html))
    for said in (text, body.html_to_text(html)):
        found = written.written_html(html, said, PICTURES)
        if found is None:
            continue
        assert found.pictures <= PICTURES.keys(), "a picture that does not come along"
        page, rest = written.everything_in(found.html, attributes=False), iter(written._letters(said))
        assert all(letter in rest for letter in written._letters(page)), "the page says more than the text"
        for node in LexborHTMLParser(found.html).css("*"):
            assert node.tag not in {"script", "style", "iframe", "form", "object", "svg"}, "a tag that is not ours"
            for name, value in node.attributes.items():
                assert not name.startswith("on"), "something that is run"
                assert name != "src" or (value or "").lower().startswith("cid:"), "something that is fetched"
                assert name != "href" or (value or "").lower().startswith(("http:", "https:", "mailto:", "tel:")), (
                    "a strange link"
                )


def read_commands(data: bytes) -> None:
    subject, known, text = ([*data.decode("utf-8", "replace").split(SEPARATOR, 2), "", ""])[:3]
    read_orders(subject, known, text)
    read_words(text)
    late_commands(text)
    bare_subject(subject, known)
    assert read_orders(f"Re: {known}", known, "") == Orders(), "a command from the subject that is answered"


def read_rules(data: bytes) -> None:
    try:
        rules = compile_rules([("10-rules.toml", data.decode("utf-8", "replace"))], DESK)
    except ConfigError:
        return
    lint(rules, DESK)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "parse": read_mail,
    "from": read_sender,
    "tag": read_tags,
    "bounce": read_report,
    "auth": read_results,
    "trim": read_reply,
    "written": read_written,
    "orders": read_commands,
    "rules": read_rules,
}


def seeds(target: str) -> list[bytes]:
    """The committed inputs of a target."""
    return [path.read_bytes() for path in sorted((CORPORA / target).iterdir())]

"""Bytes to ``Mail``. Any bytes give one; only what passes a limit raises, with the limit in its reason.

Steps: take the structure apart (linear, limits kept) · read every header on its own · read texts and attachments ·
ask what kind of mail it is, which bounces it reports, what is newly written. A step that fails on hostile input
leaves its field empty and a line in ``defects``; it never takes the mail down.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from email.message import Message
from typing import ParamSpec, TypeVar

from maildesk.ingest import charset, headers, mime
from maildesk.ingest.address import parse_addresses
from maildesk.ingest.auth import read_auth
from maildesk.ingest.author import Author, read_author
from maildesk.ingest.body import Body, attached_text, charset_hint, read_body
from maildesk.ingest.forward import Forwards, forwarded_mails
from maildesk.ingest.kinds import Verdict, classify
from maildesk.ingest.language import detect
from maildesk.ingest.trim import trim
from maildesk.model.mail import Address, Auth, Kind, Mail, Reading

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")

_IDENTITY = frozenset(
    {"from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references"}
)
"""Headers that the author's program wrote and no server on the way changes; Content-* count as well."""
_DEFECT = 80


class _Steps:
    """Runs steps under a guard and remembers which failed."""

    def __init__(self) -> None:
        self.defects: list[str] = []

    def run(
        self, default: _Found, step: Callable[_Given, _Found], *args: _Given.args, **kwargs: _Given.kwargs
    ) -> _Found:
        try:
            return step(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the named guard for one step: hostile input never takes a mail down
            self.defects.append(f"{step.__name__} failed: {type(error).__name__}")
            return default


def parse_mail(content: bytes, reading: Reading) -> Mail:
    """Read a mail. Raises PermanentFailure where a limit of ``reading.limits`` is passed, and nothing else."""
    limits = reading.limits
    root = mime.split(content, limits)
    steps = _Steps()
    body = steps.run(Body("", "", (), ()), read_body, root, limits)
    head = _Head(root, charset_hint(root), reading, steps)
    message = steps.run(Message(), mime.as_message, root, limits.nested_mails)
    verdict = steps.run(
        Verdict(Kind.HUMAN, ""), classify, message, head.shown, head.subject, body.text, head.return_path, reading
    )
    text = body.text or steps.run("", attached_text, root, limits)
    forwards = steps.run(Forwards(), forwarded_mails, root, head.subject, body.text, limits)
    author = steps.run(Author(doubt="unreadable"), read_author, *head.authors())
    sent_at = headers.date(head.first("date"))
    return Mail(
        message_id=headers.message_id(head.first("message-id")),
        sender=author.sender,
        from_shown=author.shown,
        reply_to=head.addresses("reply-to"),
        to=head.addresses("to"),
        cc=head.addresses("cc"),
        delivered_to=head.delivered_to(),
        return_path=head.return_path,
        subject=head.subject,
        text=text,
        reply=steps.run(text, _newly_written, text),
        html=body.html,
        parts=body.parts,
        references=head.references(),
        in_reply_to=next(iter(headers.message_ids(head.first("in-reply-to"), 1)), ""),
        sent_at=sent_at,
        language=steps.run("", detect, text, head.subject, head.first("content-language")),
        kind=verdict.kind,
        reason=verdict.reason,
        back_at=verdict.back_at,
        bounces=verdict.report.bounces,
        bounced_ids=verdict.report.original_ids,
        forwarded=forwards.mails,
        above=forwards.above,
        auth=steps.run(Auth(), read_auth, head.raw("authentication-results"), reading.authserv_ids),
        headers=head.shown,
        size=len(content),
        fingerprint=fingerprint(root),
        defects=tuple(dict.fromkeys((*_missing(head, author, sent_at, text), *body.defects, *steps.defects))),
    )


def _missing(head: _Head, author: Author, sent_at: datetime | None, text: str) -> Iterator[str]:
    """What a mail ought to say and does not."""
    if not head.shown and not text.strip():
        yield "empty: no header and no text"
    if author.doubt:
        yield f"no single author: {author.doubt}"
    if sent_at is None and (date := head.first("date")):
        yield f"no date: {date[:_DEFECT]}"


def _newly_written(text: str) -> str:
    return trim(text).reply


class _Head:
    """The headers of a mail, each read on its own."""

    def __init__(self, root: mime.Entity, hint: str, reading: Reading, steps: _Steps) -> None:
        self._steps = steps
        self._limits = reading.limits
        self._root, self._hint = root, hint
        self._texts = [(name, steps.run("", headers.text_of, raw, hint)) for name, raw in root.headers]
        self.shown = tuple(
            [(name, steps.run("", headers.decode_words, text) if "=?" in text else text) for name, text in self._texts]
        )
        self._first = dict(reversed(self.shown))
        self.subject = self.first("subject")[: self._limits.subject]
        path = self.first("return-path")
        self.return_path = path.partition("<")[2].partition(">")[0].strip() if "<" in path else path or None

    def raw(self, name: str) -> tuple[str, ...]:
        """The values of a header with encoded-words as they are: what identity is read from."""
        return tuple([text for key, text in self._texts if key == name]) if name in self._first else ()

    def authors(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Address, ...]]:
        """What the author is read from, as ``read_author`` takes it."""
        return self.as_they_came("from"), self.raw("from"), self.addresses("sender")

    def as_they_came(self, name: str) -> tuple[str, ...]:
        """The values of a header with all that cleaning takes out: a hidden character makes an author doubtful."""
        values = (raw for key, raw in self._root.headers if key == name)
        return tuple(self._steps.run("\0", charset.as_it_came, raw, self._hint) for raw in values)

    def first(self, name: str) -> str:
        """The first value of a header, decoded, or ""."""
        return self._first.get(name, "")

    def addresses(self, name: str) -> tuple[Address, ...]:
        """The addresses of all headers of that name, each once."""
        found: dict[str, Address] = {}
        for value in self.raw(name):
            for address in self._steps.run((), parse_addresses, value, self._limits.addresses):
                found.setdefault(address.email, address)
        return tuple(found.values())[: self._limits.addresses]

    def delivered_to(self) -> tuple[str, ...]:
        """Where the mail really went, each address once."""
        names = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
        return tuple(dict.fromkeys(address.email for name in names for address in self.addresses(name)))

    def references(self) -> tuple[str, ...]:
        """References, then In-Reply-To where it says more, oldest first (RFC 5322 section 3.6.4)."""
        return headers.message_ids(
            " ".join((*self.raw("references"), *self.raw("in-reply-to"))), self._limits.references
        )


def fingerprint(root: mime.Entity) -> str:
    """sha256 of what the author sent: identity headers and body, line ends normalised.

    Two copies of a mail that came by different ways have the same one (P3), whatever the servers on the way
    wrote into it. A mail with neither Message-ID nor Date has nothing of its own: all its headers count.
    """
    names = {name for name, _ in root.headers}
    everything = not names & {"message-id", "date"}
    digest = hashlib.sha256()
    for name, value in sorted(root.headers):
        if everything or name in _IDENTITY or name.startswith("content-"):
            digest.update(name.encode() + b":" + b" ".join(value.split()) + b"\n")
    digest.update(b"\n" + root.raw.replace(b"\r\n", b"\n").rstrip())
    return digest.hexdigest()

"""Mail that breaks programs, through the whole line: none of it stops what comes behind it, all of it has an end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz import targets
from line import Line

from maildesk.ingest.child import ParserPool
from maildesk.ingest.worker import Worker
from maildesk.model.mail import MailKey, RawMail

GOOD = "From: good{0}@example.org\nTo: support@example.com\nSubject: good {0}\nMessage-ID: <good{0}@example.org>\n\nPlease help.\n"
HEAD = b"From: evil@example.org\nSubject: evil\n"
TOO_MUCH = (
    HEAD + b"".join(b"X-%d: y\n" % number for number in range(1001)) + b"\nx",
    HEAD + b"X-Big: " + b"y" * 1_100_000 + b"\nX-Next: z\n\nx",
    HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 501,
)
"""Past a limit: set aside, with the limit as reason."""


def nested(levels: int) -> bytes:
    mail = b"Content-Type: text/plain\n\ninnermost"
    for level in range(levels):
        mail = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n%s\n--b%d--\n" % (level, level, mail, level)
    return HEAD + mail


NOTHING = (b"", b"\n", b"\0" * 1000)
"""Mails in which nobody says anything wait for a person as well."""


def evil() -> Iterator[bytes]:
    """Broken on purpose, each in its own way."""
    yield from targets.seeds("parse")
    yield from targets.seeds("bounce")
    yield from (nested(80), *NOTHING, b"\xff\xfe" * 500, HEAD + b"\n" + b"x" * 1_000_000)
    yield HEAD + b"Content-Type: text/html\n\n" + b"<div><b>" * 20_000
    yield HEAD + b"Content-Type: text/plain; charset=utf-7\n\n+2AA-\n"
    yield HEAD + b"References: " + b"\n ".join(b"<r%d@example.org>" % number for number in range(2000)) + b"\n\nx"
    yield HEAD + b"Bcc: =?utf-8?Q?x=0D=0ATo:_victim=40example.net?=\nFrom: =?utf-8?q?a=0A?= <b@example.org>\n\nx"


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    desk = Line(tmp_path)
    with ParserPool(desk.desk.reading) as pool:
        desk._worker = Worker(desk.store, pool, desk.clock)
        yield desk
    desk.close()


def test_no_mail_stops_those_behind_it(line: Line) -> None:
    mails = []
    for number, content in enumerate((*evil(), *TOO_MUCH)):
        mails += [content, GOOD.format(number).encode()]
    raws = [RawMail(MailKey("support", 1, uid), content, line.now) for uid, content in enumerate(mails, 1)]
    receipts = line._worker.work(line.desk, line.store.ledger.take(raws, "1", line.now))
    line._uid = len(raws)
    line.deliver()
    ends = Counter(receipt.outcome.value for receipt in receipts)
    print(f"{len(mails)} mails, half of them poison: {dict(ends)}")
    states = line.store.look.counts()["mails"]
    assert line.to("good0@example.org", "acknowledgement")
    assert sum(1 for ticket in line.tickets() if ticket.subject.startswith("good ")) == len(mails) // 2
    assert ends["quarantined"] == states["quarantined"] == len(TOO_MUCH) + len(NOTHING)
    assert list(line.broken()) == []

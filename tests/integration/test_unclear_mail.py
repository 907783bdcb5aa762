"""Mail that says too little: without an author, without a word, or with too few of them to tell a language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from line import Line, write

from maildesk.cli import main
from maildesk.ingest.case import Outcome

FA = "سلام، فاکتور من اشتباه است. لطفاً آن را بررسی کنید."


@pytest.mark.parametrize(
    "content", [b"", b"\r\n\r\n", b"\n \n", b"Received: from a by b; Sun, 22 Nov 2026 09:00:00 +0000\n\n"]
)
def test_an_empty_mail_waits_for_a_person_and_is_no_ticket(tmp_path: Path, content: bytes) -> None:
    line = Line(tmp_path)
    (receipt,) = line.put(content)
    assert (receipt.outcome, receipt.reason) == (Outcome.QUARANTINED, "empty: no sender, no subject and no text")
    assert line.tickets() == []
    assert list(line.broken()) == []
    line.close()


@pytest.mark.parametrize(
    "author", ["root", "=?utf-8?q?john=40example=2Eorg?=", "john@example.org, eve@example.net", "a@b.test <c@d.test>"]
)
def test_without_a_single_author_nobody_is_answered(tmp_path: Path, author: str) -> None:
    line = Line(tmp_path)
    line.put(f"From: {author}\nTo: support@example.com\nSubject: Help\n\nPlease help me.\n".encode())
    (ticket,) = line.tickets()
    assert ticket.requester == ""
    assert [left.to for left in line.left if not left.to.endswith("@example.com")] == []
    line.close()


@pytest.mark.parametrize("first", ["x", "ok", "Invoice"])
def test_a_word_does_not_decide_in_which_language_somebody_is_answered(tmp_path: Path, first: str) -> None:
    line = Line(tmp_path)
    line.put(write("leila@example.org", first, first), write("leila@example.org", "فاکتور", FA))
    assert [one.language for one in line.tickets()] == ["en", "fa"]
    line.put(write("leila@example.org", "Invoice", "One more thing, please: where is my invoice?"))
    assert line.tickets()[-1].language == "fa", "what they said at length is known of them"
    line.close()


@pytest.mark.parametrize(
    ("content", "author", "defect"),
    [
        (b"", None, "empty: no header and no text"),
        (b"From: a@x.test\nFrom: b@x.test\n\nx", None, "no single author: several From headers"),
        (b"From: =?utf-8?q?a=40x=2Etest?=\n\nx", None, "no single author: its address is in an encoded-word"),
        (b"From: root\n\nx", None, "no single author: an address without a domain"),
        (b"From: a@x.test, b@x.test\n\nx", {"name": "", "email": "a@x.test"}, "no single author: several addresses"),
        (b"From: a@x.test\nDate: soon\n\nx", {"name": "", "email": "a@x.test"}, "no date: soon"),
    ],
)
def test_mail_parse_says_what_is_missing(tmp_path: Path, content: bytes, author: object, defect: str) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(content)
    result = CliRunner().invoke(main, ["mail", "parse", str(file)])
    assert result.exit_code == 0, result.output
    shown = json.loads(result.output)
    assert (shown["from"], defect in shown["defects"]) == (author, True)

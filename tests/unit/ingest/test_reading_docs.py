"""docs/reading.md states the limits and the shape of `maildesk mail parse` as they are."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

from maildesk.commands import grammar
from maildesk.ingest import address, auth, bounce, charset, child, embedded, forward, headers, language, markup, trim
from maildesk.ingest.shown import shown_mail
from maildesk.model.mail import Limits, Reading

PAGE = (Path(__file__).parents[3] / "docs" / "reading.md").read_text("utf-8")
BOUNCE = b"""From: MAILER-DAEMON@example.net
Return-Path: <>
Reply-To: a@example.org
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

no such user
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; nobody@example.org
Action: failed
Status: 5.1.1
--b
Content-Type: image/png

x
--b--
"""


def rows(heading: str) -> list[list[str]]:
    """The cells of the table rows in a section."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if line[:1] == "|"]


def test_the_limits_are_stated() -> None:
    stated = {row[0].strip("` "): int(row[1].split()[0]) for row in rows("Limits") if row[0].strip(" ").startswith("`")}
    assert stated == asdict(Limits())


def test_the_caps_of_the_readers_are_stated() -> None:
    caps = (
        (markup.LIMIT, markup._NESTED), (charset._SAMPLE,), (trim.MAX_CHARS, trim.MAX_LINES), (forward._CHARS, forward._LINES),
        (bounce._TEXT, bounce._LINES, bounce._RECIPIENTS), (auth._LENGTH, auth._RESULTS), (address._STRICT_LENGTH,),
        (headers._PARAMETERS,), (embedded._FILES,), (language._LENGTH,), (grammar._MOST, grammar._LONGEST_ORDER),
    )  # fmt: skip
    stated = {int(number) for row in rows("Limits") for number in re.findall(r"\d+", row[-1])}
    assert {cap for group in caps for cap in group} <= stated
    assert f"{child.MEMORY // 1024**3} GB of memory and {child.CPU_SECONDS} seconds" in PAGE


def test_the_shape_of_mail_parse_is_stated() -> None:
    made = shown_mail("x", BOUNCE, Reading())
    table = rows("`maildesk mail parse`")[2:]
    stated = {key: row[1] for row in table for key in re.findall(r"`(\w+)`", row[0])}
    assert list(stated) == list(made)
    for key, value in made.items():
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict):
            missing = [name for name in inner if f"`{name}`" not in stated[key]]
            assert not missing, f"{key} has {missing} as well"
    assert made["bounce"]
    assert made["attachments"]

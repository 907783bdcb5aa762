"""How well replies are trimmed, measured on a folder of mails with stated answers (``expected.jsonl``).

Each line of the file names a ``file``, its ``kind`` ("body" is plain text, "html" an HTML part) and what is known of
the reply: ``reply_text`` (``reply_text_alt`` is as good), ``reply_contains``, ``reply_not_contains``,
``reply_html_nows`` (HTML; compared without tags and white space) and ``signature``.
"""

from __future__ import annotations

import difflib
import html
import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from maildesk.ingest.trim import Trimmed, trim


@dataclass(slots=True)
class Row:
    """One measured quality: how often something was stated, how often we agree, and where not."""

    name: str
    stated: int = 0
    matched: float = 0
    misses: list[str] = field(default_factory=list)

    @property
    def percent(self) -> float:
        return 100.0 * self.matched / self.stated if self.stated else 100.0

    def count(self, matched: float, where: str) -> None:
        self.stated += 1
        self.matched += matched
        if matched < 1:
            self.misses.append(where)

    def __str__(self) -> str:
        return f"{self.name:28} {self.matched:7.1f} of {self.stated:4} {self.percent:6.1f} %"


def squeeze(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


def bare(text: str) -> str:
    """Text without white space and quote marks, for comparing what is said."""
    return "".join(text.replace("\u00a0", " ").replace(">", "").split())


def bare_markup(markup: str) -> str:
    return bare(html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"(?is)<(style|head|title)\b.*?</\1>", "", markup))))


def measure_replies(folder: Path) -> list[Row]:
    """Trim every stated reply of a folder; rows for text, HTML, checks and signatures."""
    rows = {
        name: Row(name)
        for name in ("reply exact", "reply similarity", "contains", "html exact", "html bare", "signature")
    }
    for line in (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["kind"] in {"body", "html"}:
            measure_case(case, _trimmed(folder / case["file"], case), rows)
    return [row for row in rows.values() if row.stated]


def _trimmed(path: Path, case: dict[str, str]) -> Trimmed:
    text = path.read_text(encoding="utf-8", errors="replace")
    if case["kind"] == "html":
        from maildesk.ingest.body import html_to_text

        text = html_to_text(text)
    return trim(text, case.get("sent", ()))


def measure_case(case: dict, trimmed: Trimmed, rows: dict[str, Row]) -> None:
    where, reply = case["file"], trimmed.reply
    if "reply_text" in case:
        wanted = [squeeze(case[key]) for key in ("reply_text", "reply_text_alt") if key in case]
        exact = squeeze(reply) in wanted
        rows["html exact" if case["kind"] == "html" else "reply exact"].count(exact, where)
        likeness = max(difflib.SequenceMatcher(None, squeeze(reply), text, autojunk=False).ratio() for text in wanted)
        rows["reply similarity"].count(likeness, where)
    for text in case.get("reply_contains", ()):
        rows["contains"].count(squeeze(text) in squeeze(reply), f"{where}: lacks {text!r}")
    for text in case.get("reply_not_contains", ()):
        rows["contains"].count(squeeze(text) not in squeeze(reply), f"{where}: has {text!r}")
    if "reply_html_nows" in case:
        rows["html bare"].count(bare(reply) == bare_markup(case["reply_html_nows"]), where)
    if case.get("signature"):
        rows["signature"].count(squeeze(trimmed.signature) == squeeze(case["signature"].replace("#sig#", "")), where)


if __name__ == "__main__":
    for row in measure_replies(Path(sys.argv[1])):
        print(row)
        if "-v" in sys.argv:
            print("".join(f"    {miss}\n" for miss in row.misses), end="")

"""Read the shared corpus and print what was understood: ``.venv/bin/python tests/corpus/measure.py [FIELD...]``.

One table a section: of all that is stated, and without what differs by mere convention; below it the conventions by
reason, with their files when `conventions` is named; then the mismatches of the named figures (or of "all"). A section
is a function from the folder to a table; `kinds.py` and `replies.py` beside this file measure theirs.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from maildesk.ingest.parse import parse_mail
from maildesk.model.errors import PermanentFailure
from maildesk.model.mail import Mail, Reading

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script, `tests` is not on the path

from corpus import kinds, replies

HERE = Path(__file__).resolve().parent
SLOW_SECONDS = 1.0

_REASONS: dict[str, dict[str, tuple[str, ...]]] = {
    "bytes without a usable charset are decoded here; the statement has replacement characters or lost them": {
        "subject": (
            "imap_tools/error_emails_invalid_subject_characters.eml", "stalwart/legacy_010.eml", "stalwart/legacy_020.eml",
            "stalwart/legacy_022.eml", "stalwart/legacy_027.eml", "stalwart/legacy_052.eml",
        ),
        "from_name": ("imap_tools/error_emails_must_supply_encoding.eml",),
        "body_text": (
            "imap_tools/error_emails_content_transfer_encoding_7-bit.eml", "imap_tools/plain_emails_raw_email6.eml",
            "imap_tools/error_emails_content_transfer_encoding_plain.eml", "stalwart/legacy_033.eml", "stalwart/legacy_052.eml",
            "stalwart/thirdparty_002.eml",
        ),
        "body_html": (
            "imap_tools/error_emails_content_transfer_encoding_7-bit.eml",
            "imap_tools/error_emails_content_transfer_encoding_empty.eml",
        ),
        "attachment names": (
            "imap_tools/attachment_emails_attachment_with_encoded_name.eml", "imap_tools/plain_emails_raw_email8.eml",
            "stalwart/legacy_016.eml", "stalwart/legacy_023.eml", "stalwart/legacy_026.eml",
        ),
    },
    "an attached mail is an attachment: its text and its attachments are not this mail's": {
        "body_text": (
            "imap_tools/attachment_2_base64.eml", "imap_tools/attachment_8bit.eml",
            "imap_tools/attachment_emails_attachment_message_rfc822.eml",
            "imap_tools/mime_emails_raw_email_with_mimepart_without_content_type.eml",
            "imap_tools/multipart_report_emails_multi_address_bounce1.eml",
            "imap_tools/multipart_report_emails_multi_address_bounce2.eml",
            "imap_tools/multipart_report_emails_multipart_report_multiple_status.eml",
        ),
        "body_html": (
            "imap_tools/attachment_7bit.eml", "imap_tools/attachment_8bit.eml", "imap_tools/forwarded_message.eml",
            "imap_tools/multipart_report_emails_multipart_report_multiple_status.eml",
        ),
        "attachment count": ("imap_tools/attachment_emails_attachment_message_rfc822.eml", "stalwart/malformed_012.eml"),
        "attachment names": ("imap_tools/attachment_emails_attachment_message_rfc822.eml",),
    },
    "a mail that is nothing but an attached mail shows that one's text, below the lines that announce it": {
        "body_text": ("imap_tools/attachment_7bit.eml", "imap_tools/forwarded_message.eml"),
    },
    "the statement counts only parts that say Content-Disposition; here every part that is not read as text counts": {
        "attachment count": (
            "imap_tools/error_emails_missing_content_disposition.eml", "imap_tools/text_with_content_id.eml",
        ),
    },
    "the statement holds the first text part only; here all of them are read, one after the other": {
        "body_text": (
            "stalwart/malformed_008.eml", "stalwart/malformed_009.eml", "stalwart/malformed_011.eml", "stalwart/rfc_000.eml",
            "stalwart/thirdparty_000.eml", "stalwart/thirdparty_001.eml", "stalwart/thirdparty_008.eml",
        ),
        "attachment count": (
            "stalwart/malformed_002.eml", "stalwart/malformed_003.eml", "stalwart/malformed_004.eml", "stalwart/malformed_006.eml",
            "stalwart/malformed_008.eml", "stalwart/malformed_009.eml", "stalwart/malformed_011.eml", "stalwart/malformed_016.eml",
            "stalwart/rfc_000.eml", "stalwart/rfc_003.eml", "stalwart/thirdparty_002.eml", "stalwart/thirdparty_008.eml",
            "stalwart/thirdparty_012.eml",
        ),
    },
    "structure that is broken on purpose; several readings are right, ours keeps the text": {
        "body_text": (
            "stalwart/malformed_001.eml", "stalwart/malformed_005.eml", "stalwart/malformed_007.eml", "stalwart/malformed_016.eml",
            "stalwart/malformed_019.eml", "stalwart/malformed_020.eml", "stalwart/malformed_021.eml", "stalwart/thirdparty_005.eml",
            "imap_tools/rfc2822_example13.eml", "imap_tools/plain_emails_raw_email_incorrect_header.eml",
        ),
        "body_html": ("stalwart/malformed_019.eml",),
        "subject": ("imap_tools/plain_emails_raw_email_incorrect_header.eml",),
        "to": ("imap_tools/plain_emails_raw_email_incorrect_header.eml",),
        "attachment count": ("stalwart/malformed_001.eml", "stalwart/malformed_007.eml", "stalwart/thirdparty_015.eml"),
        "attachment names": ("stalwart/thirdparty_015.eml",),
    },
    "uuencoded files are taken out of the text": {
        "body_text": ("stalwart/legacy_049.eml",),
        "attachment count": ("stalwart/legacy_049.eml",),
    },
    "paths are cut off attachment names (A35)": {
        "attachment names": ("stalwart/legacy_035.eml", "stalwart/legacy_039.eml", "stalwart/rfc_001.eml"),
    },
    "a name that only repeats the address is no name (A10)": {
        "from_name": (
            "imap_tools/error_emails_content_transfer_encoding_with_8bits.eml", "imap_tools/mime_emails_raw_email11.eml",
        ),
    },
    "what has no domain is no address that could be answered": {
        "from_name": ("stalwart/rfc_001.eml",),
        "to": ("imap_tools/error_emails_missing_body.eml", "imap_tools/mime_emails_raw_email11.eml"),
    },
    "the statement takes words in front of the address for a part of it": {
        "from_addr": ("imap_tools/plain_emails_mix_caps_content_type.eml",),
        "to": ("imap_tools/attachment_7bit.eml", "imap_tools/forwarded_message.eml",
               "imap_tools/plain_emails_raw_email_with_at_display_name.eml"),
    },
    "domains are written as A-labels (RFC 5890), each address once": {
        "from_addr": ("imap_tools/rfc6532_utf8_headers.eml",),
        "to": ("imap_tools/rfc6532_utf8_headers.eml", "imap_tools/attachment_emails_attachment_pdf.eml",
               "imap_tools/attachment_emails_attachment_pdf_lf.eml"),
    },
    "white space between text and an encoded-word belongs to the subject (RFC 2047 section 6.2)": {
        "subject": ("imap_tools/rfc2822_example14.eml",),
    },
}  # fmt: skip
CONVENTIONS = {
    (file, figure): reason
    for reason, figures in _REASONS.items()
    for figure, files in figures.items()
    for file in files
}
"""(file, figure) -> why a difference there is no fault of ours; the second column leaves such a case out."""


class Section(NamedTuple):
    """(figure, stated, matched, convention) lines, what was wrong, what differs by mere convention."""

    table: list[tuple[str, int, float, int]]
    wrong: list[str]
    conventions: Mapping[str, list[str]] = MappingProxyType({})
    """Reason -> the cases, as "figure: file"."""


@dataclass
class Score:
    """Right and all that is stated, per figure; the mails that were wrong; those that differ by mere convention."""

    right: Counter[str] = field(default_factory=Counter)
    all: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    excused: Counter[str] = field(default_factory=Counter)
    conventions: dict[str, list[str]] = field(default_factory=dict)

    def count(self, figure: str, file: str, wanted: Any, found: Any, *, equal: bool) -> None:
        """Count one case; a difference that is mere convention is listed by its reason."""
        self.all[figure] += 1
        self.right[figure] += equal
        reason = CONVENTIONS.get((file, figure))
        if not equal and reason:
            self.excused[figure] += 1
            self.conventions.setdefault(reason, []).append(f"{figure}: {file}")
        elif not equal:
            self.wrong.append(f"{figure}: {file}\n    wanted {_short(wanted)}\n    found  {_short(found)}")

    def stated(self, figure: str) -> float:
        """The share of all that is stated which is right, 0 to 1."""
        return share(self.right[figure], self.all[figure])

    def rate(self, figure: str) -> float:
        """The share that is right without what differs by mere convention, 0 to 1."""
        return share(self.right[figure], self.all[figure] - self.excused[figure])


def share(right: float, stated: int) -> float:
    return right / stated if stated else 1.0


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 400 else text[:200] + " ... " + text[-180:]


def corpus_folder() -> Path | None:
    """Where the corpus lies: MAILDESK_CORPUS, or ``../shared/corpus`` beside the repository; None when missing."""
    folder = Path(os.environ.get("MAILDESK_CORPUS") or HERE.parents[2] / "shared" / "corpus")
    return folder if (folder / "expected.jsonl").is_file() else None


def records(folder: Path) -> list[dict[str, Any]]:
    """The stated facts, one record a file."""
    lines = (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def squeezed(text: str) -> str:
    """Text as it is compared: white space does not count, nor the charset that a page claims after decoding."""
    return " ".join(re.sub(r"(?i)charset=[\w-]+", "charset", text).replace("\u00a0", " ").split())


def measure(folder: Path, parse: Callable[[bytes, Reading], Mail]) -> Score:
    """Headers, texts and attachments of whole mails."""
    score = Score()
    for record in records(folder):
        if record["kind"] != "message":
            continue
        file = record["file"]
        begin = time.process_time()
        try:
            mail = parse((folder / file).read_bytes(), Reading())
        except PermanentFailure as failure:
            score.count("no exception", file, "a mail", str(failure), equal=False)
            continue
        spent = time.process_time() - begin
        failed = [defect for defect in mail.defects if re.fullmatch(r"\w+ failed: \w+", defect)]
        score.count("no exception", file, "no failed step", failed, equal=not failed)
        score.count("under a second", file, f"< {SLOW_SECONDS} s", spent, equal=spent < SLOW_SECONDS)
        _compare(record, mail, score)
    return score


def _compare(record: dict[str, Any], mail: Mail, score: Score) -> None:
    file, shown = record["file"], mail.from_shown
    if record.get("from_addr") is not None:
        found = shown.email if shown else ""
        score.count("from_addr", file, record["from_addr"], found, equal=found == record["from_addr"].lower())
    if record.get("from_name") is not None:
        found = shown.name if shown else ""
        score.count(
            "from_name", file, record["from_name"], found, equal=squeezed(found) == squeezed(record["from_name"])
        )
    if record.get("subject") is not None:
        score.count(
            "subject",
            file,
            record["subject"],
            mail.subject,
            equal=squeezed(mail.subject) == squeezed(record["subject"]),
        )
    for name, addresses in (("to", mail.to), ("cc", mail.cc)):
        if name in record:
            found = [address.email for address in addresses]
            score.count(name, file, record[name], found, equal=found == [item.lower() for item in record[name]])
    if record.get("body_text") or ("body_text" in record and not record.get("body_html")):
        score.count(
            "body_text",
            file,
            record["body_text"],
            mail.text,
            equal=squeezed(mail.text) == squeezed(record["body_text"]),
        )
    if record.get("body_html"):
        score.count(
            "body_html",
            file,
            record["body_html"],
            mail.html,
            equal=squeezed(mail.html) == squeezed(record["body_html"]),
        )
    if "attachments" in record:
        _compare_attachments(record, mail, score)


def _compare_attachments(record: dict[str, Any], mail: Mail, score: Score) -> None:
    file, wanted = record["file"], record["attachments"]
    names = sorted(item["name"] for item in wanted if item.get("name"))
    found = sorted(part.filename for part in mail.parts if part.filename)
    score.count("attachment count", file, wanted, mail.parts, equal=len(wanted) == len(mail.parts))
    if names:
        score.count("attachment names", file, names, found, equal=names == found)


def parsing_section(folder: Path) -> Section:
    score = measure(folder, parse_mail)
    table = [(figure, score.all[figure], float(score.right[figure]), score.excused[figure]) for figure in score.all]
    return Section(table, score.wrong, score.conventions)


def kinds_section(folder: Path) -> Section:
    score = kinds.measure(folder, parse_mail)
    return Section([(figure, score.all[figure], float(score.right[figure]), 0) for figure in score.all], score.wrong)


def replies_section(folder: Path) -> Section:
    rows = replies.measure_replies(folder)
    return Section(
        [(row.name, row.stated, row.matched, 0) for row in rows],
        [f"{row.name}: {miss}" for row in rows for miss in row.misses],
    )


SECTIONS = {"parsing": parsing_section, "kinds": kinds_section, "replies": replies_section}


def show(title: str, section: Section, wanted: list[str]) -> None:
    print(f"\n{title:<28}{'matched':>9} {'of all that is stated':>24} {'without convention':>24}")
    for figure, stated, matched, excused in section.table:
        print(f"  {figure:<26}{matched:>9.1f} {_percent(matched, stated)} {_percent(matched, stated - excused)}")
    for reason, cases in section.conventions.items():
        print(f"  convention, {len(cases):>2}: {reason}")
        for case in cases if "conventions" in wanted else ():
            print(f"      {case}")
    for line in section.wrong:
        if "all" in wanted or line.partition(":")[0] in wanted:
            print(f"  {line}")


def _percent(matched: float, stated: int) -> str:
    return f"{stated:>15}{100 * share(matched, stated):>8.1f}%"


def main(arguments: list[str]) -> int:
    folder = corpus_folder()
    if folder is None:
        print("no corpus here: set MAILDESK_CORPUS to the folder that holds expected.jsonl")
        return 1
    for title, section in SECTIONS.items():
        show(title, section(folder), arguments)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

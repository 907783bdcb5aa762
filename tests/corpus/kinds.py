"""How well bounces and automatic mail are recognised on a folder of real mail with an ``expected.jsonl``.

Each line of that file names a file and, where known, ``is_bounce``, ``is_auto``, ``is_vacation``,
``is_feedback_loop`` and ``bounces`` (recipient, status, action, hard). Called by ``measure.py``; run alone it
prints one line a figure and, with ``-v``, every mail that is wrong.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from maildesk.model.mail import Kind, Mail, Reading


@dataclass
class Score:
    """Right and all, per figure, and the mails that were wrong."""

    right: Counter = field(default_factory=Counter)
    all: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def count(self, figure: str, file: str, ok: bool, detail: object = "") -> None:
        self.all[figure] += 1
        self.right[figure] += ok
        if not ok:
            self.wrong.append(f"{figure}: {file} {detail}")

    def rate(self, figure: str) -> float:
        return self.right[figure] / self.all[figure] if self.all[figure] else 1.0


def measure(folder: Path, parse: Callable[[bytes, Reading], Mail]) -> Score:
    """Judge every labelled mail of a folder."""
    score = Score()
    for line in (folder / "expected.jsonl").read_text("utf-8").splitlines():
        wanted = json.loads(line)
        if wanted.get("kind") != "message":
            continue
        labelled = wanted.keys() & {"is_bounce", "is_auto", "is_feedback_loop"}
        if labelled:
            judge(score, wanted, parse((folder / wanted["file"]).read_bytes(), Reading()))
    return score


def judge(score: Score, wanted: dict, mail: Mail) -> None:
    file = wanted["file"]
    if wanted.get("is_bounce") is False:
        score.count("not bounce", file, mail.kind is not Kind.BOUNCE, (mail.kind, mail.reason))
    if wanted.get("is_auto"):
        score.count("auto", file, mail.kind is Kind.AUTO_REPLY, (mail.kind, mail.reason))
    if wanted.get("is_feedback_loop"):
        score.count("report", file, mail.kind is Kind.REPORT, (mail.kind, mail.reason))
    if wanted.get("is_bounce"):
        score.count("bounce", file, mail.kind is Kind.BOUNCE, (mail.kind, mail.reason))
        judge_recipients(score, file, wanted.get("bounces") or [], mail)


def judge_recipients(score: Score, file: str, expected: list[dict], mail: Mail) -> None:
    found = {bounce.recipient: bounce for bounce in mail.bounces}
    named = {row["recipient"].lower() for row in expected if row.get("recipient")}
    if named:
        score.count("recipients", file, named == set(found), (sorted(named), sorted(found)))
    for number, row in enumerate(expected):
        bounce = found.get((row.get("recipient") or "").lower())
        if bounce is None and len(expected) == len(mail.bounces):
            bounce = mail.bounces[number]
        if row.get("status"):
            status = bounce.status if bounce else ""
            score.count(
                "status class", file, status[:1] == row["status"][:1], (row["status"], row.get("reason"), bounce)
            )
        if row.get("action") and bounce:
            score.count("action", file, bounce.action == row["action"], (row["action"], bounce))
        if row.get("hard") is not None and bounce:
            score.count("hard", file, bounce.hard == row["hard"], (row["hard"], row.get("reason"), bounce))


def main() -> None:
    from maildesk.ingest.parse import parse_mail

    score = measure(Path(sys.argv[1]), parse_mail)
    for figure in sorted(score.all):
        print(f"{figure:14} {score.right[figure]:4} of {score.all[figure]:4}  {100 * score.rate(figure):6.2f} %")
    if "-v" in sys.argv:
        print("\n".join(score.wrong))


if __name__ == "__main__":
    main()

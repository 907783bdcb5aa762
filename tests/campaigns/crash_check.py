"""What must hold after every crash, read from the outside: the mailbox, the sink, and the store's tables.

The numbers are those of the promises: O1 no mail is lost, O2 one article a mail, O3 nothing automatic twice, O4 every
answer at least once and byte for byte the same, P2 the store has a mail before the mailbox changes.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from campaigns.crash_desk import parsed
from campaigns.sink import Sunk

from maildesk.model.ticket import fold
from maildesk.store.store import Store

ENDED = {"done", "ignored", "duplicate", "quarantined"}


@dataclass
class Verdict:
    """What was found after one crash, or added up over many."""

    violations: list[str] = field(default_factory=list)
    doubled_answers: int = 0
    unknown: int = 0
    unknown_delivered: int = 0
    quarantined: int = 0
    """After three attempts during which the daemon was killed."""

    def __iadd__(self, other: Verdict) -> Self:
        self.violations += other.violations
        self.doubled_answers += other.doubled_answers
        self.unknown += other.unknown
        self.unknown_delivered += other.unknown_delivered
        self.quarantined += other.quarantined
        return self


def _sha(content: bytes) -> str:
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def lost(injected: Iterable[bytes], lying: Iterable[bytes], url: str) -> list[str]:
    """O1 and P2 at the instant of a crash: what is neither in the mailbox nor, whole, in the store."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(_untouched(url, Path(folder)))
        kept = {_sha(store.look.raw(row["id"]) or b"") for row in store.look.mails(limit=100_000)}
        store.close()
    found = kept | {_sha(content) for content in lying}
    return [f"O1 lost: {parsed(content)['Message-ID']}" for content in injected if _sha(content) not in found]


def _untouched(url: str, folder: Path) -> str:
    """A copy of an SQLite store with its journal: whoever opens it first mends it, and that is the daemon's part."""
    if not url.startswith("sqlite"):
        return url
    database = Path(url.removeprefix("sqlite:///"))
    for file in database.parent.glob(database.name + "*"):
        shutil.copy(file, folder)
    return f"sqlite:///{folder / database.name}"


def check(url: str, injected: list[bytes], lying: list[bytes], sunk: list[Sunk], answers: Iterable[str]) -> Verdict:
    """Everything, after the desk came to rest. ``answers`` are words that each agent's answer holds."""
    verdict = Verdict(lost(injected, lying, url))
    store = Store(url)
    try:
        aside = {
            _sha(content): content
            for row in store.look.mails(state="quarantined")
            if (content := store.look.raw(row["id"]))
        }
        verdict.quarantined = len(aside)
        if aside and not any(row["template"] == "quarantine_alert" for row in store.look.outbox(limit=100_000)):
            verdict.violations.append("O1 in quarantine, and nobody was told")
        verdict.violations += _articles(store, [content for content in injected if _sha(content) not in aside])
        _mails(store, sunk, verdict)
    finally:
        store.close()
    for words in answers:
        if any(words.encode() in content for content in aside.values()):
            continue
        copies = [one for one in sunk if words.encode() in one.content and _notice(one) in {"answer", "None"}]
        copies = [one for one in copies if not one.recipient.endswith("@example.com")]
        if not copies:
            verdict.violations.append(f"O4 answer lost: {words!r}")
        verdict.doubled_answers += max(0, len(copies) - 1)
    return verdict


def _notice(one: Sunk) -> str:
    return str(parsed(one.content)["X-Maildesk-Notice"])


def _articles(store: Store, injected: list[bytes]) -> list[str]:
    problems = [
        f"mail {row['id']} is still {row['state']}"
        for row in store.look.mails(limit=100_000)
        if row["state"] not in ENDED
    ]
    entries: Counter[str] = Counter()
    for ticket in store.look.tickets(limit=100_000):
        history = store.look.entries(ticket.number)
        entries.update(one.message_id for one in history if one.message_id and one.mail)
        if fold(history) != ticket:
            problems.append(f"the history of {ticket.number} does not add up")
    for message_id in {str(parsed(content)["Message-ID"]) for content in injected}:
        if entries[message_id] != 1:
            problems.append(f"O2 {entries[message_id]} articles of {message_id}")
    return problems


def _mails(store: Store, sunk: list[Sunk], verdict: Verdict) -> None:
    copies: dict[tuple[str, str], list[bytes]] = {}
    for one in sunk:
        copies.setdefault((str(parsed(one.content)["Message-ID"]), one.recipient), []).append(one.content)
    for (message_id, _), contents in copies.items():
        if len(set(contents)) != 1:
            verdict.violations.append(f"O4 copies of {message_id} differ")
    # What a customer sees, without asking the store: one acknowledgement a ticket.
    for key, count in Counter(
        (one.recipient, _notice(one), parsed(one.content)["Subject"])
        for one in sunk
        if _notice(one) in {"acknowledgement", "survey"}
    ).items():
        if count > 1:
            verdict.violations.append(f"O3 {count} times {key}")
    for row in store.look.outbox(limit=100_000):
        count = len(copies.get((row["message_id"], row["recipient"]), ()))
        verdict.violations += _fate(row, count)
        if row["state"] == "unknown":
            verdict.unknown += 1
            verdict.unknown_delivered += count


def _fate(row, count: int) -> list[str]:
    name = f"{row['mail_class']} {row['template']} to {row['recipient']} ({row['state']})"
    if row["mail_class"] == "automatic" and count > 1:
        return [f"O3 {name}: {count} copies"]
    if row["state"] == "sent" and count < 1:
        return [f"O4 {name}: nothing came"]
    if row["state"] in {"queued", "attempting", "held", "failed", "cancelled"}:
        return [f"O4 {name}: it waits for ever"]
    return []

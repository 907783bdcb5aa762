"""Real mail through the whole line: every complete message of the corpus in a real Dovecot, and what became of it.

    real_mail.py [--corpus FOLDER]

The law (P24): what lay in the mailbox = new + appended + duplicate + ignored + quarantined. Then the same mailbox
again, and again after its UIDVALIDITY changed: nothing new. And a mailbox with 1,000 old mails and start = "now":
no ticket, no mail out. Exits 2 when there is no corpus, 1 when anything is off.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from servers.certificates import Authority
from servers.dovecot import PASSWORD, Dovecot
from servers.smtp import SmtpServer

from maildesk.store.store import Store

HERE = Path(__file__).parents[2]
CONFIG = """
[desk]
name = "Example"
domain = "example.com"

[[mailbox]]
name = "support"
address = "support@example.com"
start = "{start}"

  [mailbox.imap]
  host = "127.0.0.1"
  port = {imap}
  user = "{user}"
  password = "{password}"
  tls = "off"

  [mailbox.smtp]
  host = "127.0.0.1"
  port = {smtp}
  user = "-"
  tls = "off"

[[agent]]
name = "omid"
email = "omid@example.com"
"""


def main() -> int:
    """Run it and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=os.environ.get("MAILDESK_CORPUS", HERE.parent / "shared/corpus"))
    corpus = parser.parse_args().corpus
    if not (corpus / "expected.jsonl").exists():
        print(f"there is no corpus at {corpus}: give one with --corpus or MAILDESK_CORPUS")
        return 2
    with tempfile.TemporaryDirectory(prefix="maildesk-real-") as folder:
        (Path(folder) / "authority").mkdir()
        authority = Authority(Path(folder) / "authority")
        dovecot, sink = Dovecot(authority.certificate("good")), SmtpServer()
        try:
            return max(imported(Path(folder), dovecot, sink, corpus), untouched(Path(folder), dovecot, sink))
        finally:
            sink.stop()
            dovecot.stop()


def imported(folder: Path, dovecot: Dovecot, sink: SmtpServer, corpus: Path) -> int:
    """Start = "import": every mail comes to an end that is named, three times over."""
    mails = messages(corpus)
    user = dovecot.user()
    dovecot.append(user, *mails)
    config = desk(folder / "import", "import", user, dovecot, sink)
    wrong = 0
    for what in ("first run", "second run", "after a UIDVALIDITY change"):
        if what.startswith("after"):
            dovecot.bump_uidvalidity(user)
        begun = time.monotonic()
        code, log = run_once(config)
        counts, lines = states(config), outcomes(log)
        seconds = time.monotonic() - begun
        print(f"{what}: {len(mails)} mails in the mailbox, exit {code}, {seconds:.1f} s")
        print(f"  handled now: {dict(lines)}")
        print(
            f"  in the store: {counts['mails']}, tickets {sum(counts['tickets'].values())}, outbox {counts['outbox']}"
        )
        expected = len(mails) if what == "first run" else 0 if what == "second run" else len(mails)
        wrong |= code != 0 or sum(lines.values()) != expected or "traceback" in log
        wrong |= what.startswith("after") and set(lines) - {"duplicate", "quarantined", "ignored"} != set()
        wrong |= bool(sink.mails)
        if what == "first run":
            tickets = sum(counts["tickets"].values())
        wrong |= sum(counts["tickets"].values()) != tickets
        if "traceback" in log:
            print("\n".join(line for line in log.splitlines() if "traceback" in line)[:4000])
    print(f"  mails that left: {len(sink.mails)}")
    return int(wrong)


def untouched(folder: Path, dovecot: Dovecot, sink: SmtpServer) -> int:
    """Start = "now" on 1,000 old mails: no ticket, no mail out, no flag."""
    user = dovecot.user()
    old = (f"From: a{n}@example.org\nTo: support@example.com\nSubject: {n}\n\nOld.\n".encode() for n in range(1000))
    dovecot.append(user, *old)
    config = desk(folder / "now", "now", user, dovecot, sink)
    code, log = run_once(config)
    counts = states(config)
    seen = sum(bool(flags) for flags in dovecot.flags(user).values())
    print(
        f'start = "now": 1000 old mails, exit {code}, tickets {counts["tickets"]}, outbox {counts["outbox"]}, marked {seen}'
    )
    return int(code != 0 or bool(counts["tickets"]) or bool(counts["outbox"]) or seen > 0 or "traceback" in log)


def messages(corpus: Path) -> list[bytes]:
    """Every complete message; an IMAP server stores none of zero bytes, so those are left out and said."""
    rows = (json.loads(line) for line in (corpus / "expected.jsonl").read_text("utf-8").splitlines())
    found = [(corpus / row["file"]).read_bytes() for row in rows if row["kind"] == "message"]
    print(f"{len(found)} messages in the corpus, {sum(not one for one in found)} of zero bytes left out")
    return [one for one in found if one]


def desk(folder: Path, start: str, user: str, dovecot: Dovecot, sink: SmtpServer) -> Path:
    """A desk's folder."""
    (folder / "state").mkdir(parents=True)
    shutil.copytree(HERE / "maildesk" / "rules" / "default", folder / "rules")
    key = folder / "state" / "desk.key"
    key.touch(0o600)
    key.write_bytes(secrets.token_bytes(32))
    config = folder / "config.toml"
    config.touch(0o600)
    values = {"start": start, "user": user, "password": PASSWORD, "imap": dovecot.imap, "smtp": sink.port}
    config.write_text(CONFIG.format(**values), "utf-8")
    return config


def run_once(config: Path) -> tuple[int, str]:
    """``maildesk run --once``: its exit code and log."""
    command = [sys.executable, "-m", "maildesk", "--config", str(config), "run", "--once"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def outcomes(log: str) -> Counter[str]:
    """Outcome -> mails, from the log."""
    lines = (json.loads(line) for line in log.splitlines() if line.startswith("{"))
    found: Counter[str] = Counter()
    for line in lines:
        if line["event"] in {"received", "quarantined"}:
            found[line.get("outcome", "quarantined")] += 1
    return found


def states(config: Path) -> dict[str, dict[str, int]]:
    """What the store counts."""
    store = Store(f"sqlite:///{config.parent / 'state' / 'maildesk.db'}")
    try:
        return {name: dict(counts) for name, counts in store.look.counts().items()}
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main())

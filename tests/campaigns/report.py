"""How long a report over a million entries takes on SQLite: makes the history, runs the command, prints its time."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parents[2]
_DAYS = 700
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "insight")]

from histories import BEGIN, history  # noqa: E402

from maildesk.store.schema import entry, outbox  # noqa: E402
from maildesk.store.store import Store  # noqa: E402
from tests.line import CONFIG, prepare  # noqa: E402


def fill(store: Store, entries: int) -> int:
    """Write a made-up history of at least so many entries; returns how many."""
    written = row = 0
    tickets = history(10**9, days=_DAYS, steps=16)
    while written < entries:
        lines, letters = [], []
        for some_lines, some_letters in islice(tickets, 2000):
            lines += some_lines
            letters += some_letters
        with store.writer.write() as connection:
            connection.execute(entry.insert(), [{**line._asdict(), "before": "{}"} for line in lines])
            rows = []
            for letter in letters:
                row += 1
                rows.append(
                    letter._asdict()
                    | {"id": row, "once": f"{letter.once}|{row}", "state": "sent", "message_id": f"<{row}@example.com>"}
                    | {"date": letter.sent_at, "created_at": letter.sent_at, "not_before": letter.sent_at}
                )
            connection.execute(outbox.insert(), rows)
        written += len(lines)
    return written


def main(entries: int) -> None:
    """Make, measure, print."""
    folder = Path(tempfile.mkdtemp(prefix="maildesk-report-"))
    config = prepare(folder, CONFIG.read_text("utf-8"))
    store = Store(f"sqlite:///{folder / 'state' / 'maildesk.db'}")
    store.prepare()
    begun = time.monotonic()
    written = fill(store, entries)
    store.close()
    print(f"{written} entries made in {time.monotonic() - begun:.1f} s", flush=True)
    begun = time.monotonic()
    command = [sys.executable, "-m", "maildesk", "--config", str(config), "report"]
    last = BEGIN + timedelta(days=_DAYS)
    when = ["--from", f"{last - timedelta(days=30):%Y-%m-%d}", "--to", f"{last:%Y-%m-%d}"]
    subprocess.run([*command, *when], check=True, cwd=ROOT)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    seconds = time.monotonic() - begun
    print(f"maildesk report: {seconds:.1f} s, {spent:.1f} s of them at work, over {written} entries")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)

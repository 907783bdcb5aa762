"""A bug that ends one of the daemon's threads ends the daemon, loudly: it never looks alive while mail lies."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from maildesk import daemon as module
from maildesk.daemon import Daemon
from maildesk.demo.stage import prepare
from maildesk.model.errors import PermanentFailure, TemporaryFailure
from maildesk.settings import load


@pytest.mark.timeout(60)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_thread_ends_the_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path, imap=1, smtp=1)
    monkeypatch.setattr(module, "_RELOAD_SECONDS", 0.2)

    def broken(_: Daemon) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(Daemon, "_delivering", broken)
    daemon = Daemon(load(tmp_path / "config.toml"))
    try:
        with pytest.raises(PermanentFailure, match="thread deliver"):
            daemon.forever()
    finally:
        daemon.close()


@pytest.mark.timeout(60)
def test_a_store_whose_file_was_removed_ends_the_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path, imap=1, smtp=1)
    monkeypatch.setattr(module, "_RELOAD_SECONDS", 0.2)
    settings = load(tmp_path / "config.toml")
    daemon = Daemon(settings)
    (file,) = (path for path in tmp_path.rglob("*.db"))
    file.rename(tmp_path / "elsewhere.db")
    try:
        with pytest.raises(TemporaryFailure, match="removed or replaced"):
            daemon._store.note_job("any", "result", module.clock())
        with pytest.raises(PermanentFailure, match="removed or replaced"):
            daemon.forever()
    finally:
        daemon.close()


def test_a_sent_folder_that_cannot_be_written_delays_nothing_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(tmp_path, imap=1, smtp=1)
    config = tmp_path / "config.toml"
    config.write_text(config.read_text().replace("[mailbox.smtp]", '[mailbox.smtp]\nsent_folder = "Sent"', 1))
    daemon = Daemon(load(config))
    monkeypatch.setattr(daemon._store.queue, "uncopied", lambda _name, limit=50: ((1, b"mail"),) * min(limit, 1))
    try:
        began = time.monotonic()
        for _ in range(3):
            daemon._copy_sent()
        assert time.monotonic() - began < 30
        subjects = [row["subject"] for row in daemon._store.look.outbox(limit=20)]
        assert len([subject for subject in subjects if "Sent folder" in subject]) == 1
    finally:
        daemon.close()

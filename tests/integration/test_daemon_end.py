"""A bug that ends one of the daemon's threads ends the daemon, loudly: it never looks alive while mail lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from maildesk import daemon as module
from maildesk.daemon import Daemon
from maildesk.demo.stage import prepare
from maildesk.model.errors import PermanentFailure
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

"""Real and faulty servers on loopback for the tests. Each is private to one test process and stopped by its pid."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

SBIN = "/usr/sbin:/usr/local/sbin:/sbin"


def program(name: str) -> str:
    """The path of a server's program; skips the test with what to install when it is missing.

    In CI a missing server is a failure: nothing there may pass by not running.
    """
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SBIN}")
    if found is None:
        missing(f"{name} is not installed; run tests/install.sh as root")
    return found


def missing(reason: str) -> None:
    """Skip on a developer's machine, fail in CI."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def until(condition: Callable[[], object], seconds: float = 10, what: str = "it") -> None:
    """Wait for a condition; fails the test with ``what`` when it never comes."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"{what} did not happen within {seconds} s", pytrace=False)
        time.sleep(0.01)


def listening(port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def stop_pid_file(file: Path) -> None:
    """End the daemon that wrote this file, and wait for its end."""
    try:
        pid = int(file.read_text().split()[0])
        os.kill(pid, signal.SIGTERM)
    except (OSError, ValueError, IndexError):
        return
    for _ in range(1000):
        if _has_ended(pid):
            return
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)


def _has_ended(pid: int) -> bool:
    """Whether a process is gone, or a zombie that nobody fetched yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True

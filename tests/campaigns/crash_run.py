"""Running the desk so that it can be killed at a chosen system call: forked from a warm process, under strace.

The child waits at a READY mark until strace is attached; what is counted begins there.
"""

from __future__ import annotations

import importlib
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SYSCALLS = (
    "sendto,recvfrom,connect,socket,shutdown,poll,"
    "pwrite64,pread64,fdatasync,fsync,ftruncate,unlink,fcntl,write,openat,close"
)
"""What touches the store's files and the sockets of IMAP, SMTP and PostgreSQL."""

_CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)")
_SOCKET = re.compile(r"<(?:TCP|TCPv6):\[[^\]]*->[^\]]*:(\d+)\]>")
_STORE = re.compile(r"/store\.db(-wal|-shm|-journal)?\b")


def warm_up(config: Path) -> None:
    """Load every module that a run needs, so that a forked child begins at once."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        with suppress(BaseException), (config.parent / "run.log").open("w") as log:
            os.dup2(log.fileno(), 2)
            _run(config, once=True)
        with os.fdopen(writing, "w") as names:
            names.write("\n".join(sys.modules))
            names.flush()
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as names:
        found = names.read().split()
    os.waitpid(pid, 0)
    for name in found:
        if name.split(".")[0] in {
            "maildesk",
            "sqlalchemy",
            "psycopg",
            "psycopg_binary",
            "jinja2",
            "imapclient",
            "email",
        }:
            with suppress(ImportError):
                importlib.import_module(name)
    _read_templates_once(config)


def _read_templates_once(config: Path) -> None:
    """Checking the templates takes more than half of a short run, and touches neither store nor sockets."""
    from maildesk import assemble
    from maildesk.settings import load

    found = assemble.read_templates(load(config))
    assemble.read_templates = lambda _, **_options: found


def _run(config: Path, *, once: bool) -> None:
    from maildesk import daemon, journal

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(journal.JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    daemon.run(config, once=once)


@dataclass
class Child:
    """A forked desk."""

    pid: int
    go: int
    code: int | None = None

    def start(self) -> None:
        """Let it pass the READY mark."""
        os.write(self.go, b"g")
        os.close(self.go)

    def wait(self, seconds: float = 60) -> int:
        """Its exit code; minus the signal that ended it. One that hangs is killed, which is a failure."""
        end = time.monotonic() + seconds
        while self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                raise TimeoutError(f"a run did not end within {seconds} s")
            else:
                time.sleep(0.002)
        return self.code

    def kill(self) -> None:
        """SIGKILL; nothing is tidied up."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait()


def fork(config: Path, *, once: bool = True, before: Callable[[], None] | None = None) -> Child:
    """A desk that waits for ``start``. ``before`` runs in it first: to plant a fault. It logs to run.log."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(reading)
        return Child(pid, writing)
    code = 70
    try:
        os.close(writing)
        log = os.open(config.parent / "run.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if before:
            before()
        os.read(reading, 1)
        _run(config, once=once)
        code = 0
    except BaseException:
        logging.getLogger("campaign").exception("the run failed")
        code = 1
    finally:
        os._exit(code)


@dataclass(frozen=True)
class Call:
    """A system call of a trace: the ``number``-th of its kind, and what it touched ("" when it is none of ours)."""

    name: str
    number: int
    target: str
    line: str

    @property
    def point(self) -> tuple[str, int, str]:
        """What makes a crash point distinct."""
        return self.name, self.number, self.target


@contextmanager
def traced(child: Child, log: Path, inject: str = "") -> Iterator[None]:
    """Attach strace to a waiting child; it ends with the child."""
    command = ["strace", "-qq", "-yy", "-s", "300", "-p", str(child.pid), "-o", str(log), "-e", f"trace={SYSCALLS}"]
    tracer = subprocess.Popen(command + (["-e", f"inject={inject}"] if inject else []), stderr=subprocess.DEVNULL)
    status = Path(f"/proc/{child.pid}/status")
    while "\nTracerPid:\t0\n" in status.read_text():
        if tracer.poll() is not None:
            raise RuntimeError("strace could not attach")
        time.sleep(0.001)
    try:
        yield
    finally:
        tracer.wait(120)


def calls(log: Path, ports: dict[int, str]) -> list[Call]:
    """The calls of a trace, in order."""
    counts: Counter[str] = Counter()
    found = []
    for line in log.read_text(errors="replace").splitlines():
        if match := _CALL.match(line):
            counts[match[1]] += 1
            found.append(Call(match[1], counts[match[1]], _target(match[2], ports), line))
    return found


def _target(arguments: str, ports: dict[int, str]) -> str:
    first = arguments.partition(", ")[0] if not arguments.startswith(("[{", "AT_FDCWD")) else arguments
    if match := _STORE.search(first):
        return "store" + (match[1] or "")
    if match := _SOCKET.search(first):
        return ports.get(int(match[1]), "")
    if match := re.search(r"sin_port=htons\((\d+)\)", arguments):
        return ports.get(int(match[1]), "")
    return ""


def touched_too_early(trace: list[Call]) -> list[str]:
    """P2 in a trace: a mailbox is changed only when everything fetched before was committed."""
    problems, fetched, committed = [], False, False
    for call in trace:
        if call.target == "imap" and call.name == "sendto":
            if "UID FETCH" in call.line and "BODY.PEEK[]" in call.line:
                fetched, committed = True, False
            elif fetched and not committed and re.search(r"UID (STORE|MOVE|COPY)|EXPUNGE", call.line):
                problems.append(f"P2 the mailbox was touched before the commit: {call.line[:120]}")
        elif call.target in {"store-wal", "store"} and call.name == "fdatasync":
            committed = committed or call.line.rstrip().endswith("= 0")
        elif call.target == "postgres" and call.name == "recvfrom":
            committed = committed or "COMMIT\\0" in call.line
    return problems

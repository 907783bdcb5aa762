"""The supervised parser: hostile mail meets a child process with limits, never the daemon (P8, P15).

The parent writes mails, the child answers with what it read; both as frames of four length bytes and content, mails
raw, answers JSON. Nothing of the desk is on the command line or in the child's environment: what it has to know comes
first over the pipe. A child that dies or takes too long costs the mail it was at, is replaced, and the rest goes on.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import resource
import selectors
import signal
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any, Self, cast

from maildesk.ingest.wire import from_wire, reading_from_wire, reading_to_wire, to_wire
from maildesk.model.errors import PermanentFailure
from maildesk.model.mail import Mail, Reading

CPU_SECONDS = 30
WALL_SECONDS = 60.0
MEMORY = 1024**3
ABORT_VARIABLE = "MAILDESK_TEST_PARSER_ABORT"
"""For tests only, read by the child: a text; a mail that holds it makes the child abort."""

_PIPE = 1024 * 1024
_CHUNK = 256 * 1024
_LENGTH = struct.Struct(">I")
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "SYSTEMROOT", ABORT_VARIABLE)


@dataclass(frozen=True, slots=True)
class Failure:
    """A mail that could not be read."""

    reason: str
    final: bool = False
    """True when another try cannot help: a limit was passed."""


class ParserPool:
    """Children that parse. One thread may use it; close it to end them."""

    def __init__(self, reading: Reading, workers: int = 1, *, wall_seconds: float = WALL_SECONDS) -> None:
        hello = json.dumps(reading_to_wire(reading)).encode()
        self._children = [_Child(hello, wall_seconds) for _ in range(workers)]

    def parse_batch(self, contents: Sequence[bytes]) -> list[Mail | Failure]:
        """Read mails; results in their order. Never raises for what a mail holds."""
        return self.submit(contents).results()

    def submit(self, contents: Sequence[bytes]) -> Batch:
        """Begin to read; the children work while the caller does other things (as far as a pipe holds)."""
        return Batch(self._children, contents)

    def turn(self) -> None:
        """Move what can be moved without waiting: more than a pipe holds is written, answers are taken out."""
        if any(child.busy for child in self._children):
            _pump(self._children, patience=0)

    def close(self) -> None:
        """End the children."""
        for child in self._children:
            child.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Batch:
    """Mails that are being read."""

    def __init__(self, children: list[_Child], contents: Sequence[bytes]) -> None:
        self._children = children
        self._results: list[Mail | Failure | None] = [None] * len(contents)
        for number, content in enumerate(contents):
            children[number % len(children)].add(content, self._keep(number))
        for child in children:
            child.write_some()

    def _keep(self, number: int) -> Callable[[Mail | Failure], None]:
        def keep(result: Mail | Failure) -> None:
            self._results[number] = result

        return keep

    def results(self) -> list[Mail | Failure]:
        """Wait until all are read; one result a mail, in order."""
        while any(result is None for result in self._results):
            _pump(self._children)
        return cast("list[Mail | Failure]", list(self._results))


@dataclass(slots=True)
class _Work:
    """A mail on its way, and who wants the result."""

    content: bytes
    keep: Callable[[Mail | Failure], None]


class _Child:
    """One child process, its queue and its half-written and half-read frames."""

    def __init__(self, hello: bytes, wall_seconds: float) -> None:
        self._hello = hello
        self._wall = wall_seconds
        self._queue: deque[_Work] = deque()
        self._out: deque[memoryview] = deque()
        self._in = bytearray()
        self._deadline = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "maildesk.ingest.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=environment,
        )
        for pipe in (self.stdin, self.stdout):
            os.set_blocking(pipe.fileno(), False)
            with contextlib.suppress(OSError):  # the system's bound on pipe sizes may be lower
                fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)
        self._in.clear()
        self._out.clear()
        self._frame(self._hello)
        for work in self._queue:
            self._frame(work.content)
        self._deadline = time.monotonic() + self._wall

    @property
    def stdin(self) -> IO[bytes]:
        assert self._process is not None
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def busy(self) -> bool:
        return bool(self._queue)

    @property
    def writing(self) -> bool:
        return bool(self._out)

    @property
    def seconds_left(self) -> float:
        return self._deadline - time.monotonic()

    def add(self, content: bytes, keep: Callable[[Mail | Failure], None]) -> None:
        if not self._queue:
            self._deadline = time.monotonic() + self._wall
        self._queue.append(_Work(content, keep))
        self._frame(content)

    def _frame(self, content: bytes) -> None:
        self._out.append(memoryview(_LENGTH.pack(len(content))))
        self._out.append(memoryview(content))

    def write_some(self) -> None:
        """Write what the pipe takes. A broken pipe shows as the end of the answers."""
        try:
            while self._out:
                view = self._out[0]
                written = os.write(self.stdin.fileno(), view[:_CHUNK]) if len(view) else 0
                if written == len(view):
                    self._out.popleft()
                else:
                    self._out[0] = view[written:]
        except BlockingIOError:
            pass
        except OSError:
            self._out.clear()

    def read_some(self) -> None:
        """Take the answers that are there; replace the child when it has died."""
        try:
            data = os.read(self.stdout.fileno(), _CHUNK)
        except BlockingIOError:
            return
        if not data:
            self._died()
            return
        self._in += data
        while len(self._in) >= 4 and len(self._in) >= 4 + (size := _LENGTH.unpack_from(self._in)[0]):
            answer = bytes(self._in[4 : 4 + size])
            del self._in[: 4 + size]
            self._deadline = time.monotonic() + self._wall
            self._queue.popleft().keep(_result(answer))

    def expire(self) -> None:
        """The mail in work took too long."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._give_up(Failure(f"parser took more than {self._wall:g} seconds"))

    def _died(self) -> None:
        assert self._process is not None
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            self._give_up(Failure(f"too expensive: more than {CPU_SECONDS} seconds of processor time"))
        else:
            self._give_up(Failure(f"parser died: signal {-code}" if code < 0 else f"parser died: exit {code}"))

    def _give_up(self, failure: Failure) -> None:
        if self._queue:
            self._queue.popleft().keep(failure)
        self._close_pipes()
        self.start()

    def _close_pipes(self) -> None:
        for pipe in (self.stdin, self.stdout):
            with contextlib.suppress(OSError):
                pipe.close()

    def stop(self) -> None:
        """End of input ends the child; one that does not listen is killed."""
        if self._process is None:
            return
        self._close_pipes()
        try:
            self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def _pump(children: list[_Child], patience: float = WALL_SECONDS) -> None:
    """Move frames in both directions once, and end a child whose time is up. Waits ``patience`` seconds at most."""
    with selectors.DefaultSelector() as selector:
        busy = [child for child in children if child.busy]
        for child in busy:
            selector.register(child.stdout, selectors.EVENT_READ, child.read_some)
            if child.writing:
                selector.register(child.stdin, selectors.EVENT_WRITE, child.write_some)
        ready = selector.select(max(0.0, min(patience, *(child.seconds_left for child in busy))))
        # Writing first: reading may replace the child and its pipes.
        for key, _ in sorted(ready, key=lambda item: item[0].events == selectors.EVENT_READ):
            key.data()
    for child in busy:
        if child.busy and child.seconds_left <= 0:
            child.expire()


def _result(answer: bytes) -> Mail | Failure:
    data: dict[str, Any] = json.loads(answer)
    if "failure" in data:
        return Failure(data["failure"], final=data["final"])
    return from_wire(data)


def main() -> int:
    """The child: read the desk's facts, then mails, until the input ends. Returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the parent decides; it ends by closing the pipe
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold customers' mail (P23)
    poison = os.environ.get(ABORT_VARIABLE, "").encode()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    from maildesk.ingest.parse import parse_mail  # here: the parent needs none of it

    hello = _next_frame(source)
    if hello is None:
        return 0
    reading = reading_from_wire(json.loads(hello))
    while (content := _next_frame(source)) is not None:
        if poison and poison in content:
            os.abort()
        _allow_cpu(CPU_SECONDS)
        answer = _answer(parse_mail, content, reading)
        target.write(_LENGTH.pack(len(answer)) + answer)
        target.flush()
    return 0


def _next_frame(source: IO[bytes]) -> bytes | None:
    length = source.read(4)
    if len(length) < 4:
        return None
    size = _LENGTH.unpack(length)[0]
    content = source.read(size)
    return content if len(content) == size else None


def _allow_cpu(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


def _answer(parse: Callable[[bytes, Reading], Mail], content: bytes, reading: Reading) -> bytes:
    try:
        found: dict[str, Any] = to_wire(parse(content, reading))
    except PermanentFailure as failure:
        found = {"failure": str(failure), "final": True}
    except Exception as error:  # noqa: BLE001 - the named guard for one mail: a bug here must not cost the others
        found = {"failure": f"parser failed: {type(error).__name__}", "final": False}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


if __name__ == "__main__":
    raise SystemExit(main())

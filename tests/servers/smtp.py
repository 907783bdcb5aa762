"""An SMTP server that takes everything, or fails at any stage in any way the tests ask for."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass

FEATURES = ("SIZE 52428800", "8BITMIME", "AUTH PLAIN LOGIN")
USER, PASSWORD = "desk@example.com", "correct-horse"


@dataclass(frozen=True)
class Close:
    """Instead of an answer the line is cut."""


@dataclass(frozen=True)
class Stall:
    """No answer for so many seconds, then the usual one."""

    seconds: float


@dataclass(frozen=True)
class Drip:
    """An answer that comes byte by byte."""

    text: str
    seconds: float


@dataclass(frozen=True)
class Received:
    """A mail that came with its final dot, whatever was answered to it; dots are single again."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    options: str = ""


class SmtpServer:
    """Listens from construction to ``stop``. ``fail(stage, ...)`` plans answers, in order, each used once.

    Stages: CONNECT EHLO STARTTLS AUTH MAIL RCPT DATA DOT RSET.
    """

    def __init__(
        self,
        context: ssl.SSLContext | None = None,
        *,
        implicit: bool = False,
        features: tuple[str, ...] = FEATURES,
        ahead: bytes = b"",
    ) -> None:
        self.mails: list[Received] = []
        self.commands: list[str] = []
        self.connections = 0
        self.token = ""
        """The access token that is good."""
        self.features = features + (("STARTTLS",) if context and not implicit else ())
        self._context, self._implicit, self._ahead = context, implicit, ahead
        self._plans: dict[str, deque[object]] = defaultdict(deque)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def fail(self, stage: str, *answers: object, times: int = 1) -> None:
        """Plan answers for a stage: a line, or Close, Stall, Drip."""
        self._plans[stage].extend(answers * times)

    def stop(self) -> None:
        """Close everything."""
        self._socket.close()
        for sock in list(self._open):
            _shut(sock)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        self._open.add(sock)
        talk = None
        try:
            if self._implicit and self._context:
                self._open.discard(sock)
                sock = self._context.wrap_socket(sock, server_side=True)
                self._open.add(sock)
            talk = _Talk(self, sock)
            talk.run()
        except (OSError, EOFError, ValueError):
            pass
        finally:
            for one in {sock, talk.sock if talk else sock}:
                self._open.discard(one)
                _shut(one)

    def planned(self, stage: str) -> object | None:
        """The next planned answer for a stage."""
        return self._plans[stage].popleft() if self._plans[stage] else None


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


class _Talk:
    """One session."""

    def __init__(self, server: SmtpServer, sock: socket.socket) -> None:
        self.server, self.sock = server, sock
        self.file = sock.makefile("rb")
        self.sender, self.recipients, self.options = "", [], ""

    def run(self) -> None:
        self.answer("CONNECT", "220 sink.example.test ESMTP")
        while line := self.file.readline():
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            self.server.commands.append(text)
            verb, _, rest = text.partition(" ")
            if verb.upper() == "QUIT":
                self.say("221 2.0.0 bye")
                return
            getattr(self, f"on_{verb.lower()}", self.on_other)(rest)

    def say(self, text: str) -> None:
        self.sock.sendall(text.encode() + b"\r\n")

    def answer(self, stage: str, usual: str) -> bool:
        """Give the planned answer or the usual one; whether it was a consent."""
        planned = self.server.planned(stage)
        if isinstance(planned, Stall):
            time.sleep(planned.seconds)
            planned = None
        if planned == Close():
            raise EOFError
        if isinstance(planned, Drip):
            for char in planned.text + "\r\n":
                self.sock.sendall(char.encode())
                time.sleep(planned.seconds)
            return True
        text = str(planned or usual)
        self.say(text)
        if text.startswith("421"):
            raise EOFError
        return text[:1] in "23"

    def on_ehlo(self, _: str) -> None:
        lines = ("sink.example.test", *self.server.features)
        usual = "".join(f"250-{line}\r\n" for line in lines[:-1]) + f"250 {lines[-1]}"
        self.answer("EHLO", usual)

    def on_helo(self, _: str) -> None:
        self.answer("EHLO", "250 sink.example.test")

    def on_starttls(self, _: str) -> None:
        if not self.answer(
            "STARTTLS", "220 2.0.0 go\r\n" + self.server._ahead.decode() if self.server._ahead else "220 2.0.0 go"
        ):
            return
        assert self.server._context
        self.file.close()
        self.server._open.discard(self.sock)
        self.sock = self.server._context.wrap_socket(self.sock, server_side=True)
        self.server._open.add(self.sock)
        self.file = self.sock.makefile("rb")

    def on_auth(self, rest: str) -> None:
        kind, _, initial = rest.partition(" ")
        if kind in {"XOAUTH2", "OAUTHBEARER"}:
            good = f"auth=Bearer {self.server.token}\1".encode() in base64.b64decode(initial)
            if not good:
                self.say("334 eyJzdGF0dXMiOiI0MDEifQ==")
                assert self.file.readline().strip() in {b"", b"AQ=="}
        elif kind == "PLAIN":
            good = initial == base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
        else:
            self.say("334 VXNlcm5hbWU6")
            user = self.file.readline()
            self.say("334 UGFzc3dvcmQ6")
            pair = base64.b64decode(user).decode(), base64.b64decode(self.file.readline()).decode()
            good = pair == (USER, PASSWORD)
        self.answer("AUTH", "235 2.7.0 welcome" if good else "535 5.7.8 no")

    def on_mail(self, rest: str) -> None:
        path, _, self.options = rest.removeprefix("FROM:").partition(" ")
        self.sender, self.recipients = path.strip("<>"), []
        self.answer("MAIL", "250 2.1.0 ok")

    def on_rcpt(self, rest: str) -> None:
        if self.answer("RCPT", "250 2.1.5 ok"):
            self.recipients.append(rest.removeprefix("TO:").strip("<>"))

    def on_data(self, _: str) -> None:
        if not self.answer("DATA", "354 go"):
            return
        lines = []
        while (line := self.file.readline()) != b".\r\n":
            if not line:
                raise EOFError
            lines.append(line.removeprefix(b"."))
        received = Received(self.sender, tuple(self.recipients), b"".join(lines), self.options)
        self.server.mails.append(received)
        self.answer("DOT", "250 2.0.0 taken as 1")

    def on_rset(self, _: str) -> None:
        self.answer("RSET", "250 2.0.0 ok")

    def on_other(self, _: str) -> None:
        self.say("502 5.5.2 what?")

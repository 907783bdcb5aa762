"""imaplib on a guarded socket: deadlines, caps, a clean STARTTLS, and an IDLE that misses nothing."""

from __future__ import annotations

import imaplib
import select
import ssl
import time
from typing import Any

from maildesk.wire import Bell, Reader, connect

_LINE = 16 * 1024 * 1024
_SMALL = 64 * 1024
_CONNECT = 20


class Connection(imaplib.IMAP4):
    """An IMAP connection that never waits for ever and never takes more than it was told to.

    imaplib's own reader is not used: its ``file`` hides what has come from ``poll``, waits per piece and not per
    answer, and keeps plaintext over a STARTTLS.
    """

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, seconds: float, literal: int) -> None:
        self._context = context
        self._seconds = seconds
        self._literal = literal
        self.reader: Reader
        super().__init__(host, port)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """Connect, with TLS when there is a context."""
        self.host, self.port = host, port
        self.sock = connect(host, port, timeout or min(self._seconds, _CONNECT), self._context)
        self._listen_to(self.sock)

    def _listen_to(self, sock: Any) -> None:
        self.reader = Reader(sock)
        self.allow(self._seconds, _SMALL)

    def allow(self, seconds: float, size: int) -> None:
        """Bound the next command and its whole answer."""
        self.reader.wire.allow(seconds, size)

    def read(self, size: int) -> bytes:
        """A literal. Raises abort for one that is too large, before any memory is given to it (A44)."""
        if size > self._literal:
            raise self.abort(f"the server announced {size} bytes at once")
        data = self.reader.read(size)
        if len(data) < size:
            raise self.abort("the connection broke within a mail")
        return data

    def readline(self) -> bytes:
        """One line of an answer."""
        line = self.reader.readline(_LINE + 1)
        if len(line) > _LINE:
            raise self.abort("the server sent an endless line")
        return line

    def send(self, data: Any) -> None:
        """Send within the deadline."""
        self.reader.wire.send(data)

    def shutdown(self) -> None:
        """Close the socket, whatever state it is in."""
        self.sock.close()

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> tuple[Any, list[Any]]:
        """Upgrade; anything that was sent ahead in the clear ends the connection (A41)."""
        assert ssl_context is not None
        typ, data = self._simple_command("STARTTLS")
        if typ == "OK":
            if self.reader.has_come():
                raise self.abort("the server sent something between STARTTLS and TLS")
            self.sock.settimeout(self._seconds)
            self.sock = ssl_context.wrap_socket(self.sock, server_hostname=self.host)
            self._listen_to(self.sock)
            self.untagged_responses.clear()
            self._get_capabilities()
        return typ, data

    def forget_news(self) -> None:
        """From now on ``has_news`` tells what came since."""
        for name in ("EXISTS", "RECENT", "EXPUNGE", "FETCH", "VANISHED", "OK"):
            self.untagged_responses.pop(name, None)

    @property
    def has_news(self) -> bool:
        """Whether the server spoke of mail since ``forget_news``."""
        return "EXISTS" in self.untagged_responses

    def idle(self, seconds: float, bell: Bell) -> bool:
        """IDLE (RFC 2177) until there is news, the time is over or the bell rings. Returns whether there is news.

        What came together with the server's "+ idling" lies in our buffer, where ``poll`` does not see it: so
        the buffer is emptied before every ``poll``.
        """
        self.allow(self._seconds, _SMALL)
        tag = self._command("IDLE")
        while self._get_response() is not None:
            if self.tagged_commands[tag]:
                self._command_complete("IDLE", tag)
                raise self.error("the server refused IDLE")
        if not self.has_news:
            self._listen(time.monotonic() + seconds, bell)
        self.allow(self._seconds, _SMALL)
        self.send(b"DONE\r\n")
        self._command_complete("IDLE", tag)
        return self.has_news

    def _listen(self, until: float, bell: Bell) -> None:
        poller = select.poll()
        poller.register(self.sock, select.POLLIN)
        poller.register(bell, select.POLLIN)
        while True:
            while self.reader.has_come():
                self.allow(self._seconds, _SMALL)
                self._get_response()
                self._check_bye()
                if self.has_news:
                    return
                self.forget_news()
            left = until - time.monotonic()
            if left <= 0 or any(fd == bell.fileno() for fd, _ in poller.poll(left * 1000)):
                return

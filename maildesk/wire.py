"""What both mail protocols need of a socket: bounded time, bounded bytes, clean words from the server."""

from __future__ import annotations

import contextlib
import io
import os
import select
import socket
import ssl
import time
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_KEEPALIVE = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 30), (socket.TCP_KEEPCNT, 4))
_SHOWN = 300
_TOO_LONG = "the server took too long"


class TooMuch(OSError):
    """The server sent more in one answer than any honest one would (A44)."""


def connect(host: str, port: int, seconds: float, context: ssl.SSLContext | None) -> socket.socket:
    """A TCP connection, with TLS when a context is given; a dead peer is noticed within three minutes.

    Raises OSError (also for names that do not resolve and certificates that do not fit).
    """
    sock = socket.create_connection((host, port), seconds)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEPALIVE:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
        return context.wrap_socket(sock, server_hostname=host) if context else sock
    except BaseException:
        sock.close()
        raise


class Wire(io.RawIOBase):
    """The reading side of a socket. One ``allow`` bounds a whole answer, however it drips in (F11, F21)."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._sock = sock
        self._until = 0.0
        self._left = 0
        self.patient = True
        """False: hand out what has come already, wait for nothing."""
        self.ended = False

    def allow(self, seconds: float, size: int) -> None:
        """From now on at most so many seconds and bytes, for sending and the answer together."""
        self._until = time.monotonic() + seconds
        self._left = size

    def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError, TimeoutError at the deadline."""
        self._sock.settimeout(self._remaining())
        self._sock.sendall(data)

    def readable(self) -> bool:
        """For io.BufferedReader."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        """Wait for bytes. Raises TimeoutError at the deadline, TooMuch past the size."""
        self._sock.settimeout(self._remaining() if self.patient else 0)
        try:
            count = self._sock.recv_into(buffer)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except TimeoutError:
            raise TimeoutError(_TOO_LONG) from None
        self.ended = count == 0
        self._left -= count
        if self._left < 0:
            raise TooMuch("the server sent too much")
        return count

    def _remaining(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError(_TOO_LONG)
        return left


class Reader(io.BufferedReader):
    """A buffered ``Wire`` that can also tell what has come, without waiting."""

    def __init__(self, sock: socket.socket) -> None:
        self.wire = Wire(sock)
        super().__init__(self.wire, 64 * 1024)

    def has_come(self) -> bool:
        """Whether a byte can be read without waiting. Raises EOFError when the server has gone."""
        self.wire.patient = False
        try:
            if self.peek(1):
                return True
        finally:
            self.wire.patient = True
        if self.wire.ended:
            raise EOFError("the server closed the connection")
        return False


class Bell:
    """Wakes a thread that waits in ``poll``: the one thing that another thread may do to a connection."""

    def __init__(self) -> None:
        self._ear, self._rope = os.pipe()
        os.set_blocking(self._rope, False)

    def fileno(self) -> int:
        """For ``poll``: readable once somebody rang."""
        return self._ear

    def ring(self) -> None:
        """Wake whoever waits, now and ever after."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._rope, b"!")

    def wait(self, seconds: float) -> bool:
        """Whether it rang within so many seconds."""
        poller = select.poll()
        poller.register(self._ear, select.POLLIN)
        return bool(poller.poll(seconds * 1000))

    def __del__(self) -> None:
        os.close(self._ear)
        os.close(self._rope)


BEARER_MECHANISMS = ("OAUTHBEARER", "XOAUTH2")
"""Ways to log in with an OAuth2 access token, the better one first."""


def bearer(mechanism: str, user: str, token: str, host: str, port: int) -> bytes:
    """The words of a login with an access token: OAUTHBEARER (RFC 7628 section 3.1), or Google's elder XOAUTH2."""
    if mechanism == "XOAUTH2":
        return f"user={user}\1auth=Bearer {token}\1\1".encode()
    name = user.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\1host={host}\1port={port}\1auth=Bearer {token}\1\1".encode()


def bearer_refused(mechanism: str) -> bytes:
    """What the client says to the server's explanation, so that it ends the login (RFC 7628 section 3.2.3)."""
    return b"" if mechanism == "XOAUTH2" else b"\1"


def fault(error: BaseException) -> str:
    """What broke, in words, without the system's number for it."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def server_text(text: bytes | str) -> str:
    """What a server said, fit for a log and a terminal: one line, no control or format characters (A45)."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    clean = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text[: 4 * _SHOWN])
    return " ".join(clean.split())[:_SHOWN]

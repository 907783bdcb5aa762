"""An IMAP server that follows a script: for what no honest server does."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable

CAPABILITY = b"IMAP4rev1 IDLE MOVE UIDPLUS AUTH=PLAIN"


class ImapServer:
    """Answers commands from a table: first words of a command -> its whole answer.

    An answer is bytes in which %t stands for the tag, or a function of (socket, tag, line). Unplanned commands
    get what a mailbox with the given capabilities and no mail would say.
    """

    def __init__(
        self,
        answers: dict[str, bytes | Callable[[socket.socket, bytes, bytes], None]] | None = None,
        *,
        capability: bytes = CAPABILITY,
        greeting: bytes = b"* OK ready\r\n",
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.lines: list[bytes] = []
        self._capability, self._greeting, self._context = capability, greeting, context
        self.answers = {**self._usual(), **(answers or {})}
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _usual(self) -> dict[str, bytes | Callable[[socket.socket, bytes, bytes], None]]:
        select = b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 1] x\r\n%t OK [READ-WRITE] x\r\n"
        return {
            "CAPABILITY": b"* CAPABILITY " + self._capability + b"\r\n%t OK done\r\n",
            "AUTHENTICATE": self._authenticate,
            "SELECT": select,
            "EXAMINE": select.replace(b"WRITE", b"ONLY"),
            "UID SEARCH": b"* SEARCH\r\n%t OK done\r\n",
            "LIST": b'* LIST (\\Noselect) "/" ""\r\n%t OK done\r\n',
            "LOGOUT": b"* BYE\r\n%t OK done\r\n",
        }

    @staticmethod
    def _authenticate(sock: socket.socket, tag: bytes, line: bytes) -> None:
        sock.sendall(b"+ \r\n")
        while not sock.recv(1000).endswith(b"\r\n"):
            pass
        sock.sendall(tag + b" OK in\r\n")

    def stop(self) -> None:
        """Close everything."""
        self._socket.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            sock.sendall(self._greeting)
            with sock.makefile("rb") as file:
                while line := file.readline():
                    self.lines.append(line)
                    tag, _, command = line.rstrip().partition(b" ")
                    self._answer(sock, tag, command)
        except (OSError, ValueError):
            pass

    def _answer(self, sock: socket.socket, tag: bytes, command: bytes) -> None:
        text = command.decode("latin-1").upper()
        for start, answer in sorted(self.answers.items(), key=lambda item: -len(item[0])):
            if text.startswith(start):
                if callable(answer):
                    answer(sock, tag, command)
                else:
                    sock.sendall(answer.replace(b"%t", tag))
                return
        if tag != b"DONE":
            sock.sendall(tag + b" OK done\r\n")


def drip(text: bytes, seconds: float) -> Callable[[socket.socket, bytes, bytes], None]:
    """An answer that comes byte by byte."""

    def answer(sock: socket.socket, tag: bytes, line: bytes) -> None:
        for byte in text.replace(b"%t", tag):
            sock.sendall(bytes([byte]))
            time.sleep(seconds)

    return answer

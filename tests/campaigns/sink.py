"""A mail server that takes everything into a folder, in a process of its own: what it took outlives every kill.

``python sink.py FOLDER`` prints its port. Each mail becomes NUMBER.eml, its first line the recipient. ``WAIT`` is answered
when no other session is open any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sunk:
    """A mail that was taken."""

    recipient: str
    content: bytes


class Sink:
    """The server's side."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.sessions = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session."""
        self.sessions += 1
        with contextlib.suppress(OSError, EOFError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)
        self.sessions -= 1
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink.example.test ESMTP\r\n")
        recipient = b""
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"WAIT":
                await self._alone()
            elif verb == b"EHLO":
                writer.write(b"250-sink.example.test\r\n250-8BITMIME\r\n")
            elif verb == b"RCPT":
                recipient = line.partition(b"<")[2].partition(b">")[0]
            elif verb == b"DATA":
                writer.write(b"354 go\r\n")
                self._keep(recipient, await reader.readuntil(b"\r\n.\r\n"))
            elif verb == b"QUIT":
                return
            writer.write(b"250 ok\r\n")

    async def _alone(self) -> None:
        while self.sessions > 1:  # noqa: ASYNC110 - sessions end where no event can be set: by a kill
            await asyncio.sleep(0.002)

    def _keep(self, recipient: bytes, content: bytes) -> None:
        self.count += 1
        content = content[:-3].replace(b"\r\n..", b"\r\n.")
        (self.folder / f"{self.count:06}.eml").write_bytes(recipient + b"\n" + content)


async def _main(folder: Path) -> None:
    server = await asyncio.start_server(Sink(folder).serve, "127.0.0.1", 0, limit=2**26)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@dataclass(frozen=True)
class Running:
    """The campaign's side."""

    port: int
    folder: Path

    def settle(self) -> None:
        """Wait until every session of the dead is over."""
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall(b"WAIT\r\n")
            answers = line.makefile("rb")
            answers.readline()
            answers.readline()

    def take(self) -> list[Sunk]:
        """What came since the last time, in order."""
        self.settle()
        found = []
        for file in sorted(self.folder.glob("*.eml")):
            recipient, _, content = file.read_bytes().partition(b"\n")
            found.append(Sunk(recipient.decode(), content))
            file.unlink()
        return found


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Start a sink; ended with the block."""
    folder.mkdir()
    command = [sys.executable, __file__, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Running(int(process.stdout.readline()), folder)
        finally:
            process.kill()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main(Path(sys.argv[1])))

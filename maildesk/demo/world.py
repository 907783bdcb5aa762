"""A closed mail world on loopback: an IMAP server with everybody's mailbox, and an SMTP server that fills them.

Mail to anybody is delivered into a mailbox here and nowhere else; nothing leaves the machine.
"""

from __future__ import annotations

import asyncio
import threading
from argparse import Namespace
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPService
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag
from pymap.user import Passwords, UserMetadata

from maildesk.ingest.screen import without_tag

HOST = "127.0.0.1"
_AGAIN = (0.05, 0.3)
PASSWORD = "demo"  # noqa: S105 - a mail world of its own, on loopback, for a minute


@dataclass(frozen=True, slots=True)
class Delivered:
    """A mail that the desk's SMTP connection handed over, to one recipient."""

    recipient: str
    sender: str
    content: bytes
    at: datetime


class World:
    """Both servers. ``deliver`` puts a mail into a mailbox; ``sent`` holds what was handed over by SMTP."""

    def __init__(self, users: tuple[str, ...], imap_port: int, smtp_port: int) -> None:
        self.users = users
        self.imap_port = imap_port
        self.smtp_port = smtp_port
        self.sent: list[Delivered] = []
        self.on_mail: Callable[[Delivered], None] = lambda _: None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="imap world", daemon=True)
        self._backend: Any = None
        self._stack = AsyncExitStack()
        self._smtp = Controller(self, hostname=HOST, port=smtp_port, server_hostname="mail.example.com")

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()
        self._do(self._start_imap())
        self._smtp.start()

    def stop(self) -> None:
        """Stop serving."""
        self._smtp.stop()
        self._do(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _start_imap(self) -> None:
        args = Namespace(
            debug=False, host=[HOST], port=str(self.imap_port), cert=None, key=None, tls=False, proxy_protocol=None,
            inherited_sockets=None, passlib_cfg=None, demo_data=False, demo_user=self.users[0], demo_password=PASSWORD,
        )  # fmt: skip
        self._backend, config = await DictBackend.init(args)
        config.apply_context()
        password = await Passwords(config).hash_password(PASSWORD)
        for user in self.users:
            self._backend.login.users_dict[user] = UserMetadata(config, user, password=password)
        service = IMAPService(self._backend, config)
        await service.start(self._stack)

    async def _mailbox(self, user: str, name: str = "INBOX") -> Any:
        identity = await self._backend.login.authorize(_Named(user), user)
        async with identity.new_session() as session:
            return await session.mailbox_set.get_mailbox(name)

    async def _append(self, user: str, content: bytes) -> None:
        mailbox = await self._mailbox(user)
        await mailbox.append(AppendMessage(content, datetime.now(UTC), frozenset()))
        for seconds in _AGAIN:
            # pymap's IDLE first waits, then looks: it misses what came just before it began.
            self._loop.call_later(seconds, mailbox._updated.set)  # noqa: SLF001 - pymap offers no other way

    async def _unseen(self, user: str) -> int:
        mailbox = await self._mailbox(user)
        return len([1 async for message in mailbox.messages() if Flag(b"\\Seen") not in message.permanent_flags])

    def deliver(self, user: str, content: bytes) -> None:
        """Put a mail into a user's inbox."""
        self._do(self._append(user, content))

    def unsettled(self, user: str) -> int:
        """How many mails of an inbox nobody has marked as seen."""
        return int(self._do(self._unseen(user)))

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a mail from the desk, and deliver it where its recipient's mailbox is."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        for recipient in envelope.rcpt_tos:
            delivered = Delivered(recipient, envelope.mail_from or "", content, datetime.now(UTC))
            self.sent.append(delivered)
            user = without_tag(recipient.lower())
            if user in self.users:
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._append(user, content), self._loop))
            self.on_mail(delivered)
        return "250 OK"


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    roles: frozenset[str] = frozenset({"admin"})

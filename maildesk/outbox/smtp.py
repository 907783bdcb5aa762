"""Handing one mail to the mail server, and saying exactly how far it got. The only smtplib.

The dangerous moment is the final dot: once it was sent, the server may have taken the mail although no answer
came. So a mail goes in two steps, and the caller writes down its intent between them::

    refusal = courier.begin(sender, recipient, content)     nothing is lost or doubled if we die here
    ...commit "attempting"...
    delivery = courier.data()
"""

from __future__ import annotations

import base64
import contextlib
import smtplib
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from maildesk.model.errors import MaildeskError, PermanentFailure, TemporaryFailure
from maildesk.outbox.envelope import mail_parameters, path, wire_form
from maildesk.tls import Tls, make_context, refuse_plain
from maildesk.wire import BEARER_MECHANISMS, Reader, bearer, bearer_refused, connect, fault, server_text

_ANSWER_BYTES = 64 * 1024
_BYTES_A_SECOND = 50_000


class Outcome(StrEnum):
    """How far a mail got."""

    ACCEPTED = "accepted"
    """The server took it."""
    TEMPORARY = "temporary"
    """Refused for now (4xx): try this mail again later."""
    PERMANENT = "permanent"
    """Refused for good (5xx): a person has to be told."""
    UNKNOWN = "unknown"
    """The dot was sent and no clear answer came: the server may have taken it (W8, W10)."""
    NOT_STARTED = "not_started"
    """The server cannot have taken it: the line broke, or nobody answered, before the dot. Safe to try again."""


class Stage(StrEnum):
    """Where a delivery ended."""

    CONNECT = "connect"
    """Connection, greeting, EHLO, STARTTLS."""
    AUTH = "auth"
    """User and password."""
    ENVELOPE = "envelope"
    """MAIL and RCPT."""
    DATA = "data"
    """DATA and the mail itself."""
    DOT = "dot"
    """After the final dot."""


class AccountRefused(PermanentFailure):
    """The server does not let this account send, or the configuration does not allow to try."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one mail to one recipient. ``code`` is the server's answer, 0 without one."""

    outcome: Outcome
    stage: Stage
    code: int = 0
    text: str = ""
    """What the server said, or what is wrong: one clean line."""
    account: bool = False
    """The account is refused, not this mail: an admin has to be told, and every mail of the account waits."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds, per answer (RFC 5321 section 4.5.3.2)."""

    connect: float = 30
    greeting: float = 300
    command: float = 300
    data: float = 120
    dot: float = 600
    idle: float = 60
    """A connection that was not used for so long is opened anew: servers close it, mostly unheard."""
    refused: float = 600
    """After the account was refused nothing is tried for so long: six logins an hour lock no account (P17)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpAccount:
    """A mail server that takes our mail."""

    name: str
    host: str
    port: int = 465
    user: str = ""
    """Empty: no login, as for a server on this machine."""
    secret: Callable[[], str] = field(default=str, repr=False)
    renew: Callable[[], object] | None = None
    """Given where ``secret`` is an OAuth2 access token: forget the token, as after it was refused."""
    tls: Tls = Tls.IMPLICIT
    insecure: bool = False
    """An admin insists on a connection without TLS to another machine."""
    ca_file: Path | None = None
    hello: str = ""
    """Our name in EHLO; empty: the name of this machine."""
    timeouts: Timeouts = Timeouts()


class _Broken(Exception):
    """The line broke, or the server closed it (421), or its answer makes no sense."""

    def __init__(self, stage: Stage, text: bytes | str, code: int = 0) -> None:
        super().__init__(text)
        self.stage, self.code, self.text = stage, code, server_text(text)


class _Smtp(smtplib.SMTP):
    """smtplib whose answers are bounded in time and size."""

    def __init__(self, account: SmtpAccount) -> None:
        self._account = account
        self._context = make_context(account.ca_file) if account.tls is not Tls.OFF else None
        self._seconds = account.timeouts.greeting
        super().__init__(local_hostname=account.hello or "localhost")
        self._host = account.host

    def open(self) -> None:
        """Connect and be greeted, say hello, and STARTTLS where that is asked for."""
        account = self._account
        self._expect(220, *self.connect(account.host, account.port))
        if not account.hello:
            self.local_hostname = _own_name(self.sock)
        self.allow(account.timeouts.command)
        self._hello()
        if account.tls is Tls.STARTTLS:
            # smtplib forgets what was said before, and getreply below what was sent ahead (A41).
            self.starttls(context=self._context)
            self._hello()

    def _hello(self) -> None:
        code, text = self.ehlo()
        if code // 100 == 5:
            code, text = self.helo()
        self._expect(250, code, text)

    def authenticate(self, user: str, secret: str) -> None:
        """AUTH PLAIN, or LOGIN where only that is offered (RFC 4954)."""
        offered = self.esmtp_features.get("auth", "").upper().split()
        if self._account.renew:
            answer = self._bear(offered, user, secret)
        elif "PLAIN" in offered:
            answer = self.docmd("AUTH", "PLAIN " + _base64(f"\0{user}\0{secret}"))
        elif "LOGIN" in offered:
            self._expect(334, *self.docmd("AUTH", "LOGIN"))
            self._expect(334, *self.docmd(_base64(user)))
            answer = self.docmd(_base64(secret))
        else:
            answer = (504, b"no way to log in is offered that we know")
        self._expect(235, *answer)

    def _bear(self, offered: list[str], user: str, token: str) -> tuple[int, bytes]:
        """AUTH with an OAuth2 access token; a challenge explains a refusal and wants a word before it says no."""
        mechanism = next((name for name in BEARER_MECHANISMS if name in offered), "")
        if not mechanism:
            return 504, b"no way to log in with OAuth2 is offered (neither OAUTHBEARER nor XOAUTH2)"
        words = bearer(mechanism, user, token, self._account.host, self._account.port)
        code, text = self.docmd("AUTH", f"{mechanism} {base64.b64encode(words).decode()}")
        return self.docmd(base64.b64encode(bearer_refused(mechanism)).decode()) if code == 334 else (code, text)

    @staticmethod
    def _expect(wanted: int, code: int, text: bytes) -> None:
        if code != wanted:
            raise smtplib.SMTPResponseException(code, text)

    def allow(self, seconds: float) -> None:
        """Bound the next command and its answer."""
        self._seconds = seconds
        if self.sock is not None:
            self.sock.settimeout(seconds)
        if isinstance(self.file, Reader):
            self.file.wire.allow(seconds, _ANSWER_BYTES)

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:  # noqa: ARG002 - smtplib's signature
        implicit = self._context if self._account.tls is Tls.IMPLICIT else None
        return connect(host, port, self._account.timeouts.connect, implicit)

    def getreply(self) -> tuple[int, bytes]:
        """An answer, read within the deadline; a new socket gets a reader that has read nothing."""
        if self.file is None and self.sock is not None:
            self.file = Reader(self.sock)
            self.file.wire.allow(self._seconds, _ANSWER_BYTES)
        try:
            return super().getreply()
        except smtplib.SMTPResponseException:
            raise smtplib.SMTPServerDisconnected("the answer has no end") from None


class Courier:
    """One kept connection to one mail server, for one thread."""

    def __init__(self, account: SmtpAccount, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.account = account
        self._clock = clock
        self._smtp: _Smtp | None = None
        self._used = 0.0
        self._closed_until = float("-inf")
        self._closed = Delivery(Outcome.NOT_STARTED, Stage.AUTH, account=True)
        self._body = b""

    def check(self) -> None:
        """Connect and log in, for `check`. Raises AccountRefused, TemporaryFailure or ConfigError."""
        try:
            self._open()
        except _Broken as broken:
            raise TemporaryFailure(self._say(broken.text)) from None

    def send(self, sender: str, recipient: str, content: bytes) -> Delivery:
        """Deliver a mail in one go, where nobody needs to know what happened in between."""
        return self.begin(sender, recipient, content) or self.data()

    def begin(self, sender: str, recipient: str, content: bytes) -> Delivery | None:
        """MAIL and RCPT (RFC 5321 section 3.3). None: the server waits for ``data``. "" is the null sender.

        Whatever happens is returned, nothing is raised.
        """
        if self._clock() < self._closed_until:
            return self._closed
        kept = self._smtp is not None
        try:
            try:
                return self._envelope(sender, recipient, content)
            except _Broken:
                if not kept:
                    raise
                # A kept connection may have been closed long ago; nothing of this mail was lost with it.
                return self._envelope(sender, recipient, content)
        except _Broken as broken:
            return Delivery(Outcome.NOT_STARTED, broken.stage, broken.code, broken.text)
        except TemporaryFailure as failure:
            self._drop()
            return Delivery(Outcome.NOT_STARTED, Stage.AUTH, text=str(failure))
        except MaildeskError as error:
            self._drop()
            self._closed_until = self._clock() + self.account.timeouts.refused
            self._closed = Delivery(Outcome.NOT_STARTED, Stage.AUTH, text=str(error), account=True)
            return self._closed

    def data(self) -> Delivery:
        """Send the mail that ``begin`` announced. Whatever happens is returned, nothing is raised."""
        timeouts = self.account.timeouts
        try:
            code, text = self._ask(Stage.DATA, timeouts.data, "DATA", consent=3)
            if code // 100 != 3:
                return self._refusal(Stage.DATA, code, text)
            with self._unbroken(Stage.DATA) as smtp:
                smtp.allow(timeouts.data + len(self._body) / _BYTES_A_SECOND)
                smtp.send(self._body)
        except _Broken as broken:
            return Delivery(Outcome.NOT_STARTED, broken.stage, broken.code, broken.text)
        try:
            code, text = self._ask(Stage.DOT, timeouts.dot, ".")
        except _Broken as broken:
            return Delivery(Outcome.UNKNOWN, broken.stage, broken.code, broken.text)
        if code // 100 == 2:
            return Delivery(Outcome.ACCEPTED, Stage.DOT, code, server_text(text))
        return Delivery(_meaning(code), Stage.DOT, code, server_text(text))

    def reset(self) -> None:
        """Give up a mail that was begun."""
        try:
            code, _ = self._ask(Stage.ENVELOPE, self.account.timeouts.command, "RSET")
        except _Broken:
            return
        if code != 250:
            self._drop()

    def close(self) -> None:
        """Say goodbye, if there is anybody; never raises."""
        if self._smtp is not None:
            with contextlib.suppress(_Broken):
                self._ask(Stage.ENVELOPE, 5, "QUIT")
        self._drop()

    # --- the steps

    def _envelope(self, sender: str, recipient: str, content: bytes) -> Delivery | None:
        smtp = self._open()
        try:
            paths = path(sender) if sender else "", path(recipient)
            body = wire_form(content)
            parameters = mail_parameters(smtp.esmtp_features, paths, body)
        except ValueError as problem:
            return Delivery(Outcome.PERMANENT, Stage.ENVELOPE, 0, str(problem))
        seconds = self.account.timeouts.command
        smtp.command_encoding = "ascii" if "".join(paths).isascii() else "utf-8"
        for command in (f"MAIL FROM:<{paths[0]}>{parameters}", f"RCPT TO:<{paths[1]}>"):
            code, text = self._ask(Stage.ENVELOPE, seconds, command)
            if code == 530:
                raise AccountRefused(self._say(f"it wants a login first: {server_text(text)}"))
            if code // 100 != 2:
                return self._refusal(Stage.ENVELOPE, code, text)
        self._body = body
        return None

    def _open(self) -> _Smtp:
        """The kept connection, or a new one. Raises AccountRefused, ConfigError, TemporaryFailure or _Broken."""
        if self._smtp is not None and self._clock() - self._used > self.account.timeouts.idle:
            self.close()
        if self._smtp is not None:
            return self._smtp
        try:
            return self._anew()
        except AccountRefused:
            if not self.account.renew:
                raise
            # The access token may have been withdrawn before its end: another one tells.
            self.account.renew()
            return self._anew()

    def _anew(self) -> _Smtp:
        account = self.account
        refuse_plain(account.host, account.tls, insecure=account.insecure)
        secret = account.secret() if account.user else ""
        self._smtp = _Smtp(account)
        with self._admitted(Stage.CONNECT), self._unbroken(Stage.CONNECT) as smtp:
            smtp.open()
        if account.user:
            with self._admitted(Stage.AUTH, secret), self._unbroken(Stage.AUTH) as smtp:
                smtp.allow(account.timeouts.command)
                smtp.authenticate(account.user, secret)
        return self._smtp

    @contextlib.contextmanager
    def _admitted(self, stage: Stage, secret: str = "") -> Iterator[None]:
        """Before there is an envelope a refusal concerns the account, not a mail."""
        try:
            yield
        except smtplib.SMTPNotSupportedError as error:
            self._drop()
            raise AccountRefused(self._say(str(error))) from None
        except (smtplib.SMTPResponseException, smtplib.SMTPHeloError) as error:
            self._drop()
            text = server_text(error.smtp_error)
            text = text.replace(secret, "***") if secret else text
            if error.smtp_code // 100 == 5:
                raise AccountRefused(self._say(f"server says: {error.smtp_code} {text}")) from None
            raise _Broken(stage, text, error.smtp_code) from None

    @contextlib.contextmanager
    def _unbroken(self, stage: Stage) -> Iterator[_Smtp]:
        """Use the connection; whatever breaks it drops it."""
        if self._smtp is None:
            raise _Broken(stage, "there is no connection")
        try:
            yield self._smtp
        except OSError as error:
            refused = isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPNotSupportedError)
            if refused and stage in {Stage.CONNECT, Stage.AUTH}:
                raise
            self._drop()
            raise _Broken(stage, fault(error)) from None
        self._used = self._clock()

    def _ask(self, stage: Stage, seconds: float, command: str, *, consent: int = 2) -> tuple[int, bytes]:
        """A command and its answer: consent or refusal. Raises _Broken for 421 and for answers that are neither."""
        with self._unbroken(stage) as smtp:
            smtp.allow(seconds)
            code, text = smtp.docmd(command)
        if code == 421 or code // 100 not in {consent, 4, 5}:
            self._drop()
            raise _Broken(stage, text, max(code, 0))
        return code, text

    def _refusal(self, stage: Stage, code: int, text: bytes) -> Delivery:
        self.reset()
        return Delivery(_meaning(code), stage, code, server_text(text))

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    def _say(self, text: str) -> str:
        return f"{self.account.name}: {self.account.host} does not take our mail: {text}"


def _meaning(code: int) -> Outcome:
    """Of an answer that is no consent (RFC 5321 section 4.2.1)."""
    return Outcome.PERMANENT if code // 100 == 5 else Outcome.TEMPORARY


def _own_name(sock: socket.socket | None) -> str:
    """Our host name, or where it has no domain our address as a literal (RFC 5321 section 4.1.3); asks no DNS."""
    name = socket.gethostname()
    if "." in name or sock is None:
        return name
    address = str(sock.getsockname()[0])
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()

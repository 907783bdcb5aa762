"""The mailbox at its server: fetch without a trace, settle what is safe, wait for more. The only imapclient.

Every method raises TemporaryFailure (the connection is gone or the server asks to come back) or
PermanentFailure (a person has to look). After a timeout or a broken answer the connection is dropped.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from imapclient import IMAPClient
from imapclient.datetime_util import format_criteria_date, parse_to_datetime
from imapclient.exceptions import (
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
    LoginError,
    ProtocolError,
)
from imapclient.response_parser import parse_response

from maildesk.ingest.imapwire import Connection
from maildesk.model.errors import PermanentFailure, TemporaryFailure
from maildesk.model.mail import MailKey, RawMail
from maildesk.tls import Tls, make_context, refuse_plain
from maildesk.wire import BEARER_MECHANISMS, Bell, bearer, bearer_refused, fault, server_text

_MEGABYTE = 1024 * 1024
_BATCH_BYTES = 8 * _MEGABYTE
_HEADER_BYTES = _MEGABYTE
_UIDS_A_COMMAND = 200
_BYTES_A_SECOND = 50_000
_GOODBYE_SECONDS = 5
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
_CODE = re.compile(r"\[([A-Z-]{2,30})[\] ]")
_COME_BACK = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "EXPUNGEISSUED"})
_GONE = frozenset({"EXPUNGEISSUED"})
_ASCII = re.compile(r"[ -~]{1,900}")


class After(StrEnum):
    """What becomes of a mail in the mailbox once it is in the store."""

    SEEN = "seen"
    """It is marked as read."""
    MOVE = "move"
    """It is moved to the done folder."""


class LoginRefused(PermanentFailure):
    """The server does not take user and password: try rarely, or the account gets locked."""


class FolderRefused(PermanentFailure):
    """A folder is missing, full or closed to us; the mails concerned stay where they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapAccount:
    """A mailbox and how to get at it. Seconds and bytes."""

    name: str
    host: str
    user: str
    secret: Callable[[], str] = field(repr=False)
    port: int = 993
    tls: Tls = Tls.IMPLICIT
    renew: Callable[[], object] | None = None
    """Given where ``secret`` is an OAuth2 access token: forget the token, as after it was refused."""
    insecure: bool = False
    """An admin insists on a connection without TLS to another machine."""
    ca_file: Path | None = None
    folder: str = "INBOX"
    after: After = After.SEEN
    done_folder: str = "Done"
    create_folder: bool = True
    idle: bool = True
    """False: poll even where the server offers IDLE."""
    command_seconds: float = 120
    idle_seconds: float = 9 * 60
    """IDLE is renewed so often; with each renewal the mailbox is looked through."""
    poll_seconds: float = 10 * 60
    message_limit: int = 50 * _MEGABYTE
    """Of larger mail only the header is fetched."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a fetch brought. ``vanished`` are UIDs that somebody removed meanwhile (F6)."""

    mails: tuple[RawMail, ...] = ()
    vanished: tuple[int, ...] = ()
    last: int = 0
    """The highest UID that was looked at; later ones are for the next fetch."""


class _Client(IMAPClient):  # type: ignore[misc]
    """IMAPClient on our own connection."""

    def __init__(self, account: ImapAccount) -> None:
        self._account = account
        self._context = make_context(account.ca_file) if account.tls is not Tls.OFF else None
        super().__init__(account.host, account.port, ssl=account.tls is Tls.IMPLICIT)
        # imaplib's protocol log would hold passwords and mail.
        self._imap.debug = 0

    def _create_IMAP4(self) -> Connection:  # noqa: N802 - IMAPClient's name
        account = self._account
        implicit = self._context if account.tls is Tls.IMPLICIT else None
        literal = account.message_limit + account.message_limit // 4 + _MEGABYTE
        return Connection(account.host, account.port, implicit, account.command_seconds, literal)

    @property
    def wire(self) -> Connection:
        """The connection below."""
        return self._imap  # type: ignore[no-any-return]

    def secure(self) -> None:
        """STARTTLS, if that is asked for; a server that considers us logged in already is refused (A42)."""
        if self.wire.state != "NONAUTH":
            raise IMAPClientAbortError("the server let us in without a password")
        if self._account.tls is Tls.STARTTLS:
            if not self.has_capability("STARTTLS"):
                raise IMAPClientAbortError("the server offers no STARTTLS")
            self.starttls(self._context)

    def authenticate(self, user: str, secret: str) -> None:
        """Log in: PLAIN where offered (any characters), else LOGIN. What the server can do is known from then on."""
        if self._account.renew:
            self._bear(user, secret)
        elif self.has_capability("AUTH=PLAIN"):
            self.plain_login(user, secret)
        elif _ASCII.fullmatch(user) and _ASCII.fullmatch(secret):
            self.login(_quoted(user), secret)
        else:
            raise LoginError("user or password hold characters that this server has no way to be told")
        self.capabilities()

    def _bear(self, user: str, token: str) -> None:
        """Log in with an OAuth2 access token. Raises LoginError when it is refused."""
        mechanism = next((name for name in BEARER_MECHANISMS if self.has_capability(f"AUTH={name}")), "")
        if not mechanism:
            raise LoginError("the server takes no OAuth2 logins (neither OAUTHBEARER nor XOAUTH2)")
        account = self._account
        words = [bearer_refused(mechanism), bearer(mechanism, user, token, account.host, account.port)]
        try:
            self._imap.authenticate(mechanism, lambda _challenge: words.pop() if words else None)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise LoginError(str(error)) from None


class ImapMailbox:
    """One connection to one mailbox, for one thread."""

    def __init__(self, account: ImapAccount) -> None:
        self.account = account
        self._client: _Client | None = None
        self._uidvalidity = 0
        self._uidnext = 0
        self._found: deque[int] = deque()
        self._namespace: tuple[str, str] | None = None
        self.can_idle = False
        """Whether new mail is announced at once; known from ``connect`` on."""

    # --- the connection

    def connect(self) -> None:
        """Connect and log in. Raises LoginRefused when user or password are wrong."""
        try:
            self._connect()
        except LoginRefused:
            if not self.account.renew:
                raise
            # The access token may have been withdrawn before its end: another one tells.
            self.account.renew()
            self._connect()

    def _connect(self) -> None:
        account = self.account
        refuse_plain(account.host, account.tls, insecure=account.insecure)
        secret = account.secret()
        self.drop()
        self._namespace = None
        with self._translated("connect", secret):
            self._client = _Client(account)
            self._client.secure()
        with self._command("log in", secret) as client:
            client.authenticate(account.user, secret)
            self.can_idle = account.idle and client.has_capability("IDLE")

    def select(self) -> None:
        """Open the folder for writing. Raises PermanentFailure when it is missing or read-only."""
        with self._command("open the folder") as client:
            answer = client.select_folder(self._named(self.account.folder))
            self._uidvalidity = int(answer.get(b"UIDVALIDITY", 0))
            self._uidnext = int(answer.get(b"UIDNEXT", 0))
        if not self._uidvalidity:
            raise FolderRefused(self._say("open the folder", "the server gives mails no lasting numbers (UIDVALIDITY)"))
        self._found.clear()

    def state(self) -> tuple[int, int]:
        """UIDVALIDITY and UIDNEXT of the selected folder (RFC 3501 section 2.3.1.1)."""
        if not self._uidnext:
            known = self._search("ALL")
            self._uidnext = max(known, default=0) + 1
        return self._uidvalidity, self._uidnext

    def close(self) -> None:
        """Log out politely; never raises."""
        if self._client is not None:
            with contextlib.suppress(TemporaryFailure, PermanentFailure), self._command("log out") as client:
                client.wire.allow(_GOODBYE_SECONDS, _MEGABYTE)
                client.logout()
        self.drop()

    def drop(self) -> None:
        """Close the socket without a word."""
        if self._client is not None:
            with contextlib.suppress(OSError):
                self._client.wire.shutdown()
        self._client = None

    # --- reading

    def new_uids(self, after: int, limit: int = 50) -> list[int]:
        """The lowest UIDs above ``after``, ascending; nothing is marked."""
        while self._found and self._found[0] <= after:
            self._found.popleft()
        if not self._found:
            self._connected().wire.forget_news()
            # "n:*" always finds the last mail, whatever its UID (RFC 3501 section 6.4.8).
            self._found.extend(uid for uid in self._search("UID", f"{after + 1}:*") if uid > after)
        return [self._found[index] for index in range(min(limit, len(self._found)))]

    def fetch(self, uids: Sequence[int], *, whole: bool = True) -> Batch:
        """Fetch the first of these mails: as many as fit into one batch, a large one alone; none is marked.

        ``whole`` False: only the header of the first, as of a mail over the limit.
        """
        if not uids:
            return Batch()
        known = self._fetch(uids, "(UID RFC822.SIZE INTERNALDATE)", len(uids) * 1024)
        sizes = {uid: int(items.get(b"RFC822.SIZE") or 0) for uid, items in known.items()}
        oversize = not whole or sizes.get(uids[0], 0) > self.account.message_limit
        chosen = uids[:1] if oversize else self._choose(uids, sizes)
        if oversize:
            part, key = f"BODY.PEEK[HEADER]<0.{_HEADER_BYTES}>", b"BODY[HEADER]<0>"
        else:
            part, key = "BODY.PEEK[]", b"BODY[]"
        bodies = self._fetch(chosen, f"(UID {part})", sum(sizes.get(uid, 0) for uid in chosen))
        mails = []
        for uid in chosen:
            content = bodies.get(uid, {}).get(key)
            if isinstance(content, bytes) and uid in sizes:
                mail_key = MailKey(self.account.name, self._uidvalidity, uid)
                mails.append(RawMail(mail_key, content, _moment(known[uid]), max(1, sizes[uid]) if oversize else 0))
        there = {mail.key.uid for mail in mails}
        return Batch(tuple(mails), tuple(uid for uid in chosen if uid not in there), chosen[-1])

    def _choose(self, uids: Sequence[int], sizes: dict[int, int]) -> Sequence[int]:
        """The leading UIDs that one command may fetch."""
        total = 0
        for count, uid in enumerate(uids):
            size = sizes.get(uid, 0)
            total += size
            if count and (total > _BATCH_BYTES or size > self.account.message_limit):
                return uids[:count]
        return uids

    def _fetch(self, uids: Sequence[int], items: str, size: int) -> dict[int, dict[bytes, Any]]:
        """UID -> item -> value. Answers without a UID belong to nobody and are left out (F23)."""
        if not uids:
            return {}
        allowed = 2 * size + 2 * _MEGABYTE
        with self._command("fetch", seconds=size / _BYTES_A_SECOND, size=allowed) as client:
            client.wire.untagged_responses.pop("FETCH", None)
            typ, data = client.wire.uid("FETCH", ",".join(map(str, uids)), items)
            _check(typ, data)
            flat = parse_response([piece for piece in data if piece is not None])
            answers = [dict(zip(answer[::2], answer[1::2], strict=True)) for answer in flat[1::2]]
        found: dict[int, dict[bytes, Any]] = {}
        for answer in answers:
            if isinstance(answer.get(b"UID"), int):
                found.setdefault(answer[b"UID"], {}).update(answer)
        return found

    def _search(self, *criteria: str) -> list[int]:
        with self._command("search", size=16 * _MEGABYTE) as client:
            typ, data = client.wire.uid("SEARCH", *criteria)
            _check(typ, data)
            return sorted({int(number) for line in data if line for number in line.split()})

    def wait(self, seconds: float, bell: Bell) -> None:
        """Return when there may be news, when the time is over, or when the bell rings."""
        if self._connected().wire.has_news:
            return
        if self.can_idle:
            try:
                with self._command("wait") as client:
                    client.wire.idle(seconds, bell)
            except FolderRefused:
                # Announced and yet refused: this connection polls from now on.
                self.can_idle = False
        elif not bell.wait(seconds):
            with self._command("look") as client:
                client.noop()

    # --- settling

    def settle(self, uids: Sequence[int]) -> None:
        """Mark as read or move away mails that the store has; UIDs that are gone are no matter.

        Raises FolderRefused when the done folder will not take them: they stay, unmarked.
        """
        for start in range(0, len(uids), _UIDS_A_COMMAND):
            chunk = uids[start : start + _UIDS_A_COMMAND]
            if self.account.after is After.SEEN:
                self._store(chunk, "\\Seen")
            else:
                self._move(chunk, self.account.done_folder)

    def bring_back(self, since: date) -> int:
        """Move what came since that day from the done folder back, to be read again; returns how many mails."""
        folder = self._named(self.account.done_folder)
        with self._command("open the done folder") as client:
            if not client.folder_exists(folder):
                return 0
            client.select_folder(folder)
        uids = self._search("SINCE", format_criteria_date(since).decode("ascii"))
        for start in range(0, len(uids), _UIDS_A_COMMAND):
            self._move(uids[start : start + _UIDS_A_COMMAND], self.account.folder)
        return len(uids)

    def _store(self, uids: Sequence[int], flag: str) -> None:
        with self._command("mark mails") as client:
            client.add_flags(uids, [flag], silent=True)

    def _move(self, uids: Sequence[int], folder: str) -> None:
        """UID MOVE (RFC 6851); a lost race with another client is tried once more with what is left."""
        try:
            self._move_once(uids, folder)
        except _Gone:
            left = self._search("UID", ",".join(map(str, uids)))
            if left:
                self._move_once(left, folder)
        except _NoFolder:
            if not self.account.create_folder:
                raise
            with self._command("create the done folder") as client:
                client.create_folder(self._named(folder))
            self._move_once(uids, folder)

    def _move_once(self, uids: Sequence[int], folder: str) -> None:
        named = self._named(folder)
        with self._command("move mails") as client:
            if client.has_capability("MOVE"):
                client.move(uids, named)
                return
            client.copy(uids, named)
            client.add_flags(uids, ["\\Seen", "\\Deleted"], silent=True)
            # Never a bare EXPUNGE: it would remove what other people marked (P9).
            if client.has_capability("UIDPLUS"):
                client.uid_expunge(uids)

    # --- other folders

    def search_message_id(self, folder: str, message_id: str) -> list[int]:
        """UIDs of the mails in a folder that carry this Message-ID. The folder is opened read-only and stays so."""
        if not _ASCII.fullmatch(message_id):
            return []
        with self._command("look into a folder") as client:
            client.select_folder(self._named(folder), readonly=True)
        return self._search("HEADER", "Message-ID", _quoted(message_id))

    def sent_folder(self) -> str:
        """The folder that the server marks as holding sent mail (RFC 6154); empty when it marks none."""
        with self._command("list folders") as client:
            named = next((name for flags, _, name in client.list_folders() if b"\\Sent" in flags), "")
            return named if isinstance(named, str) else ""

    def append(self, folder: str, content: bytes, flags: Sequence[str] = ("\\Seen",)) -> None:
        """Put a mail into a folder, as a copy of what was sent. Raises FolderRefused."""
        with self._command("put a copy", seconds=len(content) / _BYTES_A_SECOND) as client:
            client.append(self._named(folder), content, flags)

    def _named(self, folder: str) -> str:
        """The server's name of a folder: its separator for "/", its prefix in front."""
        if folder.upper() == "INBOX":
            return "INBOX"
        if self._namespace is None:
            self._namespace = self._ask_namespace()
        prefix, separator = self._namespace
        name = folder.replace("/", separator) if separator else folder
        return name if name.startswith(prefix) else prefix + name

    def _ask_namespace(self) -> tuple[str, str]:
        with self._command("list folders") as client:
            if client.has_capability("NAMESPACE"):
                personal = client.namespace().personal
                if personal:
                    return personal[0][0], personal[0][1] or ""
            listed = client.list_folders("", "")
            return "", (listed[0][1] or b"").decode("ascii", "replace") if listed else ""

    # --- commands

    def _connected(self) -> _Client:
        if self._client is None:
            raise TemporaryFailure(self._say("go on", "there is no connection"))
        return self._client

    @contextlib.contextmanager
    def _command(
        self, doing: str, secret: str = "", *, seconds: float = 0, size: int = 2 * _MEGABYTE
    ) -> Iterator[_Client]:
        """Bound a command in time and bytes, and translate what goes wrong."""
        client = self._connected()
        client.wire.allow(self.account.command_seconds + seconds, size)
        with self._translated(doing, secret):
            yield client

    @contextlib.contextmanager
    def _translated(self, doing: str, secret: str = "") -> Iterator[None]:
        try:
            yield
        except IMAPClientReadOnlyError:
            raise FolderRefused(self._say(doing, "we may only read it; maildesk must be able to mark mail")) from None
        except (IMAPClientAbortError, ProtocolError, OSError, EOFError) as error:
            self.drop()
            raise TemporaryFailure(self._say(doing, fault(error), secret)) from None
        except IMAPClientError as error:
            raise self._refusal(doing, error, secret) from None
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            # imaplib and imapclient meet garbage with any of these (F20).
            self.drop()
            raise TemporaryFailure(self._say(doing, f"the answer makes no sense: {error}", secret)) from None

    def _refusal(self, doing: str, error: IMAPClientError, secret: str) -> Exception:
        """A tagged NO or BAD as an error that says what to do next (RFC 5530)."""
        text = str(error)
        if " command error: BAD " in text:
            self.drop()
            return TemporaryFailure(self._say(doing, f"server says: {text}", secret))
        code = match[1] if (match := _CODE.search(text)) else ""
        said = self._say(doing, f"server says: {text}", secret)
        if code in _GONE:
            return _Gone(said)
        if code in _COME_BACK:
            return TemporaryFailure(said)
        if isinstance(error, LoginError):
            return LoginRefused(said)
        if code in {"TRYCREATE", "NONEXISTENT"}:
            return _NoFolder(said)
        return FolderRefused(said)

    def _say(self, doing: str, text: str, secret: str = "") -> str:
        text = server_text(text.replace(secret, "***") if secret else text)
        return f"{self.account.name}: cannot {doing} at {self.account.host}: {text}"


class _Gone(TemporaryFailure):
    """Some of the mails are not there any more."""


class _NoFolder(FolderRefused):
    """The folder does not exist."""


def _quoted(text: str) -> str:
    """A quoted string (RFC 3501 section 4.3) of text that ``_ASCII`` matches: nothing in it can end the command."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _check(typ: str, data: Sequence[Any]) -> None:
    if typ != "OK":
        last = data[-1] if data else b""
        raise IMAPClientError(last.decode("utf-8", "replace") if isinstance(last, bytes) else str(last))


def _moment(items: dict[bytes, Any]) -> datetime:
    """INTERNALDATE in UTC. Without one the mail counts as ancient: nothing automatic is sent for it."""
    try:
        moment: datetime = parse_to_datetime(items[b"INTERNALDATE"], normalise=False)
        return moment.astimezone(UTC)
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError):
        return _UNDATED

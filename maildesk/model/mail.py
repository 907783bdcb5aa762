"""Mail as maildesk understands it: frozen values, no behaviour beyond looking things up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What sort of mail this is; only ``HUMAN`` may cause an automatic answer."""

    HUMAN = "human"
    """Written by a person for us."""
    AUTO_REPLY = "auto_reply"
    """Vacation notice, acknowledgement or any other robot."""
    BOUNCE = "bounce"
    """A delivery report about a mail of ours."""
    LIST = "list"
    """Mailing list or bulk mail."""
    RECEIPT = "receipt"
    """A read receipt (RFC 8098)."""
    REPORT = "report"
    """An abuse or authentication report (ARF, DMARC aggregate)."""
    OWN = "own"
    """Mail that maildesk itself wrote and that came back."""


@dataclass(frozen=True, slots=True)
class MailKey:
    """Where a mail lies: mailbox name, UIDVALIDITY and UID (RFC 3501 section 2.3.1.1)."""

    mailbox: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class RawMail:
    """A mail as it was fetched; ``received_at`` is INTERNALDATE, aware, UTC."""

    key: MailKey
    content: bytes
    received_at: datetime
    oversize: int = 0
    """Size of the whole mail on the server where ``content`` is only its header: it is over the limit or unreadable."""


@dataclass(frozen=True, slots=True)
class Address:
    """A mail address: display name (may be empty) and addr-spec, lower-case, domain as A-label."""

    name: str
    email: str

    @property
    def domain(self) -> str:
        """The part after the last @."""
        return self.email.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Part:
    """A MIME part that is shown as an attachment; ``path`` ("2.1") finds it again in the raw mail."""

    path: str
    filename: str
    media_type: str
    size: int
    sha256: str
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report says of one recipient (RFC 3464)."""

    recipient: str
    status: str = ""
    """Enhanced status code (RFC 3463), as "5.1.1": the stated one, else the one that the text amounts to."""
    action: str = ""
    """failed, delayed, delivered, relayed or expanded."""
    diagnostic: str = ""
    hard: bool = False
    """True when another try cannot help."""


@dataclass(frozen=True, slots=True)
class Auth:
    """What a trusted Authentication-Results header says (RFC 8601)."""

    trusted: bool = False
    """True only when the configured authserv-id wrote it."""
    authserv_id: str = ""
    dmarc: str = ""
    dkim: str = ""
    spf: str = ""
    domain: str = ""
    """header.from of the dmarc result."""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A mail that another one forwards, as it is shown there: a claim, never a proof."""

    author: Address
    subject: str
    text: str
    announced: bool = True
    """False where nothing but the subject says that one is forwarded: what follows the first one is its quotation."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that was read. Texts hold no NUL and no lone surrogate; they may hold bidi controls."""

    message_id: str = ""
    """With angle brackets; empty when the mail has none that is usable."""
    sender: Address | None = None
    """The one author of a strict From header; None when it is missing or ambiguous (A3)."""
    from_shown: Address | None = None
    """What a mail client would show as author, even where ``sender`` is None; never used for rights."""
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    """Addresses of Delivered-To, X-Original-To, Envelope-To: where the mail really went."""
    return_path: str | None = None
    """Envelope sender; "" for the null sender, None when unknown."""
    subject: str = ""
    text: str = ""
    """The whole readable text."""
    reply: str = ""
    """What is newly written: quotes and signature removed where that is safe."""
    html: str = ""
    """The HTML part as it came (decoded), or empty."""
    parts: tuple[Part, ...] = ()
    references: tuple[str, ...] = ()
    """Message-IDs of In-Reply-To and References, oldest first, each once."""
    in_reply_to: str = ""
    sent_at: datetime | None = None
    language: str = ""
    kind: Kind = Kind.HUMAN
    reason: str = ""
    """Why it has this kind, as "Auto-Submitted: auto-replied"."""
    back_at: datetime | None = None
    """Return date that a vacation notice states."""
    bounces: tuple[Bounce, ...] = ()
    bounced_ids: tuple[str, ...] = ()
    """Message-IDs found in the returned mail of a bounce."""
    forwarded: tuple[Forwarded, ...] = ()
    """The mails that this one forwards, in their text or attached, in their order."""
    above: str = ""
    """What is written above the first of them."""
    auth: Auth = Auth()
    headers: tuple[tuple[str, str], ...] = ()
    """(lower-case name, decoded value) in order, cut to the limits."""
    size: int = 0
    fingerprint: str = ""
    """sha256 of the raw mail without its trace headers: the same mail, however it came (P3)."""
    defects: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        """The first value of a header, or the empty string."""
        return next((value for key, value in self.headers if key == name.lower()), "")

    def headers_named(self, name: str) -> tuple[str, ...]:
        """All values of a header, topmost first."""
        return tuple(value for key, value in self.headers if key == name.lower())

    @property
    def recipients(self) -> tuple[str, ...]:
        """All addresses it was written to or delivered to, each once."""
        seen = [address.email for address in (*self.to, *self.cc)]
        return tuple(dict.fromkeys((*seen, *self.delivered_to)))


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on one mail (PROMISES section 6); bytes unless named otherwise."""

    message: int = 50 * 1024 * 1024
    header_block: int = 1024 * 1024
    header: int = 100 * 1024
    header_lines: int = 1000
    addresses: int = 200
    parts: int = 500
    depth: int = 50
    nested_mails: int = 3
    references: int = 50
    subject: int = 998
    display_name: int = 100
    filename: int = 120
    rule_text: int = 256 * 1024
    received: int = 50


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader needs to know of the desk to read a mail; without it nothing is called our own."""

    own_addresses: frozenset[str] = frozenset()
    authserv_ids: frozenset[str] = frozenset()
    key: bytes = b""
    """The desk's key, to know our own Message-IDs; empty when read without a config."""
    limits: Limits = Limits()

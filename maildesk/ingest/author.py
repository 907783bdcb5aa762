"""Who a mail says it is from: the one author whom rights hang on, whom a reader is shown, and why there is no one.

What is shown is what stands in the header as an address. Where it takes a guess (several headers, an address that
only decoding brings to light, a word without a domain) nobody is shown: an answer would go to whoever was guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from maildesk.ingest.address import addresses_in, clean_name, normalise, parse_addresses, strict_sender
from maildesk.ingest.headers import decode_words
from maildesk.model.mail import Address

_LENGTH = 500
_LOCAL = re.compile(r"[A-Za-z0-9._+-]{1,64}")


@dataclass(frozen=True, slots=True)
class Author:
    """``sender`` as of ``strict_sender``; ``shown`` for the eye only; ``doubt`` says why there is no sender."""

    sender: Address | None = None
    shown: Address | None = None
    doubt: str = ""


def read_author(as_they_came: tuple[str, ...], values: tuple[str, ...], senders: tuple[Address, ...]) -> Author:
    """The author of a mail.

    Takes the From headers with all that cleaning takes out, the same cleaned with encoded-words as they are, and the
    addresses of Sender, which is shown where From names nobody (RFC 5322 section 3.6.2).
    """
    sender = strict_sender(as_they_came)
    if sender:
        return Author(sender, sender)
    found = [address for value in values for address in parse_addresses(value, 2)]
    value = values[0] if values else ""
    if not found:
        return Author(None, senders[0] if senders else _local(value), _nobody(values, value))
    written = {normalise(one) for one in addresses_in(value)}
    shown: Address | None = found[0]
    if "=?" in value and found[0].email not in written:
        return Author(doubt="its address is in an encoded-word")
    beside = bool(written - {one.email for one in found})
    if beside and "<" not in value:
        shown = None
    return Author(None, shown, _doubt(len(as_they_came), len(found), beside=beside))


def _nobody(values: tuple[str, ...], value: str) -> str:
    if len(values) > 1:
        return "several From headers"
    if not values:
        return "no From header"
    return "an address without a domain" if value.strip(" <>") else "an empty From"


def _doubt(headers: int, addresses: int, *, beside: bool) -> str:
    if headers > 1:
        return "several From headers"
    if addresses > 1:
        return "several addresses"
    return "another address beside it" if beside else "its From has more than one reading"


def _local(value: str) -> Address | None:
    """An author without any @, where it stands as an address: ``MAILER-DAEMON (Mail System)``, ``Cron <root>``."""
    before, angle, rest = decode_words(value[:_LENGTH]).partition("<")
    if angle:
        name, local = before, rest.partition(">")[0]
    else:
        local, comment, name = before.partition("(")
        if not comment:
            return None
    local = local.strip()
    if not _LOCAL.fullmatch(local):
        return None
    return Address(clean_name(name.strip('" )')), local.lower())

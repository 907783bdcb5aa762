"""A mail and its envelope as they go over the line (RFC 5321): pure, and strict about what may end a line."""

from __future__ import annotations

from collections.abc import Mapping

import idna

_FORBIDDEN = frozenset('<>"\\ \t')


def wire_form(content: bytes) -> bytes:
    """A mail for DATA: CRLF only, dots doubled (RFC 5321 section 4.5.2), without the final dot.

    Raises ValueError for what no server may take.
    """
    if b"\0" in content:
        raise ValueError("the mail holds a NUL character")
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n")
    body = (b"\n" + lines).replace(b"\n.", b"\n..").replace(b"\n", b"\r\n")
    return body[2:] + b"\r\n"


def path(address: str) -> str:
    """An address as it stands in MAIL and RCPT, its domain as A-label. Raises ValueError."""
    local, _, domain = address.rpartition("@")
    if not (local and domain) or not address.isprintable() or _FORBIDDEN & set(address) or len(address) > 254:
        raise ValueError(f"not an address that mail can be sent to: {address[:100]!a}")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError:
        raise ValueError(f"not a domain: {domain[:100]!a}") from None


def mail_parameters(features: Mapping[str, str], paths: tuple[str, str], body: bytes) -> str:
    """Parameters for MAIL, each with a space before it. ``features``: EHLO keywords in lower case and their values.

    Raises ValueError when the mail needs what the server does not offer.
    """
    parameters = ""
    if "size" in features:
        limit = features["size"]
        if limit.isdecimal() and 0 < int(limit) < len(body):
            raise ValueError(f"the mail has {len(body)} bytes, the server takes {limit}")
        parameters += f" SIZE={len(body)}"
    if not body.isascii():
        if "8bitmime" not in features:
            raise ValueError("the mail needs 8BITMIME, which the server does not offer")
        parameters += " BODY=8BITMIME"
    if not "".join(paths).isascii():
        if "smtputf8" not in features:
            raise ValueError("the address needs SMTPUTF8, which the server does not offer")
        parameters += " SMTPUTF8"
    return parameters

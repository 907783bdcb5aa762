"""How connections to mail servers are protected: one place makes every TLS context (P22, A40-A43)."""

from __future__ import annotations

import ipaddress
import ssl
from enum import StrEnum
from pathlib import Path

from maildesk.model.errors import PermanentFailure


class Tls(StrEnum):
    """How a connection is protected (RFC 8314)."""

    IMPLICIT = "implicit"
    """TLS from the first byte: ports 993 and 465."""
    STARTTLS = "starttls"
    """Upgraded before anything else is said; refused when the server does not offer it."""
    OFF = "off"
    """No protection: for servers on this machine, or where an admin insists."""


def make_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """A context that checks certificate and host name and speaks TLS 1.2 or newer.

    ``ca_file`` is trusted instead of the system's authorities. Raises PermanentFailure when it cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise PermanentFailure(f"cannot use the certificates in {ca_file}: {error}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def refuse_plain(host: str, tls: Tls, *, insecure: bool) -> None:
    """Raise PermanentFailure when a password would cross a network in the clear and nobody insisted on it."""
    if tls is Tls.OFF and not insecure and not is_loopback(host):
        raise PermanentFailure(f"{host}: without TLS only servers on this machine are spoken to")

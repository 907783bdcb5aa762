"""Fixtures that need servers. Each test process has its own; nothing listens beyond loopback."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

import pytest
from servers import postgres
from servers.certificates import Authority, Certificate
from servers.dovecot import Dovecot
from servers.postfix import Postfix
from servers.smtp import SmtpServer

_DATABASES = itertools.count(1)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def certificate(authority: Authority) -> Certificate:
    """A good certificate for localhost."""
    return authority.certificate("good")


@pytest.fixture(scope="session")
def dovecot(certificate: Certificate) -> Iterator[Dovecot]:
    """A running Dovecot; ask it for a fresh ``user()``."""
    server = Dovecot(certificate)
    yield server
    server.stop()


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    """An SMTP server without TLS, whose answers can be planned."""
    server = SmtpServer()
    yield server
    server.stop()


@pytest.fixture
def postfix(dovecot: Dovecot, smtp_server: SmtpServer) -> Iterator[Postfix]:
    """A running Postfix: example.com goes to Dovecot, everything else to ``smtp_server``."""
    server = Postfix(dovecot.lmtp, smtp_server.port)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    with postgres.server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test's own."""
    with postgres.database(postgres_server, f"maildesk_{os.getpid()}_{next(_DATABASES)}") as url:
        yield url

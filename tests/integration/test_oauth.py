"""OAuth2 logins: a provider on loopback, a real Dovecot that asks it about tokens, an SMTP server that knows one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from click.testing import CliRunner
from servers.certificates import Certificate
from servers.dovecot import Dovecot
from servers.provider import Provider
from servers.smtp import SmtpServer

from maildesk import oauth
from maildesk.assemble import imap_account, smtp_account
from maildesk.cli import main
from maildesk.ingest.imap import ImapMailbox, LoginRefused
from maildesk.model.errors import ConfigError, PermanentFailure, TemporaryFailure
from maildesk.oauth import Tokens
from maildesk.outbox.smtp import AccountRefused, Courier
from maildesk.settings import load
from maildesk.wire import bearer

NOW = 1_800_000_000.0


@pytest.fixture
def provider() -> Iterator[Provider]:
    found = Provider()
    yield found
    found.stop()


@pytest.fixture
def tokens(provider: Provider, tmp_path: Path) -> Tokens:
    return made(provider, tmp_path)


def made(server: Provider, folder: Path, **options: object) -> Tokens:
    where = oauth.Provider(
        token_url=f"{server.url}/token", device_url=f"{server.url}/device",
        authorize_url="https://login.example.test/authorize", scope="mail",
    )  # fmt: skip
    usual = {"label": "support", "provider": where, "client_id": "desk", "file": folder / "token", "clock": lambda: NOW}
    return Tokens(**{**usual, **options})


def keep(tokens: Tokens, **kept: object) -> None:
    tokens.file.write_text(json.dumps(kept))
    tokens.file.chmod(0o600)


# --- tokens


def test_a_token_is_used_until_shortly_before_its_end_then_renewed_and_the_new_refresh_token_kept(
    tokens: Tokens, provider: Provider
) -> None:
    keep(tokens, access_token="old", expires_at=NOW + 301, refresh_token="refresh0")
    assert tokens.access() == "old"
    keep(tokens, access_token="old", expires_at=NOW + 299, refresh_token="refresh0")
    assert tokens.access() == "access1"
    assert provider.asked == [{"client_id": "desk", "grant_type": "refresh_token", "refresh_token": "refresh0"}]
    assert json.loads(tokens.file.read_text())["refresh_token"] == "refresh1"
    assert tokens.file.stat().st_mode & 0o777 == 0o600
    assert tokens.access() == "access1"


def test_many_threads_renew_once(tokens: Tokens, provider: Provider) -> None:
    keep(tokens, refresh_token="refresh0")
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(tokens.access())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["access1"] * 8
    assert len(provider.asked) == 1


def test_without_a_login_or_after_it_was_withdrawn_the_admin_is_told_what_to_run(
    tokens: Tokens, provider: Provider
) -> None:
    with pytest.raises(ConfigError, match="nobody has logged in yet; run: maildesk login support"):
        tokens.access()
    keep(tokens, refresh_token="refresh0")
    provider.status, provider.refusal = 400, {"error": "invalid_grant", "error_description": "revoked\r\nby the user"}
    with pytest.raises(ConfigError, match="invalid_grant revoked by the user; run: maildesk login support"):
        tokens.access()
    assert json.loads(tokens.file.read_text()) == {"refresh_token": "refresh0"}


def test_a_provider_that_is_away_is_temporary_and_loses_nothing(tokens: Tokens, provider: Provider) -> None:
    keep(tokens, refresh_token="refresh0")
    provider.status = 503
    with pytest.raises(TemporaryFailure, match="answers 503"):
        tokens.access()
    provider.status, provider.refusal = 200, {"nothing": 1}
    with pytest.raises(TemporaryFailure, match="gave no token"):
        tokens.access()
    provider.stop()
    with pytest.raises(TemporaryFailure, match="cannot be reached"):
        tokens.access()
    assert json.loads(tokens.file.read_text()) == {"refresh_token": "refresh0"}


@pytest.mark.parametrize("error", ["temporarily_unavailable", "server_error"])
def test_a_provider_that_says_it_is_away_asks_nobody_to_log_in_anew(
    tokens: Tokens, provider: Provider, error: str
) -> None:
    keep(tokens, refresh_token="first")
    provider.status, provider.refusal = 400, {"error": error}
    with pytest.raises(TemporaryFailure, match=error):
        tokens.access()


def test_a_token_file_that_others_can_read_is_refused(tokens: Tokens) -> None:
    keep(tokens, refresh_token="refresh0")
    tokens.file.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        tokens.access()


def test_tokens_cross_no_network_in_the_clear(provider: Provider, tmp_path: Path) -> None:
    plain = made(provider, tmp_path, provider=oauth.Provider(token_url="http://login.example.test/token"))
    keep(plain, refresh_token="refresh0")
    with pytest.raises(PermanentFailure, match="no https address"):
        plain.access()


def test_an_application_logs_in_as_itself(provider: Provider, tmp_path: Path) -> None:
    itself = made(provider, tmp_path, application=True, client_secret=lambda: "s3cret")
    assert itself.access() == "access1"
    assert provider.asked == [
        {"client_id": "desk", "client_secret": "s3cret", "grant_type": "client_credentials", "scope": "mail"}
    ]
    assert "s3cret" not in repr(itself)


# --- the login of a person


def test_consent_in_a_browser_is_bound_to_this_login(tokens: Tokens, provider: Provider) -> None:
    page = urlsplit(tokens.authorize_address("verifier", "state", "desk@example.com"))
    words = dict(parse_qsl(page.query))
    assert words["code_challenge"] == "iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ"  # sha256("verifier"), RFC 7636
    with pytest.raises(PermanentFailure, match="not the address of this login"):
        tokens.consented(f"{oauth.REDIRECT}?code=c1&state=other", "verifier", "state")
    with pytest.raises(PermanentFailure, match="access_denied"):
        tokens.consented(f"{oauth.REDIRECT}?error=access_denied&state=state", "verifier", "state")
    assert not provider.asked
    tokens.consented(f" {oauth.REDIRECT}?code=c1&state=state\n", "verifier", "state")
    assert provider.asked[0]["code_verifier"] == "verifier"
    assert tokens.access() == "access1"


def _config(folder: Path, provider: Provider, more: str = "") -> Path:
    config = folder / "config.toml"
    config.write_text(f"""
[desk]
name = "Desk"
domain = "example.com"

[[mailbox]]
name = "support"
address = "desk@example.com"
[mailbox.imap]
host = "127.0.0.1"
tls = "off"
{more}
[mailbox.oauth2]
provider = "other"
client_id = "desk"
token_file = "support.token"
token_url = "{provider.url}/token"
device_url = "{provider.url}/device"
scope = "mail"
""")
    return config


def test_login_by_a_code_on_another_device(provider: Provider, tmp_path: Path) -> None:
    provider.pending = 2
    config = _config(tmp_path, provider)
    result = CliRunner().invoke(main, ["--config", str(config), "login", "support"])
    assert result.exit_code == 0, result.output
    assert "https://login.example.test/device" in result.output
    assert "AB-CD" in result.output
    assert "access1" not in result.output
    assert (tmp_path / "support.token").stat().st_mode & 0o777 == 0o600
    assert load(config).mailbox[0].oauth2.tokens("support").access() == "access1"
    other = CliRunner().invoke(main, ["--config", str(config), "login", "sales"])
    assert other.exit_code == 2
    assert "no [mailbox.oauth2] there (support)" in other.output


# --- at the mail servers


def test_dovecot_lets_us_in_by_token_and_a_withdrawn_one_is_replaced_once(
    certificate: Certificate, provider: Provider, tmp_path: Path
) -> None:
    dovecot = Dovecot(certificate, tokens=f"{provider.url}/me?token=")
    try:
        box = load(_config(tmp_path, provider, f"port = {dovecot.imap}")).mailbox[0]
        account = imap_account(box)
        keep(box.oauth2.tokens("support"), access_token="withdrawn", expires_at=4e9, refresh_token="refresh0")
        mailbox = ImapMailbox(account)
        mailbox.connect()
        mailbox.select()
        mailbox.close()
        assert [words["grant_type"] for words in provider.asked] == ["refresh_token"]
        provider.user = "somebody.else@example.com"
        with pytest.raises(LoginRefused) as refused:
            mailbox.connect()
        assert "access" not in str(refused.value)
    finally:
        dovecot.stop()


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_smtp_takes_the_token_and_a_withdrawn_one_is_replaced_once(
    mechanism: str, provider: Provider, tmp_path: Path
) -> None:
    server = SmtpServer(features=("8BITMIME", f"AUTH PLAIN {mechanism}"))
    try:
        more = f'[mailbox.smtp]\nhost = "127.0.0.1"\nport = {server.port}\ntls = "off"\n'
        box = load(_config(tmp_path, provider, more)).mailbox[0]
        keep(box.oauth2.tokens("support"), access_token="withdrawn", expires_at=4e9, refresh_token="refresh0")
        server.token = "access1"
        courier = Courier(smtp_account(box))
        courier.check()
        assert len(provider.asked) == 1
        courier.close()
        server.token = "another"
        with pytest.raises(AccountRefused):
            courier.check()
        assert len(provider.asked) == 2
    finally:
        server.stop()


def test_an_outage_of_the_provider_delays_mail_and_closes_no_account(provider: Provider, tmp_path: Path) -> None:
    server = SmtpServer(features=("AUTH XOAUTH2",))
    try:
        more = f'[mailbox.smtp]\nhost = "127.0.0.1"\nport = {server.port}\ntls = "off"\n'
        box = load(_config(tmp_path, provider, more)).mailbox[0]
        keep(box.oauth2.tokens("support"), refresh_token="refresh0")
        provider.status = 500
        courier = Courier(smtp_account(box))
        delivery = courier.begin("desk@example.com", "leila@example.net", b"Subject: x\r\n\r\ny\r\n")
        assert delivery is not None
        assert not delivery.account
        provider.status, server.token = 200, "access2"  # the first answer was given with the 500
        assert courier.send("desk@example.com", "leila@example.net", b"Subject: x\r\n\r\ny\r\n").text.startswith(
            "2.0.0"
        )
        assert len(server.mails) == 1
    finally:
        server.stop()


def test_names_are_escaped_in_the_words_of_a_login() -> None:
    assert bearer("OAUTHBEARER", "a=b,c@example.com", "t", "h", 993) == (
        b"n,a=a=3Db=2Cc@example.com,\x01host=h\x01port=993\x01auth=Bearer t\x01\x01"
    )
    assert bearer("XOAUTH2", "a@example.com", "t", "h", 993) == b"user=a@example.com\x01auth=Bearer t\x01\x01"

"""`maildesk check` against a real Dovecot and Postfix: what it finds, and that it leaves the mail alone."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from servers.dovecot import PASSWORD, Dovecot
from servers.postfix import Postfix

from maildesk.cli import main

CONFIG = """
[desk]
name = "Example"
domain = "example.com"

[[mailbox]]
name = "support"
address = "{user}@example.com"
after = "move"

[mailbox.imap]
host = "localhost"
port = {imap}
user = "{user}"
password_env = "SECRET"
ca_file = "{ca}"

[mailbox.smtp]
host = "127.0.0.1"
port = {smtp}
user = "-"
tls = "off"
sent_folder = "Sent"
"""
MAIL = b"From: leila@example.org\r\nSubject: old\r\n\r\nHello\r\n"


class Desk:
    def __init__(self, folder: Path, values: dict[str, object]) -> None:
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG.format(**values))
        key = folder / "state" / "desk.key"
        key.parent.mkdir()
        key.write_bytes(bytes(32))
        key.chmod(0o600)

    def check(self, *args: str, secret: str = PASSWORD) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["--config", str(self.config), "check", *args], env={"SECRET": secret})
        return result.exit_code, result.output

    def edit(self, old: str, new: str) -> None:
        self.config.write_text(self.config.read_text().replace(old, new))


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    return dovecot.user()


@pytest.fixture
def desk(tmp_path, authority, dovecot: Dovecot, postfix: Postfix, user: str) -> Desk:
    return Desk(tmp_path, {"user": user, "imap": dovecot.imaps, "smtp": postfix.port, "ca": authority.ca})


def test_check_looks_and_touches_nothing(desk: Desk, dovecot: Dovecot, user: str):
    dovecot.append(user, MAIL, MAIL)
    before = dovecot.flags(user)
    code, output = desk.check()
    assert "2 mails; new mail is announced at once" in output
    assert "2 mails lie there and stay untouched" in output
    assert "support: Done: will be made" in output
    assert "PROBLEM  support: Sent" in output
    assert code == 1
    with dovecot.client(user, "") as client:
        client.create_folder("Sent")
    assert desk.check()[0] == 0
    assert dovecot.flags(user) == before
    assert len(before) == 2


def test_check_send_makes_a_round_trip_and_finds_out_about_plus_addresses(desk: Desk, dovecot: Dovecot, user: str):
    desk.edit('sent_folder = "Sent"\n', "")
    code, output = desk.check("--send")
    assert "round trip: the mail came back" in output
    assert "plus addresses: work" in output
    assert code == 0, output


def test_check_refuses_certificates_and_passwords_that_do_not_fit(desk: Desk, dovecot: Dovecot):
    code, output = desk.check(secret="wrong-secret")
    assert code == 1
    assert "cannot log in" in output
    assert "wrong-secret" not in output
    desk.edit("ca_file", "# ca_file")
    assert "CERTIFICATE_VERIFY_FAILED" in desk.check()[1]

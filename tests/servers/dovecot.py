"""A private Dovecot: IMAP (with STARTTLS), IMAPS and LMTP on loopback; any user, one password."""

from __future__ import annotations

import itertools
import os
import pwd
import re
import shutil
import signal
import smtplib
import subprocess
import tempfile
from pathlib import Path

from imapclient import IMAPClient

from servers import free_port, listening, program, stop_pid_file, until
from servers.certificates import Certificate

PASSWORD = "correct-horse"

_CONFIG = """
base_dir = {run}/base
state_dir = {run}/state
log_path = {run}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
auth_failure_delay = 0 secs
{accounts}
mail_location = maildir:{run}/mail/%n
first_valid_uid = 1
mail_max_userip_connections = 100
{tokens}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={run}/mail/%n allow_all_users=yes
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
protocol lmtp {{
  auth_username_format = %n
}}
mail_plugins = acl
plugin {{
  acl = vfile
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
  mailbox Sent {{
    special_use = \\Sent
  }}
}}
"""
_TOKENS = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {run}/tokens.conf
}}
"""
_ROOTLESS = "default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}"


class Dovecot:
    """Starts with its construction; ``stop`` ends it and removes its files.

    ``tokens``: only OAuth2 logins, looked up at this address (the token is appended to it).
    """

    def __init__(self, certificate: Certificate, *, separator: str = "/", prefix: str = "", tokens: str = "") -> None:
        # Sockets below it have long names: a short folder.
        self.run = Path(tempfile.mkdtemp(prefix="maildesk-dovecot-", dir="/tmp"))
        self.run.chmod(0o755)
        self.imap, self.imaps, self.lmtp = free_port(), free_port(), free_port()
        self._numbers = itertools.count(1)
        name = "mail" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        account = pwd.getpwnam(name)
        (self.run / "mail").mkdir()
        if os.geteuid() == 0:
            os.chown(self.run / "mail", account.pw_uid, account.pw_gid)
        accounts = "" if os.geteuid() == 0 else _ROOTLESS.format(user=name, group=account.pw_gid)
        self._config = self.run / "dovecot.conf"
        values = {"run": self.run, "certificate": certificate.certificate, "key": certificate.key}
        values |= {"user": name, "group": account.pw_gid, "accounts": accounts, "password": PASSWORD}
        values |= {"mechanisms": "oauthbearer xoauth2" if tokens else "plain login"}
        values |= {"tokens": _TOKENS.format(run=self.run) if tokens else ""}
        (self.run / "tokens.conf").write_text(
            f"introspection_mode = get\nintrospection_url = {tokens}\nusername_attribute = email\n"
        )
        values |= {"imap": self.imap, "imaps": self.imaps, "lmtp": self.lmtp}
        self._config.write_text(_CONFIG.format(**values, separator=separator, prefix=prefix))
        self.start()

    def start(self) -> None:
        """Start the daemon and wait for its ports."""
        with (self.run / "start.log").open("w") as log:
            subprocess.run([program("dovecot"), "-c", self._config], check=True, stdout=log, stderr=log)
        pid = self.run / "base" / "master.pid"
        until(lambda: pid.exists() and listening(self.imap) and listening(self.lmtp), what="Dovecot's start")

    def halt(self) -> None:
        """Stop the daemon, keep the mail."""
        stop_pid_file(self.run / "base" / "master.pid")

    def stop(self) -> None:
        """Stop the daemon and remove everything."""
        self.halt()
        shutil.rmtree(self.run, ignore_errors=True)

    def doveadm(self, *args: str) -> str:
        """Run doveadm and return what it printed."""
        command = [program("doveadm"), "-c", self._config, *args]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def user(self) -> str:
        """The name of a user who has no mail yet."""
        return f"user{next(self._numbers)}"

    def client(self, user: str, folder: str = "INBOX") -> IMAPClient:
        """Somebody else's mail program on this mailbox."""
        client = IMAPClient("127.0.0.1", self.imap, ssl=False)
        client.login(user, PASSWORD)
        if folder:
            client.select_folder(folder)
        return client

    def append(self, user: str, *contents: bytes, folder: str = "INBOX") -> None:
        """Put mails into a folder over IMAP."""
        with self.client(user, "") as client:
            for content in contents:
                client.append(folder, content)

    def deliver(self, user: str, *contents: bytes) -> None:
        """Deliver mails by LMTP, as a mail server does."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as lmtp:
            for content in contents:
                lmtp.sendmail("sender@example.org", [f"{user}@example.com"], content)

    def flags(self, user: str, folder: str = "INBOX") -> dict[int, set[str]]:
        """UID -> flags, without "recent"."""
        with self.client(user, folder) as client:
            found = client.get_flags(client.search()) if client.search() else {}
        return {uid: {flag.decode() for flag in flags} - {"\\Recent"} for uid, flags in found.items()}

    def bump_uidvalidity(self, user: str) -> None:
        """All UIDs of the INBOX become void (RFC 3501 section 2.3.1.1)."""
        self.kick(user)
        with self.client(user) as client:
            new = client.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"] + 7
        self.doveadm("mailbox", "update", "-u", user, "--uid-validity", str(new), "INBOX")

    def kick(self, user: str) -> None:
        """End all connections of a user, as an administrator does."""
        subprocess.run([program("doveadm"), "-c", self._config, "kick", user], check=False, capture_output=True)

    def kill(self, user: str) -> None:
        """Kill -9 the processes that serve a user."""
        for pid in re.findall(r"\((\d+)\)", self.doveadm("who", user)):
            os.kill(int(pid), signal.SIGKILL)

    def log(self) -> str:
        """What it wrote so far."""
        return (self.run / "log").read_text()

    def maildir(self, user: str) -> Path:
        """Where the mail of a user lies."""
        return self.run / "mail" / user

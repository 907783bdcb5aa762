"""A private Postfix: takes mail on a loopback port, gives ours to Dovecot by LMTP, everybody else's to a sink."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from servers import free_port, listening, missing, program, until

_MAIN = """
compatibility_level = 3.6
queue_directory = {run}/queue
data_directory = {run}/data
maillog_file = {run}/log
maillog_file_prefixes = {run}
myhostname = mail.example.com
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
recipient_delimiter = +
virtual_mailbox_domains = example.com
virtual_mailbox_maps = static:anybody
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
relayhost = [127.0.0.1]:{sink}
smtputf8_enable = yes
smtp_host_lookup = native
disable_dns_lookups = yes
minimal_backoff_time = 2s
queue_run_delay = 2s
multi_instance_name = postfix-{port}
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
showq unix n - n - - showq
flush unix n - n 1000? 0 flush
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Starts with its construction; ``stop`` ends it and removes its files. Needs root, as Postfix does."""

    def __init__(self, lmtp: int, sink: int) -> None:
        if os.geteuid() != 0:
            missing("Postfix starts as root only")
        self._program = program("postfix")
        self.port = free_port()
        self.run = Path(tempfile.mkdtemp(prefix="maildesk-postfix-", dir="/tmp"))
        self.run.chmod(0o755)
        values = {"run": self.run, "lmtp": lmtp, "sink": sink, "port": self.port}
        (self.run / "main.cf").write_text(_MAIN.format(**values))
        (self.run / "master.cf").write_text(_MASTER.format(**values))
        for name in ("queue", "data"):
            (self.run / name).mkdir()
        os.chown(self.run / "data", pwd.getpwnam("postfix").pw_uid, -1)
        self._postfix("start")
        until(lambda: listening(self.port), what=f"the start of Postfix (see {self.run}/log)")

    def _postfix(self, command: str) -> None:
        with (self.run / "postfix.out").open("a") as log:
            subprocess.run([self._program, "-c", self.run, command], check=True, stdout=log, stderr=log, timeout=60)

    def log(self) -> str:
        """What it wrote so far."""
        return (self.run / "log").read_text()

    def stop(self) -> None:
        """Stop it and remove everything."""
        self._postfix("stop")
        shutil.rmtree(self.run, ignore_errors=True)

"""The world of the measurements: Dovecot, the sink, corpora and the measuring tools of ``shared/bench``, in a temp folder.

Nothing of those files is copied: a folder of symlinks makes them write their state beside it instead of beside themselves.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
HOST = "127.0.0.1"
PASSWORD = "secret"

_CONFIG = """
[desk]
name = "Example Support"
domain = "{domain}"
language = "en"
timezone = "UTC"
hold_seconds = 0
notify_agents = {notify}

[[mailbox]]
name = "support"
address = "{address}"
group = "support"
calendar = "office"
start = "now"

  [mailbox.imap]
  host = "{host}"
  port = {imap}
  user = "{user}"
  password = "{password}"
  tls = "off"

  [mailbox.smtp]
  host = "{host}"
  port = {smtp}
  user = "-"
  tls = "off"

[[agent]]
name = "sara"
email = "sara@example.com"
language = "fa"
groups = ["support"]

[[agent]]
name = "omid"
email = "omid@example.com"
groups = ["support"]

[[agent]]
name = "mina"
email = "mina@example.com"
role = "lead"
groups = ["support"]

[[group]]
name = "support"
lead = "mina"
calendar = "office"
sla = "standard"

[[calendar]]
name = "office"
week = {{ mon = "9:00-17:00", tue = "9:00-17:00", wed = "9:00-17:00", thu = "9:00-17:00", fri = "9:00-17:00" }}

[[sla]]
name = "standard"
first_response = "4h"
next_response = "8h"
resolution = "3d"
steps = [ {{ at = "75%", notify = ["assignee"] }}, {{ at = "100%", notify = ["lead"] }} ]

[survey]
enabled = false
[updates]
enabled = false
[worklist]
enabled = false

[gate]
address_hour = 1000000
address_day = 1000000
domain_hour = 1000000
total_hour = 1000000
ticket_hour = 1000000
"""


def tools() -> Path | None:
    """The folder of the measuring tools, or None where there is none."""
    folder = Path(os.environ.get("MAILDESK_BENCH") or REPOSITORY.parent / "shared" / "bench")
    return folder.resolve() if (folder / "floor.py").is_file() else None


def missing() -> str:
    """What is missing to measure here; empty when nothing is."""
    if tools() is None:
        return "no measuring tools: set MAILDESK_BENCH to the folder of floor.py"
    if not shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        return "dovecot is not installed; run tests/install.sh as root"
    return "" if os.geteuid() == 0 else "the tools' Dovecot delivers as user mail: measure as root"


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


class World:
    """Servers and mailboxes. ``with World() as world``: Dovecot runs, and is gone afterwards with everything else."""

    def __init__(self) -> None:
        bench = tools()
        assert bench, missing()
        self.folder = Path(tempfile.mkdtemp(prefix="mdbench-", dir="/tmp"))
        self.folder.chmod(0o755)
        for file in bench.iterdir():
            if file.name not in {"run", "results", "corpus"}:
                (self.folder / file.name).symlink_to(file)
        self.smtp_port, self.lmtp_port, self.imap_port = free_port(), free_port(), free_port()
        self.run = self.folder / "run"
        self.environment = {
            **os.environ,
            "PERF": str(self.folder),
            "RUN": str(self.run),
            "IMAP_HOST": HOST,
            "IMAP_PORT": str(self.imap_port),
            "LMTP_PORT": str(self.lmtp_port),
            "SMTP_PORT": str(self.smtp_port),
            "MAIL_PASS": PASSWORD,
            "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin",
            # The tools may lie in a folder that nobody may write to: their bytecode is kept here.
            "PYTHONPYCACHEPREFIX": str(self.folder / "pycache"),
        }
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def __enter__(self) -> Self:
        try:
            self.shell("dovecot/dovecot.sh", "start")
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.shell("dovecot/dovecot.sh", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def shell(self, script: str, *arguments: str) -> str:
        """Run one of the tools' shell scripts."""
        return self._do("bash", str(self.folder / script), *arguments)

    def tool(self, script: str, *arguments: object) -> str:
        """Run one of the tools' Python programs; returns what it printed."""
        return self._do(sys.executable, str(self.folder / script), *map(str, arguments))

    def tool_here(self, script: str, *arguments: object) -> str:
        """Run a program that lies beside this file."""
        return self._do(sys.executable, str(HERE / script), *map(str, arguments))

    def _do(self, *command: str) -> str:
        # Into files: a daemon that is started here would keep a pipe open for good.
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run(command, env=self.environment, stdout=output, stderr=errors, check=False, timeout=900)
            told = [file.read() for file in (output, errors) if not file.seek(0)]
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{told[0][-2000:]}{told[1][-2000:]}")
        return told[0]

    # -- mail

    def corpus(self, count: int, seed: int = 1) -> Path:
        """A generated corpus of so many messages."""
        folder = self.folder / f"corpus-{count}-{seed}"
        if not folder.exists():
            self.tool("gen_corpus.py", "-n", count, "-o", folder, "--seed", seed)
        return folder

    def address(self) -> str:
        """The desk's address in the corpus."""
        code = "import gen_corpus; print(gen_corpus.DESK)"
        return self._do(sys.executable, "-c", f"import sys; sys.path.insert(0, {str(self.folder)!r}); {code}").strip()

    def fill(self, user: str, corpus: Path, last: int, first: int = 1) -> None:
        """Empty a mailbox and put messages of a corpus into it, as if they had just come."""
        self.shell("dovecot/dovecot.sh", "reset", user)
        self.pour(user, corpus, last, first)

    def pour(self, user: str, corpus: Path, last: int, first: int = 1) -> None:
        """Put messages of a corpus into a mailbox."""
        self.tool("feed.py", corpus, "--user", user, "--first", first, "--last", last, "--via", "maildir")

    def deliver(self, user: str, sender: str, content: bytes) -> None:
        """Deliver a message by LMTP."""
        with smtplib.LMTP(HOST, self.lmtp_port) as line:
            line.sendmail(sender, [user], content)

    @contextlib.contextmanager
    def sink(self, log: Path) -> Iterator[int]:
        """The SMTP sink, logging to a fresh file; gives its pid."""
        log.unlink(missing_ok=True)
        command = [sys.executable, str(self.folder / "smtp_sink.py"), "--port", str(self.smtp_port), "--log", str(log)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=self.environment)
        assert process.stdout
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()

    # -- programs

    def desk(self, name: str, user: str, *, notify: bool) -> Path:
        """A fresh desk on a mailbox with the shipped rules; returns its config file."""
        folder = self.folder / "desks" / name
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "state").mkdir(parents=True)
        (folder / "state" / "desk.key").write_bytes(b"k" * 32)
        (folder / "state" / "desk.key").chmod(0o600)
        for each in ("templates", "articles", "macros"):
            (folder / each).mkdir()
        shutil.copytree(REPOSITORY / "maildesk" / "rules" / "default", folder / "rules")
        address = self.address()
        values = {"address": address, "domain": address.partition("@")[2], "notify": str(notify).lower()}
        values |= {"host": HOST, "imap": self.imap_port, "smtp": self.smtp_port, "user": user, "password": PASSWORD}
        config = folder / "config.toml"
        config.write_text(_CONFIG.format(**values))
        config.chmod(0o600)
        return config

    def copied(self, name: str) -> Path:
        """A copy of a desk with its store; returns its config file."""
        folder = self.folder / "desks" / f"{name}-copy"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder / "desks" / name, folder)
        return folder / "config.toml"

    def begin(self, config: Path, user: str) -> None:
        """The first run of a desk, on an empty mailbox: it notes from where on mail is new."""
        self.shell("dovecot/dovecot.sh", "reset", user)
        self._do(*maildesk(config), "run", "--once")

    def measure(self, label: str, messages: int, sink: int, command: list[str]) -> dict[str, float]:
        """Run a command under the tools' measure.py; returns its figures."""
        dovecot = (self.run / "dovecot" / "base" / "master.pid").read_text().strip()
        log = self.folder / f"{label}.log"
        arguments = ["--label", label, "--messages", messages, "--log", log]
        arguments += ["--also", f"sink={sink}", "--also", f"dovecot={dovecot}", "--", *command]
        try:
            row: dict[str, float] = json.loads(self.tool("measure.py", *arguments))
        except SystemExit as failure:
            raise SystemExit(f"{failure}\n{log.read_text()[-2000:]}") from None
        row["log"] = log.read_text()[-4000:]  # type: ignore[assignment]
        return row

    def floor(self, user: str) -> list[str]:
        """The command that runs floor B on a mailbox."""
        floor = str(self.folder / "floor.py")
        database = str(self.folder / f"floor-{user}.sqlite")
        return [sys.executable, floor, "--user", user, "--parser", "compat32", "--store", "core", "--db", database]


def maildesk(config: Path) -> list[str]:
    """The command line of maildesk for a desk."""
    return [sys.executable, "-m", "maildesk", "--config", str(config)]


def acknowledged(log: Path) -> list[dict[str, str]]:
    """What the sink logged."""
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]

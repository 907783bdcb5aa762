"""PostgreSQL for tests: the server that MAILDESK_TEST_PG_URL names, or a private one made by initdb."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from servers import free_port, missing


def binary(name: str) -> str:
    """A program of PostgreSQL; Debian keeps them out of the PATH, one folder a version."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))
    if found is None:
        missing(f"PostgreSQL ({name}) is not installed; run tests/install.sh as root, or set MAILDESK_TEST_PG_URL")
    return found


class Postgres:
    """A private server on a loopback port, run by a user who is not root. fsync stays on: promises depend on it."""

    def __init__(self) -> None:
        self.run = Path(tempfile.mkdtemp(prefix="maildesk-postgres-", dir="/tmp"))
        self.port = free_port()
        self._user = (
            {"user": pwd.getpwnam("postgres").pw_uid, "group": pwd.getpwnam("postgres").pw_gid, "extra_groups": []}
            if os.geteuid() == 0
            else {}
        )
        if self._user:
            shutil.chown(self.run, "postgres", "postgres")
        self._data = self.run / "data"
        self._command(
            "initdb",
            "-D",
            self._data,
            "-U",
            "maildesk",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        self.start()

    def _command(self, name: str, *args: object) -> None:
        with (self.run / "commands.log").open("a") as log:
            command = [binary(name), *map(str, args)]
            subprocess.run(command, check=True, stdout=log, stderr=log, cwd=self.run, timeout=60, **self._user)

    def start(self) -> None:
        """Start the server."""
        options = f"-h 127.0.0.1 -p {self.port} -k {self.run}"
        self._command("pg_ctl", "-D", self._data, "-l", self.run / "server.log", "-o", options, "-w", "start")

    def halt(self, mode: str = "fast") -> None:
        """Stop the server, keep the data; ``immediate`` is a crash."""
        self._command("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    def url(self, database: str = "postgres") -> str:
        """Where a database is."""
        return f"postgresql://maildesk@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        """Stop it and remove everything."""
        with contextlib.suppress(subprocess.SubprocessError):
            self.halt("immediate")
        shutil.rmtree(self.run, ignore_errors=True)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The URL of a server on which databases may be made."""
    given = os.environ.get("MAILDESK_TEST_PG_URL")
    if given:
        yield given
        return
    binary("initdb")
    postgres = Postgres()
    try:
        yield postgres.url()
    finally:
        postgres.stop()


@contextlib.contextmanager
def database(server_url: str, name: str) -> Iterator[str]:
    """A fresh, empty database on a server, dropped afterwards."""
    import psycopg

    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)')
        connection.execute(f'create database "{name}"')
    try:
        yield server_url.rpartition("/")[0] + f"/{name}"
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'drop database "{name}" with (force)')

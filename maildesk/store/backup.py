"""A copy of the store while it is in use, and putting one in the place of an SQLite store."""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from maildesk.model.errors import PermanentFailure, TemporaryFailure

_PAGES = 1000
"""Pages that are copied at a stroke, between two steps of the progress bar."""

Tick = Callable[[int, int], None]
"""Takes (pages done, pages in all)."""


def back_up(url: str, file: Path, tick: Tick) -> int:
    """Write the whole store into a new file, durably; returns its size in bytes.

    The copy shows one moment, however much is written meanwhile; PostgreSQL's own program makes it there. Raises
    PermanentFailure when ``file`` is there already, TemporaryFailure when the disk will not take it; then nothing is
    left behind.
    """
    parsed = sa.make_url(url)
    if file.exists():
        raise PermanentFailure(f"{file} is there already and is not overwritten")
    with _new_beside(file) as part:
        if parsed.get_backend_name() == "postgresql":
            _dump(parsed, part)
        else:
            _copy(Path(parsed.database or ""), "rw", part, tick)
            _check(part, "the copy is damaged")
        _sync(part)
        if file.exists():
            raise PermanentFailure(f"{file} is there already and is not overwritten")
        part.rename(file)
        _sync(file.parent)
    return file.stat().st_size


@contextmanager
def brought(file: Path, database: Path, tick: Tick) -> Iterator[Path]:
    """A checked copy of a backup beside the store, for the block to change and to ``swap``; else it goes again.

    Raises PermanentFailure when the backup cannot be read or is damaged, TemporaryFailure when the disk is full.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    with _new_beside(database, f"{database}.coming") as part:
        _copy(file, "ro", part, tick)
        _check(part, f"{file} is damaged and was not put back")
        yield part


def swap(part: Path, database: Path, now: datetime) -> Path | None:
    """Put a complete store in the place of the present one; returns under which name that one is kept, if it was there.

    At no instant is there no store: a kill leaves the old one or the new one in its place.
    """
    kept = database.with_name(f"{database.name}.before-{now:%Y%m%dT%H%M%SZ}") if database.exists() else None
    if kept:
        _close_journal(database)
        for journal in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                Path(f"{database}{journal}").rename(f"{kept}{journal}")
        kept.hardlink_to(database)
    _close_journal(part)
    _sync(part)
    part.replace(database)
    _sync(database.parent)
    return kept


@contextmanager
def _new_beside(file: Path, name: str = "") -> Iterator[Path]:
    """An empty file for its owner only, on the same disk; removed at the end unless it got another name."""
    part = Path(name) if name else Path()
    try:
        if name:
            part.unlink(missing_ok=True)
            part.touch(0o600)
        else:
            number, made = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
            os.close(number)
            part = Path(made)
        yield part
    except sqlite3.OperationalError as error:
        raise TemporaryFailure(f"{file}: {error}") from error
    except OSError as error:
        raise TemporaryFailure(f"{file}: {error.strerror}") from error
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            if part.name:
                Path(f"{part}{end}").unlink(missing_ok=True)


def pg_address(url: sa.URL) -> str:
    """The database's address for PostgreSQL's own programs, without the password."""
    bare = sa.URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string(hide_password=False)


def _dump(url: sa.URL, target: Path) -> None:
    words = ["pg_dump", "--format=custom", "--no-owner", f"--dbname={pg_address(url)}"]
    program = shutil.which("pg_dump")
    if program is None:
        told = shlex.join([*words, "--file=BACKUP"])
        raise PermanentFailure(f"there is no pg_dump here; install PostgreSQL's client, or run where it is: {told}")
    password = {"PGPASSWORD": url.password} if url.password else {}
    with target.open("wb") as out:
        done = subprocess.run(  # noqa: S603 - a program of PostgreSQL's, by its whole path, with the admin's own address
            [program, *words[1:]], stdout=out, stderr=subprocess.PIPE, env={**os.environ, **password}, check=False
        )
    if done.returncode:
        raise TemporaryFailure(f"pg_dump: {done.stderr.decode('utf-8', 'replace').strip()}")


def _copy(source: Path, mode: str, target: Path, tick: Tick) -> None:
    """Copy a database page by page, with what its journal holds."""
    if not source.exists():
        raise PermanentFailure(f"there is no {source}")
    address = f"{source.absolute().as_uri()}?mode={mode}"
    try:
        with (
            closing(sqlite3.connect(address, uri=True, isolation_level=None)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.execute("BEGIN")
            # The first read fixes the moment that is copied: otherwise every write of the daemon begins it anew.
            old.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            old.backup(new, pages=_PAGES, progress=lambda _state, left, total: tick(total - left, total))
            new.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise PermanentFailure(f"{source} cannot be read: {error}") from error


def _check(file: Path, complaint: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        try:
            answer = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            lost = connection.execute("PRAGMA foreign_key_check").fetchone()
        except sqlite3.DatabaseError as error:
            raise PermanentFailure(f"{complaint}: {error}") from error
    if answer != "ok":
        raise PermanentFailure(f"{complaint}: {answer}")
    if lost:
        raise PermanentFailure(f"{complaint}: a row of {lost[0]} refers to one that is gone")


def _close_journal(database: Path) -> None:
    """Bring what the journal holds into the store; a store so damaged that this fails keeps its journal beside it."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)

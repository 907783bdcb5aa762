"""Opening a database: one row per kind in ``DIALECTS``, and the traps each kind has.

SQLite: WAL with synchronous=FULL, because NORMAL loses acknowledged commits in a power cut; BEGIN IMMEDIATE,
because a deferred read-then-write fails at once when another connection wrote in between.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from maildesk.model.errors import ConfigError, Problem, StoreDamaged, StoreHeld, TemporaryFailure


@dataclass(frozen=True, slots=True)
class DatabaseKind:
    """What differs between databases: engine options, what to do on connect, how many daemons may share it."""

    engine_options: dict[str, Any]
    prepare: Callable[[sa.Engine], None]
    shared: bool
    """Whether several daemons may work on one store."""


_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=10000",
    "temp_store=MEMORY",
    "cache_size=-32000",
)


def _prepare_sqlite(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    ours = file_of(engine)

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        # What is written to a file that somebody removed is gone, without any error (F59).
        if file_of(engine) != ours:
            raise TemporaryFailure(f"database: {engine.url.database} was removed or replaced: start maildesk again")
        mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {mode}")


def file_of(engine: sa.Engine) -> tuple[int, int] | None:
    """Which file an SQLite store's path names now: device and inode; None when there is none, and elsewhere."""
    try:
        found = os.stat(engine.url.database or "")  # noqa: PTH116 - at every transaction: a Path costs more than it
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _prepare_nothing(_engine: sa.Engine) -> None:
    return


DIALECTS = {
    "sqlite": DatabaseKind({}, _prepare_sqlite, shared=False),
    "postgresql": DatabaseKind(
        {
            "pool_pre_ping": True,
            "connect_args": {"connect_timeout": 10, "keepalives_idle": 30, "tcp_user_timeout": 30000},
        },
        _prepare_nothing,
        shared=True,
    ),
}


def open_engine(url: str) -> sa.Engine:
    """An engine for a database URL, prepared. Raises ConfigError for a kind that is not supported."""
    parsed = sa.make_url(url)
    kind = DIALECTS.get(parsed.get_backend_name())
    if kind is None:
        known = ", ".join(sorted(DIALECTS))
        raise ConfigError(Problem("config", 0, f"database {parsed.get_backend_name()!r} is not one of: {known}"))
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        _make_private(Path(parsed.database))
    engine = sa.create_engine(parsed, **kind.engine_options)
    kind.prepare(engine)
    return engine


def _make_private(file: Path) -> None:
    """Make the file of an SQLite store, for nobody else to read; its journals get the same rights from SQLite."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.touch(0o600)


@contextmanager
def hold(url: str) -> Iterator[None]:
    """Hold the store for one daemon, where its kind cannot be shared. Raises StoreHeld with the holder's pid."""
    parsed = sa.make_url(url)
    if DIALECTS[parsed.get_backend_name()].shared or not parsed.database:
        yield
        return
    path = Path(parsed.database + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = file.read().strip() or "unknown"
            raise StoreHeld(f"the store {parsed.database} is held by another daemon, pid {holder}") from error
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.seek(0)
        file.truncate()


def quick_check(engine: sa.Engine) -> None:
    """Raise StoreDamaged when SQLite's own check finds a fault; nothing to do elsewhere."""
    if engine.dialect.name != "sqlite":
        return
    try:
        with engine.connect() as connection:
            answer = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except sa.exc.DatabaseError as error:
        raise StoreDamaged(f"the database cannot be read: {error.orig}") from error
    if answer != "ok":
        raise StoreDamaged(f"the database is damaged: {answer}. Restore a backup; mail stays in its mailbox")


@contextmanager
def failures() -> Iterator[None]:
    """Turn the database's own errors into ours: what can be tried again says so.

    Errors at connecting and at COMMIT count, too; after the latter the transaction may have been kept (W4).
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        # InternalError: read-only. A bare DatabaseError: SQLite found its file damaged.
        away = isinstance(error, sa.exc.OperationalError | sa.exc.InternalError) or type(error) is sa.exc.DatabaseError
        if not away and not error.connection_invalidated:
            raise
        raise TemporaryFailure(f"database: {error.orig}") from error

"""Bringing a store to this program's schema, in one transaction (P26)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from maildesk.model.errors import ConfigError, Problem

VERSIONS = Path(__file__).parent / "migrations" / "versions"


def known_versions() -> tuple[str, ...]:
    """The revisions this program ships, oldest first: file names begin with their number."""
    return tuple(sorted(path.name.split("_")[0] for path in VERSIONS.glob("[0-9]*.py")))


def version_state(engine: sa.Engine) -> Literal["empty", "old", "current"]:
    """Where a store stands. Raises ConfigError when a newer program wrote it."""
    if not sa.inspect(engine).has_table("alembic_version"):
        return "empty"
    with engine.connect() as connection:
        version = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    known = known_versions()
    if version not in known:
        raise ConfigError(
            Problem("database", 0, f"a newer maildesk wrote this store (schema {version}): install that version")
        )
    return "current" if version == known[-1] else "old"


def upgrade(engine: sa.Engine) -> None:
    """Run the missing migrations. Several workers may call it at once: the others wait, then find nothing to do."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "maildesk.store:migrations")
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(72391)"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

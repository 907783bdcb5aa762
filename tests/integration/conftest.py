"""The store on both databases: every test that takes ``store`` or ``store_url`` runs twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from maildesk.store.store import Store


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path) -> str:
    """Where an empty database is."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A store with its schema."""
    found = Store(store_url)
    found.prepare()
    yield found
    found.close()

"""What a person must hear of though no mail caused it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from maildesk import alarms
from maildesk.model.errors import Problem
from maildesk.notices.render import DeskTemplates, read_templates
from maildesk.notices.samples import sample_desk
from maildesk.store.store import Store

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DESK = replace(sample_desk("en"), admin="admin@example.com", templates=DeskTemplates(*read_templates()))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/maildesk.db")
    store.prepare()
    yield store
    store.close()


def told(store: Store) -> list[str]:
    return [row["subject"] for row in store.look.outbox() if row["recipient"] == "admin@example.com"]


def test_a_refused_password_is_told_once_an_hour(store: Store) -> None:
    for minutes in (0, 5, 29):
        alarms.mailbox_alarm(
            store, DESK, NOW + timedelta(minutes=minutes), "support", "auth_failed", {"error": "server says: no"}
        )
    assert len(told(store)) == 1
    assert "password" in told(store)[0]
    alarms.mailbox_alarm(store, DESK, NOW + timedelta(hours=1), "support", "auth_failed", {})
    assert len(told(store)) == 2


def test_everyday_events_are_not_told(store: Store) -> None:
    for event in ("connected", "taken", "first_seen", "lost"):
        alarms.mailbox_alarm(store, DESK, NOW, "support", event, {})
    assert told(store) == []


def test_the_same_fault_in_two_mailboxes_is_two_alarms(store: Store) -> None:
    for mailbox in ("support", "sales"):
        alarms.mailbox_alarm(store, DESK, NOW, mailbox, "down", {})
    assert len(told(store)) == 2


def test_broken_files_are_told_with_their_lines(store: Store) -> None:
    alarms.broken_files(store, DESK, NOW, [Problem("rules/10.toml", 7, "unknown key 'whn'")])
    row = store.look.outbox()[0]
    found = store.look.outbox_mail(row["id"])
    assert found is not None
    import email
    import email.policy

    mail = email.message_from_bytes(found[1], policy=email.policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    assert "rules/10.toml:7: unknown key 'whn'" in body.get_content()

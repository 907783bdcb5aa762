"""Calls to other programs, as a queue: each is claimed before it is made, so a crash makes it again, not lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from maildesk.store.schema import webhook
from maildesk.store.writing import Writer


class HookQueue:
    """Claims and settles; every method is one transaction."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def due(self, now: datetime, limit: int) -> Sequence[Mapping[str, Any]]:
        """Calls that are to be made now, the oldest first."""
        query = sa.select(webhook).where(webhook.c.state == "queued", webhook.c.not_before <= now)
        with self._writer.read() as connection:
            return [dict(row) for row in connection.execute(query.order_by(webhook.c.id).limit(limit)).mappings()]

    def claim(self, row: int, attempts: int, again_at: datetime) -> bool:
        """Make a call ours that was tried so often; it is due again at ``again_at`` unless it is settled before."""
        mine = sa.and_(webhook.c.id == row, webhook.c.state == "queued", webhook.c.attempts == attempts)
        values = {"attempts": attempts + 1, "not_before": again_at}
        with self._writer.write() as connection:
            return bool(connection.execute(webhook.update().where(mine).values(values)).rowcount)

    def settle(self, row: int, state: str, reason: str) -> None:
        """It was taken (sent), given up (failed), or will be tried again (queued). What is over keeps no content."""
        values = {"state": state, "reason": reason} | ({} if state == "queued" else {"body": ""})
        with self._writer.write() as connection:
            connection.execute(webhook.update().where(webhook.c.id == row).values(values))

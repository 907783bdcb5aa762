"""The tables. One place that both SQLite and PostgreSQL are built from; migrations bring old stores here.

Large and erasable things (raw mail, texts, rendered bytes) stand in tables of their own: a state change then
rewrites a short row, and erasing a person leaves the figures.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware UTC time. SQLite has no such type and drops zones: there it is sortable ISO text."""

    impl = sa.String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        """Native on PostgreSQL, text elsewhere."""
        return dialect.type_descriptor(sa.TIMESTAMP(timezone=True) if dialect.name == "postgresql" else sa.String(32))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        """To the database; a naive time is a bug and raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value if dialect.name == "postgresql" else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - overrides
        """From the database, in UTC."""
        if value is None or isinstance(value, datetime):
            return value.astimezone(UTC) if value else None
        return datetime.fromisoformat(value)


metadata = sa.MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)
Text, Int = sa.Text, sa.BigInteger
_ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, *, index: bool = False) -> sa.Column[str]:
    return sa.Column(name, Text, nullable=False, default="", index=index)


def _number(name: str, *, index: bool = False) -> sa.Column[int]:
    return sa.Column(name, Int, nullable=False, default=0, index=index)


def in_state(table: sa.Table, *states: str) -> sa.ColumnElement[bool]:
    """Rows in these states, written out: only so does SQLite see that a partial index says the same."""
    return one_of(table.c.state, *states)


def one_of(column: sa.ColumnElement[str], *values: str) -> sa.ColumnElement[bool]:
    """Whether a column has one of these of our own words, written out: a list of parameters costs more each time."""
    words: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{value}'") for value in values]
    return column == words[0] if len(words) == 1 else column.in_(words)


sequence = sa.Table(
    "sequence", metadata, sa.Column("name", Text, primary_key=True), sa.Column("value", Int, nullable=False)
)
SEQUENCES = {"ticket": 1000, "token": 0, "outbox": 0}
"""Name -> the value before the first one. PostgreSQL has real sequences of these names instead."""

position = sa.Table(
    "position",
    metadata,
    sa.Column("mailbox", Text, primary_key=True),
    sa.Column("uidvalidity", Int, primary_key=True),
    sa.Column("last_uid", Int, nullable=False),
    sa.Column("quiet_until", Int, nullable=False, default=0),
    sa.Column("since", Moment, nullable=False),
)

mail = sa.Table(
    "mail",
    metadata,
    sa.Column("id", _ROW, primary_key=True, autoincrement=True),
    sa.Column("mailbox", Text, nullable=False),
    sa.Column("uidvalidity", Int, nullable=False),
    sa.Column("uid", Int, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("attempts", Int, nullable=False),
    _text("reason"),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("taken_at", Moment, nullable=False),
    sa.Column("settled", sa.Boolean, nullable=False, default=False),
    _text("standing"),
    sa.Column("released", sa.Boolean, nullable=False, default=False),
    _text("owner"),
    sa.Column("size", Int, nullable=False),
    _text("message_id", index=True),
    sa.Column("fingerprint", Text, nullable=True, unique=True),
    _text("sender"),
    _text("subject"),
    _text("kind"),
    _number("ticket", index=True),
    _number("entry"),
    sa.UniqueConstraint("mailbox", "uidvalidity", "uid"),
    sa.Index(
        "ix_mail_open",
        "id",
        sqlite_where=sa.text("state = 'taken'"),
        postgresql_where=sa.text("state = 'taken'"),
    ),
    sa.Index(
        "ix_mail_unsettled",
        "mailbox",
        "uidvalidity",
        sqlite_where=sa.text("settled = 0"),
        postgresql_where=sa.text("settled = false"),
    ),
    sa.Index(
        "ix_mail_quarantine",
        "id",
        sqlite_where=sa.text("state = 'quarantined'"),
        postgresql_where=sa.text("state = 'quarantined'"),
    ),
)
raw = sa.Table(
    "raw",
    metadata,
    sa.Column("mail", _ROW, sa.ForeignKey("mail.id"), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

ticket = sa.Table(
    "ticket",
    metadata,
    sa.Column("number", _ROW, primary_key=True, autoincrement=False),
    _text("mailbox"),
    _text("subject"),
    _text("requester", index=True),
    _text("requester_name"),
    _text("participants"),
    _text("status"),
    _text("priority"),
    _text("group"),
    _text("assignee"),
    _text("watchers"),
    _text("muted"),
    _text("tags"),
    _text("fields"),
    _text("language"),
    _text("channel"),
    _text("links"),
    _number("merged_into"),
    _text("account_manager"),
    sa.Column("snoozed_until", Moment),
    sa.Column("opened_at", Moment),
    sa.Column("waiting_since", Moment),
    sa.Column("answered_at", Moment),
    sa.Column("replied_at", Moment),
    sa.Column("updated_at", Moment),
    sa.Column("solved_at", Moment),
    sa.Column("closed_at", Moment),
    _number("cycle"),
    _text("clocks"),
    sa.Column("due_at", Moment),
    sa.Column("quiet", sa.Boolean, nullable=False, default=False),
    _number("version"),
    sa.Index("ix_ticket_assignee_status", "assignee", "status"),
    sa.Index("ix_ticket_status", "status", "assignee"),
    sa.Index("ix_ticket_waiting_since", "waiting_since"),
    sa.Index("ix_ticket_solved_at", "solved_at"),
    sa.Index("ix_ticket_due_at", "due_at"),
)
entry = sa.Table(
    "entry",
    metadata,
    sa.Column("ticket", _ROW, primary_key=True, autoincrement=False),
    sa.Column("number", Int, primary_key=True, autoincrement=False),
    _text("kind"),
    _text("author"),
    sa.Column("at", Moment, nullable=False),
    _text("before"),
    _text("after"),
    _text("event"),
    _text("cause"),
    _text("message_id"),
    sa.Column("public", sa.Boolean, nullable=False, default=False),
    _number("mail"),
    _text("origin", index=True),
)
entry_text = sa.Table(
    "entry_text",
    metadata,
    sa.Column("ticket", _ROW, primary_key=True, autoincrement=False),
    sa.Column("number", Int, primary_key=True, autoincrement=False),
    sa.Column("text", Text, nullable=False),
)
contact = sa.Table(
    "contact",
    metadata,
    sa.Column("email", Text, primary_key=True),
    _text("name"),
    _text("organisation", index=True),
    _text("language"),
    sa.Column("fields", Text, nullable=False, default="{}"),
    _text("account_manager"),
    sa.Column("no_updates", sa.Boolean, nullable=False, default=False),
    _number("tickets"),
    sa.Column("last_rating", Int),
    sa.Column("first_seen", Moment),
    _text("same_as", index=True),
    _text("blocked"),
    sa.Column("blocked_until", Moment),
    _number("hits"),
)
"""A key that begins with @ is a whole domain."""
erasure = sa.Table(
    "erasure", metadata, sa.Column("email", Text, primary_key=True), sa.Column("asked_at", Moment, nullable=False)
)
"""Who is to be erased: removed with the person once the last mail to them has left."""
asked_report = sa.Table(
    "asked_report",
    metadata,
    sa.Column("key", Text, primary_key=True),
    _text("agent"),
    _text("kind"),
    _number("days"),
    _text("groups"),
    sa.Column("asked_at", Moment, nullable=False),
)
"""Reports that agents asked for by mail; a row goes when its report is written. ``groups`` is JSON."""
token = sa.Table(
    "token",
    metadata,
    sa.Column("row", _ROW, primary_key=True, autoincrement=False),
    _text("right"),
    _text("person"),
    _number("ticket"),
    _number("seen"),
    sa.Column("expires", Moment),
    _text("purpose"),
    _text("message_id"),
)
_OUTSIDE = "mail_class = 'automatic' AND state <> 'suppressed' AND role NOT IN ('agent', 'lead', 'manager')"
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", _ROW, primary_key=True, autoincrement=False),
    sa.Column("once", Text, nullable=False, unique=True),
    _text("mail_class"),
    _text("state"),
    sa.Column("message_id", Text, nullable=False, unique=True),
    sa.Column("date", Moment, nullable=False),
    _text("sender"),
    _text("recipient"),
    _text("domain"),
    _text("role"),
    _text("template"),
    _text("subject"),
    _text("mailbox"),
    _number("ticket"),
    _number("entry"),
    _text("origin", index=True),
    _text("reason"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("not_before", Moment),
    sa.Column("expires", Moment),
    sa.Column("promises", Moment),
    _text("draft"),
    _text("source"),
    sa.Column("sent_at", Moment),
    _number("attempts"),
    _text("owner"),
    _text("server_said"),
    _number("copied"),  # 1: nothing is left to do in the Sent folder (an answer's copy; looking for one in doubt)
    sa.Index("ix_outbox_ticket", "ticket"),
    sa.Index("ix_outbox_draft", "draft", sqlite_where=sa.text("draft <> ''"), postgresql_where=sa.text("draft <> ''")),
    sa.Index(
        "ix_outbox_source",
        "source",
        "created_at",
        sqlite_where=sa.text("source <> ''"),
        postgresql_where=sa.text("source <> ''"),
    ),
    sa.Index("ix_outbox_template_created_at", "template", "created_at"),
    sa.Index("ix_outbox_recipient_created_at", "recipient", "created_at"),
    sa.Index(
        "ix_outbox_due",
        "not_before",
        sqlite_where=sa.text("state IN ('held', 'queued')"),
        postgresql_where=sa.text("state IN ('held', 'queued')"),
    ),
    sa.Index(
        "ix_outbox_uncopied",
        "mailbox",
        sqlite_where=sa.text("template = 'answer' AND state = 'sent' AND copied = 0"),
        postgresql_where=sa.text("template = 'answer' AND state = 'sent' AND copied = 0"),
    ),
    sa.Index(
        "ix_outbox_attempting",
        "id",
        sqlite_where=sa.text("state = 'attempting'"),
        postgresql_where=sa.text("state = 'attempting'"),
    ),
    *(
        sa.Index(name, *columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))
        for name, columns, condition in (
            ("ix_outbox_automatic", ("created_at", "domain"), _OUTSIDE),
            ("ix_outbox_automatic_domain", ("domain", "created_at"), _OUTSIDE),
            ("ix_outbox_put_off", ("domain", "not_before"), "state = 'queued' AND reason <> ''"),
        )
    ),
)
outbox_content = sa.Table(
    "outbox_content",
    metadata,
    sa.Column("outbox", _ROW, primary_key=True, autoincrement=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
held = sa.Table(
    "held",
    metadata,
    sa.Column("mail", _ROW, primary_key=True, autoincrement=False),
    _number("ticket"),
    _text("person"),
    _text("reason"),
    _text("outcome"),
    sa.Column("at", Moment, nullable=False),
)
rating = sa.Table(
    "rating",
    metadata,
    sa.Column("ticket", _ROW, primary_key=True, autoincrement=False),
    sa.Column("cycle", Int, primary_key=True, autoincrement=False),
    sa.Column("email", Text, primary_key=True),
    sa.Column("stars", Int, nullable=False),
    _text("comment"),
    sa.Column("at", Moment, nullable=False),
)
suppression = sa.Table(
    "suppression",
    metadata,
    sa.Column("email", Text, primary_key=True),
    _text("reason"),
    sa.Column("until", Moment),
    sa.Column("at", Moment, nullable=False),
)
absence = sa.Table(
    "absence",
    metadata,
    sa.Column("agent", Text, primary_key=True),
    sa.Column("until", Moment),
    _text("cover"),
    sa.Column("at", Moment, nullable=False),
)
image = sa.Table(
    "image",
    metadata,
    sa.Column("origin", Text, primary_key=True),
    sa.Column("number", Int, primary_key=True, autoincrement=False),
    _text("what"),
    _text("key", index=True),
    _text("old"),
    _text("new"),
    sa.Column("at", Moment, nullable=False, index=True),
)
"""What a decision changed besides tickets, before and after, for `undo`; JSON, empty for a row that was not there."""
cursor = sa.Table("cursor", metadata, sa.Column("group", Text, primary_key=True), _text("agent"))
webhook = sa.Table(
    "webhook",
    metadata,
    sa.Column("id", _ROW, primary_key=True, autoincrement=True),
    sa.Column("once", Text, nullable=False, unique=True),
    _text("hook"),
    _number("ticket", index=True),
    _text("body"),
    _text("state"),
    _text("reason"),
    _number("attempts"),
    sa.Column("not_before", Moment, nullable=False),
    sa.Index(
        "ix_webhook_due",
        "not_before",
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    ),
)
"""Calls to other programs, written by the decision that wants them and made later."""
pace = sa.Table(
    "pace",
    metadata,
    sa.Column("group", Text, primary_key=True),
    _number("answers"),
    sa.Column("usual", sa.Float, nullable=False, default=0),
    sa.Column("queue", sa.Float, nullable=False, default=0),
)
"""How fast each group answers, so that a promise costs no look at the history."""
done = sa.Table(
    "done",
    metadata,
    sa.Column("key", Text, primary_key=True),
    sa.Column("at", Moment, nullable=False),
)
"""Due things that were done: a second worker or a restart finds the key and does nothing."""
trace = sa.Table(
    "trace",
    metadata,
    sa.Column("id", _ROW, primary_key=True, autoincrement=True),
    sa.Column("at", Moment, nullable=False),
    _text("origin"),
    _number("mail", index=True),
    _number("ticket", index=True),
    _text("lines"),
)
pulse = sa.Table(
    "pulse",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("at", Moment),
    _text("trouble"),
    sa.Column("since", Moment),
)
"""The daemon, its files and each account: when all was well last, and what is wrong since when."""
job = sa.Table(
    "job",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("last_run", Moment),
    _text("last_result"),
    _number("runs"),
)

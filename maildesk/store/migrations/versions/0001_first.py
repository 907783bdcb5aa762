"""The first schema."""

from alembic import op

from maildesk.store import schema

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table; on PostgreSQL numbers come from real sequences."""
    connection = op.get_bind()
    schema.metadata.create_all(connection)
    if connection.dialect.name == "postgresql":
        for name, before in schema.SEQUENCES.items():
            connection.exec_driver_sql(f"CREATE SEQUENCE {name}_number START {before + 1}")

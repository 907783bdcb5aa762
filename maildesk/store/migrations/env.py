"""Alembic's entry: it runs inside the transaction that ``migrate.upgrade`` opened."""

from alembic import context

from maildesk.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
context.run_migrations()

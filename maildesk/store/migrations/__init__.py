"""Schema migrations; found by alembic through the installed package."""

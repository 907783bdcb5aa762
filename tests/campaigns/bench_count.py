"""Runs maildesk's command line and counts what its process does to the database: statements, rows written, commits.

    bench_count.py OUTPUT.json ARGUMENTS...

An ``executemany`` is one statement; how many rows it had is counted beside it.
"""

from __future__ import annotations

import atexit
import json
import sys
from collections import Counter
from pathlib import Path

import sqlalchemy as sa

from maildesk.cli import main

VERBOSE = "-v" in sys.argv[1]
COUNTS: Counter[str] = Counter()


@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def on_statement(_connection, _cursor, statement, parameters, _context, executemany):
    """Count one statement by its verb."""
    verb = statement.split(None, 1)[0].upper()
    COUNTS["begin" if verb == "BEGIN" else "statements"] += 1
    COUNTS["rows"] += len(parameters) if executemany else verb in {"INSERT", "UPDATE", "DELETE"}
    if VERBOSE:
        COUNTS[" ".join(statement.split())[:90]] += 1


@sa.event.listens_for(sa.Engine, "commit")
def on_commit(_connection):
    """Count one commit."""
    COUNTS["commits"] += 1


if __name__ == "__main__":
    output = Path(sys.argv[1])
    atexit.register(lambda: output.write_text(json.dumps(COUNTS)))
    sys.argv = ["maildesk", *sys.argv[2:]]
    main()

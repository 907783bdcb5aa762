"""How commands print: tables for people, JSON for programs; text from mail never reaches the terminal raw (A28)."""

from __future__ import annotations

import dataclasses
import json
import sys
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from enum import Enum
from pathlib import Path
from typing import Any

import click

from maildesk.model.errors import WrongUse

_ISOLATES = "\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
_JOINERS = "\u200c\u200d"


def escaped(text: str, *, lines: bool = False, isolates: bool = False) -> str:
    """Text that a terminal can only show: control characters in caret notation, bidi overrides as escapes.

    ZWNJ and ZWJ stay, because Persian is written with them. ``lines`` keeps line breaks and tabs, ``isolates`` the
    marks by which a mail of ours keeps what is written in the other direction together.
    """
    keep = ("\n\t" if lines else "") + (_ISOLATES if isolates else "")
    return "".join(_shown(sign, keep) for sign in text)


def _shown(sign: str, keep: str) -> str:
    if _is_harmless(sign) or sign in keep:
        return sign
    return "^" + chr(ord(sign) ^ 64) if ord(sign) < 128 else json.dumps(sign)[1:-1]


def _is_harmless(sign: str) -> bool:
    return sign in _JOINERS or unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def say(text: str = "", *, error: bool = False, isolates: bool = False) -> None:
    """Print text that may hold words from mail; line breaks stay."""
    click.echo(escaped(text, lines=True, isolates=isolates), err=error)


def print_json(value: Any) -> None:
    """Print one value as one line of JSON; times in ISO 8601 with their zone."""
    text = json.dumps(value, default=plain, ensure_ascii=False)
    click.echo("".join(sign if _is_harmless(sign) else json.dumps(sign)[1:-1] for sign in text))


def plain(value: Any) -> Any:
    """What JSON can say of a value of ours: a ``default`` for ``json.dumps``."""
    match value:
        case datetime():
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
        case date() | time():
            return value.isoformat()
        case Enum():
            return value.value
        case bytes():
            return value.decode("utf-8", "replace")
        case Path():
            return str(value)
        case Mapping():
            return dict(value)
        case frozenset() | set():
            return sorted(value)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(f"no JSON for {type(value).__name__}")


def print_rows(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool = False) -> None:
    """A listing: aligned columns, or with ``as_json`` a list of objects that hold every key of the rows."""
    rows = list(rows)
    if as_json:
        print_json(rows)
        return
    if not rows:
        say("nothing")
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(_cell(row.get(column))) for column in columns))
    # Piped output has no width: a narrow default would cut what a script or a test looks for.
    console = Console() if sys.stdout.isatty() else Console(width=200)
    console.print(table)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M")
        case bool():
            return "yes" if value else "no"
        case tuple() | list() | frozenset() | set():
            return ", ".join(sorted(map(_cell, value)) if isinstance(value, (set, frozenset)) else map(_cell, value))
        case Enum():
            return escaped(str(value.value))
    return escaped(str(value))


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar that takes (done, total), on a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def known(what: str, name: str, names: Iterable[str]) -> None:
    """Raises WrongUse for a name that is none of these; "" is fine."""
    every = tuple(names)
    if name and name not in every:
        raise WrongUse(f"there is no {what} {name}; there are: {', '.join(every)}")


def plural(number: int, noun: str) -> str:
    """``1 mail``, ``2 mails``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_FATES = (
    (("sent",), ""),
    (("held", "queued", "attempting"), "has not left yet"),
    (("unknown",), "may or may not have arrived"),
    (("failed",), "could not be delivered"),
    (("cancelled",), "taken back, never sent"),
    (("suppressed",), "never sent"),
)


def fate(states: Collection[str]) -> str:
    """What became of a text by the states of the mails that carry it; "" where it arrived, or no mail carries it."""
    return next((told for names, told in _FATES if set(names) & set(states)), "")


FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would carry out (A31)."""


def covered(cell: str) -> str:
    """A cell of a CSV file that no spreadsheet carries out."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def json_option(function: Any) -> Any:
    """The option ``--json`` of every listing, as the argument ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)

"""What is wrong with a ``config.toml``, in sentences that say how to mend it."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

Location = tuple[str | int, ...]

_SENTENCES = {
    "missing": "the key '{key}' is missing: add  {key} = …",
    "string_type": "'{key}' must be a text in quotes",
    "int_type": "'{key}' must be a whole number without quotes",
    "bool_type": "'{key}' must be true or false, without quotes",
    "tuple_type": "'{key}' must be a list, [ … ], or for a table [[{key}]]",
    "date_type": "'{key}' must hold dates, as 2026-11-01",
    "dict_type": "'{key}' must hold tables, as {{ assign = \"lead\" }}",
    "model_type": "'{key}' must be a table",
    "literal_error": "'{key}' must be one of {expected}",
    "greater_than_equal": "'{key}' must be at least {ge}",
    "less_than_equal": "'{key}' must be at most {le}",
    "string_pattern_mismatch": "'{key}' must look like {pattern}",
}

_REFERENCES = (
    ("mailbox", "group", "group"),
    ("mailbox", "calendar", "calendar"),
    ("agent", "groups", "group"),
    ("agent", "calendar", "calendar"),
    ("group", "lead", "agent"),
    ("group", "calendar", "calendar"),
    ("group", "sla", "sla"),
    ("sla", "groups", "group"),
    ("sla", "calendar", "calendar"),
    ("report", "groups", "group"),
)
"""(table, key, the table whose names it may hold)."""


def sentence(error: ErrorDetails, model: type[BaseModel]) -> str:
    """What pydantic found, for people. Values are never repeated: one of them may be a password."""
    keys = [part for part in error["loc"] if isinstance(part, str)]
    key = keys[-1] if keys else ""
    if error["type"] == "extra_forbidden":
        return f"unknown key '{key}'" + _did_you_mean(key, _fields(model, error["loc"][:-1]))
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return f"'{key}': {context['error']}"
    return _SENTENCES.get(error["type"], "'{key}': " + error["msg"]).format(key=key, **context)


def _did_you_mean(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, 1, 0.6)
    return f": did you mean '{close[0]}'?" if close else f": there are {', '.join(known)}" if known else ""


def _fields(model: type[BaseModel], location: Location) -> list[str]:
    """The keys that a table knows, found by walking the models along ``location``."""
    for part in location:
        if isinstance(part, str):
            found = _table(model.model_fields[part].annotation) if part in model.model_fields else None
            if found is None:
                return []
            model = found
    return list(model.model_fields)


def _table(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _table(arg))), None)


def crosswise(data: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    """What no table can see alone: names that do not exist, names and addresses that stand twice."""
    if "mailbox" not in data:
        yield (), "there is no [[mailbox]]: add one"
    yield from _doubles(data)
    yield from _approvals(data)
    for table, key, target in _REFERENCES:
        known = [row["name"] for _, row in _rows(data, target) if isinstance(row.get("name"), str)]
        for index, row in _rows(data, table):
            for value in _texts(row.get(key)):
                if value not in known:
                    kind = f"there is no [[{target}]] named '{value}'"
                    yield (table, index, key), kind + _did_you_mean(value, known)


def _doubles(data: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    for table in ("mailbox", "agent", "group", "department", "calendar", "sla", "report"):
        names = Counter(str(row.get("name")).casefold() for _, row in _rows(data, table) if "name" in row)
        for index, row in _rows(data, table):
            if names[str(row.get("name")).casefold()] > 1:
                yield (table, index, "name"), f"two [[{table}]] are named '{row.get('name')}': rename one"
    seen: dict[str, str] = {}
    for table, key in (("mailbox", "address"), ("agent", "email"), ("department", "email")):
        for index, row in _rows(data, table):
            for address in dict.fromkeys(_texts((*_texts(row.get(key)), *_texts(row.get("aliases"))))):
                owner = seen.setdefault(address.lower(), f"[[{table}]] {row.get('name')}")
                if owner != f"[[{table}]] {row.get('name')}":
                    yield (table, index, key), f"the address {address} belongs to {owner} already"


def _approvals(data: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    """Where a lead is to approve what others write, there must be one: else it would leave unseen."""
    if any(row.get("role") in {"lead", "manager"} for _, row in _rows(data, "agent")):
        return
    for table in ("agent", "group"):
        for index, row in _rows(data, table):
            if row.get("approval") == "lead":
                yield (table, index, "approval"), "nobody could approve it: give an [[agent]] the role lead or manager"


def _rows(data: Mapping[str, Any], table: str) -> list[tuple[int, Mapping[str, Any]]]:
    rows = data.get(table)
    return [(i, row) for i, row in enumerate(rows) if isinstance(row, Mapping)] if isinstance(rows, tuple) else []


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, tuple) else (value,)
    return [item for item in values if isinstance(item, str) and item]

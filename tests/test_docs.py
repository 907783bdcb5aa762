"""What can be configured, written and commanded is documented, and nothing else is."""

import importlib
import importlib.util
import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from maildesk.settings import Account, Settings, load

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "config.example.toml"
CONFIGURATION = ROOT / "docs" / "configuration.md"

REGISTRIES = [
    ("maildesk.rules.conditions", "CONDITIONS", "rules.md"),
    ("maildesk.rules.actions", "ACTIONS", "rules.md"),
    ("maildesk.commands.agent", "COMMANDS", "commands.md"),
]


def tables(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, set[str]]:
    """Name of each table of the config file ("mailbox.imap") -> its plain keys."""
    found: dict[str, set[str]] = {prefix: set()}
    for name, field in model.model_fields.items():
        inner = table_of(field.annotation)
        if inner:
            found |= tables(inner, f"{prefix}.{name}".strip("."))
        else:
            found[prefix].add(name)
    return {table: keys for table, keys in found.items() if keys}


def table_of(annotation) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := table_of(arg))), None)


def example_keys(table: str) -> set[str]:
    """Keys that the example file shows for a table, also those that are commented out."""
    source = re.sub(r"(?m)^# (?=[a-z_]+ = |\[+[a-z0-9_.]+\])", "", EXAMPLE.read_text("utf-8"))
    rows = [uncommented(source)]
    for part in table.split("."):
        rows = [inner for row in rows for inner in as_rows(row.get(part, []))]
    return {key for row in rows for key in row}


def uncommented(source: str) -> dict:
    """The example shows alternatives of one key; the first one of each table stands."""
    lines, seen = [], set()
    for line in source.splitlines():
        if line.startswith("["):
            seen = set()
        key = re.match(r"([a-z_]+) = ", line)
        if not key or key[1] not in seen:
            lines.append(line)
        if key:
            seen.add(key[1])
    return tomllib.loads("\n".join(lines))


def as_rows(value) -> list[dict]:
    return value if isinstance(value, list) else [value]


def documented(table: str) -> set[str]:
    """Keys in the first column of the section on a table in docs/configuration.md."""
    text = CONFIGURATION.read_text("utf-8")
    heading = re.search(rf"(?m)^## .*`\[+{re.escape(table)}\]+`.*$", text)
    assert heading, f"docs/configuration.md has no section on [{table}]"
    section = text[heading.end() :].split("\n## ")[0]
    rows = re.findall(r"(?m)^\| (`[^|]+) \|", section)
    return {key for row in rows for key in re.findall(r"`([a-z_]+)`", row)}


def test_the_example_file_loads():
    load(EXAMPLE)


@pytest.mark.parametrize("table", sorted(tables()))
def test_every_key_is_in_the_example_file(table):
    shown_once = set() if table == "mailbox.imap" else set(Account.model_fields)
    assert tables()[table] - shown_once <= example_keys(table)


@pytest.mark.parametrize("table", sorted(tables()))
def test_every_key_is_documented_and_nothing_else(table):
    assert documented(table) == tables()[table]


@pytest.mark.parametrize(("module", "registry", "page"), REGISTRIES)
def test_every_registered_name_is_documented_and_nothing_else(module, registry, page):
    names = {getattr(item, "name", item) for item in getattr(importlib.import_module(module), registry)}
    text = (ROOT / "docs" / page).read_text("utf-8")
    heading = re.search(rf"(?mi)^#+ {registry}\b.*$", text)
    assert heading, f"docs/{page} has no section {registry.title()}"
    section = re.split(r"\n#{1,2} ", text[heading.end() :])[0]
    assert {re.split(r"`", row)[1] for row in re.findall(r"(?m)^\| `.*$", section)} == names


@pytest.mark.parametrize("page", [ROOT / "README.md", *(ROOT / "docs").glob("*.md")], ids=lambda page: page.name)
def test_a_page_names_only_files_that_exist(page):
    for link, source in re.findall(r'\]\(([^)#:\s]+)[^):]*\)|src="([^"]+)"', page.read_text("utf-8")):
        assert (page.parent / (link or source)).exists(), link or source


def test_every_picture_is_shown_somewhere_and_small():
    pages = "".join(page.read_text("utf-8") for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")))
    for picture in (ROOT / "docs" / "img").iterdir():
        assert f"img/{picture.name}" in pages
        assert picture.stat().st_size < 400_000


def test_the_wheel_ships_templates_and_rules():
    package = Path(importlib.util.find_spec("maildesk").origin).parent
    for language in ("en", "fa"):
        assert list((package / "templates" / language).glob("*.txt"))
    assert list((package / "rules" / "default").glob("*.toml"))

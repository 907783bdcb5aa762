"""What keeps the house as docs/architecture.md draws it; the import layers themselves are in pyproject.toml."""

import ast
import fnmatch
import re
import statistics
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from maildesk.cli import COMMANDS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "maildesk"
TEXTS = {".py", ".md", ".toml", ".txt", ".html", ".cfg", ".sh", ".yml", ".eml", ".json", ".conf", ""}

TOP = {
    "maildesk", "config.example.toml", "tests", "pyproject.toml", "README.md", "Makefile", "CHANGELOG.md", "LICENSE",
    "constraints.txt", "docs", "examples", ".ci", ".git", ".gitignore", ".gitattributes", ".editorconfig",
}  # fmt: skip

GUARDS = {
    "daemon.py": "one job",
    "ingest/bounce.py": "one library's reading of a bounce",
    "ingest/child.py": "one mail, in the child",
    "ingest/embedded.py": "one TNEF file",
    "ingest/parse.py": "one step of reading a mail",
    "ingest/watch.py": "one round of a mailbox",
    "ingest/worker.py": "one mail",
    "notices/render.py": "one template",
}
"""Where a broad ``except`` may stand, and what it guards: no fault of one may stop the others."""


@cache
def modules() -> dict[str, ast.Module]:
    """Path within the package -> its syntax tree."""
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def texts(*folders: str) -> Iterator[tuple[str, str]]:
    """(path, text) of the files that belong to the repository."""
    for name in folders or sorted(TOP - {".git"}):
        top = ROOT / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if (
                path.is_file()
                and path.suffix in TEXTS
                and "__pycache__" not in path.parts
                and path.stat().st_size < 400_000
            ):
                yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8", "replace")


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """("datetime.now", node) for every call of a name or attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_the_top_level_is_what_it_always_was():
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line]
    found = {
        path.name for path in ROOT.iterdir() if not any(fnmatch.fnmatch(path.name, pattern) for pattern in ignored)
    }
    assert found <= TOP


def test_only_the_daemon_and_who_starts_it_read_the_clock():
    clock = re.compile(r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns))$")
    found = [
        f"{name}:{node.lineno}" for name, tree in modules().items() for call, node in calls(tree) if clock.search(call)
    ]
    assert [place for place in found if not place.startswith(("daemon.py", "cli/", "demo/"))] == []


def test_only_the_store_opens_and_ends_transactions():
    words = (".commit", ".begin", ".rollback")
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules().items()
        for call, node in calls(tree)
        if call.endswith(words) and not node.args and not name.startswith("store/")
    ]
    assert found == []


def test_nothing_is_pickled():
    for name, tree in modules().items():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            assert not {"pickle", "marshal", "shelve"} & {*names, getattr(node, "module", None)}, name


def test_every_opt_out_of_the_linter_gives_its_reason():
    bare = re.compile(r"#\s*noqa(?!: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \S)")
    found = [
        f"{name}:{number}"
        for name, text in texts("maildesk")
        for number, line in enumerate(text.splitlines(), 1)
        if name.endswith(".py") and bare.search(line)
    ]
    assert found == []


def test_functions_fit_a_screen():
    lengths = {
        f"{name}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for name, tree in modules().items()
        if not name.startswith("store/migrations/")
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    assert [place for place, length in lengths.items() if length > 60] == []
    assert statistics.quantiles(lengths.values(), n=10)[-1] < 25


def test_everything_is_caught_only_in_named_guards():
    found = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and is_broad(node) and not raises_again(node)
    }
    assert found == set(GUARDS)


def is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or bool(re.search(r"\b(Base)?Exception\b", ast.unparse(handler.type)))


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Cleaning up and raising the same error again swallows nothing."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_every_module_stands_in_a_layer():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = {name.strip("() \n") for row in contracts[0]["layers"] for name in re.split("[|:]", row)}
    for path in modules():
        name = "maildesk." + path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        room = ".".join(name.split(".")[:2])
        if name not in {"maildesk.__init__", "maildesk.ingest"}:
            assert layers & {room, name}, f"{name}: put it into a layer in pyproject.toml"


def test_every_command_can_be_reached():
    for path, tree in modules().items():
        for node in tree.body if path.startswith("cli/") and path != "cli/__init__.py" else ():
            for decorator in getattr(node, "decorator_list", ()):
                match = re.match(r"click\.(?:command|group)\((?:'(\w+)')?", ast.unparse(decorator))
                if match:
                    name = match[1] or node.name.replace("_", "-")
                    assert COMMANDS.get(name) == path.removeprefix("cli/").removesuffix(".py"), name


def test_files_name_no_machine():
    words = ["/" + "work/", "/" + "farm/", "python" + "hosted", "py" + "pi.org", "registry." + "npm", "deb." + "debian"]
    found = [(name, word) for name, text in texts() for word in words if word in text]
    assert found == []


def test_addresses_are_nobodys():
    address = re.compile(r"[\w.+-]+@((?:[\w-]+\.)+[A-Za-z]{2,})\b")
    reserved = re.compile(r"(^|\.)(example\.(com|org|net)|example|test|invalid|localhost)$", re.IGNORECASE)
    found = {
        (name, match[0])
        for name, text in texts("tests", "docs", "examples", "README.md", "config.example.toml", "maildesk")
        for match in address.finditer(text)
        if not reserved.search(match[1])
    }
    assert found == set()


@pytest.mark.parametrize("name", ["Makefile", ".ci/run"])
def test_the_promised_commands_are_there(name):
    assert "make test" in (ROOT / name).read_text() + (ROOT / ".ci/run").read_text()

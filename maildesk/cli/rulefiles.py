"""The folder of rule files and its history: read, changed and written as a whole, one editor at a time.

Every set that was accepted is kept in the state folder. A file is replaced by a rename of a synced copy: after a crash
it is the old one or the new one.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from maildesk.model.errors import WrongUse
from maildesk.rules.edit import RuleFile, cut

Files = Mapping[str, str]
"""File name -> source."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A set of rules that was accepted."""

    number: int
    at: str
    by: str
    what: str
    files: Files


@dataclass(frozen=True, slots=True)
class RuleFolder:
    """The rules folder of a desk, and where its history is kept."""

    folder: Path
    state: Path

    @property
    def history_folder(self) -> Path:
        """Where accepted sets are kept, a file each."""
        return self.state / "rules-history"

    def read(self) -> dict[str, str]:
        """The files as they are now."""
        return {path.name: path.read_text("utf-8") for path in sorted(self.folder.glob("*.toml"))}

    @contextmanager
    def editing(self) -> Iterator[None]:
        """Only one editor at a time; others wait."""
        self.history_folder.mkdir(parents=True, exist_ok=True)
        with (self.history_folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def history(self) -> list[Accepted]:
        """Every accepted set, oldest first."""
        return [Accepted(**json.loads(path.read_text("utf-8"))) for path in sorted(self.history_folder.glob("*.json"))]

    def keep(self, files: Files, what: str, by: str, at: datetime) -> Accepted:
        """Add a set to the history."""
        known = sorted(self.history_folder.glob("*.json"))
        number = int(known[-1].stem) + 1 if known else 1
        accepted = Accepted(number, at.isoformat(timespec="seconds"), by, what, dict(files))
        content = {name: getattr(accepted, name) for name in Accepted.__dataclass_fields__}
        write(self.history_folder / f"{number:06}.json", json.dumps(content, ensure_ascii=False, indent=1))
        return accepted

    def replace(self, files: Files) -> None:
        """Make the folder hold these files. What is added is written before anything is taken away."""
        before = self.read()
        for name in sorted(files, key=lambda name: len(files[name]) < len(before.get(name, ""))):
            if before.get(name) != files[name]:
                write(self.folder / name, files[name])
        for name in before.keys() - files.keys():
            (self.folder / name).unlink()
        _sync(self.folder)

    def change(
        self, edit: Callable[[Files], Files], check: Callable[[Files], None], what: str, by: str, at: datetime
    ) -> Files:
        """Change the files; ``check`` raises for a set that is not to be accepted, and then nothing is written.

        What was changed by hand since the latest accepted set is kept in the history first.
        """
        with self.editing():
            before = self.read()
            known = self.history()
            if not known or known[-1].files != before:
                self.keep(before, "as it was found" if not known else "changed by hand", "", at)
            after = edit(before)
            check(after)
            if after != before:
                self.keep(after, what, by, at)
                self.replace(after)
            return after


def write(path: Path, text: str) -> None:
    """Replace a file whole: a synced copy beside it is renamed over it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - a handle, no path
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o7777 if path.exists() else 0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_of(files: Files, name: str) -> tuple[str, RuleFile]:
    """The file that holds a rule. Raises PermanentFailure when none does, or several do."""
    found = [(path, file) for path, source in sorted(files.items()) if name in (file := cut(source)).names]
    if not found:
        raise WrongUse(f"there is no rule {name!r}: maildesk rules list")
    if len(found) > 1:
        raise WrongUse(f"several rules are called {name!r}, in {', '.join(path for path, _ in found)}")
    return found[0]

"""On which line each key of a TOML document stands, so that a fault can be shown as file:line.

``tomllib`` gives values without places. The scanner here assumes a document that ``tomllib`` accepted, and
is therefore free to be lenient; its paths are the ones that lead through what ``tomllib`` returns.
"""

from __future__ import annotations

from bisect import bisect_right

Path = tuple[str | int, ...]

_BARE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
_UNICODE = {"u": 4, "U": 8}


def line_map(source: str) -> dict[tuple[str | int, ...], int]:
    """Map every path of keys and array indexes, and every prefix of one, to its line (from 1).

    ``source`` must be TOML that ``tomllib.loads`` accepts; for anything else the result means nothing.
    """
    scanner = _Scanner(source.replace("\r\n", "\n"))
    scanner.document()
    return scanner.lines


def line_of(lines: dict[tuple[str | int, ...], int], path: Path) -> int:
    """The line of a path, or of the nearest thing around it that has one; 1 when nothing has."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Scanner:
    """One pass over the text; ``at`` is where it stands."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.arrays: dict[Path, int] = {}
        """Latest index of each array of tables."""
        self.starts = [0, *(place + 1 for place, char in enumerate(source) if char == "\n")]

    def document(self) -> None:
        base: Path = ()
        while self.blanks(newlines=True):
            start = self.at
            if self.peek("["):
                base = self.header()
                self.note(base, start)
            else:
                path = (*base, *self.keys())
                self.note(path, start)
                self.value(path)

    def header(self) -> Path:
        """``[a.b]`` or ``[[a.b]]``: the path that the lines below it belong to."""
        brackets = 2 if self.peek("[[") else 1
        self.at += brackets
        keys = self.keys(equals=False)
        self.at += brackets
        if brackets == 1:
            return self.resolve(keys)
        array = (*self.resolve(keys[:-1]), keys[-1])
        self.arrays[array] = self.arrays.get(array, -1) + 1
        for inner in [known for known in self.arrays if len(known) > len(array) and known[: len(array)] == array]:
            del self.arrays[inner]
        return (*array, self.arrays[array])

    def resolve(self, keys: list[str]) -> Path:
        """Keys of a header as a path: a name of an array of tables means its latest element."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self.arrays:
                path = (*path, self.arrays[path])
        return path

    def note(self, path: Path, place: int) -> None:
        line = bisect_right(self.starts, place)
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def peek(self, text: str) -> bool:
        return self.source.startswith(text, self.at)

    def blanks(self, *, newlines: bool = False) -> bool:
        """Step over blanks and comments; whether anything follows."""
        skipped = " \t\n" if newlines else " \t"
        while self.at < len(self.source):
            if self.peek("#"):
                end = self.source.find("\n", self.at)
                self.at = len(self.source) if end < 0 else end
            elif self.source[self.at] in skipped:
                self.at += 1
            else:
                return True
        return False

    def keys(self, *, equals: bool = True) -> list[str]:
        """A dotted key, and the equals sign behind it."""
        found = []
        while True:
            self.blanks()
            if self.peek('"') or self.peek("'"):
                found.append(self.string())
            else:
                start = self.at
                while self.at < len(self.source) and self.source[self.at] in _BARE:
                    self.at += 1
                found.append(self.source[start : self.at])
            self.blanks()
            if not self.peek("."):
                self.at += equals
                return found
            self.at += 1

    def string(self) -> str:
        """A one-line string; its value, because a quoted key is one."""
        quote = self.source[self.at]
        self.at += 1
        out = []
        while not self.peek(quote):
            char = self.source[self.at]
            self.at += 1
            if char == "\\" and quote == '"':
                char = self.escape()
            out.append(char)
        self.at += 1
        return "".join(out)

    def escape(self) -> str:
        letter = self.source[self.at]
        digits = _UNICODE.get(letter, 0)
        code = self.source[self.at + 1 : self.at + 1 + digits]
        self.at += 1 + digits
        return chr(int(code, 16)) if digits else _ESCAPES[letter]

    def value(self, path: Path) -> None:
        self.blanks()
        if self.peek('"""') or self.peek("'''"):
            self.long_string()
        elif self.peek('"') or self.peek("'"):
            self.string()
        elif self.peek("["):
            self.array(path)
        elif self.peek("{"):
            self.table(path)
        else:
            while self.at < len(self.source) and self.source[self.at] not in ",]}\n#":
                self.at += 1

    def long_string(self) -> None:
        quote = self.source[self.at]
        self.at += 3
        while not self.peek(quote * 3):
            self.at += 2 if quote == '"' and self.peek("\\") else 1
        self.at += 3
        while self.peek(quote):  # up to two more quotes belong to the string
            self.at += 1

    def array(self, path: Path) -> None:
        self.at += 1
        index = 0
        self.blanks(newlines=True)
        while not self.peek("]"):
            self.note((*path, index), self.at)
            self.value((*path, index))
            index += 1
            self.separator()
        self.at += 1

    def table(self, path: Path) -> None:
        self.at += 1
        self.blanks(newlines=True)
        while not self.peek("}"):
            start = self.at
            inner = (*path, *self.keys())
            self.note(inner, start)
            self.value(inner)
            self.separator()
        self.at += 1

    def separator(self) -> None:
        self.blanks(newlines=True)
        if self.peek(","):
            self.at += 1
            self.blanks(newlines=True)

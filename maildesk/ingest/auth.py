"""Authentication-Results (RFC 8601): what the desk's own border server found out about a mail.

Only the topmost header that a configured server wrote counts (A9); such a server removes headers that claim
its name from mail that comes in (RFC 8601 section 5). Microsoft 365 writes no authserv-id: its headers are
trusted only when the configured ids hold the empty string, which says that the mailbox lies there.
"""

from __future__ import annotations

from collections.abc import Iterator

from maildesk.ingest.address import normalise
from maildesk.model.mail import Auth

_LENGTH = 16_384
_RESULTS = 200
_COMMENT_DEPTH = 20
_WORST_FIRST = ("fail", "permerror", "temperror", "none")


def read_auth(values: tuple[str, ...], authserv_ids: frozenset[str]) -> Auth:
    """What the trusted header says; values are the raw headers, topmost first. Never raises.

    Without configured ids the topmost header is read, marked untrusted. Where one method has several results,
    ``dkim`` and ``spf`` are "pass" if one of them passed, ``dmarc`` is its worst result.
    """
    wanted = frozenset(name.strip().lower().rstrip(".") for name in authserv_ids)
    for value in values:
        header = _read(value)
        if not wanted:
            return header.auth(trusted=False)
        if header.authserv_id in wanted:
            return header.auth(trusted=True)
    return Auth()


class _Header:
    """One parsed header: its writer and (method, result, properties) in order."""

    __slots__ = ("authserv_id", "results")

    def __init__(self) -> None:
        self.authserv_id = ""
        self.results: list[tuple[str, str, dict[str, str]]] = []

    def auth(self, *, trusted: bool) -> Auth:
        dmarc, domain = "", ""
        for result, properties in self._of("dmarc"):
            if not dmarc or dmarc == "pass" or _rank(result) < _rank(dmarc):
                dmarc, domain = result, normalise("@" + properties.get("header.from", ""))[1:]
        return Auth(trusted, self.authserv_id, dmarc, self._best("dkim"), self._best("spf"), domain)

    def _of(self, method: str) -> list[tuple[str, dict[str, str]]]:
        return [(result, properties) for name, result, properties in self.results if name == method]

    def _best(self, method: str) -> str:
        results = [result for result, _ in self._of(method)]
        return "pass" if "pass" in results else next(iter(results), "")


def _rank(result: str) -> int:
    return _WORST_FIRST.index(result) if result in _WORST_FIRST else len(_WORST_FIRST)


def _read(value: str) -> _Header:
    header = _Header()
    for number, segment in enumerate(_segments(value[:_LENGTH])):
        if number == 0 and segment and not _is_pair(segment):
            header.authserv_id = segment[0].lower().rstrip(".")
        elif segment and len(header.results) < _RESULTS:
            _add_result(header, segment)
    return header


def _is_pair(words: list[str]) -> bool:
    return len(words) > 1 and words[1] == "="


def _add_result(header: _Header, words: list[str]) -> None:
    """Take a "method[/version] = result *(ptype.property = value)" into the header; nothing if it is none."""
    pairs = list(_pairs(words))
    if not pairs:
        return
    (method, result), *rest = pairs
    result = result.lower()
    if len(result) <= 32 and result.isascii() and result.replace("-", "").isalnum():
        properties: dict[str, str] = {}
        for name, text in rest:
            properties.setdefault(name.lower(), text[:255])
        header.results.append((method.partition("/")[0].strip().lower(), result, properties))


def _pairs(words: list[str]) -> Iterator[tuple[str, str]]:
    at = 0
    while at + 2 < len(words) + 1:
        if at + 2 < len(words) and words[at + 1] == "=":
            yield words[at], words[at + 2]
            at += 3
        else:
            at += 1


def _segments(value: str) -> list[list[str]]:
    """The words of a header, comments left out, cut at semicolons; "=" is a word of its own."""
    segments: list[list[str]] = [[]]
    word: list[str] = []
    depth, quoted, at = 0, False, 0

    def end_word() -> None:
        if word:
            segments[-1].append("".join(word))
            word.clear()

    while at < len(value):
        ch = value[at]
        if ch == "\\" and (quoted or depth):
            at += 1
            if quoted and at < len(value):
                word.append(value[at])
        elif quoted:
            quoted = ch != '"'
            if quoted:
                word.append(ch)
        elif ch == "(" and depth < _COMMENT_DEPTH:
            end_word()
            depth += 1
        elif depth:
            depth -= ch == ")"
        elif ch == '"':
            quoted = True
        elif ch in ";=" or ch.isspace():
            end_word()
            if ch == ";":
                segments.append([])
            elif ch == "=":
                segments[-1].append("=")
        else:
            word.append(ch)
        at += 1
    end_word()
    return segments

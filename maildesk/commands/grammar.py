"""Finding the commands in an agent's mail: brackets in the subject that the agent added, ``#lines`` on top of the text.

Whatever stood in the subject of the mail that is answered is inert, however a client folded or decorated it, so no
customer's subject can cause a command. Text that other people wrote is never looked at: only the newly written text is
passed in, and only its first lines count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from maildesk.commands.agent import BY_NAME, COMMANDS
from maildesk.commands.folding import key, nearest_key, visible
from maildesk.commands.row import Command
from maildesk.model.change import Order, Question

SUBJECT = "subject"
_GATEWAYS = frozenset(
    ("external", "extern", "ext", "externalemail", "spam", "suspectedspam", "junk", "bulk", "caution", "warning")
)
"""What mail filters write in brackets; inert even where it is a command or nearly one."""
_NAMES = {key(name): name for row in COMMANDS for name in row.names}
_INSIDE = {
    key(name): name
    for name in (
        "note", "notes", "internal", "internal note", "internally", "private", "private note",
        "یادداشت", "یادداشت داخلی", "یادداشت خصوصی", "داخلی", "خصوصی",
    )
}  # fmt: skip
"""What people write above a text that is to stay inside."""
_NO_NOTE = frozenset(("not", "none", "nope", "noted", "vote", "node"))
"""Words that are a letter away from one of these, and innocent."""
_SENTENCE = frozenset(
    (
        "that", "the", "this", "these", "also", "however", "how", "when", "if", "we", "you", "your", "our", "it", "as",
        "in", "please", "شما", "شماره", "خود", "خودتان", "را", "که", "کنید", "بفرمایید",
    )
)  # fmt: skip
"""What goes on after "note" in a text for customers."""
_LONGEST_NAME = 3
_LONGEST_ORDER = 400
_LONGEST_BARE = 40
_MOST, _MOST_LINES = 30, 2000


@dataclass(frozen=True, slots=True)
class Orders:
    """What an agent's mail asks for. ``text`` is what is written besides, signature included."""

    orders: tuple[Order, ...] = ()
    questions: tuple[Question, ...] = ()
    text: str = ""

    def __add__(self, other: Orders) -> Orders:
        return Orders((*self.orders, *other.orders), (*self.questions, *other.questions), other.text or self.text)


def read_orders(subject: str, known_subject: str, text: str) -> Orders:
    """The commands of an agent's mail.

    ``subject`` is the mail's, ``known_subject`` that of the mail it answers ("" when it answers none), ``text`` the
    newly written text. Total: any text gives a result. What is not understood is a Question, never silently text.
    """
    pieces = [(piece, SUBJECT) for piece in _added(subject, known_subject)]
    lines, rest = _command_lines(text)
    pieces += [(line.lstrip("#＃"), f"line {number}") for number, line in lines]
    if len(pieces) > _MOST:
        return Orders(questions=(Question("", "too_many_commands"),), text=rest)
    found = Orders()
    for written, where in pieces:
        found += _one(written, where)
    return Orders(found.orders, found.questions, rest)


def read_words(text: str) -> Orders:
    """Commands written as plain words, where nothing but commands is expected: `send`, `undo`.

    Lines are read until one is no command; that one and what follows stay text.
    """
    lines = text.splitlines()
    found = Orders()
    for index, line in enumerate(lines):
        words = _words(line)
        if not words:
            continue
        if len(found.orders) > _MOST or is_signature(line) or (not _command_of(words)[0] and not _suggest(words)):
            return Orders(found.orders, found.questions, "\n".join(lines[index:]).strip())
        found += read_line(line, f"line {index + 1}")
    return found


def read_line(line: str, where: str) -> Orders:
    """Commands written as plain words in one line, with nothing else in it."""
    return _one(visible(line).strip(), where)


def late_commands(text: str) -> tuple[str, ...]:
    """Lines of an ordinary text that look exactly like commands: below the text they are not obeyed."""
    late = []
    for line in text.splitlines()[:_MOST_LINES]:
        if is_signature(line):
            break
        if _is_command_line(line) and _command_of(_words(_plain(line).lstrip("#")))[0]:
            late.append(line.strip())
    return tuple(late)


def is_bare_command(text: str) -> bool:
    """Whether a text is one command without its sign: nobody writes "undo" to a customer; "Done." is no command."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != 1 or len(lines[0]) > _LONGEST_BARE:
        return False
    words = _words(lines[0].strip())
    row, length = _command_of(words)
    return row is not None and (len(words) == length or (len(words) > 1 and words[-1].isascii() and row.least > 0))


def nearly_command(text: str) -> str:
    """The first line of a text where it is nearly a command, above all one that keeps the text inside; else "".

    ``[note]`` and ``# solved`` stand where they are no commands; ``Note:`` and ``یادداشت`` lack their sign.
    """
    line = next((bare for line in text.splitlines() if (bare := _plain(line))), "")[:_LONGEST_ORDER]
    head = line.lstrip("[［(#＃/!*_-–— ")
    for sign in "]］):：؛;.!،,*_-–—":
        head = head.partition(sign)[0]
    words = head.split()
    if not words:
        return ""
    first, whole = key(words[0]), key(head)
    inside = whole in _INSIDE or (first in {"note", "یادداشت"} and key(words[1]) not in _SENTENCE)
    near = whole not in _NO_NOTE and bool(nearest_key(whole, _INSIDE))
    signed = line[0] in "[［#＃" and (_command_of(words)[0] is not None or bool(_suggest(words)))
    return line[:_LONGEST_BARE] if inside or near or signed else ""


def bare_subject(subject: str, known_subject: str = "") -> str:
    """The subject without the brackets that are commands, for a mail that begins a ticket."""
    plain = visible(subject)
    for piece in _added(subject, known_subject):
        if _one(piece, SUBJECT) != Orders():
            plain = plain.replace(f"[{piece}]", " ")
    return " ".join(plain.split())


# --- where commands can stand


def _added(subject: str, known: str) -> tuple[str, ...]:
    """The innermost brackets of a subject that do not stand in the known one."""
    theirs = {key(piece) for piece in _brackets(known)}
    return tuple(piece for piece in _brackets(subject) if key(piece) not in theirs)


def _brackets(subject: str) -> Iterator[str]:
    start = -1
    plain = visible(subject).replace("［", "[").replace("］", "]").replace("\r", "").replace("\n", "")
    for index, letter in enumerate(plain):
        if letter == "[":
            start = index + 1
        elif letter == "]" and start >= 0:
            yield plain[start:index]
            start = -1


def _command_lines(text: str) -> tuple[list[tuple[int, str]], str]:
    """The (line number, line) pairs on top that are commands, and the rest of the text."""
    lines = text.splitlines()
    found: list[tuple[int, str]] = []
    for index, line in enumerate(lines):
        if not visible(line).strip():
            continue
        if not _is_command_line(line):
            return found, "\n".join(lines[index:]).strip()
        found += [(index + 1, part) for part in _apart(_plain(line))]
    return found, ""


def _is_command_line(line: str) -> bool:
    plain = _plain(line)
    return plain[:1] in {"#", "＃"} and plain[1:2].isalpha()


def _apart(line: str) -> list[str]:
    """``#solved #assign omid`` is two commands."""
    parts: list[str] = []
    for word in line.split():
        if word[0] in "#＃" and word[1:2].isalpha():
            parts.append(word)
        else:
            parts[-1] += " " + word
    return parts


def _plain(line: str) -> str:
    return visible(line).replace("\u200b", "").strip()


def is_signature(line: str) -> bool:
    """Whether a line begins a signature (RFC 3676 section 4.3)."""
    return visible(line).rstrip("\r\n") in {"-- ", "--"}


# --- what they say


def _one(written: str, where: str) -> Orders:
    """Reads one bracket or line: commands apart by ``;``; by commas too, where a command follows."""
    if where == SUBJECT and key(written) in _GATEWAYS:
        return Orders()
    if len(written) > _LONGEST_ORDER:
        return Orders() if where == SUBJECT else Orders(questions=(Question(written[:60], "too_many", "", where),))
    orders: list[Order] = []
    questions: list[Question] = []
    for index, words in enumerate(_segments(written, free=where != SUBJECT)):
        outcome = _segment(words, where)
        if outcome is None and where == SUBJECT and index == 0:
            return Orders()
        if isinstance(outcome, Order):
            orders.append(outcome)
        else:
            questions.append(outcome or Question(_shown(words, where), "unknown", "", where))
    return Orders(tuple(orders), tuple(questions))


def _segments(written: str, *, free: bool) -> list[list[str]]:
    """The words of each command. After a comma a known command begins anew, anything else goes on.

    Where ``free``, a command whose argument is text takes all of its line.
    """
    row, _ = _command_of(_words(written))
    if free and row and row.arguments == "TEXT":
        return [_words(written)]
    segments: list[list[str]] = []
    for part in written.replace("؛", ";").split(";"):
        fresh = True
        for piece in part.replace("،", ",").split(","):
            words = _words(piece)
            if not words:
                continue
            if fresh or _command_of(words)[0]:
                segments.append(words)
            else:
                segments[-1] += visible(piece).split()
            fresh = False
    return segments


def _words(piece: str) -> list[str]:
    """The words of a command: ``status=solved`` and ``status: solved`` are two, ``tag+vip`` as well."""
    words = visible(piece).split()
    if not words:
        return []
    at, sign = min(((words[0].find(sign), sign) for sign in "=:+" if words[0].find(sign) > 0), default=(0, ""))
    if sign:
        rest = words[0][at if sign == "+" else at + 1 :]
        return [words[0][:at], *([rest] if rest else []), *words[1:]]
    if len(words) > 1 and words[1][0] in "=:":
        rest = words[1][1:]
        return [words[0], *([rest] if rest else []), *words[2:]]
    return words


def _command_of(words: Sequence[str]) -> tuple[Command | None, int]:
    """The command that the first words name, and how many words its name has: «حل شد» has two."""
    for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
        row = BY_NAME.get(key("".join(words[:length])))
        if row:
            return row, length
    return None, 0


def _suggest(words: Sequence[str]) -> str:
    """What the first word, or the first two, may have been meant to be."""
    return next((name for length in (1, 2) if (name := nearest_key(key("".join(words[:length])), _NAMES))), "")


def _segment(words: list[str], where: str) -> Order | Question | None:
    """An order, what is wrong with it, or None when its first word is nothing like a command."""
    row, length = _command_of(words)
    written = _shown(words, where)
    if row is None:
        suggestion = _suggest(words)
        return Question(written, "unknown", suggestion, where) if suggestion else None
    if row.gateways_write_it and where == SUBJECT and key(words[0]).isascii():
        return None
    args = tuple(words[length:])
    if len(args) < row.least:
        return Question(written, "missing", "", where, row.name)
    if row.most is not None and len(args) > row.most:
        return Question(written, "too_many", "", where, " ".join(args[row.most :]))
    return Order(row.name, args, 0, where, written)


def _shown(words: Sequence[str], where: str) -> str:
    return f"[{' '.join(words)}]" if where == SUBJECT else "#" + " ".join(words)

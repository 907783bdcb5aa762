"""What somebody newly wrote, without what they quote and without their signature.

In this order: our own text, which we know exactly (``sent``); then what clients write around a quotation; then
delimiter lines in the languages of ``trim_tables``. Each line is looked at a bounded number of times. When in
doubt everything is kept: answers between quoted lines, forwarded mails, and whatever would leave nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise

from maildesk.ingest import quoting
from maildesk.ingest.shingles import known_lines, runs, words
from maildesk.ingest.signature import signature_start
from maildesk.ingest.trim_tables import plain

MAX_CHARS = 256 * 1024
"""What lies beyond is not looked at: it goes the way of the text before it, or is kept."""
MAX_LINES = 20_000

_ANCHOR_WORDS = 8
"""Unmarked lines of ours count once a run of them has so many words: a greeting alone proves nothing."""
_HEAD_LINES = 12
_INSIDE_LINES = 6
_ATTACHED_LINES = 5
"""So few quoted lines directly below a text, and nothing that announces them: something the writer shows."""


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A mail's text, taken apart. ``reply`` is never empty where a customer wrote anything at all."""

    reply: str
    quoted: str = ""
    signature: str = ""
    forwarded: bool = False
    """It carries a forwarded mail, which is kept."""
    interleaved: bool = False
    """Answers stand between quoted lines, which are kept."""
    doubt: str = ""
    """Why everything was kept, or "" where nothing was in doubt."""


class Mark(Enum):
    """What a line was found to be."""

    BLANK = 0
    OWN = 1
    QUOTED = 2
    CERTAIN = 3
    """Quoted without a doubt: what announces a quotation, and our own text."""
    SIGNATURE = 4


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Lines ``start`` to ``end`` that are all the writer's own or all quoted, blanks between them included."""

    own: bool
    start: int
    end: int
    announced: bool = False


def trim(text: str, sent: Sequence[str] = (), *, is_agent: bool = False, forwards: bool = False) -> Trimmed:
    """Find what is newly written in the plain text of a mail.

    ``sent`` are the texts of our mails that this one may quote. With ``is_agent`` more is taken off: any
    signature, and everything when nothing but quotation is left (a mail that is only a command). ``forwards`` says
    that the subject announces a forwarded mail: Outlook marks one in the text no other way than a reply. Never
    raises; time grows with the length of the text.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines, rest = _readable(text)
    folded = [line.strip() for line in plain("\n".join(lines)).split("\n")]
    marks, forwarded = _mark(folded, forwards=forwards)
    if rest and not _ends_quoted(marks):
        return Trimmed(text.strip(), doubt="too long to tell what is quoted")
    interleaved = bool(sent) and _mark_known(folded, marks, known_lines(folded, runs(sent)))
    trimmed = _take_apart(lines, folded, marks, is_agent=is_agent, whole=forwarded or interleaved)
    if not trimmed.reply and not (is_agent and (trimmed.quoted or trimmed.signature)):
        return Trimmed(text.strip(), forwarded=forwarded, doubt="nothing else is written" if text.strip() else "")
    quoted = f"{trimmed.quoted}\n{rest}" if rest else trimmed.quoted
    return replace(trimmed, quoted=quoted, forwarded=forwarded, interleaved=trimmed.interleaved or interleaved)


def _readable(text: str) -> tuple[list[str], str]:
    """The lines that are looked at, with an attribution that shares a line with text put on its own; and the rest."""
    head, rest = text, ""
    if len(text) > MAX_CHARS:
        cut = text.rfind("\n", 0, MAX_CHARS) + 1 or MAX_CHARS
        head, rest = text[:cut].removesuffix("\n"), text[cut:]
    lines = head.split("\n", MAX_LINES)
    if len(lines) > MAX_LINES:
        rest = lines.pop() + "\n" + rest
    if "wrote:" not in head:
        return lines, rest
    return [part for line in lines for part in _unglue(line)], rest


def _unglue(line: str) -> tuple[str, ...]:
    """Split "reply On Wed, Apr 4, 2012 at 3:59 PM, bob@example.com wrote:" before the date."""
    if len(line) > 500 or not line.rstrip().endswith("wrote:"):
        return (line,)
    at = line.rfind("On ")
    before = line[:at].strip(" -\u202a\u202b\u200e\u200f\u2067\u2068>*")
    if at > 0 and before and line[at - 1] in " -.!?" and quoting.attribution([plain(line[at:]).strip(), ">"], 0):
        return line[:at].rstrip(), line[at:]
    return (line,)


def _mark(lines: Sequence[str], *, forwards: bool) -> tuple[list[Mark], bool]:
    """Mark each folded line, top to bottom; and whether a forwarded mail begins among the writer's own lines."""
    marks = [Mark.OWN if line else Mark.BLANK for line in lines]
    written, index = False, 0
    while index < len(lines):
        line = lines[index]
        if not line:
            index += 1
            continue
        if line[0] == ">":
            marks[index] = Mark.QUOTED
            index += 1
            continue
        if quoting.is_forward(line) or (forwards and quoting.header_block(lines, index)):
            return marks, True
        end = _announcement(lines, index)
        below = quoting.next_written(lines, end) if end else 0
        if end and below < len(lines) and lines[below][0] == ">":
            marks[index:end] = [Mark.CERTAIN] * (end - index)
        elif end and written:
            first = _with_rules_above(lines, index)
            marks[first:] = [Mark.QUOTED] * (len(lines) - first)
            marks[first] = Mark.CERTAIN
            return marks, False
        else:
            written = written or not quoting.is_rule(line)
        index = end or index + 1
    _mark_wrapped_links(lines, marks)
    return marks, False


def _announcement(lines: Sequence[str], index: int) -> int:
    """The end of whatever announces a quotation at ``index``, or 0."""
    line = lines[index]
    if quoting.is_original(line) or quoting.is_reply_above(line):
        return index + 1
    if ":" in line and (block := quoting.header_block(lines, index)):
        return block.end
    return quoting.attribution(lines, index)


def _with_rules_above(lines: Sequence[str], index: int) -> int:
    """Take the line that Outlook draws above its header block along."""
    first = index
    while index > 0 and (not lines[index - 1] or quoting.is_rule(lines[index - 1])):
        index -= 1
        first = index if lines[index] else first
    return first


def _mark_wrapped_links(lines: Sequence[str], marks: list[Mark]) -> None:
    """A link that a client wrapped out of a quoted line is still quoted."""
    for index in range(1, len(lines)):
        if marks[index] is not Mark.OWN or marks[index - 1] is not Mark.QUOTED:
            continue
        bare = lines[index].strip("()<> ")
        link = bare.startswith("http") or ("http" in lines[index - 1] and lines[index][-1] in ")>")
        if link and " " not in bare:
            marks[index] = Mark.QUOTED


def _ends_quoted(marks: Sequence[Mark]) -> bool:
    """Whether the last written line that was looked at is quoted: what follows it is then quoted as well."""
    return next((mark for mark in reversed(marks) if mark is not Mark.BLANK), Mark.OWN) in {Mark.QUOTED, Mark.CERTAIN}


def _mark_known(lines: Sequence[str], marks: list[Mark], known: Sequence[bool]) -> bool:
    """Mark our own text where no client marked it. True if somebody wrote into it, so that everything must stay."""
    above = -1
    for index, line in enumerate(lines):
        if known[index] and line[0] == ">":
            if above >= 0 and marks[above] is Mark.OWN and quoting.may_announce(lines[above]):
                marks[above] = Mark.CERTAIN
            marks[index] = Mark.CERTAIN
        elif known[index] and above == index - 1 >= 0 and marks[above] in {Mark.QUOTED, Mark.CERTAIN}:
            # A client wrapped our line and marked only its first half.
            marks[index] = Mark.CERTAIN
        above = index if line else above
    first = _first_known(lines, known)
    if first == len(lines):
        return False
    end = first + 1
    while end < len(lines) and not (lines[end] and (lines[end][0] == ">" or _announcement(lines, end))):
        end += 1
    last = max((index for index in range(first, end) if known[index]), default=-1)
    strange = sum(1 for index in range(first, last) if lines[index] and not known[index] and _is_prose(lines[index]))
    if strange:
        return sum(known[first:end]) >= strange
    for index in range(_known_head(lines, known, first), last + 1):
        if marks[index] is Mark.OWN:
            marks[index] = Mark.CERTAIN
    return False


def _first_known(lines: Sequence[str], known: Sequence[bool]) -> int:
    """Where the first run of unmarked lines of ours begins that is long enough to prove it; else ``len(lines)``."""
    start, count = len(lines), 0
    for index, line in enumerate(lines):
        if not line:
            continue
        if not known[index] or line[0] == ">":
            start, count = len(lines), 0
            continue
        start = min(start, index)
        count += len(words(line))
        if count >= _ANCHOR_WORDS:
            return start
    return len(lines)


def _is_prose(line: str) -> bool:
    """Whether a line may be somebody's words: not a link, a rule or a picture's name."""
    return not quoting.is_rule(line) and len(words(line)) > 0 and not line.strip("<>()[] ").startswith(("http", "cid:"))


def _known_head(lines: Sequence[str], known: Sequence[bool], first: int) -> int:
    """What stands directly above our text and announces it, in a language we may not know."""
    head = first
    for index in range(first - 1, max(-1, first - _HEAD_LINES), -1):
        line = lines[index]
        if not line:
            continue
        end = _announcement(lines, index)
        adjacent = quoting.next_written(lines, index + 1) >= head
        if (end and quoting.next_written(lines, end) >= head) or (
            adjacent and (known[index] or line[-1] == ":" or quoting.is_rule(line))
        ):
            head = index
    return head


def _stretches(lines: Sequence[str], marks: Sequence[Mark]) -> list[_Stretch]:
    """The mail as a sequence of own and quoted stretches; signatures and blank lines belong to none."""
    found: list[_Stretch] = []
    start = end = -1
    own = certain = False
    for index, mark in enumerate((*marks, None)):
        if mark is Mark.BLANK or mark is Mark.SIGNATURE:
            continue
        announced = mark is Mark.CERTAIN and not own and lines[index][:1] != ">"
        announced = announced and (not certain or _begins_anew(lines, start, index))
        if start < 0 or mark is None or own != (mark is Mark.OWN) or announced:
            if start >= 0:
                found.append(
                    _Stretch(own, start, end, announced=certain or (not own and _announced_inside(lines, start)))
                )
            start, own, certain = index, mark is Mark.OWN, False
        certain = certain or mark is Mark.CERTAIN
        end = index + 1
    return found


def _begins_anew(lines: Sequence[str], start: int, index: int) -> bool:
    """Whether, below what was quoted by hand from ``start`` on, a client's own quotation begins."""
    return lines[start][:1] == ">" and bool(lines[index] and _announcement(lines, index))


def _by_client(lines: Sequence[str], quoted: _Stretch) -> bool:
    """Whether a mail program made a quotation: it announces it. That our own words are quoted proves nothing here."""
    first = lines[quoted.start]
    if first[:1] == ">":
        return _announced_inside(lines, quoted.start)
    return first[-1:] != ":" or quoting.may_announce(first)


def _announced_inside(lines: Sequence[str], start: int) -> bool:
    """Whether a quotation begins with its own attribution, as on an iPhone: "> On <date>, <name> wrote:"."""
    inside = [line.lstrip("> ") for line in lines[start : start + _INSIDE_LINES]]
    return bool(inside[0]) and bool(quoting.attribution(inside, 0))


def _take_apart(
    lines: Sequence[str], folded: Sequence[str], marks: list[Mark], *, is_agent: bool, whole: bool
) -> Trimmed:
    """Put the reply together from what is the writer's own."""
    if whole:
        return Trimmed("\n".join(lines).strip())
    _sign(lines, folded, marks, _stretches(folded, marks)[-1:], is_agent=is_agent)
    stretches = _stretches(folded, marks)
    for shown, full in pairwise(stretches[1:]):
        if not shown.own and not full.own and not _by_client(folded, shown):
            # Something quoted by hand, and below it the quotation that the client made.
            marks[shown.start : shown.end] = [Mark.OWN] * (shown.end - shown.start)
    stretches = _stretches(folded, marks)
    own = [stretch for stretch in stretches if stretch.own]
    quoted = [stretch for stretch in stretches if not stretch.own]
    if own and quoted and any(quoted[0].start < stretch.start < quoted[-1].start for stretch in own):
        announced = any(stretch.announced for stretch in quoted)
        return _result(lines, marks, keep=range(own[-1].end if announced else len(lines)), interleaved=True)
    if doubt := _doubt(folded, own, quoted):
        return _result(lines, marks, keep=range(len(lines)), doubt=doubt)
    _sign(lines, folded, marks, own, is_agent=is_agent)
    return _result(lines, marks, keep=range(0))


def _doubt(lines: Sequence[str], own: Sequence[_Stretch], quoted: Sequence[_Stretch]) -> str:
    if not own or not quoted or own[0].start > quoted[0].start:
        return ""
    certain = quoted[0].announced and len(own) == 1 and lines[own[0].end - 1][-1] != ":"
    if certain or _by_client(lines, quoted[0]):
        return ""
    if len(own) > 1:
        return "lines marked as quoted stand in the text, and nothing says whose they are"
    attached = own[0].end == quoted[0].start and quoted[-1].end - quoted[0].start <= _ATTACHED_LINES
    shown = attached or lines[own[0].end - 1][-1] == ":"
    return "what is quoted seems to belong to the text" if shown else ""


def _sign(
    lines: Sequence[str], folded: Sequence[str], marks: list[Mark], own: Sequence[_Stretch], *, is_agent: bool
) -> None:
    """Mark the signature at the end of each of these stretches."""
    for stretch in own:
        if stretch.own:
            start = signature_start(folded, lines, stretch.start, stretch.end, is_agent=is_agent)
            for index in range(start, stretch.end):
                marks[index] = Mark.SIGNATURE


def _result(
    lines: Sequence[str], marks: Sequence[Mark], *, keep: range, interleaved: bool = False, doubt: str = ""
) -> Trimmed:
    """Sort the lines by their marks; those in ``keep`` stay whatever they are, signatures excepted."""
    rows: dict[str, list[str]] = {"reply": [], "quoted": [], "signature": []}
    place = "reply"
    for index, (line, mark) in enumerate(zip(lines, marks, strict=True)):
        if mark is Mark.SIGNATURE:
            place = "signature"
        elif mark is not Mark.BLANK:
            place = "reply" if mark is Mark.OWN or index in keep else "quoted"
        rows[place].append(line)
    reply, quoted, signature = ("\n".join(rows[name]).strip() for name in ("reply", "quoted", "signature"))
    return Trimmed(reply, quoted, signature, interleaved=interleaved, doubt=doubt)

"""Which mails a mail forwards to us: the person to answer is not always the one who sent it on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from maildesk.ingest import mime, quoting
from maildesk.ingest.address import addresses_in, clean_name, normalise, parse_addresses
from maildesk.ingest.body import read_body
from maildesk.ingest.headers import shown, text_of, tidy
from maildesk.ingest.trim_tables import FORWARD_PREFIXES, Label, plain
from maildesk.model.mail import Address, Forwarded, Limits, Mail

_LINES = 2000
_CHARS = 256 * 1024
_MAILS, _ATTACHED, _CHAIN = 20, 3, 3
_VALUE_CHARS = 1000
_BLOCK_BELOW = 6
"""A header block stands so few lines below the line that announces it."""
_NO_FORWARD = frozenset({"multipart/report", "multipart/digest"})
_MARKS = "> \u200f\u200e\u202a\u202b"


@dataclass(frozen=True, slots=True)
class Forwards:
    """The mails that a mail forwards, in their order, and what stands above the first of them."""

    mails: tuple[Forwarded, ...] = ()
    above: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a forwarded mail stands in a text: its first line, its block of headers, the first line of its text."""

    start: int
    end: int
    author: Address
    subject: str


def forwarded_mails(root: mime.Entity, subject: str, text: str, limits: Limits) -> Forwards:
    """The mails that are forwarded: attached ones, else those below a line "Forwarded message" in ``text``.

    Where the ``subject`` says it (Fwd:, WG:, TR:, ...), a header block needs no such line. All are claims.
    """
    attached = tuple(_attached(root, limits))
    return Forwards(attached, text.strip()) if attached else _in_text(text, says_so=is_forwarded_subject(subject))


def is_forwarded_subject(subject: str) -> bool:
    """Whether a subject begins as clients begin the subject of a forwarded mail, after any reply prefix of the same."""
    return plain(subject[:100]).strip().startswith(FORWARD_PREFIXES)


def inert_subject(mail: Mail) -> str:
    """What of an agent's subject the author of a forwarded mail wrote: all of it, where that mail shows none."""
    return " ".join(one.subject for one in mail.forwarded) or (mail.subject if mail.forwarded else "")


def _attached(root: mime.Entity, limits: Limits) -> Iterator[Forwarded]:
    """The attached mails; a digest holds none that somebody forwards, nor does a bounce."""
    if root.media_type in _NO_FORWARD:
        return
    mails = [entity for entity in root.walk() if entity.media_type == "message/rfc822"]
    for entity in mails[:_ATTACHED]:
        for inner in mime.attached_mail(entity):
            author = next(iter(parse_addresses(text_of(inner.header("from")[: limits.header]), 1)), None)
            if author:
                subject = shown(inner.header("subject"))[: limits.subject]
                yield Forwarded(author, subject, read_body(inner, limits).text.strip())


def _in_text(text: str, *, says_so: bool) -> Forwards:
    every = text.replace("\r\n", "\n").split("\n")
    written = text[:_CHARS].replace("\r\n", "\n").split("\n", _LINES)[:_LINES]
    lines = [line.strip() for line in plain("\n".join(written)).split("\n")]
    places = list(_announced(written, lines, quoted=says_so))
    first = places[0].start if places else len(lines)
    # an announced mail below a bare block was forwarded in that one: whoever wrote to us is its author
    around = list(_blocks(written[:first], lines[:first])) if says_so else []
    announced = bool(places) and not around
    places = around or places
    ends = [place.start for place in places[1:]] if announced else []
    texts = (
        _unquoted(every[place.end : end])
        for place, end in zip(places, [*ends, *[len(every)] * (len(places) - len(ends))], strict=True)
    )
    mails = (Forwarded(place.author, place.subject, text, announced) for place, text in zip(places, texts, strict=True))
    return Forwards(tuple(mails), _above(every[: places[0].start]) if places else "")


def _announced(written: Sequence[str], lines: Sequence[str], *, quoted: bool) -> Iterator[_Place]:
    """The mails below a line that announces them; with ``quoted`` that line may be marked as a quotation."""
    found = 0
    for index, line in enumerate(lines):
        bare = line.lstrip("> ") if quoted else line
        if not bare or bare[0] == ">" or not quoting.is_forward(bare):
            continue
        place = _below(written, lines, index)
        if place:
            yield place
            found += 1
        if found == _MAILS:
            return


def _below(written: Sequence[str], lines: Sequence[str], start: int) -> _Place | None:
    """The mail whose block stands below its announcement; the block's lines may be quoted ("> From: ...")."""
    rows = slice(start + 1, start + 1 + _BLOCK_BELOW * 8)
    bare = [line.lstrip("> ") for line in lines[rows]]
    raw = [line.lstrip(_MARKS) for line in written[rows]]
    for index in range(min(_BLOCK_BELOW, len(bare))):
        if bare[index] and (block := quoting.header_block(bare, index)):
            author = _author(raw, block)
            return _Place(start, start + 1 + block.end, author, _subject(raw, block)) if author else None
    return None


def _blocks(written: Sequence[str], lines: Sequence[str]) -> Iterator[_Place]:
    """The mails of a conversation that begin with a header block and nothing else."""
    index = found = 0
    while index < len(lines) and found < _CHAIN:
        line = lines[index]
        block = quoting.header_block(lines, index) if line and line[0] != ">" else None
        if block and (author := _author(written, block)):
            yield _Place(index, block.end, author, _subject(written, block))
            found += 1
        index = block.end if block else index + 1


def _author(written: Sequence[str], block: quoting.Block) -> Address | None:
    row = next((row for kind, row in block.rows if kind is Label.FROM), None)
    if row is None:
        return None
    value = _value(written[row])
    if "@" not in value and row + 1 < block.end:
        value += " " + written[row + 1]
    return _address(value[:_VALUE_CHARS])


def _subject(written: Sequence[str], block: quoting.Block) -> str:
    row = next((row for kind, row in block.rows if kind is Label.SUBJECT), None)
    return "" if row is None else tidy(_value(written[row])[:_VALUE_CHARS]).strip("* ")


def _value(line: str) -> str:
    return line.replace("\uff1a", ":").partition(":")[2]


def _unquoted(lines: Sequence[str]) -> str:
    """A text without the marks of a quotation, where all of it is marked."""
    if all(line[:1] == ">" for line in lines if line.strip()):
        lines = [line[1:].removeprefix(" ") for line in lines]
    return "\n".join(lines).strip()


def _above(lines: Sequence[str]) -> str:
    """What somebody wrote above a forwarded mail, without the line that Outlook draws or writes there."""
    end = len(lines)
    while end and _is_empty(plain(lines[end - 1]).strip()):
        end -= 1
    return "\n".join(lines[:end]).strip()


def _is_empty(line: str) -> bool:
    return not line or quoting.is_rule(line) or quoting.is_original(line)


def _address(value: str) -> Address | None:
    """Read "Name <a@b>", "Name [mailto:a@b]", "*Name* <a@b<mailto:a@b>>" and "a@b"; a name may look like an address."""
    bare = value.replace("mailto:", " ")
    marked = [bare[at:] for at in sorted(map(bare.find, "<[")) if at >= 0]
    email = next((email for part in (*marked, bare) for email in addresses_in(part)), "")
    if not email:
        return None
    name = value.rpartition(f"<{email}")[0] or value.partition(email)[0]
    return Address(clean_name(name.replace("mailto:", "").strip(" *_\t\"'<[("), email), normalise(email))

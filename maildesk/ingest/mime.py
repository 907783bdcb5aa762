"""The parts of a mail, found in linear time: the limits are kept while reading, so this is its own pre-scan.

``email.parser`` is not used here: it recurses, takes super-linear time on hostile structure, raises what it
likes (A37) and gives attached mails back rewritten. This splitter works on offsets and never copies a body;
an attached mail stays byte for byte what it was. For code that wants the stdlib's view, ``as_message`` builds one.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from functools import lru_cache

from maildesk.ingest.headers import from_base64, value_and_parameters
from maildesk.model.errors import PermanentFailure
from maildesk.model.mail import Limits

_KNOWN = (
    b"received:", b"from:", b"to:", b"cc:", b"subject:", b"date:", b"message-id:", b"mime-version:", b"content-",
    b"reply-to:", b"x-", b"return-path:", b"sender:", b"references:", b"in-reply-to:", b"delivered-to:",
)  # fmt: skip
_BOUNDARY = 200
_USUAL_NAME = 40
"""Longest boundary that is believed (RFC 2046 section 5.1.1 allows 70)."""


@dataclass(slots=True)
class Entity:
    """One MIME part: where it lies in ``content``. Filled while reading, not changed afterwards."""

    content: bytes
    path: str
    headers: list[tuple[str, bytes]]
    start: int
    """Of the body; ``end`` is behind it."""
    end: int
    media_type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    children: list[Entity] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)

    def header(self, name: str) -> bytes:
        """The first value of a header (lower-case name), or b""."""
        return next((value for key, value in self.headers if key == name), b"")

    @property
    def raw(self) -> bytes:
        """The body as it stands there."""
        return self.content[self.start : self.end]

    def walk(self) -> Iterator[Entity]:
        """Itself and all parts inside, in the order of the mail."""
        stack = [self]
        while stack:
            entity = stack.pop()
            yield entity
            stack.extend(reversed(entity.children))


def split(content: bytes, limits: Limits) -> Entity:
    """Read the structure of a whole mail.

    Raises PermanentFailure where a limit of PROMISES section 6 is passed: message size, header block, header
    lines, parts. What lies deeper than ``limits.depth`` is not taken apart any more, which is a defect.
    """
    if len(content) > limits.message:
        raise PermanentFailure(f"message too large: {len(content)} bytes, the limit is {limits.message}")
    if b"\n" not in content and b"\r" in content:
        content = content.replace(b"\r", b"\n")
    root = _entity(content, "", _first_line(content), len(content), "text/plain", limits)
    total = 1
    stack = [(root, 1)]
    while stack:
        entity, depth = stack.pop()
        if not entity.media_type.startswith("multipart/"):
            continue
        slices = _slices(entity, limits.parts)
        total += len(slices)
        if total > limits.parts:
            raise PermanentFailure(f"too complex: more than {limits.parts} parts")
        if depth > limits.depth:
            _stop_here(entity, limits)
            continue
        default = "message/rfc822" if entity.media_type == "multipart/digest" else "text/plain"
        prefix = f"{entity.path}." if entity.path else ""
        entity.children = [
            _entity(content, f"{prefix}{number}", start, end, default, limits)
            for number, (start, end) in enumerate(slices, 1)
        ]
        if not slices:
            _treat_as_text(entity)
        stack.extend((child, depth + 1) for child in entity.children)
    root.path = root.path or ("" if root.children else "1")
    return root


def _first_line(content: bytes) -> int:
    """Skip a byte order mark, blank lines and an mbox line in front of the headers."""
    position = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    while content[position : position + 1] in {b"\r", b"\n"}:
        position += 1
    for mark in (b"From ", b">From "):
        if content.startswith(mark, position) and b":" not in content[position : position + 6]:
            return content.find(b"\n", position) + 1 or len(content)
    return position


def _entity(content: bytes, path: str, start: int, end: int, default: str, limits: Limits) -> Entity:
    entity = Entity(content, path, [], end, end, default)
    entity.start = _read_headers(entity, start, limits)
    declared = entity.header("content-type")
    if declared:
        value, entity.parameters = value_and_parameters(declared[:10000])
        entity.media_type = _media_type(value, entity, default)
    return entity


def _media_type(value: str, entity: Entity, default: str) -> str:
    value = "".join(ch for ch in value if ch.isprintable() and ch != " ")
    main, slash, sub = value.partition("/")
    if slash and main and sub and "/" not in sub:
        return value
    if value in {"text", "multipart", "message"}:
        return {"text": "text/plain", "multipart": "multipart/mixed", "message": "message/rfc822"}[value]
    is_file = "name" in entity.parameters or b"attachment" in entity.header("content-disposition").lower()
    return "application/octet-stream" if is_file else default


def _read_headers(entity: Entity, start: int, limits: Limits) -> int:
    """Fill ``headers``; returns where the body begins."""
    content, end, position = entity.content, entity.end, start
    name, pieces = "", list[bytes]()
    while position < end:
        eol = content.find(b"\n", position, end)
        eol = end if eol < 0 else eol
        line = content[position:eol].rstrip(b"\r")
        if position - start > limits.header_block:
            raise PermanentFailure(f"too complex: more than {limits.header_block} bytes of headers")
        if not line:
            position = eol + 1
            break
        colon = line.find(b":")
        key = line[:colon].rstrip() if colon > 0 else b""
        if line[:1] in b" \t" and name:
            pieces.append(line)
        elif key and (found := _usual_name(key) if len(key) < _USUAL_NAME else _name(key)):
            _put(entity, name, pieces, limits)
            name, pieces = found, [line[colon + 1 :]]
        elif content[eol + 1 : eol + 20].lower().startswith(_KNOWN):
            pieces.append(b" " + line)
            entity.defects.append("a header line without a name")
        else:
            entity.defects.append("no blank line behind the headers")
            break
        position = eol + 1
    _put(entity, name, pieces, limits)
    return min(position, end)


def _name(key: bytes) -> str:
    """A header's name in lower case; "" where it is none: printable ASCII without blanks (RFC 5322 section 2.2)."""
    is_name = key.isascii() and b" " not in key and key.decode("ascii").isprintable()
    return key.decode("ascii").lower() if is_name else ""


_usual_name = lru_cache(1024)(_name)
"""Headers have the same few names in all mails."""


def _put(entity: Entity, name: str, pieces: list[bytes], limits: Limits) -> None:
    """Add a header. A folded one counts as one line: cutting it harms less than setting the mail aside."""
    if not name:
        return
    if len(entity.headers) >= limits.header_lines:
        raise PermanentFailure(f"too complex: more than {limits.header_lines} header lines")
    value = b"".join(pieces).strip()
    if len(value) > limits.header:
        entity.defects.append(f"header {name[:40]} cut at {limits.header} bytes")
    entity.headers.append((name, value[: limits.header]))


def _slices(entity: Entity, most: int) -> list[tuple[int, int]]:
    """(start, end) of the parts between the delimiter lines; a missing close delimiter is forgiven."""
    content, boundary = entity.content, _boundary(entity)
    if not boundary:
        return []
    mark = b"--" + boundary
    found: list[tuple[int, int]] = []
    begin, position = -1, entity.start
    while (at := content.find(mark, position, entity.end)) >= 0 and len(found) <= most:
        position = at + len(mark)
        if at > entity.start and content[at - 1] not in b"\r\n":
            continue
        eol = content.find(b"\n", position, entity.end)
        eol = entity.end if eol < 0 else eol
        rest = content[position : min(eol, position + 200)].strip()
        if rest not in {b"", b"--"}:
            continue
        if begin >= 0:
            found.append((begin, _before_line_end(content, begin, at)))
        # Behind a close delimiter comes the epilogue; some programs put further parts there all the same.
        begin = -1 if rest else min(eol + 1, entity.end)
        position = eol
    if begin >= 0:
        found.append((begin, entity.end))
    return found


def _before_line_end(content: bytes, begin: int, at: int) -> int:
    """The line end in front of a delimiter belongs to the delimiter (RFC 2046 section 5.1.1)."""
    if at > begin and content[at - 1] == 0x0A:
        at -= 1
    if at > begin and content[at - 1] == 0x0D:
        at -= 1
    return at


def _boundary(entity: Entity) -> bytes:
    """The declared boundary, or else the one that the body obviously uses."""
    declared = entity.parameters.get("boundary", "").rstrip()
    if declared and len(declared) <= _BOUNDARY:
        return declared.encode("utf-8", "replace")
    body = entity.content[entity.start : entity.start + 1000].lstrip()
    line = body.partition(b"\n")[0].rstrip()
    entity.defects.append("multipart without a boundary")
    return line[2:] if line.startswith(b"--") and 2 < len(line) <= _BOUNDARY else b""


def _treat_as_text(entity: Entity) -> None:
    entity.defects.append(f"{entity.media_type[:60]} without parts")
    entity.media_type, entity.parameters = "text/plain", {}


def _stop_here(entity: Entity, limits: Limits) -> None:
    """Show the innermost structure as text: nothing is lost, nothing is taken apart without end."""
    if entity.content.count(b"boundary=", entity.start, entity.end) > limits.parts:
        raise PermanentFailure(f"too complex: more than {limits.parts} parts")
    _treat_as_text(entity)
    entity.defects[-1] = f"nested deeper than {limits.depth}: the rest is shown as it stands"


def transfer_encoding(entity: Entity) -> str:
    """base64, quoted-printable, uuencode or "" (RFC 2045 section 6.1), however it was spelt."""
    raw = entity.header("content-transfer-encoding")
    if not raw:
        return ""
    value = raw.lower().translate(None, b" \t\"'-_").partition(b";")[0].partition(b"(")[0]
    if value.startswith(b"base64"):
        return "base64"
    if value.startswith(b"quotedprintable"):
        return "quoted-printable"
    return "uuencode" if value in {b"xuuencode", b"uuencode", b"xuue", b"uue"} else ""


def decoded(entity: Entity) -> bytes:
    """The body with its transfer encoding undone, as far as that is possible."""
    raw, how = entity.raw, transfer_encoding(entity)
    if how == "base64":
        return from_base64(raw)
    if how == "quoted-printable":
        return binascii.a2b_qp(raw)
    return raw


def as_message(entity: Entity, nested: int) -> Message:
    """The stdlib's view of a part, for code that reads structure: reports, signatures, attached mails.

    Holds all headers, text and ``message/*`` parts; attached mails are taken apart ``nested`` levels deep.
    Contents of other parts are left out: they are empty strings. 8-bit headers and payloads are read as
    UTF-8: with surrogates the stdlib gives ``Header`` objects, and its ``get_payload`` raises for some charsets.
    """
    top = _bare(entity)
    stack = [(entity, top, nested)]
    while stack:
        part, message, depth = stack.pop()
        inner: list[tuple[Entity, Message, int]] = []
        if part.children:
            inner = [(child, _bare(child), depth) for child in part.children]
        elif part.media_type in {"message/rfc822", "message/global"} and depth > 0:
            inner = [(mail, _bare(mail), depth - 1) for mail in attached_mail(part)]
        elif part.media_type in {"message/delivery-status", "message/disposition-notification"}:
            inner = [(block, _bare(block), 0) for block in _blocks(part)]
        if inner:
            message.set_payload([made for _, made, _ in inner])
            stack.extend(inner)
        elif part.media_type.startswith(("text/", "message/")):
            message.set_payload(part.raw.decode("utf-8", "replace"))
        else:
            message.set_payload("")
    return top


def _bare(entity: Entity) -> Message:
    message = Message()
    for name, value in entity.headers:
        message.set_raw(name, value.decode("utf-8", "replace"))
    return message


def attached_mail(entity: Entity) -> list[Entity]:
    """The mail inside a ``message/rfc822`` part, taken apart; empty when that passes a limit."""
    return mail_of(decoded(entity))


def mail_of(content: bytes) -> list[Entity]:
    """A mail within a mail, taken apart; empty when it passes a limit."""
    try:
        return [split(content, Limits())]
    except PermanentFailure:
        return []


def _blocks(entity: Entity) -> list[Entity]:
    """The header blocks of a delivery report (RFC 3464 section 2.1)."""
    raw, blocks = decoded(entity).replace(b"\r\n", b"\n"), list[Entity]()
    for piece in raw.split(b"\n\n")[: Limits().parts]:
        if piece.strip():
            text = piece.strip(b"\n") + b"\n"
            blocks.append(_entity(text, "", 0, len(text), "text/plain", Limits()))
    return blocks

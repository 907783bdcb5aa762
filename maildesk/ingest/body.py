"""What is to be read in a mail and what is attached to it.

Texts are read up to 2 MB in all; the raw mail keeps the rest, and ``defects`` says so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from maildesk.ingest import charset, embedded, mime, smime
from maildesk.ingest.filename import safe_filename
from maildesk.ingest.headers import message_id, shown, value_and_parameters
from maildesk.ingest.markup import LIMIT, html_to_text
from maildesk.ingest.mime import Entity
from maildesk.ingest.safe_html import clean_html
from maildesk.model.mail import Limits, Part

__all__ = ["Body", "clean_html", "extract", "html_to_text", "read_body"]

_NO_TEXT = frozenset(
    {"text/calendar", "text/csv", "text/vcard", "text/x-vcard", "text/rfc822-headers", "text/x-amp-html",
     "text/directory", "text/xml", "text/rtf", "text/css", "text/javascript", "text/tab-separated-values"}
)  # fmt: skip
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNED = "S/MIME, signed and not verified, kept whole"
_ENCRYPTED = {
    **dict.fromkeys(_SMIME, "S/MIME, kept whole: encrypted content is not read"),
    "application/pgp-encrypted": "PGP, kept whole: encrypted content is not read",
}
_REPORT_DATA = frozenset(
    {"message/delivery-status", "message/global-delivery-status", "message/disposition-notification",
     "message/global-disposition-notification", "message/feedback-report", "text/rfc822-headers"}
)  # fmt: skip
"""What programs tell each other in a report (RFC 6522): no mail client lists it as a file."""
_MAIL = frozenset({"message/rfc822", "message/global"})
_STUB = 300
"""A plain text shorter than this is compared with the HTML beside it."""


@dataclass(frozen=True, slots=True)
class Body:
    """The readable text, the HTML as it came, the attachments, and what was wrong with them."""

    text: str
    html: str
    parts: tuple[Part, ...]
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """A stretch of text: plain, HTML, or the same in both."""

    plain: str = ""
    html: str = ""


@dataclass(slots=True)
class _Reader:
    """Gathers attachments and defects while the parts are gone through."""

    limits: Limits
    hint: str
    text_left: int = LIMIT
    """Bytes of text that are still read; what is longer than a reader can want stays in the raw mail."""
    wrapped: list[_Block] = field(default_factory=list)
    """Texts of winmail.dat files and of opaque signatures: read where the mail has no other text."""
    sealed: list[str] = field(default_factory=list)
    """What encrypted it, as "PGP"."""
    inside: bool = False
    """In an opaque signature; one in another is not looked into."""
    parts: list[Part] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


def read_body(root: Entity, limits: Limits, *, inside: bool = False) -> Body:
    """Go through the parts: text for reading, everything else (attached mails too) as attachments.

    Where all is encrypted, the text says so. ``inside`` an opaque signature no further one is opened.
    """
    reader = _Reader(limits, charset_hint(root), inside=inside)
    blocks = _blocks(root, reader, first=True)
    texts = _texts(blocks)
    if not texts and reader.wrapped:
        blocks = [*blocks, *reader.wrapped]
        texts = _texts(blocks)
    html = "\n".join(block.html for block in blocks if block.html)
    text = "\n\n".join(texts) or _report_text(root) or _sealed_text(reader)
    if "-----BEGIN PGP MESSAGE-----" in text:
        reader.defects.append("PGP, kept whole: encrypted content is not read")
    return Body(text, html, tuple(reader.parts), tuple(dict.fromkeys(reader.defects)))


def _sealed_text(reader: _Reader) -> str:
    """What stands for a text that only its receiver can open, in both languages: it is not known who will read it."""
    return "".join(f"🔒 {by}: encrypted / رمزگذاری‌شده" for by in reader.sealed[:1])


def _texts(blocks: list[_Block]) -> list[str]:
    return [text for block in blocks if (text := _readable(block).strip("\n"))]


def attached_text(root: Entity, limits: Limits) -> str:
    """What the first attached mail says, below the lines with which clients announce a forwarded mail.

    For a mail that has no text of its own. So announced it is kept whole, and no line of it is taken for a command
    or an answer of the one who sent it on.
    """
    mails = [entity for entity in root.walk() if entity.media_type in _MAIL]
    if not mails or root.media_type == "multipart/report":
        return ""
    inner = mime.attached_mail(mails[0])
    text = read_body(inner[0], limits).text if inner else ""
    if not text:
        return ""
    fields = [(name, shown(inner[0].header(name)[:1000])) for name in ("from", "date", "subject", "to")]
    head = [f"{name.capitalize()}: {value}" for name, value in fields if value]
    return "\n".join(["---------- Forwarded message ----------", *head, "", text])


def _report_text(root: Entity) -> str:
    """A delivery report in which no human being is addressed: its fields are what there is to read."""
    reports = [entity for entity in root.walk() if entity.media_type == "message/delivery-status"]
    return "\n\n".join(charset.decode(mime.decoded(entity))[0].strip() for entity in reports)


def charset_hint(root: Entity) -> str:
    """The charset of the first text that declares one: what undeclared 8-bit headers are probably in."""
    for entity in root.walk():
        declared = entity.parameters.get("charset", "")
        if declared and entity.media_type.startswith("text/") and charset.codec_for(declared) != "ascii":
            return declared
    return ""


def _blocks(entity: Entity, reader: _Reader, *, first: bool) -> list[_Block]:
    reader.defects.extend(entity.defects)
    if entity.media_type == "multipart/alternative" and entity.children:
        return _merged([_blocks(child, reader, first=True) for child in entity.children])
    if entity.children:
        return [
            block for number, child in enumerate(entity.children) for block in _blocks(child, reader, first=number == 0)
        ]
    disposition, parameters = value_and_parameters(entity.header("content-disposition")[:10000], reader.hint)
    name = parameters.get("filename") or entity.parameters.get("name") or ""
    if _is_text(entity, disposition, name, first=first):
        return [_text_block(entity, reader)]
    _attachment(entity, reader, disposition, name)
    return []


def _merged(variants: list[list[_Block]]) -> list[_Block]:
    """The same in several forms: the first that has plain text, the last that has HTML."""
    plain = html = ""
    for blocks in variants:
        written = "\n\n".join(block.plain for block in blocks if block.plain)
        marked = "\n".join(block.html for block in blocks if block.html)
        plain = plain if plain.strip() else written
        html = marked or html
    return [_Block(plain, html)] if plain or html else []


def _is_text(entity: Entity, disposition: str, name: str, *, first: bool) -> bool:
    """Whether a part is shown as text (the rule of RFC 8621 section 4.1.4: a name matters from the second on)."""
    kind = entity.media_type
    if not kind.startswith("text/") or disposition == "attachment" or kind in _NO_TEXT:
        return False
    return first or not name


def _text_block(entity: Entity, reader: _Reader) -> _Block:
    raw = mime.decoded(entity)
    kind = entity.media_type
    if b"begin " in raw and kind != "text/html":
        raw, files = embedded.uudecoded(raw)
        _add_files(files, entity.path, reader)
    if len(raw) > reader.text_left:
        raw = raw[: reader.text_left]
        reader.defects.append(f"text cut at {LIMIT} bytes")
    reader.text_left -= len(raw)
    declared = entity.parameters.get("charset", "")
    if kind == "text/html" and not declared:
        declared = _meta_charset(raw[:2000])
    text, defect = charset.decode(raw, declared, reader.hint)
    if defect:
        reader.defects.append(defect)
    if kind == "text/html":
        return _Block(html=text)
    if kind in {"text/enriched", "text/richtext"}:
        return _Block(plain=html_to_text(text.replace("<<", "&lt;").replace("\n", "<br>")))
    if entity.parameters.get("format", "").lower() == "flowed":
        text = unflowed(text, delete_space=entity.parameters.get("delsp", "").lower() == "yes")
    return _Block(plain=text)


def _meta_charset(head: bytes) -> str:
    """``<meta charset=...>`` or the http-equiv form."""
    at = head.lower().find(b"charset=")
    if at < 0:
        return ""
    rest = head[at + 8 : at + 60].lstrip(b" \"'")
    end = next((index for index, byte in enumerate(rest) if byte in b" \"';/>"), len(rest))
    return rest[:end].decode("ascii", "replace")


def unflowed(text: str, *, delete_space: bool) -> str:
    """Undo format=flowed (RFC 3676 section 4): soft breaks joined within one quote depth, stuffing removed."""
    out: list[str] = []
    open_depth = -1
    pieces: list[str] = []
    for line in text.split("\n"):
        body = line.lstrip(">")
        depth = len(line) - len(body)
        body = body.removeprefix(" ")
        soft = body.endswith(" ") and body != "-- "
        if pieces and (depth != open_depth or body == "-- "):
            out.append("".join(pieces))
            pieces = []
        if not pieces and depth:
            pieces.append("> " * depth)
        pieces.append(body[:-1] if soft and delete_space else body)
        open_depth = depth
        if not soft:
            out.append("".join(pieces))
            pieces = []
    if pieces:
        out.append("".join(pieces))
    return "\n".join(out)


def _readable(block: _Block) -> str:
    if not block.html:
        return block.plain
    plain = block.plain.strip()
    if not plain:
        return html_to_text(block.html)
    if len(plain) < _STUB or _lost_letters(plain):
        rendered = html_to_text(block.html)
        if _lost_letters(plain) or (len(rendered) > 2 * len(plain) and "html" in plain.lower()):
            return rendered
    return block.plain


def _lost_letters(plain: str) -> bool:
    """Whether a program wrote question marks for letters that it could not encode."""
    return plain.count("?") * 4 > len(plain)


def _attachment(entity: Entity, reader: _Reader, disposition: str, name: str) -> None:
    kind = entity.media_type
    if kind == "text/x-amp-html" or (kind in _REPORT_DATA and not name and disposition != "attachment"):
        return
    content = part_bytes(entity)
    if kind in _ENCRYPTED:
        _sealed(reader, kind, content)
    if kind in _TNEF or name.lower() == "winmail.dat":
        text, html, files = embedded.tnef(content)
        if text or html or files:
            _add_files(files, entity.path, reader)
            reader.wrapped.append(_Block(charset.clean(text), charset.clean(html)))
            return
    content_id = message_id(shown(entity.header("content-id")[:1000])).strip("<>")
    inline = disposition == "inline" or (bool(content_id) and disposition != "attachment")
    _add(reader, entity.path, name, kind, content, inline=inline, content_id=content_id)


def _sealed(reader: _Reader, kind: str, content: bytes) -> None:
    """Signed or encrypted mail: what is only signed can be read, and the file is kept as a proof."""
    signed = smime.signed_content(content) if kind in _SMIME and not reader.inside else b""
    if not signed:
        reader.sealed.append(_ENCRYPTED[kind].partition(",")[0])
        reader.defects.append(_ENCRYPTED[kind])
        return
    reader.defects.append(_SIGNED)
    for inner in mime.mail_of(signed):
        body = read_body(inner, reader.limits, inside=True)
        reader.wrapped.append(_Block(body.text, body.html))
        reader.defects.extend(body.defects)
        if body.parts:
            reader.defects.append("S/MIME: files within the signature stay there")


def _add_files(files: tuple[embedded.File, ...], path: str, reader: _Reader) -> None:
    for number, file in enumerate(files, 1):
        _add(reader, f"{path}.{number}", file.name, file.media_type, file.content)


def _add(
    reader: _Reader, path: str, name: str, kind: str, content: bytes, *, inline: bool = False, content_id: str = ""
) -> None:
    digest = hashlib.sha256(content).hexdigest()
    filename = safe_filename(name, reader.limits.filename)
    reader.parts.append(Part(path, filename, kind[:100], len(content), digest, inline, content_id[:200]))


def part_bytes(entity: Entity) -> bytes:
    """The content of a part, its transfer encoding undone (uuencode too)."""
    if mime.transfer_encoding(entity) == "uuencode":
        files = embedded.uudecoded(entity.raw)[1]
        return files[0].content if files else entity.raw
    return mime.decoded(entity)


def extract(content: bytes, path: str) -> bytes:
    """The decoded bytes of the part at ``Part.path``. Raises KeyError when the mail has no such part."""
    unlimited = Limits(message=len(content), header_block=len(content), header_lines=len(content), parts=len(content))
    root = mime.split(content, unlimited)
    for entity in root.walk():
        if entity.path == path:
            return part_bytes(entity)
        if not entity.children and path.startswith(f"{entity.path}."):
            files = _embedded_files(entity)
            number = int(path.rpartition(".")[2])
            if 0 < number <= len(files):
                return files[number - 1].content
    raise KeyError(path)


def _embedded_files(entity: Entity) -> tuple[embedded.File, ...]:
    if entity.media_type.startswith("text/"):
        return embedded.uudecoded(mime.decoded(entity))[1]
    return embedded.tnef(part_bytes(entity))[2]

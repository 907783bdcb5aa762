"""Reading addresses: strictly for who wrote (rights hang on it), tolerantly for everybody else.

``strict_sender`` answers one question: is there exactly one author, so that no other reader of this header can
see a different one (A3)? ``parse_addresses`` gets out of a header what a person would see in it. Both scan by
hand, once, from left to right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

import idna

from maildesk.ingest.headers import decode_words
from maildesk.model.mail import Address

_STRICT_LENGTH = 4096
_LOCAL_LENGTH = 128
_DOMAIN_LENGTH = 255
_NAME_LENGTH = 100
_COMMENT_DEPTH = 20
_WORD_LENGTH = 1000

_BLANK = frozenset(" \t\r\n")
_SPECIALS = frozenset('()<>[]:;@\\,."')
_NOT_IN_ADDRESS = _BLANK | frozenset('()<>[],;:"\\@`*|\u00ab\u00bb\u201c\u201d\u2018\u2019\u060c\u00a0')
_AT_SIGNS = {0xFF20: "@", 0xFE6B: "@"}
_PROSE = "\u0590"
_LABELS = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_STOPS = re.compile(r'[",;:(<]|=\?')
_WORDS = "[A-Za-z0-9]+(?: [A-Za-z0-9]+)*"
_SPEC = "[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*@(?:[A-Za-z0-9]+[.-])*[A-Za-z0-9]+"
_USUAL = re.compile(f'(?:({_WORDS}) |"({_WORDS})" )?<({_SPEC})>|({_SPEC})')
_USUAL_LENGTH = 60
"""Shorter than a label of a domain may be."""

# Bidi controls, zero-width and filler characters. ZWNJ and ZWJ stay: Persian and emoji are written with them.
_INVISIBLE = dict.fromkeys(
    [
        *range(0x20), *range(0x7F, 0xA0), 0xAD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B,
        0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0x3164, 0xFEFF, 0xFFA0,
        *range(0xFFF9, 0xFFFE), *range(0xD800, 0xE000), *range(0xE0000, 0xE0080),
    ]
)  # fmt: skip
_BLANKS = dict.fromkeys(map(ord, "\t\r\n\x0b\x0c\x85\u2028\u2029"), " ")


def strict_sender(from_headers: tuple[str, ...]) -> Address | None:
    """The one author of a mail, or None where another reader of the header could see another one.

    Takes the raw From headers (RFC 5322 section 3.6.2; encoded-words not decoded, 8-bit text as surrogates).
    There must be exactly one header that holds one addr-spec and nothing that is left over: no list, group or
    route, no comment inside an address, no other address in the display name, decoded or not.
    """
    if len(from_headers) != 1 or len(from_headers[0]) > _STRICT_LENGTH:
        return None
    value = eight_bit(_unfold(from_headers[0]))
    if any((ch < " " and ch != "\t") or ch == "\x7f" for ch in value):
        return None
    if usual := _usual(value):
        return usual
    tokens = _tokens(value)
    found = _one_mailbox(tokens) if tokens is not None else None
    if found is None:
        return None
    name, spec = found
    email = _strict_address(spec)
    if email is None:
        return None
    shown = decode_words(name)
    if {normalise(text) for text in (*addresses_in(name), *addresses_in(shown))} - {email}:
        return None
    if [other.email for other in parse_addresses(value, 2)] != [email]:
        return None
    return Address(clean_name(shown, email), email)


def parse_addresses(value: str, limit: int) -> tuple[Address, ...]:
    """All addresses of a header, at most ``limit``, each once; what cannot be read as one is left out.

    Takes the raw header. Reads groups, obsolete routes, missing brackets, stray quotes, unquoted commas in
    names, and headers that were encoded as a whole (RFC 5322 section 4.4 and what is found in the wild).
    """
    value = _unfold(value)
    if usual := _usual(value):
        return (usual,)
    found = _parse(value, limit)
    if not found and "=?" in value:
        found = _parse(decode_words(value), limit)
    return tuple(found.values())


def _usual(value: str) -> Address | None:
    """The form of most headers, a few plain words and an address, which has one reading only; it is found at once."""
    found = _USUAL.fullmatch(value) if len(value) <= _USUAL_LENGTH else None
    return Address(found[1] or found[2] or "", (found[3] or found[4]).lower()) if found else None


def normalise(address: str) -> str:
    """The form addresses are compared in: lower-case, NFKC, domain as A-label. Never raises."""
    address = unicodedata.normalize("NFKC", eight_bit(address)).translate(_INVISIBLE).strip().strip("<>").strip()
    local, at, domain = address.rpartition("@")
    return f"{local.lower()}{at}{_a_label(domain)}" if at else address.lower()


def clean_name(name: str, email: str = "") -> str:
    """A display name that is safe to show: no bidi or invisible characters, no address, at most 100 characters.

    A name that only repeats the address is empty (A10, A11).
    """
    name = unicodedata.normalize("NFC", eight_bit(name[: 4 * _NAME_LENGTH]).translate(_BLANKS).translate(_INVISIBLE))
    name = name.replace("\ufffd", "")
    for quoted in ("<", ">", '"'):
        name = name.replace(quoted, " ")
    found = next(addresses_in(name), "")
    if found:
        if normalise(found) == email and len(found) + 4 >= len(name.strip()):
            return ""
        name = name.translate(dict.fromkeys([ord("@"), *_AT_SIGNS], " "))
    name = " ".join(name.split())
    if len(name) > 1 and name[0] == name[-1] == "'":
        name = name[1:-1].strip()
    return name[:_NAME_LENGTH].rstrip()


def addresses_in(text: str) -> Iterator[str]:
    """Whatever looks like an address in a text, from left to right, as written; linear."""
    text = text.translate(_AT_SIGNS)
    at = text.find("@")
    while at >= 0:
        left, right = _around(text, at)
        local, domain = text[left:at].lstrip("'"), text[at + 1 : right].rstrip("'.!?>=/،؛。")
        if local and domain and domain[0] not in ".-/'":
            yield f"{local}@{domain}"
        at = text.find("@", right)


def _around(text: str, at: int) -> tuple[int, int]:
    """Where the address around an @ begins and ends; Arabic or Chinese prose glued to a Latin one is no part of it."""
    left, right = at, at + 1
    ascii_local = text[at - 1 : at].isascii()
    while left > 0 and at - left < _LOCAL_LENGTH and text[left - 1] not in _NOT_IN_ADDRESS:
        if ascii_local and text[left - 1] >= _PROSE:
            break
        left -= 1
    while right < len(text) and right - at <= _DOMAIN_LENGTH and text[right] not in _NOT_IN_ADDRESS:
        if text[right] >= _PROSE and text[right - 1].isascii() and text[right - 1] not in ".@":
            break
        right += 1
    return left, right


def eight_bit(value: str) -> str:
    """Undeclared 8-bit text comes as surrogates; it is UTF-8 (RFC 6532) or unreadable."""
    if value.isascii():
        return value
    try:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace").decode("utf-8", "replace")


def _unfold(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ").strip()


def _a_label(domain: str) -> str:
    """A domain in lower case, as A-labels where it can be (RFC 5891)."""
    domain = domain.strip().rstrip(".").lower()
    if domain.isascii() or len(domain) > _DOMAIN_LENGTH:
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return domain


# ---- strict


def _tokens(value: str) -> list[tuple[str, str]] | None:
    """(kind, text) with kinds atom, quoted, comment, blank and each special as itself; None if unbalanced."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(value):
        ch = value[at]
        if ch == '"':
            end, text = _quoted(value, at)
            kind = "quoted"
        elif ch == "(":
            end, text = _comment_end(value, at), ""
            kind, text = "comment", value[at + 1 : end - 1]
        elif ch in _BLANK:
            end, kind, text = at + 1, "blank", " "
        elif ch in _SPECIALS:
            end, kind, text = at + 1, ch, ch
        else:
            end = at + 1
            while end < len(value) and value[end] not in _SPECIALS and value[end] not in _BLANK:
                end += 1
            kind, text = "atom", value[at:end]
        if end < 0:
            return None
        tokens.append((kind, text))
        at = end
    return tokens


def _quoted(value: str, at: int) -> tuple[int, str]:
    """(position after the closing quote, content without escapes); position -1 if it never closes."""
    text: list[str] = []
    at += 1
    while at < len(value):
        if value[at] == '"':
            return at + 1, "".join(text)
        if value[at] == "\\" and at + 1 < len(value):
            at += 1
        text.append(value[at])
        at += 1
    return -1, ""


def _comment_end(value: str, at: int) -> int:
    """The position after a comment, nested ones included; -1 if it never closes or is nested too deep."""
    depth = 0
    while at < len(value) and depth <= _COMMENT_DEPTH:
        ch = value[at]
        if ch == "\\":
            at += 1
        elif ch == "(":
            depth += 1
        elif ch == ")":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return -1


def _one_mailbox(tokens: list[tuple[str, str]]) -> tuple[str, str] | None:
    """(raw display name, addr-spec) when the tokens are one mailbox (RFC 5322 section 3.4), else None."""
    kinds = [kind for kind, _ in tokens]
    if any(kind == "comment" and not _harmless(text) for kind, text in tokens):
        return None
    if "<" not in kinds:
        inner = _strip(tokens)
        names = [text for kind, text in tokens if kind == "comment"]
        spec = _spec(inner)
        return None if spec is None else (" ".join(names), spec)
    start = kinds.index("<")
    if kinds.count("<") != 1 or kinds.count(">") != 1 or kinds.index(">") < start:
        return None
    end = kinds.index(">")
    if any(kind not in {"blank", "comment"} for kind in kinds[end + 1 :]):
        return None
    spec = None if "comment" in kinds[start:end] else _spec(_strip(tokens[start + 1 : end]))
    if spec is None:
        return None
    phrase = _strip(tokens[:start])
    repeated = _spec(phrase) if "@" in kinds[:start] else ""
    if repeated is None or (repeated and normalise(repeated) != normalise(spec)):
        return None
    if not repeated and any(kind not in {"atom", "quoted", "blank", ".", "comment"} for kind, _ in phrase):
        return None
    return "".join(text for kind, text in phrase if kind != "comment"), spec


def _harmless(comment: str) -> bool:
    return not any(ch in "@<>\uff20\ufe6b" for ch in decode_words(comment) + comment)


def _strip(tokens: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The tokens without blanks and comments at both ends."""
    start, end = 0, len(tokens)
    while start < end and tokens[start][0] in {"blank", "comment"}:
        start += 1
    while end > start and tokens[end - 1][0] in {"blank", "comment"}:
        end -= 1
    return tokens[start:end]


def _spec(tokens: list[tuple[str, str]]) -> str | None:
    """The addr-spec that these tokens are, without any blank or comment in it; None if they are not one."""
    kinds = [kind for kind, _ in tokens]
    if kinds.count("@") != 1 or not set(kinds) <= {"atom", ".", "@", "quoted"}:
        return None
    at = kinds.index("@")
    if "quoted" in kinds:
        plain = kinds[:at] == ["quoted"] and "quoted" not in kinds[at:]
        if not plain or not tokens[0][1] or any(ch in _SPECIALS - {"."} or ch in _BLANK for ch in tokens[0][1]):
            return None
    spec = "".join(text for _, text in tokens)
    return None if "=?" in spec or at == 0 else spec


def _strict_address(spec: str) -> str | None:
    """The normalised addr-spec if it has only one reading: no compatibility forms, no invisible characters."""
    local, _, domain = spec.rpartition("@")
    if not local or len(local) > _LOCAL_LENGTH or not 0 < len(domain) <= _DOMAIN_LENGTH:
        return None
    if not spec.isascii():
        same = unicodedata.normalize("NFKC", spec) == unicodedata.normalize("NFC", spec)
        if not same or spec.translate(_INVISIBLE) != spec or "\ufffd" in spec:
            return None
    email = normalise(spec)
    domain = email.rpartition("@")[2]
    return email if domain.isascii() and _LABELS.fullmatch(domain) else None


# ---- tolerant


@dataclass(slots=True)
class _Piece:
    """One address while it is read: what stood outside the angle brackets, inside them and in comments."""

    plain: list[str] = field(default_factory=list)
    angle: str = ""
    comment: str = ""
    has_at: bool = False
    closed_at: int = 0

    def add(self, text: str) -> None:
        self.plain.append(text)
        self.has_at = self.has_at or "@" in text

    def close(self, angle: str) -> None:
        self.angle, self.closed_at = angle, len(self.plain)

    def cut(self) -> _Piece:
        """What stands after the angle brackets begins the next address, where a comma is missing."""
        following = _Piece(self.plain[self.closed_at :])
        del self.plain[self.closed_at :]
        return following


def _parse(value: str, limit: int) -> dict[str, Address]:
    found: dict[str, Address] = {}
    carried = ""
    for piece in _pieces(value):
        plain = "".join(piece.plain).strip()
        spec = _inside(piece.angle) or next(addresses_in(plain), "")
        if not spec:
            carried = f"{carried}{plain}, " if plain and len(carried) < _NAME_LENGTH else ""
            continue
        if not piece.angle or spec not in piece.angle:
            name = plain.replace(spec, " ", 1).strip(" <>")
        else:
            name = carried + plain
        carried = ""
        email = normalise(spec)
        if _is_address(email) and email not in found:
            found[email] = Address(clean_name(decode_words((name or piece.comment)[:_WORD_LENGTH]), email), email)
        if len(found) >= limit:
            break
    return found


def _is_address(email: str) -> bool:
    """Whether both sides of the @ hold something, and nothing that would break a line or a list."""
    local, _, domain = email.rpartition("@")
    return bool(local and domain) and not any(ch <= " " or ch in "\x7f<>,;" for ch in email)


def _inside(angle: str) -> str:
    """The address in angle brackets, after an obsolete route ("@a,@b:c@d") or a scheme."""
    if not angle:
        return ""
    if "=?" in angle:
        angle = decode_words(angle[:_WORD_LENGTH])
    while (at := angle.find("(")) >= 0 and (end := _comment_end(angle, at)) > 0:
        angle = angle[:at] + angle[end:]
    return next(addresses_in(angle.rpartition(":")[2].replace(" ", "")[: _LOCAL_LENGTH + _DOMAIN_LENGTH]), "")


def _pieces(value: str) -> Iterator[_Piece]:
    """Cut a header at commas and semicolons that stand outside quotes, comments and angle brackets."""
    piece, at = _Piece(), 0
    closed = {'"': True, "(": True}
    while True:
        stop = _STOPS.search(value, at)
        if stop is None:
            piece.add(value[at:])
            yield piece
            return
        piece.add(value[at : stop.start()])
        mark, here = stop.group(), stop.start()
        at = stop.end()
        if mark in {",", ";"}:
            yield piece
            piece = _Piece()
        elif mark == ":":
            if not piece.angle and not piece.has_at:
                piece = _Piece()
        elif mark == "<":
            angle, at = _angle(value, here)
            if piece.angle:
                following = piece.cut()
                yield piece
                piece = following
            piece.close(angle)
        elif mark == "=?":
            at = _word_end(value, here)
            piece.add(value[here:at])
        else:
            at = _enclosed(value, here, piece, closed)


def _enclosed(value: str, at: int, piece: _Piece, closed: dict[str, bool]) -> int:
    """Read a quoted string or a comment; one that never closes is text, and is not looked for again."""
    mark = value[at]
    end, text = -1, ""
    if closed[mark]:
        if mark == '"':
            end, text = _quoted(value, at)
        else:
            end = _comment_end(value, at)
            text = value[at + 1 : end - 1]
    if end < 0:
        closed[mark] = False
        return at + 1
    if mark == '"':
        piece.add(text)
    else:
        piece.comment = piece.comment or text
    return end


def _angle(value: str, at: int) -> tuple[str, int]:
    """(content of angle brackets, position after them); unclosed ones end at the next comma."""
    window = value[at + 1 : at + 1 + _WORD_LENGTH]
    end = window.find(">")
    if end < 0:
        end = window.find(",")
        end = len(window) if end < 0 else end
        return window[:end], at + 1 + end
    return window[:end].rpartition("<")[2], at + 2 + end


def _word_end(value: str, at: int) -> int:
    """The position after an encoded-word (RFC 2047 section 2); after its "=?" if it is none."""
    window = value[at : at + _WORD_LENGTH]
    charset = window.find("?", 2)
    text = window.find("?", charset + 1) if charset > 0 else -1
    end = window.find("?=", text + 1) if text > 0 else -1
    return at + 2 if end < 0 else at + end + 2

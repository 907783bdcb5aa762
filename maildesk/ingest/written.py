"""The HTML of what somebody newly wrote, cut out of their mail by the text that is known to be newly written.

The text rules: the stretch of HTML is looked for that says exactly its letters and digits, in its order, and nothing
else. What stands around it (quotation, signature, commands, hidden text) is never looked at again, and the page is
written anew from a few tags, with none of the attributes or styles that came. Where no such stretch is found there is
no HTML, and the text goes alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from unicodedata import bidirectional, category
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser

from maildesk.ingest.dress import dress
from maildesk.ingest.markup import BLOCKS, LIMIT, PARAGRAPHS, SKIPPED, is_hidden, is_hostile
from maildesk.ingest.safe_html import clean_html
from maildesk.ingest.shingles import words

_TRIES = 40
"""Places at which the text may begin that are tried: only a page made for it has more."""
_TAGS: Mapping[str, str] = {
    **{tag: tag for tag in (
        "a", "b", "blockquote", "br", "caption", "code", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
        "img", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
        "thead", "tr", "u", "ul",
    )},
    "del": "s", "strike": "s", "ins": "u", "font": "span", "tt": "code", "kbd": "code", "samp": "code",
}  # fmt: skip
"""What is written for a tag; other blocks become ``div``, and of anything else only the inside stays."""
_BLOCKS = BLOCKS | PARAGRAPHS
_VOID = frozenset({"br", "hr", "img"})
_LINES = _BLOCKS | _VOID | {"td", "th"}
"""Tags that end a line."""
_TURNED = frozenset(
    {"blockquote", "caption", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre", "table", "td", "th",
     "ul"}
)  # fmt: skip
"""Tags that get a direction of their own."""
_AROUND = ("quote", "signature", "appendonsend", "rplyfwd", "reference-message", "cite-prefix")
"""Words in the class or id of what mail programs put around that which is not newly written."""


class _Symbols(dict[int, str]):
    """Pictographs as words: an answer may be one."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        return f" x{point:x} " if category(char) == "So" else char


_SYMBOLS = _Symbols()


@dataclass(frozen=True, slots=True)
class Written:
    """Clean HTML, and the Content-IDs (as they came) of the pictures in it and of those that stand elsewhere."""

    html: str
    pictures: frozenset[str]
    elsewhere: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A bit of the page: a text (no tag), or where an element begins or ends."""

    tag: str
    text: str = ""
    attributes: Mapping[str, str | None] | None = None
    begins: bool = True

    @property
    def picture(self) -> str:
        """The Content-ID of a picture that comes along, or ""."""
        source = (self.attributes or {}).get("src") or ""
        return unquote(source[4:]) if self.tag == "img" and source[:4].lower() == "cid:" else ""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a piece may stand for in a plain text; ``optional`` where a mail program may have left it out."""

    piece: int
    ways: tuple[str, ...]
    optional: bool = False


def written_html(html: str, text: str, pictures: Mapping[str, str]) -> Written | None:
    """The part of a mail's HTML that says exactly ``text``, safe to be sent on; None where there is none.

    ``pictures`` are the Content-IDs of pictures that come with the mail, and the ones they shall have from now on;
    all others are left out, as is whatever would be fetched from elsewhere.
    """
    if not html or len(html) > LIMIT or is_hostile(html):
        return None
    pieces = list(_pieces(html))
    found = _find(pieces, _letters(text))
    if found is None:
        return None
    if _goes_on(pieces, found[0], -1) or _goes_on(pieces, found[1], 1):
        return None
    first, last = _with_pictures(pieces, *found)
    inside = pieces[first : last + 1]
    page = clean_html(_Writer(pictures).write(_around(pieces, first), inside))
    if _letters(everything_in(page, attributes=False)) != "".join(_letters(one.text) for one in inside):
        return None
    shown = frozenset(one.picture for one in inside) & pictures.keys()
    return Written(page, shown, frozenset(one.picture for one in pieces if one.picture) - shown)


def everything_in(html: str, *, attributes: bool = True) -> str:
    """Every text in a page, hidden or not, comments, and the values of all attributes, as written and decoded."""
    found: list[str] = []
    stack: list[Any] = [root for root in (LexborHTMLParser(html).root,) if root]
    while stack:
        node = stack.pop()
        if node.tag in {"-text", "-comment"}:
            found.append(node.text_content or "" if node.tag == "-text" else node.html or "")
        elif attributes:
            found += [part for value in node.attributes.values() if value for part in (value, unquote(value))]
        stack.extend(_children(node))
    return "\n".join(found)


def _children(node: Any) -> list[Any]:
    """The children of a node, the last one first."""
    found, child = [], node.last_child
    while child is not None:
        found.append(child)
        child = child.prev
    return found


def _letters(text: str) -> str:
    """What of a text counts in the comparison: letters and digits, folded, without any gap."""
    return "".join(words(text if text.isascii() else text.translate(_SYMBOLS)))


def _pieces(html: str) -> Iterator[_Piece]:
    """The visible page from top to bottom, every element with its beginning and its end."""
    stack: list[Any] = [root for root in (LexborHTMLParser(html).root,) if root]
    while stack:
        item = stack.pop()
        if isinstance(item, _Piece):
            yield item
            continue
        tag = item.tag or ""
        if tag == "-text":
            yield _Piece("", item.text_content or "")
            continue
        attributes = dict(item.attributes)
        if tag in SKIPPED or is_hidden(attributes):
            continue
        yield _Piece(tag, attributes=attributes)
        if tag in _VOID:
            continue
        stack.append(_Piece(tag, attributes=attributes, begins=False))
        stack.extend(_children(item))


def _said(pieces: Sequence[_Piece]) -> Iterator[_Said]:
    """What a plain text beside the page would say, piece by piece."""
    lists: list[int] = []
    for index, piece in enumerate(pieces):
        attributes = piece.attributes or {}
        if not piece.tag:
            if letters := _letters(piece.text):
                yield _Said(index, (letters,))
        elif piece.tag in {"ol", "ul"}:
            if piece.begins:
                lists.append(int(_digits(attributes.get("start"), 5) or 1) if piece.tag == "ol" else -1)
            elif lists:
                lists.pop()
        elif piece.tag == "li" and piece.begins and lists and lists[-1] >= 0:
            yield _Said(index, (str(lists[-1]),), optional=True)
            lists[-1] += 1
        elif piece.tag == "a" and not piece.begins:
            target = attributes.get("href") or ""
            yield _Said(index, _ways(target, target.partition(":")[2].partition("?")[0]), optional=True)
        elif piece.tag == "img":
            alt = attributes.get("alt") or ""
            yield _Said(index, _ways("image: " + alt, alt, attributes.get("src") or ""), optional=True)


def _ways(*texts: str) -> tuple[str, ...]:
    return tuple(letters for text in texts if (letters := _letters(text)))


def _find(pieces: Sequence[_Piece], wanted: str) -> tuple[int, int] | None:
    """The first and last piece of the first stretch that says exactly the wanted letters."""
    if not wanted:
        return None
    said, tries = list(_said(pieces)), 0
    for start, one in enumerate(said):
        if any(wanted.startswith(way) for way in one.ways):
            tries += 1
            end = _match(said, start, wanted)
            if end >= 0:
                return one.piece, said[end].piece
        if tries > _TRIES:
            break
    return None


def _match(said: Sequence[_Said], start: int, wanted: str) -> int:
    """The end of the stretch from ``start`` on that says the wanted letters, or -1."""
    at, end = 0, -1
    for index in range(start, len(said)):
        one = said[index]
        way = next((way for way in one.ways if wanted.startswith(way, at)), "")
        if way:
            at, end = at + len(way), index
        elif not one.optional:
            return -1
        if at == len(wanted):
            return end
    return -1


def _with_pictures(pieces: Sequence[_Piece], first: int, last: int) -> tuple[int, int]:
    """The stretch with the marks on its last line, and with the pictures directly above and below it."""
    while last + 1 < len(pieces) and _same_line(pieces[last + 1]):
        last += 1
    return _reach(pieces, first, -1), _reach(pieces, last, 1)


def _same_line(piece: _Piece) -> bool:
    return _is_inline(piece) and not _letters(piece.text)


def _is_inline(piece: _Piece) -> bool:
    return piece.tag not in _LINES


def _goes_on(pieces: Sequence[_Piece], edge: int, step: int) -> bool:
    """Whether the line holds more words than the text: half a line would go, and with it the words of a link."""
    at = edge + step
    while 0 <= at < len(pieces) and _same_line(pieces[at]):
        at += step
    return 0 <= at < len(pieces) and _is_inline(pieces[at])


def _reach(pieces: Sequence[_Piece], edge: int, step: int) -> int:
    """The last picture from an edge on before anything else is to be seen, or the edge."""
    at = edge + step
    while 0 <= at < len(pieces):
        piece = pieces[at]
        if piece.text.strip() or _is_border(piece):
            break
        if piece.picture:
            edge = at
        at += step
    return edge


def _is_border(piece: _Piece) -> bool:
    attributes = piece.attributes or {}
    named = f"{attributes.get('id') or ''} {attributes.get('class') or ''}".lower()
    return piece.tag in {"hr", "blockquote"} or any(word in named for word in _AROUND)


def _around(pieces: Sequence[_Piece], first: int) -> list[_Piece]:
    """The elements that are open where a stretch begins, the outermost first."""
    around: list[_Piece] = []
    for piece in pieces[:first]:
        if piece.tag and piece.tag not in _VOID:
            if piece.begins:
                around.append(piece)
            else:
                around.pop()
    return around


class _Writer:
    """Writes a page anew: its own tags, no attribute that it has not made itself."""

    def __init__(self, pictures: Mapping[str, str]) -> None:
        self._pictures = pictures
        self._out: list[str] = []
        self._open: list[tuple[str, str]] = []
        """The tag that ends each open element ("" for none), and the direction inside."""

    def write(self, around: Sequence[_Piece], inside: Sequence[_Piece]) -> str:
        """The pieces, and what is open around them."""
        pieces = [*around, *inside]
        turns = _directions(pieces)
        for index, piece in enumerate(pieces):
            if not piece.tag:
                self._out.append(escape(piece.text, quote=False))
            elif piece.begins:
                self._begin(piece, turns.get(index, ""))
            elif self._open:
                self._end()
        while self._open:
            self._end()
        return "".join(self._out)

    def _begin(self, piece: _Piece, turn: str) -> None:
        tag = _TAGS.get(piece.tag, "div" if piece.tag in _BLOCKS and piece.tag != "html" else "")
        given = dress(tag, piece.tag, piece.attributes or {}, self._pictures.get(piece.picture, ""))
        here = self._open[-1][1] if self._open else ""
        if tag in _TURNED and turn and turn != here:
            given, here = f' dir="{turn}"{given}', turn
        if (tag in {"span", "a"} and not given) or (tag == "img" and "src=" not in given):
            tag = ""
        if tag:
            self._out.append(f"<{tag}{given}>")
        if piece.tag not in _VOID:
            self._open.append((tag, here))

    def _end(self) -> None:
        tag, _ = self._open.pop()
        if tag:
            self._out.append(f"</{tag}>")


def _directions(pieces: Sequence[_Piece]) -> dict[int, str]:
    """The beginning of an element -> its direction, by the first letter in it that has one (UAX #9, rule P2)."""
    found: dict[int, str] = {}
    around: list[int] = []
    for index, piece in enumerate(pieces):
        if piece.tag:
            if piece.tag not in _VOID:
                around.append(index) if piece.begins else around and around.pop()
        elif turn := _direction(piece.text):
            for element in reversed(around):
                if element in found:
                    break
                found[element] = turn
    return found


def _direction(text: str) -> str:
    kinds = (bidirectional(char) for char in text)
    kind = next((kind for kind in kinds if kind in {"L", "R", "AL"}), "")
    return {"L": "ltr", "R": "rtl", "AL": "rtl"}.get(kind, "")


def _digits(value: str | None, most: int) -> str:
    value = (value or "").strip()
    return value if value.isascii() and value.isdigit() and len(value) <= most else ""

"""HTML to readable text: everything that somebody wrote, nothing that was hidden; quotes as "> " lines.

An HTML5 parser makes the tree (lxml's gives up silently at 256 levels), one loop walks it: depth costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import re2
from selectolax.lexbor import LexborHTMLParser

from maildesk.ingest.charset import clean

LIMIT = 2 * 1024 * 1024
"""Characters of HTML that are read; the rest stays in the raw mail."""

SKIPPED = frozenset(
    {
        "-comment",
        "head",
        "style",
        "script",
        "title",
        "template",
        "svg",
        "object",
        "embed",
        "iframe",
        "audio",
        "video",
        "canvas",
        "map",
        "noframes",
        "meta",
        "link",
        "base",
        "col",
        "colgroup",
        "!doctype",
    }
)
PARAGRAPHS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre", "table", "fieldset", "figure"}
)
BLOCKS = frozenset(
    {
        "html",
        "body",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "nav",
        "aside",
        "address",
        "center",
        "form",
        "tr",
        "caption",
        "thead",
        "tbody",
        "tfoot",
        "dt",
        "figcaption",
        "legend",
        "details",
        "summary",
        "option",
        "optgroup",
        "hgroup",
        "search",
        "menu",
        "dir",
        "li",
        "dd",
        "blockquote",
    }
)
_HIDDEN = ("display:none", "visibility:hidden", "mso-hide:all", "max-height:0;", "max-height:0px", "opacity:0;")
_DEEPEST = 10
"""Quote marks and list indents that are written at most."""
_NESTED = 2000
"""Open elements that the parser is given: its time grows with their square."""
_REBUILT = 3_000_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)")
"""Nothing in it can match in two ways, so ``re`` is linear; and it finds many matches much faster than RE2."""
_ANY_TAG = re2.compile(r"(?s)<(?:!--.*?-->|[a-zA-Z/!][^<>]*>?)")
_UNCOUNTED = frozenset(
    {
        "p",
        "li",
        "br",
        "img",
        "td",
        "th",
        "tr",
        "hr",
        "meta",
        "link",
        "input",
        "option",
        "dd",
        "dt",
        "wbr",
        "area",
        "col",
        "base",
        "source",
        "o:p",
    }
)
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)
_HTML_SPACE = str.maketrans("\n\r\t\f", "    ")


def html_to_text(html: str) -> str:
    """The text of an HTML mail. Quote containers become "> " lines, the line that introduces them stands before.

    Links are written as ``text <url>``, list items as "- " or "1. ", table cells are parted by tabs. Reads 2 MB.
    """
    html = html[:LIMIT]
    if is_hostile(html):
        return _stripped(html)
    tree = LexborHTMLParser(html)
    if tree.root is None:
        return _stripped(html)
    text = _walk(tree.root, hidden=False)
    return text or _walk(tree.root, hidden=True)


def is_hostile(html: str) -> bool:
    """Whether nesting would make an HTML5 parser take quadratic time: by depth, or by rebuilt formatting."""
    if html.count("<") <= _NESTED // 2:
        return False
    depth = deepest = formatting = most = tags = 0
    for match in _TAG.finditer(html):
        tags += 1
        name = match.group(2).lower()
        if name in _UNCOUNTED:
            continue
        step = -1 if match.group(1) else 1
        depth = max(0, depth + step)
        deepest = max(deepest, depth)
        if name in _FORMATTING:
            formatting = max(0, formatting + step)
            most = max(most, formatting)
    return deepest > _NESTED or most * tags > _REBUILT


def _stripped(html: str) -> str:
    """Tags cut out in linear time: for pages made to break a parser."""
    from html import unescape

    lines = (" ".join(line.split()) for line in unescape(_ANY_TAG.sub("\n", html)).splitlines())
    return clean("\n".join(line for line in lines if line))


def _walk(root: Any, *, hidden: bool) -> str:
    page = _Page()
    stack: list[Any] = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            page.leave(*item)
            continue
        tag = item.tag
        if tag == "-text":
            page.write(item.text_content or "")
        elif tag == "br":
            page.end_line()
        elif tag not in SKIPPED:
            attributes = item.attributes
            if attributes and not hidden and is_hidden(attributes):
                continue
            stack.append(page.enter(tag, attributes, item))
            children, child = [], item.first_child
            while child is not None:
                children.append(child)
                child = child.next
            stack.extend(reversed(children))
    return page.finish()


def is_hidden(attributes: Mapping[str, str | None]) -> bool:
    """Whether an element is not shown: preview texts, and what somebody hides on purpose."""
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    if not style:
        return False
    style = style.lower().replace(" ", "") + ";"
    return any(mark in style for mark in _HIDDEN)


class _Page:
    """The lines written so far and the one being written."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []
        self.pieces: list[str] = []
        self.filled = False
        """Whether there is more than white space on the line."""
        self.gap = False
        self.depth = 0
        self.introduced = 0
        """Quote depth whose first line may still be the one that introduces it."""
        self.marker = ""
        self.lists: list[int] = []
        self.preformatted = 0

    def write(self, text: str) -> None:
        if self.preformatted:
            first, *rest = text.split("\n")
            self.pieces.append(first)
            for line in rest:
                self.end_line()
                self.pieces.append(line)
            return
        words = text.translate(_HTML_SPACE)
        if not words.strip(" "):
            if self.pieces and words:
                self.pieces.append(" ")
            return
        self.pieces.append(words)
        self.filled = True

    def enter(self, tag: str, attributes: dict[str, str | None], node: Any) -> tuple[str, Any, Any]:
        """Begin an element; returns what ``leave`` needs to end it."""
        if tag in PARAGRAPHS:
            return self._enter_paragraph(tag, attributes)
        if tag == "a":
            return tag, attributes.get("href") or "", len(self.pieces)
        if tag in {"td", "th"}:
            if self.filled:
                self.pieces.append("\t")
        elif tag == "img":
            self.write(attributes.get("alt") or "")
        elif tag == "hr":
            self.block()
            self.lines.append((self.depth, "_" * 32))
        elif tag in BLOCKS:
            self.block()
            if tag == "li":
                self._item()
            elif _is_quote(tag, attributes, node):
                saved = self.depth
                self.depth = min(_DEEPEST, saved + 1)
                self.introduced = self.depth
                return "quote", saved, None
        return tag, None, None

    def _enter_paragraph(self, tag: str, attributes: dict[str, str | None]) -> tuple[str, Any, Any]:
        self.block()
        tight = tag == "table" or (tag == "p" and is_tight(attributes)) or (tag in {"ul", "ol"} and bool(self.lists))
        self.gap = self.gap or not tight
        if tag in {"ul", "ol"}:
            self.lists.append(_number(attributes.get("start")) if tag == "ol" else -1)
        self.preformatted += tag == "pre"
        return tag, tight, None

    def leave(self, tag: str, value: Any, begin: Any) -> None:
        if tag == "a":
            self._link(value, begin)
        elif tag in PARAGRAPHS:
            self.block()
            self.gap = self.gap or not value
            if tag in {"ul", "ol"} and self.lists:
                self.lists.pop()
            self.preformatted -= tag == "pre"
        elif tag == "quote":
            self.block()
            self.depth, self.introduced = value, 0
            self.gap = True
        elif tag in BLOCKS:
            self.block()

    def _item(self) -> None:
        if not self.lists:
            self.lists.append(-1)
        number = self.lists[-1]
        self.marker = "  " * min(_DEEPEST, len(self.lists) - 1) + ("- " if number < 0 else f"{number}. ")
        if number >= 0:
            self.lists[-1] += 1

    def _link(self, href: str, begin: int) -> None:
        """Write the address behind the text of a link, unless the text says it already."""
        href = href.strip()
        scheme = href.partition(":")[0].lower()
        if scheme not in {"http", "https", "mailto", "tel", "ftp"} or len(href) > 2000:
            return
        text = "".join(self.pieces[begin:]).strip()
        bare = href.partition(":")[2].lstrip("/").rstrip("/")
        if not text or bare.partition("?")[0].rstrip("/").lower() in text.lower():
            return
        self.pieces.append(f" <{href if scheme != 'mailto' else bare.partition('?')[0]}>")

    def block(self) -> None:
        """A block begins or ends here: the line ends if there is anything on it (a lone &nbsp; is an empty line)."""
        if self.pieces:
            if "".join(self.pieces).strip(" \t"):
                self.end_line()
            else:
                self.pieces.clear()

    def end_line(self) -> None:
        text = "".join(self.pieces)
        self.pieces.clear()
        self.filled = False
        if self.preformatted:
            text = text.rstrip()
        else:
            text = "\t".join([" ".join(cell.split()) for cell in text.split("\t")]).strip()
        if self.gap and text:
            if self.lines and self.lines[-1][1]:
                self.lines.append((min(self.depth, self.lines[-1][0]), ""))
            self.gap = False
        depth = self.depth
        if text and self.introduced == depth and depth:
            self.introduced = 0
            depth -= text.endswith((":", ":\u200e", ":\u200f")) and len(text) < 400
        if text:
            text, self.marker = self.marker + text, ""
        self.lines.append((depth, text))

    def finish(self) -> str:
        self.block()
        out: list[str] = []
        blank = 0
        for depth, text in self.lines:
            blank = 0 if text else blank + 1
            if blank <= 1:
                out.append(f"{'> ' * depth}{text}" if depth else text)
        return clean("\n".join(line.rstrip() for line in out)).strip("\n")


def is_tight(attributes: Mapping[str, str | None]) -> bool:
    """Word and webmail programs write every line as a paragraph without margins."""
    style = (attributes.get("style") or "").lower().replace(" ", "")
    css = (attributes.get("class") or "").lower()
    return "msonormal" in css or "msoplaintext" in css or "margin:0" in style or "margin-top:0" in style


def _is_quote(tag: str, attributes: dict[str, str | None], node: Any) -> bool:
    """Whether an element holds what somebody else wrote, as the common mail programs mark it."""
    if tag == "blockquote":
        style = (attributes.get("style") or "").lower().replace(" ", "")
        return "border:none" not in style and "border:medium" not in style
    if not attributes:
        return False
    css = attributes.get("class") or ""
    if "yahoo_quoted" in css or attributes.get("name") == "quote":
        return True
    return "gmail_quote" in css.split() and "gmail_quote_container" not in css and _plain_gmail_quote(node)


def _plain_gmail_quote(node: Any) -> bool:
    """A Gmail quote without a blockquote inside that is not a forwarded mail."""
    return node.css_first("blockquote") is None and "---" not in (node.text() or "")[:100]


def _number(value: str | None) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 6 else 1

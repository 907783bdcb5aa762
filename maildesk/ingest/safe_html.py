"""HTML that may be sent on: an allow-list of tags, nothing that is fetched from elsewhere (A33, A34)."""

from __future__ import annotations

import re
from html import escape, unescape

import nh3
from selectolax.lexbor import LexborHTMLParser

from maildesk.ingest.markup import LIMIT, html_to_text, is_hostile

_REMOVED = {"script", "style", "title", "head", "noscript", "template", "iframe", "object", "svg", "math"}
_STYLE = {
    "color", "background-color", "direction", "text-align", "text-decoration", "text-indent", "font-family",
    "font-size", "font-style", "font-weight", "line-height", "margin", "margin-top", "margin-bottom",
    "margin-left", "margin-right", "padding", "padding-left", "padding-right", "padding-top",
    "padding-bottom", "border", "border-left", "border-right", "border-top", "border-bottom",
    "border-collapse", "width", "height", "vertical-align", "white-space", "unicode-bidi",
}  # fmt: skip
_COMMON = {"dir", "lang", "style", "align", "valign", "width", "height", "bgcolor", "color", "title"}
_ATTRIBUTES = {
    "*": _COMMON,
    "a": {"href"},
    "img": {"src", "alt"},
    "blockquote": {"type"},
    "ol": {"start", "type"},
    "font": {"face", "size"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_TAGS = (nh3.ALLOWED_TAGS | {"font", "u", "center", "s", "big"}) - _REMOVED
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[a-zA-Z][a-zA-Z0-9]{0,31};?)?")
_AMPERSAND = "\ue026"
_SHIELD = {
    **dict.fromkeys([*range(0xE080, 0xE0C0), ord(_AMPERSAND)]),
    **{ord("\x80") + n: 0xE080 + n for n in range(64)},
}
_UNSHIELD = {ord(_AMPERSAND): "&amp;", **{0xE080 + n: chr(0x80 + n) for n in range(64)}}
"""The library takes quadratic time on ampersands and on U+0080 to U+00BF («, », no-break space): others stand in."""


def clean_html(html: str) -> str:
    """The same HTML made safe; pictures stay only where they come along (``cid:``). Reads 2 MB.

    A page that is made to break a parser comes back as its escaped text.
    """
    html = html[:LIMIT]
    if is_hostile(html):
        return f"<pre>{escape(html_to_text(html))}</pre>"
    cleaned = nh3.clean(
        _REFERENCE.sub(_shielded, html.translate(_SHIELD)),
        tags=_TAGS,
        clean_content_tags=_REMOVED,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        url_relative="deny",
        filter_style_properties=_STYLE,
    ).translate(_UNSHIELD)
    return _without_empty_pictures(cleaned) if "<img" in cleaned else cleaned


def _shielded(reference: re.Match[str]) -> str:
    """A character reference as what it stands for, but for ASCII, which may be markup; a bare ampersand's stand-in."""
    written = reference[0]
    text = unescape(written)
    if text == written:
        return _AMPERSAND + written[1:]
    if text == "&":
        return _AMPERSAND
    return written if text.isascii() else text.translate(_SHIELD)


def _kept(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if tag == "img" and value.lower().startswith("cid:") else None
    if name == "href":
        return None if value.lower().startswith("cid:") else value
    if name == "style":
        return None if "url" in value.lower() or "\\" in value or "expression" in value.lower() else value
    return value


def _without_empty_pictures(html: str) -> str:
    tree = LexborHTMLParser(html)
    for node in tree.css("img"):
        if not node.attributes.get("src"):
            node.decompose()
    body = tree.body
    return html if body is None else body.inner_html or ""

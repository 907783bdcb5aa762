"""Which looks of an element are kept when its HTML is written anew: what carries meaning, in fixed words of our own.

Bold, italic, underlined, struck out, aligned, coloured where it can still be read; fonts and sizes are the desk's. No
value that came is repeated but numbers and addresses of links, so nothing can be hidden or fetched by a style.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from maildesk.ingest.markup import is_tight

Attributes = Mapping[str, str | None]

_LINKS = ("http://", "https://", "mailto:", "tel:")
_BOLD = frozenset({"bold", "bolder", "600", "700", "800", "900"})
_ALIGNED = frozenset({"left", "right", "center", "justify"})
_NUMBERS = {"ol": ("start",), "td": ("colspan", "rowspan"), "th": ("colspan", "rowspan"), "img": ("width", "height")}
_COLOURS = {
    "red": "#ff0000", "darkred": "#8b0000", "maroon": "#800000", "blue": "#0000ff", "navy": "#000080",
    "green": "#008000", "darkgreen": "#006400", "purple": "#800080", "orange": "#ffa500", "yellow": "#ffff00",
    "lime": "#00ff00", "cyan": "#00ffff", "aqua": "#00ffff", "gray": "#808080", "grey": "#808080",
}  # fmt: skip
_DARK, _LIGHT = 150, 190
"""Brightness (0 to 255) that letters may have at most and what is behind them at least."""
_GRID = "border:1px solid #bbb;padding:4px 8px"
_QUOTED = "margin:0 8px;padding:0 10px;border-left:3px solid #ccc;border-right:3px solid #ccc;color:#555"


def dress(tag: str, was: str, attributes: Attributes, picture: str) -> str:
    """The attributes of ``tag``, which stands for an element ``was``; ``picture`` is the Content-ID of an image."""
    given = []
    link = (attributes.get("href") or "").strip()
    if tag == "a" and link.lower().startswith(_LINKS) and link.isprintable():
        given.append(f' href="{escape(link)}"')
    if tag == "img" and picture:
        given.append(f' src="cid:{escape(picture)}" alt=""')
    for name in _NUMBERS.get(tag, ()):
        value = (attributes.get(name) or "").strip()
        if value.isascii() and value.isdigit() and len(value) <= 4:
            given.append(f' {name}="{value}"')
    style = ";".join(dict.fromkeys(_style(tag, was, attributes))) if tag else ""
    return "".join(given) + (f' style="{style}"' if style else "")


def _style(tag: str, was: str, attributes: Attributes) -> Iterator[str]:
    declared = _declared(attributes.get("style") or "")
    if tag == "blockquote":
        yield _QUOTED
    elif tag == "table":
        yield "border-collapse:collapse"
    elif tag in {"td", "th"} and any("solid" in value for name, value in declared.items() if name[:6] == "border"):
        yield _GRID
    elif tag == "p" and is_tight(attributes):
        yield "margin:0"
    if declared.get("font-weight") in _BOLD:
        yield "font-weight:bold"
    if declared.get("font-style") == "italic":
        yield "font-style:italic"
    lines = declared.get("text-decoration", "") + declared.get("text-decoration-line", "")
    if drawn := [name for name in ("underline", "line-through") if name in lines]:
        yield f"text-decoration:{' '.join(drawn)}"
    way = declared.get("text-align") or (attributes.get("align") or "").lower() or ("center" if was == "center" else "")
    if way in _ALIGNED and tag not in {"span", "a", "img"}:
        yield f"text-align:{way}"
    yield from _coloured(declared, attributes)


def _coloured(declared: Mapping[str, str], attributes: Attributes) -> Iterator[str]:
    """Colours that can be told from what is around them: dark letters, light grounds."""
    letters = _colour(declared.get("color") or (attributes.get("color") or "").lower())
    if letters and _brightness(letters) <= _DARK and letters != "#000000":
        yield f"color:{letters}"
    ground = _colour(declared.get("background-color") or declared.get("background") or "")
    if ground and _brightness(ground) >= _LIGHT and ground != "#ffffff":
        yield f"background-color:{ground}"


def _declared(style: str) -> dict[str, str]:
    rows = (row.partition(":") for row in style[:5000].lower().split(";"))
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in rows}


def _colour(value: str) -> str:
    """A colour as #rrggbb; "" for what is none, or has more to it."""
    value = _COLOURS.get(value, value)
    if value.startswith("rgb(") and value.endswith(")"):
        parts = [part.strip() for part in value[4:-1].split(",")]
        if len(parts) == 3 and all(part.isascii() and part.isdigit() and int(part[:4]) < 256 for part in parts):
            return "#" + "".join(f"{int(part):02x}" for part in parts)
        return ""
    digits = value[1:]
    if value[:1] != "#" or len(digits) not in {3, 6} or not all(char in "0123456789abcdef" for char in digits):
        return ""
    return "#" + (digits if len(digits) == 6 else "".join(char * 2 for char in digits))


def _brightness(colour: str) -> float:
    """How bright a colour looks, 0 to 255 (ITU-R BT.601)."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue

"""A plain text as HTML that looks well in every client, Outlook included: one table, inline styles, real ``dir``.

The HTML is made from the text, so both parts of a mail always say the same, and nothing of a customer's HTML can
get into it (A33, A34).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from maildesk.notices.locale import FSI, PDI, direction, text_direction
from maildesk.notices.words import MARKERS

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_MAILTO = re.compile(r"&lt;mailto:([A-Za-z0-9.+_-]{1,100}@[A-Za-z0-9.-]{1,100})(\?subject=[A-Za-z0-9%-]{1,60})?&gt;")
_TAP = re.compile(r"- ([^:<>&]{1,60}): " + _MAILTO.pattern + r"\Z")
_NUMBER = re.compile(r"\[?(?<!&)#[0-9]{1,12}\]?")
_COMMAND = re.compile(r"\[[^\[\]<>&#]{1,40}\]")
_QUOTE = "border-{side}:3px solid #ccc;padding-{side}:10px;color:#555"
_SMALL = "font-size:13px;color:#666"
_RULE = '<hr style="border:0;border-top:1px solid #ddd;margin:22px 0">'
_RULE_LENGTH = 20
_MARKERS = frozenset(MARKERS.values())


def page(body: str, language: str, colour: str) -> str:
    """The whole HTML document around a body that is HTML already."""
    way = direction(language)
    bar = f"border-top:4px solid {colour if _COLOUR.match(colour) else '#2457a6'};" if colour else ""
    family = "Tahoma,Arial,sans-serif" if way == "rtl" else "Arial,Helvetica,sans-serif"
    return (
        f'<!DOCTYPE html><html lang="{escape(language)}" dir="{way}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"></head><body style="margin:0">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>'
        f'<td dir="{way}" align="{_side(way)}" bgcolor="#ffffff" '
        f'style="{bar}padding:4px 16px;font:15px/1.7 {family};color:#222;background:#fff">\n'
        f"{body}\n</td></tr></table></body></html>\n"
    )


def blocks(text: str, language: str) -> str:
    """A text as paragraphs: each with its own direction, quoted ones set off, the marker line small."""
    way = direction(language)
    return "\n".join(_block(block, way) for block in text.strip("\n").split("\n\n") if block.strip())


def _block(block: str, way: str) -> str:
    lines = block.strip("\n").split("\n")
    rule = ""
    if len(lines[0]) >= _RULE_LENGTH and not lines[0].strip("-"):
        rule, lines = _RULE, lines[1:]
        if not lines:
            return rule
    if all(line.startswith(">") for line in lines):
        quoted = "\n".join(line[1:].removeprefix(" ") for line in lines).strip("\n").split("\n\n")
        inside = "\n".join(_paragraph(part.split("\n"), way) for part in quoted if part.strip())
        return f'{rule}<div style="{_QUOTE.format(side=_side(way))}">{inside}</div>'
    return rule + _paragraph(lines, way)


def _paragraph(lines: Sequence[str], way: str) -> str:
    here = text_direction("\n".join(lines).lstrip("> -").removeprefix("Re: "), way)
    styles = [_SMALL] if lines[0] in _MARKERS or lines[0] == "-- " else []
    styles += [f"text-align:{_side(here)}"] if here != way else []
    attributes = f' dir="{here}"' if here != way else ""
    attributes += f' style="{";".join(styles)}"' if styles else ""
    return f"<p{attributes}>{'<br>'.join(_line(line, here) for line in lines)}</p>"


def _side(way: str) -> str:
    return "right" if way == "rtl" else "left"


def _line(line: str, way: str) -> str:
    shown = _TAP.sub(r'- <a href="mailto:\2\3">\1</a>', escape(line, quote=False))
    shown = _MAILTO.sub(r'<a href="mailto:\1\2">\1</a>', shown)
    if "  " in shown or shown.startswith((" ", "\t")):
        shown = shown.replace("\t", "    ").replace("  ", "&nbsp; ")
    if FSI in shown:
        shown = _isolates(shown)
    if way == "rtl" and "[" in shown:  # an address in a command is a long word: the bracket would stay behind alone
        shown = _COMMAND.sub(r'<span style="white-space:nowrap">\g<0></span>', shown)
    if way == "rtl" and "#" in shown:  # after Persian letters the # would stand behind its number (UAX #9, rule W2)
        shown = _NUMBER.sub(r'<span dir="ltr">\g<0></span>', shown)
    return shown


def _isolates(line: str) -> str:
    """Isolates as elements: not every mail client knows the characters. Unpaired ones are dropped."""
    head, *rest = line.split(FSI)
    out = [head.replace(PDI, "")]
    for piece in rest:
        inner, paired, after = piece.partition(PDI)
        way = text_direction(inner, "ltr")
        out.append(f'<span dir="{way}">{inner}</span>' if paired else inner)
        out.append(after.replace(PDI, ""))
    return "".join(out)

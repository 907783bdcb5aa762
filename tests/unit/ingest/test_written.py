"""The HTML of an answer: what was newly written survives with its looks, and nothing else of the mail does."""

from __future__ import annotations

from html import unescape
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.ingest.markup import html_to_text
from maildesk.ingest.shingles import words
from maildesk.ingest.written import everything_in, written_html

SECRET = "canary-7411"
TOKEN = "support+rba7777777777777777@example.com"
QUOTE = f'<div class="gmail_quote"><blockquote>{SECRET} <img src="cid:theirs"></blockquote></div>'
PICTURES = {"shot@x": "1.aa@example.com", "logo": "2.bb@example.com", "theirs": "3.cc@example.com"}


def page(html: str, text: str) -> str:
    found = written_html(html, text, PICTURES)
    return found.html if found else ""


@pytest.mark.parametrize(
    ("html", "text", "kept"),
    [
        ("<p>Hi <b>John</b>!</p>", "Hi *John*!", '<div dir="ltr"><p>Hi <b>John</b>!</p></div>'),
        ("<p>Hi <span style='font-weight:700;top:0'>J</span></p>", "Hi J", '<span style="font-weight:bold">J</span>'),
        ("<p>It is <font color=red>late</font></p>", "It is late", '<span style="color:#ff0000">late</span>'),
        ("<ol start=3><li>one<li>two</ol>", "3. one\n4. two", '<ol start="3"><li>one</li><li>two</li></ol>'),
        ("<ol><li>one<li>two</ol>", "one\ntwo", "<ol><li>one</li><li>two</li></ol>"),
        (
            "<p>see <a href='https://example.org/a?b=1&c=2' onclick='x()' title=t>this</a>.</p>",
            "see this <https://example.org/a?b=1&c=2>.",
            '<a href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer">this</a>.',
        ),
        (
            "<table><tr><td style='border:solid 1pt' colspan=2>a<td>b</table>",
            "a\tb",
            '<td colspan="2" style="border:1px solid #bbb;padding:4px 8px">a</td><td>b</td>',
        ),
        ("<p>Look:<img src='cid:shot@x' alt=shot.png width=90></p>", "Look: [image: shot.png]", "cid:1.aa@example.com"),
        ("<p>Look:</p><p><img src='cid:shot%40x'></p>", "Look:", 'src="cid:1.aa@example.com"'),
        ("<img src='cid:shot@x'><p>Look</p>", "Look", 'src="cid:1.aa@example.com"'),
        ("<p>سلام <i>خوبید</i>؟</p>", "سلام خوبید؟", '<div dir="rtl"><p>سلام <i>خوبید</i>؟</p>'),
        ("<div dir=ltr>سلام<p>Hello</p></div>", "سلام\nHello", '<div dir="rtl"><div>سلام<p dir="ltr">Hello</p></div>'),
        ("<p>Thank you 👍</p>", "Thank you 👍", "Thank you 👍"),
        ("<p><span>Hel</span>lo</p>", "Hello", "Hello"),
        ("<p>#solved</p><p>Done, Leila.</p>", "Done, Leila.", "<p>Done, Leila.</p>"),
        ("<p>Bye</p>" + QUOTE, "Bye", "Bye"),
        (QUOTE + "<p>Bye</p>", "Bye", "Bye"),
    ],
)
def test_what_was_written_survives_with_its_looks(html: str, text: str, kept: str) -> None:
    assert kept in page(html, text)
    assert SECRET not in page(html, text)


@pytest.mark.parametrize(
    "html",
    [
        "<p>Hello Leila</p>",
        f"<p>Hello <span>{SECRET}</span> John</p>",
        "<p>Hello</p>",
        "<p>Hello John and all</p>" * 50,
        "<p>Hello John <a href='https://example.org/a'>link</a></p>",
        "<p><a href='https://example.org/a'>link</a> Hello John</p>",
        "<p><b>Hello John</b>s</p>",
        "",
        "<div>" * 30_000 + "Hello John",
        "<p>John Hello</p>",
        "<p>Hello John 👍</p>".replace("John 👍", "👍 John"),
    ],
)
def test_what_says_anything_else_gives_no_html(html: str) -> None:
    assert page(html, "Hello John") == ""


@pytest.mark.parametrize(
    "hidden",
    [
        f"<!-- {SECRET} -->",
        f"<span style='display:none'>{SECRET}</span>",
        f"<span hidden>{SECRET}</span>",
        f"<style>.{SECRET}{{}}</style>",
        f"<script>{SECRET}</script>",
        f"<template>{SECRET}</template>",
        f"<b title='{SECRET}' data-x='{SECRET}' class='{SECRET}' id='{SECRET}'></b>",
        f"<b style='background:url(https://example.net/{SECRET});font-family:{SECRET}'></b>",
        f"<img src='https://example.net/{SECRET}.png' alt='{SECRET}'>",
        f"<img src='data:image/png;base64,{SECRET}'>",
        f"<img src='cid:{SECRET}'>",
        f"<img src='cid:shot@x' alt='{SECRET}' onerror='{SECRET}'>",
        f"<a name='{SECRET}'></a>",
        f"<a href='javascript:{SECRET}'></a>",
        f"<svg><text>{SECRET}</text></svg>",
        f"<form action='https://example.net/{SECRET}'><input value='{SECRET}'></form>",
        f"<math><mtext>{SECRET}",
        f"<![CDATA[{SECRET}]]>",
        f"<noscript><p title='</noscript>{SECRET}'>",
    ],
)
def test_nothing_hidden_survives(hidden: str) -> None:
    assert SECRET not in page(f"<p>Hello <i>dear</i> {hidden} John</p>", "Hello dear John")


def test_pictures_of_the_quotation_and_of_the_signature_stay_behind() -> None:
    html = f"<p>Look <img src=cid:shot@x></p><p>Regards<br>Omid<br><img src=cid:logo></p>{QUOTE}"
    found = written_html(html, "Look", PICTURES)
    assert found is not None
    assert (found.pictures, found.elsewhere) == ({"shot@x"}, {"logo", "theirs"})
    below = written_html(f"<p>Look</p>{QUOTE}", "Look", PICTURES)
    assert below is not None
    assert (below.pictures, below.elsewhere) == (frozenset(), {"theirs"})


@pytest.mark.parametrize(
    "style",
    ["color:#fff", "color:white", "color:rgb(250,250,250)", "font-size:0", "opacity:0", "position:absolute",
     "color:transparent", "background:#000", "background-color:black", "width:0", "text-indent:-9999px",
     "color:rgb(0,0,0,0)", "color:#ffff", "visibility:collapse", "clip:rect(0,0,0,0)", "color:rgb(1e9,0,0)"],
)  # fmt: skip
def test_no_style_can_hide_what_is_read(style: str) -> None:
    clean = page(f"<p>Hello <span style='{style}'>John</span></p>", "Hello John")
    assert clean in {"", '<div dir="ltr"><p>Hello John</p></div>'}


def test_a_link_that_carries_a_token_is_found_however_it_is_written() -> None:
    for href in (f"mailto:{TOKEN}", TOKEN.replace("+", "%2B").join(("mailto:", "")), f"https://example.net/?a={TOKEN}"):
        clean = page(f"<p>Write <a href='{href}'>here</a></p>", "Write here")
        assert TOKEN in everything_in(clean)


def test_everything_in_a_page_is_everything() -> None:
    html = "<p title='a%2Bb'>c<!-- d --><span hidden>e</span></p>"
    assert {"a+b", "c", "e"} <= set(everything_in(html).split("\n"))
    assert " d " in everything_in(html)


_BITS = st.sampled_from(
    ["<p>", "</p>", "<b>", "</b>", "<table><tr><td>", "</td></tr></table>", "<ul><li>", "</ul>", "<br>", "Hello ", "John ",
     "fine ", "سلام ", "! ", "<div>", "</div>", "<span style='display:none'>", "</span>", f"<!--{SECRET}-->", f" {SECRET} ",
     f"<a href='mailto:{TOKEN}'>", "</a>", f"<i title='{SECRET}'>", "</i>", "<blockquote>", "</blockquote>", "<hr>",
     "<img src=cid:theirs>", f"<img alt='{SECRET}' src=cid:shot@x>", "<svg>", "</svg>", "<style>", "</style>", "<plaintext>",
     "<textarea>", "<select><option>", "&lt;p&gt;", "<math>", "<noscript>", "<!DOCTYPE x>", "<pre>", "</pre>"]
)  # fmt: skip


@given(
    st.lists(_BITS, max_size=25), st.lists(st.sampled_from(["Hello", "John", "fine", "سلام"]), min_size=1, max_size=4)
)
def test_nothing_leaves_but_the_text_and_the_targets_of_its_links(bits: list[str], text: list[str]) -> None:
    clean = page("".join(bits), " ".join(text))
    assert SECRET not in unquote(unescape(clean))
    assert "".join(words(everything_in(clean, attributes=False))) == ("".join(words(" ".join(text))) if clean else "")
    assert not any(
        tag in clean for tag in ("<script", "<style", "<svg", "<math", "<iframe", "onerror", "<!--", "class=")
    )


@given(st.lists(_BITS, max_size=25))
def test_what_a_page_says_is_found_in_it(bits: list[str]) -> None:
    """What maildesk itself reads in a page without links, numbers and quotations gives the whole page again."""
    html = "".join(
        bit for bit in bits if not bit.startswith(("<a", "<blockq", "<img", "<select", "<plain", "<textarea"))
    )
    text = html_to_text(html)
    if words(text) and not any("<style" in bit or "<svg" in bit or "display" in bit for bit in bits):
        assert words(html_to_text(page(html, text))) == words(text)

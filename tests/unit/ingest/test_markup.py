"""HTML to text: everything that was written, nothing that was hidden, quotes as "> " lines."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.ingest.markup import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div><div><br></div><div>c</div>", "a\nb\n\nc"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<p class=MsoNormal>a</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>b</p>", "a\n\nb"),
        ("<p class=MsoNormal>a</p><p class=MsoNormal>b</p>", "a\nb"),
        ("a <b>bold</b>\n  and   <i>more</i>", "a bold and more"),
        ("<h1>Title</h1>text", "Title\n\ntext"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "- a\n- b\n  - c"),
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b"),
        ("<table><tr><th>Item<th>Price<tr><td>Ink<td>50 €</table>", "Item\tPrice\nInk\t50 €"),
        ("<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc"),
        ('see <a href="https://example.org/x">here</a>', "see here <https://example.org/x>"),
        ('<a href="https://example.org/">example.org</a>', "example.org"),
        ('<a href="mailto:a@example.org">a@example.org</a>', "a@example.org"),
        ('<a href="mailto:a@example.org?subject=x">write</a>', "write <a@example.org>"),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ('<img src="cid:a" alt="Logo"><img src="http://example.org/t.gif">', "Logo"),
        ("<style>p{}</style><script>x()</script><title>t</title><!-- c -->a", "a"),
        ('<div style="display: none">preheader</div>a', "a"),
        ('<div style="display:none">only this</div>', "only this"),
        ('<td style="font-size:0px"><div style="font-size:13px">kept</div></td>', "kept"),
        ("a\u202eb\u2066c", "ab\u2066c"),
        ("&lt;tag&gt; &amp; &nbsp; x", "<tag> & x"),
        ("<p dir=rtl>سلام،<br>می‌خواهم بپرسم</p>", "سلام،\nمی‌خواهم بپرسم"),
        ("", ""),
        ("no tags", "no tags"),
    ],
)
def test_what_is_written(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    "quote",
    [
        # Gmail
        (
            '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Sun, Sara wrote:<br></div>'
            '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid">old<br>text</blockquote></div>'
        ),
        # Thunderbird
        '<div class="moz-cite-prefix">On Sun, Sara wrote:<br></div><blockquote type="cite" cite="mid:x">old<br>text</blockquote>',
        # Apple Mail
        '<blockquote type="cite"><div>On Sun, Sara wrote:</div><br class="Apple-interchange-newline"><div>old<br>text</div></blockquote>',
        # Yahoo
        '<div id="yahoo_quoted_1" class="yahoo_quoted"><div><div>On Sun, Sara wrote:</div><div><br></div><div>old<br>text</div></div></div>',
        # Proton
        '<div class="protonmail_quote">On Sun, Sara wrote:<br><blockquote class="protonmail_quote" type="cite">old<br>text</blockquote></div>',
        # GMX, web.de
        '<div name="quote" style="border-left:2px solid"><div>On Sun, Sara wrote:</div><div>old<br>text</div></div>',
        # Gmail without a blockquote
        '<div class="gmail_quote">On Sun, Sara wrote:<br>old<br>text</div>',
    ],
)
def test_quotes_are_marked_and_their_introduction_is_not(quote: str) -> None:
    lines = [line for line in html_to_text(f"<div>new</div>{quote}<div>below</div>").splitlines() if line.strip("> ")]
    assert lines == ["new", "On Sun, Sara wrote:", "> old", "> text", "below"]


def test_quotes_in_quotes() -> None:
    html = "<blockquote>a<blockquote>b</blockquote>c</blockquote>d"
    assert [line for line in html_to_text(html).splitlines() if line.strip("> ")] == ["> a", "> > b", "> c", "d"]


def test_an_indented_paragraph_is_no_quote() -> None:
    assert (
        html_to_text('<blockquote style="margin: 0 0 0 40px; border: none; padding: 0px">mine</blockquote>') == "mine"
    )


def test_a_forwarded_mail_is_no_quote() -> None:
    html = '<div class="gmail_quote"><div>---------- Forwarded message ---------<br>From: a@example.org</div>text</div>'
    assert ">" not in html_to_text(html)


@pytest.mark.parametrize("tag", ["table><tr><td", "div", "blockquote", "ul><li", "b"])
@pytest.mark.parametrize("depth", [300, 20_000])
def test_depth_loses_nothing(tag: str, depth: int) -> None:
    begin = time.process_time()
    assert "the text" in html_to_text(f"<{tag}>" * depth + "the text")
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(
    "evil",
    [
        "<" * 500_000,
        "<b x>" * 3000 + "<p>x" * 100_000,
        "<div " * 100_000,
        "&" * 500_000,
        "<!--" * 100_000,
        "<a href=x>" * 100_000,
        "<table><tr>" + "<td>x" * 100_000,
    ],
    ids=["angles", "formatting", "attributes", "entities", "comments", "links", "cells"],
)
def test_evil_pages_take_bounded_time(evil: str) -> None:
    begin = time.process_time()
    html_to_text(evil)
    assert time.process_time() - begin < 5


def test_only_two_megabytes_are_read() -> None:
    assert len(html_to_text("x" * 3_000_000)) == 2 * 1024 * 1024


@given(
    st.text(max_size=300)
    | st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<blockquote>",
                "</blockquote>",
                "<li>",
                "<ol>",
                "</ol>",
                "<td>",
                "<pre>",
                "</pre>",
                "<br>",
                "text",
                " ",
                "\n",
                "<a href=https://example.org>",
                "</a>",
                "<div style='display:none'>",
                "<svg>",
                "<template>",
            ]
        )
    ).map("".join)
)
def test_any_page_gives_text_that_can_be_stored(html: str) -> None:
    text = html_to_text(html)
    text.encode()
    assert "\0" not in text
    assert not text.startswith("\n")


@given(
    st.lists(st.sampled_from(["div", "p", "span", "td", "b", "blockquote", "li", "h2"]), max_size=8),
    st.lists(st.sampled_from(["سلام", "hello", "12"]), min_size=1, max_size=8),
)
def test_every_word_is_kept(tags: list[str], words: list[str]) -> None:
    html = "".join(f"<{tag}>{word} " for tag, word in zip(tags, words, strict=False)) + " ".join(words)
    found = html_to_text(html).split()
    assert all(found.count(word) >= words.count(word) for word in words)

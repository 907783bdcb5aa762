"""Text is compared in one form, and patterns find what a person would."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.rules.patterns import BadArgument, RegexIndex, Text, glob, normalise, phrases, regex

any_text = st.text(st.one_of(st.characters(), st.sampled_from("كيیک۱۲٣\u200c\u200fـًaÀ\u0301 İß٫ﷺ")), max_size=30)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Invoice", "invoice"),
        ("كتاب علي", "کتاب علی"),
        ("۱۲۳ ٤٥٦ 789", "123 456 789"),
        ("صورت‌حساب", "صورت حساب"),
        ("\u202bسَلامـــ\u202c", "سلام"),
        ("ﻓﺎﻛﺘﻮﺭ", "فاکتور"),
        ("ＡＢＣ", "abc"),
        ("Straße", "strasse"),
        ("خانة ۀ", "خانه ه"),
    ],
)
def test_normalise(written, normal):
    assert normalise(written) == normal


@given(any_text)
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)
    assert normalise(once) == once


@given(any_text)
def test_what_is_compared_has_no_invisible_or_foreign_digit(text):
    for char in normalise(text):
        assert unicodedata.category(char) != "Cf"
        assert unicodedata.category(char) != "Nd" or char in "0123456789"


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("invoice", "Your INVOICE, please", True),
        ("invoice", "invoices", False),
        ("صورت‌حساب", "این صورتحساب است", True),
        ("صورتحساب", "این صورت‌حساب است", True),
        ("صورت حساب", "این صورت‌حساب است", True),
        ("صورت‌حساب", "صورت حساب", True),
        ("حساب", "حسابدار", False),
        ("فاکتور", "فاکتور‌ها", True),
        ("كيف", "کیف", True),
        ("unpaid invoice", "unpaid\r\n  invoice!", True),
        ("unpaid invoice", "unpaid, old invoice", False),
        ("۱۲۳", "order 123", True),
        ("👍", "ok👍🏽", True),
        ("c++", "C is older", True),
    ],
)
def test_words(word, text, found):
    assert any(phrase in Text(text).spaced for phrase in phrases(word)) is found


def test_a_phrase_does_not_span_two_forms_of_a_text():
    assert not any(phrase in Text("ب می\u200cشود الف").spaced for phrase in phrases("الف ب"))


def test_a_word_without_letters_is_refused():
    with pytest.raises(BadArgument, match="no word"):
        phrases("!?")


@pytest.mark.parametrize(
    ("source", "text", "captures"),
    [
        (r"order[- ]?(?P<number>\d+)", "My Order ۱۲۳۴ is late", {"number": "1234"}),
        (r"شماره (?P<number>\d+)", "شمارهٔ ۱۲", {"number": "12"}),
        (r"كتاب", "کتاب", {}),
        (r"^INV-(?P<a>x)?", "inv-", {"a": ""}),
    ],
)
def test_regex(source, text, captures):
    assert regex(source).search(Text(text)) == captures


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (r"\bسلام\b", "words"),
        (r"سلام \w+", r"\\p{L}"),
        (r"\p{Arabic}+\b", "words"),
        ("(a", "missing"),
        (r"(?=x)", "look-around"),
        (r"(a)\1", "back ref"),
        ("a{2000}", "repetition"),
    ],
)
def test_a_regex_that_cannot_do_what_was_meant_is_refused(source, message):
    with pytest.raises(BadArgument, match=message):
        regex(source)


def test_captures_are_short_and_on_one_line():
    found = regex(r"(?s)<(?P<all>.*)>").search(Text("<a\x1b]0;\r\n" + "é" * 1000 + ">"))
    assert found is not None
    assert len(found["all"]) <= 200
    assert found["all"].isprintable()


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("re: *", "Re: hello", True),
        ("*refund?", "a refund!", True),
        ("*refund?", "a refund", False),
        ("a.c", "abc", False),
        ("*", "", True),
        ("*\n", "x\ny", False),
    ],
)
def test_glob(pattern, text, found):
    assert glob(pattern).holds(Text(text)) is found


@given(st.text("ab*?", max_size=6), st.text("ab\n", max_size=8))
def test_glob_is_what_it_says(pattern, text):
    plain = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
    assert glob(pattern).holds(Text(text)) is bool(re.fullmatch(plain, text, re.DOTALL))


@given(
    st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=8, unique=True), st.text("abc ", max_size=20)
)
def test_the_index_of_expressions_loses_nothing(words, text):
    sources = tuple(f"{word}[0-9]*" for word in words)
    possible = set(RegexIndex(sources).candidates(Text(text)))
    assert {source for source in sources if re.search(source, text)} <= possible


def test_the_index_leaves_out_what_cannot_match():
    index = RegexIndex(tuple(f"case-{number}-[0-9]+" for number in range(500)))
    assert index.candidates(Text("about CASE-۴۲-7")) == ("case-42-[0-9]+",)


@pytest.mark.parametrize(
    "evil",
    [
        "a" * 200_000,
        "\u0315\u0300" * 100_000,
        "ﷺ" * 20_000,
        "\u200c" * 200_000,
        "(" * 200_000,
        "سلام " * 50_000,
    ],
    ids=["a", "marks", "ligatures", "joiners", "brackets", "persian"],
)
def test_hostile_text_takes_linear_time(evil):
    begun = time.process_time()
    text = Text(evil)
    assert not regex("(a+)+$x").holds(text)
    assert not glob("*a*b*c*d*").holds(text)
    assert "\n " not in text.spaced or "\u200c" in evil
    assert time.process_time() - begun < 3

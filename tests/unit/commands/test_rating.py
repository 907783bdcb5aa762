"""Answers to a survey: the golden table, and what must never be counted."""

import pytest
from unit.commands.rating_answers import ANSWERS

from maildesk.commands.rating import rating


def test_the_golden_table_is_large_and_nearly_all_right():
    told = [(stars, found.stars if (found := rating(text)) else None) for text, stars in ANSWERS]
    assert len(told) >= 250
    assert sum(want == got for want, got in told) / len(told) >= 0.97
    assert not [(text, want, got) for (text, want), (_, got) in zip(ANSWERS, told, strict=True) if want is None and got]
    assert not [
        (text, want, got) for (text, want), (_, got) in zip(ANSWERS, told, strict=True) if got not in (want, None)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "don't give 5", "Give me a call at 5", "$5", "5€", "5%", "see note 5", "به شما ۵ روز وقت می‌دهم", "we are 5", "Phone: 5",
        "1. The bill is wrong\n2. The address too", "5 mins", "4 u", "one more thing", "یک نفر زنگ زد", "not the best", "couldn't be better",
        "speed 4, quality 2", "wait, 5", "i gave 5 last time", "100%", "۲۰", "20", "بیست", "no complaints", "5 or so",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_rating(text):
    assert rating(text) is None


def test_what_is_written_besides_is_the_comment():
    assert rating("5").comment == ""
    assert rating("۵\nسریع بود").comment == "سریع بود"
    assert rating("4/5 - a bit slow").comment == "a bit slow"
    assert rating("2 - too slow").comment == "too slow"
    assert rating("۲: کند بود").comment == "کند بود"
    assert rating("👎 two").comment == "two"
    assert rating("5 stars, great").comment == "5 stars, great"
    assert rating("Hello,\n5\nBest, Leila").comment == "Best, Leila"


def test_a_long_text_takes_no_time():
    assert rating("5 " * 100_000) is not None
    assert rating("very good " * 100_000) is None

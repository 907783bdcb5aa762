"""Knowing when nothing is asked: no question may be lost, in any of these languages (tests/data/thanks.toml)."""

import tomllib
from pathlib import Path

import pytest

from maildesk.commands.thanks import asks_nothing, only_thanks

GOLDEN = tomllib.loads((Path(__file__).parents[2] / "data" / "thanks.toml").read_text("utf-8"))


def test_ten_languages_are_told_of():
    assert GOLDEN.keys() >= {"en", "fa", "ar", "de", "fr", "es", "it", "tr", "ru", "nl"}
    assert all(len(told["asks"]) >= 6 and len(told["thanks"]) >= 4 for told in GOLDEN.values())


@pytest.mark.parametrize("language", GOLDEN)
def test_no_question_is_lost(language):
    asks = GOLDEN[language]["asks"]
    shouted = (
        [text.upper() for text in asks] + [text + "!" for text in asks] + [f"Hello,\n\n{text}\n\nJohn" for text in asks]
    )
    assert [text for text in (*asks, *shouted) if only_thanks(text, ["John"])] == []


@pytest.mark.parametrize("language", GOLDEN)
def test_thanks_are_recognised(language):
    thanks = GOLDEN[language]["thanks"]
    assert [text for text in thanks if not only_thanks(text)] == []
    assert [text for text in thanks if not asks_nothing(text)] == []


@pytest.mark.parametrize("language", GOLDEN)
def test_a_mark_a_digit_or_a_link_always_opens(language):
    thanks = GOLDEN[language]["thanks"]
    more = [f"{text} {what}" for text in thanks for what in ("?", "؟", "4711", "https://example.org/x", "￼")]
    assert [text for text in more if only_thanks(text)] == []

"""Searching articles: the questions were written before the search was (tests/data/questions.toml)."""

import tomllib
from pathlib import Path

import pytest

from maildesk.assemble import read_passages
from maildesk.commands.finding import Index
from maildesk.commands.terms import stem, terms
from maildesk.model.desk import Passage

DATA = Path(__file__).parents[2] / "data"
QUESTIONS = tomllib.loads((DATA / "questions.toml").read_text("utf-8"))
UNRELATED = QUESTIONS.pop("unrelated")
INDEX = Index(read_passages(DATA / "articles")[0])


def asked():
    return [
        (language, name, text) for language, by in QUESTIONS.items() for name, texts in by.items() for text in texts
    ]


def test_the_right_article_is_found():
    ranks = {}
    for language, name, text in asked():
        found = [one.article.name for one in INDEX.find(text, language)]
        ranks[text] = found.index(name) + 1 if name in found else 9
    assert len(ranks) >= 60
    first, three = (sum(rank <= most for rank in ranks.values()) / len(ranks) for most in (1, 3))
    wrong = [text for text, rank in ranks.items() if rank > 1]
    assert first >= 0.85, wrong
    assert three >= 0.95, wrong


def test_nothing_is_suggested_for_what_no_article_answers():
    pairs = [(language, text) for language, texts in UNRELATED.items() for text in texts]
    offered = [text for language, text in pairs if INDEX.suggest(text, language)]
    assert len(pairs) >= 40
    assert len(offered) / len(pairs) <= 0.05, offered


def test_what_is_suggested_is_right():
    suggested = [(name, text, INDEX.suggest(text, language)) for language, name, text in asked()]
    wrong = [
        (text, [one.name for one in found])
        for name, text, found in suggested
        if found and name not in [one.name for one in found]
    ]
    silent = [text for _, text, found in suggested if not found]
    assert len(wrong) <= 0.05 * len(suggested), wrong
    assert len(silent) <= 0.35 * len(suggested), silent


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("صورت‌حساب", "صورتحساب"), ("فاكتورهاي", "فاکتورهای"), ("کتاب‌ها", "کتابها"), ("گذرواژه", "گذرواژۀ"),
        ("invoices", "invoice"), ("Delivery", "deliveries"), ("سفارش‌هایم", "سفارش"), ("می‌خواهم", "ميخواهم"),
    ],
)  # fmt: skip
def test_one_word_is_one_term_however_it_is_written(one, other):
    assert set(terms(other)) <= set(terms(one)) | {stem(term) for term in terms(one)}


def test_a_space_where_others_join_finds_it_too():
    index = Index([Passage("invoice", "fa", "صورت‌حساب ماهانه", "متن"), Passage("other", "fa", "حساب کاربری", "متن")])
    for written in ("صورتحساب", "صورت‌حساب", "صورت حساب"):
        assert index.find(written, "fa")[0].article.name == "invoice"


def test_nothing_breaks_it():
    assert INDEX.find("") == ()
    assert Index(()).find("password") == ()
    assert INDEX.find('"; DROP TABLE -- * NEAR( "x', "en") == () or True
    assert INDEX.suggest("password " * 100_000, "en")


def test_only_the_readers_language_is_offered():
    assert {one.article.language for one in INDEX.find("password رمز عبور", "fa", most=20)} == {"fa"}
    assert {one.article.language for one in INDEX.find("password رمز عبور", "", most=20)} == {"fa", "en"}


def test_a_first_article_is_offered_too():
    article = Passage(
        "reset", "en", "Reset your password", "Choose it on the sign-in page.", ("password", "forgot", "login")
    )
    assert Index([article]).suggest("I forgot my password, how can I login?", "en") == (article,)
    assert Index([article]).suggest("Where is my parcel? The number is 3391.", "en") == ()

"""What keeps coming back, in both languages."""

from maildesk.insight.topics import rising


def test_what_rises_comes_first_and_what_goes_together_is_one_topic():
    now = ["Parcel has not arrived"] * 8 + ["پرداخت ناموفق بود"] * 6 + ["Invoice is wrong"] * 5
    before = ["Invoice is wrong"] * 9 + ["Parcel has not arrived"] * 2
    topics = rising(now, before)
    assert topics[0] in {("پرداخت · ناموفق", 6, 0), ("ناموفق · پرداخت", 6, 0)}
    assert topics[1] in {("Parcel · arrived", 8, 2), ("arrived · Parcel", 8, 2)}
    assert [number for _, number, _ in topics] == [6, 8, 5]


def test_spellings_count_together_and_small_words_and_numbers_do_not():
    texts = ["فاکتورها ۱۴۰۵ را ببینید", "فاكتور من", "فاکتورم کجاست؟", "the and of 1234"]
    assert [number for _, number, _ in rising(texts, [])] == [3]


def test_nothing_of_nothing():
    assert rising([], []) == []
    assert rising(["once"], []) == []

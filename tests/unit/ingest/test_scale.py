"""No text makes reading it cost more than in proportion: twice the text, at most 2.6 times the steps (A37)."""

from __future__ import annotations

from fuzz import growth

# a first reading fills caches and imports what is imported late
for read in growth.READERS.values():
    growth.lines_run(read, "سلام\n> a <b@example.org> \x80 =?utf-8?q?a?=\n")


def test_there_are_a_hundred_evil_texts() -> None:
    assert len(set(growth.EVIL)) >= 100


def test_twice_an_evil_text_costs_about_twice_as_much() -> None:
    assert list(growth.too_steep(growth.lines_run, growth.EVIL, 600, 2000)) == []


def test_longer_ones_as_well() -> None:
    assert list(growth.too_steep(growth.lines_run, growth.NAMED, 8000, 2000)) == []


def test_a_steep_reader_is_noticed() -> None:
    def steep(text: str) -> None:
        for _ in text:
            for _ in text:
                pass

    one, two = (growth.lines_run(steep, "a" * length) for length in (50, 100))
    assert two > growth.MOST * one

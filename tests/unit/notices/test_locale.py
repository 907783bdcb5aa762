"""Dates, durations and directions in English, Persian and a third language."""

from datetime import UTC, datetime, timedelta

import pytest

from maildesk.notices import layout, locale
from maildesk.notices.locale import FSI, PDI

TEHRAN = locale.zone_of("Asia/Tehran")
NIGHT = datetime(2026, 11, 21, 21, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "english", "persian"),
    [
        (NIGHT, "Sunday 22 November 2026", "یکشنبه ۱ آذر ۱۴۰۵"),
        (datetime(2025, 3, 20, 12, tzinfo=UTC), "Thursday 20 March 2025", "پنجشنبه ۳۰ اسفند ۱۴۰۳"),
        (datetime(2025, 3, 21, 12, tzinfo=UTC), "Friday 21 March 2025", "جمعه ۱ فروردین ۱۴۰۴"),
    ],
)
def test_dates(moment, english, persian):
    assert locale.date(moment, "en", TEHRAN) == english
    assert locale.date(moment, "fa", TEHRAN) == persian


@pytest.mark.parametrize(
    ("language", "zone", "expected"),
    [
        ("en", "Asia/Tehran", "Sunday 22 November 2026, 00:35 (Tehran time)"),
        ("en", "UTC", "Saturday 21 November 2026, 21:05 (UTC)"),
        ("en", "America/New_York", "Saturday 21 November 2026, 16:05 (New York time)"),
        ("en", "No/Where", "Saturday 21 November 2026, 21:05 (UTC)"),
        ("fa", "Asia/Tehran", "یکشنبه ۱ آذر ۱۴۰۵، ساعت ۰۰:۳۵ (به وقت تهران)"),
        ("fa", "America/New_York", f"شنبه ۳۰ آبان ۱۴۰۵، ساعت ۱۶:۰۵ (به وقت {FSI}New York{PDI})"),
        ("de", "UTC", "Samstag, 21. November 2026, 21:05 (UTC)"),
        ("tlh", "UTC", "Saturday, November 21, 2026, 21:05 (UTC)"),
    ],
)
def test_a_time_always_has_its_weekday_and_zone(language, zone, expected):
    assert locale.date_time(NIGHT, language, locale.zone_of(zone)) == expected


@pytest.mark.parametrize(
    ("minutes", "english", "persian"),
    [
        (0, "less than a minute", "کمتر از یک دقیقه"),
        (1, "1 minute", "۱ دقیقه"),
        (59, "59 minutes", "۵۹ دقیقه"),
        (59.7, "about 1 hour", "حدود ۱ ساعت"),
        (60, "1 hour", "۱ ساعت"),
        (175, "about 3 hours", "حدود ۳ ساعت"),
        (47 * 60, "47 hours", "۴۷ ساعت"),
        (48 * 60, "2 days", "۲ روز"),
        (-90, "about 2 hours", "حدود ۲ ساعت"),
        (2000 * 24 * 60, "2,000 days", "۲٬۰۰۰ روز"),
    ],
)
def test_durations(minutes, english, persian):
    assert locale.duration(minutes, "en") == english
    assert locale.duration(timedelta(minutes=minutes), "fa") == persian


def test_numbers():
    assert locale.number(1234567.5, "en") == "1,234,567.5"
    assert locale.number(1234567.5, "fa") == "۱٬۲۳۴٬۵۶۷٫۵"
    assert locale.number(1234567.5, "de") == "1.234.567,5"
    assert locale.duration(120, "de") == "2 Stunden"


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Leila", "en", "Leila"),
        ("لیلا", "fa", "لیلا"),
        ("لیلا", "en", f"{FSI}لیلا{PDI}"),
        ("leila@example.org", "fa", f"{FSI}leila@example.org{PDI}"),
        ("a\u202eb\u2069", "fa", f"{FSI}ab{PDI}"),
        ("1042", "fa", "1042"),
    ],
)
def test_only_foreign_text_is_isolated(text, language, expected):
    assert locale.isolate(text, language) == expected


def test_each_paragraph_has_its_own_direction():
    html = layout.blocks(f"سلام Leila\n\nHello لیلا\n\n{FSI}Leila{PDI} گرامی\n\n123", "fa")
    assert html == (
        '<p>سلام Leila</p>\n<p dir="ltr" style="text-align:left">Hello لیلا</p>\n'
        '<p><span dir="ltr">Leila</span> گرامی</p>\n<p>123</p>'
    )


def test_quotes_markers_and_spaces_keep_their_looks():
    html = layout.blocks("> one\n> two\n\n  a  <b>", "en")
    assert html == (
        '<div style="border-left:3px solid #ccc;padding-left:10px;color:#555"><p>one<br>two</p></div>\n'
        "<p>&nbsp; a&nbsp; &lt;b&gt;</p>"
    )


def test_each_paragraph_of_a_quotation_has_its_own_direction():
    html = layout.blocks("> Order 7: فاکتور\n>\n> سلام، مبلغ اشتباه است.\n>\n> Re: فاکتور", "fa")
    assert '<p dir="ltr" style="text-align:left">Order 7: فاکتور</p>' in html
    assert "<p>Re: فاکتور</p>" in html, "what a mail client puts in front says nothing of the language"
    assert "<p>سلام، مبلغ اشتباه است.</p>" in html


@pytest.mark.parametrize("dashes", [20, 32])
def test_a_line_of_dashes_is_a_rule(dashes):
    html = layout.blocks(f"{'-' * dashes}\nstatus: open\n\n{'-' * dashes}", "en")
    assert (html.count("<hr "), html.count("<p>status: open</p>"), "---" in html) == (2, 1, False)


def test_a_tap_is_a_link_of_its_words():
    html = layout.blocks("- It is solved: <mailto:support+cabc@example.com?subject=snooze%201d>", "en")
    assert html == '<p>- <a href="mailto:support+cabc@example.com?subject=snooze%201d">It is solved</a></p>'


def test_a_command_with_an_address_stays_on_one_line_in_persian():
    html = layout.blocks("با [مشتری somebody@example.com] عوض می‌شود.", "fa")
    assert '<span style="white-space:nowrap">[مشتری somebody@example.com]</span>' in html


@pytest.mark.parametrize("colour", ["red", '#fff"><script>', "#12345g", "#1234567"])
def test_a_colour_that_is_none_is_not_used(colour):
    assert "#2457a6" in layout.page("x", "en", colour)

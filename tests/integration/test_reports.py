"""Reports through the real line: figures of mails that came and left, by mail on schedule, and from the command line."""

import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from click.testing import CliRunner
from line import BEGIN, CONFIG, DESK, Line, answer_to, write

from maildesk.cli import main
from maildesk.insight import gather, page, report, spreadsheet
from maildesk.insight.kpi import Period
from maildesk.model.desk import ReportOrder
from maildesk.schedule.reports import latest

LEILA = "Leila <leila@example.net>"
ORDERS = """
[[report]]
name = "weekly"
to = ["mina@example.com", "sara@example.com"]
every = "week"
weekday = "mon"
at = "8:00"
xlsx = true

[[report]]
name = "voices"
to = ["product@example.com"]
kind = "voice"
every = "week"
weekday = "mon"
at = "8:00"
language = "fa"
"""


@pytest.fixture
def line(tmp_path):
    config = CONFIG.read_text("utf-8").replace("[survey]\nenabled = false", "[survey]\nenabled = true")
    one = Line(tmp_path, config + ORDERS)
    yield one
    assert list(one.broken()) == []
    one.close()


def one_story(line):
    """Leila asks, is answered after two hours, says it is solved, and rates."""
    line.put(write(LEILA, "مبلغ فاکتور", "سلام، مبلغ فاکتور اشتباه است."))
    told = next(one for one in line.left if one.notice == "notification")
    line.wait(2 * 3600)
    line.put(answer_to(told, "سپاس، درست شد.", tag="[solved]"))
    line.wait(120)
    line.wait(3 * 24 * 3600)
    line.put(answer_to(line.last("leila@example.net", "survey"), "۵\n=cmd|' /C calc'!A0 عالی بود", sender=LEILA))
    line.wait(60)


def figures_of(line, days=7):
    period = Period(line.now - timedelta(days=days), line.now)
    return gather.material(line.store.look, line.desk, period, now=line.now, language="fa")


def test_figures_of_a_story_by_hand(line):
    one_story(line)
    total = (found := figures_of(line)).figures.total
    assert (total.opened, total.solved, total.answers, total.backlog, total.customer_mails) == (1, 1, 1, 0, 1)
    assert total.first_response.wall.count == 1
    assert total.first_response.wall.median == pytest.approx(120, abs=2)
    assert total.one_touch.part == total.one_touch.whole == 1
    assert (total.csat.part, total.csat.whole, total.stars) == (1, 1, (0, 0, 0, 0, 1))
    assert (found.figures.response_rate.part, found.figures.response_rate.whole) == (1, 1)
    assert set(found.figures.by["agent"]) >= {line.ticket(1001).assignee}


def test_an_answer_that_nobody_got_is_none(line):
    line.post.refuse["leila@example.net"] = "5.1.1 no such user"
    line.put(write(LEILA, "Invoice", "The amount is wrong."))
    told = next(one for one in line.left if one.notice == "notification")
    line.put(answer_to(told, "It is right."))
    line.wait(600)
    total = figures_of(line).figures.total
    assert (total.answers, total.first_response.wall.count, total.waiting) == (0, 0, 1)


def test_reports_come_once_on_their_day_in_their_readers_language(line):
    one_story(line)
    assert not line.to("mina@example.com", "report")
    line.wait(5 * 24 * 3600)  # past Monday, 30 November, 8:00
    for _ in range(3):
        line.wait(3600)
    for address in ("mina@example.com", "sara@example.com", "product@example.com"):
        assert len(line.to(address, "report")) == 1, address
    english, persian = line.last("mina@example.com", "report"), line.last("sara@example.com", "report")
    assert "Report: " in english.text
    assert "New tickets: 0 · Before: 1" in english.text
    assert "تیکت تازه: ۰ · دورهٔ پیش: ۱" in persian.text
    assert "آبان" in persian.text or "آذر" in persian.text
    assert '<html lang="fa" dir="rtl">' in persian.everything
    files = [part.get_filename() for part in english.mail.iter_attachments()]
    assert files == ["weekly-2026-11-23.xlsx"]
    assert len(english.content) < 100_000


def test_what_customers_said_goes_to_a_department_without_the_teams_figures(line):
    one_story(line)
    line.wait(5 * 24 * 3600)
    voice = line.last("product@example.com", "report")
    assert "عالی بود" in voice.text
    assert "به تفکیک کارشناس" not in voice.everything
    assert "sara" not in voice.everything.lower().replace("sara@", "")


def test_a_fresh_desk_and_a_long_sleep_send_nothing_stale(line):
    line.wait(10 * 24 * 3600)
    assert not [one for one in line.left if one.notice == "report"]


@pytest.mark.parametrize(
    ("every", "weekday", "language", "now", "due", "begin"),
    [
        ("day", 0, "en", "2026-11-22T05:00", "2026-11-22T04:30", "2026-11-20T20:30"),
        ("day", 0, "en", "2026-11-22T04:00", "2026-11-21T04:30", "2026-11-19T20:30"),
        ("week", 5, "fa", "2026-11-22T05:00", "2026-11-21T04:30", "2026-11-13T20:30"),
        ("month", 0, "en", "2026-11-22T05:00", "2026-11-01T04:30", "2026-09-30T20:30"),
        ("month", 0, "fa", "2026-11-22T05:00", "2026-11-22T04:30", "2026-10-22T20:30"),  # 1 Azar; Aban began 23 October
    ],
)
def test_when_a_report_is_due_and_what_about(line, every, weekday, language, now, due, begin):
    order = ReportOrder(name="x", to=(), every=every, weekday=weekday, language=language)
    found, period = latest(order, line.desk, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert (found, period.begin) == tuple(datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (due, begin))
    assert period.end <= found


@pytest.mark.parametrize("language", ["en", "fa"])
def test_page_and_spreadsheet_show_the_same_and_nothing_alive(line, language):
    one_story(line)
    from dataclasses import replace

    laid_out = report.build(replace(figures_of(line), language=language))
    html = page.page(laid_out)
    assert f'lang="{language}" dir="{"rtl" if language == "fa" else "ltr"}"' in html
    assert not re.search(r"<script|<link|<img|https?://|url\(", html)
    assert html.count("<svg") == 4
    book = zipfile.ZipFile(BytesIO(spreadsheet.workbook(laid_out)))
    sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/")]
    assert len(sheets) == len(laid_out.tables)
    assert not any("<f>" in sheet for sheet in sheets)
    assert all(("rightToLeft" in sheet) is (language == "fa") for sheet in sheets)
    assert "=cmd|" in book.read("xl/sharedStrings.xml").decode()
    for table in laid_out.tables:
        assert table.title in html


def test_the_command_line(line):
    one_story(line)
    run = CliRunner().invoke
    begin, end = BEGIN - timedelta(days=1), line.now + timedelta(days=1)
    when = ["--from", f"{begin:%Y-%m-%d}", "--to", f"{end:%Y-%m-%d}"]
    told = run(main, ["--config", str(line.config), "report", *when], catch_exceptions=False)
    assert told.exit_code == 0
    assert "New tickets" in told.stdout
    data = json.loads(run(main, ["--config", str(line.config), "report", *when, "--json"]).stdout)
    assert data["total"]["opened"] == 1
    assert data["total"]["csat"] == {
        "part": 1,
        "whole": 1,
        "percent": 100.0,
        "interval": data["total"]["csat"]["interval"],
    }
    files = [line.config.parent / name for name in ("r.html", "r.xlsx")]
    done = run(main, ["--config", str(line.config), "report", *when, "--html", str(files[0]), "--xlsx", str(files[1])])
    assert done.exit_code == 0, done.output
    assert all(file.stat().st_size > 1000 for file in files)
    assert run(main, ["--config", str(line.config), "report", "--last", "soon"]).exit_code == 2
    assert DESK not in done.stdout

"""Articles in the acknowledgement, "that solved it" by one reply, FAQ by mail, and what the figures make of it."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from line import CONFIG, Line, answer_to, prepare, write

from maildesk.cli import main
from maildesk.insight import gather
from maildesk.insight.kpi import Period

ARTICLES = Path(__file__).parents[1] / "data" / "articles"
LEILA, JOHN = "Leila <leila@example.net>", "John <john@example.org>"


@pytest.fixture
def line(tmp_path):
    (tmp_path / "articles").mkdir()
    for path in ARTICLES.glob("*.md"):
        shutil.copy(path, tmp_path / "articles" / path.name)
    one = Line(tmp_path, CONFIG.read_text("utf-8") + "# with articles\n")
    from dataclasses import replace

    from maildesk.assemble import read_passages

    one.desk = replace(one.desk, articles=read_passages(ARTICLES)[0])
    yield one
    assert list(one.broken()) == []
    one.close()


def figures(line):
    period = Period(line.now - timedelta(days=1), line.now + timedelta(minutes=1))
    return gather.material(line.store.look, line.desk, period, now=line.now).figures


def test_the_acknowledgement_offers_what_answers_and_one_word_closes_it(line):
    line.put(write(LEILA, "رمز", "سلام، رمز عبورم را فراموش کرده‌ام."))
    got = line.last("leila@example.net", "acknowledgement")
    assert "بازیابی گذرواژه" in got.text
    assert "keywords" not in got.everything
    assert len(got.content) <= 4096
    line.put(answer_to(got, "حل شد", sender=LEILA))
    assert line.tickets()[0].status == "solved"
    assert (figures(line).deflection.part, figures(line).deflection.whole) == (1, 1)
    assert "articles: password" in [entry.cause for entry in line.store.look.entries(line.tickets()[0].number)]


def test_the_agent_sees_which_articles_fit(line):
    line.put(write(JOHN, "Refund", "Hello, how can I return the shoes I bought? I want my money back."))
    told = [one for one in line.left if one.notice == "notification"][-1]
    assert "Returns and refunds" in told.text


def test_nothing_is_offered_for_what_no_article_answers(line):
    line.put(write(JOHN, "A visit", "We are a school and would like to visit you with thirty children."))
    assert "Perhaps" not in line.last("john@example.org", "acknowledgement").text
    assert figures(line).deflection.whole == 0


def test_solved_after_an_answer_is_no_deflection(line):
    line.put(write(JOHN, "Refund", "Hello, how can I return the shoes I bought? I want my money back."))
    told = [one for one in line.left if one.notice == "notification"][-1]
    line.put(answer_to(told, "I have sent you a label."))
    line.wait(60)
    line.put(answer_to(line.last("john@example.org", ""), "SOLVED", sender=JOHN))
    assert line.tickets()[0].status == "solved"
    assert (figures(line).deflection.part, figures(line).deflection.whole) == (0, 1)


def test_articles_by_mail(line):
    line.put(write(LEILA, "یک پرسش", "سلام، یک پرسش دارم."))
    line.put(answer_to(line.last("leila@example.net", "acknowledgement"), "راهنما مرجوعی", sender=LEILA))
    got = line.last("leila@example.net", "faq")
    assert "بازگرداندن کالا و وجه" in got.text
    line.put(answer_to(got, "راهنما فضانوردی", sender=LEILA))
    assert "راهنمایی در این باره نداریم" in line.last("leila@example.net", "faq").text


def test_the_command_line(tmp_path):
    config = prepare(tmp_path, CONFIG.read_text("utf-8"))
    for path in ARTICLES.glob("*.md"):
        shutil.copy(path, tmp_path / "articles" / path.name)
    run = CliRunner().invoke
    (first, *_) = json.loads(
        run(main, ["--config", str(config), "article", "search", "forgot my password", "--json"]).stdout
    )
    assert (first["name"], first["language"], first["offered"]) == ("password", "en", True)
    assert len(json.loads(run(main, ["--config", str(config), "article", "list", "--json"]).stdout)) == 24

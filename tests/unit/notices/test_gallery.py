"""The gallery and the command line of templates: everything is there, small, and says where it is from."""

import json
import re

import pytest
from click.testing import CliRunner
from desk_of_samples import EVERY, LANGUAGES, templates

from maildesk.cli import main
from maildesk.notices.data import NOTICES
from maildesk.notices.gallery import gallery, sample
from maildesk.notices.render import DeskTemplates, read_templates

CONFIG = """
[desk]
name = "X"
domain = "example.com"
language = "fa"

[[mailbox]]
name = "support"
address = "support@example.com"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    (tmp_path / "templates" / "de").mkdir(parents=True)
    (tmp_path / "templates" / "de" / "solved.txt").write_text("Gelöst {{ tag }}\n\nFertig.", "utf-8")
    return tmp_path


def run(folder, *words):
    return CliRunner().invoke(main, ["--config", str(folder / "config.toml"), "template", *words])


def test_one_page_holds_every_notice_in_every_language_and_nothing_alive():
    page = gallery(templates(), LANGUAGES)
    assert re.findall(r"<h2>(\w+) ", page) == list(NOTICES)
    assert page.count('lang="fa" dir="rtl"') == page.count('lang="en" dir="ltr"') == len(NOTICES)
    assert not re.search(r"<script|<img|<link|src=", page)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_notice_is_small_and_has_no_fault(name, language):
    shown = sample(templates(), name, language)
    assert shown.problem == ""
    assert len(shown.html.encode()) < 100_000
    assert shown.subject
    assert shown.text.strip()


@pytest.mark.parametrize("name", sorted(NOTICES))
def test_the_sign_stands_before_its_number_in_persian_mails_too(name):
    """After Persian letters a bare #1042 shows its sign behind the number (UAX #9, rule W2)."""
    body = sample(templates(), name, "fa").html.partition("<body")[2]
    bare = re.sub(r'<span dir="ltr">\[?#[0-9]+\]?</span>|style="[^"]*"|bgcolor="[^"]*"|href="[^"]*"', "", body)
    lines = [line for line in re.split("<br>|</?p|</?td", bare) if re.search(r"\[?#[0-9]", line)]
    assert [line for line in lines if re.search("[آ-ی].*#[0-9]", line)] == []


def test_where_templates_are_from_and_what_a_language_lacks(folder):
    rows = json.loads(run(folder, "list", "--json").stdout)
    assert {row["name"]: row["languages"] for row in rows}["solved"] == ["de*", "en", "fa"]
    told = run(folder, "lint", "--json")
    assert told.exit_code == 1
    lacking = [row for row in json.loads(told.stdout) if row["where"] == "de"]
    assert len(lacking) == len(NOTICES) - 1
    assert not DeskTemplates(*read_templates()).missing()


def test_one_notice_on_the_command_line(folder):
    shown = run(folder, "render", "solved")
    assert shown.exit_code == 0
    assert "به گمان ما" in shown.stdout
    assert "Fertig." in run(folder, "render", "solved", "--language", "de").stdout
    assert '<html lang="fa" dir="rtl">' in run(folder, "render", "solved", "--html").stdout
    assert run(folder, "render", "nothing").exit_code == 2


def test_a_broken_template_is_shown_with_its_fault(folder):
    (folder / "templates" / "fa").mkdir()
    (folder / "templates" / "fa" / "solved.txt").write_text("حل شد\n\n{{ nobody }}", "utf-8")
    told = run(folder, "render", "solved")
    assert told.exit_code == 1
    assert "nobody" in told.output
    assert run(folder, "lint").exit_code == 1


def test_the_preview_is_written(folder):
    file = folder / "all.html"
    told = run(folder, "preview", "--output", str(file))
    assert (told.exit_code, str(file) in told.stdout) == (0, True)
    assert "Fertig." in file.read_text("utf-8")

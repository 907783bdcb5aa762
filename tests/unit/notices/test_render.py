"""Templates: fallbacks, the sandbox, lint; every shipped one in both languages."""

import re
from pathlib import Path

import pytest
from desk_of_samples import EVERY, LANGUAGES, templates

from maildesk.notices.data import NOTICES
from maildesk.notices.render import OUTPUT_LIMIT, DeskTemplates, read_templates
from maildesk.notices.samples import sample_values
from maildesk.notices.words import MARKERS


def values(name="solved", language="en"):
    return next(iter(sample_values(name, language)))


def own(text, name="solved", language="en", *, html=None, desk_language="en"):
    shipped, _ = read_templates()
    mine = {(language, f"{name}.txt"): (f"/etc/maildesk/{language}/{name}.txt", text)}
    if html is not None:
        mine[language, f"{name}.html"] = (f"/etc/maildesk/{language}/{name}.html", html)
    return DeskTemplates(shipped, mine, language=desk_language)


def test_every_notice_has_a_template_in_both_languages():
    assert templates().names() == tuple(sorted(NOTICES))
    assert templates().languages() == LANGUAGES
    shipped, _ = read_templates()
    assert {(language, f"{name}.txt") for name, language in EVERY} <= set(shipped)


def test_the_shipped_templates_are_without_fault():
    assert templates().lint() == []


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_template_reads_well_with_much_and_with_little_data(name, language):
    for known in sample_values(name, language):
        rendered = templates().render(name, language, known)
        assert rendered.problem == ""
        assert rendered.subject
        assert "\n\n\n" not in rendered.text
        assert not re.search(r"None|\{[{%']|\[\]|\(\)| ,| \.$|^ ", rendered.text, re.MULTILINE), rendered.text


@pytest.mark.parametrize("name", sorted(NOTICES))
def test_persian_templates_are_spelt_with_persian_letters(name):
    text = read_templates()[0]["fa", f"{name}.txt"][1]
    assert not re.search("[يكىةٱ٠-٩]", text)
    assert not re.search("(?:^| )(?:می|نمی) [آ-ی]", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notification_begins_with_its_marker(language):
    rendered = templates().render("notification", language, values("notification", language))
    assert rendered.text.startswith(MARKERS[language] + "\n")


def test_an_admins_template_comes_first():
    rendered = own("Mine {{ tag }}\n\nBody of {{ desk }}.\n").render("solved", "en", values())
    assert (rendered.subject, rendered.text, rendered.problem) == ("Mine [#1042]", "Body of Example.\n", "")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("S\n\nHello\n{{ nothing }}\n", 4, "'nothing' is undefined"),
        ("S {{ nothing }}\n\nHello\n", 1, "'nothing' is undefined"),
        ("S\n\n{% if %}\n", 3, "TemplateSyntaxError"),
        ("S\n\n\n{{ ticket.assignee }}", 4, "assignee"),
        ("S\n\n{{ 1 / 0 }}", 3, "ZeroDivisionError"),
        ("S\n\n{{ desk.__class__.__mro__ }}", 3, "SecurityError"),
        ("S\n\n{{ 'a' * 10 ** 9 }}", 3, "SecurityError"),
        ("S\n\n{{ 10 ** 9 }}", 3, "SecurityError"),
        ("S\n\n{{ text.replace('a', text) }}{{ now|nofilter }}", 3, "nofilter"),
        ("S\n\n{% include 'x' %}", 3, ""),
        ("S\n\n{{ range(10 ** 9) }}", 3, ""),
    ],
)
def test_a_broken_template_gives_the_shipped_one_and_says_where(text, line, words):
    broken = own(text)
    rendered = broken.render("solved", "en", values())
    assert rendered.text == templates().render("solved", "en", values()).text
    assert rendered.problem.startswith(f"/etc/maildesk/en/solved.txt:{line}: ")
    assert words in rendered.problem
    (problem,) = broken.lint()
    assert str(problem) == rendered.problem


def test_a_template_without_end_is_cut_off():
    endless = "S\n\n{% for a in rows %}{% for b in rows %}{{ desk }}{% endfor %}{% endfor %}"
    rendered = own(endless).render("solved", "en", {**values(), "rows": range(3000)})
    assert f"more than {OUTPUT_LIMIT} characters" in rendered.problem


def test_values_cannot_be_changed_by_a_template():
    rendered = own("S\n\n{{ rows.append(1) }}").render("solved", "en", {**values(), "rows": []})
    assert "SecurityError" in rendered.problem


@pytest.mark.parametrize(("language", "expected"), [("fa", "fa"), ("fa-IR", "fa"), ("de", "fa"), ("en", "en")])
def test_a_language_without_templates_falls_back_to_that_of_the_desk(language, expected):
    desk = DeskTemplates(*read_templates(), language="fa")
    assert desk.render("solved", language, values()).language == expected


def test_without_any_template_there_is_still_a_text():
    bare = DeskTemplates({})
    assert bare.render("acknowledgement", "fa", {"tag": "[#7]", "text": "secret"}).text == "پیام شما به دست ما رسید.\n"
    answer = bare.render("answer", "en", {"tag": "[#7]", "subject": "Re: x [#7]", "text": "Hello"})
    assert (answer.subject, answer.text) == ("Re: x [#7]", "Hello\n")
    assert "no template 'answer'" in answer.problem


def test_html_is_escaped_and_stands_on_the_text():
    mine = own("S\n\n{{ text }}", html="<b>{{ text }}</b>{{ text_html }}")
    rendered = mine.render("solved", "en", {**values(), "text": "<script>&"})
    assert rendered.html == "<b>&lt;script&gt;&amp;</b><p>&lt;script&gt;&amp;</p>"


def test_html_without_its_text_is_a_fault():
    shipped, _ = read_templates()
    (problem,) = DeskTemplates(shipped, {("en", "x.html"): ("/etc/x.html", "")}).lint()
    assert str(problem) == "/etc/x.html:1: there is no x.txt beside it"


def test_an_admins_folder_is_read(tmp_path):
    (tmp_path / "de").mkdir()
    (tmp_path / "de" / "solved.txt").write_text(
        "Gelöst {{ tag }}\n\nSeit {{ ticket.opened_at|date }}.", encoding="utf-8"
    )
    (tmp_path / "de" / "notes.md").write_text("no template", encoding="utf-8")
    (tmp_path / "readme.txt").write_text("no template", encoding="utf-8")
    desk = DeskTemplates(*read_templates(tmp_path))
    rendered = desk.render("solved", "de", values())
    assert rendered.subject == "Gelöst [#1042]"
    assert rendered.text == "Seit Samstag, 21. November 2026.\n"
    assert desk.lint() == []
    assert read_templates(tmp_path / "absent")[1] == {}


def test_every_notice_and_field_is_documented_and_nothing_else():
    text = (Path(__file__).parents[3] / "docs" / "templates.md").read_text("utf-8").partition("\n## Notices\n")[2]
    found = {}
    for section in text.split("\n### ")[1:]:
        found[section.split("`")[1]] = set(re.findall(r"(?m)^\| `(\w+)`", section))
    assert found == {name: {field.name for field in spec.fields} for name, spec in NOTICES.items()}

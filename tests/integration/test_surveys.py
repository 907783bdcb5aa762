"""When surveys are asked, when not, and how they are answered by mail."""

from email.utils import parseaddr
from urllib.parse import unquote

import pytest
from line import CONFIG, Line, answer_to, write
from markupsafe import Markup
from selectolax.lexbor import LexborHTMLParser

LEILA = "Leila <leila@example.net>"


@pytest.fixture
def line(tmp_path):
    config = CONFIG.read_text("utf-8").replace("[survey]\nenabled = false", '[survey]\nenabled = true\ndelay = "5h"')
    one = Line(
        tmp_path,
        config.replace('group     = "service"', 'group     = "service"\ncalendar  = "office"', 1) + _calendar(),
    )
    yield one
    assert list(one.broken()) == []
    one.close()


def _calendar():
    return (
        '\n[[calendar]]\nname = "office"\ntimezone = "Asia/Tehran"\n'
        'week = { sat = "9:00-17:00", sun = "9:00-17:00", mon = "9:00-17:00", tue = "9:00-17:00", wed = "9:00-17:00" }\n'
    )


def helped(line, subject="Cannot log in"):
    line.put(write(LEILA, subject, "Hello, I cannot log in. Please help."))
    told = [one for one in line.left if one.notice == "notification"][-1]
    line.put(answer_to(told, "It is settled: please try again.", tag="[solved]"))
    line.wait(60)


def test_a_survey_waits_for_working_hours(line):
    helped(line)  # Sunday, 12:31 in Tehran
    line.wait(5 * 3600)  # 17:31: closed
    assert not line.to("leila@example.net", "survey")
    assert [row["state"] for row in line.store.look.surveys()] == ["queued"]
    line.wait(15 * 3600 + 1800)  # Monday, 9:01
    assert len(line.to("leila@example.net", "survey")) == 1


def test_a_survey_is_withdrawn_when_the_ticket_opens_again(line):
    helped(line)
    line.wait(5 * 3600)
    line.put(answer_to(line.last("leila@example.net", ""), "It still does not work!", sender=LEILA))
    assert line.tickets()[0].status == "open"
    assert [row["state"] for row in line.store.look.surveys()] == ["cancelled"]
    line.wait(48 * 3600)
    assert not line.to("leila@example.net", "survey")
    told = [one for one in line.left if one.notice == "notification"][-1]
    line.put(answer_to(told, "Now it does.", tag="[solved]"))
    line.wait(60)
    for _ in range(5):  # over Thursday and Friday
        line.wait(24 * 3600)
    assert len(line.to("leila@example.net", "survey")) == 1


def test_a_person_is_asked_about_one_ticket_at_a_time(line):
    helped(line)
    helped(line, "Another thing")
    line.wait(24 * 3600)
    assert len(line.to("leila@example.net", "survey")) == 1
    assert "Another thing" in line.last("leila@example.net", "survey").mail["Subject"]


@pytest.mark.parametrize("keeps_body", [True, False])
def test_a_button_of_the_survey_votes_even_where_the_mail_program_drops_the_text(line, keeps_body):
    helped(line)
    line.wait(24 * 3600)
    survey = line.last("leila@example.net", "survey")
    html = survey.mail.get_body(("html",)).get_content()
    buttons = [link for link in LexborHTMLParser(html).css("a") if link.attributes["href"].startswith("mailto:")]
    assert [link.text() for link in buttons] == ["1", "2", "3", "4", "5"]
    to, _, query = buttons[3].attributes["href"].removeprefix("mailto:").partition("?")
    fields = {name: unquote(value) for name, _, value in (pair.partition("=") for pair in query.split("&"))}
    assert to == parseaddr(survey.mail["Reply-To"])[1]
    line.put(write(LEILA, fields["subject"], fields["body"] if keeps_body else "", to=to))
    assert line.store.look.surveys()[0]["stars"] == 4


def test_an_empty_reply_is_no_vote(line):
    helped(line, "5 - five things")
    line.wait(24 * 3600)
    line.put(answer_to(line.last("leila@example.net", "survey"), "", sender=LEILA))
    assert line.store.look.surveys()[0]["stars"] is None


def test_nothing_of_the_customer_can_break_out_of_the_buttons(line):
    helped(line, '"><script>x</script>&body=1')
    line.wait(24 * 3600)
    html = line.last("leila@example.net", "survey").mail.get_body(("html",)).get_content()
    assert "<script" not in html
    assert Markup('"&gt;') not in html
    for link in LexborHTMLParser(html).css("a"):
        assert link.attributes["href"].count("body=") == 1

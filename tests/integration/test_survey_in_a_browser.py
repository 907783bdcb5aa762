"""The survey page in a real Chromium: it looks as meant under its own content policy, needs no script, votes once."""

import pytest
from browser import MISSING, browser, tab
from test_survey_page import everything, line, links, site, solved  # noqa: F401 - fixtures

from maildesk.web.serve import serving

pytestmark = pytest.mark.skipif(browser() is None, reason=MISSING)


@pytest.fixture
def page():
    with tab() as one:
        one.send("Emulation.setScriptExecutionDisabled", value=True)
        yield one


def test_it_is_read_from_the_right_and_looking_changes_nothing(line, site, page):  # noqa: F811 - fixtures
    solved(line)
    (path,) = [path for mail in line.left for path in links(mail)]
    before = everything(line)
    with serving(site, "127.0.0.1", 0) as port:
        for _ in range(2):
            page.open(f"http://127.0.0.1:{port}{path}")
            assert "چقدر راضی هستید" in page.html()
    assert page.style("h1")["direction"] == "rtl"
    assert page.style("button")["background-color"] == "rgb(36, 87, 166)", "its own policy forbids its style"
    assert float(page.style("html")["width"].removesuffix("px")) == 390
    assert [event for event in page.events if event["method"] == "Log.entryAdded"] == []
    assert everything(line) == before


def test_the_button_votes_once(line, site, page):  # noqa: F811 - fixtures
    path = solved(line)
    with serving(site, "127.0.0.1", 0) as port:
        page.open(f"http://127.0.0.1:{port}{path}")
        page.click('input[value="5"]')
        assert line.store.look.surveys()[0]["stars"] is None, "choosing a number is not sending it"
        page.events.clear()
        page.click("button")
        page.loaded()
        assert "سپاسگزاریم: ۵ از ۵" in page.html()
    ratings = [one for one in line.store.look.entries(line.tickets()[0].number) if one.kind == "rating"]
    assert len(ratings) == 1
    assert line.store.look.surveys()[0]["stars"] == 5


def test_the_button_alone_asks_for_a_number(line, site, page):  # noqa: F811 - fixtures
    path = solved(line)
    before = everything(line)
    with serving(site, "127.0.0.1", 0) as port:
        page.open(f"http://127.0.0.1:{port}{path}")
        page.click("button")
        assert page.node("form")
    assert everything(line) == before

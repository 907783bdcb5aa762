"""The page on which surveys are answered: who may, what looking does (nothing), what a vote does."""

import hashlib
import io
import re
import urllib.error
import urllib.request
from datetime import timedelta
from urllib.parse import urlencode
from wsgiref.validate import validator

import pytest
import sqlalchemy as sa
from line import CONFIG, Line, answer_to, write

from maildesk.model import tokens
from maildesk.store.schema import metadata
from maildesk.web.serve import serving
from maildesk.web.site import Site

LEILA, JOHN = "Leila <leila@example.net>", "John <john@example.org>"
HTTP = '\n[http]\nbase_url = "https://desk.example.com/"\n'


@pytest.fixture
def line(tmp_path):
    config = CONFIG.read_text("utf-8").replace("[survey]\nenabled = false", '[survey]\nenabled = true\ndelay = "1h"')
    one = Line(tmp_path, config + HTTP)
    yield one
    assert list(one.broken()) == []
    one.close()


@pytest.fixture
def site(line):
    return Site(line.store, lambda: line.desk, line.clock, lambda: "")


def solved(line, who=LEILA, subject="مبلغ فاکتور", text="سلام، مبلغ فاکتور اشتباه است."):
    """Somebody is helped and asked; returns the path of their link."""
    line.put(write(who, subject, text))
    told = [one for one in line.left if one.notice == "notification"][-1]
    line.put(answer_to(told, "It is settled: please try again.", tag="[solved]"))
    line.wait(60)
    line.wait(3 * 3600)
    return links(line.last(who.split("<")[1].strip(">"), "survey"))[0]


def links(mail):
    return list(dict.fromkeys(re.findall(r"https://desk\.example\.com(/rate/[a-z0-9-]+)", mail.everything)))


def ask(site, path, method="GET", body="", kind="application/x-www-form-urlencoded", **environ):
    got = {}

    def start(status, headers, exc_info=None):
        got.update(status=int(status[:3]), headers=dict(headers))
        return lambda data: None

    raw = body if isinstance(body, bytes) else urlencode(body).encode() if body else b""
    request = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", "SERVER_NAME": "desk.example.com",
        "SERVER_PORT": "443", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(raw), "wsgi.errors": io.StringIO(), "wsgi.multithread": True, "wsgi.multiprocess": False,
        "wsgi.run_once": False, "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(raw)), **environ,
    }  # fmt: skip
    answer = validator(site)(request, start)
    text = b"".join(answer).decode()
    answer.close()
    return got["status"], text, got["headers"]


def everything(line):
    """A digest of every row of every table."""
    with line.store.engine.connect() as connection:
        rows = [
            (table.name, sorted(map(repr, connection.execute(sa.select(table)))))
            for table in metadata.sorted_tables
            if table.name in sa.inspect(connection).get_table_names()
        ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_looking_at_every_link_of_every_mail_twice_changes_nothing(line, site):
    """A49: link scanners fetch everything."""
    solved(line)
    found = [path for mail in line.left for path in links(mail)]
    assert len(found) == 1
    before = everything(line)
    for path in found * 2:
        for method in ("GET", "HEAD"):
            status, _, _ = ask(site, path, method)
            assert status == 200
    assert everything(line) == before


def test_a_vote_counts_like_a_reply(line, site):
    path = solved(line)
    status, text, _ = ask(site, path, "POST", {"stars": "5", "comment": "عالی بود"})
    assert status == 200
    assert "۵" in text
    ticket = line.tickets()[0]
    entry = line.store.look.entries(ticket.number)[-1]
    assert any(
        one.kind == "rating" and one.author == "leila@example.net" for one in line.store.look.entries(ticket.number)
    )
    assert entry.text == "عالی بود" or entry.kind != "rating"
    (row,) = line.store.look.surveys()
    assert (row["stars"], row["comment"]) == (5, "عالی بود")


def test_the_last_answer_counts_whichever_way_it_came(line, site):
    path = solved(line)
    ask(site, path, "POST", {"stars": "4"})
    line.put(answer_to(line.last("leila@example.net", "survey"), "۳", sender=LEILA))
    assert line.store.look.surveys()[0]["stars"] == 3
    ask(site, path, "POST", {"stars": "5"})
    assert line.store.look.surveys()[0]["stars"] == 5


def test_a_low_vote_reopens_and_the_lead_hears_of_it(line, site):
    path = solved(line)
    ask(site, path, "POST", {"stars": "1", "comment": "بد بود"})
    line.wait(60)
    assert line.tickets()[0].status == "open"
    assert "بد بود" in line.last("mina@example.com", "notification").text


def test_a_link_is_for_one_person_and_one_survey(line, site):
    """A13: tokens cannot be swapped, made up or taken from a reply address."""
    mine, theirs = solved(line), solved(line, JOHN, "Cannot log in", "Hello, I cannot log in. Please help.")
    assert mine != theirs
    body, mac = mine.removeprefix("/rate/").split("-")
    other, other_mac = theirs.removeprefix("/rate/").split("-")
    row = tokens.read_link(line.desk.key, f"{body}-{mac}")
    reply = tokens.mint(line.desk.key, tokens.Right.SURVEY, row)
    wrong = [
        f"/rate/{body}-{other_mac}", f"/rate/{other}-{mac}", f"/rate/{body}-{mac[:-1]}", f"/rate/{mac}", f"/rate/{reply}",
        "/rate/", "/rate/-", f"/rate/{body}-", "/rate/ا-ب", f"/rate/{'a' * 5000}-{mac}", f"{mine}/x", "/", "/rate",
        f"/rate/{tokens.mint_link(line.desk.key, 10**6)}", f"/rate/{tokens.mint_link(bytes(32), row)}",
    ]  # fmt: skip
    before = everything(line)
    for path in wrong:
        for method in ("GET", "POST"):
            assert ask(site, path, method, {"stars": "5"})[0] == 404, path
    assert everything(line) == before
    assert len(mac) * 5 >= 128


def test_other_tokens_open_nothing(line, site):
    solved(line)
    for row in range(1, 12):
        token = line.store.look.token(row)
        if token and token.right is not tokens.Right.SURVEY:
            assert ask(site, f"/rate/{tokens.mint_link(line.desk.key, row)}")[0] == 404


def test_a_survey_ends(line, site):
    path = solved(line)
    line.now += timedelta(days=29)
    assert ask(site, path)[0] == 200
    line.now += timedelta(days=2)
    assert ask(site, path)[0] == 404
    assert ask(site, path, "POST", {"stars": "5"})[0] == 404
    line.put(answer_to(line.last("leila@example.net", "survey"), "۵", sender=LEILA))
    assert not any(entry.kind == "rating" for entry in line.store.look.entries(line.tickets()[0].number))


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ({}, "application/x-www-form-urlencoded"),
        ({"stars": "6"}, "application/x-www-form-urlencoded"),
        ({"stars": "۵"}, "application/x-www-form-urlencoded"),
        ({"stars": "5" * 20000}, "application/x-www-form-urlencoded"),
        ({"stars": "5"}, "application/json"),
        (b"\xff\xfe=&&&", "application/x-www-form-urlencoded"),
    ],
)
def test_a_form_without_a_number_is_shown_again(line, site, form, kind):
    path = solved(line)
    before = everything(line)
    status, text, _ = ask(site, path, "POST", form, kind)
    assert (status, everything(line)) == (400, before)
    assert "لطفاً یک عدد را انتخاب کنید" in text


def test_the_page_is_safe_and_speaks_the_customers_language(line, site):
    """A50, X2."""
    _status, text, headers = ask(site, solved(line, subject="<script>x</script> فاکتور"))
    assert '<html lang="fa" dir="rtl">' in text
    assert "۵" in text
    assert not re.search(r"<script|https?:| on\w+=|فاکتور|leila", text)
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = __import__("base64").b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in headers["Content-Security-Policy"]
    assert (
        ask(site, solved(line, JOHN, "Cannot log in", "Hello, I cannot log in. Please help."))[1].count('dir="ltr"')
        >= 1
    )


def test_methods_health_and_metrics(line, site):
    path = solved(line)
    status, _, headers = ask(site, path, "DELETE")
    assert (status, headers["Allow"]) == (405, "GET, HEAD, POST")
    assert ask(site, "/healthz")[:2] == (200, "ok\n")
    assert "maildesk_heartbeat_seconds" in ask(site, "/metrics")[1]
    assert "leila" not in ask(site, "/metrics")[1]
    assert ask(site, "/metrics", "POST")[0] == 404
    sick = Site(line.store, lambda: line.desk, line.clock, lambda: "threads have ended: watch support")
    assert ask(sick, "/healthz")[0] == 503


def test_a_real_server(line, site):
    path = solved(line)
    with serving(site, "127.0.0.1", 0) as port:
        url = f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(url + path) as page:
            assert page.status == 200
            assert not page.headers["Server"]
        with urllib.request.urlopen(url + path, data=urlencode({"stars": 4}).encode()) as page:
            assert page.status == 200
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(url + "/rate/x-y")
    assert line.store.look.surveys()[0]["stars"] == 4


def test_no_link_without_a_public_address(tmp_path):
    config = CONFIG.read_text("utf-8").replace("[survey]\nenabled = false", '[survey]\nenabled = true\ndelay = "1h"')
    line = Line(tmp_path, config)
    line.put(write(JOHN, "Cannot log in", "Hello, I cannot log in. Please help."))
    line.put(
        answer_to(
            [one for one in line.left if one.notice == "notification"][-1],
            "It is settled: please try again.",
            tag="[solved]",
        )
    )
    line.wait(60)
    line.wait(3 * 3600)
    assert "click" not in line.last("john@example.org", "survey").text
    line.close()

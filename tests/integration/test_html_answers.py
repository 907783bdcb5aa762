"""An answer that its author wrote with bold letters, lists, a table and a picture reaches the customer as it was meant.

Each mail program's reply is built as it builds it, then what was typed is put into its place. Whatever leaves is taken
apart to its last decoded byte: nothing of the notification, of notes or of the agent may be anywhere in it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from email.message import EmailMessage
from html import unescape
from urllib.parse import unquote

import pytest
from line import CONFIG, Left, Line, answer_to, write
from quoted_replies import CLIENTS, UNMARKED, sent_by

CANARY = "NOTE-CANARY-4711 the customer has not paid"
OMID = "omid@example.com"
PLACE = "PLACEHOLDER1 LINE2"
SHOT, LOGO, THEIRS = b"\x89PNG shot", b"\x89PNG logo", b"\x89PNG theirs"
RICH = (
    "<div>Hello <b>John</b>,</div><ul><li>clear your <i>cookies</i></li><li>try again</li></ul>"
    '<div>as <a href="https://example.org/guide?a=1&amp;b=2">the guide</a> says:</div>'
    '<table border="1"><tr><td style="border:solid 1pt">key</td><td>value</td></tr></table>'
    '<div><img src="cid:shot@laptop.omid.example" alt="shot.png" width="200"></div>'
)
PLAIN = {
    "gmail": "Hello *John*,\n\n   - clear your *cookies*\n   - try again\n\nas the guide <https://example.org/guide?a=1&b=2>"
    " says:\nkey value\n[image: shot.png]",
    "outlook": "Hello John,\n\n  *   clear your cookies\n  *   try again\n\nas the guide<https://example.org/guide?a=1&b=2>"
    " says:\nkey\nvalue\n[cid:shot@laptop.omid.example]",
    "apple": "Hello John,\n\nclear your cookies\ntry again\n\nas the guide says:\nkey\tvalue\n",
}
FLAVOUR = {"gmail": "gmail", "gmail-android": "gmail", "outlook": "outlook", "outlook-web": "outlook",
           "outlook-mobile": "outlook", "apple-mail": "apple", "iphone": "apple", "thunderbird": "gmail"}  # fmt: skip
SIGNED = '<div>-- <br></div><div>Omid Karimi<br><img src="cid:logo@laptop.omid.example"></div>'
_NUMBERS = itertools.count(1)
_CONFIG = CONFIG.read_text("utf-8") + "\n[gate]\ndomain_hour = 100000\ntotal_hour = 100000\n"


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    rules = '[[rule]]\nname = "all to Omid"\non = ["opened"]\nthen = [ { assign = "omid" } ]\n'
    desk = Line(tmp_path_factory.mktemp("desk"), _CONFIG, rules=rules)
    yield desk
    assert list(desk.broken()) == []
    desk.close()


def asked(line: Line) -> tuple[str, Left]:
    """A new customer asks, with a picture, and a note is written; their address, and the notification to Omid."""
    customer = f"rich{next(_NUMBERS)}@example.org"
    mail = write(customer, "Cannot log in", "I cannot log in.\n", html='<p>I cannot log in. <img src="cid:theirs"></p>')
    mail.get_payload()[1].add_related(THEIRS, "image", "png", cid="<theirs>")
    line.put(mail)
    got = line.last(OMID, "notification")
    line.put(answer_to(got, CANARY, tag="[note]"))
    return customer, got


def reply(got: Left, name: str, *, below: bool = False, html_only: bool = False, html: str = RICH) -> EmailMessage:
    """Omid's reply with a picture, his signature's logo, and the notification's picture that his program sends along."""
    text, page = CLIENTS[name](PLACE, got, "en", below=below)
    assert PLACE in page
    page = page.replace(PLACE, html, 1).replace("</blockquote>", '<img src="cid:theirs@now"></blockquote>', 1)
    mail = sent_by(got, (text.replace(PLACE, PLAIN[FLAVOUR[name]], 1), page), html_only=html_only)
    files = [(SHOT, "shot@laptop.omid.example"), (THEIRS, "theirs@now"), (LOGO, "logo@laptop.omid.example")]
    whole = mail if html_only else mail.get_payload()[1]
    for data, cid in files if SIGNED in html else files[:2]:
        whole.add_related(data, "image", "png", cid=f"<{cid}>", filename=f"{cid.partition('@')[0]}.png")
    return mail


def every_byte(left: Left) -> str:
    """A mail decoded as far as it can be: headers, file names, texts, and pages with their references resolved."""
    found = [left.content.decode("ascii"), left.everything]
    for part in left.mail.walk():
        if not part.is_multipart():
            data = (part.get_payload(decode=True) or b"").decode("utf-8", "replace")
            found += [str(part.items()), data, unescape(data), unquote(unescape(data))]
    return " ".join("\n".join(found).split())


def assert_clean(left: Left, got: Left, customer: str) -> None:
    """Nothing that is the desk's alone is in any byte."""
    everything = every_byte(left)
    tokens = {word.partition("@")[0].strip("<>\u2068") for word in got.text.split() if "support+" in word}
    lines = {" ".join(one.split()) for one in got.text.splitlines() if len(one.strip()) > 19 and "log in" not in one}
    secrets = {
        CANARY,
        CANARY.split(maxsplit=1)[0],
        OMID,
        got.header("Reply-To").partition("@")[0],
        "laptop.omid",
        *tokens,
        *lines,
    }
    assert [secret for secret in secrets - {customer} if secret in everything] == []


def page_of(left: Left) -> str:
    return next(part.get_content() for part in left.mail.walk() if part.get_content_type() == "text/html")


def files_of(left: Left) -> list[bytes]:
    return [part.get_payload(decode=True) for part in left.mail.walk() if part.get_content_maintype() == "image"]


@pytest.mark.parametrize("html_only", [False, True], ids=["both", "html"])
@pytest.mark.parametrize("below", [False, True], ids=["above", "below"])
@pytest.mark.parametrize("name", FLAVOUR)
def test_what_was_formatted_arrives_formatted(line: Line, name: str, below: bool, html_only: bool) -> None:
    customer, got = asked(line)
    line.put(reply(got, name, below=below, html_only=html_only))
    if below and name in UNMARKED:
        assert line.to(customer, "") == []
        return
    (left,) = line.to(customer, "")
    assert_clean(left, got, customer)
    page = page_of(left)
    for wanted in ("<b>John</b>", "<li>try again</li>", 'href="https://example.org/guide?a=1&amp;b=2"', ">value</td>"):
        assert wanted in page
    assert "Example Shop" in page, "the mailbox's signature"
    assert files_of(left) == [SHOT]
    (picture,) = [part for part in left.mail.walk() if part.get_content_maintype() == "image"]
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in page


@pytest.mark.parametrize("name", FLAVOUR)
def test_a_signature_of_the_agents_own_stays_behind_with_its_logo(line: Line, name: str) -> None:
    customer, got = asked(line)
    mail = reply(got, name, html_only=True, html=RICH + SIGNED)
    line.put(mail)
    (left,) = line.to(customer, "")
    assert_clean(left, got, customer)
    assert "<b>John</b>" in page_of(left)
    assert "Omid Karimi<" not in page_of(left)
    assert LOGO not in files_of(left)


HIDDEN = {
    "comment": f"<!-- {CANARY} -->",
    "hidden": f'<span style="display:none">{CANARY}</span>',
    "title": f'<b title="{CANARY}">&nbsp;</b>',
    "alt": f'<img src="https://example.net/x.png" alt="{CANARY}">',
    "class": f'<i class="{CANARY}" id="{OMID}"> </i>',
    "style": f"<style>p {{ content: '{CANARY}' }}</style>",
    "remote": f'<img src="https://example.net/?{OMID}">',
    "script": f"<script>var a = '{CANARY}'</script>",
}


@pytest.mark.parametrize("how", HIDDEN)
def test_what_nobody_sees_in_a_reply_does_not_leave(line: Line, how: str) -> None:
    customer, got = asked(line)
    line.put(reply(got, "gmail", html=RICH.replace("Hello", f"Hello {HIDDEN[how]}")))
    (left,) = line.to(customer, "")
    assert_clean(left, got, customer)
    assert "<b>John</b>" in page_of(left)


@pytest.mark.parametrize(
    "link", ["mailto:{token}", "mailto:{quoted}", f"https://example.net/?for={OMID}", "https://example.net/?r={quoted}",
             "https://example.net/?for=omid%40example.com", "&#109;ailto:{token}"]
)  # fmt: skip
def test_a_link_that_gives_something_away_costs_the_formatting(line: Line, link: str) -> None:
    customer, got = asked(line)
    token = got.header("Reply-To")
    link = link.format(token=token, quoted=token.replace("+", "%2B").replace("@", "%40"))
    mail = reply(got, "apple-mail", html=RICH.replace("https://example.org/guide?a=1&amp;b=2", link))
    line.put(mail)
    (left,) = line.to(customer, "")
    assert_clean(left, got, customer)
    assert "<b>John</b>" not in page_of(left)
    assert "clear your cookies" in page_of(left)


def test_html_that_says_more_than_the_text_is_not_sent(line: Line) -> None:
    customer, got = asked(line)
    line.put(reply(got, "gmail", html=RICH.replace("cookies", f"cookies {CANARY}")))
    (left,) = line.to(customer, "")
    assert_clean(left, got, customer)
    assert "<b>John</b>" not in page_of(left)
    assert THEIRS not in files_of(left)


def test_a_held_answer_keeps_its_looks_when_it_is_sent(line: Line) -> None:
    customer, got = asked(line)
    line.put(write(customer, "Re: Cannot log in", "And one more thing.", **{"In-Reply-To": got.header("Message-ID")}))
    line.put(write(customer, f"Re: [#{line.tickets()[-1].number}]", "Hello?", In_Reply_To="<x@example.org>"))
    line.put(reply(got, "gmail"))
    if line.to(customer, ""):
        pytest.fail("the customer wrote meanwhile: it must be held")
    line.put(answer_to(line.last(OMID, "held"), "send"))
    (left,) = line.to(customer, "")
    assert "<b>John</b>" in page_of(left)
    assert files_of(left) == [SHOT]


def test_an_answer_that_solves_says_so_in_text_and_page_and_is_the_only_mail(line: Line) -> None:
    customer, got = asked(line)
    mail = reply(got, "gmail")
    mail.replace_header("Subject", f"{mail['Subject']} [solved]")
    line.put(mail)
    line.wait(120)
    (left,) = [one for one in line.to(customer) if one.notice != "acknowledgement"]
    assert "<b>John</b>" in page_of(left)
    assert "We consider your request" in left.text
    assert "We consider your request" in page_of(left)


def test_a_persian_answer_to_a_persian_customer_is_written_from_the_right(line: Line) -> None:
    customer = "leila.rich@example.net"
    line.put(write(customer, "ورود", "سلام،\n\nاز امروز صبح نمی‌توانم وارد شوم و کارم مانده است."))
    got = line.last(OMID, "notification")
    rich = '<div dir="ltr">سلام، <b>رمز</b> را عوض کنید.</div><div>press <i>Reset</i></div>'
    text, page = CLIENTS["gmail"](PLACE, got, "en")
    said = "سلام، *رمز* را عوض کنید.\npress *Reset*"
    line.put(sent_by(got, (text.replace(PLACE, said, 1), page.replace(PLACE, rich, 1))))
    sent = page_of(line.last(customer, ""))
    assert '<html lang="fa" dir="rtl">' in sent
    assert "<b>رمز</b>" in sent
    assert '<div dir="ltr">press <i>Reset</i></div>' in sent
    assert 'dir="ltr">سلام' not in sent


@pytest.mark.parametrize("unclear", ["", "and more"])
def test_a_picture_of_a_note_that_a_mail_program_made_smaller_does_not_leave(line: Line, unclear: str) -> None:
    customer, got = asked(line)
    line.put(answer_to(got, "Please look.", tag="[note; watch mina]"))
    note = answer_to(line.last("mina@example.com"), "What the admin sees.", tag="[note]")
    note.make_mixed()
    note.add_attachment(b"\x89PNG admin", "image", "png", filename="admin.png", cid="<admin@mina.example>")
    line.put(note)
    got = line.last(OMID, "note")
    text, page = CLIENTS["outlook"](PLACE, got, "en")
    page = page.replace(PLACE, f"<b>Hi there</b> {unclear}", 1).replace("</body>", '<img src="cid:small"></body>')
    mail = sent_by(got, (text.replace(PLACE, "Hi there", 1), page))
    mail.replace_header("To", next(word for word in got.text.split() if word.startswith("support+r")))
    mail.get_payload()[1].add_related(b"\x89PNG small", "image", "png", cid="<small>", filename="image001.png")
    line.put(mail)
    assert [files_of(left) for left in line.to(customer, "")] == ([] if unclear else [[]])
    if unclear:
        assert "whether its pictures are yours" in line.last(OMID, "held").text

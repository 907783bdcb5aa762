"""Nothing internal leaves by a reply, whatever client writes it, wherever it writes, in either language.

Each case is a ticket of its own on one desk per language: a customer writes, the agent gets the notification, and
answers it with a mail as their client builds it. Either the customer gets the answer and nothing of the notification,
or nobody gets anything and the agent is asked.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from line import CONFIG, Left, Line, write
from quoted_replies import CLIENTS, UNMARKED, Built, forward, interleaved, marked, sent_by

ASKED = {
    "en": "Hello,\n\nsince this morning I see error LOGIN-77 and cannot log in.\n\nJohn",
    "fa": "سلام،\n\nاز امروز صبح با خطای ورود روبه‌رو هستم و کارم مانده است.\n\nلیلا",
}
REPLY = {
    "en": "Hello John,\n\nplease clear your cookies and try again: ANSWER-1.",
    "fa": "خانم رضایی،\n\nلطفاً مرورگر را ببندید و دوباره وارد شوید: ANSWER-1.",
}
LINE_OF_THEIRS = {"en": "since this morning I see", "fa": "از امروز صبح با خطای"}
AGENT = {"en": "omid@example.com", "fa": "sara@example.com"}
CANARY = "NOTE-CANARY-4711 the customer has not paid"
_CUSTOMERS = itertools.count(1)
_UNLIMITED = "\n[gate]\naddress_hour = 100000\naddress_day = 100000\ndomain_hour = 100000\ntotal_hour = 100000\n"
_RULES = """
[[rule]]
name = "Persian goes to Sara"
on   = ["opened"]
when = { language = "fa" }
then = [ { assign = "sara" } ]

[[rule]]
name = "the rest goes to Omid"
on   = ["opened"]
when = { assignee = "" }
then = [ { assign = "omid" } ]
"""


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    desk = Line(tmp_path_factory.mktemp("desk"), CONFIG.read_text("utf-8") + _UNLIMITED, rules=_RULES)
    yield desk
    desk.close()


def asked(line: Line, language: str) -> tuple[str, Left]:
    """A new customer asks; their address, and the notification that the agent got."""
    customer = f"customer{next(_CUSTOMERS)}@example.org"
    line.put(write(f"Customer <{customer}>", {"en": "Cannot log in", "fa": "ورود"}[language], ASKED[language]))
    got = line.last(AGENT[language], "notification")
    return customer, got


def internal_lines(customer: str, got: Left, language: str) -> set[str]:
    """Lines of a notification that only the desk may see: all of 20 characters or more but what is the customer's."""
    theirs = {bare(line) for line in ASKED[language].splitlines()} | {customer}
    lines = {bare(line) for line in (*got.text.splitlines(), got.header("Subject"))}
    return {line for line in lines if len(line) >= 20 and line not in theirs} | {bare(got.text.splitlines()[0])}


def bare(text: str) -> str:
    """A text without what is not seen, and without white space at its ends."""
    return " ".join("".join(char for char in text if char not in "\u2066\u2067\u2068\u2069\u200e\u200f\ufeff").split())


def what_leaks(mail: Left, got: Left, language: str) -> list[str]:
    """What of the notification, its addresses, or the desk's notes stands in a mail."""
    everything = bare(mail.everything.replace(">", " "))
    secrets = {AGENT[language], CANARY, got.header("Reply-To").partition("@")[0]}
    secrets |= {word.partition("@")[0].strip("\u2068") for word in got.text.split() if "support+" in word}
    secrets |= internal_lines(mail.to, got, language)
    tokens = [word for word in everything.split() if "+r" in word or "+n" in word or "+c" in word]
    return [secret for secret in secrets if secret in everything] + [word for word in tokens if "support+" in word]


def judged(line: Line, customer: str, got: Left, language: str) -> str:
    """Whether it "left", or what the agent got back: "held" or "command_error"; after making sure that it is so, wholly."""
    answers = line.to(customer, "")
    if answers:
        assert len(answers) == 1
        assert what_leaks(answers[0], got, language) == []
        for paragraph in REPLY[language].split("\n"):
            assert paragraph in answers[0].text, "a part of the answer is missing"
        return "left"
    return line.last(AGENT[language]).notice


REPLIES = [
    pytest.param(
        name,
        below,
        html_only,
        language,
        id=f"{name}-{'below' if below else 'above'}-{'html' if html_only else 'both'}-{language}",
    )
    for name in CLIENTS
    for below in (False, True)
    for html_only in (False, True)
    for language in ("en", "fa")
    if not (html_only and name == "mutt")
]


@pytest.mark.parametrize(("name", "below", "html_only", "language"), REPLIES)
def test_a_reply_leaves_without_anything_of_the_notification(
    line: Line, name: str, below: bool, html_only: bool, language: str
) -> None:
    customer, got = asked(line, language)
    line.put(sent_by(got, CLIENTS[name](REPLY[language], got, language, below=below), html_only=html_only))
    assert judged(line, customer, got, language) == ("command_error" if below and name in UNMARKED else "left")
    if below and name in UNMARKED:
        back = line.last(AGENT[language]).text
        assert "> " + REPLY[language].split("\n")[-1] in back, "the agent's text is shown"
        assert {"en": "at the top", "fa": "در بالا"}[language] in back


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("name", CLIENTS)
def test_a_reply_to_all_leaves_the_same(line: Line, name: str, language: str) -> None:
    customer, got = asked(line, language)
    built = CLIENTS[name](REPLY[language], got, language)
    line.put(sent_by(got, built, Cc=f"{AGENT[language]}, support@example.com"))
    assert judged(line, customer, got, language) == "left"


@pytest.mark.parametrize("language", ["en", "fa"])
def test_an_answer_between_the_lines_is_held(line: Line, language: str) -> None:
    customer, got = asked(line, language)
    line.put(sent_by(got, interleaved(REPLY[language], LINE_OF_THEIRS[language], got, language)))
    assert judged(line, customer, got, language) == "held"


@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_quoted_line_of_the_customer_alone_is_fine(line: Line, language: str) -> None:
    customer, got = asked(line, language)
    theirs = next(one for one in ASKED[language].splitlines() if LINE_OF_THEIRS[language] in one)
    line.put(sent_by(got, (f"{marked(theirs)}\n\n{REPLY[language]}\n", "")))
    assert judged(line, customer, got, language) == "left"


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("html_only", [False, True])
def test_a_notification_forwarded_to_its_own_reply_address_is_held(line: Line, html_only: bool, language: str) -> None:
    customer, got = asked(line, language)
    line.put(sent_by(got, forward(REPLY[language], got, language), prefix="Fwd", html_only=html_only))
    assert judged(line, customer, got, language) == "held"


def unmarked(reply: str, got: Left, language: str) -> Built:
    """A client that quotes without saying so."""
    return f"{reply}\n\n{got.text}", ""


def scissored(reply: str, got: Left, language: str) -> Built:
    """An agent who copies some lines of the notification into the answer."""
    first, _, rest = reply.partition("\n\n")
    kept = [line for line in got.text.splitlines() if len(line) > 40]
    return f"{first}\n\n{kept[-1]}\n\n{rest}", ""


def with_address(reply: str, got: Left, language: str) -> Built:
    """An agent who writes down where the reply should go."""
    return f"{reply}\nWrite to {got.header('Reply-To')}", ""


def with_own_address(reply: str, got: Left, language: str) -> Built:
    """An agent who gives away where they can be reached."""
    return f"{reply}\n\nor write to me directly, {AGENT[language]}, and I will look.\n\nbye", ""


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("built", [with_address, with_own_address], ids=lambda one: one.__name__)
def test_an_address_that_is_nobodys_business_is_held(line: Line, built, language: str) -> None:
    customer, got = asked(line, language)
    line.put(sent_by(got, built(REPLY[language], got, language)))
    assert judged(line, customer, got, language) == "held"


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("built", [scissored, unmarked], ids=lambda one: one.__name__)
def test_lines_of_the_notification_that_nothing_marks_do_not_leave(line: Line, built, language: str) -> None:
    customer, got = asked(line, language)
    line.put(sent_by(got, built(REPLY[language], got, language)))
    assert judged(line, customer, got, language) in {"left", "held"}


# ---- notes: they never leave, however they are answered


def noted(line: Line) -> tuple[str, Left, Left]:
    """A ticket with a note that Mina was told of: the customer, Omid's notification, Mina's."""
    customer, got = asked(line, "en")
    line.put(sent_by(got, (CANARY, ""), tag="[note] [watch mina]"))
    told = line.last("mina@example.com", "note")
    assert CANARY in told.text
    return customer, got, told


HOW = {
    "reply": lambda text, got: CLIENTS["gmail"](text, got, "en"),
    "reply-below": lambda text, got: CLIENTS["thunderbird"](text, got, "en", below=True),
    "forward": lambda text, got: forward(text, got, "en"),
}


@pytest.mark.parametrize("tag", ["", "[note]", "[public]", "[solved]"])
@pytest.mark.parametrize("to", ["note", "answer"])
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("everybody", [False, True], ids=["one", "all"])
def test_a_note_never_leaves(line: Line, everybody: bool, how: str, to: str, tag: str) -> None:
    customer, _, told = noted(line)
    before = len(line.to(customer))
    address = told.header("Reply-To") if to == "note" else answer_address(told)
    more = {"to": address} | ({"Cc": "omid@example.com, support@example.com"} if everybody else {})
    line.put(
        sent_by(told, HOW[how](f"Also {CANARY}!", told), tag=tag, prefix="Fwd" if how == "forward" else "Re", **more)
    )
    line.wait(3600)
    for mail in line.to(customer)[before:]:
        assert CANARY not in mail.everything
        assert mail.notice == "solved" or "ANSWER-1" in mail.text


def answer_address(told: Left) -> str:
    """The address of a note's notification at which a reply would be public."""
    words = told.text.replace("\u2068", " ").replace("\u2069", " ").split()
    return next((word for word in words if word.startswith("support+r")), told.header("Reply-To"))


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("below", [False, True])
def test_an_answer_to_a_noted_ticket_leaves_without_the_note(line: Line, name: str, below: bool) -> None:
    customer, got, _ = noted(line)
    line.put(sent_by(got, CLIENTS[name](REPLY["en"], got, "en", below=below)))
    assert judged(line, customer, got, "en") == ("command_error" if below and name in UNMARKED else "left")


def test_no_outsider_ever_got_a_note(line: Line) -> None:
    """Over everything that this module made the desk send."""
    outside = [mail for mail in line.left if not mail.to.endswith("@example.com")]
    assert [mail.to for mail in outside if CANARY in mail.everything] == []
    assert list(line.broken()) == []
    assert line.store.look.mails(state="quarantined") == []

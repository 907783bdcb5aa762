"""Who may do what, through the whole line: a From line proves nothing, a token proves one person, DMARC beats both."""

from __future__ import annotations

import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from line import CONFIG, Left, Line, answer_to, write

RULES = (CONFIG.parent / "rules.toml").read_text("utf-8")
PASS = "mx.example.com; dmarc=pass header.from=example.com"
FAIL = "mx.example.com; dmarc=fail header.from=example.com"
FORGED = "mx.example.invalid; dmarc=pass header.from=example.com"
LATER = "mx.example.com.evil.invalid; dmarc=pass header.from=example.com"
JOHN = "From: John <john@example.org>"
CANARY = "SPOOF-1: your money has been returned"


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    desk = Line(tmp_path, rules=RULES)
    desk.put(write("John <john@example.org>", "Cannot log in", "I cannot log in since this morning, error LOGIN-77."))
    yield desk
    assert list(desk.broken()) == []
    desk.close()


@pytest.fixture
def got(line: Line) -> Left:
    """Omid's notification."""
    return line.last("omid@example.com", "notification")


def with_results(mail: EmailMessage, *results: str) -> bytes:
    """The mail with Authentication-Results above everything else, as a border server writes them."""
    above = "".join(f"Authentication-Results: {one}\r\n" for one in results)
    return above.encode() + mail.as_bytes(policy=email.policy.SMTP)


def nothing_happened(line: Line) -> None:
    """The customer got nothing but the acknowledgement, and the ticket is as it was."""
    assert [mail.notice for mail in line.to("john@example.org")] == ["acknowledgement"]
    ticket = line.ticket(1001)
    assert (ticket.status, ticket.assignee, ticket.requester) == ("new", "omid", "john@example.org")
    assert [mail for mail in line.left if not mail.to.endswith("@example.com") and CANARY in mail.everything] == []


def answered(line: Line) -> bool:
    """Whether the customer got the answer."""
    return any(CANARY in mail.text for mail in line.to("john@example.org", ""))


# ---- what a From line alone is worth


@pytest.mark.parametrize("results", [(), (PASS,), (FORGED,)], ids=["nothing", "dmarc-pass", "forged"])
def test_an_agents_address_without_a_token_answers_nobody(line: Line, got: Left, results: tuple[str, ...]) -> None:
    mail = answer_to(got, CANARY, tag="[solved]", to="support@example.com")
    line.put(with_results(mail, *results))
    nothing_happened(line)
    assert line.last("omid@example.com").notice == "command_error", "the agent of record is told"


def test_an_agents_address_with_only_the_tag_answers_nobody(line: Line) -> None:
    line.put(write("omid@example.com", "Re: Cannot log in [#1001] [solved]", CANARY))
    nothing_happened(line)


def test_a_display_name_is_no_agent(line: Line, got: Left) -> None:
    line.put(answer_to(got, CANARY, tag="[solved]", sender='"omid@example.com" <eve@example.org>'))
    nothing_happened(line)


# ---- whose token it is


def test_a_token_of_somebody_else_gives_an_agent_nothing(line: Line, got: Left) -> None:
    line.put(answer_to(got, CANARY, tag="[solved]", sender="mina@example.com"))
    nothing_happened(line)


@pytest.mark.parametrize("sender", ["eve@example.org", "john@example.org", "omid@example.com.evil.invalid"])
def test_a_token_gives_an_outsider_nothing(line: Line, got: Left, sender: str) -> None:
    line.put(
        answer_to(got, f"#solved\n#assign mina\n{CANARY}", tag="[solved] [requester eve@example.org]", sender=sender)
    )
    assert line.ticket(1001).requester == "john@example.org"
    assert line.ticket(1001).status != "solved"
    assert line.ticket(1001).assignee == "omid"
    assert not answered(line)


def test_an_alias_of_the_agent_may_use_the_token(line: Line, got: Left) -> None:
    line.put(answer_to(got, CANARY, sender="omid@home.example.org"))
    assert answered(line)


def test_a_forwarded_notification_gives_its_receiver_nothing(line: Line, got: Left) -> None:
    reply = answer_to(got, CANARY, sender="eve@example.org")
    line.put(reply)
    assert not answered(line)
    assert line.ticket(1002).requester == "eve@example.org"


# ---- tokens that are no longer, or never were, good


def test_an_expired_token_is_refused_and_a_new_way_is_shown(line: Line, got: Left) -> None:
    line.now = line.now.replace(year=line.now.year + 1)
    line.put(answer_to(got, CANARY, tag="[solved]"))
    assert not answered(line)
    assert line.ticket(1001).status == "new"
    refused = line.last("omid@example.com")
    assert refused.notice == "command_error"
    line.put(answer_to(refused, CANARY))
    assert answered(line), "the corrected reply works"


def test_each_changed_character_of_a_token_makes_it_worthless(line: Line, got: Left) -> None:
    address = got.header("Reply-To")
    local = address.partition("@")[0]
    start = local.index("+") + 1
    for at in range(start, len(local)):
        other = "a" if local[at] != "a" else "b"
        line.put(answer_to(got, CANARY, to=f"{local[:at]}{other}{local[at + 1 :]}@example.com"))
    nothing_happened(line)


def test_a_note_address_is_no_answer_address(line: Line, got: Left) -> None:
    words = got.text.replace("\u2068", " ").replace("\u2069", " ").split()
    note = next(word for word in words if word.startswith("support+n"))
    for letter in "rcsdyb":
        line.put(answer_to(got, CANARY, to=note.replace("+n", f"+{letter}")))
    nothing_happened(line)


def test_a_bounce_address_gives_no_right(line: Line, got: Left) -> None:
    line.put(answer_to(got, "Hello John, this is fine."))
    envelope = line.to("john@example.org", "")[0].sender
    assert envelope.startswith("support+b")
    line.put(answer_to(got, CANARY, to=envelope))
    assert not answered(line)


# ---- what the border server saw


@pytest.mark.parametrize(
    "results", [(FAIL,), (FAIL, PASS), (FAIL, FORGED)], ids=["fail", "fail-above-pass", "fail-forged"]
)
def test_a_dmarc_fail_beats_the_right_token(line: Line, got: Left, results: tuple[str, ...]) -> None:
    line.put(with_results(answer_to(got, CANARY, tag="[solved]"), *results))
    nothing_happened(line)


@pytest.mark.parametrize("results", [(), (PASS,), (FORGED,)], ids=["nothing", "pass", "forged"])
def test_the_right_token_answers(line: Line, got: Left, results: tuple[str, ...]) -> None:
    line.put(with_results(answer_to(got, CANARY), *results))
    assert answered(line)


@pytest.mark.parametrize(
    ("results", "merged"),
    [((PASS,), True), ((), False), ((FORGED,), False), ((LATER,), False)],
    ids=["pass", "nothing", "forged", "look-alike"],
)
def test_merging_needs_the_border_servers_word(line: Line, got: Left, results: tuple[str, ...], merged: bool) -> None:
    line.put(write("eve@example.org", "John cannot log in", "He asked me to write for him, please help us."))
    line.put(with_results(answer_to(got, "", tag="[merge 1002]"), *results))
    assert bool(line.ticket(1001).merged_into) is merged
    if not merged:
        assert line.last("omid@example.com").notice == "confirm"


def test_a_forged_pass_below_the_border_servers_fail_is_worth_nothing(line: Line, got: Left) -> None:
    line.put(with_results(answer_to(got, CANARY, tag="[merge 1002]"), FAIL, PASS, FORGED))
    nothing_happened(line)


@pytest.mark.parametrize("results", [(), (FORGED,)], ids=["nothing", "forged"])
def test_new_needs_the_border_servers_word_or_a_token(line: Line, results: tuple[str, ...]) -> None:
    line.put(with_results(write("omid@example.com", "Hello [new john@example.org]", CANARY), *results))
    nothing_happened(line)


def test_commands_of_a_worklist_need_its_token(line: Line, got: Left) -> None:
    line.put(answer_to(got, "", tag="[list]"))
    worklist = line.last("omid@example.com", "worklist")
    line.put(answer_to(worklist, "1001 solved", sender="mina@example.com"))
    line.put(answer_to(worklist, "1001 solved", to="support@example.com"))
    line.put(with_results(answer_to(worklist, "1001 solved"), FAIL))
    nothing_happened(line)
    line.put(answer_to(worklist, "1001 solved"))
    assert line.ticket(1001).status == "solved"


def test_a_held_mail_is_decided_by_its_author_only(line: Line, got: Left) -> None:
    line.put(answer_to(got, f"{CANARY}, write to {got.header('Reply-To')}"))
    held = line.last("omid@example.com", "held")
    line.put(answer_to(held, "send", sender="mina@example.com"))
    line.put(answer_to(held, "send", sender="eve@example.org"))
    line.put(answer_to(held, "send", to="support@example.com"))
    assert not answered(line)
    line.put(answer_to(held, "send"))
    assert answered(line)


def test_a_survey_is_answered_by_whom_it_was_sent_to(tmp_path: Path) -> None:
    config = CONFIG.read_text("utf-8").replace("[survey]\nenabled = false", '[survey]\ndelay = "1h"')
    line = Line(tmp_path, config, rules=RULES)
    line.put(write("John <john@example.org>", "Cannot log in", "I cannot log in since this morning, error LOGIN-77."))
    line.put(answer_to(line.last("omid@example.com"), "", tag="[solved]"))
    line.wait(3600)
    survey = line.last("john@example.org", "survey")
    line.put(answer_to(survey, "1", sender="eve@example.org"))
    assert line.ticket(1001).status == "solved"
    assert line.store.look.surveys()[0]["stars"] is None
    line.put(answer_to(survey, "1"))
    assert line.store.look.surveys()[0]["stars"] == 1
    line.close()


# ---- what the receiver of a notification is told of who wrote

TOLD = {
    "pass": (
        JOHN,
        "mx.example.com; dmarc=pass header.from=example.org",
        "✔ john@example.org",
        ("confirmed", "به تأیید"),
    ),
    "none": (JOHN, "mx.example.com; dmarc=none header.from=example.org", "john@", ("not confirmed", "تأییدنشده")),
    "fail": (JOHN, "mx.example.com; dmarc=fail header.from=example.org", "⚠", ("Perhaps forged", "شاید جعلی")),
    "other-domain": (JOHN, PASS, "john@", ("not confirmed", "تأییدنشده")),
    "forged": (JOHN, "mx.example.invalid; dmarc=pass header.from=example.org", "john@", ("john@", "john@")),
    "two-from": (f"{JOHN}\r\nFrom: eve@example.net", "", "⚠", ("Several From", "چند سربرگ From")),
    "ambiguous": ("From: omid@example.com <eve@example.net>", "", "⚠", ("several ways", "به چند شکل")),
    "hidden": ("From: Omid <om\u200bid@example.com>", "", "⚠", ("several ways", "به چند شکل")),
    "no-from": ("X-From: john@example.org", "", "⚠", ("names no sender", "فرستنده‌ای ندارد")),
    "look-alike": ("From: support@ex\u0430mple.com", "", "⚠", ("looks like", "می‌ماند")),
    "alphabets": ("From: j\u043ehn@example.org", "", "⚠", ("mixes letters", "چند الفبا")),
    "reply-to": (f"{JOHN}\r\nReply-To: eve@example.net", "", "⚠", ("Wants answers at", "eve@example.net")),
}


@pytest.mark.parametrize("cell", TOLD)
@pytest.mark.parametrize("reader", ["omid", "sara"])
def test_a_notification_begins_with_who_wrote_it(line: Line, cell: str, reader: str) -> None:
    head, results, mark, sentences = TOLD[cell]
    above = f"Authentication-Results: {results}\r\n" if results else ""
    text = (
        "I cannot find the invoice of my latest order."
        if reader == "omid"
        else "سلام، فاکتور آخرین سفارشم را پیدا نمی‌کنم."
    )
    charset = "Content-Type: text/plain; charset=utf-8\r\n"
    line.put(f"{above}{head}\r\nTo: support@example.com\r\nSubject: x\r\n{charset}\r\n{text}\r\n".encode())
    told = line.last(f"{reader}@example.com", "notification").text
    before = told.partition(text)[0].replace("\u2068", "").replace("\u2069", "").splitlines()
    first = next(each for each in before[3:] if each)
    assert first.startswith(mark)
    assert sentences[reader == "sara"] in first


def test_only_the_first_mail_of_a_person_is_called_that(line: Line, got: Left) -> None:
    assert "The first mail of this person." in got.text
    line.put(write("John <john@example.org>", "Another matter", "My invoice is wrong as well, please look at it."))
    assert "The first mail" not in line.last("omid@example.com", "notification").text

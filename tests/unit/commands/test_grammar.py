"""Which words in a subject and on top of a text are commands."""

import pytest
from unit.commands.command_scenes import KNOWN

from maildesk.commands.agent import BY_NAME, COMMANDS
from maildesk.commands.folding import key, nearly
from maildesk.commands.grammar import Orders, bare_subject, late_commands, read_orders, read_words


def said(subject="", text="", known=KNOWN):
    read = read_orders(subject, known, text)
    return [(order.command, *order.args) for order in read.orders]


def asked(subject="", text="", known=KNOWN):
    return [(one.problem, one.suggestion) for one in read_orders(subject, known, text).questions]


@pytest.mark.parametrize(
    ("subject", "orders"),
    [
        ("[solved]", [("solved",)]),
        ("Re: [#1042] The invoice is wrong [solved]", [("solved",)]),
        ("[SOLVED]", [("solved",)]),
        ("[ solved ]", [("solved",)]),
        ("\u200f[\u200fحل‌شد\u200f]", [("solved",)]),
        ("[حل شد]", [("solved",)]),
        ("［solved］", [("solved",)]),
        ("[assign omid]", [("assign", "omid")]),
        ("[priority high]", [("priority", "high")]),
        ("[priority=high]", [("priority", "high")]),
        ("[priority: high]", [("priority", "high")]),
        ("[status=solved; assignee=omid]", [("status", "solved"), ("assign", "omid")]),
        ("[solved, note]", [("solved",), ("note",)]),
        ("[حل‌شد، یادداشت]", [("solved",), ("note",)]),
        ("[snooze 3d]", [("snooze", "3d")]),
        ("[snooze tomorrow, 9:00]", [("snooze", "tomorrow", "9:00")]),
        ("[snooze شنبه ۹:۰۰]", [("snooze", "شنبه", "۹:۰۰")]),
        ("[tag +a, +b -c]", [("tag", "+a", "+b", "-c")]),
        ("[tag+vip]", [("tag", "+vip")]),
        ("[برچسب +بازپرداخت]", [("tag", "+بازپرداخت")]),
        ("[solved][note]", [("solved",), ("note",)]),
        ("[برداشتم]", [("take",)]),
        ("[take] [EXTERNAL] [list-de]", [("take",)]),
        ("[x [solved] y]", [("solved",)]),
        ("[solved", []),
        ("solved]", []),
        ("[]", []),
        ("[ ]", []),
    ],
)
def test_brackets_in_the_subject(subject, orders):
    assert said(subject, known="") == orders
    assert asked(subject, known="") == []


@pytest.mark.parametrize(
    "subject",
    [
        "[EXTERNAL] x",
        "[SPAM] x",
        "[Spam]",
        "***SPAM*** x",
        "[Suspected Spam] x",
        "[users-de] x",
        "[#1043]",
        "[Re[2]: x]",
        "[JIRA-4]",
        "[فوری] کمک",
    ],
)
def test_other_brackets_are_inert(subject):
    assert read_orders(subject, KNOWN, "") == Orders()


@pytest.mark.parametrize(
    ("written", "suggestion"),
    [
        ("slved", "solved"),
        ("sovled", "solved"),
        ("asign omid", "assign"),
        ("prority high", "priority"),
        ("snoze 3d", "snooze"),
        ("حل‌شذ", "حل‌شد"),
        ("واگذر امید", "واگذار"),
        ("noet", "note"),
    ],
)
def test_nearly_a_command_is_asked_about(written, suggestion):
    assert asked(f"[{written}]") == [("unknown", suggestion)]
    assert asked(text=f"#{written}") == [("unknown", suggestion)]


@pytest.mark.parametrize(
    ("subject", "problem"),
    [
        ("[assign]", "missing"),
        ("[solved now]", "too_many"),
        ("[solved; bogus]", "unknown"),
        ("[note; sovled]", "unknown"),
        ("[priority]", "missing"),
    ],
)
def test_half_a_command_is_asked_about(subject, problem):
    assert problem in [one for one, _ in asked(subject)]


@pytest.mark.parametrize(
    "known",
    [
        "[#1042] Bill [solved]",
        "Re: [#1042] Bill [solved]",
        "[#1042] Bill [so\r\n lved]",
        "[#1042] Bill [ Solved ]",
        "[#1042] Bill [\u200fsolved\u200f]",
    ],
)
def test_what_stood_in_the_known_subject_is_inert(known):
    for subject in (
        "Re: [#1042] Bill [solved]",
        "AW: Re: Bill [solved] [#1042]",
        "[EXTERNAL] Bill [sol\n ved]",
        "پاسخ: [#۱۰۴۲] Bill [solved]",
    ):
        assert read_orders(subject, known, "") == Orders()
        assert said(subject + " [note]", known=known) == [("note",)]


@pytest.mark.parametrize(
    ("text", "orders", "rest"),
    [
        ("#solved\nHello", [("solved",)], "Hello"),
        ("\n\n#solved\n\n#assign omid\n\nHello\n#note", [("solved",), ("assign", "omid")], "Hello\n#note"),
        ("#حل‌شد", [("solved",)], ""),
        ("#حل_شد\nسلام", [("solved",)], "سلام"),
        ("\u200f#حل‌شد", [("solved",)], ""),
        ("#solved #assign omid", [("solved",), ("assign", "omid")], ""),
        ("#note ask her, today; or not", [("note", "ask", "her,", "today;", "or", "not")], ""),
        ("Hello\n#solved", [], "Hello\n#solved"),
        ("> #solved\nHello", [], "> #solved\nHello"),
        ("-- \n#solved", [], "-- \n#solved"),
        ("# solved\nx", [], "# solved\nx"),
        ("#4711 is the number", [], "#4711 is the number"),
        ("#۱۰۴۲", [], "#۱۰۴۲"),
        ("", [], ""),
    ],
)
def test_lines_on_top_of_the_text(text, orders, rest):
    read = read_orders("", KNOWN, text)
    assert ([(order.command, *order.args) for order in read.orders], read.text) == (orders, rest)
    assert read.questions == ()


@pytest.mark.parametrize("line", ["#hashtag", "#thanks for all", "#PO12", "#سلام"])
def test_an_unknown_line_fails_closed(line):
    assert asked(text=line + "\nHello") == [("unknown", "")]


def test_what_was_written_and_where_is_kept():
    order = read_orders("[note]", "", "\n#assign omid\nx").orders
    assert [(one.where, one.written) for one in order] == [("subject", "[note]"), ("line 2", "#assign omid")]


def test_plain_words():
    assert [order.command for order in read_words("send").orders] == ["send"]
    assert [order.command for order in read_words("undo\n\n-- \nSara").orders] == ["undo"]
    assert read_words("Thanks a lot") == Orders(text="Thanks a lot")
    assert read_words("sned").questions[0].suggestion == "send"


def test_commands_below_the_text_are_seen():
    assert late_commands("Hello\n#solved\n#4711\n# x\n-- \n#note") == ("#solved",)


def test_the_subject_of_a_mail_that_begins_a_ticket():
    assert bare_subject("[new eva@example.net] Your order [urgent]") == "Your order [urgent]"


def test_no_two_commands_share_a_name():
    names = [key(name) for row in COMMANDS for name in row.names]
    assert len(names) == len(set(names)) == len(BY_NAME)


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_the_examples_of_the_table_are_right(row):
    for example in (row.example, row.example_fa):
        read = read_orders("", "", "#" + example)
        assert ([order.command for order in read.orders], read.questions) == ([row.name], ())
    assert row.help
    assert row.help_fa
    assert row.persian


def test_one_slip_apart():
    for one, other in (("note", "noet"), ("note", "not"), ("note", "notes"), ("note", "nope")):
        assert nearly(one, other)
    for one, other in (("note", "note"), ("note", "no"), ("note", "tone"), ("note", "nteo")):
        assert not nearly(one, other)


def test_too_many_commands_are_refused_whole_and_quickly():
    for subject, text in (("[solved] " * 40, ""), ("", "#solved\n" * 40), ("[asd] " * 160, "#abcd\n" * 20_000)):
        read = read_orders(subject, "", text)
        assert (read.orders, [one.problem for one in read.questions]) == ((), ["too_many_commands"])
    assert len(read_words("send\n" * 20_000).orders) < 50
    assert late_commands("x\n" + "#solved\n" * 20_000)

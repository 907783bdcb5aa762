"""Lines that answer a worklist."""

from dataclasses import replace

import pytest
from unit.commands.command_scenes import OMID, OTHER, TICKET, change, only, scene, templates

from maildesk.commands.agent import numbers
from maildesk.commands.worklist import apply_lines, read_lines
from maildesk.model.people import Proof
from maildesk.model.ticket import EntryKind, Priority, Status
from maildesk.model.tokens import Right

WORKLIST = scene(right=Right.COMMAND, number=0)


def work(text, where=WORKLIST, before=None):
    return apply_lines(before or change(), where, read_lines(text))


def test_each_line_is_an_order_for_its_ticket():
    done = work("1042 solved\n\n> 1043 close\n#1043 assign omid\n-- \n1043 spam")
    assert done.tickets[1042].status is Status.SOLVED
    assert (done.tickets[1043].assignee, done.tickets[1043].status) == ("omid", Status.OPEN)
    assert len(only(done, "transcript").data["lines"]) == 3


@pytest.mark.parametrize(
    "line",
    [
        "1042 solved",
        "#1042 #solved",
        "[#1042] solved",
        "1042: solved",
        "۱۰۴۲ حل شد",
        "- 1042 حل‌شد",
        "\u200f۱۰۴۲\u200f حل‌شد",
    ],
)
def test_ways_to_write_a_line(line):
    assert work(line).tickets[1042].status is Status.SOLVED


def test_persian_lines():
    done = work("۱۰۴۲ تعویق شنبه\n۱۰۴۳ واگذار امید؛ اولویت فوری", where=scene(OMID, right=Right.COMMAND, number=0))
    assert done.tickets[1042].status is Status.PAUSED
    assert (done.tickets[1043].assignee, done.tickets[1043].priority) == ("omid", Priority.URGENT)


def test_a_bad_line_does_not_stop_the_others_and_is_told():
    done = work("1042 slved\n9999 solved\n1043 solved\n1042 assign nobody; priority high\nHello there\n1042")
    assert done.tickets[1042] == TICKET
    assert done.tickets[1043].status is Status.SOLVED
    data = only(done, "transcript").data
    assert [line["text"].partition(":")[0] for line in data["lines"]] == ["#1043 status"]
    failed = [line["text"] for line in data["failed"]]
    assert len(failed) == sum(text.startswith("line ") for text in failed) == 5
    assert "Did you mean solved?" in " ".join(failed)


def test_ten_lines_give_ten_results():
    tickets = [replace(TICKET, number=2000 + n) for n in range(10)]
    done = work("\n".join(f"{2000 + n} {'solved' if n % 2 else 'bogus'}" for n in range(10)), before=change(*tickets))
    data = only(done, "transcript").data
    assert (len(data["lines"]), len(data["failed"])) == (5, 5)


def test_a_note_in_a_line():
    done = work("1042 note call her, please; today")
    assert (done.entries[0].kind, done.entries[0].text) == (EntryKind.NOTE, "call her, please; today")


@pytest.mark.parametrize(
    "line", ["1042 public", "1042 refer finance", "1042 merge 1043", "1042 undo", "1042 send", "new eva@example.net"]
)
def test_what_needs_a_mail_of_its_own_is_refused(line):
    done = work(line)
    assert (done.entries, templates(done)) == ((), ["transcript"])


def test_questions_can_be_asked_in_lines():
    where = replace(WORKLIST, worklist=(TICKET, OTHER))
    assert "worklist" in templates(work("list", where=where))
    assert "show" in templates(work("1042 show", where=where))


def test_without_a_token_no_line_counts():
    assert templates(work("1042 solved", where=scene(right=Right.COMMAND, proof=Proof.CLAIM))) == ["command_error"]


def test_the_tickets_that_must_be_loaded():
    assert numbers(read_lines("1042 solved\n1044 link 1043").orders) == (1042, 1043, 1044)


def test_too_many_lines_are_refused_whole():
    assert [one.problem for one in read_lines("1042 solved\n" * 1001).questions] == ["too_many_lines"]

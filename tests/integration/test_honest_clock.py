"""What customers are promised, as it arrives in their mailbox; and what happens when it cannot be kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from line import BEGIN, CONFIG, Line, answer_to, write

from maildesk.notices.locale import FSI, PDI

LEILA, JOHN, OMID = "leila@example.net", "john@example.org", "omid@example.com"
OFFICE = """
[[calendar]]
name     = "office"
timezone = "Asia/Tehran"
holidays = "IR"
week     = { sat = "9:00-17:00", sun = "9:00-17:00", mon = "9:00-17:00", tue = "9:00-17:00", wed = "9:00-17:00", thu = "9:00-13:00" }
"""
MINE = """
[[rule]]
name = "omid has it"
on   = ["opened"]
then = [ { assign = "omid" } ]
"""
ALWAYS_RECEIPT = """
[[rule]]
name = "every mail has a receipt"
on   = ["replied"]
then = [ { notice = "acknowledgement" } ]
"""


def config(more: str = "", group: str = "") -> str:
    text = CONFIG.read_text("utf-8").replace(
        'name = "service"\n', f'name = "service"\ncalendar = "office"\n{group}\n', 1
    )
    return text + OFFICE + more


def desk(folder, more="", rules="", group="", begin=BEGIN):
    return Line(folder, config(more, group), rules=MINE + rules, begin=begin)


def plain(left):
    return re.sub(f"[{FSI}{PDI}]", "", left.text)


def answered_many(line, minutes, count=25):
    """So many customers were answered after so many minutes each."""
    for number in range(count):
        customer = f"c{number}@c{number}.example.net"
        line.put(write(customer, f"Question {number}", "How does it work?"))
        line.now += timedelta(minutes=minutes)
        line.put(answer_to(line.last(OMID, "notification"), "Like this."))
        line.now += timedelta(minutes=5)


def test_without_answers_and_levels_nothing_is_promised(tmp_path):
    line = desk(tmp_path)
    line.put(write(JOHN, "Cannot log in", "Please help."))
    assert "as soon as we can" in line.last(JOHN).text
    line.close()


def test_what_is_usual_is_promised_in_both_languages(tmp_path):
    line = desk(tmp_path, begin=datetime(2026, 11, 21, 6, tzinfo=UTC))
    answered_many(line, 10)
    line.wait(600)
    line.now = datetime(2026, 11, 22, 6, 40, tzinfo=UTC)
    line.put(write(JOHN, "Cannot log in", "Please help."))
    assert "usually answer" in plain(line.last(JOHN))
    assert "by Sunday 22 November 2026, 10:30 (Tehran time)" in plain(line.last(JOHN))
    line.put(write(LEILA, "ورود", "سلام، نمی‌توانم وارد حساب کاربری خود شوم. لطفاً راهنمایی کنید."))
    assert "معمولاً تا یکشنبه ۱ آذر ۱۴۰۵، ساعت ۱۰:۳۰ (به وقت تهران) پاسخ می‌دهیم." in plain(line.last(LEILA))
    line.close()


def test_a_long_queue_makes_the_promise_later(tmp_path):
    line = desk(tmp_path, begin=datetime(2026, 11, 21, 6, tzinfo=UTC))
    answered_many(line, 10)
    line.put(*(write(f"q{n}@q{n}.example.net", f"Waiting {n}", "Hello, a question.") for n in range(40)))
    line.wait(600)
    line.now = datetime(2026, 11, 22, 6, 40, tzinfo=UTC)
    line.put(write(JOHN, "Cannot log in", "Please help."))
    promised = re.search(r"by (\w+ \d+ November 2026, \d\d:\d\d)", plain(line.last(JOHN)))[1]
    # 25 answers in 400 working minutes, so 40 who wait take 640: more than the day has left
    assert datetime.strptime(promised, "%A %d %B %Y, %H:%M") > datetime(2026, 11, 22, 17)
    line.close()


@pytest.mark.parametrize(
    ("begin", "said"),
    [
        (datetime(2026, 11, 22, 15, 0, tzinfo=UTC), "اکنون ساعت کار ما نیست؛ از دوشنبه ۲ آذر ۱۴۰۵، ساعت ۹:۰۰"),
        (datetime(2027, 2, 11, 7, 0, tzinfo=UTC), "امروز، پیروزی انقلاب اسلامی، تعطیل هستیم؛ از شنبه ۲۴ بهمن ۱۴۰۵"),
    ],
)
def test_a_receipt_says_that_nobody_is_there_and_why(tmp_path, begin, said):
    line = desk(tmp_path, begin=begin)
    line.put(write(LEILA, "ورود", "سلام، نمی‌توانم وارد حساب کاربری خود شوم. لطفاً راهنمایی کنید."))
    assert said.replace("۹:۰۰", "۰۹:۰۰") in plain(line.last(LEILA))
    line.close()


def test_a_conversation_has_one_receipt_a_day(tmp_path):
    line = desk(tmp_path, rules=ALWAYS_RECEIPT)
    line.put(write(JOHN, "Cannot log in", "Please help."))
    first = line.last(JOHN)
    line.put(answer_to(first, "One thing more: it says 77."))
    assert len(line.to(JOHN, "acknowledgement")) == 1
    line.wait(24 * 3600)
    line.put(answer_to(first, "And today it says 78."), answer_to(first, "Now 79."))
    assert len(line.to(JOHN, "acknowledgement")) == 2
    assert "belongs to your request [#1001]" in line.last(JOHN).text
    line.close()


# -- before a promise breaks ------------------------------------------------------------------------------------------

LEVEL = """
[[sla]]
name           = "normal"
calendar       = "office"
first_response = "4h"
next_response  = "4h"
groups         = ["service"]

[updates]
enabled = true
after   = "30d"
"""
INFORMED = LEVEL.replace('first_response = "4h"\nnext_response  = "4h"', 'keep_informed = "4h"')


def promised(folder, level=LEVEL, group="", rules=""):
    """John was told that an answer comes within four hours."""
    text = config("", group).replace("[updates]\nenabled = false\n", "") + level
    line = Line(folder, text, rules=MINE + rules, begin=datetime(2026, 11, 22, 6, tzinfo=UTC))
    line.put(write(JOHN, "Cannot log in", "Please help."))
    return line


def hours(line, count):
    for _ in range(round(count * 4)):
        line.wait(900)


def test_half_an_hour_before_a_draft_waits_for_a_word(tmp_path):
    line = promised(tmp_path)
    assert "by Sunday 22 November 2026, 13:30" in plain(line.last(JOHN))
    hours(line, 3.25)
    assert line.to(OMID, "draft") == []
    hours(line, 1)
    (draft,) = line.to(OMID, "draft")
    assert "due by Sunday 22 November 2026, 13:30" in plain(draft)
    assert "takes longer than we told you" in draft.text
    assert line.to(JOHN, "delay_notice") == []
    line.put(answer_to(draft, "send"))
    (notice,) = line.to(JOHN, "delay_notice")
    assert notice.text.strip() in "\n".join(row.removeprefix("> ").removeprefix(">") for row in draft.text.splitlines())
    assert line.store.look.entries(1001)[-1].kind == "notice"
    line.put(answer_to(draft, "send"))
    assert len(line.to(JOHN, "delay_notice")) == 1, "once"
    line.close()


def test_what_the_update_says_is_the_next_promise(tmp_path):
    line = promised(tmp_path)
    hours(line, 4)
    line.put(answer_to(line.last(OMID, "draft"), "بفرست"))
    assert "We now expect to answer by Sunday 22 November 2026, 17:00" in plain(line.last(JOHN, "delay_notice"))
    hours(line, 4)
    assert len(line.to(OMID, "draft")) == 2
    line.close()


def test_an_answer_makes_the_draft_needless(tmp_path):
    line = promised(tmp_path)
    hours(line, 4)
    draft = line.last(OMID, "draft")
    line.put(answer_to(draft, "It works again, please try."))
    assert "It works again" in line.last(JOHN, "").text
    line.put(answer_to(draft, "send"))
    assert line.to(JOHN, "delay_notice") == []
    line.close()


def test_drop_and_a_customer_who_wants_no_updates(tmp_path):
    line = promised(tmp_path)
    line.put(write("anna@anna.example.net", "Password", "Please help me too."))
    line.put(answer_to(line.last("anna@anna.example.net"), "STOP"))
    hours(line, 4)
    (draft,) = line.to(OMID, "draft")
    line.put(answer_to(draft, "drop"))
    hours(line, 4)
    assert line.to(JOHN, "delay_notice") == line.to("anna@anna.example.net", "delay_notice") == []
    line.close()


def test_a_group_may_let_updates_go_by_themselves(tmp_path):
    line = promised(tmp_path, group='delay = "send"')
    hours(line, 4)
    assert line.to(OMID, "draft") == []
    assert len(line.to(JOHN, "delay_notice")) == 1
    assert line.store.look.entries(1001)[-1].author == "job: promises"
    line.close()


def test_a_new_colleagues_updates_wait_for_the_lead(tmp_path):
    line = promised(tmp_path, group='approval = "lead"')
    hours(line, 4)
    assert line.to(OMID, "draft") == []
    line.put(answer_to(line.last("mina@example.com", "draft"), "send"))
    assert len(line.to(JOHN, "delay_notice")) == 1
    line.close()


@pytest.mark.parametrize("group", ["", 'delay = "send"'])
def test_a_customer_hears_at_least_so_often(tmp_path, group):
    line = promised(tmp_path, INFORMED, group)
    hours(line, 4)
    if not group:
        assert "should hear from us" in line.last(OMID, "draft").text
        line.put(answer_to(line.last(OMID, "draft"), "send"))
    assert len(line.to(JOHN, "status_update")) == 1
    hours(line, 20)
    if not group:
        line.put(answer_to(line.last(OMID, "draft"), "send"))
    assert len(line.to(JOHN, "status_update")) == 2, "four working hours later, on the next day"
    line.close()


def test_outside_working_hours_nobody_is_asked(tmp_path):
    line = promised(tmp_path, LEVEL.replace('"4h"', '"9h"'))
    hours(line, 7.25)
    hours(line, 14)
    assert line.to(OMID, "draft") == []
    hours(line, 3.5)
    assert len(line.to(OMID, "draft")) == 1
    line.close()


@pytest.mark.parametrize("tag", ["[close]", "[requester mary@mary.example.net]", "[merge 1002]"])
def test_a_draft_does_not_outlive_what_it_is_about(tmp_path, tag):
    line = promised(tmp_path)
    line.put(write(JOHN, "Password", "Please help me with another matter."))
    hours(line, 4)
    draft = next(one for one in line.to(OMID, "draft") if "#1001" in one.text)
    told = next(one for one in line.to(OMID, "notification") if "#1001" in one.header("Subject"))
    proof = {"Authentication_Results": "mx.example.com; dmarc=pass header.from=example.com"}
    line.put(answer_to(told, "", tag=tag, **proof))
    line.put(answer_to(draft, "send"))
    assert line.to(JOHN, "delay_notice") == []
    assert "waits for a decision" in line.last(OMID, "command_error").text
    line.close()


def test_a_time_that_has_passed_is_promised_to_nobody(tmp_path):
    line = promised(tmp_path)
    hours(line, 4)
    draft = line.last(OMID, "draft")
    line.now += timedelta(hours=20)
    line.put(answer_to(draft, "send"))
    assert line.to(JOHN, "delay_notice") == []
    assert "waits for a decision" in line.last(OMID, "command_error").text
    hours(line, 8)
    assert line.to(OMID, "draft_reminder") == []
    line.close()

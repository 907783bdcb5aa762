"""What customers can do by mail."""

from dataclasses import replace

import pytest
from unit.commands.command_scenes import NOW, change, customer, only, sent, templates

from maildesk.commands.customer import Asked, customer_mail, read
from maildesk.commands.thanks import only_thanks
from maildesk.model.change import Rated, Remember
from maildesk.model.mail import Kind, Part
from maildesk.model.people import Person, Role
from maildesk.model.ticket import EntryKind, Event, Status
from maildesk.model.tokens import Right


def write(text, status=Status.OPEN, **fields):
    before, where = customer(text, status=status, **fields)
    return customer_mail(before, where)


def events(done):
    return [raised.event for raised in done.events]


@pytest.mark.parametrize(
    ("status", "then", "raised"),
    [
        (Status.NEW, Status.NEW, [Event.REPLIED]),
        (Status.OPEN, Status.OPEN, [Event.REPLIED]),
        (Status.WAITING, Status.OPEN, [Event.REPLIED]),
        (Status.PAUSED, Status.OPEN, [Event.REPLIED]),
        (Status.SOLVED, Status.OPEN, [Event.REPLIED, Event.REOPENED]),
    ],
)
def test_a_plain_mail_makes_it_our_turn(status, then, raised):
    done = write("The page is still empty.", status)
    ticket = done.tickets[1042]
    assert (ticket.status, ticket.replied_at, events(done)) == (then, NOW, raised)
    assert ticket.waiting_since is not None
    assert (done.entries[0].kind, done.entries[0].author, done.entries[0].text) == (
        EntryKind.CUSTOMER,
        "leila@example.org",
        "The page is still empty.",
    )
    assert ticket.cycle == (2 if status is Status.SOLVED else 1)


def test_the_oldest_unanswered_mail_counts():
    assert write("And another thing").tickets[1042].waiting_since < NOW
    assert write("It broke again", Status.SOLVED).tickets[1042].waiting_since == NOW


THANKS = [
    "Thanks!", "Thank you very much, Sara", "Thanks a lot for your help!\n\nBest regards\nLeila", "Thanks, it works now.", "Thank you 🙏", "👍", "thx",
    "ممنون", "خیلی ممنونم از پیگیری شما", "ممنون، حل شد", "مرسی، عالی بود", "سپاسگزارم", "دستتون درد نکنه", "با تشکر فراوان", "خسته نباشید، ممنون از پاسخ سریع شما",
    "Danke!", "Vielen Dank für die schnelle Hilfe!", "Merci beaucoup !", "Gracias por su ayuda", "Grazie mille", "Obrigado pela ajuda", "Bedankt voor je hulp",
    "Tack så mycket", "Teşekkürler", "Спасибо большое за помощь", "شكرا جزيلا",
]  # fmt: skip
ASKING = [
    "Thanks but it does not work", "Thanks. When will it be sent?", "Thank you, please call me", "No thanks", "Thanks for nothing", "Thanks, still waiting",
    "Thanks in advance for the refund", "ممنون ولی هنوز مشکل دارم", "ممنون، کی می‌رسد", "ممنون. فاکتور را هم بفرستید", "مشکل حل نشد", "تشکر، اما خراب است", "Danke, aber es geht nicht",
    "Merci, mais non", "Gracias, pero no funciona", "It works now", "yes", "ok", "Thanks 4711", "https://example.com thanks", "", "is it solved", "thank you so much? ",
    "Спасибо, но не работает", "Thanks! One more question: where is my invoice",
]  # fmt: skip


@pytest.mark.parametrize("text", THANKS)
def test_thanks_alone_do_not_reopen(text):
    done = write(text, Status.SOLVED)
    assert (done.tickets[1042].status, events(done)) == (Status.SOLVED, [Event.REPLIED])
    assert any("thanks" in step.text for step in done.trace) or read(text)


@pytest.mark.parametrize("text", ASKING)
def test_no_question_is_lost_behind_thanks(text):
    assert not only_thanks(text, ["Leila", "Sara Amini"])
    assert write(text, Status.SOLVED).tickets[1042].status is Status.OPEN


def test_thanks_with_a_file_or_in_a_waiting_ticket_are_looked_at():
    before, where = customer("Thanks", status=Status.SOLVED)
    where = replace(where, mail=replace(where.mail, parts=(Part("2", "a.pdf", "application/pdf", 9, "0" * 64),)))
    assert customer_mail(before, where).tickets[1042].status is Status.OPEN
    assert write("Thanks", Status.WAITING).tickets[1042].status is Status.OPEN


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("SOLVED", Asked.SOLVED), ("Solved!\nThanks", Asked.SOLVED), ("حل شد", Asked.SOLVED), ("حل‌شد.", Asked.SOLVED), ("REOPEN", Asked.REOPEN), ("باز شود", Asked.REOPEN),
        ("حل نشد", Asked.REOPEN), ("STATUS", Asked.STATUS), ("وضعیت", Asked.STATUS), ("STOP", Asked.STOP), ("توقف", Asked.STOP), ("LANGUAGE fa", Asked.LANGUAGE),
        ("زبان فارسی", Asked.LANGUAGE), ("MY DATA", Asked.MY_DATA), ("داده‌های من", Asked.MY_DATA), ("داده هاي من", Asked.MY_DATA), ("ERASE", Asked.ERASE), ("حذف", Asked.ERASE),
        ("FAQ refund", Asked.FAQ), ("faq: how to return", Asked.FAQ), ("راهنما مرجوعی", Asked.FAQ),
    ],
)  # fmt: skip
def test_words_on_the_first_line(text, asked):
    assert read(text).asked is asked


@pytest.mark.parametrize(
    "text", ["solved?", "Is it solved", "status of my order", "stop calling me", "the language is fa", "erase the file", "حل شد؟", "حذف نشد", "Hello\nSOLVED", "", "LANGUAGE klingonese"]
)  # fmt: skip
def test_other_first_lines_are_plain_mail(text):
    assert read(text) is None


def test_solved_solves():
    done = write("SOLVED\nThank you, Sara!")
    assert (done.tickets[1042].status, done.tickets[1042].waiting_since) == (Status.SOLVED, None)
    assert events(done) == [Event.REPLIED, Event.SOLVED]


def test_solved_with_a_request_below_is_a_request():
    assert write("SOLVED\nBut where is the invoice for May").tickets[1042].status is Status.OPEN


def test_reopen_reopens():
    assert write("REOPEN", Status.SOLVED).tickets[1042].status is Status.OPEN


def test_status_tells_of_this_ticket_only():
    done = write("وضعیت", Status.WAITING)
    assert [row["number"] for row in only(done, "status").data["tickets"]] == [1042]
    assert done.tickets[1042].status is Status.WAITING


def test_stop_and_language_are_remembered_for_the_writer():
    assert Remember(email="leila@example.org", no_updates=True) in write("STOP").effects
    done = write("LANGUAGE fa")
    assert Remember(email="leila@example.org", language="fa") in done.effects
    assert (done.tickets[1042].language, only(done, "done").language) == ("fa", "fa")
    before, where = customer("LANGUAGE en", person=Person("ali@example.org", "Ali", Role.PARTICIPANT))
    assert customer_mail(before, where).tickets[1042].language == ""


@pytest.mark.parametrize("text", ["ERASE", "MY DATA", "حذف"])
def test_data_and_erasure_need_a_second_mail(text):
    done = write(text)
    assert only(done, "confirm").rights == (Right.CONFIRM,)
    assert done.effects == ()


def test_what_is_written_below_a_word_is_not_lost():
    assert write("STOP\nAnd where is my invoice?", Status.WAITING).tickets[1042].status is Status.OPEN


SURVEY = sent(Right.SURVEY, "leila@example.org", purpose="survey:2", template="survey")


def test_a_rating_is_kept_and_reopens_nothing():
    done = write("۵\nعالی بود", Status.SOLVED, sent=SURVEY)
    assert done.effects == (Rated(1042, 2, "leila@example.org", 5, "عالی بود"),)
    assert (done.entries[0].kind, events(done), done.tickets[1042].status) == (
        EntryKind.RATING,
        [Event.RATED],
        Status.SOLVED,
    )


def test_a_question_beside_a_rating_is_not_lost():
    done = write("2\nWhere is my invoice?", Status.SOLVED, sent=SURVEY)
    assert done.effects[0].stars == 2
    assert done.tickets[1042].status is Status.OPEN


def test_what_is_no_rating_is_plain_mail():
    done = write("I have waited for 3 days", Status.SOLVED, sent=SURVEY)
    assert (done.effects, done.tickets[1042].status) == ((), Status.OPEN)


@pytest.mark.parametrize(
    "survey",
    [replace(SURVEY, expired=True), replace(SURVEY, person="eva@example.net"), replace(SURVEY, right=None), None],
)
def test_only_the_asked_person_can_rate_and_in_time(survey):
    assert write("5", Status.SOLVED, sent=survey).effects == ()


def test_a_robot_changes_nothing():
    before, where = customer("I am away", status=Status.SOLVED)
    done = customer_mail(before, replace(where, mail=replace(where.mail, kind=Kind.AUTO_REPLY)))
    assert (done.entries[0].kind, done.tickets[1042].status, done.events) == (EntryKind.AUTO, Status.SOLVED, ())


def test_a_participant_writes_and_the_requester_stays():
    before, where = customer("I see it too", person=Person("ali@example.org", "Ali", Role.PARTICIPANT))
    done = customer_mail(before, where)
    assert (done.tickets[1042].requester, done.entries[0].author) == ("leila@example.org", "ali@example.org")
    assert templates(done) == []
    assert change().tickets[1042].participants == done.tickets[1042].participants

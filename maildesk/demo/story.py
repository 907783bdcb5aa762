"""A day at the desk, told as it happens. Every step waits for what the desk really did."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from email.message import Message
from pathlib import Path

from maildesk.demo.figures import Figures, count
from maildesk.demo.people import (
    DESK,
    FINANCE,
    GHOST,
    JOHN,
    LEILA,
    MINA,
    OMID,
    REZA,
    SARA,
    Player,
    new_mail,
    reply_to,
    text_of,
    vacation,
)
from maildesk.demo.stage import Stage, StoryBroken, parsed
from maildesk.notices.clean import base_subject, clean_line

_RULE, _RULE_FILE = "who cannot log in is in a hurry", "50-own.toml"
_WHEN, _THEN = '{ subject = { words = ["log in", "login"] } }', '{ priority = "high" }'
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def play(folder: Path, say: Callable[[str], None], page: Path, command: Callable[..., str]) -> tuple[Figures, Stage]:
    """Play the whole story, and write the day's report into ``page``; the stage is still lit when this returns.

    ``command`` runs a command of ours on the desk in ``folder``. Raises StoryBroken.
    """
    begun = time.monotonic()

    def tell(line: str) -> None:
        say(f"{time.monotonic() - begun:5.1f} s  {line}")

    stage = Stage(folder, tell, command)
    try:
        _acts(stage, tell, page)
    except BaseException:
        stage.end()
        raise
    return count(stage.injected, stage.world.sent, stage.world.unsettled(DESK), time.monotonic() - begun), stage


def _acts(stage: Stage, tell: Callable[[str], None], page: Path) -> None:
    stage.raise_curtain()
    tell("A helpdesk stands: one mailbox, support@example.com; two agents, a lead, a manager, a finance department.")
    _john_waits(stage)
    talk = _leila_asks(stage)
    _colleagues(stage, talk)
    _mishaps(stage)
    _leila_is_helped(stage, talk)
    _escalated(stage)
    _rated(stage)
    _reported(stage, page)
    _rule_changed(stage)
    stage.wait_until(stage.settled, "every mail to be settled")
    time.sleep(1.5)  # what should not come would come now


def _john_waits(stage: Stage) -> None:
    """A request that nobody answers: it is left to the clock."""
    text = "Hello,\n\nI cannot log in since this morning (error LOGIN-77).\nPlease help.\n\nJohn"
    stage.write(JOHN, new_mail(JOHN, "Cannot log in", text, html=True), "new", "LOGIN-77")
    stage.tell("John writes: he cannot log in.")
    stage.wait_for(JOHN, "an acknowledgement", notice="acknowledgement")
    stage.wait_for(OMID, "a notification", holding="LOGIN-77")
    stage.tell("John has an acknowledgement; Omid has the ticket, and leaves it lying.")


def _leila_asks(stage: Stage) -> Message:
    text = "سلام،\n\nمبلغ صورت‌حساب آبان اشتباه است (پیوست را ببینید). شمارهٔ قرارداد ۱۴۰۵۷۷ است.\n\nلیلا"
    stage.write(LEILA, new_mail(LEILA, "اشتباه در صورت‌حساب", text, pdf=_PDF), "new", "آبان اشتباه است")
    stage.tell("Leila writes in Persian, with a PDF: her invoice is wrong.")
    got = stage.wait_for(LEILA, "an acknowledgement", notice="acknowledgement")
    stage.tell(f"Leila has an acknowledgement in her language: {base_subject(str(got['Subject']))}")
    told = stage.wait_for(SARA, "a notification", holding="آبان اشتباه است")
    files = [part.get_filename() for part in told.walk() if part.get_filename()]
    stage.tell(f"A rule has set group, priority and tag; Sara has it, with {', '.join(map(str, files))}.")
    stage.write(LEILA, vacation(LEILA, got), "vacation", "I am out of the office")
    stage.tell("Leila's mailbox answers the acknowledgement by itself: a robot, so nobody answers and nothing changes.")
    answer = "سلام خانم رضایی،\n\nسپاس از پیام شما. در حال بررسی هستیم؛ کد پیگیری بانک را هم می‌فرستید؟\n\nسارا"
    stage.write(SARA, reply_to(SARA, told, answer), "answer", "کد پیگیری بانک را هم")
    stage.tell("Sara simply replies from her own mail client.")
    got = stage.wait_for(LEILA, "Sara's answer", holding="کد پیگیری بانک را هم")
    stage.tell(f"Leila has the answer, from {clean_line(str(got['From']))}: Sara's own address stays at home.")
    stage.write(LEILA, reply_to(LEILA, got, "کد پیگیری: ۸۸۱۲۰۴"), "reply", "۸۸۱۲۰۴")
    told = stage.wait_for(SARA, "Leila's reply", holding="۸۸۱۲۰۴")
    stage.tell("Leila answers; Sara is told.")
    return told


def _colleagues(stage: Stage, told: Message) -> None:
    text = "امید، آیا این مورد را قبلاً هم داشته‌ایم؟ پروندهٔ ZX-15"
    stage.write(SARA, reply_to(SARA, told, text, tag="[note] [watch omid]"), "note", "ZX-15")
    noted = stage.wait_for(OMID, "the note", holding="ZX-15")
    stage.tell("Sara asks Omid with [note]: the customer sees nothing of it.")
    stage.write(OMID, reply_to(OMID, noted, "Yes, twice. Ask finance, case ZX-16."), "note", "ZX-16")
    stage.wait_for(SARA, "Omid's note", holding="ZX-16")
    stage.tell("Omid answers the note: a reply to a note is a note.")
    question = "همکاران گرامی، لطفاً صورت‌حساب قرارداد ۱۴۰۵۷۷ را بررسی کنید (پروندهٔ FN-20)."
    stage.write(SARA, reply_to(SARA, told, question, tag="[refer finance]"), "answer", "FN-20")
    asked = stage.wait_for(FINANCE, "the question", holding="FN-20")
    stage.tell("Sara refers it to the finance department with [refer finance].")
    stage.write(FINANCE, reply_to(FINANCE, asked, "اصلاح شد؛ مبلغ درست FN-21 است."), "department", "FN-21")
    stage.wait_for(SARA, "finance's answer", holding="FN-21")
    stage.tell("Finance answers by mail; it is a note for Sara.")
    mistaken = reply_to(SARA, told, "این متن نباید برود: QX-30", tag="[sloved]")
    stage.write(SARA, mistaken, "command", "QX-30")
    stage.wait_for(SARA, "a question back", notice="command_error")
    stage.tell("Sara mistypes [sloved]: nothing leaves, she is asked whether she meant [solved].")


def _mishaps(stage: Stage) -> None:
    stage.write(GHOST, new_mail(GHOST, "Question", "Is parcel PC-40 on its way?"), "new", "PC-40")
    told = stage.wait_for(OMID, "the question", holding="PC-40")
    stage.write(OMID, reply_to(OMID, told, "It is, since Friday. PC-41"), "answer", "PC-41")
    news = stage.wait_for(OMID, "news of the bounce", notice="bounced")
    stage.tell("Omid's answer to a dead address comes back; he is told, and the clock runs on.")
    stage.write(OMID, reply_to(OMID, news, "", tag="[close]"), "command", "[close]")
    stage.wait_for(OMID, "the transcript", notice="transcript")
    stage.tell("Nobody is there, so Omid closes it with [close].")
    spam = new_mail(JOHN, "You have won", "Claim prize SP-50 now!")
    spam["X-Spam-Flag"] = "YES"
    stage.write(JOHN, spam, "spam", "SP-50")
    stage.tell("A mail that the spam filter marked goes to quarantine, without an acknowledgement.")


def _leila_is_helped(stage: Stage, told: Message) -> None:
    text = "خانم رضایی عزیز،\n\nصورت‌حساب اصلاح شد و نسخهٔ تازه تا فردا می‌رسد. کد LX-60\n\nسارا"
    done = reply_to(SARA, told, text, tag="[حل‌شد]")
    stage.write(SARA, done, "answer", "LX-60")
    stage.wait_for(LEILA, "the answer", holding="LX-60")
    stage.tell("Sara answers and solves in one mail, with [حل‌شد].")
    survey = stage.wait_for(LEILA, "the survey", notice="survey")
    stage.tell("A little later Leila is asked how it was; she answers «۵ عالی بود RT-70».")
    stage.write(LEILA, reply_to(LEILA, survey, "۵\nعالی بود RT-70"), "rating", "RT-70")


def _escalated(stage: Stage) -> None:
    stage.wait_for(OMID, "a warning", notice="escalation")
    stage.tell("John still waits: at 75 % of the time Omid is warned.")
    stage.wait_for(MINA, "the escalation", notice="escalation")
    stage.tell("At 100 % the lead, Mina, is told and gets the ticket.")
    stage.wait_for(REZA, "the escalation", notice="escalation")
    stage.tell("A little later the manager is told too.")
    stage.wait_for(JOHN, "a status update", notice="status_update")
    stage.tell("John hears that he is not forgotten.")
    told = _latest(stage, MINA, "")
    text = "Sorry for the wait, John: your account is unlocked. MN-80"
    stage.write(MINA, reply_to(MINA, told, text, tag="[solved]"), "answer", "MN-80")
    stage.wait_for(JOHN, "Mina's answer", holding="MN-80")
    stage.tell("Mina answers John and solves it.")


def _rated(stage: Stage) -> None:
    survey = stage.wait_for(JOHN, "the survey", notice="survey")
    stage.write(JOHN, reply_to(JOHN, survey, "2\nToo slow RT-90"), "rating", "RT-90")
    stage.wait_for(MINA, "the bad rating", holding="RT-90")
    stage.tell("John rates 2 of 5: the ticket opens again and the lead is told.")


def _reported(stage: Stage, page: Path) -> None:
    stage.write(MINA, reply_to(MINA, _latest(stage, MINA, "RT-90"), "", tag="[report]"), "command", "[report]")
    got = stage.wait_for(MINA, "the report", notice="report")
    stage.tell(
        "On Saturday mornings the lead gets the week's figures by mail. Mina wants them now and writes [report]:"
    )
    stage.tell(f"she has «{base_subject(str(got['Subject']))}».")
    stage.command("report", "--last", "1d", "--html", str(page))
    stage.tell(f"The same with charts, to open in a browser: {page}")


def _rule_changed(stage: Stage) -> None:
    """A new rule is tried on the mails of the day, then put live."""
    new = stage.folder / _RULE_FILE
    new.write_text(f'[[rule]]\nname = "{_RULE}"\non = ["opened"]\nwhen = {_WHEN}\nthen = [ {_THEN} ]\n', "utf-8")
    found = next(line for line in stage.command("rules", "replay", str(new)).splitlines() if "would differ" in line)
    stage.tell(f"An admin has an idea for a rule, «{_RULE}», and tries it on the mails of the day: {found}.")
    reloads = stage.log().count('"reloaded"')
    stage.command("rules", "add", _RULE, "--on", "opened", "--when", _WHEN, "--then", _THEN, "--file", _RULE_FILE)
    stage.wait_until(lambda: stage.log().count('"reloaded"') > reloads, "the new rule to be in force")
    stage.tell("`maildesk rules add` puts it live; the daemon takes it up without a restart.")
    stage.write(JOHN, new_mail(JOHN, "Cannot log in again", "It is back: LOGIN-78."), "new", "LOGIN-78")
    stage.wait_for(JOHN, "an acknowledgement", notice="acknowledgement")
    told = stage.wait_for(OMID, "a notification", holding="LOGIN-78")
    number = str(told["Subject"]).partition("[#")[2].partition("]")[0]
    priority = json.loads(stage.command("ticket", "show", number, "--json"))["priority"]
    if priority != "high":
        raise StoryBroken(f"the new rule did nothing: ticket {number} has priority {priority}")
    stage.tell(f"John writes again: this time Omid has it with priority {priority}.")


def _latest(stage: Stage, player: Player, holding: str) -> Message:
    """The latest mail that somebody got and that holds these words."""
    got = (parsed(one) for one in reversed(stage.world.sent) if one.recipient == player.email)
    return next(mail for mail in got if holding in text_of(mail))

"""Chasing departments: a question that nobody answered is asked again, until somebody does or the ticket is done."""

from __future__ import annotations

from datetime import datetime, timedelta

from maildesk.model.change import Change, MailClass, Notice
from maildesk.model.desk import Desk, Scene
from maildesk.model.people import Department, Role
from maildesk.model.ticket import Entry, EntryKind, Ticket
from maildesk.model.tokens import Right
from maildesk.schedule.run import JobRun, each_ticket
from maildesk.service.calendar import calendar_of, open_time

FIELD = "referred"


def remind(run: JobRun) -> str:
    """Remind every department that is due, once an interval of working time."""
    count = 0
    for ticket in run.store.look.with_field(FIELD):
        department = run.desk.departments.get(ticket.field(FIELD))
        asked = question(run.store.look.entries(ticket.number)) if department else None
        if department is None or asked is None:
            continue

        def key(now: Ticket, department: Department = department, asked: Entry = asked) -> str:
            return _key(now, department, asked, run.desk, run.now)

        def ask(change: Change, scene: Scene, department: Department = department, asked: Entry = asked) -> Change:
            return _ask_again(change, scene, department, asked)

        count += each_ticket(run, [ticket], key, ask)
    return f"{count} reminders"


def question(entries: tuple[Entry, ...]) -> Entry | None:
    """The entry that asked: the one that set the field last, or the note right before it that holds the words."""
    found = None
    for before, entry in zip((None, *entries), entries, strict=False):
        if "fields" in entry.after and dict(entry.after["fields"]).get(FIELD):
            was = dict(entry.before.get("fields", ())).get(FIELD)
            if was != dict(entry.after["fields"])[FIELD]:
                noted = before is not None and before.origin == entry.origin and before.kind is EntryKind.NOTE
                found = before if noted else entry
    return found


def _key(ticket: Ticket, department: Department, asked: Entry, desk: Desk, now: datetime) -> str:
    if ticket.is_done or ticket.merged_into or ticket.field(FIELD) != department.name:
        return ""
    interval = timedelta(minutes=max(department.remind_after_minutes, 1))
    step = open_time(calendar_of(desk, ticket), asked.at, now) // interval
    return f"refer:{ticket.number}:{asked.number}:{step}" if step >= 1 else ""


def _ask_again(change: Change, scene: Scene, department: Department, asked: Entry) -> Change:
    ticket = change.tickets[scene.number]
    told = change.record(
        ticket.number,
        EntryKind.NOTICE,
        "job: referrals",
        cause=f"{department.name} has not answered since {asked.at:%Y-%m-%d}",
    )
    return told.send(
        Notice(
            template="refer_reminder",
            to=department.email,
            to_name=department.name,
            role=Role.DEPARTMENT,
            cause=change.origin,
            ticket=ticket.number,
            mailbox=ticket.mailbox,
            language=department.language or ticket.language or scene.desk.language,
            mail_class=MailClass.AUTOMATIC,
            data={"since": asked.at, "text": asked.text},
            rights=(Right.REFER,),
        )
    )

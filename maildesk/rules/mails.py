"""The notices that rules write. What a template shows is gathered here; ``cause`` makes each of them happen once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from maildesk.ingest.identity import Trust, trust_notes
from maildesk.model.change import Change, Notice
from maildesk.model.desk import Desk, Passage, Scene
from maildesk.model.people import Agent, Department, Role
from maildesk.model.ticket import NAMED, Entry, EntryKind, Event, Status, Ticket
from maildesk.model.tokens import Right
from maildesk.rules.patterns import normalise
from maildesk.service.calendar import calendar_of, holiday_name, is_holiday, is_open, next_open
from maildesk.service.promise import expected
from maildesk.service.telling import told_at, why_told

_RECEIPT = "acknowledgement"


def cause_of(scene: Scene) -> str:
    """The entry that a notice comes from, or the step of a service level that was reached."""
    if scene.event is Event.IDLE:
        return f"idle:{scene.entry}"
    return f"{scene.target}:{scene.entry}:{scene.percent}" if scene.event is Event.DUE else str(scene.entry)


def to_requester(change: Change, scene: Scene, template: str, **more: Any) -> Notice:
    """A mail to the person who asked."""
    ticket = change.tickets[scene.number]
    contact, desk = scene.contact, scene.desk
    language = ticket.language or (contact.language if contact else "")
    organisation = contact.organisation if contact else ""
    promise = expected(desk, ticket, organisation, scene.paces.get(ticket.group), change.now)
    return Notice(
        **{
            "template": template,
            "to": ticket.requester,
            "to_name": ticket.requester_name,
            "role": Role.REQUESTER,
            "cause": _cause(ticket, scene, template, change.now),
            "ticket": ticket.number,
            "mailbox": ticket.mailbox,
            "language": language,
            "data": {
                "expected": promise.at if promise else None,
                "usually": bool(promise and promise.usual),
                "since": ticket.waiting_since,
                "stars": scene.rating or 0,
                **(_circumstances(change, scene, language) if template == _RECEIPT else {}),
            },
            "hold_seconds": _hold_seconds(scene),
            "not_before": next_open(calendar_of(desk, ticket), change.now) if scene.event is Event.IDLE else None,
            "entry": scene.entry,
            **more,
        }
    )


def _hold_seconds(scene: Scene) -> int:
    """How long what an agent does can be undone; what it causes outside must not leave before."""
    agent = scene.desk.agents.get(scene.person.agent)
    if agent is None:
        return 0
    return scene.desk.hold_seconds if agent.hold_seconds is None else agent.hold_seconds


def _cause(ticket: Ticket, scene: Scene, template: str, now: datetime) -> str:
    if template == _RECEIPT:
        return _day_of(ticket, scene.desk, now)
    if scene.event is Event.IDLE and ticket.updated_at:
        # a robot's mail is an entry, but not another silence
        return f"idle:{ticket.updated_at:%Y%m%dT%H%M%S}"
    return cause_of(scene)


def _day_of(ticket: Ticket, desk: Desk, now: datetime) -> str:
    """Makes an acknowledgement happen once in a ticket and day, however much its customer writes."""
    return f"receipt:{now.astimezone(ZoneInfo(calendar_of(desk, ticket).timezone)).date()}"


def _circumstances(change: Change, scene: Scene, language: str) -> dict[str, Any]:
    """What makes an acknowledgement honest: whether anybody is there, and which request the mail belongs to."""
    desk, ticket = scene.desk, change.tickets[scene.number]
    told: dict[str, Any] = {"follows": _goes_on_from(change, ticket), "again": scene.event is not Event.OPENED}
    calendar = calendar_of(desk, ticket)
    if is_open(calendar, change.now):
        return told
    today = change.now.astimezone(ZoneInfo(calendar.timezone)).date()
    holiday = is_holiday(calendar, today)
    return told | {
        "closed": "holiday" if holiday else "hours",
        "holiday": holiday_name(calendar, today, language or desk.language) if holiday else "",
        "opens_at": next_open(calendar, change.now),
    }


def _goes_on_from(change: Change, ticket: Ticket) -> int:
    """The closed ticket that this one goes on from, or 0; one that is not closed is about another matter."""
    known = change.tickets
    return next((one for one in ticket.links if one not in known or known[one].status is Status.CLOSED), 0)


def passage(change: Change, scene: Scene, name: str, known: Sequence[Passage]) -> Notice | None:
    """A macro or article as a mail to the requester; None where it has gaps that only an agent can fill.

    A stranger may have caused it, so nothing of theirs is filled in.
    """
    notice = to_requester(change, scene, "passage")
    ranks = {notice.language or scene.desk.language: 0, "": 1}
    found = min((one for one in known if one.name == name), key=lambda one: ranks.get(one.language, 2))
    text = found.text
    for gap, value in (("desk", scene.desk.name), ("ticket", f"#{scene.number}")):
        text = text.replace(f"{{{{{gap}}}}}", value).replace(f"{{{{ {gap} }}}}", value)
    data = {"title": found.title, "text": text}
    return None if "{{" in text else replace(notice, cause=f"{notice.cause}+{name}", data=data)


def twin(change: Change, scene: Scene) -> int:
    """An earlier ticket of the requester that is not done and has the same subject; 0 for none."""
    subject = _bare(change.tickets[scene.number].subject)
    done = {Status.SOLVED.value, Status.CLOSED.value}
    alike = (
        int(row["number"])
        for row in scene.history
        if subject and str(row["status"]) not in done and _bare(str(row["subject"])) == subject
    )
    return next(alike, 0)


def _bare(subject: str) -> str:
    """A subject without reply prefixes, in the form in which texts are compared."""
    head, colon, rest = subject.partition(":")
    return _bare(rest) if colon and head.strip().lower() in _PREFIXES else normalise(subject).strip()


_PREFIXES = frozenset({"re", "fw", "fwd", "aw", "پاسخ"})


def hint(change: Change, scene: Scene, text: str) -> Change:
    """Show whoever has the ticket a note that a rule left in it."""
    ticket = change.tickets[scene.number]
    return change.send(
        *(
            Notice(
                template="note",
                to=agent.email,
                to_name=agent.display,
                role=agent.role,
                cause=str(ticket.version),
                ticket=ticket.number,
                mailbox=ticket.mailbox,
                language=agent.language or scene.desk.language,
                data={"author": scene.desk.name, "text": text},
                rights=(Right.NOTE, Right.ANSWER),
                entry=ticket.version,
            )
            for agent in people(change, scene, "assignee")
        )
    )


def survey(change: Change, scene: Scene) -> Notice:
    """One survey for each time that the ticket was solved, after the configured delay."""
    desk = scene.desk
    begin = change.now + timedelta(minutes=desk.survey.delay_minutes)
    return to_requester(
        change,
        scene,
        "survey",
        cause=f"survey:{change.tickets[scene.number].cycle}",
        rights=(Right.SURVEY,),
        not_before=begin,
        expires=begin + timedelta(days=desk.survey.expires_days),
    )


def to_department(change: Change, scene: Scene, department: Department) -> Notice:
    """A question to people outside the desk: what the customer wrote, and where to answer."""
    ticket, entry = change.tickets[scene.number], _entry(change, scene)
    return Notice(
        template="refer",
        to=department.email,
        to_name=department.name,
        role=Role.DEPARTMENT,
        cause=cause_of(scene),
        ticket=ticket.number,
        mailbox=ticket.mailbox,
        language=department.language or ticket.language,
        data={"department": department.name, "original": entry.text if entry else "", "text": ""},
        attachments=scene.attachments,
        rights=(Right.REFER,),
        hold_seconds=_hold_seconds(scene),
        entry=scene.entry,
    )


def notify(change: Change, scene: Scene, author: str, targets: Iterable[str]) -> Change:
    """Tell people of the desk what happened; whoever did it is not told."""
    if not scene.desk.notify_agents:
        return change.say(scene.number, "notice", f"{author}: agents are not notified (notify_agents = false)")
    for target in targets:
        found = people(change, scene, target)
        if not found and target != "watchers":
            change = change.say(scene.number, "notice", f"{author}: nobody to notify as {target}")
        change, found = _listening(change, scene, found, target, author)
        told = (_notification(change, scene, agent) for agent in found)
        change = change.send(*(mail for mail in told if mail is not None))
    return change


def _listening(
    change: Change, scene: Scene, found: tuple[Agent, ...], target: str, author: str
) -> tuple[Change, tuple[Agent, ...]]:
    """Without those who want to hear nothing; but where nobody would hear of it, everybody does."""
    ticket = change.tickets[scene.number]
    quiet = [one for one in found if one.name in ticket.muted or one.notify == "none"]
    if len(quiet) == len(found) and target != "watchers":
        return change, found
    for one in quiet:
        how = "[unwatch]" if one.name in ticket.muted else 'notify = "none"'
        change = change.say(scene.number, "notice", f"{author}: {one.name} wants to hear nothing of it ({how})")
    return change, tuple(one for one in found if one not in quiet)


def people(change: Change, scene: Scene, target: str) -> tuple[Agent, ...]:
    """Whom a target means now: an agent's name, assignee, group, watchers, lead, manager or account_manager."""
    desk, ticket = scene.desk, change.tickets[scene.number]
    if target == "assignee":
        present = ticket.assignee in desk.agents and ticket.assignee not in scene.away
        return (desk.agents[ticket.assignee],) if present else people(change, scene, "group")
    if target == "group" or (target == "lead" and not desk.lead_of(ticket.group)):
        names = _members(scene, ticket)
    elif target == "watchers":
        names = sorted(ticket.watchers)
    elif target == "manager":
        names = [agent.name for agent in desk.agents.values() if agent.role is Role.MANAGER]
    else:
        account_manager = ticket.account_manager or (scene.contact.account_manager if scene.contact else "")
        names = [{"lead": desk.lead_of(ticket.group), "account_manager": account_manager}.get(target, target)]
    return tuple(desk.agents[name] for name in names if name in desk.agents)


def _members(scene: Scene, ticket: Ticket) -> list[str]:
    """The group's agents who are there, else all of them, else the lead, else everybody: a ticket is never unseen."""
    desk = scene.desk
    mailbox = desk.mailboxes.get(ticket.mailbox)
    group = ticket.group or (mailbox.group if mailbox else "")
    members = [agent.name for agent in desk.agents.values() if group in agent.groups]
    if not members:
        lead = desk.lead_of(group)
        return [lead] if lead else list(desk.agents)
    return [name for name in members if name not in scene.away] or members


def _notification(change: Change, scene: Scene, agent: Agent) -> Notice | None:
    if agent.name == scene.person.agent and scene.person.email in agent.addresses:
        return None
    noted = scene.event is Event.NOTED
    ticket = change.tickets[scene.number]
    return Notice(
        template="note" if noted else "notification",
        to=agent.email,
        to_name=agent.display,
        role=agent.role,
        cause=cause_of(scene),
        ticket=ticket.number,
        mailbox=ticket.mailbox,
        language=agent.language or scene.desk.language,
        data=_told(change, scene, why_told(agent, ticket, scene.desk)),
        attachments=scene.attachments,
        rights=(Right.NOTE, Right.ANSWER) if noted else (Right.ANSWER, Right.NOTE),
        not_before=told_at(agent, ticket, scene.desk, change.now),
        entry=scene.entry,
    )


def escalate(change: Change, scene: Scene, whom: Iterable[Agent]) -> Change:
    """Warn people that a ticket needs them."""
    ticket = change.tickets[scene.number]
    warnings = (
        Notice(
            template="escalation",
            to=agent.email,
            to_name=agent.display,
            role=agent.role,
            cause=cause_of(scene),
            ticket=ticket.number,
            mailbox=ticket.mailbox,
            language=agent.language or scene.desk.language,
            data={
                "target": scene.target,
                "percent": scene.percent,
                "since": ticket.waiting_since or ticket.opened_at,
                "reason": why_told(agent, ticket, scene.desk),
            },
            rights=(Right.ANSWER, Right.NOTE),
            entry=ticket.version,
        )
        for agent in whom
    )
    return change.send(*warnings)


def _entry(change: Change, scene: Scene) -> Entry | None:
    """The entry that the event is about: what this change adds, else what was loaded of the history."""
    known = (*change.entries, *scene.story)
    return next((entry for entry in known if entry.ticket == scene.number and entry.number == scene.entry), None)


def _told(change: Change, scene: Scene, reason: str) -> dict[str, Any]:
    """What an agent is told of an event."""
    entry, mail = _entry(change, scene), scene.mail
    by_customer = entry is not None and entry.kind in {EntryKind.CUSTOMER, EntryKind.RATING}
    requester = change.tickets[scene.number].requester_name if by_customer else ""
    return {
        "event": str(scene.event),
        "author": scene.person.name or requester or (entry.author if entry else ""),
        "text": entry.text if entry else "",
        "note": _note(change, scene),
        "attachments": tuple(part.filename for part in mail.parts if not part.inline) if mail else (),
        "trust": _trust(change, scene) if by_customer else (),
        "history": scene.history,
        "last_rating": scene.rating or (scene.contact.last_rating if scene.contact else None),
        "target": scene.target,
        "reason": reason,
    }


def _note(change: Change, scene: Scene) -> str:
    """What a colleague wrote above the mail of a customer that they sent on."""
    notes = (one.text for one in change.entries if one.ticket == scene.number and one.kind is EntryKind.NOTE)
    return next(notes, "") if scene.event is Event.OPENED else ""


def _trust(change: Change, scene: Scene) -> tuple[Mapping[str, str], ...]:
    """Who wrote and how sure that is, in keys that the template has words for."""
    if scene.mail is None:
        return ()
    named = change.tickets[scene.number].field(NAMED) if scene.event is Event.OPENED else ""
    claim = ({"key": Trust.NAMED.value, "number": named},) if named else ()
    notes = trust_notes(scene.mail, scene.person, scene.contact, scene.desk)
    return (*claim, *({"key": note.key.value, **dict(note.args)} for note in notes))

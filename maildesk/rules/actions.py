"""What a rule may do. One function is one action: its name is the TOML key, its docstring the help.

A function gets the change so far, who does it (``Doing``) and the argument that its parser made of the TOML value, and
returns the change that follows. Nothing is sent or stored here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from maildesk.model.change import Call, Change, MailClass
from maildesk.model.desk import Desk, Passage, Scene
from maildesk.model.people import Role
from maildesk.model.ticket import EntryKind, Event, Priority, Status, Ticket
from maildesk.rules import arguments, mails
from maildesk.rules.arguments import Parser, listed, member, named, one_string, yes
from maildesk.rules.patterns import BadArgument
from maildesk.service import assign as assignment

STRATEGIES = ("group", "round_robin", "least_loaded", "skills", "sticky", "account_manager", "lead", "nobody")
TARGETS = ("assignee", "group", "watchers", "lead", "manager", "account_manager")
QUARANTINE_TAG = "quarantine"


@dataclass(frozen=True, slots=True)
class Doing:
    """Who acts, and what they see."""

    scene: Scene
    author: str
    """ "rule: NAME", or whoever else has actions done."""

    @property
    def number(self) -> int:
        """The ticket."""
        return self.scene.number

    def skip(self, change: Change, reason: str) -> Change:
        """Nothing was done, and why."""
        return change.say(self.number, "action", f"{self.author}: {reason}")

    def set(self, change: Change, cause: str = "", event: Event | None = None, **after: Any) -> Change:
        """Change fields of the ticket; one that changes nothing leaves no entry and raises no event."""
        ticket = change.tickets[self.number]
        if all(getattr(ticket, name) == value for name, value in after.items()):
            return change
        return change.record(self.number, EntryKind.CHANGE, self.author, cause=cause, event=event, **after)


@dataclass(frozen=True, slots=True)
class Action:
    """An action: its key in rule files, its help, how its argument is read and what does it."""

    name: str
    help: str
    parse: Parser
    do: Callable[[Change, Doing, Any], Change]
    mails: bool
    """It only writes automatic mail: skipped where that is off."""
    raises: frozenset[Event]
    """Events that it may raise."""


ACTIONS: dict[str, Action] = {}

_Do = Callable[[Change, Doing, Any], Change]


def action(parse: Parser, *, mails: bool = False, raises: frozenset[Event] = frozenset()) -> Callable[[_Do], _Do]:
    """Make a function an action."""

    def register(function: _Do) -> _Do:
        name = function.__name__.rstrip("_")
        ACTIONS[name] = Action(name, " ".join((function.__doc__ or "").split()), parse, function, mails, raises)
        return function

    return register


def _group_names(desk: Desk) -> list[str]:
    return list(desk.groups)


def _agent_names(desk: Desk) -> list[str]:
    return list(desk.agents)


def _department_names(desk: Desk) -> list[str]:
    return list(desk.departments)


# --- the ticket's fields --------------------------------------------------------------------------------------------


@action(named("group", _group_names, ""))
def group(change: Change, doing: Doing, name: str) -> Change:
    """Give the ticket to a group; an assignee who does not belong to it loses it."""
    ticket = change.tickets[doing.number]
    owner = doing.scene.desk.agents.get(ticket.assignee)
    assignee = ticket.assignee if owner and name in owner.groups else ""
    return doing.set(change, group=name, assignee=assignee)


@action(member(Priority))
def priority(change: Change, doing: Doing, wanted: Priority) -> Change:
    """Set the priority: low, normal, high or urgent."""
    return doing.set(change, priority=wanted)


def _language(value: Any, desk: Desk) -> str:
    code = one_string(value, desk)
    if not (code.isascii() and code.isalpha() and 2 <= len(code) <= 3):
        raise BadArgument(f"{value!r} is no language; write a code such as fa or en")
    return code.lower()


@action(_language)
def language(change: Change, doing: Doing, code: str) -> Change:
    """Set the language in which the customer is written to: "fa", "en", …"""
    return doing.set(change, language=code)


def _tags(value: Any, _desk: Desk) -> tuple[frozenset[str], frozenset[str]]:
    added: set[str] = set()
    removed: set[str] = set()
    for written in arguments.strings(value):
        name = arguments.value_form(written.strip().lstrip("+-"))
        if not name:
            raise BadArgument(f'{written!r} is no tag; write "+urgent" to put it on and "-urgent" to take it off')
        (removed if written.strip().startswith("-") else added).add(name)
    return frozenset(added), frozenset(removed)


@action(_tags)
def tag(change: Change, doing: Doing, tags: tuple[frozenset[str], frozenset[str]]) -> Change:
    """Put tags on ("+vip", or just "vip") and take them off ("-vip"); one or a list."""
    added, removed = tags
    return doing.set(change, tags=change.tickets[doing.number].tags - removed | added)


@action(arguments.mapping(lambda value, _desk: arguments.strings(value)[0]))
def field(change: Change, doing: Doing, wanted: tuple[tuple[str, str], ...]) -> Change:
    """Set the ticket's own fields: { order = "{number}" }; "" empties one."""
    fields = {**dict(change.tickets[doing.number].fields), **dict(wanted)}
    return doing.set(change, fields=tuple(sorted((name, value) for name, value in fields.items() if value)))


def _settings(value: Any, desk: Desk) -> tuple[tuple[str, Any], ...]:
    names = ("status", "priority", "language", "group", "assignee")
    if not isinstance(value, dict) or not value or not set(value) <= set(names):
        raise BadArgument(f'a table of {", ".join(names)} is wanted; the desk\'s own fields are set by "field"')
    keys = {"status": member(Status), "assignee": named("agent", _agent_names, "")}
    return tuple(
        (key, keys[key](item, desk) if key in keys else ACTIONS[key].parse(item, desk)) for key, item in value.items()
    )


@action(_settings, raises=frozenset({Event.SOLVED, Event.REOPENED}))
def set_(change: Change, doing: Doing, wanted: tuple[tuple[str, Any], ...]) -> Change:
    """Set several at once: { status = "open", priority = "high", language = "fa", group = "…", assignee = "…" }."""
    for name, value in wanted:
        if name == "status":
            change = _status(change, doing, value)
        elif name == "assignee":
            change = doing.set(change, assignee=value)
        else:
            change = ACTIONS[name].do(change, doing, value)
    return change


# --- whose turn it is -----------------------------------------------------------------------------------------------


def _status(change: Change, doing: Doing, status: Status) -> Change:
    """Move a ticket to a status, with everything that goes with it."""
    ticket = change.tickets[doing.number]
    if ticket.status is status or ticket.merged_into:
        return change
    if status is Status.SOLVED:
        if ticket.is_done:
            return change
        after: dict[str, Any] = {"solved_at": change.now, "snoozed_until": None, "waiting_since": None}
        return doing.set(change, event=Event.SOLVED, status=status, **after)
    if status is Status.CLOSED:
        return doing.set(change, status=status, closed_at=change.now, snoozed_until=None, waiting_since=None)
    if ticket.is_done:
        again: dict[str, Any] = {"cycle": ticket.cycle + 1, "solved_at": None, "closed_at": None}
        return doing.set(change, event=Event.REOPENED, status=status, **again)
    return doing.set(change, status=status, snoozed_until=None)


@action(yes, raises=frozenset({Event.SOLVED}))
def solve(change: Change, doing: Doing, _yes: bool) -> Change:
    """The ticket is solved; a reply reopens it."""
    return _status(change, doing, Status.SOLVED)


@action(yes)
def close(change: Change, doing: Doing, _yes: bool) -> Change:
    """The ticket is closed for good: a reply makes a new one."""
    return _status(change, doing, Status.CLOSED)


@action(yes, raises=frozenset({Event.REOPENED}))
def reopen(change: Change, doing: Doing, _yes: bool) -> Change:
    """A solved or closed ticket is open again; others are left as they are."""
    return _status(change, doing, Status.OPEN) if change.tickets[doing.number].is_done else change


@action(yes, raises=frozenset({Event.REOPENED}))
def open_(change: Change, doing: Doing, _yes: bool) -> Change:
    """It is our turn."""
    return _status(change, doing, Status.OPEN)


@action(arguments.duration, raises=frozenset({Event.REOPENED}))
def snooze(change: Change, doing: Doing, wanted: timedelta) -> Change:
    """Out of sight for a time, "3d", or until the customer writes."""
    paused = _status(change, doing, Status.PAUSED)
    is_paused = paused.tickets[doing.number].status is Status.PAUSED
    return doing.set(paused, snoozed_until=change.now + wanted) if is_paused else paused


@action(yes)
def quarantine(change: Change, doing: Doing, _yes: bool) -> Change:
    """Set the ticket aside for a person to look at: tag quarantine, paused, no automatic mail, no further rule."""
    ticket = change.tickets[doing.number]
    change = doing.set(change, status=Status.PAUSED, tags=ticket.tags | {QUARANTINE_TAG})
    kept = tuple(n for n in change.notices if n.ticket != doing.number or n.mail_class is not MailClass.AUTOMATIC)
    return replace(change, notices=kept)


# --- who has it -----------------------------------------------------------------------------------------------------


@action(named("agent", _agent_names, *STRATEGIES))
def assign(change: Change, doing: Doing, whom: str) -> Change:
    """Give the ticket to an agent by name, or to whom a strategy finds: group (as the group's settings say),
    round_robin, least_loaded, skills (tags, language and priority against the agents' skills), sticky (who served this
    customer before), account_manager, lead; nobody takes it away.
    """
    scene = doing.scene
    ticket = change.tickets[doing.number]
    if whom == "nobody":
        return doing.set(change, assignee="")
    team = _team(ticket, scene.desk)
    if whom == "group":
        known = scene.desk.groups.get(team)
        whom = known.strategy if known else "round_robin"
    pick = _pick(change, doing, whom, team)
    if not pick.agent:
        return doing.skip(change, f"not assigned: {pick.reason}")
    group = ticket.group or (team if team in scene.desk.groups else "")
    return replace(
        doing.set(change, f"{whom}: {pick.reason}", assignee=pick.agent, group=group),
        cursors={**change.cursors, team: pick.agent} if whom in _TURNS else change.cursors,
    )


_TURNS = frozenset({"round_robin", "least_loaded", "skills"})
"""Strategies that take turns, and so move the group's cursor."""


def _team(ticket: Ticket, desk: Desk) -> str:
    mailbox = desk.mailboxes.get(ticket.mailbox)
    return ticket.group or (mailbox.group if mailbox else "")


def _pick(change: Change, doing: Doing, whom: str, team: str) -> assignment.Pick:
    scene = doing.scene
    ticket, desk = change.tickets[doing.number], scene.desk
    # What was left lying too long goes to somebody else.
    away = scene.away | {ticket.assignee} if scene.event is Event.DUE and ticket.assignee else scene.away
    loads = scene.loads
    cursor = change.cursors.get(team, scene.cursors.get(team, ""))
    if whom == "lead":
        others = [one.name for role in (Role.LEAD, Role.MANAGER) for one in desk.agents.values() if one.role is role]
        return _present(scene, f"leads {team}" if team else "lead", desk.lead_of(team), *others)
    if whom == "account_manager":
        manager = ticket.account_manager or (scene.contact.account_manager if scene.contact else "")
        return _present(scene, "account manager" if manager else "has none", manager)
    if whom == "least_loaded":
        return assignment.least_loaded(team, desk, cursor, loads, away, change.now)
    if whom == "skills":
        wanted = {*ticket.tags, ticket.language, ticket.group, *(value for _, value in ticket.fields)}
        return assignment.by_skills(team, desk, wanted, cursor, loads, away, change.now)
    if whom == "sticky":
        earlier = [str(row.get("assignee", "")) for row in scene.history]
        return assignment.sticky(team, desk, earlier, loads, away, change.now)
    if whom == "round_robin":
        return assignment.round_robin(team, desk, cursor, loads, away, change.now)
    return _present(scene, "by name", whom)


def _present(scene: Scene, reason: str, *names: str) -> assignment.Pick:
    """The first who is there, each followed by who covers for them: a ticket must not wait for somebody absent."""
    wanted = [name for one in names for name in (one, scene.covers.get(one, "")) if name in scene.desk.agents]
    found = next((name for name in wanted if name not in scene.away), "")
    absent = wanted[: wanted.index(found)] if found else wanted
    return assignment.Pick(found, f"{reason} ({', '.join(absent)} away)" if absent else reason)


# --- mail -----------------------------------------------------------------------------------------------------------


@action(one_string, mails=True)
def notice(change: Change, doing: Doing, template: str) -> Change:
    """Write to the requester by a template: acknowledgement, solved, reopened, status_update, …, or one of your own."""
    return change.send(mails.to_requester(change, doing.scene, template, source=doing.author))


@action(listed(named("agent", _agent_names, *TARGETS)), mails=True)
def notify(change: Change, doing: Doing, targets: tuple[str, ...]) -> Change:
    """Tell somebody of the desk: an agent by name, assignee (the group where nobody is, or they are away), group,
    watchers, lead, manager, account_manager; one or a list. Nobody is told of their own doing.
    """
    return mails.notify(change, doing.scene, doing.author, targets)


@action(named("agent", _agent_names, "lead", "manager"), mails=True)
def escalate(change: Change, doing: Doing, target: str) -> Change:
    """Warn the lead, a manager or an agent that the ticket needs them; they watch it from then on."""
    people = mails.people(change, doing.scene, target)
    watchers = change.tickets[doing.number].watchers | {agent.name for agent in people}
    return mails.escalate(doing.set(change, watchers=watchers), doing.scene, people)


@action(named("department", _department_names), mails=True)
def refer(change: Change, doing: Doing, name: str) -> Change:
    """Ask a department by mail; its answer comes back as a note."""
    department = doing.scene.desk.departments[name]
    ticket = change.tickets[doing.number]
    status = Status.PAUSED if department.pauses_clock and not ticket.is_done else ticket.status
    fields = tuple(sorted({**dict(ticket.fields), "referred": name}.items()))
    changed = doing.set(change, f"referred to {name}", fields=fields, status=status)
    return changed.send(mails.to_department(changed, doing.scene, department))


@action(yes, mails=True)
def survey(change: Change, doing: Doing, _yes: bool) -> Change:
    """Ask the requester how it was, after the delay that the configuration names."""
    contact = doing.scene.contact
    if not doing.scene.desk.survey.enabled or (contact and contact.no_updates):
        return doing.skip(change, "no survey: surveys are off, or the customer wants none")
    return change.send(mails.survey(change, doing.scene))


@action(one_string, raises=frozenset({Event.NOTED}))
def note(change: Change, doing: Doing, text: str) -> Change:
    """Write an internal note into the ticket."""
    return change.record(doing.number, EntryKind.NOTE, doing.author, event=Event.NOTED, text=text)


def _macro_names(desk: Desk) -> list[str]:
    return sorted({passage.name for passage in desk.macros})


def _article_names(desk: Desk) -> list[str]:
    return sorted({passage.name for passage in desk.articles})


@action(named("macro", _macro_names), mails=True)
def macro(change: Change, doing: Doing, name: str) -> Change:
    """Write a canned answer to the requester, in their language; {{desk}} and {{ticket}} in it are filled."""
    return _passage(change, doing, name, doing.scene.desk.macros)


@action(named("article", _article_names), mails=True)
def article(change: Change, doing: Doing, name: str) -> Change:
    """Send an article to the requester, in their language."""
    return _passage(change, doing, name, doing.scene.desk.articles)


def _passage(change: Change, doing: Doing, name: str, known: Sequence[Passage]) -> Change:
    found = mails.passage(change, doing.scene, name, known)
    if found is None:
        return doing.skip(change, f"{name}: not sent, a gap in it can only be filled by an agent")
    return change.send(replace(found, source=doing.author))


@action(yes)
def suggest_merge(change: Change, doing: Doing, _yes: bool) -> Change:
    """Note into the ticket that its requester has an unsolved one with the same subject, and how to merge them."""
    twin = mails.twin(change, doing.scene)
    if not twin:
        return change
    text = f"The same requester asked this in #{twin}. To put them together, reply [merge {twin}] / [ادغام {twin}]"
    return mails.hint(change.record(doing.number, EntryKind.NOTE, doing.author, text=text), doing.scene, text)


def _webhook_names(desk: Desk) -> list[str]:
    return list(desk.webhooks)


@action(named("webhook", _webhook_names), mails=True)
def webhook(change: Change, doing: Doing, name: str) -> Change:
    """Call another program with signed JSON about the ticket; for a day it is tried again where that fails."""
    scene, ticket = doing.scene, change.tickets[doing.number]
    about = {field: getattr(ticket, field) for field in _TOLD}
    told = {"webhook": name, "event": scene.event.value, "at": change.now.isoformat(), "entry": scene.entry}
    lists = {"tags": sorted(ticket.tags), "fields": dict(ticket.fields)}
    body = json.dumps({**told, "rule": doing.author, "ticket": {**about, **lists}}, ensure_ascii=False)
    once = f"{ticket.number}|{name}|{scene.event.value}|{mails.cause_of(scene)}"
    return change.effect(Call(name, once, ticket.number, body))


_TOLD = ("number", "mailbox", "subject", "requester", "status", "priority", "group", "assignee", "language", "channel")


@action(yes)
def stop(change: Change, _doing: Doing, _yes: bool) -> Change:
    """No further rule for this event."""
    return change


ENDS_RUN = frozenset({"stop", "quarantine"})
"""Actions after which no further rule is asked."""

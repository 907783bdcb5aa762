"""The course of one ticket up to a moment, read from its history: who waited when, who answered, what became of it.

Nothing but entries and what the outbox says of sent mail is looked at, so the course up to a past moment is today
what it was then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from maildesk.commands.suggest import OFFERED
from maildesk.model.ticket import EntryKind, Event, Status

DONE = frozenset({Status.SOLVED.value, Status.CLOSED.value})


class Line(NamedTuple):
    """An entry as the store hands it over in bulk: ``after`` is JSON still."""

    ticket: int
    number: int
    kind: str
    author: str
    at: datetime
    after: str
    event: str
    cause: str


class Letter(NamedTuple):
    """An answer or a survey that a mail server took."""

    ticket: int
    entry: int
    template: str
    recipient: str
    once: str
    sent_at: datetime


class Where(NamedTuple):
    """What a measure is counted under."""

    agent: str
    group: str
    mailbox: str
    priority: str
    requester: str
    tags: tuple[str, ...]


class Spell(NamedTuple):
    """A customer waited from their oldest unanswered mail until an answer."""

    since: datetime
    until: datetime
    first: bool
    where: Where


class Stars(NamedTuple):
    """The rating of a person that counts for one solving."""

    at: datetime
    stars: int
    where: Where


@dataclass(slots=True)
class Course:
    """What happened to a ticket, as plain times."""

    number: int
    opened_at: datetime
    where: Where
    opened_by_customer: bool = True
    spells: list[Spell] = field(default_factory=list)
    waiting: datetime | None = None
    answers: list[tuple[datetime, Where]] = field(default_factory=list)
    """Public answers that left and did not bounce; the agent is who wrote them."""
    wrote: list[tuple[datetime, str]] = field(default_factory=list)
    """Customers' mails: when and who."""
    solved: list[tuple[datetime, Where]] = field(default_factory=list)
    reopened: list[datetime] = field(default_factory=list)
    spans: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    """When it was not done."""
    ratings: dict[tuple[int, str], Stars] = field(default_factory=dict)
    """(cycle, person) -> the latest."""
    surveys: dict[tuple[int, str], datetime] = field(default_factory=dict)
    offered_at: datetime | None = None
    deflected_at: datetime | None = None
    set_aside: str = ""
    """spam or merged: such tickets count nowhere."""

    @property
    def is_done(self) -> bool:
        """Whether it is solved or closed."""
        return bool(self.spans) and self.spans[-1][1] is not None


def follow(lines: Iterable[Line], letters: Sequence[Letter]) -> Course | None:
    """The course that the lines of one ticket, oldest first, add up to; None for no lines."""
    left = {letter.entry for letter in letters if letter.template == "answer"}
    walk: _Walk | None = None
    for line in lines:
        after = json.loads(line.after) if len(line.after) > 2 else {}
        if walk is None:
            walk = _Walk(line, after, left)
        walk.step(line, after)
    if walk is None:
        return None
    course = walk.course
    course.where = walk.where()
    for letter in letters:
        if letter.template == "survey":
            course.surveys[_cycle(letter.once.rpartition(":")[2]), letter.recipient] = letter.sent_at
    return course


def is_over(lines: Sequence[Line], letters: Sequence[Letter], before: datetime) -> bool:
    """Whether a ticket was done, and nothing happened to it any more, before a moment: it adds nothing after it."""
    if lines[-1].at >= before or any(letter.sent_at >= before for letter in letters):
        return False
    latest = next((line.after for line in reversed(lines) if '"status":' in line.after), "{}")
    return json.loads(latest).get("status") in DONE


class _Walk:
    """One pass over a history; ``state`` holds the fields of the ticket that matter here."""

    __slots__ = ("answered", "course", "ended", "last_answer", "left", "state")

    def __init__(self, first: Line, after: dict[str, Any], left: set[int]) -> None:
        self.state: dict[str, Any] = {}
        self.left = left
        self.answered = False
        self.last_answer: tuple[Spell | None, bool] | None = None
        self.ended: tuple[datetime, datetime] | None = None
        """A waiting that a solving ended: since when, and when. An answer of the same mail is its answer."""
        opened = _moment(after.get("opened_at")) or first.at
        self.course = Course(first.ticket, opened, Where("", "", "", "", "", ()))
        self.course.opened_by_customer = first.kind == EntryKind.CUSTOMER
        self.course.spans.append((opened, None))

    def where(self, agent: str = "") -> Where:
        """Where a measure belongs that is taken now."""
        get = self.state.get
        return Where(
            agent or get("assignee", ""),
            get("group", ""),
            get("mailbox", ""),
            get("priority", "normal"),
            get("requester", ""),
            tuple(get("tags", ())),
        )

    def step(self, line: Line, after: dict[str, Any]) -> None:
        """Take one entry in."""
        if after:
            self.state.update(after)
        kind = line.kind
        if kind == EntryKind.CUSTOMER:
            self.course.wrote.append((self.course.opened_at if line.number == 1 else line.at, line.author))
        elif kind == EntryKind.RATING:
            self._rated(line)
        elif kind == EntryKind.BOUNCE and line.event == Event.BOUNCED and line.author != "maildesk":
            self._bounced()
        elif kind == EntryKind.NOTICE and line.cause.startswith(OFFERED):
            self.course.offered_at = line.at
        if kind == EntryKind.ANSWER:
            self._answered(line)
        elif "waiting_since" in after:
            if self.course.waiting and not after["waiting_since"]:
                self.ended = (self.course.waiting, line.at)
            self._waits(_moment(after["waiting_since"]))
        if "status" in after or "merged_into" in after or "tags" in after:
            self._moved(line)

    def _waits(self, since: datetime | None) -> None:
        course = self.course
        course.waiting = since if since is None or course.waiting is None else min(course.waiting, since)

    def _answered(self, line: Line) -> None:
        """An answer counts from when it was written, once it left: one that did not leaves the customer waiting."""
        if line.number not in self.left:
            return
        course, where = self.course, self.where(line.author)
        spell = None
        if course.waiting is None and self.ended and self.ended[1] == line.at:
            course.waiting = self.ended[0]
        if course.waiting is not None:
            spell = Spell(course.waiting, line.at, not self.answered, where)
            course.spells.append(spell)
            course.waiting = None
        self.last_answer = (spell, self.answered)
        self.answered = True
        course.answers.append((line.at, where))

    def _bounced(self) -> None:
        """The latest answer did not arrive: it was none, and the customer has waited all along (L4)."""
        if self.last_answer is None:
            return
        spell, self.answered = self.last_answer
        self.last_answer = None
        self.course.answers.pop()
        if spell is not None:
            self.course.spells.remove(spell)
            self.course.waiting = spell.since if self.course.waiting is None else min(spell.since, self.course.waiting)

    def _rated(self, line: Line) -> None:
        stars = line.cause.rpartition("stars:")[2]
        if stars.isdecimal():
            cycle = _cycle(line.cause.partition(" ")[0].rpartition(":")[2])
            self.course.ratings[cycle, line.author] = Stars(line.at, int(stars), self.where())

    def _moved(self, line: Line) -> None:
        course, status = self.course, self.state.get("status", "new")
        begun, ended = course.spans[-1]
        if status in DONE and ended is None:
            course.spans[-1] = (begun, line.at)
            course.waiting = None
        elif status not in DONE and ended is not None:
            self._opened_again(line, begun)
        if line.event == Event.SOLVED:
            course.solved.append((line.at, self.where()))
            if course.offered_at and not course.answers and line.author == self.state.get("requester"):
                course.deflected_at = line.at
        merged, spam = self.state.get("merged_into"), "spam" in self.state.get("tags", ())
        course.set_aside = "merged" if merged else "spam" if spam else ""

    def _opened_again(self, line: Line, begun: datetime) -> None:
        """A reopening is an event; without it somebody took a mistake back, and the ticket was never done.

        Nothing turned out to be unsolved where a merge was undone.
        """
        course = self.course
        if line.event == Event.REOPENED:
            course.spans.append((line.at, None))
            if course.set_aside != "merged":
                course.reopened.append(line.at)
            return
        course.spans[-1] = (begun, None)
        if course.solved:
            course.solved.pop()


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _cycle(text: str) -> int:
    return int(text) if text.isdecimal() else 1

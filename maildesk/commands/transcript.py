"""What an agent's mail did, one line per effect, read off the change itself: no command has to tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from maildesk.commands.words import LINES, STATES, moment, sentence
from maildesk.model.change import Absence, CancelMails, Change, Erase, Notice, Release, Remember, Settle, Suppress
from maildesk.model.ticket import Entry, EntryKind, Ticket

_WORDED = frozenset({"status", "priority", "language"})
"""Fields whose values have words in each language; a tag called "new" is a name."""


def lines(before: Change, after: Change, language: str, timezone: str) -> tuple[Mapping[str, str], ...]:
    """Mappings ``text`` and ``undo``, in the order of the effects.

    `undo` takes back the whole mail, so only the last line that it takes back says how; the others hold "".
    """
    speak = _Speaker(language, timezone)
    told: list[str] = []
    for entry in after.entries[len(before.entries) :]:
        told += speak.entry(entry)
        if joined := joins(after.tickets, entry.ticket, entry.after.get("merged_into") or 0, language):
            told.append(joined)
    for notice in after.notices[len(before.notices) :]:
        told += speak.notice(notice)
    effects = after.effects[len(before.effects) :]
    told += [text for effect in effects for text in speak.effect(effect)]
    rows = [{"text": text, "undo": ""} for text in told]
    if rows and not any(isinstance(effect, CancelMails) for effect in effects):
        rows[-1]["undo"] = sentence(LINES, "undo", language)
    return tuple(rows)


def joins(tickets: Mapping[int, Ticket], number: int, other: int, language: str) -> str:
    """The warning that merging a ticket into another lets two requesters read each other's answers; "" where not."""
    if other not in tickets:
        return ""
    here, there = tickets[number], tickets[other]
    if not here.requester or here.requester == there.requester:
        return ""
    people = {"to": here.requester, "who": there.requester or sentence(LINES, "nobody", language)}
    return sentence(LINES, "joined", language, ticket=f"#{number}", other=f"#{other}", **people)


def what_changed(entry: Entry, language: str, timezone: str) -> str:
    """What an entry without a text changed, one line for each field; "" where that is nothing to speak of."""
    told = _Speaker(language, timezone).entry(entry) if entry.kind is EntryKind.CHANGE and entry.number > 1 else ()
    return "\n".join(line.partition(" ")[2] for line in told)


class _Speaker:
    """Says things in one language and time zone."""

    def __init__(self, language: str, timezone: str) -> None:
        self.language = language
        self.timezone = timezone

    def say(self, name: str, **values: object) -> str:
        return sentence(LINES, name, self.language, **values)

    def entry(self, entry: Entry) -> Iterable[str]:
        ticket = f"#{entry.ticket}"
        if entry.number == 1:
            yield self.say("opened", ticket=ticket, to=entry.after.get("requester") or self.say("nobody"))
            return
        if entry.kind is EntryKind.NOTE:
            yield self.say("note", ticket=ticket)
        if any(clock.acknowledged for clock in entry.after.get("clocks", ())):
            yield self.say("acknowledged", ticket=ticket)
        for name in entry.after:
            if name in STATES:
                field = sentence(STATES, name, self.language)
                before, after = (self.value(name, side.get(name)) for side in (entry.before, entry.after))
                yield self.say("changed", ticket=ticket, field=field, before=before, after=after)

    def value(self, field: str, value: Any) -> str:
        if isinstance(value, datetime):
            return moment(value, self.language, self.timezone)
        if isinstance(value, frozenset | tuple):
            parts = [f"{item[0]}={item[1]}" if isinstance(item, tuple) else str(item) for item in value]
            value = ", ".join(sorted(parts))
        text = str(value or "") or self.say("none")
        return sentence(STATES, text, self.language) if field in _WORDED and text in STATES else text

    def notice(self, notice: Notice) -> Iterable[str]:
        ticket = f"#{notice.ticket}"
        if notice.template == "answer":
            name = "answer" if notice.hold_seconds else "answer_now"
            yield self.say(name, ticket=ticket, to=notice.to, seconds=notice.hold_seconds)
        elif notice.template in {"refer", "incident"}:
            yield self.say(notice.template, ticket=ticket, to=notice.to)
        elif notice.template == "done" and notice.data.get("what") == "my_data":
            yield self.say("dossier", to=notice.to)
        elif notice.template in {"note", "notification"}:
            yield self.say("told", ticket=ticket, to=notice.to_name or notice.to)

    def effect(self, effect: object) -> Iterable[str]:
        match effect:
            case Absence(away=True, until=until, cover=cover):
                yield (
                    self.say("away", until=moment(until, self.language, self.timezone))
                    if until
                    else self.say("away_open")
                )
                if cover:
                    yield self.say("cover", cover=cover)
            case Absence():
                yield self.say("back")
            case Suppress(email=email, reason=reason) if reason:
                yield self.say("suppressed", email=email)
            case Remember(email=email, blocked=how) if how is not None:
                until = effect.blocked_until
                shown = moment(until, self.language, self.timezone) if until else self.say("for_good")
                yield self.say("blocked", email=email, until=shown) if how else self.say("unblocked", email=email)
            case Erase(email=email):
                yield self.say("erased", email=email)
            case CancelMails():
                yield self.say("cancelled")
            case Settle(send=True):
                yield self.say("released")
            case Release(outcome="dropped") | Settle():
                yield self.say("dropped")

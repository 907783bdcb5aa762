"""What customers can do by mail: write, and a few words on the first line. Conservative: in doubt it is plain mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from maildesk.commands.arguments import NO, YES, language_code
from maildesk.commands.finding import index_of
from maildesk.commands.folding import key
from maildesk.commands.keeping import dossier_mail
from maildesk.commands.rating import Rating, rating
from maildesk.commands.row import customer_tongue
from maildesk.commands.state import reopened
from maildesk.commands.suggest import shown
from maildesk.commands.thanks import asks_nothing, only_thanks
from maildesk.model.change import Change, Erase, Notice, Rated, Remember
from maildesk.model.desk import Scene
from maildesk.model.mail import Kind
from maildesk.model.people import Role
from maildesk.model.ticket import EntryKind, Event, Status, Ticket
from maildesk.model.tokens import Right

__all__ = ["Asked", "Rating", "Wish", "customer_mail", "rating", "read"]


class Asked(StrEnum):
    """The words that customers can write on the first line."""

    SOLVED = "solved"
    """It is settled."""
    REOPEN = "reopen"
    """It is not settled after all."""
    STATUS = "status"
    """How does it stand?"""
    STOP = "stop"
    """No more updates and surveys."""
    LANGUAGE = "language"
    """Write to me in this language."""
    MY_DATA = "my_data"
    """What do you know of me? Confirmed by a second mail."""
    ERASE = "erase"
    """Forget me. Confirmed by a second mail."""
    FAQ = "faq"
    """What do the desk's articles say about this?"""


_NAMES = {
    key(name): asked
    for asked, names in {
        Asked.SOLVED: (
            "solved",
            "resolved",
            "that solved it",
            "it is solved",
            "حل شد",
            "حل شده",
            "مشکل حل شد",
            "مشکلم حل شد",
        ),
        Asked.REOPEN: ("reopen", "not solved", "باز شود", "حل نشد", "حل نشده", "مشکل حل نشد", "دوباره باز شود"),
        Asked.STATUS: ("status", "وضعیت"),
        Asked.STOP: ("stop", "unsubscribe", "توقف", "لغو اشتراک"),
        Asked.MY_DATA: ("my data", "mydata", "داده‌های من", "اطلاعات من"),
        Asked.ERASE: ("erase", "erase me", "delete my data", "حذف", "داده‌های من را حذف کنید"),
    }.items()
    for name in names
}
CONFIRM_DAYS = 7
"""How long a question whether it was really them can be answered."""
_LANGUAGE = frozenset(map(key, ("language", "lang", "زبان")))
_FAQ = frozenset(map(key, ("faq", "راهنما")))
_END = ".!،,؛;:*_\"'«»- \t"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer asked for on the first line."""

    asked: Asked
    argument: str = ""
    """For LANGUAGE: the code; for FAQ: the topic."""
    rest: str = ""
    """What is written below."""


def read(mail_text: str, language: str = "") -> Wish | None:  # noqa: ARG001 - every language understands every word
    """The wish that stands alone on the first line of the newly written text, in English or Persian; else None."""
    first, _, rest = mail_text.strip().partition("\n")
    line = first.strip().strip(_END)
    if "?" in line or "؟" in line or len(line) > 40:
        return None
    words = line.split()
    if len(words) == 2 and key(words[0]) in _LANGUAGE and (code := language_code(words[1])):
        return Wish(Asked.LANGUAGE, code, rest.strip())
    if len(words) > 1 and key(words[0]) in _FAQ:
        return Wish(Asked.FAQ, " ".join(words[1:]), rest.strip())
    asked = _NAMES.get(key(line))
    return Wish(asked, "", rest.strip()) if asked else None


def customer_mail(change: Change, scene: Scene) -> Change:
    """What a customer's mail does to the ticket ``scene.number``.

    Every mail becomes an entry, whatever else it does. A closed ticket is not the caller's to give: a reply to one
    begins a new, linked ticket; should one come all the same, it reopens rather than go unseen.
    """
    mail = scene.mail
    text = mail.reply if mail else ""
    if mail and mail.kind is not Kind.HUMAN:
        return _append(change, scene, text, EntryKind.AUTO).say(
            scene.number, "customer", f"a robot wrote: {mail.reason}"
        )
    rated = _rating(scene, text) if _answers_survey(scene) else None
    if rated:
        return rate(change, scene, rated, text)
    if _answers_survey(scene):
        change = change.say(scene.number, "customer", "the answer to the survey holds no plain rating")
    wish = read(text)
    if wish is None:
        return _reply(change, scene, text)
    return _grant(change.say(scene.number, "customer", f"asked for: {wish.asked}"), scene, wish, text)


def _reply(change: Change, scene: Scene, text: str) -> Change:
    """A plain mail: our turn again, unless the ticket is solved and the mail only says thanks."""
    ticket = change.tickets[scene.number]
    if ticket.status is Status.SOLVED and not _has_files(scene) and only_thanks(text, _names(scene)):
        said = change.say(scene.number, "customer", "only thanks: stays solved")
        return _append(said, scene, text, replied_at=change.now)
    since = change.now if ticket.quiet and not scene.old else ticket.waiting_since or change.now
    written = _append(change, scene, text, replied_at=change.now, waiting_since=since)
    if ticket.is_done:
        fields = {"status": Status.OPEN, **reopened(ticket)}
        return written.record(
            scene.number,
            EntryKind.CHANGE,
            scene.person.email,
            cause="the customer wrote",
            event=Event.REOPENED,
            **fields,
        )
    if ticket.status is Status.NEW:
        return written
    return written.record(
        scene.number,
        EntryKind.CHANGE,
        scene.person.email,
        cause="the customer wrote",
        status=Status.OPEN,
        snoozed_until=None,
    )


def _append(change: Change, scene: Scene, text: str, kind: EntryKind = EntryKind.CUSTOMER, **after: Any) -> Change:
    ticket = change.tickets[scene.number]
    if kind is EntryKind.CUSTOMER:
        # an old mail silences nobody who waits because of a new one
        after["quiet"] = scene.old and (ticket.quiet or ticket.waiting_since is None)
    return change.record(
        scene.number,
        kind,
        scene.person.email,
        event=Event.REPLIED if kind is EntryKind.CUSTOMER else None,
        text=text,
        public=True,
        message_id=scene.mail.message_id if scene.mail else "",
        **after,
    )


def _has_files(scene: Scene) -> bool:
    return bool(scene.mail and any(not part.inline for part in scene.mail.parts))


def _names(scene: Scene) -> tuple[str, ...]:
    """Who may be addressed or sign in a mail that asks for nothing."""
    people = (f"{agent.name} {agent.full_name}" for agent in scene.desk.agents.values())
    return (scene.person.name, scene.desk.name, *people)


# --- ratings


def _answers_survey(scene: Scene) -> bool:
    sent = scene.sent
    if sent is None or sent.right is not Right.SURVEY or sent.expired:
        return False
    return not sent.person or sent.person == scene.person.email


def _rating(scene: Scene, text: str) -> Rating | None:
    """The rating of a reply; of an empty one that of its subject, where a button of the survey put it."""
    if text.strip() or scene.mail is None:
        return rating(text)
    first, dash, _ = scene.mail.subject.partition(" - ")
    return rating(first) if dash and len(first.strip()) == 1 else None


def rate(change: Change, scene: Scene, rated: Rating, text: str) -> Change:
    """Keep the rating; a question or a file beside it is answered like any other mail."""
    ticket = change.tickets[scene.number]
    cycle = _cycle(scene, ticket)
    noted = change.record(
        scene.number,
        EntryKind.RATING,
        scene.person.email,
        cause=f"survey:{cycle} stars:{rated.stars}",
        event=Event.RATED,
        text=rated.comment or str(rated.stars),
        message_id=scene.mail.message_id if scene.mail else "",
    ).effect(Rated(scene.number, cycle, scene.person.email, rated.stars, rated.comment))
    asks = "?" in rated.comment or "؟" in rated.comment
    return _reply(noted, scene, text) if asks or _has_files(scene) else noted


def _cycle(scene: Scene, ticket: Ticket) -> int:
    number = scene.sent.purpose.partition(":")[2] if scene.sent else ""
    return int(number) if number.isdecimal() else ticket.cycle


# --- wishes


def _grant(change: Change, scene: Scene, wish: Wish, text: str) -> Change:
    """Do what the first line asks, and keep the mail; what is written below it is a mail like any other.

    Only the writer is concerned and only this ticket is shown: an address is no proof.
    """
    more = _has_files(scene) or not asks_nothing(wish.rest, _names(scene))
    if wish.asked is Asked.REOPEN or (wish.asked is Asked.SOLVED and more):
        return _reply(change, scene, text)
    kept = _reply(change, scene, text) if more else _append(change, scene, text)
    me, ticket = scene.person.email, kept.tickets[scene.number]
    match wish.asked:
        case Asked.SOLVED:
            return _solved(kept, scene)
        case Asked.STATUS:
            row = {name: getattr(ticket, name) for name in ("number", "subject", "status", "opened_at")}
            return kept.send(_to_customer(kept, scene, "status", {"tickets": (row,)}))
        case Asked.FAQ:
            found = index_of(scene.desk.articles).find(wish.argument, customer_tongue(scene.desk, ticket))
            articles = tuple(shown(one.article) for one in found)
            return kept.send(_to_customer(kept, scene, "faq", {"articles": articles}))
        case Asked.STOP:
            quiet = kept.effect(Remember(email=me, no_updates=True))
            return quiet.send(_to_customer(quiet, scene, "done", {"what": "stop"}))
        case Asked.LANGUAGE:
            spoken = kept.effect(Remember(email=me, language=wish.argument))
            if me == ticket.requester:
                spoken = spoken.record(
                    scene.number, EntryKind.CHANGE, me, cause="the customer wrote LANGUAGE", language=wish.argument
                )
            return spoken.send(_to_customer(spoken, scene, "done", {"what": "language"}, language=wish.argument))
        case _:
            expires = kept.now + timedelta(days=CONFIRM_DAYS)
            data = {"what": wish.asked.value, "purpose": f"{wish.asked}:{me}", "expires": expires}
            return kept.send(_to_customer(kept, scene, "confirm", data, (Right.CONFIRM,)))


def confirmed(change: Change, scene: Scene) -> Change | None:
    """What a YES to our question whether it was really them does; None for a mail that says something else."""
    asked, _, email = scene.sent.purpose.partition(":") if scene.sent else ("", "", "")
    if scene.sent is None or scene.sent.right is not Right.CONFIRM or email != scene.person.email:
        return None
    first = key((scene.mail.reply if scene.mail else "").strip().partition("\n")[0])
    if first not in YES and first not in NO:
        return None
    said = change.say(scene.number, "customer", f"{asked}: {'confirmed' if first in YES else 'not confirmed'}")
    if first in NO:
        return said
    if asked == Asked.ERASE:
        gone = said.effect(Erase(email))
        return gone.send(_to_customer(gone, scene, "done", {"what": "erase"}))
    return said.send(dossier_mail(said, scene, email, scene.dossier)) if scene.dossier else said


def _solved(change: Change, scene: Scene) -> Change:
    if change.tickets[scene.number].is_done:
        return change
    return change.record(
        scene.number,
        EntryKind.CHANGE,
        scene.person.email,
        cause="the customer wrote SOLVED",
        event=Event.SOLVED,
        status=Status.SOLVED,
        solved_at=change.now,
        snoozed_until=None,
        waiting_since=None,
    )


def _to_customer(
    change: Change,
    scene: Scene,
    template: str,
    data: dict[str, Any],
    rights: tuple[Right, ...] = (),
    *,
    language: str = "",
) -> Notice:
    ticket = change.tickets[scene.number]
    return Notice(
        template=template,
        to=scene.person.email,
        to_name=scene.person.name,
        role=Role.REQUESTER if scene.person.email == ticket.requester else Role.PARTICIPANT,
        cause=change.origin,
        ticket=ticket.number,
        mailbox=ticket.mailbox,
        language=language or customer_tongue(scene.desk, ticket),
        data=data,
        rights=rights,
    )

"""Reading the arguments of commands: who, what and how much is meant, or what to ask back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from maildesk.commands.folding import fold, key, nearest
from maildesk.commands.row import actor, question
from maildesk.model.change import Order, Question
from maildesk.model.desk import Desk, Scene
from maildesk.model.people import Agent
from maildesk.model.ticket import Priority, Status

_PRIORITIES: Mapping[str, Priority] = {
    **{priority.value: priority for priority in Priority},
    **dict.fromkeys(("کم", "پایین"), Priority.LOW),
    **dict.fromkeys(("عادی", "معمولی", "medium"), Priority.NORMAL),
    **dict.fromkeys(("زیاد", "بالا", "مهم"), Priority.HIGH),
    **dict.fromkeys(("فوری", "اضطراری"), Priority.URGENT),
}
_STATUSES: Mapping[str, Status] = {
    **{status.value: status for status in Status if status is not Status.NEW},
    **dict.fromkeys(("resolved", "done", "حل‌شده", "حل‌شد"), Status.SOLVED),
    **dict.fromkeys(("باز",), Status.OPEN),
    **dict.fromkeys(("pending", "منتظر"), Status.WAITING),
    **dict.fromkeys(("snoozed", "تعویق"), Status.PAUSED),
    **dict.fromkeys(("close", "بسته"), Status.CLOSED),
}
_LANGUAGES: Mapping[str, str] = {
    **dict.fromkeys(("fa", "farsi", "persian", "فارسی", "پارسی"), "fa"),
    **dict.fromkeys(("en", "english", "انگلیسی"), "en"),
}
YES = frozenset(
    map(key, ("yes", "ok", "okay", "confirm", "confirmed", "send", "بله", "تأیید", "تایید", "باشه", "ارسال"))
)
NO = frozenset(map(key, ("no", "cancel", "drop", "خیر", "نه", "لغو", "دورریز")))
_Word = TypeVar("_Word")
_ME = ("me", "myself", "من", "خودم")
_LEAD = ("lead", "سرپرست", "سرگروه")


def agent(scene: Scene, order: Order, group: str, words: Iterable[str] | None = None) -> Agent | Question:
    """The agent that the order names: a name, full name, address, "me" or "lead" (of the ticket's group)."""
    written = " ".join(order.args if words is None else words)
    wanted = key(written.removeprefix("@"))
    if wanted in map(key, _ME):
        return actor(scene)
    if wanted in map(key, _LEAD):
        lead = scene.desk.lead_of(group)
        return scene.desk.agents[lead] if lead in scene.desk.agents else question(order, "no_lead")
    known = scene.desk.agents.values()
    found = [one for one in known if wanted and wanted in map(key, _called(one))]
    if len(found) != 1:
        found = found or [one for one in known if wanted and wanted in map(key, one.full_name.split())]
    if len(found) == 1:
        return found[0]
    if found:
        return question(order, "several_agents", detail=", ".join(one.name for one in found))
    near = next((one.name for one in known if nearest(written, (*_called(one), *one.full_name.split()))), "")
    return question(order, "no_such_agent", suggestion=near, detail=written, known=scene.desk.agents)


def _called(one: Agent) -> tuple[str, ...]:
    return (one.name, one.full_name, *one.addresses)


def group(scene: Scene, order: Order) -> str | Question:
    """The name of the group that the order names."""
    return _listed(order, scene.desk.groups, "no_such_group")


def department(scene: Scene, order: Order) -> str | Question:
    """The name of the department that the order names."""
    return _listed(order, scene.desk.departments, "no_such_department")


def _listed(order: Order, known: Iterable[str], problem: str) -> str | Question:
    written = " ".join(order.args)
    names = tuple(known)
    found = next((name for name in names if key(name) == key(written)), "")
    if found:
        return found
    return question(order, problem, suggestion=nearest(written, names), detail=written, known=names)


def priority(order: Order) -> Priority | Question:
    """The priority that the order names."""
    return _word(order, _PRIORITIES, "no_such_priority")


def status(order: Order) -> Status | Question:
    """The status that the order names; nobody can make a ticket new again."""
    return _word(order, _STATUSES, "no_such_status")


def _word(order: Order, words: Mapping[str, _Word], problem: str) -> _Word | Question:
    written = " ".join(order.args)
    found = {key(name): value for name, value in words.items()}.get(key(written))
    if found is not None:
        return found
    return question(order, problem, suggestion=nearest(written, words), detail=written)


def languages(order: Order) -> str | Question:
    """The language code that the order names: a name that is known, or any code of two or three letters."""
    written = fold(" ".join(order.args)).strip()
    code = language_code(written)
    return code or question(order, "no_such_language", detail=written)


def language_code(written: str) -> str:
    """The code of a language written as code or name, or the empty string."""
    wanted = fold(written).strip()
    if wanted in _LANGUAGES:
        return _LANGUAGES[wanted]
    return wanted if wanted.isascii() and wanted.isalpha() and len(wanted) in {2, 3} else ""


def address(desk: Desk, order: Order, written: str) -> str | Question:
    """A mail address of an outsider, lower-case; the desk's own are refused (A12)."""
    wanted = fold(written).strip("<>,;").removeprefix("mailto:")
    local, at, domain = wanted.rpartition("@")
    plain = all(letter.isalnum() or letter in "!#$%&'*+/=?^_`{|}~.-" for letter in local)
    labels = domain.split(".")
    if not (at and local and plain and len(wanted) <= 254 and len(labels) > 1 and all(map(_is_label, labels))):
        return question(order, "no_address", detail=written)
    if wanted in desk.own_addresses:
        return question(order, "own_address", detail=wanted)
    return wanted


def _is_label(label: str) -> bool:
    return label.replace("-", "").isalnum() and not label.startswith("-") and not label.endswith("-")


def number(order: Order, written: str) -> int | Question:
    """A ticket number, as ``1042``, ``#1042`` or ``۱۰۴۲``."""
    digits = fold(written).strip("[]#")
    if digits.isascii() and digits.isdigit() and 0 < int(digits[:19]) < 2**62:
        return int(digits[:19])
    return question(order, "no_number", detail=written)


def signed(words: Iterable[str], signs: str = "+-") -> tuple[tuple[str, str], ...]:
    """(sign, word) of arguments such as ``+a -b c``: a word without a sign is added, a lone sign goes with the next."""
    found: list[tuple[str, str]] = []
    sign = "+"
    for word in words:
        plain = word.replace("−", "-").replace("–", "-").strip("،,")
        if plain[:1] and plain[0] in signs:
            sign, plain = plain[0], plain[1:]
        if plain:
            found.append((sign, plain))
            sign = "+"
    return tuple(found)

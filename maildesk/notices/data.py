"""Every notice: who gets it and which data its template may use. One row here, one file per language, that is all.

A field that the caller leaves out has its default, so a template never fails for a missing one; what a caller adds
beyond the row does not reach the template (A51).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OUTSIDE, DESK = "outside", "desk"


@dataclass(frozen=True, slots=True)
class Field:
    """One value that a template may use: ``default`` stands in where the caller gives none.

    Without a ``needed`` one the mail makes no sense; it comes out all the same.
    """

    name: str
    meaning: str
    default: Any = ""
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Spec:
    """One notice. ``response``: answers one mail (auto-replied), else it comes by itself (auto-generated)."""

    reader: str
    meaning: str
    fields: tuple[Field, ...] = ()
    response: bool = False


_TEXT = Field("text", "what was newly written, plain")
_AUTHOR = Field("author", "display name of who wrote it")
_FILES = Field("attachments", "file names", ())
_ROWS = Field("commands", "commands card: mappings `written`, `meaning`", ())
_EXPECTED = Field("expected", "datetime by which an answer can be expected, or None", None)
_USUALLY = Field("usually", "whether `expected` is when answers usually come, and no target of the desk", False)
_SINCE = Field("since", "datetime since when somebody waits, or None", None)
_WHY = Field("reason", "why the reader gets this mail: assignee, nobody (has it), watcher, group, lead, manager, ...")
_HISTORY = Field("history", "earlier tickets: mappings `number`, `subject`, `status`, `opened_at`", ())
_TARGET = Field("target", "which service target: first_response, next_response, resolution, keep_informed")
_REACHED = Field(_TARGET.name, _TARGET.meaning, needed=True)
_DUE = Field("due_at", "datetime at which the target is reached, or None", None)
_LEFT = Field("left", "timedelta of working time until then, zero when it is over, or None", None)
_ARTICLES = Field("articles", "matching FAQ articles, the desk's own text: mappings `title`, `text`", ())
_ENTRIES = Field("entries", "history, oldest first: mappings `number`, `kind`, `author`, `at`, `text`, `public`", ())

NOTICES: Mapping[str, Spec] = {
    "acknowledgement": Spec(
        OUTSIDE,
        "the first automatic answer; nothing that a customer wrote can be in it",
        (
            _EXPECTED,
            _USUALLY,
            _ARTICLES,
            Field("again", "whether the mail came into a request that was there already", False),
            Field("holiday", "what today's holiday is called, or empty"),
            Field("closed", "why nobody is there now: 'holiday', 'hours', or empty while somebody is"),
            Field("opens_at", "datetime at which somebody is there again, or None", None),
            Field("follows", "number of the closed ticket that this one goes on from, or 0", 0),
        ),
        response=True,
    ),
    "notification": Spec(
        DESK,
        "something happened to a ticket",
        (
            Field("event", "what happened: opened, replied, answered, noted, assigned, reopened, ...", needed=True),
            _AUTHOR,
            _TEXT,
            _FILES,
            Field("note", "what a colleague wrote above a customer's mail that they sent on, plain"),
            Field("trust", "whom it is from and how sure that is, the alarming first; for the filter `trust`", ()),
            _HISTORY,
            Field("last_rating", "the requester's latest rating, 1 to 5, or None", None),
            _TARGET,
            _DUE,
            _LEFT,
            _ARTICLES,
            _ROWS,
            _WHY,
        ),
    ),
    "answer": Spec(
        OUTSIDE,
        "an agent's answer",
        (
            _TEXT,
            Field("agent", "the agent's display name, for the From line"),
            Field("solved", "whether the answer also says that the ticket is solved", False),
        ),
    ),
    "taken": Spec(DESK, "somebody took a ticket of which the reader was told too", (_AUTHOR,)),
    "note": Spec(DESK, "a colleague's internal note", (_AUTHOR, _TEXT, _FILES, _WHY)),
    "bounced": Spec(
        DESK,
        "an answer did not arrive",
        (Field("failures", "one line per recipient, as the bounce says", (), needed=True),),
    ),
    "transcript": Spec(
        DESK,
        "what a mail with commands did",
        (
            Field("lines", "one per effect: mappings `text`, `undo` (how to take it back, may be empty)", ()),
            Field("failed", "the same for what was not done, and why", ()),
            Field("purpose", "'why' where the lines are reasons, not effects"),
        ),
        response=True,
    ),
    "command_error": Spec(
        DESK,
        "nothing was done, because something was not understood",
        (
            Field(
                "questions", "mappings `written`, `problem` (a sentence), `suggestion` (may be empty)", (), needed=True
            ),
            _TEXT,
            Field("forged", "whether the mail is perhaps somebody else's", False),
        ),
        response=True,
    ),
    "held": Spec(
        DESK,
        "an agent's mail waits for its author's decision",
        (
            Field("reasons", "why, as sentences", (), needed=True),
            Field("newer", "what came meanwhile: mappings `kind`, `author`, `at`, `text`", ()),
            _TEXT,
        ),
        response=True,
    ),
    "passage": Spec(
        OUTSIDE,
        "a macro or an article that a rule sends",
        (Field("title", "its title"), Field("text", "its text", needed=True)),
    ),
    "draft": Spec(
        DESK,
        "a mail to somebody outside waits for the reader's word",
        (
            Field("reason", "why: approval, response, keep_informed or many", needed=True),
            Field("author", "who wrote it; empty for the desk itself", needed=True),
            Field("to", "to whom it goes", needed=True),
            Field("mail_subject", "its subject"),
            Field("text", "its text", needed=True),
            Field("lines", "what else it does: mappings `text`, `undo`", ()),
            Field("count", "how many such mails wait", 1),
            _DUE,
        ),
    ),
    "draft_reminder": Spec(DESK, "a mail still waits for the reader's word", (_SINCE, _TEXT)),
    "solved": Spec(OUTSIDE, "the ticket is solved", (_TEXT,)),
    "reopened": Spec(OUTSIDE, "the ticket is open again", (_EXPECTED,), response=True),
    "closed": Spec(OUTSIDE, "the ticket is closed for good"),
    "status_update": Spec(OUTSIDE, "we are still at it", (_SINCE, _EXPECTED)),
    "reminder": Spec(OUTSIDE, "we wait for the customer's answer"),
    "delay_notice": Spec(
        OUTSIDE,
        "a promised time will be missed",
        (_EXPECTED, Field("told", "whether the customer was told a time before", True)),
    ),
    "incident": Spec(OUTSIDE, "one update to everybody whom an incident concerns", (_TEXT,)),
    "survey": Spec(
        OUTSIDE, "how was it? answered by plain reply", (Field("link", "address of the rating page, if there is one"),)
    ),
    "survey_thanks": Spec(
        OUTSIDE, "thank you for the rating", (Field("stars", "the rating, 1 to 5", 0),), response=True
    ),
    "status": Spec(
        OUTSIDE,
        "a customer asked how their requests stand",
        (Field("tickets", "their own: mappings `number`, `subject`, `status`, `opened_at`", ()),),
        response=True,
    ),
    "faq": Spec(OUTSIDE, "what the articles say about a topic that was asked for", (_ARTICLES,), response=True),
    "done": Spec(
        OUTSIDE,
        "a customer's command was carried out",
        (Field("what", "stop, language, solved, reopen, erase, my_data"), _TEXT),
        response=True,
    ),
    "confirm": Spec(
        OUTSIDE,
        "something that needs a second mail before it is done; for customers and agents",
        (
            Field("what", "what will be done: erase, my_data, or how it was written", needed=True),
            Field("expires", "datetime until which the confirmation counts, or None", None),
        ),
        response=True,
    ),
    "escalation": Spec(
        DESK,
        "a service target is nearly or wholly used up",
        (
            _REACHED,
            Field("percent", "how much of the target is used up", 0),
            _SINCE,
            _DUE,
            _WHY,
        ),
    ),
    "worklist": Spec(
        DESK,
        "an agent's tickets in the morning, or asked for",
        (
            Field(
                "groups",
                "mappings `title` (overdue, due, open, waiting, paused) and `tickets` (mappings `number`, `subject`, "
                "`requester`, `status`, `due_at`; in a digest `news`, mappings `kind`, `author`, `at`, `text`)",
                (),
            ),
            Field("sought", "the words that were searched for, or empty"),
            Field("reason", "'digest' where it gathers what happened, or empty"),
        ),
    ),
    "help": Spec(DESK, "the commands card", (_ROWS,), response=True),
    "show": Spec(DESK, "a ticket's history, asked for", (_ENTRIES,), response=True),
    "refer": Spec(
        OUTSIDE,
        "a question to a department",
        (_AUTHOR, _TEXT, Field("original", "what the customer wrote"), Field("department", "its name")),
    ),
    "refer_reminder": Spec(OUTSIDE, "a department has not answered yet", (_SINCE, _TEXT)),
    "quarantine_alert": Spec(
        DESK,
        "a mail was set aside",
        (
            Field("number", "its number in quarantine", 0),
            Field("reason", "why", needed=True),
            Field("sender", "its From address"),
            Field("mail_subject", "its subject"),
            Field("received_at", "datetime", None),
        ),
    ),
    "report": Spec(
        DESK,
        "figures of a period, on schedule or asked for",
        (
            Field("title", "one line", needed=True),
            Field("period", "from when to when, in words"),
            Field("led", "the whole in one line"),
            Field("before", 'the words for "the period before"'),
            Field("headline", "figures: mappings `label`, `value`, `before`", ()),
            Field(
                "chart",
                "mapping `title`, `first`, `second` (what is compared), `rows` (mappings `label`, `first`, `second`, "
                "and `first_bar`, `second_bar` in pixels), or None",
                None,
            ),
            Field("tables", "mappings `title`, `columns` (words), `rows` (of words)", ()),
            Field("footer", "when and of what it was made"),
        ),
    ),
    "alert": Spec(DESK, "something an admin must know", (Field("title", "one line"), _TEXT)),
}
"""Template name -> what it is."""

ANONYMOUS = frozenset({"acknowledgement", "passage"})
"""Notices to outsiders that show nothing a customer could have chosen; an admin's own templates count as such (A14)."""


def is_anonymous(template: str) -> bool:
    """Whether a mail to an outsider by this template may show nothing of the ticket but its number."""
    return template in ANONYMOUS or template not in NOTICES


OWN = Spec(OUTSIDE, "an admin's own template, to the requester", (_EXPECTED, _ARTICLES, _SINCE, Field("stars", "", 0)))
"""What a template that is not in ``NOTICES`` may use."""


def spec_of(template: str) -> Spec:
    """The row of a notice; ``OWN`` for an admin's own template."""
    return NOTICES.get(template, OWN)


def data_for(template: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The declared fields of a notice, with defaults for those that are not given."""
    return {field.name: data.get(field.name, field.default) for field in spec_of(template).fields}

"""A WSGI application: ``/rate/TOKEN``, ``/healthz``, ``/metrics``. GET and HEAD look, only POST votes (A49).

A token in a link names a row of the token table, and so one person, one survey and its end; it is compared in
constant time and stands in no log and no referrer (A50).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from prometheus_client import generate_latest

from maildesk import journal
from maildesk.commands import customer
from maildesk.commands.rating import Rating
from maildesk.conclude import conclude
from maildesk.model import tokens
from maildesk.model.change import Change, Raised, Token
from maildesk.model.desk import Desk, Scene, Sent
from maildesk.model.errors import MaildeskError
from maildesk.model.people import Person, Proof, Role
from maildesk.model.ticket import Event, Ticket
from maildesk.model.tokens import Right
from maildesk.store.store import Store
from maildesk.store.tx import Tx
from maildesk.web import pages

FORM_BYTES = 16 * 1024
"""A longer form is refused."""
COMMENT = 2000
"""Characters of a comment that are kept."""
_HEADERS = [
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", pages.POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex, nofollow"),
]

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request gets."""

    status: str
    body: str
    kind: str = "text/html; charset=utf-8"


class Site:
    """The application. ``desk`` gives the desk in force; ``healthy`` says what is wrong, or nothing."""

    def __init__(
        self, store: Store, desk: Callable[[], Desk], clock: Callable[[], datetime], healthy: Callable[[], str]
    ) -> None:
        self._store, self._desk, self._clock, self._healthy = store, desk, clock, healthy

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        try:
            answer = self._answer(environ)
        except MaildeskError as error:
            journal.store_trouble("answering a request", error)
            answer = Answer("503 Service Unavailable", "Please try again later.\n", "text/plain; charset=utf-8")
        body = answer.body.encode("utf-8")
        headers = [("Content-Type", answer.kind), ("Content-Length", str(len(body))), *_HEADERS]
        if answer.status.startswith("405"):
            headers.append(("Allow", "GET, HEAD, POST"))
        start(answer.status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, environ: Environ) -> Answer:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        looks = method in {"GET", "HEAD"}
        if path == "/healthz" and looks:
            trouble = self._healthy()
            return Answer("503 Service Unavailable" if trouble else "200 OK", f"{trouble or 'ok'}\n", "text/plain")
        if path == "/metrics" and looks:
            return Answer("200 OK", generate_latest(journal.REGISTRY).decode(), "text/plain; version=0.0.4")
        room, _, token = path.removeprefix("/").partition("/")
        if room != "rate" or not token:
            return Answer("404 Not Found", "Not found.\n", "text/plain")
        if looks:
            return self._show(token)
        return self._vote(token, environ) if method == "POST" else Answer("405 Method Not Allowed", "\n", "text/plain")

    def _show(self, link: str) -> Answer:
        desk, now = self._desk(), self._clock()
        row = tokens.read_link(desk.key, link)
        token = _good(self._store.look.token(row), now) if row else None
        ticket = self._store.look.ticket(token.ticket) if token else None
        if ticket is None or ticket.merged_into:
            return Answer("404 Not Found", pages.gone(desk))
        return Answer("200 OK", pages.form(desk, ticket))

    def _vote(self, link: str, environ: Environ) -> Answer:
        desk, now = self._desk(), self._clock()
        form = _form(environ)
        stars, comment = form.get("stars", ""), form.get("comment", "")[:COMMENT].strip()
        with self._store.deciding(now) as tx:
            row = tokens.read_link(desk.key, link)
            token = _good(tx.tokens([row])[row], now) if row else None
            ticket = tx.tickets([token.ticket])[token.ticket] if token else None
            if token is None or ticket is None or ticket.merged_into:
                return Answer("404 Not Found", pages.gone(desk))
            if stars not in {"1", "2", "3", "4", "5"}:
                return Answer("400 Bad Request", pages.form(desk, ticket, missing=True))
            _rate(tx, desk, token, ticket, Rating(int(stars), comment))
        return Answer("200 OK", pages.thanks(desk, ticket, int(stars)))


def _form(environ: Environ) -> dict[str, str]:
    """The fields of a form; nothing of what is no form, or too long."""
    size = environ.get("CONTENT_LENGTH") or "0"
    kind = str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded" or not size.isdecimal() or int(size) > FORM_BYTES:
        return {}
    text = environ["wsgi.input"].read(int(size)).decode("utf-8", "replace")
    return {name: values[0] for name, values in parse_qs(text, max_num_fields=20).items()}


def _good(token: Token | None, now: datetime) -> Token | None:
    """The token, if it is for a survey that still runs."""
    ended = token is None or token.right is not Right.SURVEY or (token.expires is not None and token.expires < now)
    return None if ended else token


def _rate(tx: Tx, desk: Desk, token: Token, ticket: Ticket, rating: Rating) -> None:
    """The vote does what a reply by mail does: an entry, the rules, and whoever must hear of it."""
    sent = Sent("survey", "", "", token.ticket, token.person, Right.SURVEY, token.seen, token.purpose)
    role = Role.REQUESTER if token.person == ticket.requester else Role.PARTICIPANT
    person = Person(token.person, role=role, proof=Proof.TOKEN)

    def scene_for(current: Change, raised: Raised) -> Scene:  # noqa: ARG001 - every source of scenes takes both
        return Scene(
            desk,
            raised.event,
            raised.ticket,
            entry=raised.entry,
            person=person,
            contact=tx.contacts([token.person])[token.person],
            loads=tx.loads(),
            away=frozenset(tx.away()),
            cursors=tx.cursors(),
            sent=sent,
            rating=rating.stars,
        )

    change = Change(now=tx.now, origin=f"web:{token.row}:{tx.now:%Y%m%dT%H%M%S%f}", tickets={ticket.number: ticket})
    scene = scene_for(change, Raised(Event.RATED, ticket.number, ticket.version))
    conclude(tx, customer.rate(change, scene, rating, rating.comment), desk, scene_for)

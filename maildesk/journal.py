"""What the daemon says about itself: one function per log line and metric. Never a subject, a body or a secret.

Lines are JSON, one object each; texts from outside are escaped by JSON itself (A28). Metrics live in a
registry of our own and carry no addresses.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_log = logging.getLogger("maildesk")

REGISTRY = CollectorRegistry()
_MAILS = Counter("maildesk_mails", "Mails received, by what became of them", ["outcome"], registry=REGISTRY)
_SENT = Counter(
    "maildesk_sent", "Mails that left or not, by class and state", ["mail_class", "state"], registry=REGISTRY
)
_WATCH = Counter("maildesk_mailbox_events", "Events of mailbox connections", ["mailbox", "event"], registry=REGISTRY)
_JOBS = Counter("maildesk_job_runs", "Runs of scheduled jobs", ["job", "result"], registry=REGISTRY)
_DECIDING = Histogram("maildesk_deciding_seconds", "Time to decide on one batch of mails", registry=REGISTRY)
_BEAT = Gauge("maildesk_heartbeat_seconds", "When the scheduler last ran, as a Unix time", registry=REGISTRY)


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; an exception is told by its type and text, and its traceback as one string."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        line |= {"event": record.getMessage(), **getattr(record, "data", {})}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def _say(level: int, event: str, **data: Any) -> None:
    _log.log(level, event, extra={"data": data})


def received(outcome: str, mailbox: str, row: int, ticket: int, reason: str) -> None:
    """A mail came to its end."""
    _MAILS.labels(outcome).inc()
    _say(logging.INFO, "received", outcome=outcome, mailbox=mailbox, mail=row, ticket=ticket, reason=reason)


def decided(count: int, seconds: float) -> None:
    """A batch of mails was decided upon."""
    _DECIDING.observe(seconds)
    _say(logging.DEBUG, "decided", count=count, seconds=round(seconds, 4))


def mail_failed(row: int, attempts: int, error: BaseException) -> None:
    """Deciding on a mail raised what it should not: a bug, kept with its traceback."""
    _log.error("mail_failed", exc_info=error, extra={"data": {"mail": row, "attempts": attempts}})


def quarantined(row: int, reason: str) -> None:
    """A mail waits for a person now."""
    _MAILS.labels("quarantined").inc()
    _say(logging.WARNING, "quarantined", mail=row, reason=reason)


def mailbox_event(event: str, mailbox: str, **data: Any) -> None:
    """Something happened to a mailbox connection."""
    _WATCH.labels(mailbox, event).inc()
    calm = event in {"connected", "recovered", "first_seen", "taken"}
    _say(logging.INFO if calm else logging.WARNING, "mailbox", what=event, mailbox=mailbox, **data)


def sent(row: int, mail_class: str, state: str, reason: str) -> None:
    """An attempt to send a mail came to its end."""
    _SENT.labels(mail_class, state).inc()
    _say(logging.INFO, "outgoing", mail=row, mail_class=mail_class, state=state, reason=reason)


def taken_over(count: int) -> None:
    """Mails that a dead sender left in doubt were settled."""
    _say(logging.WARNING, "taken_over", count=count)


def job_ran(name: str, result: str) -> None:
    """A scheduled job ended."""
    _JOBS.labels(name, "failed" if result.startswith("failed") else "ok").inc()
    _say(logging.WARNING if result.startswith("failed") else logging.DEBUG, "job", name=name, result=result)


def beat(now: float) -> None:
    """The scheduler lives."""
    _BEAT.set(now)


def store_trouble(doing: str, error: BaseException) -> None:
    """The store did not take something; it is tried again."""
    _say(logging.ERROR, "store_trouble", doing=doing, error=str(error))


def template_problem(template: str, problem: str) -> None:
    """A template could not be used, a fallback was sent."""
    _say(logging.ERROR, "template_problem", template=template, problem=problem)


def reloaded(problems: tuple[Any, ...]) -> None:
    """The configuration was read again."""
    _say(logging.WARNING if problems else logging.INFO, "reloaded", problems=[str(problem) for problem in problems])


def daemon(event: str, **data: Any) -> None:
    """The daemon started, stopped or was told something."""
    _say(logging.INFO, event, **data)

"""Calling other programs: signed JSON over HTTP, tried again for about a day. No transaction is open meanwhile."""

from __future__ import annotations

import hmac
import http.client
from contextlib import closing
from datetime import timedelta
from urllib.parse import urlsplit

from maildesk.conclude import conclude, no_scene
from maildesk.model.change import Change
from maildesk.model.desk import Webhook
from maildesk.notices.alerts import alert
from maildesk.schedule.run import JobRun
from maildesk.wire import server_text

RETRY_MINUTES = (1, 5, 15, 60, 180, 360, 720)
_AT_ONCE = 20
_SECONDS = 10
_ANSWER = 300
"""Characters of an answer that are kept."""


def call_due(run: JobRun) -> str:
    """Make the calls that are due; one that fails is tried again later, in the end whoever runs the desk is told."""
    taken = 0
    for row in run.store.hooks.due(run.now, _AT_ONCE):
        tried = row["attempts"]
        last = tried >= len(RETRY_MINUTES)
        again = run.now + timedelta(minutes=RETRY_MINUTES[min(tried, len(RETRY_MINUTES) - 1)])
        if not run.store.hooks.claim(row["id"], tried, again):
            continue
        hook = run.desk.webhooks.get(row["hook"])
        problem = post(hook, row["body"], row["once"]) if hook else "this webhook is not configured any more"
        if not problem:
            run.store.hooks.settle(row["id"], "sent", "")
            taken += 1
        else:
            run.store.hooks.settle(row["id"], "failed" if last or not hook else "queued", problem)
            if last or not hook:
                _tell(run, row["hook"], problem)
    return f"{taken} calls made"


def signature(secret: str, body: str) -> str:
    """What the receiver compares: the HMAC-SHA256 of the body with the shared secret."""
    return "sha256=" + hmac.new(secret.encode(), body.encode(), "sha256").hexdigest()


def post(hook: Webhook, body: str, once: str) -> str:
    """Make one call; returns what went wrong, or "". Redirects are not followed: the address is the admin's to mend."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Maildesk-Signature": signature(hook.secret(), body),
        "X-Maildesk-Delivery": hmac.new(b"delivery", once.encode(), "sha256").hexdigest()[:32],
    }
    try:
        url = urlsplit(hook.url)
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        with closing(kind(url.hostname or "", url.port, timeout=_SECONDS)) as connection:
            connection.request("POST", url.path + (f"?{url.query}" if url.query else "") or "/", body.encode(), headers)
            answer = connection.getresponse()
            said = server_text(answer.read(_ANSWER))
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: an address that is none
        return f"{type(error).__name__}: {error}"
    return "" if 200 <= answer.status < 300 else f"{answer.status} {said}".strip()


def _tell(run: JobRun, hook: str, problem: str) -> None:
    cause = f"webhook {hook}:{run.now:%Y-%m-%d}"
    data = {"title": f"The webhook {hook} could not be called", "text": problem}
    with run.store.deciding(run.now) as tx:
        conclude(tx, alert(Change(now=run.now, origin=cause), run.desk, "alert", cause, data), run.desk, no_scene)

"""`maildesk login`: a person consents once, and the daemon logs in with tokens from then on (OAuth2)."""

from __future__ import annotations

import secrets
import time

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import say
from maildesk.model.errors import ConfigError, PermanentFailure, Problem
from maildesk.oauth import Tokens


@click.command()
@click.argument("mailbox")
@pass_invocation
def login(invocation: Invocation, mailbox: str) -> None:
    """Let MAILBOX log in with OAuth2 tokens: asks for the consent in a browser, here or on another machine."""
    settings = invocation.settings()
    box = next((box for box in settings.mailbox if box.name == mailbox), None)
    if box is None or box.oauth2 is None:
        known = ", ".join(box.name for box in settings.mailbox if box.oauth2) or "none has one"
        raise ConfigError(Problem(str(invocation.path()), 0, f"{mailbox}: no [mailbox.oauth2] there ({known})"))
    tokens = box.oauth2.tokens(mailbox)
    if tokens.application:
        tokens.renew()
        tokens.access()
    elif tokens.provider.device_url:
        _by_code(tokens)
    else:
        user = (box.imap.user if box.imap else "") or box.address
        _by_browser(tokens, user)
    say(f"{mailbox}: logged in. Now try:  maildesk check")


def _by_code(tokens: Tokens) -> None:
    answer = tokens.device_code()
    page, code = answer.get("verification_uri"), answer.get("user_code")
    say(f"On any machine open  {page}  and type the code  {code}\nlogged in as the mailbox. Waiting ...")
    until = time.monotonic() + float(answer.get("expires_in", 900))
    interval = float(answer.get("interval", 5))
    while time.monotonic() < until:
        time.sleep(interval)
        if tokens.device_done(answer["device_code"]):
            return
    raise PermanentFailure(f"{tokens.label}: nobody consented in time; begin again")


def _by_browser(tokens: Tokens, user: str) -> None:
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    say(f"Open this page, logged in as {user}, and consent:\n\n{tokens.authorize_address(verifier, state, user)}\n")
    say("The browser then goes to an address that begins with http://127.0.0.1 and cannot be shown. That is right:")
    tokens.consented(click.prompt("copy that address here", hide_input=True), verifier, state)

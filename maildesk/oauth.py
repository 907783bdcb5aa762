"""OAuth2 for mail accounts: access tokens that renew themselves, and the one-time login that makes them possible.

All state is one file for each account (mode 0600, replaced atomically): threads and daemons share it under a lock,
since some providers void the old refresh token as soon as they give out a new one. Nothing reaches the store or a log.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maildesk.model.errors import ConfigError, PermanentFailure, Problem, TemporaryFailure
from maildesk.secret import refuse_readable
from maildesk.tls import is_loopback, make_context
from maildesk.wire import server_text

_ANSWER_BYTES = 64 * 1024
_SECONDS = 30
_EARLY = 300
"""A token is renewed so many seconds before its end: a login with it must not meet the end on its way."""
_AWAY = ("temporarily_unavailable", "server_error")
"""Errors that say nothing of the login, whatever the status; nobody has to log in anew."""
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
REDIRECT = "http://127.0.0.1:8765/"
"""Where the provider sends the browser (RFC 8252 section 7.3). Nothing listens there: the admin copies the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The addresses of an authorisation server, and what to ask it for."""

    token_url: str
    authorize_url: str = ""
    device_url: str = ""
    """Empty: it has no device flow for mail (RFC 8628)."""
    scope: str = ""


def google() -> Provider:
    """Gmail and Google Workspace. Its device flow does not offer the mail scope."""
    return Provider(
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        scope="https://mail.google.com/",
    )


def microsoft(tenant: str, *, application: bool) -> Provider:
    """Microsoft 365. The scopes are those of Outlook's mail servers, not of Graph."""
    base = f"https://login.microsoftonline.com/{urllib.parse.quote(tenant)}/oauth2/v2.0"
    outlook = "https://outlook.office.com"
    return Provider(
        token_url=f"{base}/token",
        authorize_url=f"{base}/authorize",
        device_url=f"{base}/devicecode",
        scope="https://outlook.office365.com/.default"
        if application
        else f"{outlook}/IMAP.AccessAsUser.All {outlook}/SMTP.Send offline_access",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The access tokens of one mail account."""

    label: str
    """The mailbox's name, as `maildesk login` takes it."""
    provider: Provider
    client_id: str
    client_secret: Callable[[], str] = field(default=str, repr=False, compare=False)
    """Empty for a public client."""
    file: Path
    application: bool = False
    """The daemon logs in as itself (RFC 6749 section 4.4); nobody has to consent in a browser."""
    ca_file: Path | None = None
    clock: Callable[[], float] = field(default=time.time, repr=False, compare=False)

    def access(self) -> str:
        """An access token that is good for some minutes yet.

        Raises ConfigError when somebody has to log in first or anew, TemporaryFailure when the provider is away.
        """
        with self._locked():
            kept = self._read()
            if kept.get("access_token") and kept.get("expires_at", 0) - _EARLY > self.clock():
                return str(kept["access_token"])
            return self._renewed(kept)

    def renew(self) -> None:
        """Forget the access token, as after a server refused it: the next ``access`` asks for another."""
        with self._locked():
            kept = self._read()
            kept.pop("access_token", None)
            self._write(kept)

    def _renewed(self, kept: Mapping[str, Any]) -> str:
        if self.application:
            asked = {"grant_type": "client_credentials", "scope": self.provider.scope}
        elif kept.get("refresh_token"):
            asked = {"grant_type": "refresh_token", "refresh_token": kept["refresh_token"]}
        else:
            raise self._login_needed("nobody has logged in yet")
        answer = self.ask(self.provider.token_url, asked)
        if "error" in answer:
            raise self._login_needed(_reason(answer))
        return self._keep(answer, kept)

    # --- the login of a person

    def device_code(self) -> dict[str, Any]:
        """Begin the device flow (RFC 8628 section 3.2): ``user_code``, ``verification_uri``, ``interval``."""
        answer = self.ask(self.provider.device_url, {"scope": self.provider.scope})
        if "error" in answer or "device_code" not in answer:
            raise PermanentFailure(f"{self.label}: the provider refuses: {_reason(answer)}")
        return answer

    def device_done(self, code: str) -> bool:
        """Whether the person has consented meanwhile; then the tokens are kept. Raises PermanentFailure."""
        answer = self.ask(self.provider.token_url, {"grant_type": _DEVICE, "device_code": code})
        if answer.get("error") in {"authorization_pending", "slow_down"}:
            return False
        self._keep_login(answer)
        return True

    def authorize_address(self, verifier: str, state: str, user: str) -> str:
        """The page where a person consents (RFC 6749 section 4.1.1, with PKCE: RFC 7636)."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        words = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": REDIRECT,
            "scope": self.provider.scope, "state": state, "code_challenge": challenge, "code_challenge_method": "S256",
            "login_hint": user, "access_type": "offline", "prompt": "consent",
        }  # fmt: skip
        return f"{self.provider.authorize_url}?{urllib.parse.urlencode(words)}"

    def consented(self, address: str, verifier: str, state: str) -> None:
        """Take the address to which the browser was sent, and keep the tokens that it stands for.

        Raises PermanentFailure when it is not the answer to our question or the provider refuses.
        """
        words = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address.strip()).query))
        if "error" in words:
            raise PermanentFailure(f"{self.label}: the provider refuses: {_reason(words)}")
        if not secrets.compare_digest(words.get("state", "").encode(), state.encode()) or "code" not in words:
            raise PermanentFailure(f"{self.label}: this is not the address of this login: begin again")
        asked = {"grant_type": "authorization_code", "code": words["code"]}
        self._keep_login(
            self.ask(self.provider.token_url, {**asked, "redirect_uri": REDIRECT, "code_verifier": verifier})
        )

    def _keep_login(self, answer: Mapping[str, Any]) -> None:
        if "error" in answer:
            raise PermanentFailure(f"{self.label}: the provider refuses: {_reason(answer)}")
        if not answer.get("refresh_token"):
            raise PermanentFailure(f"{self.label}: the provider gave no refresh token: allow offline access there")
        with self._locked():
            self._keep(answer, {})

    # --- the provider

    def ask(self, url: str, words: Mapping[str, str]) -> dict[str, Any]:
        """POST a form as this client, give the JSON answer; an error of RFC 6749 section 5.2 is an answer.

        Raises TemporaryFailure when there is no such answer, PermanentFailure for an address without TLS.
        """
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise PermanentFailure(f"{self.label}: {url or 'an empty address'} is no https address")
        secret = self.client_secret()
        form = {"client_id": self.client_id, **words, **({"client_secret": secret} if secret else {})}
        request = urllib.request.Request(  # noqa: S310 - the scheme was looked at above
            url, urllib.parse.urlencode(form).encode(), {"Accept": "application/json"}
        )
        try:
            with _opener(self.ca_file).open(request, timeout=_SECONDS) as answer:
                content = answer.read(_ANSWER_BYTES)
        except urllib.error.HTTPError as error:
            content = error.read(_ANSWER_BYTES)
            if error.code >= 500 or error.code == 429:
                raise TemporaryFailure(f"{self.label}: the login provider answers {error.code}") from None
        except (OSError, http.client.HTTPException) as error:
            raise TemporaryFailure(f"{self.label}: the login provider cannot be reached: {error}") from None
        try:
            found = json.loads(content)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise TemporaryFailure(f"{self.label}: the login provider's answer makes no sense")
        if found.get("error") in _AWAY:
            raise TemporaryFailure(f"{self.label}: the login provider answers {_reason(found)}")
        return found

    # --- the file

    def _keep(self, answer: Mapping[str, Any], kept: Mapping[str, Any]) -> str:
        token, lifetime = answer.get("access_token"), answer.get("expires_in", 3600)
        if not isinstance(token, str) or not isinstance(lifetime, (int, str)) or not str(lifetime).isdigit():
            raise TemporaryFailure(f"{self.label}: the login provider gave no token")
        refresh = answer.get("refresh_token") or kept.get("refresh_token")
        fresh = {"access_token": token, "expires_at": self.clock() + int(lifetime)}
        self._write({**fresh, **({"refresh_token": refresh} if refresh else {})})
        return token

    def _read(self) -> dict[str, Any]:
        refuse_readable(self.file, self.label)
        try:
            kept = json.loads(self.file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise self._login_needed(f"{self.file} cannot be read: {error}") from None
        return kept if isinstance(kept, dict) else {}

    def _write(self, kept: Mapping[str, Any]) -> None:
        fresh = self.file.with_name(self.file.name + ".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.file)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        lock = self.file.with_name(self.file.name + ".lock")
        try:
            handle = os.open(lock, os.O_WRONLY | os.O_CREAT, 0o600)
        except OSError as error:
            raise ConfigError(Problem(str(lock), 0, f"{self.label}: cannot be written: {error.strerror}")) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _login_needed(self, reason: str) -> ConfigError:
        todo = "check client_id and its secret" if self.application else f"run: maildesk login {self.label}"
        return ConfigError(Problem(str(self.file), 0, f"{self.label}: {reason}; {todo}"))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the secrets to another address."""

    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        return None


def _opener(ca_file: Path | None) -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=make_context(ca_file)), _NoRedirect())


def _reason(answer: Mapping[str, Any]) -> str:
    return server_text(f"{answer.get('error', 'no reason given')} {answer.get('error_description', '')}")

"""An OAuth2 provider on loopback: gives tokens, tells a mail server whose they are, and fails as it is told."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


class Provider:
    """Listens from construction to ``stop``. ``answer`` decides on what is asked at /token and /device."""

    def __init__(self, user: str = "desk@example.com") -> None:
        self.user = user
        self.asked: list[dict[str, str]] = []
        self.status = 200
        self.refusal: dict[str, Any] | None = None
        self.pending = 0
        """So many times a device code is not consented to yet."""
        self.good: set[str] = set()
        """Access tokens that count."""
        self._given = 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                words = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                provider.asked.append(words)
                self.say(provider.status, provider.answer(self.path, words))

            def do_GET(self) -> None:
                token = dict(parse_qsl(urlsplit(self.path).query)).get("token")
                known = token in provider.good
                self.say(200 if known else 401, {"email": provider.user, "active": known})

            def say(self, status: int, answer: dict[str, Any]) -> None:
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        """Close it."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, words: dict[str, str]) -> dict[str, Any]:
        """What a well-meaning provider says, with a new refresh token each time (as Microsoft does)."""
        if self.refusal:
            return self.refusal
        if path == "/device":
            page = "https://login.example.test/device"
            return {"device_code": "d1", "user_code": "AB-CD", "verification_uri": page, "interval": 0.01}
        if words["grant_type"].endswith("device_code") and self.pending:
            self.pending -= 1
            return {"error": "authorization_pending"}
        self._given += 1
        token = f"access{self._given}"
        self.good.add(token)
        refresh = {} if words["grant_type"] == "client_credentials" else {"refresh_token": f"refresh{self._given}"}
        return {"access_token": token, "expires_in": 3600, "token_type": "Bearer", **refresh}

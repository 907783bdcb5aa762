"""Listening: waitress in a thread of the daemon, closed with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from waitress.server import create_server

from maildesk.model.errors import TemporaryFailure
from maildesk.web.site import FORM_BYTES, Site

_THREADS = 4


@contextmanager
def serving(site: Site, host: str, port: int, trusted_proxy: str = "") -> Iterator[int]:
    """Serve until the block ends; gives the port. Raises TemporaryFailure when it is taken."""
    proxy = {"trusted_proxy": trusted_proxy, "trusted_proxy_headers": "x-forwarded-for"} if trusted_proxy else {}
    try:
        server = create_server(
            site,
            host=host,
            port=port,
            threads=_THREADS,
            ident="",
            max_request_body_size=FORM_BYTES,
            channel_timeout=30,
            clear_untrusted_proxy_headers=True,
            **proxy,
        )
    except OSError as error:
        raise TemporaryFailure(f"[http]: cannot listen on {host}:{port}: {error.strerror}") from error
    closing = threading.Event()

    def listen() -> None:
        try:
            server.run()
        except OSError:  # its sockets are closed under it: that is how one ends it from another thread
            if not closing.is_set():
                raise

    thread = threading.Thread(target=listen, name="http", daemon=True)
    thread.start()
    try:
        yield int(server.effective_port)
    finally:
        closing.set()
        server.close()
        thread.join(5)

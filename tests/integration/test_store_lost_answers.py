"""The answer to a COMMIT is lost although PostgreSQL did it (W4, F65): nothing is lost, nothing happens twice."""

from __future__ import annotations

import contextlib
import socket
import threading
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from campaigns.crash_desk import DeskFolder, customer_mail
from integration.storekit import ME, outgoing, raw, reply, send, states

from maildesk import assemble
from maildesk.ingest.child import ParserPool
from maildesk.ingest.intake import Intake
from maildesk.ingest.worker import Worker
from maildesk.model.errors import TemporaryFailure
from maildesk.outbox.deliver import Deliverer
from maildesk.outbox.smtp import Courier, SmtpAccount
from maildesk.settings import load
from maildesk.store.store import Store
from maildesk.tls import Tls


class Wire:
    """Between the desk and PostgreSQL; after ``swallow`` the next COMMIT is done and its answer never comes."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._swallow = threading.Event()
        self.swallowed = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self) -> None:
        self._swallow.set()

    def stop(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
                threading.Thread(target=self._up, args=(client, server), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        silent = threading.Event()
        threading.Thread(target=self._down, args=(client, server, silent), daemon=True).start()
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if b"COMMIT" in data and self._swallow.is_set():
                    silent.set()
                server.sendall(data)
        server.close()

    def _down(self, client: socket.socket, server: socket.socket, silent: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if silent.is_set():
                    assert b"COMMIT" in data
                    self._swallow.clear()
                    self.swallowed += 1
                    break
                client.sendall(data)
        for one in (client, server):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture
def wire(postgres_url):
    found = Wire(urlsplit(postgres_url).port)
    yield found
    found.stop()


@pytest.fixture
def store(postgres_url, wire):
    """A store behind the wire."""
    found = Store(postgres_url.replace(str(urlsplit(postgres_url).port), str(wire.port)))
    found.prepare()
    yield found
    found.close()


NOW = datetime.now(UTC)


def question(number: int):
    return raw(number, at=NOW, content=customer_mail(f"c{number}@example.net", number).as_bytes())


def test_of_taking(store, wire):
    handed: list = []
    intake = Intake(store, ME, "import", lambda: NOW, handed.extend)
    wire.swallow()
    with pytest.raises(TemporaryFailure):
        intake.take([question(1), question(2)])
    assert (handed, wire.swallowed) == ([], 1)
    assert store.ledger.claim(ME, 9, others=True) == ()
    assert intake.position("support", 7) == 2
    assert [one.raw.key.uid for one in store.ledger.claim(ME, 9, others=False)] == [1, 2]


def test_of_deciding(store, wire, tmp_path):
    desk, _ = assemble.assemble(load(DeskFolder(tmp_path, {"support": "nobody"}, store.url).write(1, 2).config))
    taken = store.ledger.take([question(1)], ME, NOW)
    with ParserPool(desk.reading) as pool:
        worker = Worker(store, pool, lambda: datetime.now(UTC))
        wire.swallow()
        with pytest.raises(TemporaryFailure):
            worker.work(desk, taken)
        before = store.look.counts()
        assert before["tickets"] == {"new": 1}
        assert store.ledger.still_open(taken) == ()
        worker.work(desk, taken)
    assert store.look.counts() == before


@pytest.fixture
def deliverer(store, smtp_server, tmp_path):
    """Sends to ``smtp_server``; with its desk."""
    desk, _ = assemble.assemble(load(DeskFolder(tmp_path, {"support": "nobody"}, store.url).write(1, 2).config))
    courier = Courier(SmtpAccount(name="support", host="127.0.0.1", port=smtp_server.port, tls=Tls.OFF))
    found = Deliverer(store, {"support": courier}, ME, lambda: datetime.now(UTC))
    yield found, desk
    found.close()


def test_of_claiming(store, wire, deliverer, smtp_server):
    sender, desk = deliverer
    send(store, reply("r"), outgoing("a"))
    wire.swallow()
    with pytest.raises(TemporaryFailure):
        sender.run_due(desk)
    assert states(store) == {"r": "attempting", "a": "attempting"}
    assert smtp_server.mails == []
    sender.run_due(desk)
    assert states(store) == {"r": "sent", "a": "sent"}
    assert len(smtp_server.mails) == 2


def test_of_settling(store, wire, deliverer, smtp_server):
    sender, desk = deliverer
    send(store, reply("r"), outgoing("a"))
    real = store.queue.settle

    def settle(connection, settled):
        wire.swallow()
        return real(connection, settled)

    store.queue.settle = settle
    with pytest.raises(TemporaryFailure):
        sender.run_due(desk)
    store.queue.settle = real
    sender.run_due(desk)
    assert (len(smtp_server.mails), wire.swallowed) == (2, 1)
    assert states(store) == {"r": "sent", "a": "sent"}


def test_of_settling_that_was_not_done(store, deliverer, smtp_server):
    sender, desk = deliverer
    send(store, reply("r"), outgoing("a"))
    real = store.queue.settle

    def settle(connection, settled):
        raise TemporaryFailure("the store is away")

    store.queue.settle = settle
    for _ in range(3):
        with pytest.raises(TemporaryFailure):
            sender.run_due(desk)
    assert states(store) == {"r": "attempting", "a": "attempting"}
    store.queue.settle = real
    sender.run_due(desk)
    assert states(store) == {"r": "sent", "a": "sent"}
    assert len(smtp_server.mails) == 2

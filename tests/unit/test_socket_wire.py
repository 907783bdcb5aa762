"""Bounded waiting and clean words."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.tls import Tls, is_loopback, refuse_plain
from maildesk.wire import Bell, Reader, TooMuch, server_text


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two connected sockets."""
    left, right = socket.socketpair()
    yield left, right
    left.close()
    right.close()


@given(st.text(max_size=5000) | st.binary(max_size=5000))
def test_what_a_server_says_is_one_short_printable_line(said: str | bytes) -> None:
    text = server_text(said)
    assert text.isprintable()
    assert len(text) <= 300


def test_what_a_server_says_stays_readable() -> None:
    assert server_text("کاربر\r\n ناشناس \x1b[2J") == "کاربر ناشناس [2J"
    assert server_text(b"550 5.1.1 \xff no") == "550 5.1.1 \ufffd no"


def test_the_deadline_holds_for_the_whole_answer(ends: tuple[socket.socket, socket.socket]) -> None:
    reader = Reader(ends[0])
    reader.wire.allow(0.2, 1000)
    ends[1].sendall(b"half a line")
    started = time.monotonic()
    with pytest.raises(TimeoutError, match="too long"):
        reader.readline()
    assert 0.15 < time.monotonic() - started < 1


def test_the_size_holds_for_the_whole_answer(ends: tuple[socket.socket, socket.socket]) -> None:
    reader = Reader(ends[0])
    reader.wire.allow(5, 10)
    ends[1].sendall(b"12345\r\n")
    assert reader.readline() == b"12345\r\n"
    ends[1].sendall(b"12345\r\n")
    with pytest.raises(TooMuch):
        reader.readline()


def test_what_has_come_is_known_without_waiting(ends: tuple[socket.socket, socket.socket]) -> None:
    reader = Reader(ends[0])
    reader.wire.allow(5, 1000)
    assert not reader.has_come()
    ends[1].sendall(b"a\r\nb\r\n")
    assert reader.has_come()
    assert reader.readline() == b"a\r\n"
    assert reader.has_come(), "it lies in the buffer, where poll does not see it"
    assert reader.readline() == b"b\r\n"
    assert not reader.has_come()
    ends[1].close()
    with pytest.raises(EOFError):
        reader.has_come()


def test_the_bell_rings_on() -> None:
    bell = Bell()
    assert not bell.wait(0)
    bell.ring()
    bell.ring()
    assert bell.wait(0)
    assert bell.wait(0), "who asks later hears it too"
    for _ in range(100_000):
        bell.ring()


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("127.9.9.9", True), ("10.0.0.1", False),
     ("mail.example.org", False), ("localhost.example.org", False)],
)  # fmt: skip
def test_plain_connections_stay_on_this_machine(host: str, local: bool) -> None:
    assert is_loopback(host) is local
    refuse_plain(host, Tls.IMPLICIT, insecure=False)
    refuse_plain(host, Tls.OFF, insecure=True)
    if local:
        refuse_plain(host, Tls.OFF, insecure=False)
    else:
        with pytest.raises(Exception, match="without TLS"):
            refuse_plain(host, Tls.OFF, insecure=False)

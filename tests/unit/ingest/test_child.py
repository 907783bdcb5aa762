"""The supervised parser: it dies, hangs or is flooded, and the rest of the batch goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from maildesk.ingest import child
from maildesk.ingest.child import Failure, ParserPool
from maildesk.ingest.parse import parse_mail
from maildesk.model.mail import Limits, Mail, Reading

READING = Reading(own_addresses=frozenset({"support@example.com"}), key=b"secret key of the desk")


def mail(number: int, text: bytes = b"hello") -> bytes:
    return b"From: a@example.org\nSubject: %d\nMessage-ID: <%d@example.org>\n\n%s" % (number, number, text)


@pytest.fixture(params=[1, 2])
def pool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ParserPool]:
    monkeypatch.setenv(child.ABORT_VARIABLE, "poison-canary")
    monkeypatch.setenv("MAILDESK_SECRET", "do not pass on")
    with ParserPool(READING, request.param, wall_seconds=5) as made:
        yield made


def pids(pool: ParserPool) -> list[int]:
    return [each._process.pid for each in pool._children if each._process is not None]


def test_a_batch_comes_back_in_order(pool: ParserPool) -> None:
    contents = [mail(number) for number in range(40)]
    assert pool.parse_batch(contents) == [parse_mail(content, READING) for content in contents]
    assert pool.parse_batch([]) == []


def test_batches_bigger_than_the_pipes(pool: ParserPool) -> None:
    contents = [mail(number, b"x" * 700_000) for number in range(8)]
    found = pool.parse_batch(contents)
    assert [len(each.text) for each in found if isinstance(each, Mail)] == [700_000] * 8


def test_the_caller_may_do_other_things(pool: ParserPool) -> None:
    batch = pool.submit([mail(number) for number in range(20)])
    time.sleep(0.5)
    begin = time.monotonic()
    assert len(batch.results()) == 20
    assert time.monotonic() - begin < 2


def test_poison_costs_only_itself(pool: ParserPool) -> None:
    contents = [mail(number, b"poison-canary" if number in {3, 4, 9} else b"good") for number in range(12)]
    found = pool.parse_batch(contents)
    assert [number for number, each in enumerate(found) if isinstance(each, Failure)] == [3, 4, 9]
    assert {each for each in found if isinstance(each, Failure)} == {Failure("parser died: signal 6")}
    assert isinstance(pool.parse_batch([mail(1)])[0], Mail)


def test_a_limit_is_final() -> None:
    with ParserPool(Reading(limits=Limits(message=100))) as pool:
        assert pool.parse_batch([mail(1, b"x" * 200)]) == [
            Failure("message too large: 260 bytes, the limit is 100", final=True)
        ]


def test_a_hanging_child_is_replaced() -> None:
    with ParserPool(READING, wall_seconds=0.5) as pool:
        assert isinstance(pool.parse_batch([mail(1)])[0], Mail)
        os.kill(pids(pool)[0], signal.SIGSTOP)
        assert pool.parse_batch([mail(2)]) == [Failure("parser took more than 0.5 seconds")]
        pool._children[0]._wall = 5.0
        assert isinstance(pool.parse_batch([mail(3)])[0], Mail)


def test_a_child_that_was_killed_while_idle_costs_at_most_one_try(pool: ParserPool) -> None:
    pool.parse_batch([mail(1)])
    for pid in pids(pool):
        os.kill(pid, signal.SIGKILL)
    found = pool.parse_batch([mail(number) for number in range(6)])
    assert sum(isinstance(each, Failure) for each in found) <= len(pids(pool))
    assert all(isinstance(each, Mail) for each in pool.parse_batch([mail(number) for number in range(6)]))


def test_signals_of_the_terminal_do_not_reach_it(pool: ParserPool) -> None:
    pool.parse_batch([mail(1)])
    for pid in pids(pool):
        os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGTERM)
    assert isinstance(pool.parse_batch([mail(1)])[0], Mail)


def test_it_carries_no_secret(pool: ParserPool) -> None:
    pool.parse_batch([mail(1)])
    for pid in pids(pool):
        shown = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        assert b"secret" not in shown
        assert b"do not pass on" not in shown
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert f"Max address space         {child.MEMORY}" in limits


def test_too_much_processor_time_is_said(tmp_path: Path) -> None:
    script = tmp_path / "burn.py"
    script.write_text("from maildesk.ingest import child\nchild._allow_cpu(-1)\nwhile True: pass\n")
    begun = subprocess.run([sys.executable, str(script)], check=False, timeout=30)
    assert begun.returncode == -signal.SIGXCPU


def test_closing_ends_the_children() -> None:
    pool = ParserPool(READING)
    pool.parse_batch([mail(1)])
    (pid,) = pids(pool)
    pool.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    pool.close()

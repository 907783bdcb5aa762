"""Twenty seconds of what `make fuzz` does for hours: the committed inputs, then mutations of them from a fixed seed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest
from fuzz import targets

SECONDS = 20.0 / len(targets.TARGETS)
LEAST = 200
"""Mutations that are tried however slow the machine is."""
TOKENS = (
    b"\n", b"\r\n", b"\n\n", b" ", b"\0", b"\xff", b'"', b"<", b">", b"(", b")", b"[", b"]", b"@", b",", b";", b":", b"=", b"=?",
    b"?=", b"--b\n", b"--b--\n", b"> ", b"On ", b"wrote:\n", b"-- \n", b"From: ", b"\xe2\x80\x8f", b"\xdb\xb5", b"\xe2\x90\x9e",
    b"Content-Type: multipart/mixed; boundary=b\n\n", b"Content-Type: message/rfc822\n\n", b"begin 644 a\n", b"<blockquote>",
)  # fmt: skip


def mutations(seeds: list[bytes], dice: random.Random) -> Iterator[bytes]:
    """Without end: pieces cut out, doubled, moved, swapped for tokens, spliced from another seed."""
    while True:
        data = bytearray(dice.choice(seeds))
        for _ in range(dice.randint(1, 8)):
            at, end = sorted((dice.randint(0, len(data)), dice.randint(0, len(data))))
            end = min(end, at + dice.choice((1, 4, 16, 4096)))
            other = dice.choice(seeds)
            begin = dice.randint(0, len(other))
            data[at:end] = dice.choice(
                (
                    b"",
                    data[at:end] * dice.randint(2, 6),
                    dice.choice(TOKENS) * dice.choice((1, 2, 40)),
                    dice.randbytes(dice.randint(1, 4)),
                    other[begin : begin + 64],
                    bytes(data[at:end]).upper(),
                )
            )
        yield bytes(data[:16384])


@pytest.mark.parametrize("name", targets.TARGETS)
def test_nothing_that_is_read_breaks_a_promise(name: str) -> None:
    target, seeds = targets.TARGETS[name], targets.seeds(name)
    end = time.monotonic() + SECONDS
    with targets.unguarded():
        for seed in seeds:
            target(seed)
        for number, data in enumerate(mutations(seeds, random.Random(1042))):
            if number >= LEAST and time.monotonic() > end:
                break
            try:
                target(data)
            except Exception as error:
                pytest.fail(f"{name}: {error!r} for {data!r}")

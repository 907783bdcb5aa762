"""uuencode and TNEF."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.ingest.mailmaking import uuencoded, winmail

from maildesk.ingest import embedded


@given(st.binary(min_size=1, max_size=500))
def test_a_block_is_taken_out(content: bytes) -> None:
    text, files = embedded.uudecoded(b"before\n" + uuencoded(content) + b"after\n")
    assert text == b"before\nafter\n"
    assert files == (embedded.File("a.bin", content),)


@pytest.mark.parametrize(
    "text",
    [
        b"please begin 644 words here\nand end\n",
        b"begin 644 a.bin\nThis is no encoded line, is it?\nend\n",
        b"begin 644 a.bin\nno end",
        b"begin the work\nend\n",
    ],
)
def test_what_is_not_quite_a_block_stays_text(text: bytes) -> None:
    assert embedded.uudecoded(text) == (text, ())


def test_many_beginnings_cost_linear_time() -> None:
    begin = time.process_time()
    embedded.uudecoded(b"begin 644 x\n" * 100_000)
    assert time.process_time() - begin < 1


@given(st.binary(max_size=300))
def test_junk_is_no_tnef(junk: bytes) -> None:
    embedded.tnef(b"\x78\x9f\x3e\x22" + junk)
    assert embedded.tnef(junk + b"x") == ("", "", ()) or junk.startswith(b"\x78\x9f\x3e\x22")


def test_a_winmail_is_unwrapped() -> None:
    text, html, files = embedded.tnef(winmail(b"a;b\n"))
    assert (text, html) == ("the text", "")
    assert files == (embedded.File("list.csv", b"a;b\n"),)


def test_a_winmail_of_tiny_objects_costs_little() -> None:
    begin = time.process_time()
    assert embedded.tnef(b"\x78\x9f\x3e\x22\x01\x00" + b"\x01" + b"\x00" * 10_000_000) == ("", "", ())
    assert time.process_time() - begin < 1

"""Attachment names (A35)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.ingest.filename import made_up, safe_filename


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("صورت‌حساب.pdf", "صورت‌حساب.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Temp\\a.png", "a.png"),
        ("\u200b.htaccess", "htaccess"),
        ("\u200c.htaccess", "htaccess"),
        ("．．／evil", "evil"),
        ("a\0.txt", "a.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("..", ""),
        ("", ""),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        ("  a   b .txt ", "a b .txt"),
        ("a\r\nb.txt", "ab.txt"),
        ("folder/", "folder"),
    ],
)
def test_names(name: str, safe: str) -> None:
    assert safe_filename(name) == safe


@pytest.mark.parametrize("length", [119, 120, 121, 5000])
def test_length_at_the_limit(length: int) -> None:
    safe = safe_filename("n" * (length - 4) + ".png")
    assert len(safe) == min(length, 120)
    assert safe.endswith(".png")


@given(st.text(max_size=300))
def test_no_name_leaves_its_folder(name: str) -> None:
    safe = safe_filename(name)
    assert not set(safe) & set('/\\\0\n\r<>:"|?*')
    assert not safe.startswith(".")
    assert len(safe) <= 120
    safe.encode()


def test_made_up_names() -> None:
    assert made_up("image/jpeg", "2.1") == "part-2.1.jpg"
    assert made_up("message/rfc822", "2") == "part-2.eml"
    assert made_up("x/unheard-of", "3") == "part-3.bin"

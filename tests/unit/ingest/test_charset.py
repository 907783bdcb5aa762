"""The charset ladder: strict UTF-8, the declaration, a guess."""

from __future__ import annotations

import codecs
import encodings.aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.ingest import charset

PERSIAN = "سلام، لطفاً فاکتور را بررسی کنید"
OLD_PERSIAN = "سلام، لطفا فاكتور را بررسي كنيد. مبلغ اشتباه است و پول ما برنگشته"


@pytest.mark.parametrize(
    ("raw", "declared", "text"),
    [
        (PERSIAN.encode(), "utf-8", PERSIAN),
        (PERSIAN.encode(), "windows-1256", PERSIAN),
        (PERSIAN.encode(), "", PERSIAN),
        (PERSIAN.encode(), "x-klingon", PERSIAN),
        (OLD_PERSIAN.encode("cp1256"), "windows-1256", OLD_PERSIAN),
        (OLD_PERSIAN.encode("cp1256"), "", OLD_PERSIAN),
        (OLD_PERSIAN.encode("cp1256"), "us-ascii", OLD_PERSIAN),
        (OLD_PERSIAN.encode("cp1256"), "iso-8859-1", OLD_PERSIAN),
        ("چاپگر".encode("cp1256"), "", "چاپگر"),
        ("Größe: 50 €".encode("cp1252"), "iso-8859-1", "Größe: 50 €"),
        ("señor, mañana".encode("cp1252"), "", "señor, mañana"),
        ("三階のプリンター".encode("iso2022_jp"), "ISO-2022-JP", "三階のプリンター"),
        ("您好，发票".encode("gb18030"), "gb2312", "您好，发票"),
        ("Новый заказ".encode("koi8_r"), "koi8-r", "Новый заказ"),
        ("é".encode("utf-16"), "utf-16", "é"),
        (PERSIAN.encode().decode("latin-1").encode(), "utf-8", PERSIAN),
        ("".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in PERSIAN.encode()).encode(), "", PERSIAN),
        ("Øresund, Ærø".encode(), "utf-8", "Øresund, Ærø"),
        ("hello سلام dear friend, how are you".encode("cp1256"), "", "hello سلام dear friend, how are you"),
        ("こんにちは、注文に問題".encode("euc_jp"), "", "こんにちは、注文に問題"),
        ("こんにちは、注文に問題".encode("cp932"), "", "こんにちは、注文に問題"),
        ("שלום יש בעיה עם ההזמנה".encode("cp1255"), "", "שלום יש בעיה עם ההזמנה"),
        (b"plain", "utf-16", "plain"),
        (b"plain", "", "plain"),
    ],
)
def test_texts_are_read(raw: bytes, declared: str, text: str) -> None:
    assert charset.decode(raw, declared)[0] == text


def test_utf8_that_was_cut_keeps_its_letters() -> None:
    text, defect = charset.decode(PERSIAN.encode()[:-1], "utf-8")
    assert text == PERSIAN[:-1] + "\ufffd"
    assert defect == "broken utf-8"


def test_the_hint_decides_where_nothing_is_declared() -> None:
    assert charset.decode("Привет".encode("cp1251"), "", "windows-1251")[0] == "Привет"


@pytest.mark.parametrize(
    "name", sorted({*encodings.aliases.aliases, *encodings.aliases.aliases.values(), "undefined", "idna"})
)
def test_only_text_codecs_are_reachable(name: str) -> None:
    found = charset.codec_for(name)
    assert not found or codecs.lookup(found)._is_text_encoding
    assert found not in {"unicode_escape", "raw_unicode_escape", "idna", "punycode", "rot13", "undefined", "mbcs"}


@given(
    st.binary(max_size=300), st.sampled_from(["", "utf-8", "utf-7", "utf-16", "unicode_escape", "hz", "big5", "cp1256"])
)
def test_any_bytes_give_text_that_can_be_stored(raw: bytes, declared: str) -> None:
    text, _ = charset.decode(raw, declared)
    text.encode()
    assert "\0" not in text
    assert "\r" not in text
    assert charset.clean(text) == text


def test_turning_and_control_characters_are_taken_out_and_joiners_stay() -> None:
    assert charset.clean("a\u202eb\x00c\x1b[0m\u200cd\r\ne\u2028f\ud800") == "abc[0m\u200cd\ne\nf\ufffd"

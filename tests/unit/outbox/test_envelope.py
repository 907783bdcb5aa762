"""A mail as it goes over the line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.outbox.envelope import mail_parameters, path, wire_form


@given(
    st.lists(st.sampled_from([b".", b"\r", b"\n", b"\r\n", b"a", b"\r\n.\r\n", b"\n.\n"]), max_size=12).map(b"".join)
)
def test_no_content_ends_the_mail_early(content: bytes) -> None:
    body = wire_form(content)
    assert body.endswith(b"\r\n")
    lines = body.split(b"\r\n")[:-1]
    assert b"." not in lines, "a lone dot would end the mail"
    assert not any(b"\r" in line or b"\n" in line for line in lines), "a bare CR or LF would be read in two ways"
    undotted = [line.removeprefix(b".") for line in lines]
    normal = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    assert undotted == normal


@given(st.text(max_size=300))
def test_no_address_ends_its_line_or_its_brackets(address: str) -> None:
    try:
        result = path(address)
    except ValueError as error:
        assert str(error).isprintable()
        return
    assert result.isprintable()
    assert not set(result) & set('<> "')
    assert result.count("@") >= 1


def test_domains_become_a_labels() -> None:
    assert path("leila@مثال.example.org") == "leila@xn--mgbh0fb.example.org"
    assert path("Leila+x@Example.ORG") == "Leila+x@Example.ORG"


@pytest.mark.parametrize(("limit", "fits"), [("0", True), ("", True), ("x", True), ("4", False), ("5", True)])
def test_the_size_limit_is_kept(limit: str, fits: bool) -> None:
    if fits:
        assert mail_parameters({"size": limit}, ("a@x", "b@x"), b"abc\r\n") == " SIZE=5"
    else:
        with pytest.raises(ValueError, match="5 bytes"):
            mail_parameters({"size": limit}, ("a@x", "b@x"), b"abc\r\n")

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.ingest.auth import read_auth
from maildesk.model.mail import Auth

OURS = frozenset({"mx.example.com"})
GMAIL = (
    "mx.example.com;\r\n       dkim=pass header.i=@example.org header.s=s1 header.b=abc;\r\n"
    "       spf=pass (example.com: domain of a@example.org designates 192.0.2.1 as permitted sender) smtp.mailfrom=a@example.org;\r\n"
    "       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=Example.org"
)
MICROSOFT = (
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.org; dkim=pass (signature was verified) "
    "header.d=example.org;dmarc=pass action=none header.from=example.org;compauth=pass reason=100"
)


def test_what_a_trusted_header_says():
    assert read_auth((GMAIL,), OURS) == Auth(True, "mx.example.com", "pass", "pass", "pass", "example.org")


@pytest.mark.parametrize(
    ("values", "ids", "expected"),
    [
        ((), OURS, Auth()),
        ((GMAIL,), frozenset({"other.example"}), Auth()),
        ((GMAIL,), frozenset(), Auth(False, "mx.example.com", "pass", "pass", "pass", "example.org")),
        (
            ("evil.test; dmarc=pass header.from=a.test", "mx.example.com; dmarc=fail header.from=a.test"),
            OURS,
            Auth(True, "mx.example.com", "fail", domain="a.test"),
        ),
        (
            ("mx.example.com; dmarc=fail header.from=a.test", "mx.example.com; dmarc=pass header.from=a.test"),
            OURS,
            Auth(True, "mx.example.com", "fail", domain="a.test"),
        ),
        (("mx.example.com; none",), OURS, Auth(True, "mx.example.com")),
        (("mx.example.com",), OURS, Auth(True, "mx.example.com")),
        (
            ("MX.Example.COM. 1; dmarc=pass header.from=a.test",),
            OURS,
            Auth(True, "mx.example.com", "pass", domain="a.test"),
        ),
        (
            ('"mx.example.com"; dmarc=pass header.from=a.test',),
            OURS,
            Auth(True, "mx.example.com", "pass", domain="a.test"),
        ),
        (
            ("(x) mx.example.com (y); dmarc = pass (ok; really) header.from = a.test",),
            OURS,
            Auth(True, "mx.example.com", "pass", domain="a.test"),
        ),
        (
            ("mx.example.com; dkim=fail header.d=a.test; dkim=pass header.d=b.test; spf=softfail smtp.mailfrom=x",),
            OURS,
            Auth(True, "mx.example.com", "", "pass", "softfail"),
        ),
        (
            ("mx.example.com; dmarc=pass header.from=a.test; dmarc=fail header.from=b.test",),
            OURS,
            Auth(True, "mx.example.com", "fail", domain="b.test"),
        ),
        (
            ("mx.example.com; DMARC/1=Pass header.From=مثال.example",),
            OURS,
            Auth(True, "mx.example.com", "pass", domain="xn--mgbh0fb.example"),
        ),
        (
            (
                "mx.example.com; x-unknown=pass; iprev=pass policy.iprev=192.0.2.1; dmarc=bestguesspass header.from=a.test",
            ),
            OURS,
            Auth(True, "mx.example.com", "bestguesspass", domain="a.test"),
        ),
        ((MICROSOFT,), OURS, Auth()),
        ((MICROSOFT,), frozenset({""}), Auth(True, "", "pass", "pass", "pass", "example.org")),
        ((MICROSOFT,), frozenset(), Auth(False, "", "pass", "pass", "pass", "example.org")),
        (
            ("mx.example.com(dmarc=pass header.from=a.test); spf=none",),
            OURS,
            Auth(True, "mx.example.com", "", "", "none"),
        ),
        (
            ('mx.example.com; spf=pass smtp.mailfrom="x; dmarc=pass header.from=a.test"',),
            OURS,
            Auth(True, "mx.example.com", "", "", "pass"),
        ),
        (("mx.example.com.evil.test; dmarc=pass header.from=a.test",), OURS, Auth()),
        (
            ("mx.example.com evil; dmarc=pass header.from=a.test",),
            OURS,
            Auth(True, "mx.example.com", "pass", domain="a.test"),
        ),
        (
            ("", "mx.example.com; dmarc=pass header.from=a.test"),
            OURS,
            Auth(True, "mx.example.com", "pass", domain="a.test"),
        ),
        (("i=1; mx.example.com; dmarc=pass header.from=a.test",), OURS, Auth()),
    ],
)
def test_only_the_topmost_header_of_a_configured_server_counts(values, ids, expected):
    assert read_auth(values, ids) == expected


@given(
    st.lists(
        st.one_of(
            st.text(max_size=200),
            st.lists(
                st.sampled_from(
                    [
                        "mx.example.com",
                        ";",
                        "dmarc",
                        "=",
                        "pass",
                        " ",
                        "(",
                        ")",
                        '"',
                        "\\",
                        "header.from",
                        "a.test",
                        "/",
                    ]
                ),
                max_size=40,
            ).map("".join),
        ),
        max_size=3,
    )
)
def test_never_raises_and_trusts_only_configured_ids(values):
    assert read_auth(tuple(values), frozenset()).trusted is False
    auth = read_auth(tuple(values), OURS)
    assert auth.authserv_id == ("mx.example.com" if auth.trusted else "")


@pytest.mark.parametrize("piece", ["(", "a=b ", ";", '"', "\\", "dmarc=pass;", "a=", "= "])
def test_cost_grows_with_the_length_only(piece):
    def seconds(size):
        start = time.process_time()
        read_auth(("mx.example.com; " + piece * (size // len(piece)),), OURS)
        return time.process_time() - start

    seconds(1000)
    assert min(seconds(16_000) for _ in range(3)) < 30 * max(min(seconds(2000) for _ in range(3)), 0.0005)

import unicodedata
from email.utils import getaddresses

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from maildesk.ingest.address import addresses_in, clean_name, normalise, parse_addresses, strict_sender

ACCEPTED = [
    ("sara@example.com", "", "sara@example.com"),
    ("<sara@example.com>", "", "sara@example.com"),
    ("Sara <Sara@Example.COM>", "Sara", "sara@example.com"),
    ('"Karimi, Sara" <sara@example.com>', "Karimi, Sara", "sara@example.com"),
    ('"sara@example.com" <sara@example.com>', "", "sara@example.com"),
    ("sara@example.com <sara@example.com>", "", "sara@example.com"),
    ("=?utf-8?b?2LPYp9ix2Kc=?= <sara@example.com>", "سارا", "sara@example.com"),
    ("سارا <sara@example.com>", "سارا", "sara@example.com"),
    ("sara@example.com (Sara)", "Sara", "sara@example.com"),
    ("Sara (sales) <sara@example.com> (out)", "Sara", "sara@example.com"),
    ("Sara <sara@bücher.example>", "Sara", "sara@xn--bcher-kva.example"),
    ("J. R. Doe <j.r.doe+tag@example.com>", "J. R. Doe", "j.r.doe+tag@example.com"),
    ("O'Brien <o'brien@example.com>", "O'Brien", "o'brien@example.com"),
    ("=?utf-8?q?Sara?=\r\n =?utf-8?q?_K=2E?= <sara@example.com>", "Sara K.", "sara@example.com"),
    ('"Support @ Example" <help@example.com>', "Support @ Example", "help@example.com"),
    ("Sara < sara@example.com >", "Sara", "sara@example.com"),
    ('"sara.k"@example.com', "", "sara.k@example.com"),
    ("علی <علی@example.com>", "علی", "علی@example.com"),
]
REFUSED = [
    "",
    "Sara",
    "agent@corp.test <evil@x.test>",
    '"agent@corp.test" <evil@x.test>',
    "agent@corp.test, evil@x.test",
    "agent@corp.test evil@x.test",
    "Agent <agent@corp.test>, Evil <evil@x.test>",
    "Agent <agent@corp.test> <evil@x.test>",
    "Agent <agent@corp.test> evil",
    "a@b(<c@d.test>",
    "agent@corp.test(comment <evil@x.test>)",
    "agent(x)@corp.test",
    "agent@corp(.evil).test",
    "(agent@corp.test) evil@x.test",
    "evil@x.test (agent@corp.test)",
    "evil@x.test (=?utf-8?q?agent=40corp.test?=)",
    "Staff: agent@corp.test;",
    "Staff: agent@corp.test, evil@x.test;",
    "undisclosed-recipients:;",
    "<@route.test:agent@corp.test>",
    "=?utf-8?q?agent=40corp.test?= <evil@x.test>",
    "=?utf-8?q?Agent_=3Cagent=40corp.test=3E?= <evil@x.test>",
    "=?utf-8?q?Agent_=3Cagent=40corp.test=3E?=",
    "=?utf-8?q?agent?=@corp.test",
    "agent\uff20corp.test <evil@x.test>",
    "agent\uff20corp.test",
    "\uff41gent@corp.test",
    "agent@\uff43orp.test",
    "ag\u200bent@corp.test",
    "agent@corp\u00ad.test",
    "\u202eagent@corp.test",
    "alice@example.org)bob@x.test",
    "alice@example.org]bob@x.test",
    '"agent@corp.test"@x.test',
    '"agent@corp.test>"@x.test',
    "agent@corp.test\x00@x.test",
    "agent@corp.test\r\nBcc: evil@x.test",
    "agent@@corp.test",
    "agent@corp.test@x.test",
    "agent@",
    "@corp.test",
    "<>",
    "agent @corp.test",
    "agent@ corp.test",
    "agent@corp..test",
    "agent@-corp.test",
    "agent@[192.0.2.1]",
    "Agent <agent@corp.test",
    "Agent agent@corp.test>",
    '"Agent <evil@x.test>',
    "Agent\\ <agent@corp.test>",
    "Doe, John <john@example.com>",
    "(" * 3000 + "agent@corp.test",
    "a" * 5000 + "@corp.test",
    "agent@" + "a." * 200 + "test",
]


@pytest.mark.parametrize(("header", "name", "email"), ACCEPTED)
def test_one_author(header, name, email):
    sender = strict_sender((header,))
    assert sender is not None
    assert (sender.name, sender.email) == (name, email)


@pytest.mark.parametrize("header", REFUSED)
def test_no_author_where_readers_may_differ(header):
    assert strict_sender((header,)) is None


def test_exactly_one_from_header():
    assert strict_sender(()) is None
    assert strict_sender(("agent@corp.test", "evil@x.test")) is None
    assert strict_sender(("agent@corp.test", "agent@corp.test")) is None


def test_undeclared_eight_bit_names_are_read():
    raw = "سارا <sara@example.com>".encode().decode("ascii", "surrogateescape")
    sender = strict_sender((raw,))
    assert sender is not None
    assert sender.email == "sara@example.com"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@example.com, B <b@example.com>", [("", "a@example.com"), ("B", "b@example.com")]),
        ('"Doe, J" <j@example.com>; K <k@example.com>', [("Doe, J", "j@example.com"), ("K", "k@example.com")]),
        ("Doe, John <j@example.com>", [("Doe, John", "j@example.com")]),
        (
            "Staff: a@example.com, B <b@example.com>;, c@example.com",
            [("", "a@example.com"), ("B", "b@example.com"), ("", "c@example.com")],
        ),
        ("undisclosed-recipients:;", []),
        ("<@r1.test,@r2.test:a@example.com>", [("", "a@example.com")]),
        ("A <a@example.com> B <b@example.com>", [("A", "a@example.com"), ("B", "b@example.com")]),
        ("Big Bug bb@example.com", [("Big Bug", "bb@example.com")]),
        ('"=?utf-8?b?2LPYp9ix2Kc=?=" <s@example.com>', [("سارا", "s@example.com")]),
        ("=?utf-8?q?Doe,_John?= <j@example.com>", [("Doe, John", "j@example.com")]),
        ("=?utf-8?q?Sara_=3Cs=40example.com=3E?=", [("Sara", "s@example.com")]),
        ("mailto:a@example.com", [("", "a@example.com")]),
        ("'a@example.com' <a@example.com>", [("", "a@example.com")]),
        ("x@مثال.example", [("", "x@xn--mgbh0fb.example")]),
        ("a@example.com (The A)", [("The A", "a@example.com")]),
        ('"unclosed <a@example.com>', [("unclosed", "a@example.com")]),
        ("A <a@example.com", [("A", "a@example.com")]),
        ("a@example.com, A@EXAMPLE.com", [("", "a@example.com")]),
        ("آریا، a@example.com", [("آریا،", "a@example.com")]),
    ],
)
def test_tolerant_reading(value, expected):
    assert [(a.name, a.email) for a in parse_addresses(value, 10)] == expected


def test_the_limit_is_kept():
    assert len(parse_addresses(",".join(f"a{i}@example.com" for i in range(50)), 7)) == 7


@pytest.mark.parametrize(
    ("name", "email", "shown"),
    [
        ("Admin <boss@corp.test>", "evil@x.test", "Admin boss corp.test"),
        ("\u202egro.elpmaxe@arom\u202c", "x@x.test", "gro.elpmaxe arom"),
        ("Sa\u200bra\u2066", "x@x.test", "Sara"),
        ("علی‌رضا", "x@x.test", "علی‌رضا"),
        ("x@x.test", "x@x.test", ""),
        ("a" * 300, "x@x.test", "a" * 100),
        ("Sara\nBcc: y@y.test", "x@x.test", "Sara Bcc: y y.test"),
        ("boss\uff20corp.test", "x@x.test", "boss corp.test"),
        ("'Sara'", "x@x.test", "Sara"),
    ],
)
def test_names_are_harmless(name, email, shown):
    assert clean_name(name, email) == shown


def test_addresses_in_prose():
    text = (
        "به نشانی info@example.com، یا 用户b@example.org。 (c@example.net) 'd@example.com' o'e@example.com @x a@ b@.x"
    )
    assert list(addresses_in(text)) == [
        "info@example.com",
        "b@example.org",
        "c@example.net",
        "d@example.com",
        "o'e@example.com",
    ]


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("Sara@EXAMPLE.com", "sara@example.com"),
        ("<a@b.test>", "a@b.test"),
        ("ａ@b.test.", "a@b.test"),
        ("x@BÜCHER.example", "x@xn--bcher-kva.example"),
    ],
)
def test_comparison_form(written, same):
    assert normalise(written) == same


PIECES = [*"ab@.<>()\",;:\\[] \t=?_-'\uff20\u200b\u202e\udc80é", "=?utf-8?q?", "?=", "=40", "a@b.test", "c@d.test"]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(HOSTILE)
def test_accepted_means_one_addr_spec(value):
    sender = strict_sender((value,))
    if sender is None:
        return
    local, at, domain = sender.email.partition("@")
    assert at
    assert local
    assert domain
    assert "@" not in domain
    assert not set(sender.email) & set('<>(),;:\\[] \t"')
    assert "@" not in sender.name or not list(addresses_in(sender.name))
    unquoted = [normalise(email) for _, email in getaddresses([value]) if "@" in email]
    assert not unquoted or set(unquoted) == {sender.email}


@given(st.one_of(HOSTILE, st.text(max_size=200)))
def test_nothing_raises(value):
    strict_sender((value,))
    normalise(value)
    clean_name(value)
    for address in parse_addresses(value, 20):
        assert address.email.count("@") >= 1
        assert address.name == unicodedata.normalize("NFC", address.name)
        assert not set(address.name) & set('<>"')


@given(
    st.from_regex(
        r'("?[A-Za-z0-9]{1,9}( [A-Za-z0-9]{1,9})?"? )?<?[A-Za-z0-9._+-]{1,12}@[A-Za-z0-9.-]{1,20}>?', fullmatch=True
    )
)
@example("Leila Ahmadi <leila.ahmadi@example.org>")
@example('"Leila Ahmadi" <Leila@Example.ORG>')
@example("leila+a@xn--mgba3a4f16a.example")
def test_the_short_way_to_usual_headers_reads_them_as_the_long_one_does(value):
    assert parse_addresses(value, 5) == parse_addresses(f"{value},", 5)
    assert strict_sender((value,)) == strict_sender((f"{value} ()",))

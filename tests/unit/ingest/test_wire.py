"""A mail as JSON and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from maildesk.ingest.wire import from_wire, reading_from_wire, reading_to_wire, to_wire
from maildesk.model.mail import Address, Auth, Bounce, Forwarded, Kind, Limits, Mail, Part, Reading

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
WORDS = st.lists(TEXTS, max_size=3).map(tuple)
ADDRESSES = st.builds(Address, TEXTS, TEXTS)
MOMENTS = st.none() | st.datetimes(
    min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
)
MAILS = st.builds(
    Mail,
    **dict.fromkeys(
        ("message_id", "subject", "text", "reply", "html", "in_reply_to", "language", "reason", "fingerprint", "above"),
        TEXTS,
    ),
    **dict.fromkeys(("sender", "from_shown"), st.none() | ADDRESSES),
    **dict.fromkeys(("reply_to", "to", "cc"), st.lists(ADDRESSES, max_size=3).map(tuple)),
    **dict.fromkeys(("delivered_to", "references", "bounced_ids", "defects"), WORDS),
    **dict.fromkeys(("sent_at", "back_at"), MOMENTS),
    return_path=st.none() | TEXTS,
    parts=st.lists(st.builds(Part, TEXTS, TEXTS, TEXTS, st.integers(0), TEXTS, st.booleans(), TEXTS), max_size=3).map(
        tuple
    ),
    forwarded=st.lists(st.builds(Forwarded, ADDRESSES, TEXTS, TEXTS, st.booleans()), max_size=2).map(tuple),
    kind=st.sampled_from(Kind),
    bounces=st.lists(st.builds(Bounce, TEXTS, TEXTS, TEXTS, TEXTS, st.booleans()), max_size=3).map(tuple),
    auth=st.builds(Auth, st.booleans(), TEXTS, TEXTS, TEXTS, TEXTS, TEXTS),
    headers=st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple),
    size=st.integers(0, 10**9),
)


@given(MAILS)
def test_a_mail_survives_the_way(mail: Mail) -> None:
    assert from_wire(json.loads(json.dumps(to_wire(mail)))) == mail


def test_no_field_is_forgotten() -> None:
    assert set(to_wire(Mail())) == set(Mail.__dataclass_fields__)


def test_a_reading_survives_the_way() -> None:
    reading = Reading(frozenset({"a@example.com"}), frozenset({"mx.example.com"}), b"\x00key", Limits(message=7))
    assert reading_from_wire(json.loads(json.dumps(reading_to_wire(reading)))) == reading

"""A signature is no answer."""

import pytest
from unit.commands.command_scenes import OMID, SARA

from maildesk.commands.signature import says_nothing, without_signature


@pytest.mark.parametrize(
    "text",
    [
        "", "\n\n", "-- \nSara", "Sara", "Sara Amini", "Best regards,\nSara", "Kind regards\n\nSara Amini\nCustomer care\n+98 21 1234\nsara@example.com",
        "Sent from my phone", "Sara\nSupport team", "با احترام\nسارا", "Viele Grüße\nSara",
    ],
)  # fmt: skip
def test_only_politeness(text):
    assert says_nothing(text, SARA)


def test_persian_names():
    assert says_nothing("با سپاس\nامید راد\nپشتیبانی", OMID)


@pytest.mark.parametrize(
    "text",
    [
        "Sara,\nthe invoice is fixed", "Done.", "Thank you!", "Please call me", "Best regards to your wife", "Regards\nDid it work?",
        "Sara\nthe invoice was wrong and is now corrected", "بله", "ok", "It is fixed.\n\nSara", "\n".join(["Sara"] * 9),
    ],
)  # fmt: skip
def test_something_is_said(text):
    assert not says_nothing(text, SARA)


def test_the_text_ends_at_the_delimiter():
    assert without_signature("Hello\n-- \nSara") == "Hello"
    assert without_signature("Hello --\nthere") == "Hello --\nthere"

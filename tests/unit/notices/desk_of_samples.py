"""What the tests of notices share: the sample desk with the shipped templates, and a reader of finished mails."""

from dataclasses import replace
from email import policy
from email.parser import BytesParser
from functools import lru_cache

from maildesk.notices.compose import Thread, compose
from maildesk.notices.data import NOTICES
from maildesk.notices.render import DeskTemplates, read_templates
from maildesk.notices.samples import (
    NOW,
    WITHOUT_TICKET,
    sample_data,
    sample_desk,
    sample_notice,
    sample_ticket,
    sample_tokens,
)

LANGUAGES = ("en", "fa")
EVERY = [(name, language) for name in sorted(NOTICES) for language in LANGUAGES]


@lru_cache
def templates():
    return DeskTemplates(*read_templates())


def desk_of(language="en", **more):
    return replace(sample_desk(language), **{"templates": templates(), **more})


def write(name, language="en", *, desk=None, ticket=None, data=None, thread=Thread(), **more):
    """Compose a sample notice with some things different."""
    known = sample_data(name, language) if data is None else data
    notice = replace(sample_notice(name, language, known), **more)
    own = None if name in WITHOUT_TICKET else ticket or sample_ticket(language)
    return compose(notice, desk or desk_of(language), own, now=NOW, thread=thread, tokens=sample_tokens(notice))


def read(outgoing):
    """The mail as another program reads it."""
    return BytesParser(policy=policy.default).parsebytes(outgoing.content)


def part(outgoing, subtype="plain"):
    """The text of its plain or HTML part."""
    found = read(outgoing).get_body((subtype,))
    return found.get_content().replace("\r\n", "\n") if found is not None else ""

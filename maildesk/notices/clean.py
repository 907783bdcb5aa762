"""Text from outside made safe for headers, subjects and bodies. Pure, linear in the length of the text.

Customer text is data (P14): no control character reaches a header, no direction override a reader, and in mail
to agents no bracket of a customer looks like a command of theirs.
"""

from __future__ import annotations

import re
import unicodedata

SUBJECT_LIMIT = 200
"""Characters of a customer's subject that a mail of ours repeats."""
NAME_LIMIT = 100
"""Characters of a display name (PROMISES section 6)."""
FILENAME_LIMIT = 120

# Single character classes: linear, so ``re`` may look at whole texts here.
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff\ufeff]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\uffff\U000e0000-\U000e007f]"
)
_NAME_JUNK = str.maketrans(dict.fromkeys('"\\<>@,;:()[]＠＜＞', " "))
_BRACKETS = str.maketrans("[]［］﹇﹈【】", "()()()()")
_TAG = re.compile(r"[\[［]\s*#\s*[0-9۰-۹٠-٩]{1,12}\s*[\]］]")
_PREFIX = re.compile(
    r"\s*(?:re|r|aw|antw|antwort|sv|vs|ynt|odp|res|rif|fwd?|wg|tr|rv|پاسخ(?:\s?به)?|جواب|ارجاع|بازارسال|فوروارد)"
    r"(?:\s?[\[(]\d{1,3}[\])])?\s?[:：]\s*",
    re.IGNORECASE,
)


def clean_text(text: str) -> str:
    """A body: newlines as LF, no controls but TAB, no direction overrides (X2), no lone surrogates."""
    if text.isascii() and text.isprintable():
        return text
    return _CONTROL.sub("", _BREAKS.sub("\n", text))


def clean_line(text: str, limit: int = SUBJECT_LIMIT) -> str:
    """One line without controls, invisible characters and bidi controls; ZWNJ stays, it is Persian spelling."""
    text = text[: limit * 8]
    if not (text.isascii() and text.isprintable()):
        text = _INVISIBLE.sub("", _BREAKS.sub(" ", text))
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def clean_name(name: str) -> str:
    """A display name that cannot be taken for an address (A11) and needs no quoting; may be empty."""
    return " ".join(clean_line(name, NAME_LIMIT).translate(_NAME_JUNK).split())


def clean_filename(name: str) -> str:
    """The name of an attachment: one path component, visible characters only, no leading dot (A35)."""
    name = clean_line(unicodedata.normalize("NFKC", name[:1000]), 500)
    name = name.replace("\\", "/").rpartition("/")[2].strip(". ").replace('"', "'")
    if len(name) <= FILENAME_LIMIT:
        return name or "attachment"
    stem, dot, suffix = name.rpartition(".")
    kept = dot + suffix if dot and len(suffix) <= 10 else ""
    return (stem or name)[: FILENAME_LIMIT - len(kept)] + kept


def parenthesised(text: str) -> str:
    """Brackets as parentheses: in mail to agents only our own brackets are brackets."""
    return text.translate(_BRACKETS)


def base_subject(subject: str) -> str:
    """A customer's subject without reply prefixes and ticket tags (compare RFC 5256 section 2.1)."""
    subject = " ".join(_TAG.sub(" ", clean_line(subject, 998)).split())
    for _ in range(20):
        match = _PREFIX.match(subject)
        if not match:
            break
        subject = subject[match.end() :]
    return clean_line(subject)

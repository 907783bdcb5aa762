"""Attachment names that are safe to show and to pass on (A35). The store never uses them as paths."""

from __future__ import annotations

import mimetypes
import unicodedata

_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "clock$"} | {f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10)}
)
_LONGEST = 2000
_JOINERS = "\u200c\u200d"
_FORBIDDEN = dict.fromkeys(map(ord, '<>:"|?*\x7f'), "_")
_EXTENSIONS = {
    "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv", "image/jpeg": ".jpg",
    "message/rfc822": ".eml", "message/global": ".eml", "message/delivery-status": ".txt",
    "text/rfc822-headers": ".txt",
    "application/pgp-signature": ".asc", "application/pgp-encrypted": ".asc", "application/ms-tnef": ".dat",
    "application/pkcs7-mime": ".p7m", "application/x-pkcs7-mime": ".p7m", "application/pkcs7-signature": ".p7s",
}  # fmt: skip


def safe_filename(name: str, limit: int = 120) -> str:
    """A name without path, controls, invisible or turning characters, not hidden, not reserved, cut to ``limit``.

    Normalised before it is judged: full-width dots and slashes become plain ones first. Empty when nothing is left.
    """
    if len(name) > _LONGEST:
        name = name[: _LONGEST // 2] + name[-_LONGEST // 2 :]
    name = _visible(unicodedata.normalize("NFKC", name))
    name = name.replace("\\", "/").rstrip("/ ").rpartition("/")[2]
    name = " ".join(name.translate(_FORBIDDEN).split()).strip(". ")
    if name.partition(".")[0].lower() in _RESERVED:
        name = f"_{name}"
    return _cut(name, limit)


def made_up(media_type: str, number: str) -> str:
    """A name for a part that has none: ``part-2.1.pdf``."""
    extension = _EXTENSIONS.get(media_type) or mimetypes.guess_extension(media_type) or ".bin"
    return f"part-{number}{extension}"


def _visible(name: str) -> str:
    """Drop controls and formats; joiners stay between letters, where Persian needs them."""
    if name.isascii() and name.isprintable():
        return name
    kept: list[str] = []
    for index, ch in enumerate(name):
        if ch in _JOINERS:
            around = name[index - 1 : index] + name[index + 1 : index + 2]
            if len(around) == 2 and around.isalpha():
                kept.append(ch)
        elif unicodedata.category(ch) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
            kept.append(ch)
    return "".join(kept)


def _cut(name: str, limit: int) -> str:
    if len(name) <= limit:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        return name[:limit].rstrip(". ")
    return stem[: limit - len(extension) - 1].rstrip(". ") + dot + extension

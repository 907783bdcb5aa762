"""How an answer looks: the HTML of what its author wrote, and which files of their mail go along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import re2

from maildesk.ingest.written import everything_in, written_html
from maildesk.model.change import Attachment
from maildesk.model.desk import Scene

_MARK = re2.compile(r"[ \t]*\[cid:[^\]\s]{1,200}\]")


def without_picture_marks(text: str) -> str:
    """A plain text without what Outlook writes where a picture stands: the name that it has in the agent's program."""
    return _MARK.sub("", text).strip() or text if "[cid:" in text else text


def formatted(scene: Scene, text: str, is_leaking: Callable[[str], bool]) -> tuple[str, Scene]:
    """The HTML that says ``text``, "" for none, and the scene with the files that go along.

    There is none where the mail's HTML says anything else, or where anything in it, seen or not, ``is_leaking``. A
    picture goes along where it stands in what was written; one of the mail that was answered never does.
    """
    ours = scene.sent.pictures if scene.sent else frozenset()
    files = [file for file in scene.attachments if not (file.content_id and _digest(file) in ours)]
    names = {
        file.content_id: f"{number}.{_digest(file)[:20]}@{scene.desk.domain}"
        for number, file in enumerate(files, 1)
        if _is_picture(file)
    }
    found = written_html(scene.mail.html, text, names) if scene.mail else None
    if found is None or is_leaking(everything_in(found.html)):
        return "", replace(scene, attachments=tuple(files))
    kept = (file for file in files if file.content_id not in found.elsewhere)
    named = tuple(replace(file, content_id=names.get(file.content_id, "")) for file in kept)
    return found.html, replace(scene, attachments=named)


def may_show_ours(scene: Scene) -> bool:
    """Whether a picture may be one of the mail that was answered, in other bytes: mail programs make them smaller.

    ``scene`` is as the mail came. Where each of ours came back as it was, all others are the writer's.
    """
    ours = scene.sent.pictures if scene.sent else frozenset()
    came = {_digest(file) for file in scene.attachments if _is_picture(file)} if ours else set()
    return bool(came - ours) and not ours <= came


def _is_picture(file: Attachment) -> bool:
    return bool(file.content_id) and file.media_type.lower().startswith("image/")


def _digest(file: Attachment) -> str:
    return sha256(file.content).hexdigest()

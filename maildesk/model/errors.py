"""Errors that say what to do next. Anything else that is raised is a bug."""

from __future__ import annotations

from dataclasses import dataclass


class MaildeskError(Exception):
    """Base of all errors that maildesk raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a file that an admin wrote: where it is, what is wrong and how to mend it."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """``file:line: message``, the form that editors jump to; line 0 is that of no line in particular."""
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class ConfigError(MaildeskError):
    """The admin must change a file. Carries every problem found, not only the first."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class TemporaryFailure(MaildeskError):
    """Trying again later can help: a server is away, a lock is held, a disk is full."""


class PermanentFailure(MaildeskError):
    """Trying again cannot help: a person has to be told."""


class WrongUse(PermanentFailure):
    """The command line asks for what cannot be: a name that is not there, a span that is none (exit code 2)."""


class Conflict(MaildeskError):
    """Somebody else changed what was decided upon: read again and decide again."""


class StoreHeld(MaildeskError):
    """Another daemon holds the store (exit code 3)."""


class StoreDamaged(MaildeskError):
    """The database failed its integrity check (exit code 5)."""

"""Passwords: where they are configured, and how they are read at the moment they are used."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from maildesk.model.errors import ConfigError, Problem


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a password is: in the config, the environment, a file or a systemd credential (A47, P23)."""

    label: str
    """Names it in errors: "mailbox support, imap"."""
    config: Path
    plain: SecretStr | None = None
    env: str = ""
    file: Path | None = None
    credential: str = ""
    """The systemd credential that is looked for when nothing else is configured."""

    def resolve(self) -> str:
        """The password. Raises ConfigError with what to do when there is none, or when others can read it."""
        if self.env:
            if self.env not in os.environ:
                raise self._error(f"the environment has no {self.env}: set it, or use password_file")
            return os.environ[self.env]
        if self.file:
            refuse_readable(self.file, self.label)
            return self._read(self.file)
        if self.plain:
            refuse_readable(self.config, self.label)
            return self.plain.get_secret_value()
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise self._error(f"no password: set password_env, password_file or the credential {self.credential}")
        return self._read(Path(folder, self.credential))

    def _read(self, file: Path) -> str:
        try:
            return file.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise self._error(f"cannot read the password: {error}") from None

    def _error(self, message: str) -> ConfigError:
        return ConfigError(Problem(str(self.config), 0, f"{self.label}: {message}"))


def refuse_readable(file: Path, label: str) -> None:
    """Raise ConfigError when people other than the owner can read a file that holds a secret (F94)."""
    if file.exists() and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(Problem(str(file), 0, f"{label}: others can read this secret; run: chmod 600 {file}"))

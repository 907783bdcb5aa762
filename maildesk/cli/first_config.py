"""What `maildesk init` writes: a short config that works, the desk's key, folders, the shipped rules."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from maildesk.assemble import KEY_BYTES

FOLDERS = ("rules", "templates", "articles", "macros")
_TOML_ESCAPES = {0x7F: "\\u007f"}


@dataclass(frozen=True, slots=True)
class Answers:
    """What has to be known of a desk to begin with one mailbox."""

    name: str
    address: str
    agents: tuple[str, ...]
    """Mail addresses; the first one is the lead."""
    imap_host: str
    smtp_host: str
    language: str = "en"
    timezone: str = "UTC"
    user: str = ""
    password: str = ""
    password_env: str = ""
    """Where neither is given, the systemd credential is looked for."""

    @property
    def domain(self) -> str:
        """The desk's domain: that of its address."""
        return self.address.rpartition("@")[2]


def config_text(answers: Answers) -> str:
    """The config file for these answers."""
    return "\n".join([*_desk(answers), *_mailbox(answers), *_people(answers), *_service(answers)]) + "\n"


def _desk(answers: Answers) -> list[str]:
    return [
        "# Every other key is in config.example.toml and docs/configuration.md. After a change: maildesk check",
        "[desk]",
        f"name = {_quoted(answers.name)}",
        f"domain = {_quoted(answers.domain)}",
        f"language = {_quoted(answers.language)}",
        f"timezone = {_quoted(answers.timezone)}",
        "# Whose Authentication-Results are believed; without it agents confirm riskier commands by a second mail:",
        '# authserv_ids = ["mx.example.com"]',
        "",
    ]


def _mailbox(answers: Answers) -> list[str]:
    return [
        "[[mailbox]]",
        'name = "support"',
        f"address = {_quoted(answers.address)}",
        f"display = {_quoted(answers.name)}",
        'group = "support"',
        'calendar = "office"',
        "",
        *_account("imap", answers.imap_host, answers),
        *_account("smtp", answers.smtp_host, answers),
    ]


def _account(kind: str, host: str, answers: Answers) -> list[str]:
    lines = [f"[mailbox.{kind}]", f"host = {_quoted(host)}"]
    if answers.user:
        lines.append(f"user = {_quoted(answers.user)}")
    if answers.password:
        lines.append('password_file = "support.password"')
    elif answers.password_env:
        lines.append(f"password_env = {_quoted(answers.password_env)}")
    return [*lines, ""]


def _people(answers: Answers) -> list[str]:
    lines, taken = [], set[str]()
    for index, email in enumerate(answers.agents):
        name = _free_name(email, taken)
        role = "lead" if index == 0 else "agent"
        lines += ["[[agent]]", f"name = {_quoted(name)}", f"email = {_quoted(email)}", f'role = "{role}"']
        lines += ['groups = ["support"]', ""]
    return lines


def _free_name(email: str, taken: set[str]) -> str:
    """The first word of an address, with a number where somebody has it already."""
    word = _word(email)
    name = next(name for count in range(1, len(taken) + 2) if (name := word + str(count) * (count > 1)) not in taken)
    taken.add(name)
    return name


def _word(email: str) -> str:
    return "".join(sign for sign in email.partition("@")[0].split(".")[0] if sign.isalnum() or sign in "-_") or "agent"


def _service(answers: Answers) -> list[str]:
    persian = answers.language == "fa"
    days = ("sat", "sun", "mon", "tue", "wed") if persian else ("mon", "tue", "wed", "thu", "fri")
    week = ", ".join([*(f'{day} = "9:00-17:00"' for day in days), *(['thu = "9:00-13:00"'] if persian else [])])
    return [
        "[[group]]",
        'name = "support"',
        f"lead = {_quoted(_word(answers.agents[0]))}",
        'calendar = "office"',
        'sla = "standard"',
        "",
        "[[calendar]]",
        'name = "office"',
        f"week = {{ {week} }}",
        'holidays = "IR"' if persian else '# holidays = "DE"                    # the country\'s code',
        "",
        "[[sla]]",
        'name = "standard"',
        'first_response = "4h"',
        'next_response = "8h"',
        'resolution = "3d"',
        "steps = [",
        '  { at = "75%", notify = ["assignee"] },',
        '  { at = "100%", notify = ["lead"] },',
        "]",
    ]


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).translate(_TOML_ESCAPES)


def write(folder: Path, answers: Answers, *, overwrite: bool) -> list[str]:
    """Write everything that is missing; ``config.toml`` also anew with ``overwrite``. Returns what was done."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FOLDERS:
        (folder / name).mkdir(exist_ok=True)
    (folder / "state").mkdir(mode=0o700, exist_ok=True)
    done = [_write(folder / "config.toml", config_text(answers).encode(), anew=overwrite)]
    done.append(_write(folder / "state" / "desk.key", secrets.token_bytes(KEY_BYTES)))
    if answers.password:
        done.append(_write(folder / "support.password", answers.password.encode(), anew=overwrite))
    shipped = sorted(resources.files("maildesk.rules").joinpath("default").iterdir(), key=lambda file: file.name)
    rules = (file for file in shipped if file.name.endswith(".toml"))
    done += (_write(folder / "rules" / file.name, file.read_bytes(), mode=0o644) for file in rules)
    return done


def _write(path: Path, content: bytes, *, anew: bool = False, mode: int = 0o600) -> str:
    if path.exists() and not anew:
        return f"kept     {path}"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    return f"written  {path}"

"""The command line: load, call one function, print. Each command lives in the module that ``COMMANDS`` names.

A command that needs the desk takes ``@pass_invocation`` and asks it for ``settings()`` or ``desk()``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from maildesk import __version__
from maildesk.cli.output import escaped
from maildesk.model.desk import Desk
from maildesk.model.errors import ConfigError, MaildeskError, Problem, StoreDamaged, StoreHeld, WrongUse
from maildesk.settings import Settings, load

COMMANDS = {
    "init": "setup",
    "check": "setup",
    "login": "login",
    "run": "run",
    "demo": "demo",
    "mail": "mail",
    "ticket": "ticket",
    "contact": "people",
    "agent": "people",
    "group": "people",
    "rules": "rules",
    "outbox": "outbox",
    "held": "held",
    "quarantine": "quarantine",
    "address": "address",
    "why": "why",
    "trace": "why",
    "sla": "sla",
    "report": "report",
    "survey": "report",
    "article": "article",
    "template": "template",
    "job": "job",
    "status": "operations",
    "metrics": "metrics",
    "backup": "backup",
    "restore": "backup",
    "doctor": "doctor",
    "migrate": "operations",
    "import": "carry",
    "export": "carry",
    "purge": "purge",
}
"""Command -> the module beside this one that defines it; modules are imported when a command is asked for."""

EXIT_CODES: tuple[tuple[type[MaildeskError], int], ...] = (
    (ConfigError, 2),
    (WrongUse, 2),
    (StoreHeld, 3),
    (StoreDamaged, 5),
    (MaildeskError, 1),
)


@dataclass(frozen=True, slots=True)
class Invocation:
    """What the options before the command say; click hands it to commands as ``ctx.obj``."""

    config: Path | None = None

    def path(self) -> Path:
        """The config file: --config, else the first of the usual places. Raises ConfigError when there is none."""
        places = [self.config] if self.config else usual_places()
        found = next((place for place in places if place.exists()), None)
        if not found:
            tried = ", ".join(str(place) for place in places)
            raise ConfigError(Problem(str(places[0]), 0, f"no config file (tried {tried}): run  maildesk init"))
        return found

    def settings(self) -> Settings:
        """The settings of that file. Raises ConfigError with every problem."""
        return load(self.path())

    def desk(self) -> Desk:
        """The assembled desk. Raises ConfigError when anything in config or rules is wrong; of broken templates
        `check` and `template lint` tell, the shipped ones stand in for them.
        """
        from maildesk.assemble import assemble

        desk, problems = assemble(self.settings(), lint=False)
        if problems:
            raise ConfigError(*problems)
        return desk


pass_invocation = click.make_pass_decorator(Invocation)


def usual_places() -> list[Path]:
    """Where a config file is looked for, in order."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    named = os.environ.get("MAILDESK_CONFIG")
    places = [Path("config.toml"), home / "maildesk" / "config.toml", Path("/etc/maildesk/config.toml")]
    return [Path(named)] if named else places


class Main(click.Group):
    """Finds commands in their modules, and turns our errors into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command whose module is there."""
        return [name for name in COMMANDS if self.get_command(ctx, name)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command from its module, or None."""
        if cmd_name not in COMMANDS:
            return None
        module = f"{__name__}.{COMMANDS[cmd_name]}"
        try:
            found = vars(import_module(module)).values()
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            return None
        return next((item for item in found if isinstance(item, click.Command) and item.name == cmd_name), None)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what was raised on purpose is printed in one line each and becomes an exit code."""
        try:
            return super().invoke(ctx)
        except MaildeskError as error:
            click.echo(escaped(str(error), lines=True), err=True)
            ctx.exit(next(code for kind, code in EXIT_CODES if isinstance(error, kind)))
        except click.Abort as error:
            if not isinstance(error.__context__, EOFError):
                raise  # somebody was asked, and said no
            asked = f"maildesk {ctx.invoked_subcommand}"
            click.echo(f"\n{asked} has nobody to ask here: say all by options, see  {asked} --help", err=True)
            ctx.exit(2)
        except OSError as error:
            if not isinstance(error.filename, str | Path):
                raise  # not about a file that somebody named
            click.echo(escaped(f"{error.filename}: {error.strerror}"), err=True)
            ctx.exit(2)


@click.group(cls=Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The config file; default: $MAILDESK_CONFIG, ./config.toml, ~/.config/maildesk/, /etc/maildesk/.",
)
@click.version_option(__version__, package_name="maildesk")
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """A helpdesk that is worked entirely by e-mail."""
    ctx.obj = Invocation(config)

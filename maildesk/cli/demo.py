"""The demo: the real daemon in a closed mail world, and a day at a desk told as it happens."""

from __future__ import annotations

import io
import signal
import sys
import tempfile
import time
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

import click

from maildesk.cli import main
from maildesk.cli.output import json_option, print_json, say
from maildesk.model.errors import PermanentFailure


@click.command()
@click.option("--keep", is_flag=True, help="Leave everything running, and print how to connect a mail client.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the day's report.")
@json_option
def demo(keep: bool, report: Path | None, as_json: bool) -> None:
    """Tell a support desk's day in under a minute: real servers on loopback, real mail, the real daemon."""
    try:
        from maildesk.demo.figures import troubles
        from maildesk.demo.stage import StoryBroken
        from maildesk.demo.story import play
    except ModuleNotFoundError as error:
        raise PermanentFailure(f"the demo needs {error.name}: pip install 'maildesk[demo]'") from None

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the daemon is stopped with the demo
    folder = Path(tempfile.mkdtemp(prefix="maildesk-demo-"))
    try:
        page = (report or folder / "report.html").absolute()
        figures, stage = play(folder, say, page, partial(_run, folder))
    except StoryBroken as error:
        raise PermanentFailure(str(error)) from None
    try:
        say(f"\n{figures.customer_mails} mails of customers and {figures.agent_mails} of agents: "
            f"{figures.lost} lost, {figures.duplicates} answered twice.")  # fmt: skip
        for line in (line for lines in troubles(stage.injected, stage.world.sent) for line in lines):
            say(f"! {line}")
        if keep:
            _stay(folder, stage.world.imap_port, stage.world.smtp_port)
    finally:
        code = stage.end()
    if as_json:
        print_json(figures.as_dict())
    if code or figures.lost or figures.duplicates:
        raise SystemExit(1)


def _run(folder: Path, *words: str) -> str:
    """What a command prints; in this process, which has everything loaded."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        main(["--config", str(folder / "config.toml"), *words], standalone_mode=False)
    return printed.getvalue()


def _stay(folder: Path, imap: int, smtp: int) -> None:
    say(f"\nIMAP 127.0.0.1:{imap}, SMTP 127.0.0.1:{smtp}, both without TLS. Users: sara@example.com, omid@example.com,")
    say("leila@example.net and everybody else of the story; password: demo")
    say(f"The desk's files: {folder}\nCtrl-C ends it.")
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        say("")

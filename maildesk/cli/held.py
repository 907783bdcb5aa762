"""Mails of agents that wait for a decision: list, look at, send, keep as a note, drop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_json, print_rows, say
from maildesk.model.change import Change
from maildesk.model.desk import Desk, Scene
from maildesk.model.errors import PermanentFailure, WrongUse

_COLUMNS = ("mail", "ticket", "at", "decides", "reason", "subject")


@click.group()
def held() -> None:
    """Mails of agents that wait for a decision: list, look at, send, keep as a note, drop."""


@held.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List them, the oldest first: who decides, and why they wait."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        rows = [_row(waiting, store.look.mail(waiting["mail"]) or {}) for waiting in store.look.held()]
    print_rows(sorted(rows, key=lambda row: row["mail"]), _COLUMNS, as_json=as_json)


def _row(waiting: Mapping[str, Any], mail: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: waiting[name] for name in ("mail", "ticket", "at", "reason")}
    return {**kept, "decides": waiting["person"], "author": mail.get("sender", ""), "subject": mail.get("subject", "")}


@held.command()
@click.argument("mail", type=int)
@json_option
@pass_invocation
def show(invocation: Invocation, mail: int, as_json: bool) -> None:
    """Show one with its text, as the agent wrote it."""
    from maildesk.cli.opened import opened
    from maildesk.ingest.parse import parse_mail
    from maildesk.model.mail import Reading

    with opened(invocation) as store:
        waiting = store.look.held_mail(mail)
        found, content = store.look.mail(mail), store.look.raw(mail)
    if waiting is None:
        raise PermanentFailure(f"mail {mail} waits for no decision: maildesk held list")
    data = _row(waiting, found or {}) | {"text": parse_mail(content or b"", Reading()).reply}
    if as_json:
        print_json(data)
        return
    for name, value in data.items():
        if name != "text" and value not in ("", 0):
            say(f"{name:12} {value}")
    say(f"\n{data['text']}")


def _decision(name: str, text: str) -> click.Command:
    @click.argument("mail", type=int)
    @click.option("--as", "agent", default="", help="The agent who decides; default: who was asked.")
    @pass_invocation
    def run(invocation: Invocation, mail: int, agent: str) -> None:
        from maildesk.cli.acts import Acts
        from maildesk.cli.opened import Acting, decide, opened

        desk = invocation.desk()
        with opened(invocation) as store:
            waiting = store.look.held_mail(mail)
            if waiting is None:
                raise PermanentFailure(f"mail {mail} waits for no decision: maildesk held list")
            told: list[str] = []

            def step(change: Change, scene: Scene) -> Change:
                acting = Acts(change, scene)
                after = acting.decision(name)
                told.extend(acting.told(after))
                return after

            acting = Acting(desk, _who(desk, agent, waiting["person"]))
            decide(store, acting, waiting["ticket"], f"{name} mail {mail}", step, held=mail)
        for line in told:
            say(line)

    return click.command(name, help=text)(run)


def _who(desk: Desk, name: str, asked: str) -> str:
    """Who decides: the one who is named, else who was asked."""
    found = desk.agents.get(name) if name else desk.agent_at(asked)
    if found is None:
        raise WrongUse(f"there is no agent {name or asked}: say --as NAME ({', '.join(desk.agents)})")
    return found.name


held.add_command(_decision("send", "Let it go, as if who was asked had answered `send`."))
held.add_command(_decision("note", "Keep it as a note; nothing leaves."))
held.add_command(_decision("drop", "Throw it away; the raw mail is kept as long as any."))

"""Tickets: look at them, and do what agents can do by mail."""

from __future__ import annotations

from typing import Any

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import json_option, print_json, print_rows, say
from maildesk.model.errors import PermanentFailure
from maildesk.model.ticket import Entry, Ticket

_COLUMNS = ("number", "status", "priority", "group", "assignee", "requester", "subject")


@click.group()
def ticket() -> None:
    """Tickets: list, look at, change."""


@ticket.command("list")
@click.option("--status", multiple=True, help="Only these: new, open, waiting, paused, solved, closed.")
@click.option("--group", default="", help="Only of this group.")
@click.option("--assignee", default="", help="Only of this agent.")
@click.option("--requester", default="", help="Only of this address.")
@click.option("--limit", default=50, show_default=True)
@json_option
@pass_invocation
def list_(
    invocation: Invocation,
    status: tuple[str, ...],
    group: str,
    assignee: str,
    requester: str,
    limit: int,
    as_json: bool,
) -> None:
    """List tickets, the latest first."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        found = store.look.tickets(status=status, group=group, assignee=assignee, requester=requester, limit=limit)
    print_rows([ticket_data(one) for one in found], _COLUMNS, as_json=as_json)


@ticket.command()
@click.argument("number", type=int)
@json_option
@pass_invocation
def show(invocation: Invocation, number: int, as_json: bool) -> None:
    """Show one ticket with all that was written."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        one, entries = _found(store, number), store.look.entries(number)
    if as_json:
        print_json(ticket_data(one) | {"entries": [entry_data(entry) for entry in entries]})
        return
    for name, value in ticket_data(one).items():
        if value not in ("", None, [], {}, 0):
            say(f"{name:16} {value}")
    for entry in entries:
        if entry.text:
            kind = "public" if entry.public else "internal"
            say(f"\n--- {entry.number} {entry.kind.value} by {entry.author}, {entry.at:%Y-%m-%d %H:%M} UTC, {kind}")
            say(entry.text)


@ticket.command()
@click.argument("number", type=int)
@json_option
@pass_invocation
def history(invocation: Invocation, number: int, as_json: bool) -> None:
    """Show everything that happened to a ticket, oldest first."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        _found(store, number)
        entries = store.look.entries(number)
    rows = [entry_data(entry) for entry in entries]
    print_rows(rows, ("number", "at", "kind", "author", "event", "cause", "after"), as_json=as_json)


def _as_option(function: Any) -> Any:
    return click.option("--as", "agent", default="", help="The agent to act as; default: the name you log in with.")(
        function
    )


@ticket.command()
@click.argument("number", type=int)
@click.argument("text")
@_as_option
@json_option
@pass_invocation
def note(invocation: Invocation, number: int, text: str, agent: str, as_json: bool) -> None:
    """Add an internal note."""
    _act(invocation, number, agent, "note", lambda acting: acting.note(text), as_json=as_json)


@ticket.command()
@click.argument("number", type=int)
@click.argument("text")
@_as_option
@json_option
@pass_invocation
def reply(invocation: Invocation, number: int, text: str, agent: str, as_json: bool) -> None:
    """Answer the customer; it waits the hold time and can be cancelled in the outbox until then."""
    _act(invocation, number, agent, "reply", lambda acting: acting.reply(text), as_json=as_json)


@ticket.command("set")
@click.argument("number", type=int)
@click.argument("changes", nargs=-1, required=True)
@_as_option
@json_option
@pass_invocation
def set_(invocation: Invocation, number: int, changes: tuple[str, ...], agent: str, as_json: bool) -> None:
    """Change fields: status=solved assignee=omid priority=high tag=+vip, or any command: "snooze 3d"."""
    _act(invocation, number, agent, " ".join(changes), lambda acting: acting.orders(changes), as_json=as_json)


@ticket.command()
@click.argument("number", type=int)
@click.argument("to")
@_as_option
@json_option
@pass_invocation
def assign(invocation: Invocation, number: int, to: str, agent: str, as_json: bool) -> None:
    """Give a ticket to an agent."""
    words = (f"assign {to}",)
    _act(invocation, number, agent, words[0], lambda acting: acting.orders(words), as_json=as_json)


def _act(invocation: Invocation, number: int, agent: str, what: str, step: Any, *, as_json: bool) -> None:
    from maildesk.cli import acts
    from maildesk.cli.opened import Acting, decide, opened, whoami

    desk = invocation.desk()
    acting = Acting(desk, agent or whoami())
    with opened(invocation) as store:
        change = decide(store, acting, number, what, lambda change, scene: step(acts.Acts(change, scene)))
        one = _found(store, number)
    if as_json:
        print_json(ticket_data(one))
        return
    for entry in change.entries:
        say(f"{entry.number} {entry.kind.value}: {entry.cause or entry.text[:60]}")
    if not change.entries:
        say("nothing to change: it is so already")


def _found(store: Any, number: int) -> Ticket:
    one: Ticket | None = store.look.ticket(number)
    if one is None:
        raise PermanentFailure(f"there is no ticket {number}")
    return one


def ticket_data(one: Ticket) -> dict[str, Any]:
    """A ticket as JSON shows it."""
    data = {name: getattr(one, name) for name in Ticket.__dataclass_fields__ if name != "clocks"}
    return data | {
        "status": one.status.value,
        "priority": one.priority.value,
        "fields": dict(one.fields),
        "tags": sorted(one.tags),
        "participants": sorted(one.participants),
        "watchers": sorted(one.watchers),
        "links": list(one.links),
    }


def entry_data(entry: Entry) -> dict[str, Any]:
    """An entry as JSON shows it."""
    data = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
    return data | {"kind": entry.kind.value, "event": str(entry.event)}

"""Tickets: look at them, and do what agents can do by mail."""

from __future__ import annotations

from typing import Any

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.output import fate, json_option, known, print_json, print_rows, say
from maildesk.model.change import Change
from maildesk.model.desk import Scene
from maildesk.model.errors import PermanentFailure
from maildesk.model.ticket import Entry, Status, Ticket

_COLUMNS = ("number", "status", "priority", "group", "assignee", "requester", "subject")


class _Verbs(click.Group):
    """Its own commands, and every command of the agents' table that is about a ticket."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The own ones first."""
        from maildesk.commands.agent import COMMANDS

        own = super().list_commands(ctx)
        return [*own, *(row.name for row in COMMANDS if row.name not in own and verb(row.name))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """An own one, or one of the table."""
        return super().get_command(ctx, cmd_name) or verb(cmd_name)


@click.group(cls=_Verbs)
def ticket() -> None:
    """Tickets: list, look at, change."""


@ticket.command("list")
@click.option("--status", multiple=True, type=click.Choice([one.value for one in Status]), help="Only these.")
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

    settings = invocation.settings()
    known("group", group, (one.name for one in settings.group))
    known("agent", assignee, (one.name for one in settings.agent))
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
    from maildesk.cli.sla import target_at
    from maildesk.insight.story import written

    desk = invocation.desk()
    with opened(invocation) as store:
        one, entries, fates = _found(store, number), store.look.entries(number), store.look.fates([number])
        contact = store.look.contact(one.requester)
    told = {entry.number: fate(fates.get((number, entry.number), ())) for entry in entries}
    data = ticket_data(one) | {"due_at": target_at(desk, one, contact.organisation if contact else "")}
    if as_json:
        rows = [entry_data(entry) | {"fate": told[entry.number]} for entry in entries]
        print_json(data | {"entries": rows})
        return
    for name, value in data.items():
        if value not in ("", None, [], {}, 0):
            say(f"{name:16} {written(tuple(value.items()) if isinstance(value, dict) else value)}")
    for entry in entries:
        if entry.text:
            kind = "public" if entry.public else "internal"
            became = f": {told[entry.number]}" if told[entry.number] else ""
            by = f"by {entry.author}, {entry.at:%Y-%m-%d %H:%M} UTC"
            say(f"\n--- {entry.number} {entry.kind.value} {by}, {kind}{became}")
            say(entry.text)


@ticket.command()
@click.argument("number", type=int)
@json_option
@pass_invocation
def history(invocation: Invocation, number: int, as_json: bool) -> None:
    """Show everything that happened to a ticket, oldest first."""
    from maildesk.cli.opened import opened
    from maildesk.insight.story import what_changed

    with opened(invocation) as store:
        _found(store, number)
        entries = store.look.entries(number)
    rows = [entry_data(entry) | ({} if as_json else {"changed": what_changed(entry)}) for entry in entries]
    print_rows(rows, ("number", "at", "kind", "author", "event", "cause", "changed"), as_json=as_json)


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
    _order(invocation, number, agent, changes, as_json=as_json)


@ticket.command()
@click.argument("number", type=int)
@click.argument("to")
@_as_option
@json_option
@pass_invocation
def assign(invocation: Invocation, number: int, to: str, agent: str, as_json: bool) -> None:
    """Give a ticket to an agent."""
    _order(invocation, number, agent, (f"assign {to}",), as_json=as_json)


@ticket.command()
@click.argument("number", type=int)
@_as_option
@json_option
@pass_invocation
def undo(invocation: Invocation, number: int, agent: str, as_json: bool) -> None:
    """Take back what you did last to a ticket, by mail or here."""
    _order(invocation, number, agent, ("undo",), as_json=as_json)


def verb(name: str) -> click.Command | None:
    """A command of the agents' table as a command line: what they can write in brackets, you can write here."""
    from maildesk.commands.agent import COMMANDS

    row = next((row for row in COMMANDS if row.name == name and row.ticket and not row.asks), None)
    if row is None:
        return None

    @click.argument("number", type=int)
    @click.argument("words", nargs=-1)
    @click.option("--text", default="", help="What goes with it, as the question of refer.")
    @_as_option
    @json_option
    @pass_invocation
    def run(invocation: Invocation, number: int, words: tuple[str, ...], text: str, agent: str, as_json: bool) -> None:
        _order(invocation, number, agent, (" ".join((name, *words)),), text, as_json=as_json)

    # as in mails: `tag 1042 +vip -new` takes one off, -new is no option
    settings = {"ignore_unknown_options": True}
    told = f"{row.help}\n\nArguments: {row.arguments or 'none'}"
    return click.command(name, help=told, context_settings=settings)(run)


def _order(
    invocation: Invocation, number: int, agent: str, words: tuple[str, ...], text: str = "", *, as_json: bool
) -> None:
    from maildesk.cli import acts

    orders = acts.read(words)
    _act(
        invocation,
        number,
        agent,
        "; ".join(words),
        lambda acting: acting.orders(orders, text),
        orders.orders,
        as_json=as_json,
    )


def _act(
    invocation: Invocation, number: int, agent: str, what: str, step: Any, orders: Any = (), *, as_json: bool
) -> None:
    from maildesk.cli import acts
    from maildesk.cli.opened import acting_as, decide, opened

    acting = acting_as(invocation.desk(), agent)
    told: list[str] = []

    def act(change: Change, scene: Scene) -> Change:
        done = acts.Acts(change, scene)
        after: Change = step(done)
        told.extend(done.told(after))
        return after

    with opened(invocation) as store:
        decide(store, acting, number, what, act, orders)
        one = _found(store, number)
    if as_json:
        print_json(ticket_data(one))
        return
    for line in told or ["nothing to change: it is so already"]:
        say(line)


def _found(store: Any, number: int) -> Ticket:
    one: Ticket | None = store.look.ticket(number)
    if one is None:
        raise PermanentFailure(f"there is no ticket {number}")
    return one


def ticket_data(one: Ticket) -> dict[str, Any]:
    """A ticket as JSON shows it."""
    data = {name: getattr(one, name) for name in Ticket.__dataclass_fields__ if name not in {"clocks", "due_at"}}
    return data | {
        "next_step_at": one.due_at,
        "status": one.status.value,
        "priority": one.priority.value,
        "fields": dict(one.fields),
        "tags": sorted(one.tags),
        "participants": sorted(one.participants),
        "watchers": sorted(one.watchers),
        "muted": sorted(one.muted),
        "links": list(one.links),
    }


def entry_data(entry: Entry) -> dict[str, Any]:
    """An entry as JSON shows it."""
    data = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
    return data | {"kind": entry.kind.value, "event": str(entry.event)}

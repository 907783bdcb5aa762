"""People: customers and what is known of them, agents, groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from maildesk.cli import Invocation, pass_invocation
from maildesk.cli.contact_csv import COLUMNS, from_csv, remembered, to_csv
from maildesk.cli.output import fate, json_option, print_json, print_rows, say
from maildesk.model.change import Absence, Change, Remember
from maildesk.model.errors import PermanentFailure, WrongUse
from maildesk.model.people import Contact, known_as
from maildesk.model.ticket import Ticket
from maildesk.settings import AgentSettings, GroupSettings


@click.group()
def contact() -> None:
    """Customers: who they are and everything that was said with them. "@example.com" is a whole organisation."""


@contact.command("list")
@click.argument("words", nargs=-1)
@click.option("--organisation", default="", help="Only of this organisation.")
@click.option("--limit", default=100, show_default=True)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, as `contact import` reads it.")
@json_option
@pass_invocation
def list_(
    invocation: Invocation, words: tuple[str, ...], organisation: str, limit: int, as_csv: bool, as_json: bool
) -> None:
    """List contacts whose address or name holds all WORDS."""
    from maildesk.cli.opened import opened

    with opened(invocation) as store:
        found = store.look.contacts(words=words, organisation=organisation, limit=limit)
    if as_csv:
        click.echo(to_csv(found), nl=False)
        return
    print_rows([contact_data(one) for one in found], COLUMNS, as_json=as_json)


@contact.command()
@click.argument("email")
@click.option("--limit", default=200, show_default=True)
@json_option
@pass_invocation
def show(invocation: Invocation, email: str, limit: int, as_json: bool) -> None:
    """Show a person's whole journey: what is known, and what was written, in time order."""
    from maildesk.cli.opened import opened

    email = email.lower()
    with opened(invocation) as store:
        one = known_as(email, store.look.contact(email), store.look.contact("@" + email.rpartition("@")[2]))
        addresses = (email, *(sorted(one.others) if one else ()))
        journey = store.look.journey(addresses, limit)
        fates = store.look.fates({step["ticket"] for step in journey})
    if one is None and not journey:
        raise PermanentFailure(f"nothing is known of {email}")
    data = contact_data(one) if one else {"email": email}
    journey = [{**step, "fate": fate(fates.get((step["ticket"], step["number"]), ()))} for step in journey]
    if as_json:
        print_json(data | {"journey": journey})
        return
    for name, value in _told(data):
        say(f"{name:16} {value}")
    for step in journey:
        about = f"#{step['ticket']} {step['subject']}" if step["number"] == 1 else f"#{step['ticket']}"
        became = f": {step['fate']}" if step["fate"] else ""
        say(f"\n{step['at']:%Y-%m-%d %H:%M} UTC  {step['kind']} by {step['author']}, {about}{became}")
        if step["text"]:
            say("    " + "\n    ".join(step["text"].strip().splitlines()[:20]))


@contact.command("set")
@click.argument("email")
@click.argument("changes", nargs=-1, required=True)
@pass_invocation
def set_(invocation: Invocation, email: str, changes: tuple[str, ...]) -> None:
    """Set name=… organisation=… language=… account_manager=… no_updates=yes, or any field: tier=gold."""
    from maildesk.cli.opened import clock, opened

    pairs = dict(_pair(change) for change in changes)
    news = remembered(email.lower(), pairs, _managers(invocation))
    with opened(invocation) as store, store.deciding(clock()) as tx:
        tx.remember(news)
    say(f"{news.email} is kept")


def _managers(invocation: Invocation) -> frozenset[str]:
    return frozenset(agent.name for agent in invocation.settings().agent)


def _pair(change: str) -> tuple[str, str]:
    name, sign, value = change.partition("=")
    if not sign or not name.strip():
        raise WrongUse(f"{change}: write name=value")
    return name.strip(), value.strip()


@contact.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell what would be kept.")
@pass_invocation
def import_(invocation: Invocation, file: Path, dry_run: bool) -> None:
    """Keep contacts from a CSV file with a column "email"; other columns are as in `contact set`."""
    from maildesk.cli.opened import clock, opened

    news = from_csv(file.read_bytes(), _managers(invocation))
    if not dry_run:
        with opened(invocation) as store, store.deciding(clock()) as tx:
            for one in news:
                tx.remember(one)
    say(f"{len(news)} contacts {'would be ' if dry_run else ''}kept")


@contact.command()
@click.argument("email")
@click.argument("other")
@pass_invocation
def merge(invocation: Invocation, email: str, other: str) -> None:
    """Tell that two addresses are one person's: each may write into the other's tickets."""
    from maildesk.cli.opened import clock, opened

    one, two = email.lower(), other.lower()
    if one == two or "@" not in one or "@" not in two:
        raise WrongUse("give two different addresses")
    with opened(invocation) as store, store.deciding(clock()) as tx:
        known = tx.contacts([one, two])
        both = {name: (one_known.others if (one_known := known[name]) else frozenset()) | {name} for name in (one, two)}
        everybody = both[one] | both[two]
        for name in sorted(everybody):
            tx.remember(Remember(email=name, same_as=" ".join(sorted(everybody - {name}))))
    say(f"{one} and {two} are one person")


@contact.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_invocation
def erase(invocation: Invocation, email: str, yes: bool) -> None:
    """Remove everything of a person: texts, names, addresses, mails. The figures stay. It cannot be undone."""
    from maildesk.cli.opened import clock, opened
    from maildesk.model.change import Change, Erase
    from maildesk.schedule import erasure
    from maildesk.schedule.run import JobRun

    if not yes:
        click.confirm(f"Remove everything of {email}?", abort=True)
    desk = invocation.desk()
    with opened(invocation) as store:
        with store.deciding(clock()) as tx:
            tx.save(Change(now=tx.now, origin="cli:erase").effect(Erase(email.lower())))
        told = erasure.erase(JobRun(store, desk, clock()))
    say(f"{told}; your mailbox, its Sent folder and your backups are not the desk's to clean")


@contact.command()
@click.argument("email")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_invocation
def export(invocation: Invocation, email: str, file: Path) -> None:
    """Write everything that is known of a person into a zip FILE: data.json and mails.mbox."""
    from maildesk.cli.opened import opened
    from maildesk.store.dossier import dossier

    with opened(invocation) as store, store.writer.read() as connection:
        packed = dossier(connection, email.lower(), invocation.settings().desk.name)
    if packed is None:
        raise PermanentFailure(f"nothing is known of {email}")
    file.write_bytes(packed.content)
    say(f"{file}: {len(packed.content)} bytes")


@click.group()
def agent() -> None:
    """The people of the desk."""


@agent.command("list")
@json_option
@pass_invocation
def agent_list(invocation: Invocation, as_json: bool) -> None:
    """List agents: groups, load, whether they are away."""
    from maildesk.cli.opened import clock, opened

    settings = invocation.settings()
    with opened(invocation) as store, store.trying(clock()) as tx:
        away, loads, until = tx.away(), tx.loads(), store.look.away_until()
    rows = [
        {
            "name": one.name,
            "email": one.email,
            "role": one.role,
            "groups": list(one.groups),
            "open": loads.get(one.name, 0),
            "away": one.name in away,
            "away_until": until.get(one.name) if one.name in away else None,
            "cover": away.get(one.name, ""),
        }
        for one in settings.agent
    ]
    print_rows(rows, ("name", "role", "email", "groups", "open", "away", "away_until", "cover"), as_json=as_json)


@agent.command("show")
@click.argument("name")
@json_option
@pass_invocation
def agent_show(invocation: Invocation, name: str, as_json: bool) -> None:
    """Show an agent's tickets that are not done, and whether they are away."""
    from maildesk.cli.opened import clock, opened

    one = _named(invocation.settings().agent, name, "agent")
    with opened(invocation) as store, store.trying(clock()) as tx:
        away, until, tickets = tx.away(), store.look.away_until(), tx.worklist(one.name)
    absent = {"away": one.name in away, "away_until": until.get(one.name), "cover": away.get(one.name, "")}
    _show(one, absent if one.name in away else {"away": False}, tickets, as_json=as_json)


@agent.command("away")
@click.argument("name")
@click.option("--until", default="", help="As in mails: 2w, sat 9:00, 2026-12-01; without it until `agent back`.")
@click.option("--cover", default="", help="The agent who gets what would be theirs.")
@pass_invocation
def agent_away(invocation: Invocation, name: str, until: str, cover: str) -> None:
    """Note that an agent is away: nothing is assigned to them meanwhile."""
    from maildesk.cli.opened import clock
    from maildesk.commands.when import read_when

    settings = invocation.settings()
    one = _named(settings.agent, name, "agent")
    other = _named(settings.agent, cover, "agent").name if cover else ""
    if other == one.name:
        raise WrongUse("nobody covers for themselves")
    end = read_when(until, clock(), settings.desk.timezone, "en") if until else None
    if until and end is None:
        raise WrongUse(f"--until {until}: no time to come was understood; write 2w, or 2026-12-01")
    _absent(invocation, Absence(one.name, True, end, other))
    say(f"{one.name} is away" + (f" until {end:%Y-%m-%d %H:%M} UTC" if end else ""))


@agent.command("back")
@click.argument("name")
@pass_invocation
def agent_back(invocation: Invocation, name: str) -> None:
    """Note that an agent is here again."""
    one = _named(invocation.settings().agent, name, "agent")
    _absent(invocation, Absence(one.name, False))
    say(f"{one.name} is here")


def _absent(invocation: Invocation, news: Absence) -> None:
    from maildesk.cli.opened import clock, opened

    with opened(invocation) as store, store.deciding(clock()) as tx:
        tx.save(Change(now=tx.now, origin=f"cli:absence:{tx.now:%Y%m%dT%H%M%S%f}").effect(news))


Named = TypeVar("Named", AgentSettings, GroupSettings)


def _named(known: Sequence[Named], name: str, what: str) -> Named:
    found = next((one for one in known if one.name == name), None)
    if found is None:
        raise WrongUse(f"there is no {what} {name}; there are: {', '.join(one.name for one in known)}")
    return found


def _show(
    one: AgentSettings | GroupSettings, more: dict[str, Any], tickets: Sequence[Ticket], *, as_json: bool
) -> None:
    from maildesk.cli.ticket import ticket_data

    data = one.model_dump(mode="json") | more
    if as_json:
        print_json(data | {"tickets": [ticket_data(found) for found in tickets]})
        return
    for key, value in data.items():
        if value not in ("", None, [], False, {}):
            say(f"{key:16} {', '.join(map(str, value)) if isinstance(value, list) else value}")
    print_rows([ticket_data(found) for found in tickets], ("number", "status", "priority", "requester", "subject"))


@click.group()
def group() -> None:
    """The teams of the desk."""


@group.command("list")
@json_option
@pass_invocation
def group_list(invocation: Invocation, as_json: bool) -> None:
    """List groups: lead, members, tickets that are not done."""
    from maildesk.cli.opened import opened

    settings = invocation.settings()
    with opened(invocation) as store:
        backlog = store.look.backlog()
    rows = [
        {
            "name": one.name,
            "lead": one.lead,
            "agents": [agent.name for agent in settings.agent if one.name in agent.groups],
            "open": backlog.get(one.name, 0),
        }
        for one in settings.group
    ]
    print_rows(rows, ("name", "lead", "agents", "open"), as_json=as_json)


@group.command("show")
@click.argument("name")
@json_option
@pass_invocation
def group_show(invocation: Invocation, name: str, as_json: bool) -> None:
    """Show a group: its agents, and its tickets that are not done."""
    from maildesk.cli.opened import opened

    settings = invocation.settings()
    one = _named(settings.group, name, "group")
    with opened(invocation) as store:
        tickets = store.look.tickets(status=("new", "open", "waiting", "paused"), group=one.name, limit=1000)
    agents = [agent.name for agent in settings.agent if one.name in agent.groups]
    _show(one, {"agents": agents}, tickets, as_json=as_json)


def _told(data: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """What is known of a contact, a line each; fields of the desk's own like all others."""
    for name, value in data.items():
        if name == "fields":
            yield from sorted(value.items())
        elif isinstance(value, datetime):
            yield name, f"{value:%Y-%m-%d %H:%M} UTC"
        elif value not in ("", None, [], 0, False):
            yield name, ", ".join(value) if isinstance(value, list) else str(value)


def contact_data(one: Contact) -> dict[str, Any]:
    """A contact as JSON shows it."""
    data = {name: getattr(one, name) for name in Contact.__dataclass_fields__ if name not in {"same_as", "fields"}}
    return data | {"fields": dict(one.fields), "same_as": sorted(one.others)}

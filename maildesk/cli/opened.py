"""What commands that need the store share: opening it, and deciding as somebody at the command line."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from maildesk.cli import Invocation
from maildesk.commands.answer import at_stake
from maildesk.commands.grammar import Orders
from maildesk.conclude import conclude
from maildesk.ingest.desk_mail import held_mail, supply
from maildesk.model.change import Change, Order, Raised
from maildesk.model.desk import Desk, Scene
from maildesk.model.errors import PermanentFailure, WrongUse
from maildesk.model.people import Person, Proof, Role
from maildesk.model.ticket import Event, Ticket
from maildesk.store.store import Store
from maildesk.store.tx import Tx


def clock() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


@contextmanager
def opened(invocation: Invocation) -> Iterator[Store]:
    """The store of the config, closed at the end. Raises ConfigError where a newer program wrote it."""
    store = Store(invocation.settings().database_url)
    store.prepare()
    try:
        yield store
    finally:
        store.close()


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody who acts on a ticket from the command line."""

    desk: Desk
    agent: str

    def person(self) -> Person:
        """As whom: the named agent, with the proof that a shell on the desk's machine is."""
        agent = self.desk.agents[self.agent]
        return Person(agent.email, agent.display, Role.AGENT, Proof.BOTH, agent.name)


def acting_as(desk: Desk, name: str) -> Acting:
    """The agent of that name, or without one who is logged in. Raises WrongUse where that is no agent of the desk."""
    if (who := name or whoami()) in desk.agents:
        return Acting(desk, who)
    known = ", ".join(desk.agents)
    raise WrongUse(
        f"there is no agent {name}; there are: {known}"
        if name
        else f"you are logged in as {who}, who is no agent of this desk: say --as NAME ({known})"
    )


def decide(
    store: Store,
    acting: Acting,
    number: int,
    what: str,
    step: Callable[[Change, Scene], Change],
    orders: Sequence[Order] = (),
    held: int = 0,
) -> Change:
    """One decision on a ticket, through the same rules, gate and history as mail. Raises PermanentFailure, Conflict.

    ``orders`` are what ``step`` will carry out, ``held`` is the mail that it decides upon: what these need is read
    before.
    """
    with store.deciding(clock()) as tx:
        ticket = tx.tickets([number])[number] if number else None
        if number and ticket is None:
            raise PermanentFailure(f"there is no ticket {number}")
        origin = f"cli:{tx.now:%Y%m%dT%H%M%S%f}"
        change = Change(now=tx.now, origin=origin, tickets={number: ticket} if ticket else {})
        scene = _scene(tx, acting, change, Event.COMMANDED, number)

        def scene_for(current: Change, raised: Raised) -> Scene:
            return _scene(tx, acting, current, raised.event, raised.ticket, raised.entry)

        if held:
            scene = replace(scene, held=held_mail(tx, acting.desk, held))
            orders = at_stake(None, scene.held, Orders())
        change, scene = supply(tx, change, scene, orders)
        change = step(change.say(number, "command line", f"{acting.agent}: {what}"), scene)
        return conclude(tx, change, acting.desk, scene_for).change


def _scene(tx: Tx, acting: Acting, change: Change, event: Event, number: int, entry: int = 0) -> Scene:
    ticket: Ticket | None = change.tickets.get(number)
    contact = tx.contacts([ticket.requester])[ticket.requester] if ticket and ticket.requester else None
    return Scene(
        acting.desk,
        event,
        number,
        entry=entry,
        person=acting.person(),
        contact=contact,
        loads=tx.loads(),
        away=frozenset(tx.away()),
        cursors=tx.cursors(),
        paces=tx.paces(),
        history=tx.history(ticket.requester, number) if contact and ticket else (),
        story=tx.entries(number) if ticket else (),
        covers=tx.away(),
    )


def whoami() -> str:
    """The name under which commands act when none is given."""
    return getpass.getuser()

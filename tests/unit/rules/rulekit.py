"""A small desk and short ways to run rules on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

from maildesk.model.change import Change
from maildesk.model.desk import Calendar, Desk, Mailbox, Passage, Scene, Sla, Webhook
from maildesk.model.mail import Address, Mail
from maildesk.model.people import Agent, Contact, Department, Group, Person, Role
from maildesk.model.ticket import EntryKind, Ticket
from maildesk.rules.compile import compile_rules
from maildesk.rules.engine import run_events

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
"""A Sunday."""
LEILA = "leila@example.org"

DESK = Desk(
    name="Support",
    domain="example.com",
    key=b"k" * 32,
    timezone="Asia/Tehran",
    mailboxes={"support": Mailbox("support", "support@example.com", group="billing", calendar="office")},
    agents={
        "sara": Agent("sara", "sara@example.com", "Sara Ahmadi", groups=("billing",), skills=frozenset({"fa"})),
        "omid": Agent("omid", "omid@example.com", groups=("billing", "tech"), skills=frozenset({"fa", "refund"})),
        "nima": Agent("nima", "nima@example.com", role=Role.LEAD, groups=("tech",)),
        "mina": Agent("mina", "mina@example.com", role=Role.MANAGER),
    },
    groups={"billing": Group("billing", lead="nima"), "tech": Group("tech", lead="nima", strategy="least_loaded")},
    departments={"finance": Department("finance", "finance@example.com")},
    calendars={
        "office": Calendar("office", "Asia/Tehran", {day: ((time(9), time(17)),) for day in (5, 6, 0, 1, 2)}),
    },
    slas=(Sla("normal", first_response=60),),
    macros=(Passage("hours", "", "Our hours", "We are open."),),
    articles=(Passage("login", "", "How to log in", "Delete the cookies."),),
    webhooks={"crm": Webhook("crm", "https://crm.example.com/in", str)},
)


def mail(subject="Hello", text="", **more):
    return Mail(
        **{
            "sender": Address("Leila Rezaei", LEILA),
            "to": (Address("", "support@example.com"),),
            "subject": subject,
            "text": text,
            "reply": text,
            **more,
        }
    )


def opened(**fields):
    """A change that has just opened ticket 1001; its event is raised."""
    ticket = Ticket(
        **{
            "number": 1001,
            "mailbox": "support",
            "requester": LEILA,
            "requester_name": "Leila Rezaei",
            "subject": "Hello",
            "opened_at": NOW,
            "updated_at": NOW,
            "waiting_since": NOW,
            **fields,
        }
    )
    return Change(now=NOW, origin="mail:1").open_ticket(ticket, LEILA, kind=EntryKind.CUSTOMER, text="hello")


def after(event, **fields):
    """A change of an existing ticket that raises an event."""
    return replace(opened(**fields), events=()).record(1001, EntryKind.CHANGE, "x", event=event)


def scene(event="opened", **more):
    return Scene(
        **{
            "desk": DESK,
            "event": event,
            "number": 1001,
            "entry": 1,
            "mail": mail(),
            "person": Person(LEILA, "Leila Rezaei", Role.REQUESTER),
            "contact": Contact(LEILA, organisation="Arman"),
            **more,
        }
    )


def rule(when="{}", then='{ tag = "+hit" }', on="opened", name="r", more=""):
    return f'[[rule]]\nname = "{name}"\non = ["{on}"]\nwhen = {when}\nthen = {then}\n{more}\n'


def compiled(*sources):
    return compile_rules([(f"{index}.toml", source) for index, source in enumerate(sources)], DESK)


def run(source, change=None, explain=None, **in_scene):
    """Run rules over all events of a change; the scene of each is the given one."""
    rules = compiled(source)
    change = change or opened()

    class Explaining:
        def listens(self, event):
            return rules.listens(event)

        def run(self, change, scene):
            return rules.run(change, scene, explain)

    here = scene(**in_scene)
    return run_events(Explaining(), change, lambda _, raised: replace(here, event=raised.event, entry=raised.entry))


def ticket(change):
    return change.tickets[1001]


def holds(when, change=None, **in_scene):
    """Whether a condition holds: asked with the index and without, which must agree."""
    change = change or opened()
    event = in_scene.get("event", "opened")
    answers = {
        "hit" in ticket(compiled(rule(when, on=event)).run(change, scene(**in_scene), explain)).tags
        for explain in (True, False)
    }
    assert len(answers) == 1, "the index and the plain way disagree"
    return answers.pop()


def traced(change, step="rule"):
    return [trace.text for trace in change.trace if trace.step == step]

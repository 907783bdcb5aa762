"""A small desk and its people, tickets and mails, for the tests of commands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from maildesk.commands.answer import agent_mail
from maildesk.commands.grammar import read_orders
from maildesk.model.change import Change
from maildesk.model.desk import Desk, Mailbox, Scene, Sent
from maildesk.model.mail import Address, Mail
from maildesk.model.people import Agent, Department, Group, Person, Proof, Role
from maildesk.model.ticket import Entry, EntryKind, Event, Status, Ticket
from maildesk.model.tokens import Right

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
KNOWN = "[#1042] The invoice is wrong (solved)"
NOTIFICATION = "## Please write above this line ##\n\nLeila wrote into ticket 1042: the invoice of October is wrong.\n"

SARA = Agent(name="sara", email="sara@example.com", full_name="Sara Amini", groups=("billing",))
OMID = Agent(name="omid", email="omid@example.com", full_name="امید راد", groups=("billing", "tech"), language="fa")
NADIA = Agent(name="nadia", email="nadia@example.com", full_name="Nadia Kian", role=Role.LEAD, groups=("billing",))

DESK = Desk(
    name="Support",
    domain="example.com",
    key=b"k" * 32,
    timezone="Asia/Tehran",
    mailboxes={
        "support": Mailbox("support", "support@example.com", group="billing", language="en", signature="Support team")
    },
    agents={agent.name: agent for agent in (SARA, OMID, NADIA)},
    groups={"billing": Group("billing", lead="nadia"), "tech": Group("tech")},
    departments={"finance": Department("finance", "finance@example.net")},
)

TICKET = Ticket(
    number=1042,
    mailbox="support",
    subject="The invoice is wrong [solved]",
    requester="leila@example.org",
    requester_name="Leila",
    participants=frozenset({"ali@example.org"}),
    status=Status.OPEN,
    group="billing",
    opened_at=NOW - timedelta(hours=3),
    waiting_since=NOW - timedelta(hours=3),
    version=3,
)
OTHER = replace(
    TICKET, number=1043, requester="reza@example.net", requester_name="Reza", participants=frozenset(), version=2
)


def change(*tickets):
    tickets = tickets or (TICKET, OTHER)
    return Change(now=NOW, origin="mail:17", mail=17, tickets={ticket.number: ticket for ticket in tickets})


def sent(right=Right.ANSWER, person="sara@example.com", **fields):
    base = Sent(
        template="notification", subject=KNOWN, text=NOTIFICATION, ticket=1042, person=person, right=right, seen=3
    )
    return replace(base, **fields)


def scene(agent=SARA, subject="Re: " + KNOWN, text="", *, right=Right.ANSWER, proof=Proof.TOKEN, **fields):
    mail = Mail(
        message_id="<m1@example.com>",
        sender=Address(agent.full_name, agent.email),
        to=(Address("", "support+rabc@example.com"),),
        subject=subject,
        text=text,
        reply=text,
    )
    person = Person(agent.email, agent.full_name, agent.role, proof, agent.name)
    base = Scene(DESK, Event.COMMANDED, 1042, person=person, mail=mail, sent=sent(right, agent.email))
    return replace(base, **fields)


def written(where, subject="", text=""):
    """The same scene with what the agent added to the subject and wrote."""
    mail = replace(where.mail, subject=f"Re: {KNOWN} {subject}", text=text, reply=text)
    return replace(where, mail=mail)


def run(subject="", text="", where=None, before=None, **fields):
    """One agent's mail from its words to the change."""
    where = written(where or scene(**fields), subject, text)
    known = where.sent.subject if where.sent else ""
    return agent_mail(before or change(), where, read_orders(where.mail.subject, known, where.mail.reply))


def customer(text, *, status=Status.OPEN, subject="Re: The invoice is wrong [#1042]", **fields):
    mail = Mail(
        message_id="<c1@example.org>",
        sender=Address("Leila", "leila@example.org"),
        subject=subject,
        text=text,
        reply=text,
    )
    base = Scene(DESK, Event.REPLIED, 1042, person=Person("leila@example.org", "Leila", Role.REQUESTER), mail=mail)
    solved = {"solved_at": NOW - timedelta(hours=1), "waiting_since": None} if status is Status.SOLVED else {}
    return change(replace(TICKET, status=status, **solved)), replace(base, **fields)


def newer(kind=EntryKind.CUSTOMER, text="One more thing"):
    return Entry(ticket=1042, number=4, kind=kind, author="leila@example.org", at=NOW, before={}, after={}, text=text)


def templates(result):
    return [notice.template for notice in result.notices]


def only(result, template):
    found = [notice for notice in result.notices if notice.template == template]
    assert len(found) == 1, templates(result)
    return found[0]

"""One long conversation over a real Dovecot and a real Postfix, each person with another mail program.

What is asserted at the end is who received what: every mail that anybody got, and that nobody got anything else.
"""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from clients import apple, gmail, mutt, outlook, parsed, text_of, thunderbird
from line import prepare
from servers import until
from servers.dovecot import PASSWORD, Dovecot
from servers.postfix import Postfix
from servers.smtp import SmtpServer

from maildesk.daemon import Daemon
from maildesk.insight.story import story
from maildesk.model.ticket import Status, fold
from maildesk.settings import load
from maildesk.store.store import Store

CONFIG = """
[desk]
name = "Example Shop"
domain = "example.com"
timezone = "Asia/Tehran"
hold_seconds = 0
[[mailbox]]
name = "support"
address = "{support}@example.com"
display = "Example Shop Support"
group = "service"
signature = "Example Shop"
after = "seen"
  [mailbox.imap]
  host = "localhost"
  port = {imap}
  user = "{support}"
  password = "{password}"
  ca_file = "{ca}"
  idle = false
  [mailbox.smtp]
  host = "127.0.0.1"
  port = {smtp}
  user = "-"
  tls = "off"
  sent_folder = "Sent"
[[group]]
name = "service"
lead = "mina"
[[agent]]
name = "omid"
full_name = "Omid Karimi"
email = "{omid}@example.com"
groups = ["service"]
[[agent]]
name = "sara"
full_name = "Sara Ahmadi"
email = "{sara}@example.com"
groups = ["service"]
[[agent]]
name = "mina"
email = "{mina}@example.com"
role = "lead"
[[department]]
name = "finance"
email = "books@example.net"
[worklist]
enabled = false
[updates]
enabled = false
[gate]
address_hour = 20
address_day = 20
[survey]
delay = "0m"
cooldown = "0d"
"""
RULES = """
[[rule]]
name = "omid has it"
on   = ["opened"]
then = [ { assign = "omid" } ]
"""
JOHN = "John Miller <john@example.org>"
FINANCE = "Books <books@example.net>"


class World:
    """The desk, its people's mailboxes, and everybody else's post."""

    def __init__(self, folder, dovecot: Dovecot, postfix: Postfix, outside: SmtpServer, ca) -> None:
        self.dovecot, self.postfix, self.outside = dovecot, postfix, outside
        self.users = {name: dovecot.user() for name in ("support", "omid", "sara", "mina")}
        for user in self.users.values():
            with dovecot.client(user) as client:
                client.create_folder("Sent")
        values = {**self.users, "imap": dovecot.imaps, "smtp": postfix.port, "password": PASSWORD, "ca": ca}
        self.config = prepare(folder, CONFIG.format(**values), RULES)
        self.daemon = Daemon(load(self.config))
        self.daemon.once()
        self.came = 0

    def address(self, name: str) -> str:
        """An agent as their mail program writes them."""
        return f"{name.capitalize()} <{self.users[name]}@example.com>"

    def send(self, mail: EmailMessage) -> None:
        """Somebody's mail goes through Postfix to the desk's mailbox, and the desk does what is to be done."""
        sender, to = parseaddr(str(mail["From"]))[1], parseaddr(str(mail["To"]))[1]
        with smtplib.SMTP("127.0.0.1", self.postfix.port) as smtp:
            smtp.sendmail(sender, [to], mail.as_bytes())
        self.came += 1
        until(lambda: len(self.inbox("support")) >= self.came, 20, f"the arrival of {mail['Subject']}")
        self.daemon.once()
        self.daemon.once()

    def inbox(self, name: str) -> list[bytes]:
        """What lies in a mailbox of ours, oldest first."""
        with self.dovecot.client(self.users[name]) as client:
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
        return [found[uid][b"BODY[]"] for uid in sorted(found)]

    def got(self, who: str) -> list[EmailMessage]:
        """What somebody received, oldest first."""
        if who in self.users:
            return [parsed(content) for content in self.inbox(who)]
        address = parseaddr(who)[1]
        return [parsed(one.content) for one in self.outside.mails if address in one.recipients]

    def last(self, who: str, holding: str = "", notice: str = "") -> EmailMessage:
        """The latest mail that somebody received and that holds these words or is this notice; waits for it."""

        def found() -> list[EmailMessage]:
            all_ = [mail for mail in self.got(who) if holding in text_of(mail)]
            return [mail for mail in all_ if not notice or mail["X-Maildesk-Notice"] == notice]

        until(found, 10, f"a mail with {holding or notice} for {who}")
        return found()[-1]


@pytest.fixture
def world(tmp_path, dovecot, postfix, smtp_server, authority):
    made = World(tmp_path, dovecot, postfix, smtp_server, authority.ca)
    yield made
    made.daemon.close()


def test_a_whole_conversation(world):
    omid, sara = world.address("omid"), world.address("sara")
    to = f"{world.users['support']}@example.com"
    # a customer writes with Gmail, the desk acknowledges and tells Omid
    world.send(gmail(JOHN, "Hello,\n\nI cannot log in: CANARY-CUSTOMER.\n\nJohn", to=to, subject="Cannot log in"))
    assert "[#1001]" in str(world.last(JOHN, notice="acknowledgement")["Subject"])
    told = world.last("omid", "CANARY-CUSTOMER")
    # Omid answers with Outlook
    world.send(outlook(omid, "Dear John,\n\nplease try again: CANARY-ANSWER.\n\nOmid", told))
    answered = world.last(JOHN, "CANARY-ANSWER")
    assert text_of(answered) == "Dear John,\n\nplease try again: CANARY-ANSWER.\n\nOmid\n\n-- \nExample Shop\n"
    # John answers with Apple Mail, Omid asks Sara by a note with Thunderbird
    world.send(apple(JOHN, "It still fails: CANARY-SECOND.", answered))
    told = world.last("omid", "CANARY-SECOND")
    assert "CANARY-ANSWER" not in text_of(told)
    question = "Sara, did we change something? CANARY-NOTE, and this line is so long that it has to be folded."
    world.send(thunderbird(omid, question, told, subject="[note; watch sara]"))
    noted = world.last("sara", "CANARY-NOTE")
    assert question in text_of(noted)
    # Sara replies to the note with mutt, below the quote: a note too
    world.send(mutt(sara, "Yes, the lock. CANARY-REPLY", noted))
    assert "CANARY-NOTE" not in text_of(world.last("omid", "CANARY-REPLY"))
    # Omid refers it to finance with Gmail, which answers with Outlook
    world.send(gmail(omid, "Dear colleagues, is his account paid? CANARY-REFER", told, subject="[refer finance]"))
    world.send(outlook(FINANCE, "It is paid. CANARY-FINANCE", world.last(FINANCE, "CANARY-REFER")))
    assert "CANARY-FINANCE" in text_of(world.last("omid", "CANARY-FINANCE"))
    # John writes again, by mistake as a new mail; it is merged, which Omid confirms
    world.send(apple(JOHN, "Me again: CANARY-AGAIN.", to=to, subject="Log in"))
    world.send(outlook(omid, "", world.last("omid", "CANARY-AGAIN"), subject="[merge 1001]"))
    world.send(gmail(omid, "yes", world.last("omid", notice="confirm")))
    assert tickets(world)[1002].merged_into == 1001
    # solved: held, because John wrote meanwhile; sent all the same
    world.send(gmail(JOHN, "One more thing: CANARY-MEANWHILE.", answered))
    world.send(mutt(omid, "It works now, John: CANARY-SOLVED.", told, subject="[public; solved]"))
    held = world.last("omid", notice="held")
    assert "CANARY-MEANWHILE" in text_of(held)
    world.send(thunderbird(omid, "send", held))
    solved = world.last(JOHN, "CANARY-SOLVED")
    # thanks change nothing, a hidden question does
    world.send(gmail(JOHN, "Thank you very much!", solved))
    assert {one.number: one.status for one in tickets(world).values()} == {1001: Status.SOLVED, 1002: Status.CLOSED}
    world.send(gmail(JOHN, "Thanks. And the printer", solved))
    assert tickets(world)[1001].status is Status.OPEN
    # solved again, and how it was
    world.send(outlook(omid, "It prints now. CANARY-LAST", world.last("omid", "And the printer"), subject="[solved]"))
    world.send(apple(JOHN, "5\nVery good.", world.last(JOHN, notice="survey")))
    everybody_got_what_was_theirs(world)
    everything_is_explained(world)


def everybody_got_what_was_theirs(world):
    john = [mail["X-Maildesk-Notice"] or "answer" for mail in world.got(JOHN)]
    assert [one for one in john if one not in {"survey", "solved"}] == [
        "acknowledgement",
        "answer",
        "acknowledgement",
        "answer",
        "answer",
    ]
    assert john.count("survey") == 2
    finance = [mail["X-Maildesk-Notice"] or "question" for mail in world.got(FINANCE)]
    assert finance == ["question"]
    assert world.got("mina") == []
    inner = ("CANARY-NOTE", "CANARY-REPLY", "CANARY-REFER", "CANARY-FINANCE", "Please write above this line")
    agents = tuple(f"{world.users[name]}@example.com" for name in ("omid", "sara", "mina"))
    for one in world.outside.mails:
        mail = parsed(one.content)
        said = "\n".join(part.get_content() for part in mail.walk() if part.get_content_maintype() == "text")
        if parseaddr(JOHN)[1] in one.recipients:
            assert not [word for word in (*inner, *agents) if word in said], said
        assert len(one.recipients) == 1
        assert not [name for name in ("Bcc", "Cc") if mail[name]]
    for word, times in {"CANARY-ANSWER": 1, "CANARY-SOLVED": 1, "CANARY-LAST": 1}.items():
        found = [mail for mail in world.got(JOHN) if word in text_of(mail)]
        assert len(found) == times, word
    in_thread = [mail for mail in world.got(JOHN) if "#1001" in str(mail["Subject"])]
    roots = [(str(mail["X-Maildesk-Notice"]), str(mail["References"]).split()[0]) for mail in in_thread]
    assert len({root for _, root in roots}) == 1, f"one conversation in the customer's mail program: {roots}"
    with world.dovecot.client(world.users["support"], "Sent") as client:
        assert len(client.search()) == 3


def everything_is_explained(world):
    store = Store(load(world.config).database_url)
    for mail in store.look.mails(limit=1000):
        assert mail["state"] in {"done", "ignored"}, mail
        assert story(store.look, mail["message_id"]), mail
    for row in store.look.outbox(limit=1000):
        assert row["state"] == "sent", row
        parts = story(store.look, row["message_id"])
        assert any(part["lines"] for part in parts), row
    for number in (1001, 1002):
        assert fold(store.look.entries(number)) == store.look.ticket(number)
    store.close()


def tickets(world):
    store = Store(load(world.config).database_url)
    found = {one.number: one for one in store.look.tickets()}
    store.close()
    return found

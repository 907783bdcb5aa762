"""make simulate: a year of a desk of forty, with the real store (without fsync) and time passed in.

Mails are decided by ``receive``, answers by the same commands as agents' mails, jobs and outbox are called directly.
There is no IMAP, SMTP or MIME. Twice a week the store is closed and opened again, once the desk sleeps for thirty days.
At the end an independent judge (``simulate_check``) counts minutes one by one.
"""

from __future__ import annotations

import argparse
import heapq
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import simulate_check as check
import sqlalchemy as sa
from rich.console import Console
from rich.progress import Progress
from simulate_check import Story
from simulate_world import BEGIN, SLEEP, TEAMS, YEAR, desk, reply, request

sys.path.insert(0, str(Path(__file__).parents[1]))
from maildesk.commands.acting import Intent, act
from maildesk.conclude import conclude
from maildesk.ingest.receive import prefetch, receive
from maildesk.model.change import Absence, Change, Order, Raised
from maildesk.model.desk import Scene
from maildesk.model.mail import Mail, MailKey, RawMail
from maildesk.model.people import Person, Proof
from maildesk.model.ticket import Event, Status, fold
from maildesk.outbox.deliver import Deliverer
from maildesk.outbox.smtp import Delivery, Outcome, Stage
from maildesk.schedule.jobs import JobRun
from maildesk.schedule.jobs import job as named_job
from maildesk.store import rows as stored
from maildesk.store.ledger import Taken
from maildesk.store.schema import entry, outbox
from maildesk.store.store import Store

MINUTE = timedelta(minutes=1)
_NEXT = (
    "SELECT min(due_at) FROM ticket",
    "SELECT min(not_before) FROM outbox WHERE state IN ('held', 'queued')",
)
SLOT_MINUTES = 40


class Post:
    """Takes every mail."""

    count = 0

    def begin(self, sender: str, recipient: str, content: bytes) -> None:
        return None

    def data(self) -> Delivery:
        self.count += 1
        return Delivery(Outcome.ACCEPTED, Stage.DOT, 250, "2.0.0 Ok")

    def close(self) -> None:
        return None


class Year:
    """The world: what is to happen, and what did."""

    def __init__(self, folder: Path, events: int, seed: int) -> None:
        self.url = f"sqlite:///{folder / 'year.db'}"
        self.desk, self.now, self.post = desk(), BEGIN, Post()
        self.draw, self.events, self.done = random.Random(seed), events, 0
        self.queue: list[tuple[datetime, int, tuple]] = []
        self.order = self.serial = self.taken = self.restarts = 0
        self.stories: dict[int, Story] = {}
        self.runs: list[datetime] = []
        self.away: dict[str, list[tuple[datetime, datetime]]] = {}
        self.next: datetime | None = None
        """When something is due next; None: look it up."""
        self.store: Store
        self.open()

    # -- the machine

    def open(self) -> None:
        """Start: the store as it was left, a new process's deliverer."""
        self.store = Store(self.url)
        sa.event.listen(self.store.engine, "connect", _without_waiting)
        self.store.prepare()
        self.raw = sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None)
        self.restarts += 1
        couriers = dict.fromkeys(self.desk.mailboxes, self.post)
        self.deliverer = Deliverer(self.store, couriers, str(self.restarts), lambda: self.now)
        self.deliverer.take_over()

    def restart(self) -> None:
        """Stop and start."""
        self.close()
        self.open()

    def close(self) -> None:
        """Stop."""
        self.raw.close()
        self.store.close()

    def later(self, at: datetime, *what: object) -> None:
        """Something is to happen; minutes are the smallest unit."""
        self.order += 1
        at = BEGIN + ((at - BEGIN) // MINUTE) * MINUTE
        heapq.heappush(self.queue, (at, self.order, what))

    def look(self, at: datetime) -> None:
        """The jobs of that moment, and what leaves by then."""
        self.now, self.next = at, None
        run = JobRun(self.store, self.desk, at)
        self.runs.append(at)
        for name in ("escalations", "escalation_lists"):
            found = named_job(name)
            assert found
            found.run(run)
        self.deliver()

    def deliver(self) -> None:
        """Send what is due."""
        due = self.raw.execute(_NEXT[1]).fetchone()[0]
        if due and datetime.fromisoformat(due) <= self.now:
            self.deliverer.run_due(self.desk)

    def pass_time(self, until: datetime) -> None:
        """Look whenever something is due before then."""
        while self.next is None or self.next < until:
            if self.next is None:
                found = [self.raw.execute(query).fetchone()[0] for query in _NEXT]
                times = [_next_minute(datetime.fromisoformat(at), self.now) for at in found if at]
                self.next = min(times, default=BEGIN + 10 * YEAR)
            else:
                self.look(self.next)

    # -- what happens

    def plan(self) -> None:
        """Requests over the year, vacations, restarts."""
        opens = round(self.events * 0.325)  # the others follow from them
        for _ in range(opens):
            self.later(BEGIN + YEAR * self.draw.random(), "open")
        for name in self.desk.agents:
            at = BEGIN
            while at < BEGIN + YEAR:
                at += timedelta(days=self.draw.uniform(20, 80))
                end = at + timedelta(days=self.draw.uniform(1, 14))
                self.later(at, "away", name, end)
                at = end
        for week in range(52):
            for day in (2, 5):
                self.later(BEGIN + timedelta(days=7 * week + day, hours=self.draw.uniform(0, 24)), "restart")

    def run(self, step) -> None:
        """The whole year, slot by slot."""
        at = BEGIN
        while self.queue and at < BEGIN + YEAR + timedelta(days=30):
            at += MINUTE * self.draw.randint(1, 2 * SLOT_MINUTES - 1)
            if SLEEP[0] <= at < SLEEP[1]:
                at = SLEEP[1]
            else:
                self.pass_time(at)
            batch = []
            while self.queue and self.queue[0][0] <= at:
                batch.append(heapq.heappop(self.queue))
            if batch:
                self.now = at
                self.slot(batch)
                step(self.done)
        self.pass_time(BEGIN + YEAR + timedelta(days=31))

    def slot(self, batch: list) -> None:
        """Everything that happens at one moment, in one transaction."""
        doing = [(planned, what) for planned, _, what in batch if what[0] != "restart"]
        with self.store.deciding(self.now) as tx:
            tx.tickets({what[1] for _, what in doing if what[0] in {"answer", "reply"}})
            written = [(planned, what, self.letter(tx, *what)) for planned, what in doing]
            prefetch(tx, self.desk, [mail for _, _, mail in written if mail])
            for planned, what, mail in sorted(written, key=lambda one: one[1][0] != "away"):
                getattr(self, f"on_{what[0]}")(tx, planned, mail, *what[1:])
                self.done += 1
        self.look(self.now)
        for _ in range(len(batch) - len(doing)):
            self.restart()

    def letter(self, tx, what: str, *about) -> Mail | None:
        """The mail that a customer writes, if it is one who acts."""
        if what not in {"open", "reply"}:
            return None
        self.serial += 1
        if what == "open":
            return request(self.serial, self.draw.choice(list(TEAMS)), urgent=self.draw.random() < 0.1)
        number, answered = about
        ticket = tx.tickets([number])[number]
        return reply(number, ticket.requester, ticket.subject, answered, self.serial)

    def take(self, tx, mail: Mail, team: str, received: datetime):
        self.taken += 1
        raw = RawMail(MailKey(team, 1, self.taken), b"", received)
        return receive(tx, self.desk, Taken(self.taken, 1, raw), mail)

    def on_open(self, tx, planned: datetime, mail: Mail) -> None:
        team, urgent = mail.to[0].email.partition("@")[0], mail.subject.startswith("urgent")
        received = planned if planned < self.now - MINUTE * 2 * SLOT_MINUTES else self.now
        receipt = self.take(tx, mail, team, received)
        story = Story(receipt.ticket, team, urgent, received)
        story.first.append((received, None))
        # What comes in after a sleep is told late, but its work begins when it was read as well.
        story.work.append([(received, None)])
        self.stories[receipt.ticket] = story
        self.later(self.now + self.patience(), "answer", receipt.ticket)

    def patience(self) -> timedelta:
        """How long agents let somebody wait: mostly hours, sometimes days."""
        hours = self.draw.lognormvariate(1.2, 1.3)
        return timedelta(hours=min(hours, 24 * 12))

    def on_answer(self, tx, _planned: datetime, _mail: None, number: int) -> None:
        story, current = self.stories[number], tx.tickets([number])[number]
        if current.is_done or current.waiting_since is None:
            return
        agent = self.desk.agents[current.assignee or f"{story.team}2"]
        solves = self.draw.random() < 0.6
        person = Person(agent.email, agent.name, agent.role, Proof.BOTH, agent.name)

        def scene_for(change: Change, raised: Raised) -> Scene:
            return Scene(self.desk, raised.event, raised.ticket, entry=raised.entry, person=person)

        change = Change(now=tx.now, origin=f"answer:{number}:{current.version}", tickets={number: current})
        scene = scene_for(change, Raised(Event.COMMANDED, number, current.version))
        orders = (Order("solved", written="solved"),) if solves else ()
        concluded = conclude(tx, act(change, scene, orders, Intent.PUBLIC, "Here you are."), self.desk, scene_for)
        _end(story.turns if story.turns and story.turns[-1][1] is None else story.first, tx.now)
        _end(story.work[-1], tx.now)
        answered = next(mail.message_id for mail in concluded.sent if mail.template == "answer")
        if self.draw.random() < (0.08 if solves else 0.75):
            self.later(self.now + self.patience(), "reply", number, answered)

    def on_reply(self, tx, _planned: datetime, mail: Mail, number: int, _answered: str) -> None:
        story, current = self.stories[number], tx.tickets([number])[number]
        if current.status is Status.CLOSED or current.waiting_since is not None:
            return
        receipt = self.take(tx, mail, story.team, self.now)
        assert receipt.ticket == number, receipt
        story.turns.append((self.now, None))
        if current.is_done:
            story.work.append([(self.now, None)])
        else:
            story.work[-1].append((self.now, None))
        self.later(self.now + self.patience(), "answer", number)

    def on_away(self, tx, _planned: datetime, _mail: None, name: str, end: datetime) -> None:
        end = max(end, self.now + MINUTE)
        change = Change(now=tx.now, origin=f"away:{name}").effect(Absence(name, True, end))
        tx.save(change)
        self.away.setdefault(name, []).append((self.now, end))


def _without_waiting(raw: sqlite3.Connection, _record: object) -> None:
    """Nothing is to survive a power cut here, and a year is larger than a daemon's share of memory."""
    raw.execute("PRAGMA synchronous=OFF")
    raw.execute("PRAGMA cache_size=-200000")


def _end(spans: list, at: datetime) -> None:
    spans[-1] = (spans[-1][0], at)


def _next_minute(at: datetime, now: datetime) -> datetime:
    """The minute that begins at or after a moment, after the present one."""
    whole = BEGIN + -(-(at - BEGIN) // MINUTE) * MINUTE
    return max(whole, now + MINUTE)


# -- judging ---------------------------------------------------------------------------------------------------------


def judge(year: Year) -> list[str]:
    """What is wrong; prints what was found."""
    clocks = {name: check.Minutes(name) for name in set(TEAMS.values())}
    made: dict[int, list] = {}
    assigned = []
    with year.store.writer.read() as connection:
        for row in connection.execute(
            sa.select(entry.c.ticket, entry.c.at, entry.c.cause, entry.c.author, entry.c.event, entry.c.after).order_by(
                entry.c.at, entry.c.ticket, entry.c.number
            )
        ):
            if row.author == "job: escalations" and row.event == "due":
                made.setdefault(row.ticket, []).append((row.at, row.cause))
            if row.author == "rule: in turn":
                agent = stored._state_in(row.after)["assignee"]
                assigned.append((row.ticket, year.stories[row.ticket].team, agent, row.at))
        told = connection.execute(
            sa.select(outbox.c.recipient, outbox.c.not_before, outbox.c.ticket).where(
                outbox.c.template == "escalation", outbox.c.reason == "told together with others"
            )
        ).all()
        mails = [
            (row.recipient, row.sent_at, row.ticket)
            for row in connection.execute(
                sa.select(outbox.c.recipient, outbox.c.sent_at, outbox.c.ticket).where(
                    outbox.c.template.in_(("escalation", "worklist")), outbox.c.state == "sent"
                )
            )
        ]
        states = Counter(
            dict(connection.execute(sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)).all())
        )
    found = check.escalations(year.stories, year.runs, made, clocks)
    gathered: dict[tuple[str, datetime], list[int]] = {}
    for to, at, number in told:
        gathered.setdefault((to, at), []).append(number)

    def is_urgent(to: str, at: datetime, number: int) -> bool:
        """Of a list: whether all that it tells of are."""
        numbers = [number] if number else gathered.get((to, at), [])
        return bool(numbers) and all(year.stories[one].urgent for one in numbers)

    urgent = [(to, at, is_urgent(to, at, number)) for to, at, number in mails]
    names = {team: sorted(a.name for a in year.desk.agents.values() if team in a.groups) for team in TEAMS}
    worst, unable = check.fairness_on_duty(assigned, year.away, clocks, names)
    checks = {
        f"{found.steps} steps taken once and at their minute, {found.passed} noted after the sleep": found.wrong,
        f"{len(assigned)} assignments, none to somebody absent": check.absences(assigned, year.away),
        f"round robin: at most {worst} ticket apart": unable + ([f"{worst} apart"] if worst > 1 else []),
        f"{len(mails)} warnings, none outside hours": check.quiet(urgent, clocks),
        f"{len(year.stories)} histories add up": list(_broken(year)),
        f"outbox {dict(states)}": [
            f"{n} mails in {s}" for s, n in states.items() if s not in {"sent", "cancelled", "queued"}
        ],
    }
    for what, wrong in checks.items():
        print(("ok     " if not wrong else "WRONG  ") + what)
        for line in wrong[:10]:
            print("       " + line)
    return [line for wrong in checks.values() for line in wrong]


def _broken(year: Year):
    sample = random.Random(1).sample(sorted(year.stories), min(2000, len(year.stories)))
    for number in sample:
        if fold(year.store.look.entries(number)) != year.store.look.ticket(number):
            yield f"#{number}: its history does not add up to it"


def _spent(begun: float) -> str:
    return f"{time.monotonic() - begun:.0f} s, {time.process_time():.0f} s of processor time"


def main() -> int:
    """Run and judge; returns how many things are wrong, 1 at most."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--events", type=int, default=200_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", action="store_true", help="keep the store, and say where it is")
    chosen = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="maildesk-year-"))
    begun = time.monotonic()
    try:
        year = Year(folder, chosen.events, chosen.seed)
        year.plan()
        with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task("a year", total=chosen.events)
            year.run(lambda done: bar.update(task, completed=done))
        print(f"{year.done} events, {year.taken} mails, {year.restarts - 1} restarts: {_spent(begun)}")
        wrong = judge(year)
        print(f"{'all well' if not wrong else f'{len(wrong)} things are wrong'}: {_spent(begun)} in all")
        if chosen.keep:
            print(folder)
        return int(bool(wrong))
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

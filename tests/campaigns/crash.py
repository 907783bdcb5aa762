"""Kill the desk at every kind of system call, start it again, and see what its promises are worth (P1-P5).

    crash.py [--database sqlite|postgres|both] [--points N] [--kills N]

First it shows that it can fail: a planted loss and a planted double must be found. Then `run --once` is killed under
strace at N distinct system calls on the store's files and the sockets, and the threaded daemon N times at random
moments while mail flows. Exit code 1 on any violation, or when fewer points were hit than asked for.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from email.message import Message
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from campaigns import crash_run, sink
from campaigns.crash_check import Verdict, check, lost
from campaigns.crash_desk import JOHN, LEILA, DeskFolder, agent_answer, copy_maildir, customer_mail, lying, parsed
from servers import postgres, until
from servers.certificates import Authority
from servers.dovecot import Dovecot

from maildesk.store.store import Store

ANSWER = "see chapter"


@dataclass
class Rig:
    """The servers of a campaign, and the prepared state that each crash begins with."""

    folder: Path
    dovecot: Dovecot
    sink: sink.Running
    server: str
    """URL of PostgreSQL; empty for SQLite."""
    prepared: DeskFolder | None = None
    injected: tuple[bytes, ...] = ()
    before: tuple[sink.Sunk, ...] = ()
    number: int = 0

    @property
    def ports(self) -> dict[int, str]:
        """Port -> what listens there."""
        ports = {self.dovecot.imap: "imap", self.sink.port: "smtp"}
        return ports | ({int(self.server.rpartition(":")[2].partition("/")[0]): "postgres"} if self.server else {})

    def desk(self, name: str, mailboxes: tuple[str, ...] = ("support",)) -> DeskFolder:
        """A folder with a config; its database is made by ``database``."""
        path = self.folder / name
        url = self.server.rpartition("/")[0] + f"/{name}" if self.server else f"sqlite:///{path}/state/store.db"
        users = {box: f"{name}{box}" for box in mailboxes}
        return DeskFolder(path, users, url).write(self.dovecot.imap, self.sink.port)

    def admin(self, command: str) -> None:
        """A command to the PostgreSQL server; nothing on SQLite."""
        if self.server:
            import psycopg

            with psycopg.connect(self.server, autocommit=True) as connection:
                connection.execute(command)

    def prepare(self) -> None:
        """A desk with one ticket, and in its mailbox: an answer to it, a follow-up, a new question, and that one again."""
        desk = self.desk("prepared")
        self.admin("create database prepared")
        user = desk.users["support"]
        self.dovecot.append(user)
        run_once(desk)
        first = customer_mail(LEILA, 1).as_bytes()
        self.dovecot.append(user, first)
        run_once(desk)
        sunk = self.sink.take()
        acknowledgement = next(parsed(one.content) for one in sunk if one.recipient == LEILA)
        notification = next(parsed(one.content) for one in sunk if one.recipient == "omid@example.com")
        again = customer_mail(JOHN, 2).as_bytes()
        waiting = [agent_answer(notification, 1), customer_mail(LEILA, 3, answers=acknowledgement)]
        self.dovecot.append(user, *(mail.as_bytes() for mail in waiting), again, again)
        self.dovecot.kick(user)
        self.injected = (first, *(mail.as_bytes() for mail in waiting), again)
        self.before = tuple(sunk)
        self.prepared = desk

    def fresh(self) -> DeskFolder:
        """A copy of the prepared desk."""
        self.number += 1
        name = f"crash{self.number}"
        source, target = self.prepared, self.folder / name
        shutil.copytree(source.path, target, ignore=shutil.ignore_patterns("run.log", "*.lock"))
        desk = self.desk(name)
        self.admin(f"create database {name} template prepared")
        copy_maildir(self.dovecot, source.users["support"], desk.users["support"])
        return desk

    def drop(self, desk: DeskFolder) -> None:
        """Remove a desk."""
        self.admin(f"drop database {desk.path.name} with (force)")
        shutil.rmtree(desk.path)
        for user in desk.users.values():
            shutil.rmtree(self.dovecot.maildir(user), ignore_errors=True)

    def lying(self, desk: DeskFolder) -> list[bytes]:
        """What lies in the mailboxes of a desk."""
        return [content for user in desk.users.values() for content in lying(self.dovecot, user)]

    def judge(self, desk: DeskFolder, injected: list[bytes], answers: tuple[str, ...] = (ANSWER,)) -> Verdict:
        """What is true after the desk came to rest."""
        sunk = [*self.before, *self.sink.take()] if self.before else self.sink.take()
        return check(desk.database, injected, self.lying(desk), sunk, answers)


def run_once(desk: DeskFolder, before: Callable[[], None] | None = None) -> None:
    """`run --once` to its end; raises when it failed."""
    child = crash_run.fork(desk.config, before=before)
    child.start()
    if child.wait() != 0:
        raise RuntimeError((desk.path / "run.log").read_text()[-3000:])


@contextmanager
def rig(database: str) -> Iterator[Rig]:
    """Start the servers of a campaign."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="maildesk-crash-")))
        (folder / "authority").mkdir()
        dovecot = Dovecot(Authority(folder / "authority").certificate("good"))
        stack.callback(dovecot.stop)
        running = stack.enter_context(sink.running(folder / "sink"))
        server = stack.enter_context(postgres.server()) if database == "postgres" else ""
        yield Rig(folder, dovecot, running, server)


# --- the sweep


def reference(rig: Rig) -> list[crash_run.Call]:
    """The calls of a run that nobody kills."""
    desk = rig.fresh()
    child = crash_run.fork(desk.config)
    log = rig.folder / "reference.trace"
    with crash_run.traced(child, log):
        child.start()
    if child.wait() != 0:
        raise RuntimeError((desk.path / "run.log").read_text()[-3000:])
    verdict = rig.judge(desk, list(rig.injected))
    trace = crash_run.calls(log, rig.ports)
    problems = verdict.violations + crash_run.touched_too_early(trace)
    if problems or verdict.doubled_answers or verdict.unknown:
        raise RuntimeError(f"without any crash: {problems or verdict}")
    rig.drop(desk)
    return trace


def choose(trace: list[crash_run.Call], count: int) -> list[crash_run.Call]:
    """So many calls on the store and the sockets: all of the rare kinds, the others evenly spread."""
    kinds: dict[tuple[str, str], list[crash_run.Call]] = {}
    for call in trace:
        if call.target:
            kinds.setdefault((call.name, call.target), []).append(call)
    chosen: list[crash_run.Call] = []
    left = sorted(kinds.values(), key=len)
    for turn, of_kind in enumerate(left):
        share = -(-(count - len(chosen)) // (len(left) - turn))
        step = max(1.0, len(of_kind) / max(1, share))
        chosen += [of_kind[int(index * step)] for index in range(min(share, len(of_kind)))]
    return chosen


def sweep(rig: Rig, points: int) -> tuple[Verdict, Counter[str]]:
    """Kill at that many points; returns what was found and how many distinct points of each kind were hit."""
    trace = reference(rig)
    kinds = Counter(f"{call.name} {call.target}" for call in trace if call.target)
    told = ", ".join(f"{name} {count}" for name, count in kinds.most_common())
    say(f"a run makes {sum(kinds.values())} calls on the store and the sockets: {told}")
    total, hit = Verdict(), Counter()
    reached = set()
    for number, call in enumerate(choose(trace, points + points // 20 + 1), 1):
        verdict, point = crash_at(rig, call)
        total += verdict
        if point and point not in reached:
            reached.add(point)
            hit[f"{point[0]} {point[2]}"] += 1
        for problem in verdict.violations:
            say(f"VIOLATION at {call.name} {call.number} ({call.target}): {problem}")
        if number % 25 == 0:
            say(f"  {number} kills, {len(reached)} distinct points, {len(total.violations)} violations")
    return total, hit


def crash_at(rig: Rig, call: crash_run.Call) -> tuple[Verdict, tuple[str, int, str] | None]:
    """One crash: what was found, and the point that was really hit (None when the call never came)."""
    desk = rig.fresh()
    child = crash_run.fork(desk.config)
    log = rig.folder / "point.trace"
    with crash_run.traced(child, log, f"{call.name}:signal=KILL:when={call.number}"):
        child.start()
    code = child.wait()
    made = crash_run.calls(log, rig.ports)
    verdict = Verdict(crash_run.touched_too_early(made))
    verdict.violations += lost(rig.injected, rig.lying(desk), desk.database)
    rig.sink.settle()
    for _ in range(2):
        run_once(desk)
    verdict += rig.judge(desk, list(rig.injected))
    rig.drop(desk)
    killed = code == -9 and made and made[-1].name == call.name and made[-1].target
    return verdict, made[-1].point if killed else None


# --- random kills of the daemon


@dataclass
class Traffic:
    """Customers who write, and Omid who answers what he is told of."""

    rig: Rig
    user: str
    chance: random.Random
    injected: list[bytes] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    sunk: list[sink.Sunk] = field(default_factory=list)

    def flow(self, seconds: float) -> None:
        """Let mail come for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            number = len(self.injected) + 1
            mails = [customer_mail(f"c{number}@example.net", number).as_bytes()]
            for told in self.told()[:1]:
                mails.append(agent_answer(told, f"n{number}.").as_bytes())
                self.answers.append(f"see chapter n{number}.")
            self.rig.dovecot.append(self.user, *mails)
            self.injected += mails
            time.sleep(self.chance.uniform(0, 0.25))

    def told(self) -> list[Message]:
        """The questions that Omid was told of since the last look."""
        fresh = []
        for file in sorted(self.rig.sink.folder.glob("*.eml")):
            recipient, _, content = file.read_bytes().partition(b"\n")
            file.unlink()
            self.sunk.append(sink.Sunk(recipient.decode(), content))
            if recipient == b"omid@example.com" and parsed(content)["X-Maildesk-Notice"] == "notification":
                fresh.append(parsed(content))
        return fresh


def random_kills(rig: Rig, kills: int, seed: int) -> Verdict:
    """Kill the threaded daemon at random moments while mail comes and leaves; every eighth end is gentle."""
    chance = random.Random(seed)
    desk = rig.desk("daemon")
    rig.admin("create database daemon")
    traffic = Traffic(rig, desk.users["support"], chance)
    rig.dovecot.append(traffic.user)
    run_once(desk)
    log, total = desk.path / "run.log", Verdict()
    for kill in range(1, kills + 1):
        dead = owners(desk) if kill % 8 == 0 else set()
        size = log.stat().st_size
        child = crash_run.fork(desk.config, once=False)
        child.start()
        if chance.random() < 0.8:
            until(lambda size=size: b'"started"' in log.read_bytes()[size:], 60, "the daemon's start")
        traffic.flow(chance.uniform(0.05, 1.6))
        if kill % 8:
            child.kill()
        else:
            total.violations += asked_to_end(child, desk, dead)
        total.violations += lost(traffic.injected, rig.lying(desk), desk.database)
        if kill % 25 == 0:
            say(f"  {kill} kills, {len(traffic.injected)} mails, {len(total.violations)} violations")
    for _ in range(3):
        run_once(desk)
    traffic.sunk += rig.sink.take()
    counts = len(traffic.injected), len(traffic.answers), len(traffic.sunk)
    say("  {} mails came, {} of them answers; {} mails left".format(*counts))
    total += check(desk.database, traffic.injected, rig.lying(desk), traffic.sunk, traffic.answers)
    return total


def asked_to_end(child: crash_run.Child, desk: DeskFolder, dead: set[str]) -> list[str]:
    """SIGTERM instead of SIGKILL: it ends by itself and leaves nothing half done (P20). What the dead left may lie."""
    os.kill(child.pid, signal.SIGTERM)
    began = time.monotonic()
    code = child.wait()
    problems = [] if code in {0, -signal.SIGTERM} else [f"P20 exit code {code} after SIGTERM"]
    if time.monotonic() - began > 30:
        problems.append("P20 it took more than 30 s to end")
    if code == 0 and (left := owners(desk) - dead):
        problems.append(f"P20 mails are left in the middle of being sent by {left}")
    return problems


def owners(desk: DeskFolder) -> set[str]:
    """Who was sending when it ended."""
    store = Store(desk.database)
    found = {row["owner"] for row in store.look.outbox(states=["attempting"], limit=100_000)}
    store.close()
    return found


# --- that it can fail


def plant_loss() -> None:
    """Mail is taken, and its bytes are not stored."""
    from maildesk.store.ledger import Ledger

    real = Ledger.take
    Ledger.take = lambda self, raws, owner, now: real(self, [replace(one, content=b"") for one in raws], owner, now)


def plant_double() -> None:
    """What was sent is not noted, and what is in doubt is sent again whatever its class."""
    from maildesk.model.change import MailClass, OutboxState
    from maildesk.outbox import deliver

    real = deliver.judge
    deliver.judge = lambda due, delivery, now: (
        replace(real(due, delivery, now), state=OutboxState.QUEUED)
        if due.mail_class is MailClass.AUTOMATIC
        else real(due, delivery, now)
    )


def can_fail(rig: Rig) -> list[str]:
    """Plant faults; returns those that were not found."""
    missed = []
    for plant, word, runs in ((plant_loss, "O1", 1), (plant_double, "O3", 1)):
        desk = rig.fresh()
        child = crash_run.fork(desk.config, before=plant)
        child.start()
        if plant is plant_double:
            until(lambda: len(list(rig.sink.folder.glob("*.eml"))) > 20, 30, "a flood of mail")
            child.kill()
        else:
            child.wait()
        for _ in range(runs):
            run_once(desk)
        verdict = rig.judge(desk, list(rig.injected))
        found = [one for one in verdict.violations if one.startswith(word)]
        say(f"planted: {plant.__doc__} Found: {found[0] if found else 'NOTHING'}")
        missed += [] if found else [plant.__name__]
        rig.drop(desk)
    return missed


# --- the campaign


def say(text: str) -> None:
    """Progress; the only print."""
    print(text, flush=True)


def campaign(database: str, points: int, kills: int, seed: int) -> bool:
    """Everything on one database; whether all promises were kept."""
    began = time.monotonic()
    say(f"== {database}")
    with rig(database) as here:
        warm = here.desk("warm")
        here.admin("create database warm")
        here.dovecot.append(warm.users["support"])
        crash_run.warm_up(warm.config)
        here.prepare()
        missed = can_fail(here)
        swept, hit = sweep(here, points) if points else (Verdict(), Counter())
        say(f"{sum(hit.values())} distinct points: " + ", ".join(f"{kind} {n}" for kind, n in hit.most_common()))
        tell("sweep", swept)
        shaken = random_kills(here, kills, seed) if kills else Verdict()
        tell(f"{kills} random kills (seed {seed})", shaken)
    say(f"{database}: {time.monotonic() - began:.0f} s")
    return not (missed or swept.violations or shaken.violations or sum(hit.values()) < points)


def tell(what: str, verdict: Verdict) -> None:
    """A result in one line."""
    say(
        f"{what}: {len(verdict.violations)} violations; {verdict.doubled_answers} doubled answers; "
        f"{verdict.unknown} automatic mails in doubt (unknown), of which {verdict.unknown_delivered} had arrived; "
        f"{verdict.quarantined} mails in quarantine"
    )
    for problem in verdict.violations[:20]:
        say(f"  {problem}")


def main() -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--points", type=int, default=220)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers are ended on the way out
    databases = ("sqlite", "postgres") if asked.database == "both" else (asked.database,)
    kept = [campaign(database, asked.points, asked.kills, asked.seed) for database in databases]
    say("all promises kept" if all(kept) else "PROMISES BROKEN")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main())

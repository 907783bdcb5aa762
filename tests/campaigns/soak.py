"""Run the daemon for a long time while mail flows and something goes wrong every few seconds (F108).

    soak.py [--minutes M] [--seed N]

In the first half the daemon is also killed and stopped; in the second half it lives on, and its memory is watched. At the
end everything that the crash campaign counts is counted. Exit code 1 on any violation.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from campaigns import crash_run
from campaigns.crash import Rig, Traffic, asked_to_end, owners, rig, run_once, say
from campaigns.crash_check import Verdict, check, lost
from campaigns.crash_desk import DeskFolder
from servers import until


@dataclass
class Soak:
    """A desk at work, and what is done to it."""

    rig: Rig
    desk: DeskFolder
    traffic: Traffic
    child: crash_run.Child
    problems: list[str] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)

    def kill(self) -> None:
        self.child.kill()
        self.problems += lost(self.traffic.injected, self.rig.lying(self.desk), self.desk.database)
        self.child = start(self.desk)

    def stop(self) -> None:
        self.problems += asked_to_end(self.child, self.desk, owners(self.desk))
        self.child = start(self.desk)

    def imap_restarts(self) -> None:
        self.rig.dovecot.halt()
        time.sleep(self.traffic.chance.uniform(0, 2))
        self.rig.dovecot.start()

    def lock(self) -> None:
        other = sqlite3.connect(self.desk.database.removeprefix("sqlite:///"), isolation_level=None, timeout=10)
        other.execute("BEGIN EXCLUSIVE")
        self.traffic.flow(self.traffic.chance.uniform(0, 12))
        other.execute("ROLLBACK")
        other.close()

    def mail_server_hangs(self) -> None:
        pids = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        sinks = [int(pid) for pid in pids if "sink.py" in Path(f"/proc/{pid}/cmdline").read_text()]
        for pid in sinks:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(self.traffic.chance.uniform(0, 4))
        for pid in sinks:
            os.kill(pid, signal.SIGCONT)

    def broken_rules(self) -> None:
        file = self.desk.path / "rules" / "zz.toml"
        file.write_text('[[rule]]\nname = "broken"\non = ["openedd"]\n')
        os.kill(self.child.pid, signal.SIGHUP)
        self.traffic.flow(4)
        file.unlink()
        os.kill(self.child.pid, signal.SIGHUP)

    def memory(self) -> float:
        """Resident memory of the daemon and its children, MB."""
        pids = [self.child.pid, *Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text().split()]
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids]
        return sum(pages) * os.sysconf("SC_PAGESIZE") / 1e6


def start(desk: DeskFolder) -> crash_run.Child:
    """A daemon, at work."""
    log = desk.path / "run.log"
    size = log.stat().st_size
    child = crash_run.fork(desk.config, once=False)
    child.start()
    until(lambda: b'"started"' in log.read_bytes()[size:], 60, "the daemon's start")
    return child


def soak(here: Rig, minutes: float, seed: int) -> bool:
    """Everything; whether all promises were kept."""
    desk = here.desk("soak")
    traffic = Traffic(here, desk.users["support"], random.Random(seed))
    here.dovecot.append(traffic.user)
    crash_run.warm_up(desk.config)
    run_once(desk)
    one = Soak(here, desk, traffic, start(desk))
    begin = time.monotonic()
    gentle: list[Callable[[], None]] = [one.imap_restarts, one.lock, one.mail_server_hangs, one.broken_rules]
    memory: list[tuple[float, float]] = []
    told = 0
    while (spent := time.monotonic() - begin) < minutes * 60:
        first_half = spent < minutes * 30
        fault = traffic.chance.choice([*gentle, one.kill, one.kill, one.stop] if first_half else gentle)
        fault()
        one.made[fault.__name__] += 1
        traffic.flow(traffic.chance.uniform(2, 8))
        if not first_half:
            memory.append((spent, one.memory()))
        if spent // 60 > told:
            told = int(spent // 60)
            say(f"  {told} min: {len(traffic.injected)} mails, {one.memory():.0f} MB, {len(one.problems)} violations")
    until(lambda: not here.lying(desk), 120, "the intake of the last mail")
    one.problems += asked_to_end(one.child, desk, owners(desk))
    for _ in range(2):
        run_once(desk)
    traffic.sunk += here.sink.take()
    verdict = Verdict(one.problems)
    verdict += check(desk.database, traffic.injected, here.lying(desk), traffic.sunk, traffic.answers)
    return tell(verdict, one, memory)


def tell(verdict: Verdict, one: Soak, memory: list[tuple[float, float]]) -> bool:
    """The report; whether all is well."""
    traffic = one.traffic
    say(f"faults: {', '.join(f'{name} {count}' for name, count in one.made.most_common())}")
    say(f"{len(traffic.injected)} mails came, {len(traffic.answers)} of them answers; {len(traffic.sunk)} left")
    say(
        f"memory, one life long: {memory[0][1]:.0f} MB to {memory[-1][1]:.0f} MB in {memory[-1][0] - memory[0][0]:.0f} s"
    )
    say(
        f"{len(verdict.violations)} violations; {verdict.doubled_answers} doubled answers, {verdict.unknown} in doubt, "
        f"{verdict.quarantined} in quarantine"
    )
    for problem in verdict.violations[:20]:
        say(f"  {problem}")
    return not verdict.violations


def main() -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers are ended on the way out
    say(f"seed {asked.seed}")
    with rig("sqlite") as here:
        kept = soak(here, asked.minutes, asked.seed)
    say("all promises kept" if kept else "PROMISES BROKEN")
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())

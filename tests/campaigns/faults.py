"""Break the disk, the store and the database server under the desk, and see what its promises are worth (F54-F64).

    faults.py [--points N] [--cuts N] [--seconds S] [NAME...]

Each fault works on a desk with mail in its mailbox; afterwards everything is mended, the desk runs again, and what the
crash campaign counts is counted. A fault that only root can make, or that needs a loop device, is left out with a word.
Exit code 1 on any violation.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from campaigns import crash_run
from campaigns.crash import Rig, Traffic, reference, rig, run_once, say
from campaigns.crash_check import Verdict, check, lost
from campaigns.crash_desk import DeskFolder, customer_mail
from servers import until
from servers.postgres import Postgres


@dataclass(frozen=True)
class Asked:
    """What the arguments ask for."""

    points: int
    cuts: int
    seconds: float
    seed: int


class LeftOut(Exception):
    """The machine cannot make the fault."""


# --- errors of the disk, at every call


def disk(rig: Rig, asked: Asked) -> Verdict:
    """F54, F55: the disk is full, or fails, at one call on the store or from that call on."""
    trace = [call for call in reference(rig) if call.target.startswith("store")]
    kinds = {"pwrite64": "ENOSPC", "ftruncate": "ENOSPC", "fdatasync": "EIO", "fsync": "EIO", "pread64": "EIO"}
    total = Verdict()
    tried = silent = 0
    for name, error in kinds.items():
        calls = [call for call in trace if call.name == name]
        share = max(1, asked.points // len(kinds) // 2)
        for call in calls[:: max(1, len(calls) // share)][:share]:
            for lasting in ("", "+"):
                verdict, told = _with_error(rig, f"{name}:error={error}:when={call.number}{lasting}")
                total += verdict
                tried, silent = tried + 1, silent + (not told)
                for problem in verdict.violations:
                    say(f"VIOLATION at {name} {call.number}{lasting} {error}: {problem}")
    say(f"  {tried} runs with an error of the disk; {silent} of them said nothing (it was not in the way)")
    return total


def _with_error(rig: Rig, inject: str) -> tuple[Verdict, bool]:
    desk = rig.fresh()
    child = crash_run.fork(desk.config)
    with crash_run.traced(child, rig.folder / "point.trace", inject):
        child.start()
    code = child.wait(120)
    told = code != 0 or '"level"' in (desk.path / "run.log").read_text()
    verdict = Verdict(lost(rig.injected, rig.lying(desk), desk.database))
    rig.sink.settle()
    for _ in range(2):
        run_once(desk)
    verdict += rig.judge(desk, list(rig.injected))
    rig.drop(desk)
    return verdict, told


# --- the store's file


def locked(rig: Rig, asked: Asked) -> Verdict:
    """F56: another program keeps the store locked while mail comes."""
    with _daemon(rig, "locked") as (desk, traffic):
        for _ in range(2):
            with sqlite3.connect(_database(desk), isolation_level=None) as other:
                other.execute("BEGIN EXCLUSIVE")
                traffic.flow(asked.seconds)
                other.execute("ROLLBACK")
            other.close()
            traffic.flow(1)
    return _count(rig, desk, traffic)


def damaged(rig: Rig, asked: Asked) -> Verdict:
    """F57: a page of the store is overwritten: exit code 5, and the mailbox is left alone."""
    desk = rig.fresh()
    with _database(desk).open("r+b") as file:
        file.seek(2 * 4096)
        file.write(random.Random(1).randbytes(3 * 4096))
    before = sorted(rig.lying(desk))
    ran = _run(desk)
    verdict = Verdict()
    if ran.returncode != 5:
        verdict.violations.append(f"F57 exit code {ran.returncode}: {ran.stderr[-300:]}")
    if sorted(rig.lying(desk)) != before:
        verdict.violations.append("F57 the mailbox was touched")
    rig.drop(desk)
    return verdict


def read_only(rig: Rig, asked: Asked) -> Verdict:
    """F58: the store's folder becomes read-only; the mail stays until it is writable again."""
    desk = rig.fresh()
    state = desk.path / "state"
    _mount("--bind", state, state)
    try:
        _mount("-o", "remount,ro,bind", state)
        before = sorted(rig.lying(desk))
        ran = _run(desk)
        verdict = Verdict()
        if ran.returncode == 0 or not ran.stderr:
            verdict.violations.append(f"F58 exit code {ran.returncode}, and said: {ran.stderr!r}")
        if sorted(rig.lying(desk)) != before:
            verdict.violations.append("F58 the mailbox was touched")
    finally:
        subprocess.run(["umount", state], check=True)
    for _ in range(2):
        run_once(desk)
    verdict += rig.judge(desk, list(rig.injected))
    rig.drop(desk)
    return verdict


def removed(rig: Rig, asked: Asked) -> Verdict:
    """F59: somebody removes the store's file under the daemon: it ends, and touches no mail from then on."""
    verdict = Verdict()
    desk = rig.fresh()
    child = crash_run.fork(desk.config, once=False)
    log = desk.path / "run.log"
    child.start()
    until(lambda: log.exists() and b'"started"' in log.read_bytes(), 60, "the daemon's start")
    until(lambda: not rig.lying(desk), 30, "the first mails' intake")
    kept = desk.path / "state" / "kept.db"
    shutil.copy(_database(desk), kept)
    for file in desk.path.glob("state/store.db*"):
        file.unlink()
    mails = [customer_mail(f"late{n}@example.net", f"late{n}").as_bytes() for n in range(5)]
    time.sleep(3)
    rig.dovecot.append(desk.users["support"], *mails)
    try:
        code = child.wait(asked.seconds + 20)
        if code == 0:
            verdict.violations.append("F59 the daemon ended as if all were well")
    except TimeoutError:
        verdict.violations.append("F59 the daemon goes on without its store")
    if len(rig.lying(desk)) != len(mails):
        verdict.violations.append("F59 mail was taken into a file that nobody can open any more")
    rig.sink.take()
    rig.drop(desk)
    return verdict


# --- a power cut


def power(rig: Rig, asked: Asked) -> Verdict:
    """F61: the power goes at a random instant; what was committed is there, and the mailbox was not ahead of it."""
    if os.geteuid() != 0 or not shutil.which("mkfs.ext4"):
        raise LeftOut("needs root and mkfs.ext4")
    planted = _cuts(rig, asked, "careless", 10, _careless)
    found = planted.violations[0] if planted.violations else "NOTHING"
    say(f"planted: {_careless.__doc__} Found: {found}")
    verdict = _cuts(rig, asked, "power", asked.cuts)
    verdict.violations += [] if planted.violations else ["F61 the planted loss was not found"]
    return verdict


def _careless() -> None:
    """The store does not wait for the disk."""
    from maildesk.store import database

    database._PRAGMAS = tuple(pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in database._PRAGMAS)


def _cuts(rig: Rig, asked: Asked, name: str, cuts: int, before: Callable[[], None] | None = None) -> Verdict:
    chance, total = random.Random(asked.seed), Verdict()
    desk = rig.desk(name)
    state, image = desk.path / "state", rig.folder / f"{name}.img"
    key = (state / "desk.key").read_bytes()
    subprocess.run(["truncate", "-s", "64M", image], check=True)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    _mount("-o", "loop", image, state)
    try:
        (state / "desk.key").write_bytes(key)
        (state / "desk.key").chmod(0o600)
        traffic = Traffic(rig, desk.users["support"], chance)
        rig.dovecot.append(traffic.user)
        run_once(desk)
        os.sync()
        child = crash_run.fork(desk.config, once=False, before=before)
        child.start()
        flow = threading.Thread(target=traffic.flow, args=(cuts * 0.5 + 2,), daemon=True)
        flow.start()
        for cut in range(1, cuts + 1):
            time.sleep(chance.uniform(0.05, 0.6))
            total.violations += _cut(rig, desk, image, child, traffic)
            if cut % 10 == 0:
                say(f"  {cut} cuts, {len(traffic.injected)} mails, {len(total.violations)} violations")
        flow.join(cuts + 10)
        child.kill()
    finally:
        subprocess.run(["umount", "-l", state], check=True)
    rig.sink.take()
    return total


def _cut(rig: Rig, desk: DeskFolder, image: Path, child: crash_run.Child, traffic: Traffic) -> list[str]:
    """What a disk would hold now: only what reached it counts, so the page cache of the file system is left out."""
    os.kill(child.pid, signal.SIGSTOP)
    injected = list(traffic.injected)
    subprocess.run(["cp", "--sparse=always", image, image.with_suffix(".cut")], check=True)
    lying = rig.lying(desk)
    os.kill(child.pid, signal.SIGCONT)
    cut = rig.folder / "cut"
    cut.mkdir(exist_ok=True)
    _mount("-o", "loop", image.with_suffix(".cut"), cut)
    try:
        with sqlite3.connect(cut / "store.db") as store:
            answer = store.execute("PRAGMA integrity_check").fetchone()[0]
        store.close()
        problems = [] if answer == "ok" else [f"F61 the store is damaged: {answer}"]
        return problems + lost(injected, lying, f"sqlite:///{cut}/store.db")
    except sqlite3.Error as error:
        return [f"F61 the store cannot be opened: {error}"]
    finally:
        subprocess.run(["umount", cut], check=True)


# --- the database server


def postgres(rig: Rig, asked: Asked) -> Verdict:
    """F63, F64: PostgreSQL ends sessions, or crashes and starts again, while mail comes."""
    server = Postgres()
    rig.server = server.url()
    try:
        with _daemon(rig, "postgres_faults") as (desk, traffic):
            for number in range(6):
                if number % 3 == 2:
                    server.halt("immediate")
                    traffic.flow(1)
                    server.start()
                else:
                    rig.admin(
                        "select pg_terminate_backend(pid) from pg_stat_activity where datname <> current_database()"
                    )
                traffic.flow(asked.seconds / 2)
        return _count(rig, desk, traffic)
    finally:
        server.stop()


# --- helpers


@contextmanager
def _daemon(rig: Rig, name: str) -> Iterator[tuple[DeskFolder, Traffic]]:
    """A daemon at work, and the traffic; it is asked to end with the block."""
    desk = rig.desk(name)
    rig.admin(f"create database {name}")
    traffic = Traffic(rig, desk.users["support"], random.Random(7))
    rig.dovecot.append(traffic.user)
    run_once(desk)
    child = crash_run.fork(desk.config, once=False)
    child.start()
    until(lambda: b'"started"' in (desk.path / "run.log").read_bytes(), 60, "the daemon's start")
    traffic.flow(1)
    try:
        yield desk, traffic
        until(lambda: not rig.lying(desk), 60, "the intake of what came meanwhile")
        time.sleep(3)
        os.kill(child.pid, signal.SIGTERM)
        child.wait()
    finally:
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)


def _count(rig: Rig, desk: DeskFolder, traffic: Traffic) -> Verdict:
    for _ in range(2):
        run_once(desk)
    traffic.sunk += rig.sink.take()
    return check(desk.database, traffic.injected, rig.lying(desk), traffic.sunk, traffic.answers)


def _run(desk: DeskFolder) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "maildesk", "--config", str(desk.config), "run", "--once"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def _database(desk: DeskFolder) -> Path:
    return Path(desk.database.removeprefix("sqlite:///"))


def _mount(*arguments: object) -> None:
    if subprocess.run(["mount", *map(str, arguments)], check=False, capture_output=True).returncode:
        raise LeftOut("this machine lets nobody mount")


FAULTS: dict[str, Callable[[Rig, Asked], Verdict]] = {
    fault.__name__: fault for fault in (disk, locked, damaged, read_only, removed, power, postgres)
}


def campaign(name: str, asked: Asked) -> bool:
    """One fault on fresh servers; whether all promises were kept."""
    fault = FAULTS[name]
    began = time.monotonic()
    say(f"== {name}: {(fault.__doc__ or '').splitlines()[0]}")
    with rig("sqlite") as here:
        warm = here.desk("warm")
        here.dovecot.append(warm.users["support"])
        crash_run.warm_up(warm.config)
        if name in {"disk", "damaged", "read_only", "removed"}:
            here.prepare()
        try:
            verdict = fault(here, asked)
        except LeftOut as reason:
            say(f"{name}: left out: {reason}")
            return True
    for problem in verdict.violations[:20]:
        say(f"  VIOLATION {problem}")
    say(
        f"{name}: {len(verdict.violations)} violations; {verdict.doubled_answers} doubled answers, {verdict.unknown} in "
        f"doubt, {verdict.quarantined} in quarantine; {time.monotonic() - began:.0f} s"
    )
    return not verdict.violations


def main() -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *FAULTS], default=[])
    parser.add_argument("--points", type=int, default=60)
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = parser.parse_args()
    asked = Asked(given.points, given.cuts, given.seconds, given.seed)
    say(f"seed {asked.seed}")
    kept = [campaign(name, asked) for name in given.names or FAULTS]
    say("all promises kept" if all(kept) else "PROMISES BROKEN")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main())

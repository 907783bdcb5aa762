"""What a mail costs in rules and in assignment, by how many there are. Part of `make bench`."""

from __future__ import annotations

import contextlib
import itertools
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import simulate_world

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "rules"))
from rulekit import DESK, mail, opened, scene
from test_example_rules import many

from maildesk.ingest.receive import receive
from maildesk.model.desk import GateLimits
from maildesk.model.mail import MailKey, RawMail
from maildesk.model.people import Agent
from maildesk.service.assign import least_loaded, round_robin
from maildesk.store.ledger import Taken
from maildesk.store.store import Store

BATCH = 20
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def best(run: Callable[[], object], times: int = 30) -> float:
    """Seconds of processor time, the best of several runs."""
    found = 1e9
    for _ in range(times):
        begun = time.process_time()
        for _ in range(5):
            run()
        found = min(found, (time.process_time() - begun) / 5)
    return found


def of_rules(count: int) -> float:
    """Seconds for one new mail through so many rules, a tenth of them with an expression behind a literal."""
    rules, change = many(count), opened()
    text = "سلام، لطفاً صورت‌حساب را ببینید. Please look at it. " * 60

    def run() -> None:
        rules.run(change, scene(mail=mail("word3 about case-0-17", text)), explain=False)

    return best(run)


def of_agents(count: int) -> float:
    """Seconds for one new mail, from what was read of it to the commit, given to one of so many agents."""
    bare = simulate_world.desk()
    agents = {f"a{n}": Agent(f"a{n}", f"a{n}@example.com", groups=("alpha",), calendar="berlin") for n in range(count)}
    desk = replace(bare, agents=agents, notify_agents=True, gate=GateLimits(10**6, 10**6, 10**6, 10**6, 10**6))
    number = itertools.count(1)
    with TemporaryDirectory() as folder, contextlib.closing(Store(f"sqlite:///{folder}/store.db")) as store:
        store.prepare()

        def run() -> None:
            with store.deciding(NOW) as tx:
                for one in itertools.islice(number, BATCH):
                    raw = RawMail(MailKey("alpha", 1, one), b"", NOW)
                    receive(tx, desk, Taken(one, 1, raw), simulate_world.request(one, "alpha", urgent=False))

        return best(run, times=6) / BATCH


def of_assignment(count: int) -> float:
    """Seconds for one assignment by round robin and one by load among so many agents."""
    agents = {f"a{n}": Agent(f"a{n}", f"a{n}@example.com", groups=("billing",)) for n in range(count)}
    desk, loads = replace(DESK, agents=agents), {f"a{n}": n % 7 for n in range(count)}

    def run() -> None:
        round_robin("billing", desk, "a5", loads, (), NOW)
        least_loaded("billing", desk, "a5", loads, (), NOW)

    return best(run)


def main() -> None:
    """Print costs and ratios."""
    for what, counts, cost in (
        ("a new mail through the rules, by rules", (10, 1_000, 10_000), of_rules),
        ("a new mail from read to saved, by agents", (10, 1_000), of_agents),
        ("two choices of an agent alone, by agents", (10, 1_000), of_assignment),
    ):
        found = {count: cost(count) for count in counts}
        told = ", ".join(f"{count:,}: {1e6 * one:.0f} us ({one / found[10]:.2f}x)" for count, one in found.items())
        print(f"  {what:42}{told}")


if __name__ == "__main__":
    main()

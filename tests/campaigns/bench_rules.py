"""What a mail costs in rules and in assignment, by how many there are. Part of `make bench`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "rules"))
from rulekit import DESK, mail, opened, scene
from test_example_rules import many

from maildesk.model.people import Agent
from maildesk.service.assign import least_loaded, round_robin

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
    """Seconds for one assignment by round robin and one by load among so many agents."""
    agents = {f"a{n}": Agent(f"a{n}", f"a{n}@example.com", groups=("billing",)) for n in range(count)}
    desk, loads = replace(DESK, agents=agents), {f"a{n}": n % 7 for n in range(count)}

    def run() -> None:
        round_robin("billing", desk, "a5", loads, (), NOW)
        least_loaded("billing", desk, "a5", loads, (), NOW)

    return best(run)


def main() -> None:
    """Print costs and ratios."""
    for what, counts, cost in (("rules", (10, 1_000, 10_000), of_rules), ("agents", (10, 1_000), of_agents)):
        found = {count: cost(count) for count in counts}
        told = ", ".join(f"{count:,}: {1e6 * one:.0f} us ({one / found[10]:.2f}x)" for count, one in found.items())
        print(f"cost of one mail by {what}: {told}")


if __name__ == "__main__":
    main()

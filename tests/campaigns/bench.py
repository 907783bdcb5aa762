"""``make bench``: how fast maildesk is, beside the least that any helpdesk does, in one run on one corpus.

The yardstick is "floor B" of the measuring tools (``../shared/bench``, or MAILDESK_BENCH): fetch in batches, parse with
the standard library, one transaction a message, one acknowledgement, no rules, no recovery. Machines are noisy: all
runs alternate, the figures are medians, and only ratios mean anything.

    bench.py [--messages 1000] [--rounds 3] [--deliveries 40] [--tickets 0,10000,100000] [--only PART,...]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench_world import HOST, PASSWORD, World, acknowledged, maildesk, missing
from imapclient import IMAPClient

FLOOR, DESK, DESK_TELLING = "floor B", "maildesk, acknowledgements", "maildesk, agents told too"
GROWTH_MESSAGES = 300
PATIENCE = 15.0


def throughput(world: World, messages: int, rounds: int) -> dict[str, float]:
    """From a filled mailbox to the last acknowledgement at the sink, start and end of the program included."""
    corpus, found = world.corpus(messages), {label: [] for label in (FLOOR, DESK, DESK_TELLING)}
    warm_up(world)
    for _ in range(rounds):
        world.fill("user8", corpus, messages)
        found[FLOOR].append(_run(world, "floor", messages, world.floor("user8")))
        for label in (DESK, DESK_TELLING):
            config = world.desk("speed", "user1", notify=label is DESK_TELLING)
            world.begin(config, "user1")
            world.pour("user1", corpus, messages)
            found[label].append(_run(world, "maildesk", messages, [*maildesk(config), "run", "--once"]))
    names = ("msg_per_s", "cpu_ms_per_msg", "peak_rss_mb", "mails")
    figures = {label: {name: median(row[name] for row in runs) for name in names} for label, runs in found.items()}
    base = figures[FLOOR]
    print(f"\nMailbox to acknowledgement, {messages} messages, median of {rounds} rounds in turns")
    print(f"  {'':28}{'msg/s':>9}{'x floor':>9}{'CPU ms':>9}{'x floor':>9}{'peak MB':>9}{'mails out':>11}")
    for label, row in figures.items():
        speed, cpu = row["msg_per_s"], row["cpu_ms_per_msg"]
        shares = f"{speed / base['msg_per_s']:9.2f}{cpu:9.2f}{cpu / base['cpu_ms_per_msg']:9.2f}"
        print(f"  {label:28}{speed:9.1f}{shares}{row['peak_rss_mb']:9.0f}{row['mails']:11.0f}")
    return {"speed_x_floor": figures[DESK]["msg_per_s"] / base["msg_per_s"], "peak_mb": figures[DESK]["peak_rss_mb"]}


def warm_up(world: World) -> None:
    """Have bytecode written, so that the first round does not pay for it."""
    corpus = world.corpus(20, seed=2)
    world.fill("user8", corpus, 20)
    config = world.desk("warm", "user1", notify=True)
    world.begin(config, "user1")
    world.pour("user1", corpus, 20)
    _run(world, "warm", 20, world.floor("user8"))
    _run(world, "warm", 20, [*maildesk(config), "run", "--once"])


def _run(world: World, label: str, messages: int, command: list[str]) -> dict[str, float]:
    log = world.folder / f"{label}.jsonl"
    with world.sink(log) as sink:
        row = world.measure(label, messages, sink, command)
    row["mails"] = len(acknowledged(log))
    return row


def statements(world: World, messages: int) -> dict[str, float]:
    """What one mail costs the database, start-up included."""
    corpus, found = world.corpus(messages), {}
    print(f"\nDatabase, per mail ({messages} messages, start-up included)")
    for label in (DESK, DESK_TELLING):
        config = world.desk("counted", "user1", notify=label is DESK_TELLING)
        world.begin(config, "user1")
        world.pour("user1", corpus, messages)
        output = world.folder / "counts.json"
        with world.sink(world.folder / "counted.jsonl"):
            world.tool_here("bench_count.py", output, *maildesk(config)[3:], "run", "--once")
        counts = json.loads(output.read_text())
        found[label] = counts["statements"] / messages
        rows, commits = counts["rows"] / messages, counts["commits"] / messages
        print(f"  {label:28}{found[label]:6.2f} statements, {rows:6.1f} rows written, {commits:5.2f} commits")
    return {"statements": max(found.values())}


def latency(world: World, deliveries: int) -> dict[str, float]:
    """From the begin of an LMTP delivery to the acknowledgement at the sink, one mail at a time."""
    corpus = world.corpus(max(200, 4 * deliveries), seed=3)
    rows = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text("utf-8").splitlines()]
    mails = [row for row in rows if row["kind"] == "new" and not row["attachment"]][:deliveries]
    contents = [(row["sender"], (corpus / row["file"]).read_bytes()) for row in mails]
    waits = {"IDLE alone": idle_alone(world, contents[:15]), "floor B, run at once": floor_latency(world, contents)}
    waits["maildesk"], memory = desk_latency(world, contents)
    print(f"\nLMTP delivery to acknowledgement, {len(contents)} mails one by one, ms")
    for label, times in waits.items():
        print(f"  {label:28}p50 {1000 * median(times):6.0f}   p95 {1000 * _p95(times):6.0f}")
    print(f"  steady memory of the daemon with its parser: {memory:.0f} MB")
    return {"p95_x_floor": _p95(waits["maildesk"]) / _p95(waits["floor B, run at once"]), "steady_mb": memory}


def _p95(times: list[float]) -> float:
    return sorted(times)[int(0.95 * (len(times) - 1))]


def idle_alone(world: World, contents: list[tuple[str, bytes]]) -> list[float]:
    """How long the server itself takes to announce a mail: nobody who waits in IDLE can be faster."""
    world.shell("dovecot/dovecot.sh", "reset", "user3")
    times = []
    with IMAPClient(HOST, world.imap_port, ssl=False) as line:
        line.login("user3", PASSWORD)
        line.select_folder("INBOX")
        for sender, content in contents:
            line.idle()
            begin = time.time()
            world.deliver("user3", sender, content)
            line.idle_check(timeout=PATIENCE)
            times.append(time.time() - begin)
            line.idle_done()
    return times


def floor_latency(world: World, contents: list[tuple[str, bytes]]) -> list[float]:
    """The floor is no daemon: it is started at the moment of delivery, as a mail server's hook would."""
    world.shell("dovecot/dovecot.sh", "reset", "user4")
    times, log = [], world.folder / "latency-floor.jsonl"
    with world.sink(log):
        for sender, content in contents:
            begin = time.time()
            world.deliver("user4", sender, content)
            subprocess.run(world.floor("user4"), env=world.environment, stdout=subprocess.DEVNULL, check=True)
            times.append(_answered(log, begin))
    return times


def desk_latency(world: World, contents: list[tuple[str, bytes]]) -> tuple[list[float], float]:
    """The same with the daemon, which waits in IDLE; and how much memory it has in the end."""
    config, times, log = world.desk("latency", "user2", notify=False), [], world.folder / "latency.jsonl"
    world.begin(config, "user2")
    with world.sink(log), daemon(world, config) as process:
        time.sleep(2)
        for sender, content in contents:
            begin = time.time()
            world.deliver("user2", sender, content)
            times.append(_answered(log, begin))
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return times, sum(_resident(pid) for pid in (process.pid, *children))


@contextlib.contextmanager
def daemon(world: World, config: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A running daemon; stopped by SIGTERM, and it must end well."""
    with (config.parent / "daemon.log").open("wb") as log:
        command = [*maildesk(config), "run"]
        process = subprocess.Popen(command, env=world.environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    if process.returncode:
        raise SystemExit(
            f"the daemon ended with {process.returncode}:\n{(config.parent / 'daemon.log').read_text()[-2000:]}"
        )


def _resident(pid: int | str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _answered(log: Path, since: float) -> float:
    """Seconds from ``since`` to the next mail that the sink took; it writes its log five times a second."""
    end = time.time() + PATIENCE
    while time.time() < end:
        found = (
            [float(row["t"]) - since for row in acknowledged(log) if float(row["t"]) >= since] if log.exists() else []
        )
        if found:
            return min(found)
        time.sleep(0.05)
    raise SystemExit(f"no acknowledgement within {PATIENCE:.0f} s")


def growth(world: World, sizes: list[int], rounds: int) -> dict[str, float]:
    """What a mail costs with so many tickets in the store; the start of the program is measured and taken off."""
    corpus, found = world.corpus(GROWTH_MESSAGES, seed=4), {size: [] for size in sizes}
    starts: dict[int, list[float]] = {size: [] for size in sizes}
    for size in sizes:
        config = world.desk(f"growth-{size}", "user5", notify=True)
        world.begin(config, "user5")
        world.tool_here("bench_load.py", config.parent / "state" / "maildesk.db", size)
    for _ in range(rounds):
        for size in sizes:
            config = world.copied(f"growth-{size}")
            world.begin(config, "user5")
            row = _run(world, "start", GROWTH_MESSAGES, [*maildesk(config), "run", "--once"])
            world.pour("user5", corpus, GROWTH_MESSAGES)
            full = _run(world, "growth", GROWTH_MESSAGES, [*maildesk(config), "run", "--once"])
            starts[size].append(row["cpu_s"])
            found[size].append(full["cpu_ms_per_msg"] - row["cpu_ms_per_msg"])
    print(
        f"\nCPU per mail by stored tickets, {GROWTH_MESSAGES} messages, agents told too, least of {rounds} rounds in turns"
    )
    for size in sizes:
        share = min(found[size]) / min(found[sizes[0]])
        print(f"  {size:>8} tickets{min(found[size]):9.2f} ms{share:7.2f} x   start {min(starts[size]):5.2f} s")
    return {"growth": min(found[sizes[-1]]) / min(found[sizes[0]])}


GOALS = {
    "speed_x_floor": (">=", 1.0, "messages/s over floor B's, acknowledgements only"),
    "statements": ("<=", 12.0, "statements a mail"),
    "p95_x_floor": ("<=", 3.0, "p95 of the latency over the floor's"),
    "growth": ("<=", 1.2, "cost of a mail in a full store over that in an empty one"),
    "steady_mb": ("<=", 250.0, "MB of steady memory"),
}


def judge(figures: dict[str, float]) -> None:
    """Print the goals and what was reached."""
    print("\nGoals")
    for name, (sign, goal, words) in GOALS.items():
        if name in figures:
            met = figures[name] >= goal if sign == ">=" else figures[name] <= goal
            print(f"  {'met   ' if met else 'missed'} {figures[name]:8.2f}  (goal {sign} {goal:g})  {words}")


def main() -> int:
    """Run the parts that are asked for. Returns the exit code: figures are reported, not judged, by it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--deliveries", type=int, default=40)
    parser.add_argument("--tickets", default="0,10000,100000")
    parser.add_argument("--only", default="throughput,statements,latency,growth,rules")
    arguments = parser.parse_args()
    if reason := missing():
        print(f"nothing measured: {reason}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped
    parts, figures = arguments.only.split(","), dict[str, float]()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with World() as world:
        if "throughput" in parts:
            figures |= throughput(world, arguments.messages, arguments.rounds)
        if "statements" in parts:
            figures |= statements(world, arguments.messages)
        if "latency" in parts:
            figures |= latency(world, arguments.deliveries)
        if "growth" in parts:
            figures |= growth(world, [int(size) for size in arguments.tickets.split(",")], arguments.rounds)
        if "rules" in parts:
            print("\nCPU per mail by how much there is to choose from, the least of several runs")
            print(world.tool_here("bench_rules.py"), end="")
    judge(figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

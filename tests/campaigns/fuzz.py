"""Fuzz everything that reads what strangers write: `make fuzz`, or fuzz.py [--seconds N] [--keep FOLDER] [TARGET...].

Each target of tests/fuzz runs for N seconds (600) in a process of its own, two at a time, with little priority. Prints
executions and what was found; exits 1 when anything was. Inputs that found new paths are kept in FOLDER, when given,
and are where the next run begins. The target `growth` times every reader on evil texts of 32,000 and 64,000 characters.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz import growth
from fuzz.targets import CORPORA, TARGETS

TESTS = Path(__file__).resolve().parents[1]

LONGEST = {"auth": 1024, "tag": 512, "trim": 8192, "parse": 16384, "bounce": 16384, "rules": 8192}
"""Bytes of an input, where it is not 4096."""
STUCK_SECONDS = 60
LENGTH, LEAST_SECONDS = 32_000, 0.02


def fuzz(target: str, seconds: int, corpus: Path, findings: Path) -> tuple[int, int]:
    """Executions, and the exit code of the fuzzer: not 0 when it crashed, got stuck or ran out of memory."""
    command = [
        "nice", "-n", "15", sys.executable, str(TESTS / "fuzz" / "run.py"), target, str(findings),
        f"-max_total_time={seconds}", f"-timeout={STUCK_SECONDS}", "-rss_limit_mb=1500", "-print_final_stats=1",
        f"-max_len={LONGEST.get(target, 4096)}", f"-dict={TESTS / 'fuzz' / 'words.dict'}",
        f"-artifact_prefix={findings}/{target}-stuck-", str(corpus), str(CORPORA / target),
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment, check=False)
    if done.returncode:
        (findings / f"{target}-ended.txt").write_text(
            f"{target}: ended with {done.returncode}\n\n{done.stderr[-6000:]}"
        )
    ran = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    return int(ran[1]) if ran else 0, done.returncode


def campaign(targets: Sequence[str], seconds: int, keep: Path, findings: Path) -> int:
    """The number of signatures that were found."""
    with ThreadPoolExecutor(2) as pool:
        runs = {}
        for target in targets:
            (keep / target).mkdir(parents=True, exist_ok=True)
            runs[target] = pool.submit(fuzz, target, seconds, keep / target, findings)
        for target, run in runs.items():
            executions, _ = run.result()
            found = sorted(findings.glob(f"{target}-*.txt"))
            print(f"{target:8} {executions:>10,} executions  {len(found)} signatures", flush=True)
            for path in found:
                print(f"    {path.read_text('utf-8').splitlines()[0]}\n      {path.with_suffix('.input')}", flush=True)
    return len(list(findings.glob("*.txt")))


def steep() -> int:
    """How many readers take more than 2.6 times as long for twice the text, in five tries."""
    print(f"growth   {len(growth.READERS)} readers on {len(growth.EVIL)} texts", flush=True)
    for name, read in growth.READERS.items():
        read(f"{name} \u06f1\n> a <b@example.org>\n")
    found = 0
    for line in growth.too_steep(growth.seconds, growth.EVIL, LENGTH, LEAST_SECONDS, tries=5):
        found += 1
        print(f"    {line}", flush=True)
    return found


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("targets", nargs="*", metavar="TARGET", help=f"of growth, {', '.join(TARGETS)}; all by default")
    reader.add_argument("--seconds", type=int, default=600)
    reader.add_argument("--keep", type=Path)
    given = reader.parse_args()
    wanted = given.targets or ["growth", *TARGETS]
    unknown = set(wanted) - TARGETS.keys() - {"growth"}
    if unknown:
        reader.error(f"no such target: {', '.join(sorted(unknown))}")
    if importlib.util.find_spec("atheris") is None:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "atheris"], check=True)
    findings = Path(tempfile.mkdtemp(prefix="maildesk-fuzz-"))
    keep = given.keep or findings / "corpora"
    found = steep() if "growth" in wanted else 0
    found += campaign([target for target in wanted if target in TARGETS], given.seconds, keep, findings)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Fuzz one target with atheris: ``run.py TARGET FINDINGS [libFuzzer options] CORPUS``. Started by `make fuzz`.

libFuzzer ends at the first crash; here a finding is written down under its signature (what was raised, and where)
and the search goes on, so that one run tells everything it met.
"""

from __future__ import annotations

import hashlib
import sys
import time
import traceback
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

with atheris.instrument_imports(include=["maildesk"]):
    from fuzz import targets

SLOW_SECONDS = 5.0
"""Of processor time for one input of at most 16 KB, in instrumented code."""


def signature(error: BaseException) -> str:
    """What was raised and the innermost places in our code."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/fuzz/run.py" not in frame.filename]
    places = [f"{Path(frame.filename).name}:{frame.name}" for frame in frames[-3:]]
    return f"{type(error).__name__} {error!s:.60} in {' > '.join(places)}"


def main() -> None:
    name, findings = sys.argv[1], Path(sys.argv[2])
    target = targets.TARGETS[name]

    def note(sign: str, data: bytes, detail: str) -> None:
        known = findings / f"{name}-{hashlib.sha256(sign.encode()).hexdigest()[:12]}"
        if not known.with_suffix(".txt").exists():
            known.with_suffix(".input").write_bytes(data)
            known.with_suffix(".txt").write_text(f"{name}: {sign}\n\n{detail}")

    def one(data: bytes) -> None:
        begin = time.process_time()
        try:
            target(data)
        except Exception as error:
            note(signature(error), data, traceback.format_exc())
        spent = time.process_time() - begin
        if spent > SLOW_SECONDS:
            note(f"slow, {spent:.0f} s", data, "")

    atheris.Setup([sys.argv[0], *sys.argv[3:]], one)
    with targets.unguarded():
        atheris.Fuzz()


if __name__ == "__main__":
    main()

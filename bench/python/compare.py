"""Measures the Python package beside the implementation that it replaces, in one run, contenders by turns.

    python compare.py [--reference PYTHON] [--rounds N] [--records N] [--only NAME ...]

PYTHON is an interpreter that has ionbus-fast-persist. Without one, a stand-in of sqlite3 + json + fsync is measured in
its place, and named so. Each measurement is a process of its own on a fresh directory; rates are medians of the
rounds, and the ratio is the median of the rounds' ratios. Goals are the project's; nothing fails by them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional

WORK = Path(__file__).with_name("work.py")


class Part(NamedTuple):
    """A kind of work: what is done, the two tasks of work.py whose rates are divided, and the goal of the ratio."""

    what: str
    ours: str
    peer: Optional[str]  # None: the task `ours_peer` of our own
    ours_peer: Optional[str]
    goal: float


PARTS = {
    "store": Part("store, 1 thread", "store_1", "store_1", None, 1.5),
    "store_8": Part("store, 8 threads", "store_8", "store_8", None, 5),
    "async": Part("store_async, 256 tasks / ours, 1 thread", "store_async", None, "store_1", 15),
    "get_item": Part("get_item of 5 flat fields (ours is a copy)", "get_item", "get_item", None, 0.8),
    "get_key": Part("get_key of 1,000 items / copy.deepcopy of the same", "get_key", None, "deepcopy", 5),
    "flush": Part("flush", "flush", "flush", None, 100),
    "recovery": Part("recovery after a kill", "recovery", "recovery", None, 20),
}


def measure(python: str, implementation: str, task: str, records: int) -> float:
    """Operations a second of one task, in a process of its own."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("CFP_BENCH_DIR")) as directory:
        command = [python, str(WORK), implementation, task, directory, str(records)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"compare: {' '.join(command)} failed:\n{done.stderr}")
    return float(json.loads(done.stdout.splitlines()[-1])["rate"])


def spread(values: List[float]) -> str:
    return f"{min(values):.2f}..{max(values):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", help="an interpreter that has ionbus-fast-persist")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--records", type=int, default=100_000, help="of flush and recovery")
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--json", type=Path, help="a file for the figures")
    options = parser.parse_args()
    peer = "reference" if options.reference else "stand_in"
    peer_name = "ionbus-fast-persist" if options.reference else "a stand-in of sqlite3 + json + fsync"
    print(f"ours beside {peer_name}; {options.rounds} rounds, {options.records:,} records of flush and recovery\n")
    print(f"{'work':52} {'ours/s':>12} {'peer/s':>12} {'ratio':>8}  {'spread':16} goal")
    figures: Dict[str, Dict[str, object]] = {}
    for name in options.only:
        part = PARTS[name]
        ours: List[float] = []
        theirs: List[float] = []
        slow = name in ("flush", "recovery")
        for round_number in range(1 if slow and options.records > 20_000 else options.rounds):
            calls = [
                (ours, sys.executable, "ours", part.ours),
                (theirs, options.reference or sys.executable, peer, part.peer)
                if part.peer
                else (theirs, sys.executable, "ours", part.ours_peer),
            ]
            for into, python, implementation, task in calls if round_number % 2 == 0 else calls[::-1]:
                assert task is not None
                into.append(measure(python, implementation, task, options.records))
        ratios = [left / right for left, right in zip(ours, theirs)]
        ratio = statistics.median(ratios)
        met = "met" if ratio >= part.goal else "missed"
        print(
            f"{part.what:52} {statistics.median(ours):12,.0f} {statistics.median(theirs):12,.0f} {ratio:8.2f}  "
            f"{spread(ratios):16} {part.goal:g} {met}",
            flush=True,
        )
        figures[name] = {"ours": ours, "peer": theirs, "ratio": ratio, "goal": part.goal}
    if options.json:
        options.json.write_text(json.dumps({"peer": peer_name, "figures": figures}, indent=1))


if __name__ == "__main__":
    main()

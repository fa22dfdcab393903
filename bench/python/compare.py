"""Measures the Python package beside the implementation that it replaces and what a program might use instead, in one
run, contenders by turns.

    python compare.py [--reference PYTHON] [--diskcache PYTHON] [--rounds N] [--records N] [--only NAME ...]

PYTHON is an interpreter that has ionbus-fast-persist, or diskcache. Without the first, a stand-in of sqlite3 + json +
fsync is measured in its place, and named so; without the second, diskcache is left out. Each measurement is a process of its own on a fresh directory; rates are medians of the
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
    goal: Optional[float]
    implementation: str = ""  # of the peer, where it is neither the reference nor ours


PARTS = {
    "store": Part("store, 1 thread", "store_1", "store_1", None, 1.8),
    "store_8": Part("store, 8 threads", "store_8", "store_8", None, 5),
    "async": Part("store_async, 256 tasks / ours, 1 thread", "store_async", None, "store_1", 20),
    "get_item": Part("get_item of 5 flat fields (ours is a copy)", "get_item", "get_item", None, 1),
    "get_key": Part("get_key of 1,000 items / copy.deepcopy of the same", "get_key", None, "deepcopy", 5),
    "flush": Part("flush", "flush", "flush", None, 100),
    "recovery": Part("recovery after a kill", "recovery", "recovery", None, 20),
    "store_sqlite": Part("store, 1 thread / sqlite3 + json", "store_1", "store_1", None, None, "sqlite"),
    "store_8_sqlite": Part("store, 8 threads / sqlite3 + json", "store_8", "store_8", None, None, "sqlite"),
    "get_item_sqlite": Part("get_item of 5 flat fields / sqlite3 + json", "get_item", "get_item", None, None, "sqlite"),
    "store_diskcache": Part("store, 1 thread / diskcache", "store_1", "store_1", None, None, "diskcache"),
    "store_8_diskcache": Part("store, 8 threads / diskcache", "store_8", "store_8", None, None, "diskcache"),
    "get_item_diskcache": Part("get_item of 5 flat fields / diskcache", "get_item", "get_item", None, None, "diskcache"),
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
    parser.add_argument("--diskcache", help="an interpreter that has diskcache")
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
        if part.implementation == "diskcache" and not options.diskcache:
            print(f"{part.what:52} left out: no --diskcache")
            continue
        peer_python = options.diskcache if part.implementation == "diskcache" else sys.executable
        ours: List[float] = []
        theirs: List[float] = []
        slow = name in ("flush", "recovery")
        for round_number in range(1 if slow and options.records > 20_000 else options.rounds):
            calls = [
                (ours, sys.executable, "ours", part.ours),
                (theirs, peer_python, part.implementation, part.peer)
                if part.implementation
                else (theirs, options.reference or sys.executable, peer, part.peer)
                if part.peer
                else (theirs, sys.executable, "ours", part.ours_peer),
            ]
            for into, python, implementation, task in calls if round_number % 2 == 0 else calls[::-1]:
                assert task is not None
                into.append(measure(python, implementation, task, options.records))
        ratios = [left / right for left, right in zip(ours, theirs)]
        ratio = statistics.median(ratios)
        goal = "-" if part.goal is None else f"{part.goal:g} {'met' if ratio >= part.goal else 'missed'}"
        print(
            f"{part.what:52} {statistics.median(ours):12,.0f} {statistics.median(theirs):12,.0f} {ratio:8.2f}  "
            f"{spread(ratios):16} {goal}",
            flush=True,
        )
        figures[name] = {"ours": ours, "peer": theirs, "ratio": ratio, "goal": part.goal}
    if options.json:
        options.json.write_text(json.dumps({"peer": peer_name, "figures": figures}, indent=1))


if __name__ == "__main__":
    main()

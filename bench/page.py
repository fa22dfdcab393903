"""Writes what runs of cfp_bench measured as a page with its plots: page.py RESULTS.json... DIRECTORY makes README.md there."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Dict, List

SURROUNDINGS = ("processor", "cores", "kernel", "DuckDB", "RocksDB", "LevelDB", "LMDB", "SQLite", "time", "command")


def number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def line(row: Dict[str, Any]) -> str:
    has_peer = row["peer"] is not None
    peer = number(row["peer"]) if has_peer else ""
    judged = number(row["judged"]) if has_peer else ""
    goal = "" if row["goal"] == "-" else row["goal"]
    outcome = "" if not goal else "met" if row["met"] else "missed"
    spread = f"{number(row['lowest'])} .. {number(row['highest'])}"
    return f"| {row['what']} | {number(row['ours'])} {row['unit']} | {peer} | {judged} | {spread} | {goal} | {outcome} |"


def page(runs: List[Dict[str, Any]], plots: List[str]) -> str:
    out = [
        "# What was measured",
        "",
        "Written by `bash scripts/bench.sh --publish`; [docs/performance.md](../../docs/performance.md) says what is behind the figures.",
        "Medians of all rounds; a ratio is that of the medians, its spread that of single rounds. All contenders sync what they store, but where a row says otherwise.",
        "",
    ]
    out += [f"![{name}]({name})" for name in plots]
    out += ["", "[python.json](python.json) has the figures of the Python package, which docs/performance.md puts into a table."]
    for run in runs:
        out += ["", f"## {run['command']}", ""]
        out += [", ".join(f"{name} {run[name]}" for name in SURROUNDINGS if name != "command"), ""]
        out += ["| what | ours | peer | ratio | spread | goal | |", "|---|---|---|---|---|---|---|"]
        out += [line(row) for row in run["rows"]]
    return "\n".join(out) + "\n"


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    directory = Path(sys.argv[-1])
    runs = [json.loads(Path(file).read_text()) for file in sys.argv[1:-1]]
    plots = sorted(file.name for file in directory.glob("*.svg"))
    (directory / "README.md").write_text(page([run for run in runs if run["rows"]], plots))
    print(directory / "README.md")


if __name__ == "__main__":
    main()

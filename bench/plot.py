"""Draws the points of runs of cfp_bench: plot.py RESULTS.json... DIRECTORY. One SVG for each plot that one of them has
points of; the last one that has them counts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as pyplot  # noqa: E402
from matplotlib.ticker import FuncFormatter  # noqa: E402

OURS = "collection_fast_persist"


class Plot(NamedTuple):
    title: str
    x: str
    y: str
    file: str


PLOTS = {
    "stores_by_threads": Plot("Durable stores", "threads", "stores a second", "stores_by_threads"),
    "latency_1": Plot("Latency of a durable store, 1 thread", "percentile", "microseconds", "latency_1_thread"),
    "latency_16": Plot("Latency of a durable store, 16 threads", "percentile", "microseconds", "latency_16_threads"),
    "reads": Plot("Reads of an item in memory", "threads", "reads a second", "reads"),
    "growth": Plot("Costs as a store grows", "items in the store", "milliseconds", "growth"),
}


def plain(value: float, _position: object = None) -> str:
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def draw(plot: Plot, points: List[Dict[str, Any]], below: str, file: Path) -> None:
    figure, axes = pyplot.subplots(figsize=(7.5, 4.5), layout="constrained")
    places = sorted({point["x"] for point in points})
    is_percentile = plot.x == "percentile"
    for line in dict.fromkeys(point["line"] for point in points):
        at = sorted((point for point in points if point["line"] == line), key=lambda point: point["x"])
        xs = [places.index(point["x"]) if is_percentile else point["x"] for point in at]
        ys = [point["y"] for point in at]
        spread = [[p["y"] - p["lowest"] for p in at], [p["highest"] - p["y"] for p in at]]
        axes.errorbar(xs, ys, yerr=spread, label=line, marker="o", capsize=3, linewidth=3 if line == OURS else 1.5)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(plain))
    if is_percentile:
        axes.set_xticks(range(len(places)), [f"{place:g}" for place in places])
    else:
        axes.set_xscale("log", base=2 if plot.x == "threads" else 10)
        axes.set_xticks(places, [plain(place) for place in places])
        axes.minorticks_off()
    axes.set(title=plot.title, xlabel=f"{plot.x}\n{below}", ylabel=plot.y)
    axes.grid(True, alpha=0.3)
    axes.legend(fontsize="small")
    # The same figures give the same file.
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    directory = Path(sys.argv[-1])
    directory.mkdir(parents=True, exist_ok=True)
    matplotlib.rcParams["svg.hashsalt"] = "cfp_bench"
    runs = [json.loads(Path(file).read_text()) for file in sys.argv[1:-1]]
    for name, plot in PLOTS.items():
        for run in reversed(runs):
            points = [point for point in run["points"] if point["plot"] == name]
            if points:
                below = f"{run['cores']} cores, {run['processor']}, {run['time']}; bars: nine of ten"
                draw(plot, points, below, directory / f"{plot.file}.svg")
                print(directory / f"{plot.file}.svg")
                break


if __name__ == "__main__":
    main()

"""Colours, widths, progress, questions, pipes that break, Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest
from conftest import Cfp, interrupt


def lines_file(path: Path, count: int) -> Path:
    with open(path, "w") as file:
        for number in range(count):
            file.write('{"key":"k%d","collection_name":"c","item_name":"i","value":%d,"data":{"text":"%s"}}\n' % (
                number // 10, number, "x" * 80))
    return path


def test_people_get_colours_and_programs_none(cfp: Cfp) -> None:
    cfp("put", "key", "c", "i", "--value", 1)
    on_terminal = cfp.terminal("history", "key", "c", "i")
    assert on_terminal.end() == 0
    assert "\x1b[" in on_terminal.text
    assert "\x1b" not in cfp("history", "key", "c", "i").out
    assert "\x1b[" in cfp("history", "key", "c", "i", "--color", "always").out
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        plain = cfp.terminal("history", "key", "c", "i", also=environment)
        plain.end()
        assert "\x1b[" not in plain.text
    never = cfp.terminal("history", "key", "c", "i", "--color", "never")
    never.end()
    assert "\x1b[" not in never.text


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_row_stays_one_line_of_the_terminal(cfp: Cfp, columns: int) -> None:
    for name in ("short", "a name that is longer than the other one, \N{GRINNING FACE}" * 3):
        cfp("put", "key", "collection", name, json.dumps({"text": "y" * 300}), "--value", "z" * 100)
    shown = cfp.terminal("get", "key", "collection", columns=columns, also={"NO_COLOR": "1"})
    assert shown.end() == 0
    lines = shown.text.replace("\r", "").splitlines()
    assert len(lines) == 3 and max(map(len, lines)) <= columns
    piped = cfp("get", "key", "collection").out
    assert "y" * 300 in piped, "a program gets all of it"


def test_a_long_import_shows_a_bar_with_rate_and_time_left_and_takes_it_away(cfp: Cfp, tmp_path: Path) -> None:
    path = lines_file(tmp_path / "many.jsonl", 500_000)
    run = cfp.terminal("import", path, out=False)
    run.read_until("left")
    assert run.end() == 0
    assert re.search(r"importing \[#*\.*\] \d+%  [\d,]+/500,000  [\d,]+/s  \d+ \w+ left", run.text), run.text[-500:]
    assert run.text.endswith("\r\x1b[K")
    assert cfp.json("stats").object["last_sequence"] == 500_000
    assert "\r" not in cfp("export", tmp_path / "out.parquet").err


def test_quiet_and_json_draw_no_bar(cfp: Cfp, tmp_path: Path) -> None:
    path = lines_file(tmp_path / "many.jsonl", 60_000)
    run = cfp.terminal("import", path, "--quiet", out=False)
    assert run.end() == 0
    assert run.text == ""


def test_a_reader_that_goes_away_ends_it_quietly(cfp: Cfp, tmp_path: Path) -> None:
    cfp("import", lines_file(tmp_path / "many.jsonl", 30_000))
    run = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$@" | head -n 1', "-", *cfp.command("wal", "dump")], capture_output=True, encoding="utf-8")
    assert (run.returncode, run.stdout.count("\n"), run.stderr) == (0, 1, "")
    run = subprocess.run(["bash", "-c", '"$@" > /dev/full', "-", *cfp.command("ls")], capture_output=True, encoding="utf-8")
    assert run.returncode == 1 and "Cannot write the results" in run.stderr


def test_ctrl_c_in_a_long_import_leaves_whole_batches_and_says_how_to_go_on(cfp: Cfp, tmp_path: Path) -> None:
    path = lines_file(tmp_path / "many.jsonl", 400_000)
    run = cfp.terminal("import", path, out=False)
    deadline = time.monotonic() + 60
    while "left" not in run.text or cfp_sequence(cfp) == 0:
        assert time.monotonic() < deadline
        run._read(0.05)
    run.type("\x03")
    assert run.end() == 130
    found = re.search(r"--skip-rows (\d+)", run.text)
    assert found, run.text[-300:]
    rows = int(found.group(1))
    assert 0 < rows < 400_000 and rows % 1000 == 0
    assert cfp.json("stats").object["last_sequence"] == rows
    rest = cfp.json("import", path, "--skip-rows", rows).object
    assert rest["rows"] == 400_000 - rows
    assert cfp.json("sql", "SELECT count(*) AS n, count(DISTINCT value_int) AS d FROM storage_history").object == {"n": 400_000, "d": 400_000}


def cfp_sequence(cfp: Cfp) -> int:
    """Of a store that is open elsewhere: what its files tell."""
    if not cfp.base_dir.exists():
        return 0
    shown = cfp("stats", "--json", code=None)
    return int(json.loads(shown.out)["last_sequence"]) if shown.code == 0 else 0


def test_a_hundred_thousand_lines_come_in_and_go_out_again(cfp: Cfp, tmp_path: Path) -> None:
    level, _, factor = os.environ.get("CFP_EFFORT", "ci").partition(":")
    count = max(100_000, int({"ci": 100_000, "proof": 1_000_000, "soak": 10_000_000}[level] * float(factor or 1)))
    path = lines_file(tmp_path / "many.jsonl", count)
    assert cfp.json("import", path).object == {"rows": count, "stored": count, "deleted": 0, "last_sequence": count}
    assert cfp.json("export", tmp_path / "out.jsonl").object["records"] == count // 10
    assert cfp.json("export", tmp_path / "past.jsonl", "--table", "history").object["records"] == count
    with open(tmp_path / "past.jsonl") as lines:
        values = sorted(json.loads(line)["value_int"] for line in lines)
    assert values == list(range(count))
    bad = tmp_path / "bad.csv"
    bad.write_text("key,colour\na,red\n")
    assert "row 1 of bad.csv" in cfp("import", bad, code=2).err
    assert cfp.json("stats").object["last_sequence"] == count


def test_changes_are_watched_beside_the_process_that_makes_them(cfp: Cfp) -> None:
    cfp("put", "k", "c", "i", "--value", 1)
    watcher = cfp.start("watch", "--from", 0, "--json")
    assert watcher.stdout is not None and watcher.stderr is not None
    assert json.loads(watcher.stdout.readline())["sequence"] == 1
    for number in (2, 3):
        cfp("put", "k", "c", "i", "--value", number)
        event = json.loads(watcher.stdout.readline())
        assert (event["sequence"], event["value"]) == (number, number)
    interrupt(watcher)
    assert watcher.wait(60) == 0
    watcher.stdout.close()
    watcher.stderr.close()

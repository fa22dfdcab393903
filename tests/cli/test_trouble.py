"""A store that is open elsewhere, damaged, or not there."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import PROGRAM, Cfp

needs_package = pytest.mark.skipif(
    find_spec("collection_fast_persist") is None, reason="the Python package is not installed here"
)

HOLDER = """
import sys
from collection_fast_persist import *
store = CollectionFastPersist("2025-12-24", config=CollectionConfig(base_dir=sys.argv[1]))
for n in range(3):
    store.store("k", {}, "i", "c", n)
print("open", flush=True)
sys.stdin.read()
"""


@needs_package
def test_a_store_that_is_open_elsewhere_says_by_whom_and_what_can_be_read(cfp: Cfp, tmp_path: Path) -> None:
    cfp("put", "k", "c", "i", "--value", 0)
    cfp("backup")
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(cfp.base_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == b"open\n"
        for arguments in (["get", "k"], ["ls"], ["sql", "SELECT 1"], ["put", "k", "c", "i"], ["backup"], ["repair"]):
            refused = cfp(*arguments, code=5)
            assert f"pid {holder.pid} " in refused.err and os.uname().nodename in refused.err
        assert re.search(r"by pid \d+ on \S+.* since \d{4}-", cfp("get", "k", code=5).err)
        hints = cfp("get", "k", code=5).err
        assert "The newest backup is " in hints and "every record through 1" in hints
        assert "the log goes on to record 4" in hints
        assert json.loads(cfp("get", "k", "--json", code=5).err)["error"] == "locked"
        # What it offers is what works.
        copy = re.search(r"\n  (mkdir .*)\n", hints)
        view = re.search(r"\n  (cfp --base-dir \S+ ls)", hints)
        assert copy and view
        for command in (copy.group(1), view.group(1)):
            shell = command.replace("/tmp/cfp_", f"{tmp_path}/cfp_")
            done = subprocess.run(["bash", "-c", f"cfp() {{ '{PROGRAM}' \"$@\"; }}\n{shell}"], capture_output=True, text=True)
            assert done.returncode == 0, (shell, done.stderr)
        assert done.stdout == "k\n"
        assert cfp.json("stats").object["last_sequence"] == 4
        assert [record["sequence"] for record in cfp.json("wal", "dump").objects][-1] == 4
        assert cfp.json("list-backups").object["watermark"] == 1
        holder.send_signal(signal.SIGKILL)
    assert cfp.json("get", "k", "c", "i").object["value"] == 2


def damage(path: Path, text: bytes) -> None:
    content = path.read_bytes()
    assert content.count(text) == 1
    path.write_bytes(content.replace(text, text[:-1] + b"?"))


def make_killed(cfp: Cfp, count: int) -> Path:
    """A store whose records are only in the log."""
    program = (
        "import os, sys\nfrom collection_fast_persist import *\n"
        "store = CollectionFastPersist('2025-12-24', config=CollectionConfig(base_dir=sys.argv[1]))\n"
        f"for n in range(1, {count + 1}): store.store('k', {{'mark': f'm{{n}}.'}}, f'i{{n}}', 'c')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(cfp.base_dir)]).returncode == -9
    return next((cfp.base_dir / "2025-12-24").glob("wal_*.jsonl"))


@needs_package
def test_damage_is_named_in_plain_words_and_repair_asks_and_moves_aside(cfp: Cfp) -> None:
    segment = make_killed(cfp, 20)
    damage(segment, b"m5.")
    assert "verify' says" in cfp("get", "k", code=6).err
    before = cfp.files()
    told = cfp("verify", code=6)
    for words in ("DAMAGE", segment.name, "lost  record 5", "safe", f"next  cfp --base-dir '{cfp.base_dir}' repair", "does not open"):
        assert words in told.out, told.out
    found = cfp.json("verify", code=6).objects
    assert [f["finding"] for f in found][-1] == "verdict" and found[-1]["opens"] is False
    assert "A repair does this" in cfp("repair", "--dry-run").out
    refused = cfp("repair", code=2)
    assert "--yes" in refused.err
    no = cfp.terminal("repair")
    no.read_until("[y/N]")
    no.type("n\n")
    assert no.end() == 1
    assert cfp.files() == before
    yes = cfp.terminal("repair", also={"NO_COLOR": "1"})
    yes.read_until("[y/N]")
    yes.type("y\n")
    assert yes.end() == 0
    assert "lost for good: record 5" in yes.text and "Repaired; the store opens." in yes.text
    after = cfp.files()
    for name, (_, content) in before.items():
        kept = [other for other, (_, now) in after.items() if other.startswith(name) and now == content]
        assert kept or name == ".lock", f"{name} is gone"
    assert len(cfp.json("ls", "k", "c").objects) == 19
    assert "nothing to repair" in cfp("repair").out
    assert cfp("verify").code == 0


@needs_package
def test_repair_goes_without_a_question_where_it_is_told_to(cfp: Cfp) -> None:
    damage(make_killed(cfp, 20), b"m7.")
    report = cfp.json("repair", "--yes").objects
    assert {"action": "missing", "first": 7, "last": 7, "acknowledged": 1} in report
    assert report[-1] == {"action": "report", "done": True, "opens": True}


def test_a_table_that_is_damaged_is_found_and_the_next_command_heals_it(cfp: Cfp) -> None:
    for number in range(5):
        cfp("put", "k", "c", f"i{number}", "--value", number)
    cfp("backup")
    history = cfp.base_dir / "storage_history.duckdb"
    history.write_bytes(b"no database" * 100)
    told = cfp.json("verify", code=6).objects
    damages = [finding for finding in told if finding["finding"] == "damage"]
    assert damages and all(finding["safe"] and finding["next"] for finding in damages)
    next_command = damages[0]["next"].split()[-1]
    cfp(next_command, *(["--yes"] if next_command == "repair" else []))
    assert cfp("verify", "--deep").code == 0
    assert len(cfp.json("ls", "k", "c").objects) == 5


def test_rebuilds_restores_and_backups(cfp: Cfp, tmp_path: Path) -> None:
    for number in range(5):
        cfp("put", "k", "c", f"i{number}", "--value", number)
    cfp("rebuild-latest")
    cfp("rebuild-history", next(path.name for path in cfp.base_dir.iterdir() if path.is_dir() and path.name[0] == "2"))
    backup = cfp.json("backup").object
    assert (backup["watermark"], backup["is_readable"]) == (5, True)
    assert cfp.json("list-backups", "--verify").object["problem"] == ""
    restored = Cfp(tmp_path / "restored")
    assert cfp.json("restore", restored.base_dir, "--sequence", 3).object["through"] == 3
    assert len(restored.json("ls", "k", "c").objects) == 3
    cfp("restore", restored.base_dir, code=2)


def test_metrics_are_prometheus_text(cfp: Cfp) -> None:
    cfp("put", "k", "c", "i")
    cfp("backup")
    text = cfp("stats", "--prometheus").out
    names = set()
    for line in text.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (HELP|TYPE) [a-z_0-9]+ .+", line)
        else:
            match = re.fullmatch(r"([a-z_0-9]+)(\{[^}]*\})? [-+0-9.eE]+", line)
            assert match, line
            names.add(match.group(1))
    for word in ("sync", "flush", "unflushed", "log_bytes", "set_aside", "backup"):
        assert any(word in name for name in names), (word, names)


@needs_package
def test_the_package_has_the_same_commands(cfp: Cfp) -> None:
    cfp("put", "k", "c", "i", "--value", 7)
    command = [sys.executable, "-m", "collection_fast_persist", *cfp.command("get", "k", "c", "i", "--json")[1:]]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["value"] == 7
    beside = Path(sys.executable).parent / "cfp"
    assert subprocess.run([beside, "version"], capture_output=True, text=True).stdout == cfp("version").out
    assert subprocess.run([beside, "nonsense"], capture_output=True).returncode == 2

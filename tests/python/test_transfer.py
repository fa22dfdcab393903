"""Records that go to files and come back, and what other programs make of the files."""

from __future__ import annotations

import csv
import json
import math
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Dict, List

import pytest

from collection_fast_persist import (
    CollectionFastPersist,
    CollectionFastPersistError,
    ExportResult,
    ImportResult,
    InvalidArgumentError,
    InvalidRecordError,
    InvalidTypeError,
    TransferProgress,
)
from conftest import Opener

FORMATS = ["jsonl", "csv", "parquet"]


def fill(store: CollectionFastPersist) -> None:
    store.store("k\n\u00e9", {"n": 2**64 - 1, "list": [1, {"a": None}]}, "flag", "c", True, "2024-01-01T00:00:00+02:00", "me")
    for name, value in (("int", -(2**63)), ("real", 0.1), ("inf", math.inf), ("text", 'a\0b,"\n'), ("none", None)):
        store.store("values", {}, name, "", value)
    store.store("values", {}, "gone", "", 1)
    store.delete_item("values", "", "gone", "you")


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_exported_comes_back_as_it_was(open_store: Opener, tmp_path: Path, format: str) -> None:
    store, other = open_store(), open_store(tmp_path / "other")
    fill(store)
    path = tmp_path / f"out.{format}"
    assert store.export(path) == ExportResult(records=6, last_sequence=8)
    assert other.import_records(path) == ImportResult(rows=6, stored=6, deleted=0, last_sequence=6)
    for key in store.keys():
        assert other.get_key(key) == store.get_key(key)
    history = open_store(tmp_path / "history")
    store.export(str(tmp_path / "past"), format, table="history", partition_by="key")
    assert history.import_records(tmp_path / "past", format) == (8, 7, 1, 8)
    assert [v.deleted for v in history.get_history("values", "", "gone")] == [True, False]


def test_other_programs_read_the_files(open_store: Opener, tmp_path: Path) -> None:
    store = open_store(extra_schema={"score": "float64"})
    store.store("k", {"score": 0.5, "label": "x"}, "i", "c", 7, "2024-01-01T00:00:00+02:00")
    for format in FORMATS:
        store.export(tmp_path / f"out.{format}")
    (line,) = (tmp_path / "out.jsonl").read_text().splitlines()
    row: Dict[str, Any] = json.loads(line)
    assert (row["key"], row["value_int"], row["score"], row["cfp_op"], row["version"]) == ("k", 7, 0.5, "store", 1)
    assert row["data"]["label"] == "x" and row["timestamp"] == "2023-12-31 22:00:00"
    with open(tmp_path / "out.csv", newline="") as file:
        (cells,) = csv.DictReader(file)
    assert list(cells) == list(row) and json.loads(cells["data"]) == row["data"]
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(tmp_path / "out.parquet")
    assert list(frame.columns) == list(row) and frame["value_int"].tolist() == [7]


def test_rows_of_others_are_stored_and_bad_ones_named_before_anything_changes(store: CollectionFastPersist, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('key,item_name,value_float,data\nann,height,1.75,"{""unit"": ""m""}"\n')
    assert store.import_records(path).stored == 1
    item = store.get_item("ann", "", "height")
    assert item is not None and item["value"] == 1.75 and item["unit"] == "m"
    path.write_text("key,value_int\na,1\nb,two\n")
    with pytest.raises(InvalidRecordError, match=r"Nothing was imported: row 2 of people.csv: column 'value_int' is no integer"):
        store.import_records(path)
    assert store.get_stats()["last_sequence"] == 1


def test_progress_is_told_and_what_it_raises_ends_the_call(open_store: Opener, tmp_path: Path) -> None:
    store, other = open_store(), open_store(tmp_path / "other")
    store.store_many([{"key": "k", "data": {}, "item_name": str(i), "collection_name": "c"} for i in range(10_000)])
    said: List[TransferProgress] = []
    store.export(tmp_path / "out.csv", progress=said.append)
    assert said[-1] == TransferProgress(10_000, 10_000, False)

    class Stop(Exception):
        pass

    def stop(progress: TransferProgress) -> None:
        if not progress.checking and progress.records >= 3000:
            raise Stop

    with pytest.raises(Stop):
        store.export(tmp_path / "no.csv", progress=stop)
    assert not (tmp_path / "no.csv").exists()
    with pytest.raises(Stop):
        other.import_records(tmp_path / "out.csv", progress=stop)
    assert other.get_stats()["last_sequence"] == 3000
    assert other.import_records(tmp_path / "out.csv", skip_rows=3000).rows == 7000


def test_an_interrupted_import_keeps_whole_batches(tmp_path: Path) -> None:
    lines = tmp_path / "many.jsonl"
    with open(lines, "w") as file:
        for i in range(300_000):
            file.write('{"key":"k%d","item_name":"i"}\n' % i)
    program = (
        "import sys\nfrom collection_fast_persist import *\n"
        "store = CollectionFastPersist('2025-12-24', config=CollectionConfig(base_dir=sys.argv[1]))\n"
        "def tell(p):\n    if not p.checking and p.records == 20_000: print('storing', flush=True)\n"
        "try:\n    store.import_records(sys.argv[2], progress=tell)\n"
        "except KeyboardInterrupt:\n    print(store.get_stats()['last_sequence'], flush=True)\n    store.close()\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "s"), str(lines)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "storing\n"
        run.send_signal(signal.SIGINT)
        stored = int(run.stdout.readline())
        assert run.wait(60) == 0
    assert 20_000 <= stored < 300_000 and stored % 1000 == 0


def test_other_threads_run_during_an_export(open_store: Opener, tmp_path: Path) -> None:
    store = open_store()
    store.store_many([{"key": f"k{i}", "data": {"text": "x" * 200}, "item_name": "i"} for i in range(20_000)])
    done = threading.Event()
    turns = 0

    def export() -> None:
        store.export(tmp_path / "out.parquet")
        done.set()

    thread = threading.Thread(target=export)
    thread.start()
    while not done.is_set():
        turns += 1
    thread.join()
    assert turns > 100


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda s, p: s.export(p / "x.xlsx"), InvalidArgumentError),
        (lambda s, p: s.export(p / "x.csv", "xml"), InvalidArgumentError),
        (lambda s, p: s.export(p / "x.csv", 5), InvalidTypeError),
        (lambda s, p: s.export(None), InvalidTypeError),
        (lambda s, p: s.export(p / "x.csv", table="past"), InvalidArgumentError),
        (lambda s, p: s.export(p / "x.csv", partition_by="colour"), InvalidArgumentError),
        (lambda s, p: s.export(p / "x.csv", partition_by=5), InvalidTypeError),
        (lambda s, p: s.export(p / "x.csv", partition_by=[5]), InvalidTypeError),
        (lambda s, p: s.export(p / "x.csv", progress=5), InvalidTypeError),
        (lambda s, p: s.export(s.base_dir / "x.csv"), InvalidArgumentError),
        (lambda s, p: s.import_records(p / "missing.csv"), InvalidArgumentError),
        (lambda s, p: s.import_records(p), InvalidArgumentError),
        (lambda s, p: s.import_records(p / "x.csv", skip_rows=-1), InvalidArgumentError),
        (lambda s, p: s.import_records(p / "x.csv", skip_rows="1"), InvalidTypeError),
    ],
)
def test_bad_arguments_are_refused(store: CollectionFastPersist, tmp_path: Path, call: Any, error: type) -> None:
    with pytest.raises(error):
        call(store, tmp_path)
    assert os.listdir(tmp_path) == ["store"]


def test_a_read_only_store_only_exports(open_store: Opener, tmp_path: Path) -> None:
    with open_store() as store:
        store.store("k", {}, "i")
    reader = open_store(read_only=True)
    assert reader.export(tmp_path / "out.jsonl").records == 1
    with pytest.raises(CollectionFastPersistError, match="read_only"):
        reader.import_records(tmp_path / "out.jsonl")

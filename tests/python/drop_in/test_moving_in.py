"""What the reference implementation has left, closed or killed, opens here with all that was acknowledged."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
from pathlib import Path
from typing import Any, Dict, List

import pytest

from collection_fast_persist import CollectionConfig, CollectionFastPersist

from .conftest import DATE

# A session of the reference: what it stores, and what it reads of it, which is what has to be found here.
SESSION = """
import datetime as dt, os, pickle, signal, sys
from ionbus_fast_persist import CollectionConfig, CollectionFastPersist
base_dir, date, round, then, answer, ending = *sys.argv[1:3], int(sys.argv[3]), *sys.argv[4:]
lock = os.path.join(base_dir, ".lock_" + date)
if os.path.exists(lock):
    os.utime(lock, (0, 0))  # or it takes the owner for alive
storage = CollectionFastPersist(date, config=CollectionConfig(
    base_dir=base_dir, duckdb_flush_interval_seconds=3600, extra_schema={"priority": "int32", "note": "string"}))
storage.flush_thread.join = lambda timeout=None: None  # or closing waits for a thread that sleeps

def store():
    at = dt.datetime(2025, 1, 15, 12, round, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))
    nested = {"when": "2025-01-15T12:00:00Z", "list": [1, {"day": dt.date(2025, 1, 15)}, None, 2.5, True],
              "text": "\\u00fc"}
    storage.store("key", nested, "nested", "data", round, at, "ada")
    values = {"int": round, "largest": 2**63 - 1 - round, "float": 0.1 + round, "text": "t\\u00e4xt %d" % round,
              "none": None}
    for name, value in values.items():
        storage.store("key", {"label": name, "status": "valid", "status_int": round}, name, "values", value)
    storage.store("key", {"priority": round, "note": "n%d" % round}, "both", "columns")
    storage.store("key", {"round": round}, "new in %d" % round, "values", round)
    storage.store("key %d" % round, {}, value=round)

store()
exec(then)
found = {(key, collection, item): {str(name): value for name, value in data.items()}
         for key, collections in storage.cache.items() for collection, items in collections.items()
         for item, data in items.items()}
with open(answer, "wb") as file:
    pickle.dump(found, file)
exec(ending)
os.kill(os.getpid(), signal.SIGKILL)
"""

Found = Dict[Any, Dict[str, Any]]


class Reference:
    def __init__(self, python: str, directory: Path) -> None:
        self.python = python
        self.directory = directory
        self.base_dir = directory / "store"
        self.found: Found = {}
        self.rounds = 0

    def run(self, then: str, *, ending: str = "", date: str = DATE, zone: str = "UTC") -> None:
        self.rounds += 1
        answer = self.directory / "found"
        done = subprocess.run(
            [self.python, "-c", SESSION, str(self.base_dir), date, str(self.rounds), then, str(answer), ending],
            env={**os.environ, "TZ": zone}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
            timeout=120,
        )
        assert done.returncode == -signal.SIGKILL, done.stdout
        self.found.update(pickle.loads(answer.read_bytes()))


@pytest.fixture
def reference(reference_python: str, tmp_path: Path) -> Reference:
    return Reference(reference_python, tmp_path)


def open_here(reference: Reference, date: str = DATE) -> CollectionFastPersist:
    columns = {"priority": "int32", "note": "string"}
    return CollectionFastPersist(date, config=CollectionConfig(base_dir=reference.base_dir, extra_schema=columns))


def check(reference: Reference, date: str = DATE) -> None:
    """Everything is there, now and after the next open, and goes on."""
    before: List[Any] = []
    for _ in range(2):
        with open_here(reference, date) as storage:
            here = {(key, collection, item): storage.get_item(key, collection, item)
                    for key, collection, item in reference.found}
            assert here == reference.found
            columns = "key, collection_name, item_name, version, value_int, value_float, value_string, priority, note"
            rows = storage.history_conn.execute(f"SELECT {columns} FROM storage_history ORDER BY 1, 2, 3, 4").fetchall()
            assert before in ([], rows)
            before = rows
            found_versions = [row[3] for row in rows if row[1:3] == ("values", "int")]
            assert found_versions == list(range(1, reference.rounds + 1))
            assert [row[7:] for row in rows if row[1] == "columns"] == [
                (number, f"n{number}") for number in range(1, reference.rounds + 1)]
            latest = storage.latest_conn.execute("SELECT count(*) FROM storage_latest").fetchone()
            assert latest == (len(reference.found),)
    with open_here(reference, date) as storage:
        storage.store("key", {}, "int", "values", "stored here")
        record = storage.get_record("key", "values", "int")
        assert record is not None and record["version"] == reference.rounds + 1
    (moved,) = reference.base_dir.glob("before_import_*")
    assert (moved / "storage_history.duckdb").exists()


CLOSED = "storage.close()"
FLUSHED = "storage.flush_data_to_duckdb()"


def test_a_store_that_was_closed_moves_in(reference: Reference) -> None:
    reference.run("", ending=CLOSED)
    check(reference)


def test_a_store_that_was_closed_twice_moves_in(reference: Reference) -> None:
    reference.run("", ending=CLOSED)
    reference.run("", ending=CLOSED)
    check(reference)


def test_a_store_that_was_killed_moves_in(reference: Reference) -> None:
    reference.run("")
    check(reference)


def test_a_store_that_was_killed_behind_a_flush_moves_in(reference: Reference) -> None:
    reference.run("", ending=CLOSED)
    reference.run(FLUSHED)
    check(reference)


def test_a_store_that_was_killed_with_records_behind_a_flush_moves_in(reference: Reference) -> None:
    reference.run("", ending=CLOSED)
    reference.run(FLUSHED + "; storage.store('key', {'late': True}, 'late', 'values', 1)")
    check(reference)


def test_the_log_of_another_date_moves_in(reference: Reference) -> None:
    reference.run("", date="2025-12-23")
    reference.run("")
    check(reference, date="2025-12-25")


def test_a_store_of_a_machine_outside_of_utc_moves_in_with_its_moments(reference: Reference) -> None:
    reference.run("", ending=CLOSED, zone="Asia/Tokyo")
    check(reference)


def test_a_line_that_was_cut_off_by_the_kill_costs_nothing_else(reference: Reference) -> None:
    reference.run("")
    log = max((reference.base_dir / DATE).glob("wal_*.jsonl"))
    with open(log, "a", encoding="utf-8") as file:
        file.write('{"key": "key", "collection_name": "val')
    check(reference)

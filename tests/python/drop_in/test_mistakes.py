"""Input that must be refused, crashes and damage: where the reference loses records."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from typing import Any

import pytest

from collection_fast_persist import CollectionFastPersistError
from fast_persist_common import ExtraSchemaError

from . import IS_REFERENCE, differs
from .conftest import DATE, Place

# What becomes of it in the reference: "kept", or "stuck" in a flush that never works again; "raised" by store(), and in
# the cache all the same.
POISON = [
    pytest.param({"n": 2**64}, None, "kept", id="int-in-data"),
    pytest.param({"n": float("nan")}, None, "kept", id="nan-in-data"),
    pytest.param({}, 2**64, "stuck", id="int"),
    pytest.param({"status_int": "high"}, None, "stuck", id="status_int"),
    pytest.param({"text": "\ud800"}, None, "stuck", id="surrogate"),
    pytest.param({"values": {1, 2}}, None, "raised", id="set"),
]


@differs("exact-or-refused")
@pytest.mark.parametrize("data, value, outcome", POISON)
def test_what_cannot_be_kept(data: Any, value: Any, outcome: str, place: Place) -> None:
    storage = place.open()
    storage.store("key", {"label": "good"}, "item", "collection", 1)
    before = dict(storage.get_item("key", "collection", "item") or {})
    with contextlib.nullcontext() if IS_REFERENCE and outcome != "raised" else pytest.raises((TypeError, ValueError)):
        storage.store("key", data, "item", "collection", value)
    assert (storage.get_item("key", "collection", "item") == before) is not IS_REFERENCE

    if not IS_REFERENCE:
        storage = place.reopen()
        assert storage.get_item("key", "collection", "item") == before
        assert storage.history_conn.execute("SELECT count(*) FROM storage_history").fetchone() == (1,)
        return
    for _ in range(2):
        with contextlib.suppress(Exception):
            storage.flush_data_to_duckdb()
        (rows,) = storage.history_conn.execute("SELECT count(*) FROM storage_history").fetchone() or ()
        assert rows == (2 if outcome == "kept" else 0)  # the good one is not there either
    if outcome == "stuck":
        storage.close()
        assert not list(storage.wal_dir.glob("wal_*"))  # nor anywhere else now


@differs("column-names")
def test_a_column_name_that_is_sql(place: Place) -> None:
    columns = {"a INTEGER, b": "int32"}
    if IS_REFERENCE:
        sql = "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'storage_history' AND column_name IN ('a', 'b')"
        assert place.open(extra_schema=columns).history_conn.execute(sql).fetchone() == (2,)
    else:
        with pytest.raises(ExtraSchemaError):
            place.open(extra_schema=columns)


@differs("columns-are-checked")
def test_a_value_that_does_not_fit_its_column(place: Place) -> None:
    storage = place.open(extra_schema={"priority": "int8"})
    if IS_REFERENCE:
        storage.store("key", {"priority": "high"}, "item", "collection")
        storage.flush_data_to_duckdb()
        assert storage.get_stats()["pending_writes"] == 1
    else:
        for wrong in ("high", 128, 1.5):
            with pytest.raises(ExtraSchemaError, match="priority"):
                storage.store("key", {"priority": wrong}, "item", "collection")
        assert storage.get_key("key") is None


@differs("get-key-loads")
def test_get_key_behind_a_restart(place: Place) -> None:
    place.open().store("key", {}, "item", "collection", 1)
    storage = place.reopen()
    found: Any = storage.get_key("key")
    assert (found is None) is IS_REFERENCE
    assert storage.get_item("key", "collection", "item") is not None
    found = storage.get_key("key")
    assert found["collection"]["item"]["value"] == 1


def test_a_crash_loses_nothing_that_was_stored_in_its_session(place: Place) -> None:
    place.kill("for n in range(100):\n  storage.store('key', {'n': n}, f'{n:03}', 'collection', n)\n")
    storage = place.open()
    found: Any = storage.get_key("key", "collection")
    assert [(name, item["n"], item["value"]) for name, item in found.items()] == [(f"{n:03}", n, n) for n in range(100)]
    rows = storage.history_conn.execute("SELECT count(*), max(version) FROM storage_history").fetchone()
    assert rows == (100, 1)


def test_a_crash_in_the_middle_of_a_line_costs_that_line(place: Place) -> None:
    place.kill("for n in range(3):\n  storage.store('key', {'n': n}, str(n), 'collection', n)\n")
    log = place.directory / DATE / "wal_000001.jsonl"
    lines = log.read_bytes().rstrip(b"\0")
    log.write_bytes(lines[:-20])
    found = place.open().get_key("key", "collection")
    assert list(found or {}) == ["0", "1"]


@differs("torn-tail")
def test_a_record_behind_a_line_that_was_cut_off(place: Place) -> None:
    place.kill("storage.store('key', {}, 'first', 'collection', 1)\n")
    log = place.directory / DATE / "wal_000001.jsonl"
    log.write_bytes(log.read_bytes().rstrip(b"\0")[:-20])
    place.kill("storage.store('key', {}, 'second', 'collection', 2)\n")
    item = place.open().get_item("key", "collection", "second")
    assert (item is None) is IS_REFERENCE


@differs("exactly-once")
def test_a_crash_between_the_commit_of_a_flush_and_the_end_of_its_log(place: Place) -> None:
    place.kill("storage._cleanup_old_wals = lambda: os.kill(os.getpid(), signal.SIGKILL)\n"  # ours keeps the log
               "storage.store('key', {}, 'item', 'collection', 1)\nstorage.flush_data_to_duckdb()\n")
    rows = place.open().history_conn.execute("SELECT version FROM storage_history ORDER BY version").fetchall()
    assert rows == ([(1,), (2,)] if IS_REFERENCE else [(1,)])


@differs("latest-follows")
def test_a_crash_behind_a_flush(place: Place) -> None:
    storage = place.open(dt.date.today())
    storage.store("key", {}, "item", "collection", 1)
    storage.close()
    place.kill("storage.store('key', {}, 'item', 'collection', 2)\nstorage.flush_data_to_duckdb()\n",
               dt.date.today().isoformat())
    storage = place.open(dt.date.today())
    item: Any = storage.get_item("key", "collection", "item")
    assert item["value"] == (1 if IS_REFERENCE else 2)


@differs("whole-collections")
def test_a_collection_behind_a_crash(place: Place) -> None:
    place.open()
    storage = place.reopen()
    for number in range(100):
        storage.store("key", {}, str(number), "collection", number)
    storage.close()
    place.kill("storage.store('key', {}, '7', 'collection', 'seven')\n")
    found: Any = place.open().get_key("key", "collection")
    assert found["7"]["value"] == "seven"
    assert len(found) == (1 if IS_REFERENCE else 100)


@differs("every-date")
def test_a_restart_on_another_date(place: Place) -> None:
    place.kill("storage.store('key', {}, 'item', 'collection', 1)\n")
    storage = place.open("2025-12-25")
    assert (storage.get_item("key", "collection", "item") is None) is IS_REFERENCE


@differs("damaged-line")
def test_a_damaged_line(place: Place) -> None:
    place.kill("for n in range(9):\n  storage.store('key', {}, str(n), 'collection', n)\n")
    log = place.directory / DATE / "wal_000001.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    damaged = 4 if IS_REFERENCE else 5  # ours has a line in front that says whose log it is
    lines[damaged] = b"x" * (len(lines[damaged]) - 1) + b"\n"
    log.write_bytes(b"".join(lines))
    if IS_REFERENCE:
        found = place.open().get_key("key", "collection")
        assert list(found or {}) == ["0", "1", "2", "3"]
    else:
        with pytest.raises(CollectionFastPersistError) as caught:
            place.open()
        assert caught.value.code == "corrupt" and "repair(base_dir)" in str(caught.value)
        from collection_fast_persist import repair

        repair(place.directory, dry_run=False)
        found = place.open().get_key("key", "collection")
        assert list(found or {}) == ["0", "1", "2", "3", "5", "6", "7", "8"]


@differs("health-reads-everything")
def test_the_health_of_damaged_rows(place: Place) -> None:
    storage = place.open()
    texts = random.Random(1)
    for number in range(300):
        storage.store("key", {"text": f"{texts.getrandbits(40_000):x}"}, str(number), "collection")
    storage.close()
    whole = bytearray(storage.history_db_path.read_bytes())
    whole[len(whole) // 2] ^= 1
    copy = storage.history_db_path.with_name("copy")
    copy.write_bytes(whole)
    assert place.open("2025-12-25").check_database_health(copy, "storage_history") is IS_REFERENCE


@differs("retention-of-ours")
def test_directories_that_are_named_like_dates(place: Place) -> None:
    storage = place.open()
    mine = place.directory / "2001-01-01"
    mine.mkdir()
    (mine / "photo.jpg").write_text("mine")
    storage.store("key", {}, "item", "collection", 1)
    storage.close()
    assert (mine / "photo.jpg").exists() is not IS_REFERENCE
    assert (storage.wal_dir / "storage_history.duckdb.backup").exists() is not IS_REFERENCE

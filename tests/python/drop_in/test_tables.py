"""SQL, statistics, health, rebuilds, custom columns and the log, of stores that are well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, List, Tuple

import pytest

from collection_fast_persist import CollectionFastPersist
from fast_persist_common import ExtraSchemaError

from . import IS_REFERENCE, differs
from .conftest import DATE, Place

COLUMNS = [
    ("key", "VARCHAR"), ("collection_name", "VARCHAR"), ("item_name", "VARCHAR"), ("data", "JSON"),
    ("value_int", "BIGINT"), ("value_float", "DOUBLE"), ("value_string", "VARCHAR"), ("timestamp", "TIMESTAMP"),
    ("status", "VARCHAR"), ("status_int", "INTEGER"), ("username", "VARCHAR"), ("updated_at", "TIMESTAMP"),
    ("version", "INTEGER"),
]


def history(storage: CollectionFastPersist, columns: str = "item_name, value_int, version") -> List[Tuple[Any, ...]]:
    return storage.history_conn.execute(f"SELECT {columns} FROM storage_history ORDER BY item_name, version").fetchall()


def latest(storage: CollectionFastPersist, columns: str = "item_name, value_int, version") -> List[Tuple[Any, ...]]:
    return storage.latest_conn.execute(f"SELECT {columns} FROM storage_latest ORDER BY item_name").fetchall()


def store_three(storage: CollectionFastPersist) -> None:
    """Two versions of a, one of b."""
    for item, value in (("a", 1), ("a", 2), ("b", 3)):
        storage.store("key", {"label": item}, item, "collection", value)


def test_history_has_every_version_and_latest_the_last(place: Place) -> None:
    storage = place.open()
    store_three(storage)
    storage.flush_data_to_duckdb()
    storage._update_latest_table()
    assert history(storage) == [("a", 1, 1), ("a", 2, 2), ("b", 3, 1)]
    assert latest(storage) == [("a", 2, 1), ("b", 3, 1)]


@differs("sql-sees-everything")
def test_sql_behind_a_store(place: Place) -> None:
    storage = place.open()
    store_three(storage)
    assert len(history(storage)) == (0 if IS_REFERENCE else 3)
    assert len(latest(storage)) == (0 if IS_REFERENCE else 2)


@differs("own-columns")
@pytest.mark.parametrize("table", ["storage_history", "storage_latest"])
def test_the_columns_of_the_tables(table: str, place: Place) -> None:
    storage = place.open()
    connection = storage.history_conn if table == "storage_history" else storage.latest_conn
    sql = f"SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '{table}' ORDER BY column_index"
    found = connection.execute(sql).fetchall()
    assert found[: len(COLUMNS)] == COLUMNS
    own = [name for name, _ in found[len(COLUMNS) :]]
    assert (own == []) is IS_REFERENCE and all(name.startswith("cfp_") for name in own)


def test_values_of_special_fields_are_in_columns_of_their_own(place: Place) -> None:
    storage = place.open()
    storage.store("key", {"status": "valid", "status_int": 7, "username": "ada"}, "item", "collection", 1.5)
    storage.flush_data_to_duckdb()
    columns = "status, status_int, username, value_int, value_float, value_string"
    assert history(storage, columns) == [("valid", 7, "ada", None, 1.5, None)]
    (text,) = history(storage, "data")[0]
    assert list(json.loads(text)) == ["status", "status_int", "username", "timestamp"]


def test_a_query_takes_parameters_and_gives_its_rows_in_three_ways(place: Place) -> None:
    storage = place.open()
    store_three(storage)
    storage.flush_data_to_duckdb()

    def ask() -> Any:
        sql = "SELECT version, value_int AS number FROM storage_history WHERE item_name = ? ORDER BY version"
        return storage.history_conn.execute(sql, ["a"])

    assert ask().fetchall() == [(1, 1), (2, 2)]
    result = ask()
    assert (result.fetchone(), result.fetchone(), result.fetchone()) == ((1, 1), (2, 2), None)
    assert ask().fetchmany(1) == [(1, 1)]
    assert [column[0] for column in ask().description] == ["version", "number"]


def test_a_query_gives_a_data_frame(place: Place) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    storage = place.open()
    store_three(storage)
    storage.flush_data_to_duckdb()
    frame = storage.history_conn.execute("SELECT item_name, version FROM storage_history ORDER BY 1, 2").df()
    assert frame.to_dict("list") == {"item_name": ["a", "a", "b"], "version": [1, 2, 1]}


@differs("sql-only-reads")
def test_writing_by_sql(place: Place) -> None:
    storage = place.open()
    store_three(storage)
    storage.flush_data_to_duckdb()
    if IS_REFERENCE:
        storage.history_conn.execute("DELETE FROM storage_history")
        assert history(storage) == []
    else:
        with pytest.raises(Exception, match="SELECT"):
            storage.history_conn.execute("DELETE FROM storage_history")
        assert len(history(storage)) == 3


@differs("more-stats")
def test_the_stats(place: Place) -> None:
    storage = place.open()
    storage.store("other", {}, "item", "collection")
    store_three(storage)
    stats = storage.get_stats()
    assert list(stats)[:7] == ["cache_size", "pending_writes", "modified_records", "current_wal_size",
                               "current_wal_count", "wal_files_count", "wal_sequence"]
    assert (len(stats) > 7) is not IS_REFERENCE
    expected = {"cache_size": 2, "modified_records": 3, "current_wal_count": 4, "wal_files_count": 1, "wal_sequence": 1}
    assert {name: stats[name] for name in expected} == expected
    assert stats["pending_writes"] == (2 if IS_REFERENCE else 1)
    assert stats["current_wal_size"] > 0
    storage.flush_data_to_duckdb()
    assert storage.get_stats()["pending_writes"] == 0
    storage._update_latest_table()
    assert storage.get_stats()["modified_records"] == 0


@differs("log-lines")
def test_a_line_of_the_log(place: Place) -> None:
    storage = place.open()
    storage.store("key", {"n": [1, "x"]}, "item", "collection", 1.5, "2025-01-15T12:00:00Z", "ada")
    text = (storage.wal_dir / "wal_000001.jsonl").read_bytes()
    assert text.endswith(b"\0") is not IS_REFERENCE
    line = json.loads(text.rstrip(b"\0").splitlines()[-1])
    names = ["key", "collection_name", "item_name", "data", "value", "username", "timestamp"]
    assert list(line)[:7] == names
    assert (len(line) > 7) is not IS_REFERENCE
    assert line["data"]["n"] == [1, "x"]
    assert [line[name] for name in names if name != "data"] == [
        "key", "collection", "item", 1.5, "ada", "2025-01-15T12:00:00+00:00"]


def test_custom_columns_are_filled_from_data(place: Place) -> None:
    columns = {"priority": "int32", "score": "float64", "category": "string", "done": "bool"}
    storage = place.open(extra_schema=columns)
    storage.store("key", {"priority": 1, "score": 95.5, "category": "urgent", "done": False}, "a", "collection")
    storage.store("key", {"priority": 5, "category": None}, "b", "collection")
    storage.flush_data_to_duckdb()
    storage._update_latest_table()
    expected = [(1, 95.5, "urgent", False), (5, None, None, None)]
    assert history(storage, "priority, score, category, done") == expected
    assert latest(storage, "priority, score, category, done") == expected
    item: Any = place.reopen(extra_schema=columns).get_item("key", "collection", "a")
    assert (item["priority"], item["done"]) == (1, False)


@pytest.mark.parametrize("columns, words", [({"version": "int32"}, "version"), ({"fine": "decimal"}, "fine")])
def test_a_reserved_name_and_an_unknown_type_are_refused(columns: Any, words: str, place: Place) -> None:
    with pytest.raises(ExtraSchemaError, match=words):
        place.open(extra_schema=columns)


@differs("adding-a-column")
def test_a_new_custom_column(place: Place) -> None:
    store_three(place.open())
    if IS_REFERENCE:
        storage = place.reopen(extra_schema={"priority": "int32"})
        storage.store("key", {"priority": 1}, "c", "collection")
        storage.flush_data_to_duckdb()
        assert len(history(storage)) == 3 and storage.get_stats()["pending_writes"] == 1
    else:
        with pytest.raises(ExtraSchemaError, match="priority"):
            place.reopen(extra_schema={"priority": "int32"})


def test_a_store_that_is_well_is_healthy(place: Place) -> None:
    storage = place.open()
    store_three(storage)
    storage.flush_data_to_duckdb()
    assert storage.check_database_health(storage.history_db_path, "storage_history", storage.history_conn) is True
    assert storage.check_database_health(storage.latest_db_path, "storage_latest", storage.latest_conn) is True
    storage.close()
    copy = storage.history_db_path.with_name("copy")
    copy.write_bytes(storage.history_db_path.read_bytes())
    storage = place.open("2025-12-25")
    assert storage.check_database_health(copy, "storage_history") is True


def test_what_is_no_database_is_not_healthy(place: Place, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database" * 1000)
    assert place.open().check_database_health(tmp_path / "text", "storage_history") is False


@differs("health-of-nothing")
def test_the_health_of_a_missing_database(place: Place, tmp_path: Path) -> None:
    assert place.open().check_database_health(tmp_path / "missing", "storage_history") is IS_REFERENCE


@differs("health-of-another-table")
def test_the_health_of_a_table_that_is_not_the_store_s(place: Place) -> None:
    storage = place.open()
    store_three(storage)
    storage.flush_data_to_duckdb()
    name = "storage_history; DELETE FROM storage_history"
    if IS_REFERENCE:
        storage.check_database_health(storage.history_db_path, name, storage.history_conn)
        assert history(storage) == []
    else:
        with pytest.raises(ValueError):
            storage.check_database_health(storage.history_db_path, name, storage.history_conn)
        assert len(history(storage)) == 3


def test_rebuilding_latest_counts_its_rows(place: Place) -> None:
    storage = place.open()
    store_three(storage)
    storage.flush_data_to_duckdb()
    assert storage.rebuild_latest_from_history() == 2
    assert latest(storage) == [("a", 2, 1), ("b", 3, 1)]
    assert storage.get_key("key", "collection") is not None


@differs("rebuild-latest-flushes")
def test_rebuilding_latest_with_records_that_are_not_flushed(place: Place) -> None:
    storage = place.open()
    storage.store("key", {}, "a", "collection", 1)
    storage.flush_data_to_duckdb()
    storage.store("key", {}, "a", "collection", 2)
    assert storage.rebuild_latest_from_history() == 1
    item: Any = storage.get_item("key", "collection", "a")
    assert item["value"] == (1 if IS_REFERENCE else 2)


@pytest.mark.parametrize("date", ["2020-01-01", "1999-12-31"])
def test_rebuilding_history_of_a_date_without_a_log_is_zero(date: str, place: Place) -> None:
    assert place.open().rebuild_history_from_wal(date) == 0


@differs("date-text")
def test_rebuilding_history_of_a_date_that_is_a_path(place: Place) -> None:
    if IS_REFERENCE:
        assert place.open().rebuild_history_from_wal("..") == 0
    else:
        with pytest.raises(ValueError):
            place.open().rebuild_history_from_wal("..")


@differs("rebuild-history-counts")
def test_rebuilding_history(place: Place) -> None:
    storage = place.open()
    store_three(storage)
    for _ in range(2):
        assert storage.rebuild_history_from_wal(DATE) == 3
    assert len(history(storage)) == (6 if IS_REFERENCE else 3)
    storage.flush_data_to_duckdb()
    assert storage.rebuild_history_from_wal(DATE) == (0 if IS_REFERENCE else 3)
    assert len(history(storage)) == (9 if IS_REFERENCE else 3)

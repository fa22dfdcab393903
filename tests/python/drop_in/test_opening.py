"""Constructors, attributes, closing, and the names that are imported."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest

from collection_fast_persist import CollectionConfig, CollectionFastPersist, CollectionFastPersistError
from fast_persist_common import ExtraSchemaError, StorageKeys

from . import IS_REFERENCE, differs
from .conftest import DATE, Place


@pytest.mark.parametrize("date", [DATE, dt.date(2025, 12, 24), dt.datetime(2025, 12, 24, 23, 59)])
def test_a_date_may_have_three_types(date: Any, place: Place) -> None:
    storage = place.open(date)
    assert storage.date_str == DATE
    assert storage.wal_dir.name == DATE and storage.wal_dir.is_dir()


def test_base_dir_may_be_the_second_argument(place: Place) -> None:
    storage = place.close_at_end(CollectionFastPersist(DATE, str(place.directory)))
    assert Path(storage.config.base_dir) == storage.base_dir == place.directory


def test_base_dir_may_come_with_the_config(place: Place) -> None:
    config = CollectionConfig(base_dir=str(place.directory), retain_days=7)
    storage = place.close_at_end(CollectionFastPersist(date=DATE, config=config))
    assert storage.base_dir == place.directory
    assert storage.config.retain_days == 7


def test_base_dir_has_a_default(place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    place.close_at_end(CollectionFastPersist(DATE))
    assert (tmp_path / "collection_storage" / "storage_history.duckdb").exists()


@differs("base-dir-wins")
def test_base_dir_beside_a_config(place: Place, tmp_path: Path) -> None:
    config = CollectionConfig(base_dir=str(place.directory))
    storage = place.close_at_end(CollectionFastPersist(DATE, str(tmp_path / "argument"), config))
    assert storage.base_dir == (place.directory if IS_REFERENCE else tmp_path / "argument")


@differs("absolute-base-dir")
def test_a_relative_base_dir(place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    storage = place.close_at_end(CollectionFastPersist(DATE, "./store"))
    assert storage.base_dir == (Path("store") if IS_REFERENCE else tmp_path / "store")
    assert storage.history_db_path.samefile(tmp_path / "store" / "storage_history.duckdb")


@differs("date-text")
def test_the_text_of_a_date_with_a_time(place: Place) -> None:
    if IS_REFERENCE:
        assert place.open(f"{DATE}T08:00").date_str == DATE
    else:
        with pytest.raises(ValueError):
            place.open(f"{DATE}T08:00")


@pytest.mark.parametrize("date", ["", "today", "2025-13-01", "../2025-12-24"])
def test_text_that_is_no_date_is_a_value_error(date: str, place: Place) -> None:
    with pytest.raises(ValueError):
        place.open(date)


def test_the_files_have_attributes(place: Place) -> None:
    storage = place.open()
    assert storage.history_db_path == place.directory / "storage_history.duckdb"
    assert storage.latest_db_path == place.directory / "storage_latest.duckdb"
    assert storage.lock_file_path == place.directory / f".lock_{DATE}"
    assert storage.wal_dir == place.directory / DATE
    assert all(path.exists() for path in (storage.history_db_path, storage.latest_db_path, storage.lock_file_path))


def test_close_leaves_backups_and_neither_log_nor_lock(place: Place) -> None:
    storage = place.open(dt.date.today())
    storage.store("key", {}, "item", "collection", 1)
    assert [path.name for path in storage.wal_dir.glob("wal_*.jsonl")] == ["wal_000001.jsonl"]
    storage.close()
    assert not list(storage.wal_dir.glob("wal_*.jsonl"))
    assert not storage.lock_file_path.exists()
    assert (storage.wal_dir / "storage_history.duckdb.backup").exists()
    assert (storage.wal_dir / "storage_latest.duckdb.backup").exists()


@differs("close-twice")
def test_closing_twice(place: Place) -> None:
    storage = place.open()
    storage.store("key", {})
    storage.close()
    if IS_REFERENCE:
        with pytest.raises(ValueError, match="closed file"):
            storage.close()
    else:
        storage.close()


@differs("after-close")
def test_storing_after_close(place: Place) -> None:
    storage = place.open()
    storage.store("key", {}, "item", "collection", 1)
    storage.close()
    if IS_REFERENCE:
        with pytest.raises(ValueError, match="closed file"):
            storage.store("key", {}, "item", "collection", 2)
        item = storage.get_item("key", "collection", "item")
        assert item is not None and item["value"] == 2  # although store() raised
    else:
        with pytest.raises(CollectionFastPersistError) as caught:
            storage.store("key", {}, "item", "collection", 2)
        assert caught.value.code == "closed"


@differs("with-statement")
def test_the_with_statement(place: Place) -> None:
    assert hasattr(CollectionFastPersist, "__exit__") is not IS_REFERENCE
    if not IS_REFERENCE:
        with place.open() as storage:
            storage.store("key", {})
        assert not storage.lock_file_path.exists()


@differs("lock")
def test_a_second_instance(place: Place) -> None:
    text = f"Another instance is already running for date {DATE}."
    storage = place.open()
    with pytest.raises(CollectionFastPersistError, match=text):
        place.open()
    os.utime(storage.lock_file_path, (0, 0))  # it was opened a while ago
    if IS_REFERENCE:
        with pytest.raises(CollectionFastPersistError, match="Database may be corrupted. To recover:\n1. Delete"):
            place.open()
    else:
        with pytest.raises(CollectionFastPersistError, match=text):
            place.open()
        with pytest.raises(CollectionFastPersistError, match="Another instance is already running"):
            place.open("2025-12-25")


@differs("error-classes")
def test_the_classes_of_errors(place: Place) -> None:
    assert issubclass(CollectionFastPersistError, Exception)
    with pytest.raises(ExtraSchemaError) as caught:
        place.open(extra_schema={"key": "string"})
    assert isinstance(caught.value, CollectionFastPersistError) is not IS_REFERENCE
    assert isinstance(caught.value, ValueError) is not IS_REFERENCE
    assert hasattr(caught.value, "code") is not IS_REFERENCE


def test_the_config_is_a_dataclass_with_these_defaults() -> None:
    fields = [(field.name, field.default) for field in dataclasses.fields(CollectionConfig)]
    assert fields[:6] == [
        ("base_dir", "./collection_storage"), ("max_wal_size", 10_485_760), ("batch_size", 1000),
        ("duckdb_flush_interval_seconds", 30), ("retain_days", 5), ("extra_schema", None)]
    assert CollectionConfig("here", 1, 2, 3, 4, {}) == CollectionConfig("here", 1, 2, 3, 4, {})


def test_storage_keys_are_text() -> None:
    found = {key.name: key.value for key in StorageKeys}
    assert found == {"PROCESS_NAME": "process_name", "TIMESTAMP": "timestamp", "STATUS": "status",
                     "STATUS_INT": "status_int", "USERNAME": "username"}
    assert "status" in {StorageKeys.STATUS} and {"status": 1}[StorageKeys.STATUS] == 1
    assert f"{StorageKeys.STATUS}" == str(StorageKeys.STATUS) == "status"
    assert "-".join([StorageKeys.STATUS, "x"]) == "status-x"

"""What is refused: every row of docs/formats/record.md, with a message that names the place; nothing changes by it (P5, P6)."""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import math
import os
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from conftest import DATE, Opener

import collection_fast_persist as package
from collection_fast_persist import (
    CollectionConfig,
    CollectionFastPersist,
    CollectionFastPersistError,
    ExtraSchemaError,
    InvalidArgumentError,
    InvalidRecordError,
    InvalidTypeError,
)

cycle: dict[str, Any] = {}
cycle["again"] = {"list": [cycle]}
deep: Any = 0
for _ in range(101):
    deep = [deep]


class Wandering(dt.tzinfo):
    """Changes the dict that is being stored, from within."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def utcoffset(self, _: Any) -> dt.timedelta:
        self.data[f"more{len(self.data)}"] = 1
        return dt.timedelta(0)

    def dst(self, _: Any) -> None:
        return None

    def tzname(self, _: Any) -> str:
        return "nowhere"


ARGUMENTS = {
    "key int": ({"key": 1}, InvalidTypeError, "key: must be a str, not int"),
    "key None": ({"key": None}, InvalidTypeError, "key: must be a str, not NoneType"),
    "key bytes": ({"key": b"k"}, InvalidTypeError, "key: must be a str, not bytes"),
    "key NUL": ({"key": "a\0b"}, InvalidRecordError, "key"),
    "key surrogate": ({"key": "\ud800"}, InvalidRecordError, "key: contains a lone surrogate"),
    "key long": ({"key": "ü" * 2049}, InvalidRecordError, "at most 4,096 bytes"),
    "item_name int": ({"item_name": 1}, InvalidTypeError, "item_name: must be a str"),
    "item_name NUL": ({"item_name": "\0"}, InvalidRecordError, "item_name"),
    "collection_name list": ({"collection_name": []}, InvalidTypeError, "collection_name: must be a str"),
    "data None": ({"data": None}, InvalidTypeError, "data: must be a dict, not NoneType"),
    "data text": ({"data": "{}"}, InvalidTypeError, "data: must be a dict, not str"),
    "data list": ({"data": []}, InvalidTypeError, "data: must be a dict, not list"),
    "value huge": ({"value": 2**63}, InvalidRecordError, "value: an int outside of 64 bits"),
    "value date": ({"value": dt.date(2025, 1, 1)}, InvalidTypeError, "value"),
    "value list": ({"value": [1]}, InvalidTypeError, "value"),
    "value decimal": ({"value": decimal.Decimal(1)}, InvalidTypeError, "value: a decimal.Decimal cannot be stored"),
    "value surrogate": ({"value": "\udfff"}, InvalidRecordError, "value: contains a lone surrogate"),
    "value differs": ({"value": 1, "data": {"value": 2}}, InvalidRecordError, "value"),
    "timestamp text": ({"timestamp": "yesterday"}, InvalidRecordError, "timestamp: 'yesterday' is no ISO 8601"),
    "timestamp digits": ({"timestamp": "20250115"}, InvalidRecordError, "timestamp"),
    "timestamp int": ({"timestamp": 1}, InvalidTypeError, "timestamp"),
    "timestamp early": (
        {"timestamp": dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))},
        InvalidRecordError,
        "outside of the years 1 to 9999",
    ),
    "timestamp in data": ({"data": {"timestamp": "soon"}}, InvalidRecordError, "timestamp"),
    "username int": ({"username": 1}, InvalidTypeError, "username: must be a str"),
    "status int": ({"data": {"status": 1}}, InvalidRecordError, "status"),
    "status_int text": ({"data": {"status_int": "high"}}, InvalidRecordError, "status_int"),
    "status_int large": ({"data": {"status_int": 2**31}}, InvalidRecordError, "status_int"),
}

DATA = {
    "nan": ({"a": {"b": [0, math.nan]}}, "data.a.b[1]: NaN"),
    "infinity": ({"a": -math.inf}, "data.a: NaN and infinities"),
    "huge": ({"a": [2**64]}, "data.a[0]: an int outside of 64 bits"),
    "low": ({"a": -(2**63) - 1}, "data.a: an int outside of 64 bits"),
    "surrogate": ({"a": "x\ud800"}, "data.a: contains a lone surrogate"),
    "name surrogate": ({"\ud800": 1}, "contains a lone surrogate"),
    "name int": ({"a": {1: 2}}, "data.a.?: a field name must be a str, not int"),
    "name None": ({None: 2}, "a field name must be a str, not NoneType"),
    "decimal": ({"a": decimal.Decimal("1.5")}, "data.a: a decimal.Decimal cannot be stored; store str(value)"),
    "uuid": ({"a": [uuid.UUID(int=1)]}, "data.a[0]: a uuid.UUID cannot be stored"),
    "set": ({"a": {1}}, "data.a: a set cannot be stored; store a list"),
    "bytes": ({"a": b"x"}, "data.a: a bytes cannot be stored"),
    "object": ({"a": object()}, "data.a: a object cannot be stored"),
    "class": ({"a": int}, "data.a: a type cannot be stored"),
    "fraction": ({"a": fractions.Fraction(1, 2)}, "data.a: a fractions.Fraction"),
    "time": ({"a": dt.time(12)}, "data.a: a datetime.time cannot be stored; store value.isoformat()"),
    "complex": ({"a": 1j}, "data.a: a complex"),
    "generator": ({"a": (i for i in range(3))}, "data.a: a generator"),
    "seconds of offset": (
        {"a": dt.datetime(1900, 1, 1, tzinfo=dt.timezone(dt.timedelta(seconds=1)))},
        "data.a: its offset from UTC is not in whole minutes",
    ),
    "deep": ({"a": deep}, "nested deeper than 100 levels"),
    "cycle": (cycle, "nested deeper than 100 levels, or contains itself"),
    "value list": ({"value": [1]}, "value"),
}


def assert_untouched(store: CollectionFastPersist) -> None:
    assert store.get_stats()["last_sequence"] == 0 and store.cached_keys() == []
    assert store.get_key("k") is None


@pytest.mark.parametrize("changed, error, message", ARGUMENTS.values(), ids=ARGUMENTS)
def test_an_argument_is_refused_by_its_name(
    untouched: CollectionFastPersist, changed: dict[str, Any], error: type[Exception], message: str
) -> None:
    arguments = {"key": "k", "data": {}, "item_name": "i", "collection_name": "c", **changed}
    with pytest.raises(error) as caught:
        untouched.store(**arguments)
    assert type(caught.value) is error and message in str(caught.value)
    assert isinstance(caught.value, CollectionFastPersistError) and caught.value.code == "invalid_record"
    assert_untouched(untouched)


@pytest.mark.parametrize("data, message", DATA.values(), ids=DATA)
def test_data_is_refused_with_the_path(untouched: CollectionFastPersist, data: dict[Any, Any], message: str) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        untouched.store("k", data, "i", "c")
    assert message in str(caught.value)
    assert_untouched(untouched)


def test_wrong_types_are_type_errors_and_value_errors_too(store: CollectionFastPersist) -> None:
    with pytest.raises(TypeError):
        store.store(1, {})  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        store.store("k", {"a": math.nan})
    with pytest.raises(TypeError):
        store.store("k")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        store.store("k", {}, no_such_argument=1)  # type: ignore[call-arg]


def test_a_dict_that_changes_while_it_is_stored_is_refused(store: CollectionFastPersist) -> None:
    data: dict[str, Any] = {}
    data["when"] = dt.datetime(2025, 1, 1, tzinfo=Wandering(data))
    data["then"] = 1
    with pytest.raises(InvalidRecordError, match="the dict changed while it was stored"):
        store.store("k", data, "i", "c")
    rows: list[Any] = []
    rows += [dt.datetime(2025, 1, 1, tzinfo=Wandering({})), 1]

    class Growing(Wandering):
        def utcoffset(self, _: Any) -> dt.timedelta:
            rows.append(1)
            return dt.timedelta(0)

    rows[0] = dt.datetime(2025, 1, 1, tzinfo=Growing({}))
    with pytest.raises(InvalidRecordError, match="the list changed while it was stored"):
        store.store("k", {"rows": rows}, "i", "c")
    assert_untouched(store)


def test_a_dict_that_another_thread_changes_is_stored_whole_or_refused(store: CollectionFastPersist) -> None:
    data: dict[str, Any] = {f"f{number}": {"n": number} for number in range(50)}
    stop = threading.Event()

    def change() -> None:
        number = 0
        while not stop.is_set():
            data[f"x{number % 20}"] = [number]
            data.pop(f"x{(number * 7) % 20}", None)
            number += 1

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(300):
            try:
                store.store("k", data, "i", "c")
            except InvalidRecordError as error:
                assert "changed while it was stored" in str(error)
    finally:
        stop.set()
        thread.join()
    store.store("k", data, "i", "c")
    assert store.get_item("k", "c", "i")["f49"] == {"n": 49}  # type: ignore[index]


def test_an_exception_of_user_code_passes_through(store: CollectionFastPersist) -> None:
    class Broken(Wandering):
        def utcoffset(self, _: Any) -> dt.timedelta:
            raise KeyError("zone")

    with pytest.raises(KeyError, match="zone"):
        store.store("k", {"a": dt.datetime(2025, 1, 1, tzinfo=Broken({}))}, "i", "c")
    assert_untouched(store)


@pytest.mark.parametrize("call", ["get_item", "get_record"])
@pytest.mark.parametrize("arguments", [(1, "c", "i"), ("k", 1, "i"), ("k", "c", 1), (None, "c", "i")], ids=repr)
def test_reads_refuse_names_that_are_no_text(untouched: CollectionFastPersist, call: str, arguments: Any) -> None:
    with pytest.raises(InvalidTypeError, match="must be a str"):
        getattr(untouched, call)(*arguments)


def test_get_key_refuses_names_that_are_no_text(store: CollectionFastPersist) -> None:
    call: Any = store.get_key
    for arguments in [(1,), (None,), ("k", 1)]:
        with pytest.raises(InvalidTypeError, match="must be a str"):
            call(*arguments)


@pytest.mark.parametrize("date", ["2025-13-01", "24.12.2025", "2025-12-24T00:00:00", "../x", "", "\0"], ids=repr)
def test_a_date_that_is_none_is_refused_before_anything_is_made(tmp_path: Path, date: str) -> None:
    with pytest.raises(InvalidArgumentError):
        CollectionFastPersist(date, tmp_path / "store")
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("date", [None, 20251224, 1.5, b"2025-12-24"], ids=repr)
def test_a_date_of_another_type_is_refused(tmp_path: Path, date: Any) -> None:
    with pytest.raises(InvalidTypeError, match="date: must be a date, a datetime or a str YYYY-MM-DD"):
        CollectionFastPersist(date, tmp_path / "store")
    assert not (tmp_path / "store").exists()


OPTIONS: dict[str, list[Any]] = {
    "max_wal_size": ["1", 1.5, None, True, 0, -1, 2**70],
    "batch_size": ["1", 1.5, None, 0, -1],
    "duckdb_flush_interval_seconds": ["1", None, True, 0, -1, math.nan, math.inf],
    "retain_days": ["1", 1.5, -1, 2**40],
    "store_timeout_seconds": ["1", -1],
    "max_unflushed_bytes": [1.5, 0],
    "max_cache_bytes": [1.5, "1", True, 0, 1024 * 1024 - 1],
    "max_record_bytes": ["1", 0],
    "duckdb_memory_limit_bytes": ["1GB", 1],
    "duckdb_threads": [0, "2", 1000],
    "normalize_datetimes": [1, None, "yes"],
    "read_only": [1, "no"],
    "on_damage": ["ignore", 1, None],
    "base_dir": [1, None, b"\0", "a\0b"],
    "extra_schema": [[("a", "int32")], {1: "int32"}, {"a": 1}],
}


@pytest.mark.parametrize("name, value", [(name, value) for name, values in OPTIONS.items() for value in values])
def test_an_option_is_refused_by_its_name(tmp_path: Path, name: str, value: Any) -> None:
    config = CollectionConfig(**{"base_dir": tmp_path / "store", name: value})
    with pytest.raises((InvalidTypeError, InvalidArgumentError)) as caught:
        CollectionFastPersist(DATE, config=config)
    assert name in str(caught.value)
    assert not (tmp_path / "store").exists()


def test_a_config_of_another_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidTypeError, match="config: must be a CollectionConfig, not dict"):
        CollectionFastPersist(DATE, tmp_path, config={})  # type: ignore[arg-type]


@pytest.mark.parametrize("schema", [{"key": "int32"}, {"a": "int33"}, {"a b;": "int32"}, {"Cfp_x": "int32"}, {"a": "int32", "A": "int32"}])
def test_a_column_that_is_not_acceptable_is_refused(tmp_path: Path, schema: dict[str, str]) -> None:
    with pytest.raises(ExtraSchemaError) as caught:
        CollectionFastPersist(DATE, config=CollectionConfig(base_dir=tmp_path / "store", extra_schema=schema))
    assert caught.value.code == "extra_schema" and isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "column, value",
    [("int32", "1"), ("int32", 2**31), ("int8", 128), ("int32", 1.0), ("int32", True), ("bool", 1), ("string", 1), ("date32", "x"), ("uint8", -1), ("float32", 1e300)],
)
def test_a_value_that_does_not_fit_its_column_is_refused(open_store: Opener, column: str, value: Any) -> None:
    store = open_store(extra_schema={"priority": column})
    with pytest.raises(ExtraSchemaError, match="priority"):
        store.store("k", {"priority": value}, "i", "c")
    assert_untouched(store)


def test_paths_may_be_anything_that_is_a_path(tmp_path: Path) -> None:
    for number, path in enumerate([str(tmp_path / "a"), tmp_path / "b", os.fsencode(tmp_path / "ü")]):
        with CollectionFastPersist(DATE, path) as store:  # type: ignore[arg-type]
            store.store("k", {}, "i", "c", number)
        assert store.history_db_path.exists()


@pytest.mark.parametrize("call", [package.repair, package.list_backups, lambda path: package.restore(path, "x")])
def test_offline_calls_refuse_what_is_no_store(tmp_path: Path, call: Any) -> None:
    for path in (tmp_path / "none", 1, "a\0b"):
        with pytest.raises((InvalidArgumentError, InvalidTypeError)):
            call(path)


def test_a_restore_wants_one_target(tmp_path: Path, store: CollectionFastPersist) -> None:
    store.close()
    with pytest.raises(InvalidArgumentError, match="sequence, time"):
        package.restore(store.base_dir, tmp_path / "new", sequence=1, time="2025-01-01")
    for wrong in ("1", 1.0, True, -1, 2**64):
        with pytest.raises((InvalidTypeError, InvalidArgumentError), match="sequence"):
            package.restore(store.base_dir, tmp_path / "new", sequence=wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidRecordError, match="time"):
        package.restore(store.base_dir, tmp_path / "new", time="soon")
    assert not (tmp_path / "new").exists()

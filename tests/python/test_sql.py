"""SQL over history and latest, and results as tables of other packages."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from typing import Any

import pytest
from conftest import Opener

from collection_fast_persist import CollectionFastPersist, CollectionFastPersistError, InvalidTypeError

UTC = dt.timezone.utc
MOMENT = dt.datetime(2025, 1, 15, 12, 0, 0, 5)


@pytest.fixture
def filled(store: CollectionFastPersist) -> CollectionFastPersist:
    store.store_many(("k", {}, f"i{n}", "c", n, MOMENT) for n in range(5000))
    return store


def test_everything_acknowledged_is_visible(store: CollectionFastPersist) -> None:
    for number in range(3):
        store.store("k", {}, "i", "c", number)
        assert store.history_conn.execute("SELECT count(*) FROM storage_history").fetchone() == (number + 1,)
        assert store.latest_conn.execute("SELECT value_int FROM storage_latest").fetchall() == [(number,)]


def test_rows_are_fetched_in_steps(filled: CollectionFastPersist) -> None:
    rows = filled.history_conn.execute("SELECT value_int FROM storage_history ORDER BY value_int")
    assert rows.fetchone() == (0,)
    assert rows.fetchmany(2) == [(1,), (2,)]
    assert rows.fetchmany() == [(3,)]
    assert rows.fetchall() == [(number,) for number in range(4, 5000)]
    assert rows.fetchone() is None and rows.fetchall() == []
    assert [column[:2] for column in rows.description] == [("value_int", "BIGINT")]
    assert all(len(column) == 7 for column in rows.description)


VALUES = {
    "1::TINYINT": 1,
    "18446744073709551615::UBIGINT": 2**64 - 1,
    "170141183460469231731687303715884105727::HUGEINT": 2**127 - 1,
    "sum(1)": 1,
    "1.50::DECIMAL(4,2)": decimal.Decimal("1.50"),
    "0.5::FLOAT": 0.5,
    "true": True,
    "NULL": None,
    "'ü'": "ü",
    "DATE '2025-01-15'": dt.date(2025, 1, 15),
    "TIMESTAMP '2025-01-15 12:00:00.000005'": MOMENT,
    "'00000000-0000-0000-0000-000000000001'::UUID": uuid.UUID(int=1),
    "[1, 2]": "[1, 2]",
}


@pytest.mark.parametrize("sql, wanted", VALUES.items(), ids=VALUES)
def test_cells_have_pythons_types(store: CollectionFastPersist, sql: str, wanted: Any) -> None:
    (found,) = store.history_conn.execute(f"SELECT {sql}").fetchone()  # type: ignore[misc]
    assert found == wanted and type(found) is type(wanted)


@pytest.mark.parametrize("value", [1, -1.5, "ü", True, None], ids=repr)
def test_parameters_keep_their_type(store: CollectionFastPersist, value: Any) -> None:
    (found,) = store.history_conn.execute("SELECT ?", [value]).fetchone()  # type: ignore[misc]
    assert found == value and type(found) is type(value)


def test_a_moment_as_parameter_is_compared_in_utc(filled: CollectionFastPersist) -> None:
    east = dt.timezone(dt.timedelta(hours=2))
    for moment in (MOMENT, MOMENT.replace(tzinfo=UTC), MOMENT.replace(tzinfo=UTC).astimezone(east)):
        sql = "SELECT count(*) FROM storage_history WHERE timestamp = ? AND timestamp > $2"
        sql = sql.replace("?", "$1")
        assert filled.history_conn.execute(sql, (moment, dt.date(2025, 1, 15))).fetchone() == (5000,)


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM storage_history", "SELECT 1; SELECT 2", "ATTACH 'x.db'", "SELECT * FROM checkpoint()", "COPY storage_history TO 'x'",
     "SELECT * FROM read_csv('/etc/passwd')", "SET threads=4", "nonsense", "", "SELECT * FROM no_such_table"],
)
def test_what_does_more_than_read_is_refused(store: CollectionFastPersist, sql: str) -> None:
    with pytest.raises(CollectionFastPersistError) as caught:
        store.history_conn.execute(sql)
    assert caught.value.code == "sql"


def test_one_query_reads_both_tables(store: CollectionFastPersist) -> None:
    store.store("k", {}, "i", "c", "old")
    store.store("k", {}, "i", "c", "new")
    store.store("k", {}, "gone", "c", 1)
    store.delete_item("k", "c", "gone")
    versions = "SELECT l.value_string, count(*) FROM storage_latest AS l JOIN storage_history USING (key, item_name) GROUP BY ALL"
    assert store.sql(versions).fetchall() == [("new", 2)]
    assert store.sql("SELECT count(*) FROM storage_latest WHERE key = ?", ["k"]).fetchone() == (1,)
    assert store.sql("SELECT count(*) FROM storage_history WHERE key = $1", ("k",)).fetchone() == (4,)


def test_a_query_is_stopped_at_its_limits(store: CollectionFastPersist) -> None:
    with pytest.raises(CollectionFastPersistError, match=r"stopped after 0\.1 s; .* raise time_limit_seconds") as slow:
        store.sql("SELECT sum(a.range * b.range) FROM range(1000000000) AS a, range(1000000000) AS b", time_limit_seconds=0.1)
    assert slow.value.code == "sql"
    assert store.sql("FROM range(10)", row_limit=10, time_limit_seconds=None).fetchall()[9] == (9,)
    with pytest.raises(CollectionFastPersistError, match="more than 1000000 rows; .* raise row_limit"):
        store.sql("FROM range(1000001)").fetchall()
    assert len(store.sql("FROM range(1000001)", row_limit=None).fetchall()) == 1000001


def test_limits_that_are_none_are_refused(store: CollectionFastPersist) -> None:
    for seconds in (0, -1.0, float("nan")):
        with pytest.raises(CollectionFastPersistError, match="time_limit_seconds must be more than 0"):
            store.sql("SELECT 1", time_limit_seconds=seconds)
    with pytest.raises(InvalidTypeError, match="time_limit_seconds: must be a number or None, not str"):
        store.sql("SELECT 1", time_limit_seconds="1")  # type: ignore[arg-type]
    with pytest.raises(CollectionFastPersistError, match="row_limit: must be 0"):
        store.sql("SELECT 1", row_limit=-1)
    with pytest.raises(InvalidTypeError, match="row_limit: must be an int or None, not bool"):
        store.sql("SELECT 1", row_limit=True)
    with pytest.raises(InvalidTypeError, match="query: must be a str"):
        store.sql(1)  # type: ignore[arg-type]


def test_wrong_types_are_refused_by_name(store: CollectionFastPersist) -> None:
    with pytest.raises(InvalidTypeError, match="sql: must be a str"):
        store.history_conn.execute(1)  # type: ignore[arg-type]
    with pytest.raises(InvalidTypeError, match="parameters: must be a list or tuple"):
        store.history_conn.execute("SELECT ?", "a")
    with pytest.raises(InvalidTypeError, match="parameter 2"):
        store.history_conn.execute("SELECT ?, ?", [1, {}])
    with pytest.raises(CollectionFastPersistError):
        store.history_conn.execute("SELECT ?", [])


def test_a_result_does_not_outlive_its_store(filled: CollectionFastPersist) -> None:
    rows = filled.history_conn.execute("SELECT * FROM storage_history")
    rows.fetchone()
    filled.close()
    with pytest.raises(CollectionFastPersistError) as caught:
        rows.fetchall()
    assert caught.value.code == "closed"


def test_health_is_asked_by_path_and_connection(open_store: Opener) -> None:
    store = open_store()
    store.store("k", {}, "i", "c", 1)
    store._update_latest_table()
    assert store.check_database_health(store.history_db_path, "storage_history", store.history_conn) is True
    assert store.check_database_health(str(store.latest_db_path), "storage_latest") is True
    assert store.check_database_health(store.base_dir / "none.duckdb", "storage_latest") is False
    with pytest.raises(ValueError):
        store.check_database_health(store.latest_db_path, "robert'); DROP TABLE students")
    with pytest.raises(InvalidTypeError, match="conn: must be history_conn or latest_conn"):
        store.check_database_health(store.latest_db_path, "storage_latest", object())  # type: ignore[arg-type]
    assert store.rebuild_history_from_wal("2025-12-24") == 1
    assert store.rebuild_history_from_wal(dt.date(2025, 12, 23)) == 0
    assert store.rebuild_latest_from_history() == 1


def test_arrow_polars_and_pandas_take_results(filled: CollectionFastPersist) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    sql = "SELECT item_name, value_int, timestamp, data FROM storage_latest ORDER BY value_int"
    table = filled.latest_conn.execute(sql).arrow()
    assert table.num_rows == 5000 and table.schema.names == ["item_name", "value_int", "timestamp", "data"]
    assert table.schema.types == [pyarrow.string(), pyarrow.int64(), pyarrow.timestamp("us"), pyarrow.string()]
    assert table.column("value_int").to_pylist() == list(range(5000))
    rest = filled.latest_conn.execute(sql)
    rest.fetchmany(4990)
    assert pyarrow.table(rest).column("value_int").to_pylist() == list(range(4990, 5000))
    assert rest.fetchall() == []

    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = filled.latest_conn.execute(sql).df()
    assert frame["value_int"].sum() == sum(range(5000)) and frame["timestamp"][0] == pandas.Timestamp(MOMENT)
    total = filled.history_conn.execute("SELECT sum(value_int) AS total FROM storage_history").df()
    assert total["total"][0] == sum(range(5000)) and total["total"].dtype == "int64"

    polars = pytest.importorskip("polars", reason="polars is not installed")
    assert polars.DataFrame(filled.latest_conn.execute(sql))["value_int"].to_list() == list(range(5000))


def test_a_frame_without_pyarrow_is_made_of_rows(filled: CollectionFastPersist, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    frame = filled.latest_conn.execute("SELECT item_name, value_int FROM storage_latest WHERE value_int < 3").df()
    assert sorted(frame["value_int"]) == [0, 1, 2] and list(frame.columns) == ["item_name", "value_int"]


def test_an_arrow_stream_that_nobody_takes_is_released(filled: CollectionFastPersist) -> None:
    capsule = filled.latest_conn.execute("SELECT * FROM storage_latest").__arrow_c_stream__()
    assert "arrow_array_stream" in repr(capsule)
    del capsule
    filled.close()

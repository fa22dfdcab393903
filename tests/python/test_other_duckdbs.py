"""A closed store is read by whatever DuckDB its user has: by 1.4, the oldest that is promised, and by the newest."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Opener

PLACES = os.environ.get("CFP_OTHER_DUCKDBS", "").split(os.pathsep)
COLUMNS = (
    'key, collection_name, item_name, data::VARCHAR, value_int, value_float, value_string, epoch_us("timestamp"), '
    'status, status_int, username, epoch_us(updated_at), version, cfp_seq, small, "Two Words", epoch_us("at")'
)
QUERIES = {
    "storage_history": f"SELECT {COLUMNS}, cfp_op, cfp_prev_seq, cfp_item_hash FROM storage_history ORDER BY cfp_seq",
    "storage_latest": f"SELECT {COLUMNS}, cfp_version, cfp_first_seq, cfp_key_hash FROM storage_latest ORDER BY cfp_seq",
}
# Another process: two DuckDBs in one clash.
READER = """
import json, sys
import duckdb
queries = json.loads(sys.argv[2])
rows = {}
for table, query in queries.items():
    with duckdb.connect(f"{sys.argv[1]}/{table}.duckdb", read_only=True) as connection:
        rows[table] = connection.execute(query).fetchall()
print(json.dumps({"version": duckdb.__version__, "rows": rows}))
"""


@pytest.mark.parametrize("place", PLACES, ids=lambda place: Path(place).name or "none")
def test_a_closed_store_is_read_as_it_was_stored(open_store: Opener, tmp_path: Path, place: str) -> None:
    if not place:
        pytest.skip("CFP_OTHER_DUCKDBS names no other DuckDB; tests/python/prove.sh fetches some")
    reason = Path(place) / "why_not.txt"
    if reason.exists():
        pytest.skip(f"another DuckDB cannot be installed: {reason.read_text().strip()}")
    schema = {"small": "int8", "Two Words": "string", "at": "timestamp[us]"}
    store = open_store(extra_schema=schema)
    moment = dt.datetime(2024, 2, 29, 23, 59, 59, 999999, dt.timezone(dt.timedelta(hours=-5, minutes=-30)))
    values: list[Any] = [None, True, False, 2**63 - 1, -(2**63), 0.1, -1e300, "", "t\u20ac\U0001f600 '\"\n"]
    for n, value in enumerate(values * 2):
        data = {"small": n, "Two Words": "\u00e9", "at": moment, "nested": {"list": [1, {"a": None}]}, "status": "s"}
        store.store("k", data, f"i{n % len(values)}", "c", value, timestamp=moment, username="ann")
    own = {
        "storage_history": store.history_conn.execute(QUERIES["storage_history"]).fetchall(),
        "storage_latest": store.latest_conn.execute(QUERIES["storage_latest"]).fetchall(),
    }
    assert [len(rows) for rows in own.values()] == [2 * len(values), len(values)]
    store.close()
    files = {path: path.read_bytes() for path in (tmp_path / "store").glob("*.duckdb")}
    run = subprocess.run(
        [sys.executable, "-c", READER, str(tmp_path / "store"), json.dumps(QUERIES)],
        env={**os.environ, "PYTHONPATH": place},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    read = json.loads(run.stdout)
    print(f"read by DuckDB {read['version']}")
    assert read["rows"] == json.loads(json.dumps(own))
    assert {path: path.read_bytes() for path in files} == files
    again = open_store(extra_schema=schema)
    assert again.history_conn.execute(QUERIES["storage_history"]).fetchall() == own["storage_history"]

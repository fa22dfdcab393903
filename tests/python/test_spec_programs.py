"""The blocks of the specification that are programs: what comes before each, and what is true when it has run.

Each runs in a process and a directory of its own. One that does not close its store ends by SIGKILL, so what is found
afterwards is what was acknowledged. The others are in test_specification.py.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Tuple

import pytest

from collection_fast_persist import CollectionConfig, CollectionFastPersist, list_backups
from spec_document import BLOCKS, Ran, run_block

IMPORTS = """
import datetime as dt
from collection_fast_persist import CollectionConfig, CollectionFastPersist
from fast_persist_common import StorageKeys
"""
CONFIG = IMPORTS + """
config = CollectionConfig(base_dir="./my_storage")
"""
OPEN = CONFIG + """
storage = CollectionFastPersist(dt.date.today(), config=config)
"""
STORE_PROFILE = """
storage.store("user_profile", {"label": "Age"}, "age", "personal_info", 32)
storage.store("user_profile", {"label": "Height"}, "height", "personal_info", 1.75)
storage.store("user_profile", {"label": "E-mail"}, "email", "contact_info", "john@example.com")
"""


@dataclass
class Program:
    """`check` says what is true of a block that ran behind `preamble`, in a directory where `earlier` was killed."""

    check: Callable[[Ran], None]
    preamble: str = ""
    earlier: str = ""
    variables: Sequence[str] = ()
    closes: bool = False


PROGRAMS: Dict[str, Program] = {}


def program(block: str, **options: Any) -> Callable[[Callable[[Ran], None]], Callable[[Ran], None]]:
    """Lists a block as a program, with the function that checks what it has done."""

    def list_it(check: Callable[[Ran], None]) -> Callable[[Ran], None]:
        PROGRAMS[block] = Program(check, **options)
        return check

    return list_it


def opened(ran: Ran, base_dir: str = "my_storage") -> CollectionFastPersist:
    return CollectionFastPersist(dt.date.today(), config=CollectionConfig(base_dir=ran.directory / base_dir))


def rows(storage: CollectionFastPersist, sql: str) -> List[Tuple[Any, ...]]:
    return storage.history_conn.execute(sql).fetchall()


def is_recent(moment: dt.datetime) -> bool:
    """What datetime.now() gave in the last minutes: the blocks pass it without a zone, which means UTC."""
    wall_clock = dt.datetime.now().replace(tzinfo=dt.timezone.utc)
    return moment.utcoffset() == dt.timedelta(0) and dt.timedelta(0) <= wall_clock - moment < dt.timedelta(minutes=5)


@program(
    "What This Means For You: # All of these work and normalize to timezone-aware datetime",
    preamble=OPEN + """
data = {"label": "a"}
storage.store("key", data, "item", "collection", timestamp=dt.datetime.now())  # which the block reads, and never stored
""",
    variables=["result"],
)
def timestamps(ran: Ran) -> None:
    assert is_recent(ran.values["result"]["timestamp"])
    with opened(ran) as storage:
        assert storage.get_item("key", "collection", "item") == ran.values["result"]
        columns = "value_int, timestamp, data->>'timestamp'"
        found = rows(storage, f"SELECT {columns} FROM storage_history WHERE item_name = '' ORDER BY version")
        assert [value for value, _, _ in found] == [100, 100, 100]
        assert found[0][1:] == (dt.datetime(2025, 1, 15, 10, 30), "2025-01-15T10:30:00+00:00")
        assert is_recent(found[1][1].replace(tzinfo=dt.timezone.utc))
        in_utc = dt.datetime.fromisoformat(found[2][2])
        assert dt.timedelta(0) <= dt.datetime.now(dt.timezone.utc) - in_utc < dt.timedelta(minutes=5)
        assert found[2][1] == in_utc.replace(tzinfo=None)


@program("Basic Example: import datetime as dt", variables=["personal_info", "age_data"], closes=True)
def basic_example(ran: Ran) -> None:
    assert ran.output == "age: 32 (int)\nheight: 1.75 (float)\nAge: 32\n"
    age, height = ran.values["personal_info"]["age"], ran.values["personal_info"]["height"]
    assert is_recent(age.pop("timestamp")) and is_recent(height.pop("timestamp"))
    assert age == {"label": "Age", "status": "valid", "username": "john_doe", "value": 32}
    assert height == {"label": "Height", "value": 1.75}
    (backup,) = list_backups(ran.directory / "my_storage", verify=True)
    assert backup.problem == "" and backup.watermark == 2
    with opened(ran) as storage:
        assert storage.get_item("user_profile", "personal_info", "age") == ran.values["age_data"]
        assert rows(storage, "SELECT item_name, value_int, value_float, status, username, version FROM storage_history "
                             "ORDER BY item_name") == [
            ("age", 32, None, "valid", "john_doe", 1), ("height", None, 1.75, None, None, 1)]


@program("Form Data Example: # Store form field values", preamble=OPEN, variables=["form_data"])
def form_data(ran: Ran) -> None:
    expected = {"full_name": ("Full Name", "John Doe"), "email": ("Email", "john@example.com"),
                "phone": ("Phone", "555-1234"), "age": ("Age", 32), "subscribe": ("Subscribe", True)}
    found = ran.values["form_data"]
    assert {name: (item["label"], item["value"]) for name, item in found.items()} == expected
    assert list(found) == list(expected)
    assert found["subscribe"]["value"] is True
    with opened(ran) as storage:
        assert storage.get_key("registration_form", "user_input") == found
        assert storage.get_key("registration_form") == {"user_input": found}


@program("Classroom Seating Example: # Assign students to seats", preamble=OPEN, variables=["room_a_seats"])
def classroom(ran: Ran) -> None:
    seats = ran.values["room_a_seats"]
    assert list(seats) == [f"seat_{number}" for number in range(1, 31)]
    for number, seat in enumerate(seats.values(), 1):
        assert is_recent(seat["timestamp"])
        assert (seat["student_id"], seat["value"]) == (f"STU{1000 + number}", number)
        assert seat["assigned_by"] == "teacher_smith"
    with opened(ran) as storage:
        assert storage.get_key("classroom_seating", "room_a") == seats


@program("Custom Configuration: config = CollectionConfig(", preamble=IMPORTS, variables=["config", "storage.config"])
def custom_configuration(ran: Ran) -> None:
    expected = CollectionConfig("./collection_storage", 52_428_800, 5000, 60, 7)
    assert ran.values["config"] == expected
    in_force = ran.values["storage.config"]
    assert (in_force.max_wal_size, in_force.batch_size) == (52_428_800, 5000)
    assert (in_force.duckdb_flush_interval_seconds, in_force.retain_days) == (60, 7)
    assert (ran.directory / "collection_storage" / "storage_history.duckdb").exists()


@program(
    "Lazy Loading: # First access - loads entire collection from latest DB",
    earlier=OPEN + STORE_PROFILE + "storage.close()\n",
    preamble=OPEN + "in_memory = list(storage.cache)\n",
    variables=["in_memory", "age", "height", "storage.get_stats()"],
)
def lazy_loading(ran: Ran) -> None:
    assert ran.values["in_memory"] == []
    assert (ran.values["age"]["value"], ran.values["height"]["value"]) == (32, 1.75)
    assert ran.values["storage.get_stats()"]["cache_size"] == 1
    with opened(ran) as storage:
        assert storage.get_item("user_profile", "personal_info", "height") == ran.values["height"]


@program("Extra Schema (Custom Typed Columns): import datetime as dt", closes=True)
def extra_schema(ran: Ran) -> None:
    with opened(ran) as storage:
        expected = [("task_1", 1, 95.5, "urgent", 100), ("task_2", 5, None, None, 50)]
        for connection, table in ((storage.history_conn, "storage_history"), (storage.latest_conn, "storage_latest")):
            found = connection.execute(f"SELECT key, priority, score, category, value_int FROM {table} ORDER BY key")
            assert found.fetchall() == expected
            types = connection.execute(f"SELECT typeof(priority), typeof(score), typeof(category) FROM {table}")
            assert types.fetchone() == ("INTEGER", "DOUBLE", "VARCHAR")
        first = storage.get_item("task_1", "tasks", "item_a")
        assert first is not None and (first["priority"], first["score"], first["category"]) == (1, 95.5, "urgent")


@program(
    "Automatic Checks (on startup): # Runs automatically when initializing",
    earlier=OPEN + STORE_PROFILE + "storage.close()\n",
    preamble=CONFIG,
    variables=["storage.get_stats()"],
)
def automatic_checks(ran: Ran) -> None:
    stats = ran.values["storage.get_stats()"]
    assert (stats["last_sequence"], stats["damaged_files"], stats["healed_files"]) == (3, 0, 0)


@program(
    "Manual Checks: # Check history database", preamble=OPEN + STORE_PROFILE, variables=["history_ok", "latest_ok"]
)
def manual_checks(ran: Ran) -> None:
    assert ran.values == {"history_ok": True, "latest_ok": True}


@program(
    "Automatic Backups (on close): storage.close()",
    preamble=IMPORTS + """
config = CollectionConfig(base_dir="./my_storage", retain_days=1)
for day in ("2025-12-01", "2025-12-02", "2025-12-03", "2025-12-04"):
    with CollectionFastPersist(day, config=config) as earlier:
        earlier.store("key", {}, "item", "collection", day)
storage = CollectionFastPersist("2025-12-24", config=config)
storage.store("key", {}, "item", "collection", "2025-12-24")
pending = storage.get_stats()["unflushed_records"]
""",
    variables=["pending"],
    closes=True,
)
def backup_on_close(ran: Ran) -> None:
    base_dir = ran.directory / "my_storage"
    assert ran.values == {"pending": 1}
    assert not list(base_dir.rglob("wal_*.jsonl"))  # 6.
    backups = list_backups(base_dir, verify=True)
    assert [backup.problem for backup in backups] == ["", ""]
    assert [backup.watermark for backup in backups] == [5, 4]  # 1., 4.; and those of 7. are gone
    for directory in ("2025-12-04", "2025-12-24"):  # 4., 5.
        assert (base_dir / directory / "storage_history.duckdb.backup").exists()
        assert (base_dir / directory / "storage_latest.duckdb.backup").exists()
    for directory in ("2025-12-01", "2025-12-02", "2025-12-03"):  # 7.
        assert not list((base_dir / directory).glob("*"))
    config = CollectionConfig(base_dir=base_dir, read_only=True)  # 2., 3.: reading only makes up for nothing
    with CollectionFastPersist("2025-12-24", config=config) as storage:
        assert storage.latest_conn.execute("SELECT value_string FROM storage_latest").fetchall() == [("2025-12-24",)]
        assert storage.history_conn.execute("SELECT count(*) FROM storage_history").fetchall() == [(5,)]


@program(
    "Crash Recovery (automatic): # Automatically recovers from WAL",
    earlier=OPEN + STORE_PROFILE,
    preamble=CONFIG,
    variables=["storage.get_stats()", "storage.get_key('user_profile')"],
)
def crash_recovery(ran: Ran) -> None:
    assert ran.values["storage.get_stats()"]["recovered_records"] == 3
    recovered = ran.values["storage.get_key('user_profile')"]
    values = {name: item["value"] for items in recovered.values() for name, item in items.items()}
    assert values == {"age": 32, "height": 1.75, "email": "john@example.com"}
    with opened(ran) as storage:
        assert rows(storage, "SELECT count(*), max(version) FROM storage_history") == [(3, 1)]
        assert storage.get_key("user_profile") == recovered


@program(
    "Manual Reconstruction: # Delete corrupted file",
    earlier=IMPORTS + """
storage = CollectionFastPersist("2025-12-24", config=CollectionConfig())
""" + STORE_PROFILE + """
storage.store("user_profile", {"label": "Age"}, "age", "personal_info", 33)
storage.flush_data_to_duckdb()
""",
    preamble=IMPORTS + "config = CollectionConfig()\n",
    variables=["records", "latest_count"],
)
def manual_reconstruction(ran: Ran) -> None:
    assert ran.values == {"records": 4, "latest_count": 3}
    assert ran.output == "Recovered 4 records from WAL\nRebuilt 3 latest records\n"
    with opened(ran, "collection_storage") as storage:
        ages = rows(storage, "SELECT value_int, version FROM storage_history WHERE item_name = 'age' ORDER BY version")
        assert ages == [(32, 1), (33, 2)]
        assert storage.latest_conn.execute("SELECT count(*) FROM storage_latest").fetchall() == [(3,)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_block_that_is_a_program_runs_as_it_is_written(name: str, tmp_path: Path) -> None:
    program = PROGRAMS[name]
    ran = run_block(
        BLOCKS[name], tmp_path, earlier=program.earlier, preamble=program.preamble, variables=program.variables,
        is_killed=not program.closes,
    )
    program.check(ran)

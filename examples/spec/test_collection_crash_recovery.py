"""A crash, and what is left of it, in three stages that are run one after the other.

    python test_collection_crash_recovery.py 1    stores 24 records and kills itself by SIGKILL
    python test_collection_crash_recovery.py 2    recovers, compares all of them, closes, looks at the backup
    python test_collection_crash_recovery.py 3    builds the latest table anew, and compares again

They work in ./crash_test_collection, which test_cleanup.py removes. Stage 1 ends like a crash does (exit status 137 in
a shell); the others exit with 0 when everything holds. They may be run again from stage 1.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Union

from collection_fast_persist import CollectionConfig, CollectionFastPersist, list_backups

BASE_DIR = Path("crash_test_collection")


class Entry(NamedTuple):
    key: str
    collection: str
    item: str
    value: Union[int, float, str, None]
    data: Dict[str, Any]


def entries() -> List[Entry]:
    """24 records: a profile, a classroom, a form."""
    at = dt.datetime(2025, 1, 15, 10, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    profile = [
        Entry("user_profile", "personal_info", "age", 32, {"label": "Age", "status": "valid"}),
        Entry("user_profile", "personal_info", "height", 1.75, {"label": "Height", "unit": "m"}),
        Entry("user_profile", "personal_info", "name", "Zoë", {"label": "Name", "born": dt.date(1993, 5, 7)}),
        Entry("user_profile", "contact_info", "email", "zoe@example.com", {"label": "E-mail", "status_int": 1}),
    ]
    seats = [
        Entry("classroom_seating", "room_a", f"seat_{number}", number, {"student_id": f"STU{1000 + number}"})
        for number in range(1, 16)
    ]
    form = [
        Entry("registration_form", "user_input", "full_name", "Zoë Doe", {"seen": [at, {"again": at}]}),
        Entry("registration_form", "user_input", "subscribe", True, {"label": "Subscribe"}),
        Entry("registration_form", "user_input", "score", 1e300, {"of": None}),
        Entry("registration_form", "user_input", "largest", 2**63 - 1, {}),
        Entry("registration_form", "user_input", "comment", None, {"text": "line 1\nline 2"}),
    ]
    return profile + seats + form


def as_read(entry: Entry) -> Dict[str, Any]:
    """What the store gives back: dates are datetimes, and the value is one of the fields."""
    data = {**entry.data, "value": entry.value}
    if "born" in data:
        data["born"] = dt.datetime(1993, 5, 7, tzinfo=dt.timezone.utc)
    return data


def open_store() -> CollectionFastPersist:
    return CollectionFastPersist(dt.date.today(), config=CollectionConfig(base_dir=BASE_DIR))


def require(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"FAILED: {what}")
    print(f"  ok: {what}")


def require_all(storage: CollectionFastPersist) -> None:
    for entry in entries():
        found = storage.get_item(entry.key, entry.collection, entry.item)
        name = f"{entry.key}/{entry.collection}/{entry.item}"
        if found is None:
            raise SystemExit(f"FAILED: {name} is lost")
        if found.pop("timestamp", dt.datetime.min).tzinfo is None:
            raise SystemExit(f"FAILED: {name} has no time with a zone")
        if found != as_read(entry) or type(found["value"]) is not type(entry.value):
            raise SystemExit(f"FAILED: {name} is {found!r}, expected {as_read(entry)!r}")
    require(True, f"all {len(entries())} records are there, each with its type")


def stage_1() -> None:
    storage = open_store()
    for entry in entries():
        storage.store(entry.key, entry.data, entry.item, entry.collection, entry.value)
    stats = storage.get_stats()
    in_log_alone = stats["last_sequence"] - stats["history_watermark"]
    require(in_log_alone >= len(entries()), "no record has been flushed; the log alone has them")
    require(any(storage.wal_dir.glob("wal_*.jsonl")), f"the log is in {storage.wal_dir}")
    print("Stage 1 ends by SIGKILL. Go on with stage 2.", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def stage_2() -> None:
    storage = open_store()
    require(storage.get_stats()["recovered_records"] >= len(entries()), "the records of stage 1 came back from the log")
    require_all(storage)
    for path, table in ((storage.history_db_path, "storage_history"), (storage.latest_db_path, "storage_latest")):
        require(storage.check_database_health(path, table), f"{table} is healthy")
    storage.close()

    require(not any(storage.wal_dir.glob("wal_*.jsonl")), "the log has been retired")
    for name in ("storage_history.duckdb.backup", "storage_latest.duckdb.backup"):
        require((storage.wal_dir / name).stat().st_size > 0, f"{name} is in {storage.wal_dir}")
    newest = list_backups(BASE_DIR, verify=True)[0]
    require(newest.problem == "" and newest.watermark >= len(entries()), "the backup can be read to its last column")


def stage_3() -> None:
    with open_store() as storage:
        require(storage.rebuild_latest_from_history() == len(entries()), "latest has one row for each item")
        require_all(storage)
    with open_store() as storage:
        require_all(storage)


STAGES: Dict[str, Callable[[], None]] = {"1": stage_1, "2": stage_2, "3": stage_3}


def main() -> None:
    stage = STAGES.get(sys.argv[1]) if len(sys.argv) == 2 else None
    if stage is None:
        raise SystemExit(__doc__)
    if stage is not stage_1 and not BASE_DIR.is_dir():
        raise SystemExit(f"There is no {BASE_DIR}: run stage 1 first.")
    stage()
    print(f"Stage {sys.argv[1]} passed.")


if __name__ == "__main__":
    main()

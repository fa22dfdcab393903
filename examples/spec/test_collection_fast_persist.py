"""What a store does, step by step: typed values, types that change, collections, health, shutdown and recovery.

    python test_collection_fast_persist.py

Works in ./collection_test_storage, which stays for you to look at (test_cleanup.py removes it), and may be run again.
Exits with 0 when everything holds.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Callable, Dict, List, Tuple, Union

from collection_fast_persist import CollectionConfig, CollectionFastPersist, list_backups
from fast_persist_common import StorageKeys

BASE_DIR = "./collection_test_storage"
TODAY = dt.date.today()

Step = Callable[[CollectionFastPersist], None]


def open_store() -> CollectionFastPersist:
    return CollectionFastPersist(TODAY, config=CollectionConfig(base_dir=BASE_DIR))


def expect(what: str, found: object, expected: object) -> None:
    if type(found) is not type(expected) or found != expected:
        raise SystemExit(f"FAILED: {what} is {found!r}, expected {expected!r}")
    print(f"  {what} is {found!r}")


def item(storage: CollectionFastPersist, key: str, collection: str, name: str) -> Dict[str, Any]:
    found = storage.get_item(key, collection, name)
    if found is None:
        raise SystemExit(f"FAILED: there is no item {key}/{collection}/{name}")
    return found


def typed_values(storage: CollectionFastPersist) -> None:
    """Values come back with the type they had, and are in the column of that type."""
    columns: Dict[str, Tuple[Union[int, float, str], str]] = {
        "age": (32, "value_int"), "height": (1.75, "value_float"), "name": ("Ada", "value_string")
    }
    for name, (value, _) in columns.items():
        storage.store("user_profile", {"label": name.title()}, name, "personal_info", value)
    storage.store("user_profile", {"label": "Nickname"}, "nickname", "personal_info", None)

    for name, (value, column) in columns.items():
        expect(name, item(storage, "user_profile", "personal_info", name)["value"], value)
        sql = f"SELECT {column} FROM storage_latest WHERE key = ? AND collection_name = ? AND item_name = ?"
        row = storage.latest_conn.execute(sql, ["user_profile", "personal_info", name]).fetchone()
        expect(f"{name} in {column}", row, (value,))
    expect("nickname", item(storage, "user_profile", "personal_info", "nickname")["value"], None)


def special_fields(storage: CollectionFastPersist) -> None:
    """Timestamp, status and username have columns of their own; times are timezone-aware."""
    storage.store(
        key="user_profile",
        data={
            StorageKeys.TIMESTAMP: "2025-01-15T10:30:00+02:00",
            StorageKeys.STATUS: "valid",
            StorageKeys.USERNAME: "ada",
        },
        item_name="email",
        collection_name="contact_info",
        value="ada@example.com",
    )
    found = item(storage, "user_profile", "contact_info", "email")
    expect("status", found[StorageKeys.STATUS], "valid")
    expect("username", found["username"], "ada")
    expect("timestamp", found["timestamp"].isoformat(), "2025-01-15T10:30:00+02:00")


def changing_types(storage: CollectionFastPersist) -> None:
    """An item may be an int first and text later; history keeps both."""
    storage.store("settings", {}, "volume", "sound", 11)
    storage.store("settings", {}, "volume", "sound", "eleven")
    expect("volume", item(storage, "settings", "sound", "volume")["value"], "eleven")
    rows = storage.history_conn.execute(
        "SELECT value_int, value_string FROM storage_history WHERE key = 'settings' ORDER BY version DESC LIMIT 2"
    ).fetchall()
    expect("the last two versions", rows, [(None, "eleven"), (11, None)])


def collections(storage: CollectionFastPersist) -> None:
    """A key has collections, a collection has items, and what is missing is None."""
    for number in range(1, 31):
        storage.store("classroom_seating", {"student_id": f"STU{1000 + number}"}, f"seat_{number}", "room_a", number)
    storage.store("classroom_seating", {"student_id": "STU2001"}, "seat_1", "room_b", 1)

    rooms = storage.get_key("classroom_seating") or {}
    expect("rooms", list(rooms), ["room_a", "room_b"])
    expect("seats of room_a", len(rooms["room_a"]), 30)
    expect("room_a alone is the same", storage.get_key("classroom_seating", "room_a") == rooms["room_a"], True)
    expect("seat 7", item(storage, "classroom_seating", "room_a", "seat_7")["student_id"], "STU1007")
    expect("room_c", storage.get_key("classroom_seating", "room_c"), None)
    expect("seat 31", storage.get_item("classroom_seating", "room_a", "seat_31"), None)


def health(storage: CollectionFastPersist) -> None:
    """Both tables can be read to their last column while the store is running."""
    history_ok = storage.check_database_health(storage.history_db_path, "storage_history", storage.history_conn)
    latest_ok = storage.check_database_health(storage.latest_db_path, "storage_latest", storage.latest_conn)
    expect("history_ok", history_ok, True)
    expect("latest_ok", latest_ok, True)


def numbers(storage: CollectionFastPersist) -> None:
    """The flush leaves nothing behind."""
    storage.flush_data_to_duckdb()
    stats = storage.get_stats()
    expect("pending writes", stats["pending_writes"], 0)
    expect("records in history", stats["history_watermark"], stats["last_sequence"])


STEPS: List[Step] = [typed_values, special_fields, changing_types, collections, health, numbers]


def main() -> None:
    storage = open_store()
    for step in STEPS:
        print(step.__doc__)
        step(storage)
    before = {key: storage.get_key(key) for key in ("user_profile", "settings", "classroom_seating")}

    print("Shutdown makes a backup that is verified, and leaves no lock.")
    storage.close()
    expect("lock file is there", storage.lock_file_path.exists(), False)
    newest = list_backups(BASE_DIR, verify=True)[0]
    expect("problem of the backup", newest.problem, "")

    print("Opened again, everything is as it was, types and times too.")
    with open_store() as storage:
        for key, items in before.items():
            expect(f"{key} as before", storage.get_key(key) == items, True)
        expect("records read from the log", storage.get_stats()["recovered_records"], 0)
    print("All tests passed.")


if __name__ == "__main__":
    main()

"""repair, restore and list_backups: the whole of it is tested in C++; here, that it is all there for Python."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from conftest import DATE, Opener

from collection_fast_persist import (
    CollectionFastPersist,
    CollectionFastPersistError,
    list_backups,
    repair,
    restore,
)


def test_backups_are_made_and_listed(open_store: Opener) -> None:
    store = open_store()
    store.store("k", {}, "i", "c", 1)
    made = store.backup()
    assert (made.watermark, made.rows, made.is_readable, made.problem) == (1, 1, True, "")
    assert made.path.exists() and made.path.parent.name == made.date.isoformat() and made.bytes == made.path.stat().st_size
    assert made.made_at.tzinfo is dt.timezone.utc and "watermark=1" in repr(made)
    assert [backup.path for backup in store.list_backups(verify=True)] == [made.path]
    store.store("k", {}, "i", "c", 2)
    store.close()
    assert [backup.watermark for backup in list_backups(store.base_dir)] == [2, 1]


def test_a_damaged_log_is_repaired(open_store: Opener) -> None:
    store = open_store(backup_on_close=False)
    for number in range(50):
        store.store("k", {}, f"i{number}", "c", number)
    store.close()
    for file in store.base_dir.glob("storage_*.duckdb"):
        file.unlink()
    (segment,) = store.wal_dir.glob("wal_*.jsonl")
    lines = segment.read_bytes().split(b"\n")
    lines[10] = b"x" * len(lines[10])
    segment.write_bytes(b"\n".join(lines))
    with pytest.raises(CollectionFastPersistError) as caught:
        open_store()
    assert caught.value.code == "corrupt" and "repair" in str(caught.value)

    plan = repair(store.base_dir)
    assert not plan.done and not plan.opens and plan.steps
    assert {step.action for step in plan.steps} <= {"write_segment", "write_history", "set_aside"}
    assert all(step.text and step.text in repr(step) for step in plan.steps)
    assert [(lack.first, lack.last) for lack in plan.missing] == [(10, 10)]
    report = repair(store.base_dir, dry_run=False)
    assert report.done and report.opens
    assert not repair(store.base_dir).steps
    with CollectionFastPersist(DATE, store.base_dir) as again:
        assert len(again.get_key("k", "c")) == 49  # type: ignore[arg-type]


def test_a_store_is_restored_as_it_once_was(tmp_path: Path, open_store: Opener) -> None:
    store = open_store()
    for number in range(10):
        store.store("k", {}, "i", "c", number)
    between = store.get_record("k", "c", "i")["updated_at"]  # type: ignore[index]
    store.store("k", {}, "i", "c", 10)
    with pytest.raises(CollectionFastPersistError) as caught:
        restore(store.base_dir, tmp_path / "early")
    assert caught.value.code == "locked"
    store.close()
    for name, arguments, value in (("all", {}, 10), ("five", {"sequence": 5}, 4), ("then", {"time": between}, 9)):
        report = restore(store.base_dir, tmp_path / name, **arguments)
        assert (report.through, report.records, report.items) == (value + 1, value + 1, 1)
        assert report.last_updated_at is not None and report.last_updated_at.tzinfo is dt.timezone.utc
        with CollectionFastPersist(DATE, tmp_path / name) as restored:
            assert restored.get_item("k", "c", "i")["value"] == value  # type: ignore[index]

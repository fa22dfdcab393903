"""How durable a store is when it returns."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from conftest import Opener

from collection_fast_persist import CollectionConfig, CollectionFastPersist, InvalidArgumentError, InvalidTypeError


def test_less_than_always_is_on_disk_when_something_asks(store: CollectionFastPersist) -> None:
    store.store("k", {}, "i", "c", 1, durability="none")
    assert store.get_stats()["unsynced_records"] == 1 and store.get_item("k", "c", "i") is not None
    store.sync()
    assert store.get_stats()["unsynced_records"] == 0
    assert store.store_many([("k", {}, str(n), "c", n) for n in range(5)], durability="none") == [2, 3, 4, 5, 6]
    assert store.get_stats()["unsynced_records"] == 5
    store.flush_data_to_duckdb()
    assert store.get_stats()["unsynced_records"] == 0
    with store.batch(durability="none") as batch:
        batch.store("k", {}, "i", "c", 2)
    assert store.get_stats()["unsynced_records"] == 1
    store.store("k", {}, "i", "c", 3)
    assert store.get_stats()["unsynced_records"] == 0


def test_the_config_decides_unless_the_call_does(open_store: Opener) -> None:
    with open_store(durability="none") as store:
        store.store("k", {}, "i", "c", 1)
        assert store.get_stats()["unsynced_records"] == 1
        store.store("k", {}, "i", "c", 2, durability="always")
        assert store.get_stats()["unsynced_records"] == 0
        assert store.config.durability == "none"


def test_a_kill_takes_nothing_back(tmp_path: Path) -> None:
    script = f"""
        import os, signal
        from collection_fast_persist import CollectionConfig, CollectionFastPersist
        config = CollectionConfig(base_dir={str(tmp_path / "store")!r}, durability="none", allow_network_fs=True)
        store = CollectionFastPersist("2025-01-15", config=config)
        for n in range(500):
            store.store("k", {{}}, str(n), "c", n, durability="interval" if n % 2 else None)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)])
    assert ended.returncode == -signal.SIGKILL
    config = CollectionConfig(base_dir=str(tmp_path / "store"), allow_network_fs=True)
    with CollectionFastPersist("2025-01-15", config=config) as store:
        assert [item["value"] for item in (store.get_key("k", "c") or {}).values()] == list(range(500))


def test_what_is_no_durability_is_refused_before_anything_changes(open_store: Opener) -> None:
    with open_store() as store:
        with pytest.raises(InvalidArgumentError, match="durability: must be 'always', 'interval' or 'none'"):
            store.store("k", {}, durability="sometimes")
        with pytest.raises(InvalidTypeError, match="durability"):
            store.store("k", {}, durability=1)  # type: ignore[arg-type]
        with pytest.raises(InvalidArgumentError, match="durability"):
            store.store_many([("k", {})], durability="")
        assert store.get_stats()["last_sequence"] == 0
    for wrong in ({"durability": "full"}, {"durability_interval_ms": 0}, {"durability_interval_ms": 100_000}):
        with pytest.raises(InvalidArgumentError, match=next(iter(wrong))):
            open_store(**wrong)

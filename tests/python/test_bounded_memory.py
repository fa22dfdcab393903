"""max_cache_bytes: a store of many times the bound is read back right, and memory keeps to it."""

from __future__ import annotations

from conftest import Opener

BOUND_BYTES = 1024 * 1024
KEYS = 100
ITEMS = 100
TEXT = "x" * 200  # with its names and its object each item takes some 500 bytes: 5 MB in all


def test_a_store_of_many_times_the_bound_is_read_back_right(open_store: Opener) -> None:
    store = open_store(max_cache_bytes=BOUND_BYTES)
    for key in range(KEYS):
        with store.batch() as batch:
            for item in range(ITEMS):
                batch.store(f"key_{key}", {"text": TEXT, "number": item}, f"item_{item}", "collection", key)
    store._update_latest_table()
    for key in range(KEYS):
        items = store.get_key(f"key_{key}", "collection")
        assert items is not None and len(items) == ITEMS
        for number in (0, ITEMS - 1):
            assert items[f"item_{number}"]["number"] == number
            assert items[f"item_{number}"]["text"] == TEXT
        item_7 = store.get_item(f"key_{key}", "collection", "item_7")
        assert item_7 is not None and item_7["number"] == 7
    stats = store.get_stats()
    assert stats["cache_bytes"] <= BOUND_BYTES
    assert stats["evicted_collections"] >= KEYS / 2
    store.store("key_0", {"number": 1}, "item_0", "collection")
    assert [version.version for version in store.get_history("key_0", "collection", "item_0")] == [2, 1]


def test_without_a_bound_nothing_leaves(open_store: Opener) -> None:
    store = open_store()
    for key in range(20):
        store.store(f"key_{key}", {"text": TEXT}, "item", "collection")
        assert store.get_key(f"key_{key}") is not None
    store._update_latest_table()
    assert len(store.cache) == 20
    assert store.get_stats()["evicted_collections"] == 0

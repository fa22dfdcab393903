"""Deletes, restored versions, expected versions and batches: what C++ has, with Python's arguments and errors."""

from __future__ import annotations

import pickle
import threading
from typing import Any, Callable

import pytest

from collection_fast_persist import (
    CollectionFastPersist,
    CollectionFastPersistError,
    InvalidArgumentError,
    InvalidRecordError,
    InvalidTypeError,
    VersionConflictError,
)

Reopen = Callable[[CollectionFastPersist], CollectionFastPersist]


def test_what_is_deleted_is_gone_and_history_says_who(store: CollectionFastPersist, reopen: Reopen) -> None:
    for item in ("a", "b", "c"):
        store.store("k", {"n": 1}, item, "c")
    store.store("k", {}, "a", "d")
    assert store.delete_item("k", "c", "a", username="ann") == 1
    assert store.delete_item("k", "c", "a") == 0
    assert list(store.get_key("k", "c") or ()) == ["b", "c"]
    assert store.delete_collection("k", "c", "bob") == 2
    assert store.delete_collection("k", None) == 0
    store = reopen(store)
    assert store.get_key("k", "c") is None
    assert store.delete_key("k") == 1
    assert store.get_key("k") is None
    rows = store.history_conn.execute(
        "SELECT item_name, version, username FROM storage_history WHERE cfp_op = 'delete' ORDER BY cfp_seq"
    ).fetchall()
    assert rows == [("a", 2, "ann"), ("b", 2, "bob"), ("c", 2, "bob"), ("a", 2, None)]
    store.store("k", {}, "a", "c")
    assert (store.get_record("k", "c", "a") or {})["version"] == 3


def test_a_restored_version_is_the_old_state(store: CollectionFastPersist) -> None:
    store.store("k", {"when": "2025-01-02", "nested": [1, {"a": None}]}, "a", "c", True, "2025-01-02T03:04:05+02:00")
    before = store.get_item("k", "c", "a")
    store.delete_item("k", "c", "a")
    assert store.restore_item("k", "c", "a", 1) == 3
    assert store.get_item("k", "c", "a") == before
    for version, error in ((2, InvalidArgumentError), (9, InvalidArgumentError), ("1", InvalidTypeError), (None, InvalidTypeError)):
        with pytest.raises(error):
            store.restore_item("k", "c", "a", version)  # type: ignore[arg-type]


def test_a_conflict_says_what_is_there_and_changes_nothing(store: CollectionFastPersist) -> None:
    assert store.store("k", {}, "a", expected_version=0) == 1
    with pytest.raises(VersionConflictError) as caught:
        store.store("k", {}, "a", value=2, expected_version=0)
    error = caught.value
    assert (error.code, error.current_version, error.expected_version, error.change) == ("version_conflict", 1, 0, 0)
    assert isinstance(error, CollectionFastPersistError) and pickle.loads(pickle.dumps(error)).current_version == 1
    with pytest.raises(VersionConflictError):
        store.delete_item("k", "", "a", expected_version=2)
    assert store.get_stats()["last_sequence"] == 1
    assert store.delete_item("k", None, "a", expected_version=1) == 1


@pytest.mark.parametrize("version, error", [(-1, InvalidArgumentError), (2**32, InvalidArgumentError),
                                            (True, InvalidTypeError), (1.0, InvalidTypeError), ("1", InvalidTypeError)])
def test_what_is_no_version_is_refused(store: CollectionFastPersist, version: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="expected_version"):
        store.store("k", {}, "a", expected_version=version)
    assert store.get_key("k") is None


def test_threads_that_compare_lose_no_increment(store: CollectionFastPersist) -> None:
    def work() -> None:
        for _ in range(25):
            while True:
                now = store.get_record("k", "", "n") or {"version": 0, "value": 0}
                try:
                    store.store("k", {}, "n", value=now["value"] + 1, expected_version=now["version"])
                    break
                except VersionConflictError:
                    pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (store.get_item("k", "", "n") or {})["value"] == 100


def test_a_batch_happens_at_the_end_of_its_block_or_not_at_all(store: CollectionFastPersist, reopen: Reopen) -> None:
    store.store("k", {}, "old", "c")
    data = {"n": 1}
    with store.batch() as batch:
        batch.store("k", data, "a", "c", 1.5, "2025-01-02", "ann", expected_version=0)
        data["n"] = 2
        batch.delete_item("k", "c", "old")
        batch.delete_item("k", "c", "never")
        assert store.get_item("k", "c", "a") is None and len(batch) == 3
    assert (batch.sequence, batch.deleted) == (3, 1)
    store = reopen(store)
    assert list(store.get_key("k", "c") or ()) == ["a"]
    assert (store.get_item("k", "c", "a") or {})["n"] == 1
    with pytest.raises(InvalidArgumentError):
        batch.store("k", {})
    with pytest.raises(KeyError), store.batch() as left:
        left.store("k", {}, "b", "c")
        raise KeyError
    with pytest.raises(VersionConflictError) as caught, store.batch() as refused:
        refused.store("k", {}, "b", "c")
        refused.delete_item("k", "c", "a", expected_version=7)
    assert caught.value.change == 1
    with pytest.raises(InvalidRecordError), store.batch() as wrong:
        wrong.store("k", {}, "b", "c")
        wrong.store("k\0", {})
    with store.batch():
        pass
    assert list(store.get_key("k", "c") or ()) == ["a"]
    assert store.get_stats()["last_sequence"] == 3


def test_many_records_are_stored_whole_or_not_at_all(store: CollectionFastPersist) -> None:
    assert store.store_many({"key": "k", "data": {"n": n}, "item_name": f"i{n}"} for n in range(100)) == list(range(1, 101))
    assert store.store_many([("k", {}, "x", "c", 5)]) == [101]
    assert (store.get_item("k", "c", "x") or {})["value"] == 5
    assert store.store_many([]) == []
    wrong: list[Any] = [5, {"key": "k"}, {"key": "k", "data": {}, "other": 1}, {"key": "k", "data": {"a": object()}}, "kv"]
    for record in wrong:
        with pytest.raises(TypeError):
            store.store_many([("k", {}, "y"), record])
    assert store.get_item("k", "", "y") is None
    batches = store.history_conn.execute("SELECT count(DISTINCT cfp_batch) FROM storage_history").fetchall()
    assert batches == [(1,)]


def test_a_request_is_answered_once_through_a_restart(store: CollectionFastPersist, reopen: Reopen) -> None:
    first = store.store("k", {"n": 1}, "a", value=1, reason="signed up", request_id="r1")
    assert store.store("k", {"n": 2}, "a", value=2, request_id="r1") == first
    item = store.get_item("k", "", "a")
    assert item is not None and item["value"] == 1
    assert store.delete_collection("k", None, reason="cleared", request_id="r2") == 1
    assert store.store("k", {}, "b") == first + 2
    assert store.delete_key("k", request_id="r2") == 0
    store = reopen(store)
    assert store.store("k", {"n": 2}, "a", value=2, request_id="r1") == first
    assert store.delete_item("k", "", "b", request_id="r2") == 0
    assert store.get_item("k", "", "b") is not None
    assert {version.reason for version in store.get_history("k", "", "a")} == {"cleared", "signed up"}


def test_unchanged_data_is_not_written_again(store: CollectionFastPersist) -> None:
    first = store.store("k", {"n": 1}, "a", value=1)
    assert store.store("k", {"n": 1}, "a", value=1, skip_unchanged=True) == first
    assert store.store("k", {"n": 1}, "a", value=2, skip_unchanged=True) == first + 1
    unchanged = {"key": "k", "data": {"n": 1}, "item_name": "a", "value": 2, "skip_unchanged": True}
    assert store.store_many([unchanged, ("k", {}, "b")]) == [first + 1, first + 2]


@pytest.mark.parametrize(
    "asked", [{"request_id": ""}, {"request_id": "x" * 257}, {"reason": "\0"}, {"reason": 5}, {"skip_unchanged": 1}]
)
def test_a_wrong_option_of_a_change_is_named(store: CollectionFastPersist, asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(asked))):
        store.store("k", {}, "a", **asked)
    assert store.get_item("k", "", "a") is None

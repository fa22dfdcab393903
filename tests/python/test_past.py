"""Versions of items, what changed between them, and what was there at an earlier moment."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from conftest import Opener

from collection_fast_persist import CollectionFastPersist, InvalidArgumentError, InvalidTypeError


def test_history_comes_newest_first_and_paged(store: CollectionFastPersist) -> None:
    for number in range(1, 26):
        store.store("k", {"n": number}, "i", "c", number, username="ann" if number % 2 else "bob")
        if number == 20:
            store.flush_data_to_duckdb()
    assert store.delete_item("k", "c", "i", username="eve") == 1
    newest = store.get_history("k", "c", "i", limit=2)
    assert [(v.version, v.deleted, v.username) for v in newest] == [(26, True, "eve"), (25, False, "ann")]
    assert newest[0].item is None and newest[1].item is not None and newest[1].item["n"] == newest[1].item["value"] == 25
    seen: list[int] = []
    before: int | None = None
    while page := store.get_history("k", "c", "i", 7, before):
        seen += [version.version for version in page]
        before = page[-1].version
    assert seen == list(range(26, 0, -1))
    assert [v.version for v in store.get_history("k", "c", "i", username="bob", limit=3)] == [24, 22, 20]
    middle = store.get_version("k", "c", "i", 10)
    assert middle is not None and middle.sequence == 10 and middle.updated_at.tzinfo is not None
    assert [v.version for v in store.get_history("k", "c", "i", 2, middle.updated_at)] == [9, 8]
    assert len(store.get_history("k", "c", "i", after=middle.updated_at)) == 16
    assert store.get_history("k", "c", "other") == [] and store.get_version("k", "c", "i", 27) is None


def test_a_diff_names_what_changed(store: CollectionFastPersist) -> None:
    moment = dt.datetime(2025, 1, 15, tzinfo=dt.timezone.utc)
    store.store("k", {"color": "red", "same": 1, "old": [1]}, "i", "c", 1, timestamp=moment)
    with store.batch() as batch:
        batch.store("k", {"color": "blue", "same": 1, "new": None}, "i", "c", 1.0, timestamp=moment)
        batch.delete_item("k", "c", "i")
    diff = store.diff("k", "c", "i", 1, 2)
    assert diff.added == {"new": None} and diff.removed == {"old": [1]}
    assert diff.changed == {"color": ("red", "blue"), "value": (1, 1.0)}
    assert (diff.before.batch, diff.after.batch) == (None, 2)
    gone = store.diff("k", "c", "i", 2, 3)
    assert gone.after.deleted and set(gone.removed) == {"color", "same", "new", "timestamp", "value"}
    with pytest.raises(InvalidArgumentError, match="version 4"):
        store.diff("k", "c", "i", 1, 4)


def number_of(item: Any) -> Any:
    assert item is not None
    return item["n"]


def test_the_past_is_as_it_was(store: CollectionFastPersist) -> None:
    first = store.store("k", {"n": 1}, "a", "c", 1)
    store.store("k", {"n": 2}, "b", "c", 2)
    record = store.get_record("k", "c", "b")
    assert record is not None
    then = record["updated_at"]
    store.store("k", {"n": 3}, "a", "c", 3)
    store.delete_key("k")
    assert store.get_key("k") is None
    assert number_of(store.get_item("k", "c", "a", as_of=then)) == 1
    assert store.get_item("k", "c", "b", as_of=first) is None
    assert number_of(store.get_item("k", "c", "a", as_of=4)) == 3, "within the batch of deletes"
    assert list(store.get_key("k", "c", as_of=then.isoformat()) or {}) == ["a", "b"]
    assert {name: list(items) for name, items in (store.get_key("k", as_of=2) or {}).items()} == {"c": ["a", "b"]}
    assert store.get_key("k", as_of=dt.datetime(2200, 1, 1)) is None
    store.store("k", {"n": 5}, "a", "c")
    assert number_of(store.get_item("k", "c", "a", as_of=None)) == 5 and list(store.get_key("k", as_of=None) or {}) == ["c"]


@pytest.mark.parametrize("arguments", [{"limit": 0}, {"limit": -(2**80)}, {"before": -1}, {"after": "tomorrow"}])
def test_a_question_that_is_none_is_refused(store: CollectionFastPersist, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        store.get_history("k", "c", "i", **arguments)


@pytest.mark.parametrize("as_of", [True, 1.5, [], b"2025"])
def test_a_moment_that_is_none_is_refused(store: CollectionFastPersist, as_of: Any) -> None:
    with pytest.raises(InvalidTypeError):
        store.get_item("k", "c", "i", as_of=as_of)
    with pytest.raises(ValueError, match="as_of"):
        store.get_key("k", as_of=-1)


def test_the_past_is_read_from_a_store_that_is_opened_for_reading(open_store: Opener) -> None:
    with open_store() as store:
        for number in range(20):
            store.store("k", {"n": number}, "i", "c", number)
    with open_store(read_only=True) as store:
        assert [v.version for v in store.get_history("k", "c", "i", 3)] == [20, 19, 18]
        assert number_of(store.get_item("k", "c", "i", as_of=5)) == 4

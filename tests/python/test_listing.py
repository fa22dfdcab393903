"""Names of keys, collections and items, now and at an earlier moment."""

from __future__ import annotations

import datetime as dt
from typing import Any, Iterator

import pytest
from conftest import Opener

from collection_fast_persist import CollectionFastPersist, InvalidArgumentError, InvalidTypeError, _listing


def test_names_come_in_order_and_paged_both_ways(store: CollectionFastPersist) -> None:
    names = [f"k{number:04}" for number in range(1000)] + ["z", "\u00e4", "\U0001f3b2"]
    store.store_many({"key": name, "data": {}, "item_name": "i", "collection_name": "c"} for name in reversed(names))
    store.flush_data_to_duckdb()
    assert list(store.keys()) == names and list(store.keys(reverse=True)) == names[::-1]
    assert list(store.keys("k09")) == names[900:1000]
    first = list(store.keys(limit=10))
    second = list(store.keys(limit=10, after=first[-1]))
    assert second == names[10:20]
    assert list(store.keys(limit=10, before=second[0], reverse=True)) == first[::-1]
    assert list(store.keys(limit=700)) == names[:700] and list(store.keys(limit=0)) == []
    assert list(store.keys(after="k0998", before="z")) == ["k0999"]


def test_levels_are_listed_with_what_they_hold(open_store: Opener) -> None:
    with open_store() as store:
        for number in range(3):
            store.store("class", {"n": number}, f"seat{number}", f"row{number % 2}", number)
        store.store("gone", {}, "i", "c")
        store.close()
    with open_store() as store:
        assert store.delete_key("gone") == 1
        assert list(store.keys()) == ["class"] and list(store.collections("gone")) == []
        assert list(store.collections("class")) == ["row0", "row1"]
        assert list(store.collections("class", "row1")) == ["row1"]
        items = list(store.items("class", "row0", reverse=True))
        assert [(name, item["n"], item["value"]) for name, item in items] == [("seat2", 2, 2), ("seat0", 0, 0)]
        assert items[0][1] == store.get_item("class", "row0", "seat2")
        store.store("class", {}, "", None)
        assert [name for name, _ in store.items("class")] == [""]
        assert list(store.items("nobody", "c")) == []


def test_a_view_is_the_whole_store_at_a_moment(store: CollectionFastPersist) -> None:
    store.store("k", {"n": 1}, "a", "c", 1)
    then = store.store("l", {"n": 2}, "b", "d", 2)
    moment = store.get_history("l", "d", "b")[0].updated_at
    store.store("k", {"n": 3}, "a", "c", 3)
    store.delete_key("l")
    store.store("m", {}, "i", "c")
    assert list(store.keys()) == ["k", "m"]
    for view in (store.as_of(then), store.as_of(moment), store.as_of(moment.isoformat())):
        assert view.sequence >= then
        assert list(view.keys()) == ["k", "l"] and list(view.keys("l")) == ["l"]
        assert list(view.collections("l")) == ["d"]
        assert [(name, item["n"]) for name, item in view.items("l", "d")] == [("b", 2)]
        kept: Any = view.get_item("k", "c", "a")
        assert kept["n"] == 1 and view.get_key("m") is None and set(view.get_key("l") or {}) == {"d"}
    now = store.as_of(dt.datetime(2999, 1, 1))
    store.store("n", {}, "i", "c")
    assert list(now.keys()) == ["k", "m"] and "through 5" in repr(now)
    assert list(store.as_of(0).keys()) == []


def test_mistakes_are_told_where_they_are_made(store: CollectionFastPersist) -> None:
    with pytest.raises(InvalidArgumentError, match="limit: -1"):
        store.keys(limit=-1)
    with pytest.raises(InvalidTypeError, match="limit"):
        store.items("k", "c", limit="5")  # type: ignore[arg-type]
    with pytest.raises(InvalidTypeError, match="prefix"):
        store.collections("k", 5)  # type: ignore[arg-type]
    with pytest.raises(InvalidTypeError, match="reverse"):
        store.keys(reverse=1)  # type: ignore[arg-type]
    with pytest.raises(InvalidTypeError, match="key"):
        store.collections(None)  # type: ignore[arg-type]
    with pytest.raises(InvalidTypeError, match="as_of"):
        store.as_of(None)  # type: ignore[arg-type]


def test_pages_grow_and_are_read_only_when_they_are_wanted() -> None:
    asked: list[int] = []

    def fetch(prefix: str, after: Any, before: Any, descending: bool, limit: int, sequence: Any) -> list[str]:
        asked.append(limit)
        begin = 0 if after is None else int(after) + 1
        return [f"{number:07}" for number in range(begin, begin + limit)]

    names: Iterator[str] = _listing.listed(fetch, _listing.name_itself, "", None, None, False, None)
    assert asked == [256]
    taken = [next(names) for _ in range(3000)]
    assert taken == [f"{number:07}" for number in range(3000)] and asked == [256, 2048, 16384]
    asked.clear()
    assert len(list(_listing.listed(fetch, _listing.name_itself, "", None, None, False, 300))) == 300
    assert asked == [256, 44]

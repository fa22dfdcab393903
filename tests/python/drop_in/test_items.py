"""What is stored, and what is read of it."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Any

import pytest

from collection_fast_persist import CollectionFastPersist
from fast_persist_common import StorageKeys, normalize_datetime_fields, parse_timestamp

from . import IS_REFERENCE, differs
from .conftest import Place

UTC = dt.timezone.utc
NOON = dt.datetime(2025, 1, 15, 12, 0, tzinfo=UTC)
INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30))


def read(storage: CollectionFastPersist) -> Any:
    return storage.get_item("key", "collection", "item")


def test_an_item_is_one_flat_dict(place: Place) -> None:
    storage = place.open()
    storage.store("key", {"label": "Age", "nested": {"list": [1, None, True]}}, "item", "collection", 32, NOON, "ada")
    expected = {"label": "Age", "nested": {"list": [1, None, True]}, "value": 32, "timestamp": NOON, "username": "ada"}
    assert read(storage) == expected
    assert read(place.reopen()) == expected


def test_a_username_is_there_only_where_it_was_given(place: Place) -> None:
    storage = place.open()
    storage.store("key", {}, "item", "collection", None, NOON)
    assert read(storage) == {"value": None, "timestamp": NOON}
    assert read(place.reopen()) == {"value": None, "timestamp": NOON}


def test_get_key_has_one_level_for_a_collection_and_two_for_all(place: Place) -> None:
    storage = place.open()
    for collection, item in (("b", "2"), ("b", "1"), ("a", "1")):
        storage.store("key", {}, item, collection, collection + item, NOON)
    one = {"2": {"value": "b2", "timestamp": NOON}, "1": {"value": "b1", "timestamp": NOON}}
    assert storage.get_key("key", "b") == one
    assert storage.get_key("key") == {"b": one, "a": {"1": {"value": "a1", "timestamp": NOON}}}
    assert list(storage.get_key("key") or {}) == ["b", "a"]
    assert list(storage.get_key("key", "b") or {}) == ["2", "1"]


def test_names_that_are_not_given_are_empty(place: Place) -> None:
    storage = place.open()
    storage.store("key", {}, value=1, timestamp=NOON)
    assert storage.get_item("key", "", "") == {"value": 1, "timestamp": NOON}
    assert storage.get_key("key") == {"": {"": {"value": 1, "timestamp": NOON}}}


def test_what_is_missing_is_none(place: Place) -> None:
    storage = place.open()
    assert storage.get_key("key") is None
    assert storage.get_key("key", "collection") is None
    storage.store("key", {}, "item", "collection")
    assert storage.get_item("key", "collection", "other") is None
    assert storage.get_item("key", "other", "item") is None
    assert storage.get_item("other", "collection", "item") is None


@differs("missing-collection")
def test_get_key_of_a_missing_collection(place: Place) -> None:
    storage = place.open()
    storage.store("key", {}, "item", "collection")
    assert storage.get_key("key", "other") == ({} if IS_REFERENCE else None)


@differs("misses-leave-nothing")
def test_a_look_up_that_finds_nothing(place: Place) -> None:
    storage = place.open()
    storage.get_item("key", "collection", "item")
    assert storage.get_key("key") == ({"collection": {}} if IS_REFERENCE else None)
    assert storage.get_stats()["cache_size"] == (1 if IS_REFERENCE else 0)


@pytest.mark.parametrize(
    "value", [0, -(2**63), 2**63 - 1, 1.75, -0.0, 1e300, "text", "", "2025-01-15", "ü\U0001f600", None]
)
def test_a_value_keeps_its_type(value: Any, place: Place) -> None:
    storage = place.open()
    storage.store("key", {}, "item", "collection", value)
    for item in (read(storage), read(place.reopen())):
        assert repr(item["value"]) == repr(value)


@differs("bool-value")
def test_a_bool(place: Place) -> None:
    storage = place.open()
    storage.store("key", {}, "item", "collection", True)
    assert read(storage)["value"] is True
    value = read(place.reopen())["value"]
    assert type(value) is (int if IS_REFERENCE else bool) and value == 1


@differs("value-field")
def test_a_value_in_data(place: Place) -> None:
    storage = place.open()
    storage.store("key", {"value": 7}, "item", "collection")
    assert read(storage)["value"] == (None if IS_REFERENCE else 7)


def test_a_parameter_wins_over_data_and_data_over_the_default(place: Place) -> None:
    storage = place.open()
    data: Any = {StorageKeys.TIMESTAMP: "2025-01-15T12:00:00Z", StorageKeys.USERNAME: "data"}
    storage.store("key", data, "of data", "collection")
    storage.store("key", data, "of parameters", "collection", 1, "2025-02-01T00:00:00+00:00", "parameter")
    before = dt.datetime.now(UTC)
    storage.store("key", {}, "default", "collection")
    found: Any = storage.get_key("key", "collection")
    assert (found["of data"]["timestamp"], found["of data"]["username"]) == (NOON, "data")
    assert found["of parameters"]["timestamp"] == dt.datetime(2025, 2, 1, tzinfo=UTC)
    assert found["of parameters"]["username"] == "parameter"
    assert before <= found["default"]["timestamp"] <= dt.datetime.now(UTC)


@pytest.mark.parametrize("timestamp, expected", [
    ("2025-01-15T12:00:00Z", NOON), ("2025-01-15 12:00:00", NOON), ("2025-01-15T17:30:00+05:30", NOON),
    ("2025-01-15", NOON.replace(hour=0)), (dt.datetime(2025, 1, 15, 12), NOON), (NOON.astimezone(INDIA), NOON),
    (dt.date(2025, 1, 15), NOON.replace(hour=0)), ("2025-01-15T12:00:00.000123", NOON.replace(microsecond=123)),
])
def test_a_timestamp_is_a_moment_with_a_zone(timestamp: Any, expected: dt.datetime, place: Place) -> None:
    storage = place.open()
    storage.store("key", {}, "item", "collection", 1, timestamp)
    found = read(storage)["timestamp"]
    assert type(found) is dt.datetime and found.utcoffset() is not None and found == expected
    assert parse_timestamp(timestamp) == expected


@differs("bad-timestamp")
def test_text_that_is_no_timestamp(place: Place) -> None:
    storage = place.open()
    if IS_REFERENCE:
        storage.store("key", {}, "item", "collection", 1, "yesterday")
        assert read(storage)["timestamp"] is None
    else:
        with pytest.raises(ValueError, match="timestamp: 'yesterday'"):
            storage.store("key", {}, "item", "collection", 1, "yesterday")
        assert read(storage) is None
    assert parse_timestamp("yesterday") is None


@differs("offsets-stay")
def test_the_offset_of_a_timestamp(place: Place) -> None:
    storage = place.open()
    at = NOON.astimezone(INDIA)
    storage.store("key", {}, "item", "collection", 1, at)
    assert read(storage)["timestamp"].utcoffset() == INDIA.utcoffset(None)
    found = read(place.reopen())["timestamp"]
    if IS_REFERENCE:
        assert found.utcoffset() == dt.timedelta(0)
    else:
        assert (found, found.utcoffset()) == (at, INDIA.utcoffset(None))


@differs("offsets-stay")
def test_a_moment_on_a_machine_outside_of_utc(place: Place) -> None:
    place.kill("storage.store('key', {}, 'item', 'collection', 1, '2025-01-15T12:00:00+00:00')\n"
               "storage.flush_data_to_duckdb()\nstorage._update_latest_table()\n",
               environment={"TZ": "Asia/Tokyo"})
    found = read(place.open("2025-12-25"))["timestamp"]
    assert found == (NOON.replace(hour=21) if IS_REFERENCE else NOON)


def test_dates_in_data_become_datetimes_at_every_depth(place: Place) -> None:
    data = {"text": "2025-01-15T12:00:00Z", "day": dt.date(2025, 1, 15), "naive": dt.datetime(2025, 1, 15, 12),
            "deep": [{"text": "2025-01-15 12:00:00+00:00"}, "2025-01-15"], "plain": "no date", "value of": "12:00"}
    expected = {"text": NOON, "day": NOON.replace(hour=0), "naive": NOON,
                "deep": [{"text": NOON}, NOON.replace(hour=0)], "plain": "no date", "value of": "12:00"}
    assert normalize_datetime_fields(data) == expected
    storage = place.open()
    storage.store("key", data, "item", "collection", 1, NOON)
    for item in (read(storage), read(place.reopen())):
        assert item == {**expected, "value": 1, "timestamp": NOON}


@differs("digits-are-no-date")
def test_digits_alone(place: Place) -> None:
    storage = place.open()
    storage.store("key", {"student": "20250115"}, "item", "collection", 1)
    becomes_date = IS_REFERENCE and sys.version_info >= (3, 11)
    assert read(storage)["student"] == (dt.datetime(2025, 1, 15, tzinfo=UTC) if becomes_date else "20250115")


@differs("tuples")
def test_a_tuple(place: Place) -> None:
    storage = place.open()
    storage.store("key", {"pair": (1, 2)}, "item", "collection", 1)
    assert read(storage)["pair"] == ((1, 2) if IS_REFERENCE else [1, 2])
    assert read(place.reopen())["pair"] == [1, 2]


@differs("returns-sequence")
def test_what_store_returns(place: Place) -> None:
    storage = place.open()
    returned = [storage.store("key", {}), storage.store("key", {})]
    assert returned == ([None, None] if IS_REFERENCE else [1, 2])


@differs("copies")
def test_editing_what_was_read(place: Place) -> None:
    storage = place.open()
    storage.store("key", {"tags": ["a"]}, "item", "collection", 1)
    read(storage)["tags"].append("b")
    read(storage)["value"] = 2
    assert (read(storage)["tags"], read(storage)["value"]) == ((["a", "b"], 2) if IS_REFERENCE else (["a"], 1))


def test_the_cache_is_a_mapping_of_three_levels(place: Place) -> None:
    storage = place.open()
    storage.store("key", {"label": "a"}, "item", "collection", 1, NOON)
    assert storage.cache["key"]["collection"]["item"] == {"label": "a", "value": 1, "timestamp": NOON}
    assert list(storage.cache) == ["key"] and len(storage.cache) == 1
    assert "key" in storage.cache and "other" not in storage.cache


@differs("cache-is-a-view")
def test_writing_to_the_cache(place: Place) -> None:
    storage = place.open()
    cache: Any = storage.cache
    if IS_REFERENCE:
        cache["key"] = {"collection": {"item": {"value": 1}}}
        assert read(storage) == {"value": 1}
    else:
        with pytest.raises(TypeError):
            cache["key"] = {"collection": {"item": {"value": 1}}}

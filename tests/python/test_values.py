"""What goes in comes out: equal in value, type, zone and order, before and after a restart (P12)."""

from __future__ import annotations

import datetime as dt
import enum
import math
import os
import random
import string
from collections import OrderedDict, namedtuple
from typing import Any, Callable

import pytest
from conftest import Opener

from collection_fast_persist import CollectionFastPersist, StorageKeys

Reopen = Callable[[CollectionFastPersist], CollectionFastPersist]
UTC = dt.timezone.utc
EAST = dt.timezone(dt.timedelta(hours=5, minutes=30))
NOON = dt.datetime(2025, 1, 15, 12, 0, tzinfo=UTC)


def same(left: Any, right: Any) -> bool:
    """Equal in value, type, order of fields, and offset."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[name], right[name]) for name in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dt.datetime):
        return bool(left == right and left.utcoffset() == right.utcoffset())
    if isinstance(left, float):
        return bool(left == right and math.copysign(1, left) == math.copysign(1, right))
    return bool(left == right)


Point = namedtuple("Point", ["x", "y"])

PAIRS = {
    "ints": ([0, -1, 2**63 - 1, -(2**63), 2**64 - 1], None),
    "floats": ([0.0, -0.0, 1.0, 1e300, 5e-324, 0.1, -1.5e-7], None),
    "bools and None": ([True, False, None], None),
    "text": (["", "ü", "\U0001f600", "a\"b\\c/d", "\x00\x01\x1f\x7f", "line\nbreak\ttab\r\b\f", "20240101"], None),
    "nested": ({"b": {"c": [1, [2, {"d": []}], {}]}, "a": 1}, None),
    "empty names": ({"": {"": 0}, " ": 1, "ü": 2, '"': 3, "\n": 4}, None),
    "tuple": ((1, (2,)), [1, [2]]),
    "named tuple": (Point(1, 2), [1, 2]),
    "aware": (dt.datetime(2025, 1, 15, 12, 0, 0, 1, tzinfo=EAST), None),
    "naive": (dt.datetime(2025, 1, 15, 12), NOON),
    "date": (dt.date(2025, 1, 15), dt.datetime(2025, 1, 15, tzinfo=UTC)),
    "west": (dt.datetime(1, 1, 1, tzinfo=dt.timezone(-dt.timedelta(hours=23, minutes=59))), None),
    "ISO text": ("2025-01-15T12:00:00Z", NOON),
    "ISO text with an offset": ("2025-01-15 17:30+05:30", dt.datetime(2025, 1, 15, 17, 30, tzinfo=EAST)),
    "ISO date in a list": (["2025-01-15"], [dt.datetime(2025, 1, 15, tzinfo=UTC)]),
    "no dates": (["2025-1-15", "2025-02-30", "20250115", "2025-W03-1", "2025-01-15T12:00:00.1234567", "12:00"], None),
    "ordered": (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
}


@pytest.mark.parametrize("given, wanted", PAIRS.values(), ids=PAIRS)
def test_data_comes_back_as_it_was_stored(
    store: CollectionFastPersist, reopen: Reopen, given: Any, wanted: Any
) -> None:
    wanted = given if wanted is None else wanted
    store.store("k", {"field": given}, "i", "c")
    assert same(store.get_item("k", "c", "i")["field"], wanted)  # type: ignore[index]
    store = reopen(store)
    assert same(store.get_item("k", "c", "i")["field"], wanted)  # type: ignore[index]
    assert same(store.get_key("k", "c")["i"]["field"], wanted)  # type: ignore[index]
    assert same(store.get_key("k")["c"]["i"]["field"], wanted)  # type: ignore[index]


@pytest.mark.parametrize(
    "value", [0, -1, 2**63 - 1, -(2**63), 1.5, -0.0, math.inf, -math.inf, "", "ü", "2025-01-15", "\x00", True, False, None]
)
def test_a_value_keeps_its_type(store: CollectionFastPersist, reopen: Reopen, value: Any) -> None:
    store.store("k", {}, "i", "c", value)
    assert same(store.get_item("k", "c", "i")["value"], value)  # type: ignore[index]
    store = reopen(store)
    assert same(store.get_item("k", "c", "i")["value"], value)  # type: ignore[index]


def test_not_a_number_is_kept_as_a_value(store: CollectionFastPersist, reopen: Reopen) -> None:
    store.store("k", {}, "i", "c", math.nan)
    assert math.isnan(reopen(store).get_item("k", "c", "i")["value"])  # type: ignore[index]


class Level(enum.IntEnum):
    HIGH = 3


class Name(str):
    pass


class Loud(dict):  # type: ignore[type-arg]
    def items(self) -> Any:
        return [(name.upper(), value) for name, value in super().items()]


def test_subclasses_of_plain_types_are_stored_as_those(store: CollectionFastPersist) -> None:
    store.store(Name("k"), {Name("n"): Level.HIGH, "s": Name("x"), "f": type("F", (float,), {})(1.5)}, Name("i"), "c", Level.HIGH)
    item = store.get_item("k", "c", "i")
    assert item is not None
    assert same({name: item[name] for name in ("n", "s", "f", "value")}, {"n": 3, "s": "x", "f": 1.5, "value": 3})
    store.store("k", Loud(a=1), "loud", "c")
    assert store.get_item("k", "c", "loud")["A"] == 1  # type: ignore[index]


def test_storage_keys_are_text() -> None:
    assert str(StorageKeys.STATUS) == "status" == f"{StorageKeys.STATUS}"
    by_text: dict[str, int] = {StorageKeys.STATUS: 1}
    assert by_text["status"] == 1
    assert [key.value for key in StorageKeys] == ["process_name", "timestamp", "status", "status_int", "username"]


def test_the_special_fields_come_from_parameter_then_data_then_default(store: CollectionFastPersist) -> None:
    data = {"timestamp": "2025-01-15T12:00:00Z", "username": "from data", "value": 1, "status": "2025-01-15"}
    store.store("k", data, "data", "c")
    item = store.get_item("k", "c", "data")
    assert item == {"timestamp": NOON, "username": "from data", "status": "2025-01-15", "value": 1}
    store.store("k", {**data, "value": 5}, "parameter", "c", 5, dt.datetime(2026, 1, 1, tzinfo=EAST), "me")
    item = store.get_item("k", "c", "parameter")
    assert item is not None
    assert (item["timestamp"], item["username"], item["value"]) == (dt.datetime(2026, 1, 1, tzinfo=EAST), "me", 5)
    assert item["timestamp"].utcoffset() == dt.timedelta(hours=5, minutes=30)
    before = dt.datetime.now(UTC)
    store.store("k", {}, "default", "c")
    item = store.get_item("k", "c", "default")
    assert item is not None
    assert before <= item["timestamp"] <= dt.datetime.now(UTC)
    assert "username" not in item and item["value"] is None


@pytest.mark.parametrize(
    "given",
    ["2025-01-15T12:00:00Z", "2025-01-15 12:00", dt.datetime(2025, 1, 15, 12), NOON, NOON.astimezone(EAST)],
    ids=repr,
)
def test_a_timestamp_is_always_aware(store: CollectionFastPersist, given: Any) -> None:
    store.store("k", {}, "i", "c", timestamp=given)
    found = store.get_item("k", "c", "i")["timestamp"]  # type: ignore[index]
    assert found == NOON and found.tzinfo is not None


def test_a_date_as_timestamp_is_midnight_in_utc(store: CollectionFastPersist) -> None:
    store.store("k", {}, "i", "c", timestamp=dt.date(2025, 1, 15))
    assert store.get_item("k", "c", "i")["timestamp"] == dt.datetime(2025, 1, 15, tzinfo=UTC)  # type: ignore[index]


def test_text_stays_text_where_normalizing_is_off(open_store: Opener) -> None:
    store = open_store(normalize_datetimes=False)
    store.store("k", {"text": "2025-01-15", "moment": NOON}, "i", "c")
    item = store.get_item("k", "c", "i")
    assert item is not None
    assert item["text"] == "2025-01-15" and item["moment"].startswith("2025-01-15T12:00:00")
    assert isinstance(item["timestamp"], dt.datetime)


def test_what_is_read_is_a_copy(store: CollectionFastPersist) -> None:
    store.store("k", {"list": [1], "dict": {"a": 1}, "flat": 1}, "nested", "c")
    store.store("k", {"flat": 1}, "flat", "c")
    for name in ("nested", "flat"):
        wanted = store.get_item("k", "c", name)
        for _ in range(4):  # the second and later reads of an item may take a short way
            item = store.get_item("k", "c", name)
            assert item == wanted
            assert item is not None
            item["flat"] = 2
            item["new"] = 3
            if name == "nested":
                item["list"].append(2)
                item["dict"]["b"] = 2
        store.get_key("k")["c"][name]["flat"] = 9  # type: ignore[index]
        assert store.get_item("k", "c", name) == wanted


def test_a_record_has_version_sequence_and_time(store: CollectionFastPersist) -> None:
    first = store.store("k", {"version": "mine"}, "i", "c", 1)
    second = store.store("k", {"version": "mine"}, "i", "c", 2)
    record = store.get_record("k", "c", "i")
    assert record is not None
    assert (first, second) == (1, 2)
    assert (record["version"], record["sequence"], record["value"]) == (2, 2, 2)
    assert record["updated_at"].tzinfo is UTC
    assert store.get_item("k", "c", "i")["version"] == "mine"  # type: ignore[index]
    assert store.get_record("k", "c", "none") is None


def test_reads_of_what_is_not_there_are_none(store: CollectionFastPersist) -> None:
    assert store.get_key("k") is None and store.get_key("k", "c") is None and store.get_item("k", "c", "i") is None
    store.store("k", {}, "i", "c")
    assert store.get_key("k", "other") is None and store.get_item("k", "c", "other") is None
    assert store.get_key("nul\0") is None


def test_missing_names_are_empty(store: CollectionFastPersist) -> None:
    store.store("k", {"a": 1})
    assert store.get_item("k", None, None) == store.get_item("k", "", "")
    assert list(store.get_key("k")) == [""]  # type: ignore[arg-type]


def test_items_and_collections_come_in_the_order_of_their_first_store(
    store: CollectionFastPersist, reopen: Reopen
) -> None:
    names = [f"n{number}" for number in random.Random(7).sample(range(100), 20)]
    for name in names + names[::-1]:
        store.store("k", {}, name, "z")
        store.store("k", {}, name, "a")
    for _ in range(2):
        assert list(store.get_key("k", "z")) == names  # type: ignore[arg-type]
        assert list(store.get_key("k")) == ["z", "a"]  # type: ignore[arg-type]
        store = reopen(store)


def random_value(rng: random.Random, depth: int) -> Any:
    kind = rng.randrange(9 if depth < 4 else 7)
    if kind == 0:
        return rng.choice([0, 1, -1, rng.randrange(-(2**63), 2**64)])
    if kind == 1:
        return rng.choice([0.0, rng.uniform(-1e6, 1e6), rng.random() * 10 ** rng.randrange(-300, 300)])
    if kind == 2:
        return rng.choice([True, False, None])
    if kind in (3, 4):
        return "".join(rng.choices(string.printable + "äß\u2028\U0001f600\x00", k=rng.randrange(12)))
    if kind == 5:
        return dt.datetime.fromtimestamp(rng.randrange(0, 4 * 10**9), UTC).astimezone(
            dt.timezone(dt.timedelta(minutes=rng.randrange(-1439, 1440)))
        )
    if kind == 6:
        return rng.choice(["2025-01-1", "2025-13-01", "0000-01-01", "1234-56-78"])
    if kind == 7:
        return [random_value(rng, depth + 1) for _ in range(rng.randrange(5))]
    return {f"f{rng.randrange(1000)}{rng.choice(['', 'ü', chr(34), chr(92)])}": random_value(rng, depth + 1) for _ in range(rng.randrange(6))}


def test_random_documents_come_back_equal(store: CollectionFastPersist, reopen: Reopen) -> None:
    seed = int(os.environ.get("CFP_SEED", random.randrange(2**32)))
    rng = random.Random(seed)
    stored = {f"i{number}": {"field": random_value(rng, 0), "more": random_value(rng, 1)} for number in range(300)}
    for name, data in stored.items():
        store.store("k", data, name, "c")
    for _ in range(2):
        for name, item in store.get_key("k", "c").items():  # type: ignore[union-attr]
            for field, wanted in stored[name].items():
                assert same(item[field], wanted), f"seed {seed}, item {name}, field {field}"
        store = reopen(store)

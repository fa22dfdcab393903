"""Numbers, bools and timestamps of numpy and pandas."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from collection_fast_persist import CollectionFastPersist, InvalidRecordError, InvalidTypeError

numpy = pytest.importorskip("numpy", reason="numpy is not installed")
pandas = pytest.importorskip("pandas", reason="pandas is not installed")
MOMENT = dt.datetime(2025, 1, 15, 12, 0, 0, 5, tzinfo=dt.timezone.utc)

ACCEPTED = {
    "int8": (lambda: numpy.int8(-5), -5),
    "uint64": (lambda: numpy.uint64(2**64 - 1), 2**64 - 1),
    "float64": (lambda: numpy.float64(0.1), 0.1),
    "float32": (lambda: numpy.float32(0.5), 0.5),
    "bool": (lambda: numpy.bool_(True), True),
    "str": (lambda: numpy.str_("x"), "x"),
    "datetime64": (lambda: numpy.datetime64("2025-01-15T12:00:00.000005"), MOMENT),
    "datetime64 of days": (lambda: numpy.datetime64("2025-01-15"), dt.datetime(2025, 1, 15, tzinfo=dt.timezone.utc)),
    "datetime64 of nanoseconds": (lambda: numpy.datetime64("2025-01-15T12:00:00.000005000", "ns"), MOMENT),
    "Timestamp": (lambda: pandas.Timestamp("2025-01-15T12:00:00.000005"), MOMENT),
    "Timestamp with a zone": (lambda: pandas.Timestamp("2025-01-15T14:00:00.000005+02:00"), MOMENT),
}
REFUSED = {
    "nanoseconds": (lambda: numpy.datetime64("2025-01-15T12:00:00.000000001", "ns"), InvalidRecordError, "nanoseconds"),
    "Timestamp with nanoseconds": (lambda: pandas.Timestamp("2025-01-15T12:00:00.000000001"), InvalidRecordError, "nanoseconds"),
    "NaT": (lambda: pandas.NaT, InvalidRecordError, "NaT"),
    "numpy NaT": (lambda: numpy.datetime64("NaT"), InvalidRecordError, "NaT"),
    "NA": (lambda: pandas.NA, InvalidTypeError, "cannot be stored"),
    "nan": (lambda: numpy.float64("nan"), InvalidRecordError, "NaN"),
    "nan32": (lambda: numpy.float32("nan"), InvalidRecordError, "NaN"),
    "array": (lambda: numpy.array([1, 2]), InvalidTypeError, "store value.tolist()"),
    "array of nothing": (lambda: numpy.array(1), InvalidTypeError, "store value.tolist()"),
    "complex": (lambda: numpy.complex128(1j), InvalidTypeError, "cannot be stored"),
    "Series": (lambda: pandas.Series([1]), InvalidTypeError, "cannot be stored"),
    "timedelta": (lambda: numpy.timedelta64(1, "s"), InvalidTypeError, "cannot be stored"),
}


@pytest.mark.parametrize("make, wanted", ACCEPTED.values(), ids=ACCEPTED)
def test_a_scalar_becomes_a_plain_object(store: CollectionFastPersist, make: Any, wanted: Any) -> None:
    store.store("k", {"a": [make()]}, "i", "c")
    found = store.get_item("k", "c", "i")["a"][0]  # type: ignore[index]
    assert found == wanted and type(found) is type(wanted)


@pytest.mark.parametrize("make, error, message", REFUSED.values(), ids=REFUSED)
def test_what_would_lose_something_is_refused(
    untouched: CollectionFastPersist, make: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        untouched.store("k", {"a": [make()]}, "i", "c")
    assert str(caught.value).startswith("data.a[0]: ") and message in str(caught.value)
    assert untouched.get_key("k") is None


def test_scalars_are_taken_as_value_and_timestamp(store: CollectionFastPersist) -> None:
    store.store("k", {}, "i", "c", numpy.int64(7), pandas.Timestamp(MOMENT))
    item = store.get_item("k", "c", "i")
    assert item == {"timestamp": MOMENT, "value": 7} and type(item["value"]) is int
    store.store("k", {}, "i", "c", numpy.float32(0.5), numpy.datetime64("2025-01-15T12:00:00.000005"))
    assert store.get_item("k", "c", "i") == {"timestamp": MOMENT, "value": 0.5}
    with pytest.raises(InvalidTypeError, match="value"):
        store.store("k", {}, "i", "c", numpy.array([1]))

"""parse_timestamp and normalize_datetime_fields, by either import."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest

import fast_persist_common
from collection_fast_persist import CollectionFastPersist, normalize_datetime_fields, parse_timestamp

UTC = dt.timezone.utc
EAST = dt.timezone(dt.timedelta(hours=5, minutes=30))
NOON = dt.datetime(2025, 1, 15, 12, tzinfo=UTC)


def test_both_modules_have_the_same_names() -> None:
    assert fast_persist_common.parse_timestamp is parse_timestamp
    assert fast_persist_common.normalize_datetime_fields is normalize_datetime_fields
    assert str(fast_persist_common.StorageKeys.STATUS) == "status"


@pytest.mark.parametrize(
    "given, wanted",
    [(None, None), ("2025-01-15T12:00:00Z", NOON), ("2025-01-15 12:00", NOON), (NOON, NOON), (NOON.replace(tzinfo=None), NOON),
     (dt.date(2025, 1, 15), NOON.replace(hour=0)), ("2025-01-15T17:30:00+05:30", NOON)],
    ids=repr,
)
def test_a_timestamp_is_parsed(given: Any, wanted: Any) -> None:
    found = parse_timestamp(given)
    assert found == wanted and (found is None or found.tzinfo is not None)


def test_text_that_is_none_is_logged_and_none(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert parse_timestamp("my secret") is None
    assert "no ISO 8601 timestamp" in caplog.text and "secret" not in caplog.text
    with pytest.raises(TypeError, match="must be a str, date or datetime, not int"):
        parse_timestamp(5)  # type: ignore[arg-type]


def test_fields_are_normalized_as_a_store_does(store: CollectionFastPersist) -> None:
    data = {"a": "2025-01-15", "b": [dt.date(2025, 1, 15), {"c": "2025-01-15T12:00+05:30"}], "d": (1, "x"), "e": NOON.astimezone(EAST)}
    normalized = normalize_datetime_fields(data)
    store.store("k", data, "i", "c")
    item = store.get_item("k", "c", "i")
    assert item is not None
    assert normalized == {name: item[name] for name in data}
    assert data["a"] == "2025-01-15" and normalize_datetime_fields("2025-01-15") == "2025-01-15"

"""What a store does with dates and times, as functions."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any, Optional, Union

from ._native import parse_iso
from ._scalars import plain

_logger = logging.getLogger("collection_fast_persist")


def parse_timestamp(ts: Union[str, dt.date, None]) -> Optional[dt.datetime]:
    """The timezone-aware datetime of an ISO 8601 text, date or datetime; what has no zone is UTC.

    None for None, and, with a warning in the log, for text that is no timestamp (`store()` refuses such text).
    Recognised is exactly `YYYY-MM-DD`, or that + (`T` or space) + `hh:mm[:ss[.f{1,6}]]` + optional `Z` or `+-hh[:mm]`.
    """
    if ts is None:
        return None
    if isinstance(ts, str):
        found = parse_iso(ts)
        if found is None:
            _logger.warning("parse_timestamp: a text of %d characters is no ISO 8601 timestamp", len(ts))
        return found
    normalized = _normalized(ts)
    if isinstance(normalized, dt.datetime):
        return normalized
    raise TypeError(f"parse_timestamp: must be a str, date or datetime, not {type(ts).__name__}")


def normalize_datetime_fields(data: Any) -> Any:
    """A copy of `data` in which ISO text, dates and datetimes are timezone-aware datetimes, as a store gives them back.

    Looks into nested dicts, lists and tuples (which become lists). Anything but a dict is returned as it is.
    """
    if not isinstance(data, dict):
        return data
    return {name: _normalized(value) for name, value in data.items()}


def _normalized(value: Any) -> Any:
    if isinstance(value, str):
        found = parse_iso(value)
        return value if found is None else found
    if isinstance(value, dict):
        return normalize_datetime_fields(value)
    if isinstance(value, (list, tuple)):
        return [_normalized(element) for element in value]
    if isinstance(value, dt.datetime):
        if hasattr(value, "to_pydatetime"):
            value = value.to_pydatetime()
        return value if value.tzinfo is not None else value.replace(tzinfo=dt.timezone.utc)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day, tzinfo=dt.timezone.utc)
    if type(value).__name__ == "datetime64":
        return _normalized(plain(value))
    return value

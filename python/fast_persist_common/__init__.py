"""What the storage modules share, under the name that the specification imports it by."""

from __future__ import annotations

from collection_fast_persist import (
    ExtraSchemaError,
    StorageKeys,
    normalize_datetime_fields,
    parse_timestamp,
)

__all__ = ["ExtraSchemaError", "StorageKeys", "normalize_datetime_fields", "parse_timestamp"]

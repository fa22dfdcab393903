"""Names of fields in `data` that have a meaning of their own."""

from __future__ import annotations

import enum


class StorageKeys(str, enum.Enum):
    """Each is a str: usable as a key of `data` and of what is read, and equal to its text."""

    PROCESS_NAME = "process_name"
    TIMESTAMP = "timestamp"
    STATUS = "status"
    STATUS_INT = "status_int"
    USERNAME = "username"

    # As enum.StrEnum, which came with Python 3.11.
    def __str__(self) -> str:
        return str.__str__(self)

    def __format__(self, spec: str) -> str:
        return str.__format__(self, spec)

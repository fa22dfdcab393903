"""The errors of the package. Each names the thing that is wrong and the next step."""

from __future__ import annotations

import errno


class CollectionFastPersistError(Exception):
    """Every error of this package.

    `code` says what kind it is, for programs: "locked", "closed", "forked", "read_only", "failed", "overloaded",
    "corrupt", "newer_version", "foreign", "sql", "internal", and those of the classes below. docs/operations.md has
    the next step for each.
    """

    code: str = "internal"


class InvalidArgumentError(CollectionFastPersistError, ValueError):
    """A parameter or an option is not acceptable. Nothing changed. Code "invalid_argument"."""

    code = "invalid_argument"


class InvalidRecordError(CollectionFastPersistError, ValueError):
    """A record was refused for its content. Nothing changed. Code "invalid_record"."""

    code = "invalid_record"


class InvalidTypeError(InvalidRecordError, TypeError):
    """An argument has a type that is not accepted. Nothing changed. Code "invalid_record"."""


class ExtraSchemaError(CollectionFastPersistError, ValueError):
    """A custom column is not acceptable, or a value does not fit it. Nothing changed. Code "extra_schema"."""

    code = "extra_schema"


class VersionConflictError(CollectionFastPersistError):
    """An item has not the version that the caller expects: somebody was faster. Nothing changed. Code "version_conflict"."""

    code = "version_conflict"
    #: What the item has; 0: it is not there.
    current_version: int = 0
    expected_version: int = 0
    #: Which change of the batch was refused, counted from 0.
    change: int = 0


class StorageOSError(CollectionFastPersistError, OSError):
    """The operating system or the disk refused.

    Codes: "permission", "read_only_disk", "disk_full" (writes work again once there is space), "network_disk", "io"
    and "failed" (an earlier sync failed: open the store anew). `errno` is set where one fits.
    """

    code = "io"


_ERRNO = {
    "permission": errno.EACCES,
    "read_only_disk": errno.EROFS,
    "disk_full": errno.ENOSPC,
    "network_disk": None,
    "io": errno.EIO,
    "failed": errno.EIO,
}
_CLASSES: dict[str, type[CollectionFastPersistError]] = {
    "invalid_argument": InvalidArgumentError,
    "invalid_record": InvalidRecordError,
    "extra_schema": ExtraSchemaError,
    "version_conflict": VersionConflictError,
}


def make_error(code: str, message: str, wrong_type: bool = False) -> CollectionFastPersistError:
    """The exception for an error of the engine."""
    if wrong_type:
        return InvalidTypeError(message)
    if code in _ERRNO:
        os_error = StorageOSError(message)
        os_error.errno = _ERRNO[code]
        os_error.code = code
        return os_error
    error = _CLASSES.get(code, CollectionFastPersistError)(message)
    error.code = code
    return error

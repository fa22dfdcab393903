"""Calls for stores that are not open: repair, restore, list_backups."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from typing import Dict, List, Optional, Union

from . import _native
from ._messages import MessageLog
from ._native import BackupInfo, RepairReport, RestoreReport

PathLike = Union[str, "os.PathLike[str]"]


@dataclass
class _RepairOptions:
    dry_run: bool
    allow_network_fs: bool
    duckdb_memory_limit_bytes: int
    duckdb_threads: int


@dataclass
class _RestoreOptions:
    max_wal_size: int
    extra_schema: Optional[Dict[str, str]]
    allow_network_fs: bool
    duckdb_memory_limit_bytes: int
    duckdb_threads: int


def list_backups(base_dir: PathLike, verify: bool = False) -> List[BackupInfo]:
    """All backups below a base directory, the one with the highest watermark first, unreadable ones last.

    Changes nothing and needs no lock: the store may be open, here or elsewhere, or be damaged. With `verify` every
    column of every row is read. Raises InvalidArgumentError (no such directory) or StorageOSError.
    """
    return _native.list_backups(base_dir, verify)


def repair(
    base_dir: PathLike,
    dry_run: bool = True,
    *,
    allow_network_fs: bool = False,
    duckdb_memory_limit_bytes: int = 512 * 1024 * 1024,
    duckdb_threads: int = 1,
) -> RepairReport:
    """Mends what stops an open with the code "corrupt", and says what it does; by default only says it.

    What is bad is set aside as `.corrupt`, never deleted; every record that can be read is kept, with its sequence.
    Repeated, or on a store that opens, it does nothing. All or nothing: one that is killed is either not begun or is
    finished by the next open or repair. Takes the store's lock. Raises CollectionFastPersistError: "invalid_argument"
    (no store there), "locked", "newer_version", "foreign", or StorageOSError.
    """
    options = _RepairOptions(dry_run, allow_network_fs, duckdb_memory_limit_bytes, duckdb_threads)
    with MessageLog() as messages:
        return _native.repair(base_dir, options, messages)


def restore(
    base_dir: PathLike,
    into: PathLike,
    *,
    sequence: Optional[int] = None,
    time: Union[str, dt.date, None] = None,
    max_wal_size: int = 10 * 1024 * 1024,
    extra_schema: Optional[Dict[str, str]] = None,
    allow_network_fs: bool = False,
    duckdb_memory_limit_bytes: int = 512 * 1024 * 1024,
    duckdb_threads: int = 1,
) -> RestoreReport:
    """Makes a new store in `into` of a closed store, or of what is left of one: everything, or how it once was.

    With `sequence` it goes through that record; with `time` through the last record accepted then or before. The source
    is only read, also where it is damaged or its disk is read-only. `into` must be missing or an empty directory outside
    of `base_dir`. When it returns, the new store is whole and closed. Raises CollectionFastPersistError:
    "invalid_argument", "corrupt" (the message says through which sequence it can be read), "locked", "newer_version",
    "foreign", or StorageOSError; what was made is removed then.
    """
    options = _RestoreOptions(max_wal_size, extra_schema, allow_network_fs, duckdb_memory_limit_bytes, duckdb_threads)
    with MessageLog() as messages:
        return _native.restore(base_dir, into, sequence, time, options, messages)

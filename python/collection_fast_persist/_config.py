"""The options of a store."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Dict, Optional, Union


@dataclass
class CollectionConfig:
    """Options of a store. All sizes are bytes. Values of a wrong type or out of range are refused at open."""

    base_dir: Union[str, "os.PathLike[str]"] = "./collection_storage"
    """Directory of all files of the store; made (0700) when missing. Must not be a symbolic link."""
    max_wal_size: int = 10 * 1024 * 1024
    """Size at which a log segment is closed and the next begun. 4 KiB to 1 GiB."""
    batch_size: int = 1000
    """Number of records after which the background thread moves them to the history table. At least 1."""
    duckdb_flush_interval_seconds: float = 30
    """Longest time a record waits for that. More than 0."""
    retain_days: int = 5
    """Days for which backups are kept; max(2, retain_days) are kept whatever their age. At least 0."""
    extra_schema: Optional[Dict[str, str]] = None
    """Custom columns of both tables: their names and PyArrow type names. Filled from fields of `data`."""
    add_missing_columns: bool = False
    """Whether columns that the tables of the store lack are added at open, filled from `data` of the records that are
    there (NULL where a field does not fit); else the open raises ExtraSchemaError."""

    durability: str = "always"
    """When a store returns: "always" on disk; "interval" written, and on disk `durability_interval_ms` later; "none"
    written, and on disk when something else wants it (`sync`, a flush, `close`). A kill of the process takes nothing back in
    any mode, a loss of power may take back the last records of the latter two."""
    durability_interval_ms: int = 100
    """The window of "interval". 1 to 60,000."""

    max_unflushed_bytes: int = 256 * 1024 * 1024
    """Memory for records that are not yet in the latest table. When it is full, `store` waits. At least 1 MiB."""
    max_cache_bytes: Optional[int] = None
    """Memory for what was read and stored, which makes reads fast; None is no bound. Of more than that, collections that were
    not used for long leave, and the next read loads them again. Records that are not yet in the latest table stay, so that
    table follows when they take a quarter of it. At least 1 MiB."""
    store_timeout_seconds: float = 30
    """How long `store` waits for room before it reports why the tables take nothing. At least 0."""
    latest_interval_seconds: float = 300
    """Longest time before the latest table follows the history table. More than 0."""
    max_record_bytes: int = 16 * 1024 * 1024
    """Longest record, as a log line. 1 KiB to 64 MiB."""
    normalize_datetimes: bool = True
    """Whether ISO dates and date-times in `data` become datetimes. Without, datetimes come back as ISO text."""
    allow_network_fs: bool = False
    """Allows a network file system. The lock that keeps a second process out may not work there."""
    duckdb_memory_limit_bytes: int = 512 * 1024 * 1024
    """Memory of each of the two DuckDB instances. At least 256 MiB."""
    duckdb_threads: int = 1
    """Threads of each of them. 1 to 64."""
    backup_on_close: bool = True
    """Whether `close` makes a backup. Without one it leaves the log as it is."""
    backup_log_bytes: int = 256 * 1024 * 1024
    """Bytes of sealed log without a backup at which one is made beside the running store. At least 1 MiB."""
    backup_interval_seconds: float = 86_400
    """Longest time between two backups of a running store. More than 0."""
    archive_wal: bool = False
    """Keeps log segments that backups cover, back to the oldest backup that is kept."""
    on_damage: str = "heal"
    """What an open does about damage that backups and log can mend: "heal" mends and reports, "raise" only reports."""
    read_only: bool = False
    """Opens without creating or changing anything; beside other readers, never beside a writer."""

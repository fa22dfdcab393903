"""An embedded store of small items in three levels, key -> collection -> item, that loses nothing it acknowledged.

    import datetime as dt
    from collection_fast_persist import CollectionConfig, CollectionFastPersist

    with CollectionFastPersist(dt.date.today(), config=CollectionConfig(base_dir="./my_storage")) as storage:
        storage.store("user_profile", {"label": "Age"}, "age", "personal_info", 32)
        print(storage.get_item("user_profile", "personal_info", "age"))

`store()` returns when the record is on disk. Every version is kept in DuckDB; `storage.history_conn` takes SQL.
"""

from __future__ import annotations

from ._batch import Batch
from ._config import CollectionConfig
from ._errors import (
    CollectionFastPersistError,
    ExtraSchemaError,
    InvalidArgumentError,
    InvalidRecordError,
    InvalidTypeError,
    StorageOSError,
    VersionConflictError,
)
from ._keys import StorageKeys
from ._native import (
    BackupInfo,
    MissingSequences,
    QueryConnection,
    QueryResult,
    RepairReport,
    RepairStep,
    RestoreReport,
)
from ._native import version as __version__
from ._offline import list_backups, repair, restore
from ._past import ItemVersion, PastView, VersionDiff
from ._store import CollectionFastPersist
from ._timestamps import normalize_datetime_fields, parse_timestamp
from ._transfer import ExportResult, ImportResult, TransferProgress
from ._watch import Change, SequenceGap, Subscription, WatchEvent, Watcher

__all__ = [
    "BackupInfo",
    "Batch",
    "Change",
    "CollectionConfig",
    "CollectionFastPersist",
    "CollectionFastPersistError",
    "ExportResult",
    "ExtraSchemaError",
    "ImportResult",
    "InvalidArgumentError",
    "InvalidRecordError",
    "InvalidTypeError",
    "ItemVersion",
    "MissingSequences",
    "PastView",
    "QueryConnection",
    "QueryResult",
    "RepairReport",
    "RepairStep",
    "RestoreReport",
    "SequenceGap",
    "StorageKeys",
    "StorageOSError",
    "Subscription",
    "TransferProgress",
    "VersionConflictError",
    "VersionDiff",
    "WatchEvent",
    "Watcher",
    "__version__",
    "list_backups",
    "normalize_datetime_fields",
    "parse_timestamp",
    "repair",
    "restore",
]

# In tracebacks and help, by the names that one imports them by.
for _public in (CollectionFastPersistError, *CollectionFastPersistError.__subclasses__(), InvalidTypeError):
    _public.__module__ = __name__
del _public

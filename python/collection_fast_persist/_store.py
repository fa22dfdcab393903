"""The store."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import os
import warnings
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, Iterator, List, Mapping, NoReturn, Optional, Tuple, Type, Union, overload

from . import _exit, _native
from ._async import LoopFinder
from ._batch import Batch
from ._cache_view import CacheView
from ._config import CollectionConfig
from ._errors import InvalidTypeError
from ._messages import MessageLog, warn_of_duckdb
from ._native import QueryConnection
from ._listing import listed, name_itself, name_of_item
from ._past import ItemVersion, PastView, VersionDiff, diff_from
from ._transfer import ExportResult, ImportResult, TransferCallback, as_names, told_by_tuple
from ._watch import Subscription, WatchEvent, Watcher

Item = Dict[str, Any]
Items = Dict[str, Item]
Value = Union[int, float, str, None]


class CollectionFastPersist(_native.Store):
    """An embedded store of small items in three levels: key -> collection -> item.

    When `store` returns, the record is on disk; no reader sees a record before that. After any crash the next open finds
    every record that was acknowledged, exactly once.

    Threads: every call may be made by any number of threads at once. Calls that may wait for a disk let other threads
    run; the long ones (open, flush, close, backup, rebuilds) answer Ctrl-C, and what was begun then ends by itself.
    Processes: one at a time, or any number that only read (`CollectionConfig.read_only`). After `os.fork()` the child's
    object is unusable (code "forked").
    Use it as a context manager, or call `close`: a store that is merely dropped warns (ResourceWarning), and makes no
    backup.
    """

    def __init__(
        self,
        date: Union[dt.date, str],
        base_dir: Union[str, "os.PathLike[str]", None] = None,
        config: Optional[CollectionConfig] = None,
    ) -> None:
        """Opens the store in `base_dir` (default: the config's), or makes it, and recovers what a crash left behind.

        `date` (a date, a datetime, or a str YYYY-MM-DD) names the directory of this session's log and backups; records of
        all dates are one store. Damage is healed from backup and log, unless `config.on_damage` says to ask first.
        Raises CollectionFastPersistError ("locked", "corrupt", "newer_version", "foreign"), InvalidArgumentError,
        ExtraSchemaError or StorageOSError.
        """
        if config is None:
            config = CollectionConfig()
        elif not isinstance(config, CollectionConfig):
            raise InvalidTypeError(f"config: must be a CollectionConfig, not {type(config).__name__}")
        if base_dir is not None:
            config = dataclasses.replace(config, base_dir=base_dir)
        warn_of_duckdb()
        self._closed = True  # until it is open: an object that never was needs no end
        log = MessageLog()
        try:
            super().__init__(date, config, log.messages)
        except BaseException:
            log.close()
            raise
        self._log = log
        self._closed = False
        self._owner = os.getpid()
        self._loops = LoopFinder()
        self._base_dir = self.path_of_base()
        self._date_text = self.date_text()
        #: The options in force. Changing them changes nothing.
        self.config = dataclasses.replace(config, base_dir=str(self._base_dir))
        #: SQL over every version: the table storage_history.
        self.history_conn = self.connection(True)
        #: SQL over the current values: the table storage_latest, brought up to date where it is behind.
        self.latest_conn = self.connection(False)
        _exit.watch(self)

    if TYPE_CHECKING:

        @overload  # type: ignore[override]
        def get_key(
            self, key: str, collection_name: None = None, *, as_of: Union[dt.date, str, int, None] = ...
        ) -> Optional[Dict[str, Items]]: ...
        @overload
        def get_key(
            self, key: str, collection_name: str, *, as_of: Union[dt.date, str, int, None] = ...
        ) -> Optional[Items]: ...
        def get_key(self, key: str, collection_name: Optional[str] = None, *, as_of: Any = ...) -> Any: ...

    async def store_async(
        self,
        key: str,
        data: Item,
        item_name: Optional[str] = None,
        collection_name: Optional[str] = None,
        value: Value = None,
        timestamp: Union[str, dt.date, None] = None,
        username: Optional[str] = None,
        expected_version: Optional[int] = None,
        *,
        durability: Optional[str] = None,
        skip_unchanged: bool = False,
        reason: Optional[str] = None,
        request_id: Optional[str] = None,
    ) -> int:
        """As `store`, for coroutines: the task waits, its event loop does not.

        Records of tasks that store at the same time share one sync; they are as durable as the one that asks for most,
        and on disk if one has conditions. Records of one task are stored in its order. Where the task is cancelled, the
        record may be stored all the same. Needs an event loop with `add_reader` (asyncio's
        own on Linux, uvloop). A flood of calls waits for room in a queue of 16 MiB.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[int] = loop.create_future()
        self._loops.stores_of(loop).submit(
            self, future, key, data, item_name, collection_name, value, timestamp, username,
            expected_version, durability, skip_unchanged, reason, request_id,
        )  # fmt: skip
        return await future

    def get_history(
        self,
        key: str,
        collection_name: Optional[str],
        item_name: Optional[str],
        limit: int = 100,
        before: Union[int, dt.date, str, None] = None,
        after: Union[dt.date, str, None] = None,
        username: Optional[str] = None,
    ) -> List[ItemVersion]:
        """The versions of an item, the newest first, deletes too, flushed or not; [] for an item that never was.

        At most `limit`. `before` is a version (an int: the next page begins where the last one ended) or a time, `after`
        a time; both exclusive, of `updated_at`. With `username` those that this user stored or deleted.
        A few versions are found at once, more by one scan of a column of history. Raises InvalidArgumentError for a limit
        below 1. Threads: any.
        """
        found = self.versions_of(key, collection_name, item_name, limit, before, after, username)
        return [ItemVersion(*version) for version in found]

    def get_version(
        self, key: str, collection_name: Optional[str], item_name: Optional[str], version: int
    ) -> Optional[ItemVersion]:
        """One version of an item; None when there is none of that number."""
        found = self.version_of(key, collection_name, item_name, version)
        return None if found is None else ItemVersion(*found)

    def diff(self, key: str, collection_name: Optional[str], item_name: Optional[str], a: int, b: int) -> VersionDiff:
        """What is different in version `b` of an item from version `a`, in whichever order they came.

        Raises InvalidArgumentError when one of them is not there.
        """
        before, after, fields, value_changed = self.diff_of(key, collection_name, item_name, a, b)
        return diff_from(ItemVersion(*before), ItemVersion(*after), fields, value_changed)

    def as_of(self, moment: Union[dt.date, str, int]) -> PastView:
        """The whole store as it was at a moment: a time or a sequence, as for `get_item(as_of=)`.

        The view stays what it is. A moment that has not come yet means now.
        """
        return PastView(self, self.sequence_of(moment))

    def keys(
        self,
        prefix: str = "",
        *,
        after: Optional[str] = None,
        before: Optional[str] = None,
        reverse: bool = False,
        limit: Optional[int] = None,
    ) -> Iterator[str]:
        """The keys that have items and begin with `prefix`, ordered by their code points, or backwards (`reverse`).

        All that is acknowledged, flushed or not; nothing of it is loaded into memory. `after` and `before` are names and
        exclusive; so the page behind a page of `limit` names begins `after` its last one, and the page in front of it is
        the reversed one `before` its first. Names come in pages, each of the moment it is read in: what comes or goes
        meanwhile may be among them or not, everything else is, once. A page costs a scan of the keys of all items (the
        pages grow to 65,536 names). Raises InvalidArgumentError for a negative limit. Threads: any.
        """
        return listed(self.page_of_keys, name_itself, prefix, after, before, reverse, limit)

    def collections(
        self,
        key: str,
        prefix: str = "",
        *,
        after: Optional[str] = None,
        before: Optional[str] = None,
        reverse: bool = False,
        limit: Optional[int] = None,
    ) -> Iterator[str]:
        """The collections of a key that have items; the rest as `keys` says."""

        def fetch(*page: Any) -> List[str]:
            return self.page_of_collections(key, *page)

        return listed(fetch, name_itself, prefix, after, before, reverse, limit)

    def items(
        self,
        key: str,
        collection_name: Optional[str] = None,
        prefix: str = "",
        *,
        after: Optional[str] = None,
        before: Optional[str] = None,
        reverse: bool = False,
        limit: Optional[int] = None,
    ) -> Iterator[Tuple[str, Item]]:
        """Names and items of a collection, ordered by name; the rest as `keys` says."""

        def fetch(*page: Any) -> List[Tuple[str, Item]]:
            return self.page_of_items(key, collection_name, *page)

        return listed(fetch, name_of_item, prefix, after, before, reverse, limit)

    def watch(self, prefix: str = "", from_sequence: Optional[int] = None, with_old: bool = False) -> Watcher:
        """Every change from now on, in order; with `from_sequence` everything above that sequence, from 0 on all there is.

            for change in storage.watch("user_", from_sequence=last_handled):    # or async for
                last_handled = change.sequence

        A change is given when it is on disk, whatever the durability of its store: no crash takes back what was seen, and
        a program that keeps the last sequence it handled goes on exactly there. Nothing is lost to a slow watcher, which
        costs neither memory nor a writer's time: what is not in memory any more is read from history. `prefix` is of the
        keys; `with_old` gives what an item was before. Numbers that no record has come as a SequenceGap, whatever the
        prefix. Raises InvalidArgumentError for a sequence that the store has not reached, and an error with the code
        "read_only" for a store that cannot change. Threads: any number of watchers.
        """
        return Watcher(self.cursor(prefix, from_sequence, with_old))

    def subscribe(
        self,
        callback: Callable[[WatchEvent], object],
        prefix: str = "",
        from_sequence: Optional[int] = None,
        with_old: bool = False,
    ) -> Subscription:
        """As `watch`, told to `callback` on a thread of its own, until the subscription or the store is closed."""
        return Subscription(self.watch(prefix, from_sequence, with_old), callback)

    def batch(self, durability: Optional[str] = None) -> Batch:
        """Stores and deletes that happen together, at the end of the `with`:

            with storage.batch() as batch:
                batch.store("order", {"label": "Total"}, "total", "7", 12.5)
                batch.delete_item("order", "7", "draft", expected_version=3)

        All of them or none, through any crash, with one sync; one conflict refuses the whole. `durability` as for `store`.
        Raises what `store` raises, and InvalidArgumentError above 64 MiB of log; nothing has changed then.
        """
        return Batch(self, durability)

    def store_many(
        self, records: Iterable[Union[Mapping[str, Any], Tuple[Any, ...]]], durability: Optional[str] = None
    ) -> List[int]:
        """Stores all records or none, through any crash, with one sync; returns their sequences.

        Each is a mapping of the parameters of `store` by their names, or a tuple of them in their order. Raises what
        `batch` raises.
        """
        count = 0
        with self.batch(durability) as batch:
            for record in records:
                if isinstance(record, Mapping):
                    batch.store(**record)
                elif isinstance(record, tuple):
                    batch.store(*record)
                else:
                    raise InvalidTypeError(f"record {count}: must be a mapping or a tuple, not {type(record).__name__}")
                count += 1
        return batch.sequences

    def export(
        self,
        path: Union[str, "os.PathLike[str]"],
        format: Optional[str] = None,
        partition_by: Union[str, Iterable[str]] = (),
        table: str = "latest",
        progress: Optional[TransferCallback] = None,
    ) -> ExportResult:
        """Writes records to a new file, for DuckDB, pandas, spreadsheets, or `import_records`.

        All that is acknowledged before the call, as of one moment, in order of sequence: of "latest" the last record of
        each item that is there, of "history" all that were ever stored or deleted. `format` is "parquet", "csv" or
        "jsonl", by default as the path ends. With `partition_by` (columns, or "date", the day of updated_at) the path
        is a directory with a subdirectory NAME=VALUE for each value. Columns, in each format: those of the tables
        (timestamp and updated_at in UTC), cfp_seq, cfp_op ("store" or "delete"), cfp_reason, cfp_request_id.

        Runs in a DuckDB instance of its own, beside readers and writers, in bounded memory. `progress` is called with a
        TransferProgress every few thousand records; what it raises ends the export, as Ctrl-C does. The file appears
        whole (0600, synced) or not at all. Raises InvalidArgumentError (the path is taken, or lies in base_dir; no such
        column, format or table), StorageOSError. Threads: any.
        """
        return ExportResult(*self.export_to(path, format, table, as_names(partition_by, "partition_by"), told_by_tuple(progress)))

    def import_records(
        self,
        path: Union[str, "os.PathLike[str]"],
        format: Optional[str] = None,
        skip_rows: int = 0,
        progress: Optional[TransferCallback] = None,
    ) -> ImportResult:
        """Stores what a file holds, or all files of a directory, in its order (of cfp_seq where a directory has it).

        Each row as `store` would, or `delete_item` where cfp_op is "delete", a thousand at a time as one batch. Columns:
        key, and if there are any collection_name, item_name, data (an object, or its text), value (or value_int,
        value_float, value_string), timestamp, username, reason (or cfp_reason). In a file that was exported (it has
        cfp_seq) all other columns are left out, since the store computes them; in any other, they are refused. An empty
        cell of CSV that is not quoted is no value.

        Every row is checked before the first is stored, so a row that is refused changes nothing: the error names it.
        What ends it later (a full disk, Ctrl-C, what `progress` raises) leaves the batches before it; `skip_rows` goes on
        behind them. Raises what `batch` raises, and InvalidArgumentError (not that format, no such file). Threads: any.
        """
        return ImportResult(*self.import_from(path, format, skip_rows, told_by_tuple(progress)))

    def check_database_health(
        self,
        db_path: Union[str, "os.PathLike[str]"],
        table_name: str,
        conn: Optional[QueryConnection] = None,
    ) -> bool:
        """Whether a DuckDB file of the store is readable to its last column and agrees with its own account.

        `table_name` is "storage_history" or "storage_latest". A file of this running store is read through its own
        connection, whether `conn` is given or not. False for missing, damaged and unreadable. Raises
        InvalidArgumentError for a table that is not the store's.
        """
        if conn is not None and not isinstance(conn, QueryConnection):
            raise InvalidTypeError(
                f"conn: must be history_conn or latest_conn of the store, not {type(conn).__name__}: another DuckDB on "
                "the files of an open store loses data"
            )
        return self.is_healthy(db_path, table_name)

    def close(self) -> None:
        """Flushes, brings latest up to date, closes both tables, makes a verified backup, and gives the lock back.

        Raises what failed; nothing is lost then, and it may be called again. Closing twice is fine. In a forked child it
        does nothing.
        """
        if self._closed or os.getpid() != self._owner:
            return
        self.close_engine()
        self._closed = True
        _exit.forget(self)
        self._log.close()

    async def close_async(self) -> None:
        """As `close`, without holding up the event loop."""
        await asyncio.get_running_loop().run_in_executor(None, self.close)

    @property
    def base_dir(self) -> Path:
        """Directory of all files of the store."""
        return self._base_dir

    @property
    def date_str(self) -> str:
        """The date of this session, YYYY-MM-DD."""
        return self._date_text

    @property
    def wal_dir(self) -> Path:
        """Directory of this session's log segments, and of the backup that `close` makes."""
        return self._base_dir / self._date_text

    @property
    def history_db_path(self) -> Path:
        return self._base_dir / "storage_history.duckdb"

    @property
    def latest_db_path(self) -> Path:
        return self._base_dir / "storage_latest.duckdb"

    @property
    def lock_file_path(self) -> Path:
        """For people: it says who has the store open. The lock itself is on `.lock`."""
        return self._base_dir / f".lock_{self._date_text}"

    @property
    def cache(self) -> CacheView:
        """What is in memory, as a read-only mapping {key: {collection_name: {item_name: item}}} of copies."""
        return CacheView(self)

    def _update_latest_table(self) -> None:
        """Brings the latest table up to date, as `close` does. The store does it by itself when it is needed."""
        self.latest_conn.execute("SELECT 1").fetchall()

    def __enter__(self) -> CollectionFastPersist:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if "_base_dir" not in self.__dict__:
            return "<CollectionFastPersist, not open>"
        state = "closed" if self._closed else "open"
        return f"<CollectionFastPersist base_dir={str(self._base_dir)!r} date={self._date_text} {state}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a CollectionFastPersist cannot be pickled or copied: one process owns its files. Open the store "
                        "in one process, and let the others ask that one")

    def __del__(self) -> None:
        if self.__dict__.get("_closed", True) or os.getpid() != self._owner:
            return
        self._end()

    def _end(self) -> None:
        """The end without close: flushes and closes, without a backup."""
        if self._closed or os.getpid() != self._owner:
            return
        text = f"{self!r} was not closed: it makes no backup"
        self._closed = True
        _exit.forget(self)
        self.give_up()
        self._log.close()
        # Last: where warnings are errors, it raises.
        warnings.warn(text, ResourceWarning, source=self, stacklevel=3)

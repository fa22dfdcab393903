"""One suite for two implementations: the reference (PyPI ionbus-fast-persist) and this package.

What both do alike is tested once. Where they differ, the test has the name of an entry below and says what each does.
Nothing else that the specification describes is known to differ.

Opening
-------
base-dir-wins: with `base_dir` and `config`, the reference ignores `base_dir`. Ours takes it: an argument says more.
absolute-base-dir: `base_dir` and the paths below it are absolute here, so that a later chdir changes nothing.
date-text: the reference takes "2025-12-24T08:00", too, and in rebuild_history_from_wal() any path. Ours takes
    YYYY-MM-DD, since the date names a directory.
lock: the reference's lock is a file for a date, which another instance steals once it is two seconds old; it then calls
    the tables that are in use corrupt, and says to delete them. Ours is held by the system, for the whole directory,
    until its owner ends; the file is for people.
with-statement: the reference has no context manager, though the specification advises one.
close-twice: the reference raises Python's error about a closed file. Ours does nothing the second time.
after-close: the reference raises that too, and what it refused is in its cache. Ours raises one of its own errors.
error-classes: ExtraSchemaError is a CollectionFastPersistError here, and a ValueError; every error has a `code`.

Storing
-------
returns-sequence: store() returned None. Ours returns the number of the record.
value-field: a `value` in `data` was overwritten by None. Ours takes it where the parameter is not given.
bool-value: a bool came back as an int after a restart. Ours stays a bool.
bad-timestamp: text that is no timestamp was stored as none, with a warning. Ours refuses it.
digits-are-no-date: "20250115" became a datetime, depending on the version of Python. Ours stays text.
tuples: a tuple stayed one until the restart. Ours is a list from the beginning.
exact-or-refused: an integer over 64 bits and NaN were kept in data, where other readers of JSON round or refuse them.
    What no column can hold (`status_int` text, a value over 64 bits, a lone surrogate) was accepted, and then every
    flush failed, after which close() deleted the log; a set raised, stayed in the cache, and made flush and
    close() fail. Ours refuses all of these, and nothing has changed.
column-names: the name of a custom column went into SQL as text. Ours is checked.
columns-are-checked: a value that does not fit its custom column was accepted, and made every later flush fail.

Reading
-------
copies: the reference hands out its own dicts, so that editing one rewrites the past. Ours are copies.
misses-leave-nothing: a look-up of what is not there left an empty collection behind. Ours leaves nothing.
missing-collection: get_key() of a missing collection was {}. Ours is None, as for a missing key.
get-key-loads: get_key() of a key was None after a restart until one of its items was read. Ours loads it.
offsets-stay: the offset of a timestamp was gone after a restart, and on a machine outside of UTC so was the moment.
    Ours are the same before and after.
cache-is-a-view: `cache` was the store itself. Ours is a read-only view of copies.
more-stats: get_stats() has more keys here, after the seven; `pending_writes` counts batches, as specified, not keys.

Tables
------
sql-sees-everything: SQL saw what had been flushed. Ours brings the table up to date first.
sql-only-reads: the connections were DuckDB's own, and could write. Ours refuse everything but reading.
own-columns: the tables have further columns behind those of the specification, all named cfp_*.
log-lines: a line of the log has further fields behind the seven, and the file has zero bytes behind its last line.
health-of-nothing: a database that is missing was healthy. Ours is not.
health-reads-everything: damaged rows were healthy as long as they could be counted. Ours reads every column.
health-of-another-table: a table name went into SQL as text. Ours raises for what is no table of the store.
rebuild-history-counts: rebuild_history_from_wal() added every record of the log once more at each call, and recovered 0
    after a flush, which deletes the log. Ours adds what is missing, and counts what the log has.
rebuild-latest-flushes: rebuild_latest_from_history() with records that are not flushed went back in time.
adding-a-column: a new column in `extra_schema` made every later flush fail. Ours says so when the store opens.

Crashes
-------
exactly-once: a crash between the commit of a flush and the end of its log doubled history.
torn-tail: what was stored behind a line that a crash had cut off was glued to it, and lost by the next crash.
latest-follows: after a crash behind a flush the latest table stayed as it was for good.
whole-collections: after a crash a collection had only the items that the log had.
every-date: a restart on another date never read the log of the old one.
damaged-line: behind one damaged line the rest of a file was dropped without a word. Ours stops where records that were
    acknowledged would be lost, and `repair` keeps all others.
retention-of-ours: a user's own directory with the name of a date was deleted, and so was the backup that close() had
    just made for a date of the past. Ours deletes its own backups alone, and keeps the newest ones whatever their date.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Callable, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])

IS_REFERENCE = os.environ.get("CFP_DROP_IN") == "reference"


def install() -> None:
    """Gives the reference the module names by which the specification imports it."""
    if IS_REFERENCE:
        from importlib import import_module

        for name in ("collection_fast_persist", "fast_persist_common"):
            sys.modules[name] = import_module(f"ionbus_fast_persist.{name}")


def differs(entry: str) -> Callable[[Test], Test]:
    """Marks the test of one entry of the list above."""
    assert f"\n{entry}: " in (__doc__ or ""), entry
    return lambda test: test

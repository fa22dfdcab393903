"""What a Python program might use instead, as durable as ours: what is stored is on disk when the call returns."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any, Dict, Optional


class SqliteStore:
    """The sqlite3 module and json: one table, one connection, a transaction for each call."""

    def __init__(self, directory: str) -> None:
        Path(directory).mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            str(Path(directory) / "items.sqlite"), isolation_level=None, check_same_thread=False
        )
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS items (key TEXT, collection_name TEXT, item_name TEXT, data TEXT, value,"
            " PRIMARY KEY (key, collection_name, item_name)) WITHOUT ROWID"
        )

    def store(self, key: str, data: Dict[str, Any], item_name: str, collection_name: str, value: Any) -> None:
        row = (key, collection_name, item_name, json.dumps(data), value)
        with self._lock:
            self._database.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?)", row)

    def get_item(self, key: str, collection_name: str, item_name: str) -> Optional[Dict[str, Any]]:
        with self._lock:
            found = self._database.execute(
                "SELECT data, value FROM items WHERE key = ? AND collection_name = ? AND item_name = ?",
                (key, collection_name, item_name),
            ).fetchone()
        return None if found is None else dict(json.loads(found[0]), value=found[1])


class DiskCacheStore:
    """diskcache, told to sync as SQLite does by itself, and never to throw anything out."""

    def __init__(self, directory: str) -> None:
        import diskcache

        self._cache = diskcache.Cache(directory, sqlite_synchronous=2, eviction_policy="none", size_limit=2**40)

    def store(self, key: str, data: Dict[str, Any], item_name: str, collection_name: str, value: Any) -> None:
        self._cache[key, collection_name, item_name] = dict(data, value=value)

    def get_item(self, key: str, collection_name: str, item_name: str) -> Optional[Dict[str, Any]]:
        found: Optional[Dict[str, Any]] = self._cache.get((key, collection_name, item_name))
        return found

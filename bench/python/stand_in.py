"""What one would write without a store: sqlite3 for the tables, json for the text, a log with an fsync for each record."""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple


class StandIn:
    def __init__(self, directory: str) -> None:
        Path(directory).mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._cache: Dict[str, Dict[str, Dict[str, Dict[str, Any]]]] = {}
        self._pending: List[Tuple[str, str, str, str]] = []
        self._tables = sqlite3.connect(os.path.join(directory, "tables.sqlite"), check_same_thread=False)
        self._tables.execute(
            "CREATE TABLE IF NOT EXISTS history (key TEXT, collection_name TEXT, item_name TEXT, data TEXT)"
        )
        path = Path(directory) / "log.jsonl"
        if path.exists():
            for line in path.read_text().splitlines():
                self._apply(json.loads(line))
            self.flush_data_to_duckdb()
        self._log = open(path, "a")

    def _apply(self, record: Dict[str, Any]) -> None:
        item = dict(record["data"], value=record["value"], timestamp=dt.datetime.fromisoformat(record["timestamp"]))
        names = record["key"], record["collection_name"], record["item_name"]
        self._cache.setdefault(names[0], {}).setdefault(names[1], {})[names[2]] = item
        self._pending.append((*names, json.dumps(record["data"])))

    def store(self, key: str, data: Dict[str, Any], item_name: str, collection_name: str, value: Any) -> None:
        with self._lock:
            now = dt.datetime.now(dt.timezone.utc).isoformat()
            record = {"key": key, "collection_name": collection_name, "item_name": item_name, "data": data, "value": value, "timestamp": now}
            self._log.write(json.dumps(record) + "\n")
            self._log.flush()
            os.fsync(self._log.fileno())
            self._apply(record)

    def get_item(self, key: str, collection_name: str, item_name: str) -> Optional[Dict[str, Any]]:
        with self._lock:
            return self._cache.get(key, {}).get(collection_name, {}).get(item_name)

    def flush_data_to_duckdb(self) -> None:
        with self._lock, self._tables:
            self._tables.executemany("INSERT INTO history VALUES (?, ?, ?, ?)", self._pending)
            self._pending.clear()

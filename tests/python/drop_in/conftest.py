"""How a test opens, kills and opens again, with either implementation."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import pytest

from . import IS_REFERENCE, install

install()

from collection_fast_persist import CollectionConfig, CollectionFastPersist  # noqa: E402

collect_ignore = ["test_list.py", "test_reference.py", "test_moving_in.py"] if IS_REFERENCE else []
DATE = "2025-12-24"


class Place:
    """A directory, and the stores that are opened in it one after the other.

    Nothing is flushed in the background, unless a test says so.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._open: List[CollectionFastPersist] = []

    def open(self, date: Any = DATE, **options: Any) -> CollectionFastPersist:
        options.setdefault("duckdb_flush_interval_seconds", 3600)
        # The reference takes a base_dir for a str alone.
        storage = CollectionFastPersist(date, config=CollectionConfig(base_dir=str(self.directory), **options))
        return self.close_at_end(storage)

    def close_at_end(self, storage: CollectionFastPersist) -> CollectionFastPersist:
        if IS_REFERENCE:
            # Its close() waits five seconds for a thread that sleeps.
            storage.flush_thread.join = lambda timeout=None: None  # type: ignore[attr-defined]
        self._open.append(storage)
        return storage

    def reopen(self, date: Any = DATE, **options: Any) -> CollectionFastPersist:
        """Closes, and opens again."""
        self._open.pop().close()
        return self.open(date, **options)

    def kill(self, body: str, date: str = DATE, options: str = "", environment: Optional[Dict[str, str]] = None) -> str:
        """Runs `body` with an open `storage` in a process that ends by SIGKILL; returns what it printed."""
        source = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
import drop_in
drop_in.install()
import datetime as dt, os, signal
from collection_fast_persist import CollectionConfig, CollectionFastPersist
storage = CollectionFastPersist({date!r}, config=CollectionConfig(
    base_dir={str(self.directory)!r}, duckdb_flush_interval_seconds=3600, {options}))
{body}
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""
        done = subprocess.run(
            [sys.executable, "-c", source], env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=120,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        self.age_lock(date)
        return done.stdout

    def age_lock(self, date: str = DATE) -> None:
        """The reference takes a lock file of less than two seconds for one whose owner lives."""
        lock_file = self.directory / f".lock_{date}"
        if IS_REFERENCE and lock_file.exists():
            os.utime(lock_file, (0, 0))

    def end(self) -> None:
        """Ends what is open as the end of a process does, which makes no backup and takes no time."""
        for storage in self._open:
            if IS_REFERENCE:
                storage.history_conn.close()  # type: ignore[attr-defined]
                storage.latest_conn.close()  # type: ignore[attr-defined]
            else:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", ResourceWarning)
                    storage._end()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    logging.disable(logging.INFO)
    made = Place(tmp_path / "store")
    yield made
    made.end()
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="session")
def reference_python() -> str:
    """The interpreter of the environment that has the reference implementation."""
    python = Path(os.environ.get("CFP_REFERENCE_PYTHON", ""))
    if not python.name:
        pytest.skip("CFP_REFERENCE_PYTHON names no environment with the reference; tests/python/prove.sh makes one")
    reason = python.parents[1] / "why_not.txt"
    if reason.exists():
        pytest.skip(f"the reference implementation cannot be installed: {reason.read_text().strip()}")
    return str(python)

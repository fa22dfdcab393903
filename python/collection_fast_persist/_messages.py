"""From the store's threads to logging: a thread of Python's own takes their messages and logs them.

A handler may then block, or use the store, without holding up a write. Messages never contain user data.
"""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType
from typing import Optional, Type

from ._native import Messages

_logger = logging.getLogger("collection_fast_persist")
_logger.addHandler(logging.NullHandler())
_LEVELS = {0: logging.INFO, 1: logging.WARNING, 2: logging.ERROR}
_warned_of_duckdb = False


class MessageLog:
    """Logs what is put into `messages` until it is closed."""

    def __init__(self) -> None:
        self.messages = Messages()
        self._thread = threading.Thread(
            target=_log_all, args=(self.messages,), name="collection_fast_persist-log", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Returns when all messages so far are logged."""
        self.messages.close()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> Messages:
        return self.messages

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()


def _log_all(messages: Messages) -> None:
    while True:
        taken = messages.take()
        if taken is None:
            return
        for level, text in taken:
            _logger.log(_LEVELS[level], "%s", text)


def warn_of_duckdb() -> None:
    """Once: DuckDB's lock does not keep a second DuckDB in the same process out (docs/durability.md)."""
    global _warned_of_duckdb
    if _warned_of_duckdb or not ("duckdb" in sys.modules or "_duckdb" in sys.modules):
        return
    _warned_of_duckdb = True
    _logger.warning(
        "the module duckdb is imported in this process: opening the files of an open store with it loses data, "
        "because DuckDB's lock is per process; query them with history_conn and latest_conn"
    )

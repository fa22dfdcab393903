"""Messages for people go to logging, from a thread of Python's own, and never with user data."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from conftest import Opener, run_python


def test_recoveries_and_damage_are_logged_before_the_call_returns(
    open_store: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "collection_fast_persist")
    store = open_store(backup_on_close=False)
    store.store("secret-key", {"secret-field": "secret-text"}, "secret-item", "secret-collection", "secret-value")
    store.close()
    store.latest_db_path.write_bytes(b"not a database")
    caplog.clear()
    open_store(backup_on_close=False).close()
    assert "storage_latest.duckdb" in caplog.text and any(record.levelno >= logging.WARNING for record in caplog.records)
    assert "secret" not in caplog.text
    assert {record.name for record in caplog.records} == {"collection_fast_persist"}


def test_a_handler_may_use_the_store(open_store: Opener) -> None:
    store = open_store()

    class Audit(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            store.store("audit", {"text": record.getMessage()}, "last", "log")

    logger = logging.getLogger("collection_fast_persist")
    handler = Audit()
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.INFO)
    try:
        store.backup()
        while store.get_item("audit", "log", "last") is None:
            pass
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    assert "backup" in store.get_item("audit", "log", "last")["text"]  # type: ignore[index]


def test_nothing_is_printed_where_logging_is_not_set_up(tmp_path: Path) -> None:
    program = """
import sys
from collection_fast_persist import CollectionFastPersist
for _ in range(2):
    with CollectionFastPersist("2025-12-24", sys.argv[1]) as store:
        store.store("k", {})
"""
    done = run_python(program, str(tmp_path / "store"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_imported_duckdb_is_warned_of_once(tmp_path: Path) -> None:
    program = """
import logging, sys, types
logging.basicConfig()
sys.modules["duckdb"] = types.ModuleType("duckdb")
from collection_fast_persist import CollectionFastPersist
for _ in range(2):
    CollectionFastPersist("2025-12-24", sys.argv[1]).close()
"""
    done = run_python(program, str(tmp_path / "store"))
    assert done.returncode == 0 and done.stderr.count("history_conn") == 1
    assert "opening the files of an open store with it loses data" in done.stderr

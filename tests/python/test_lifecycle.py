"""Opening, closing, forgetting, forking, interrupting; what holds when a process ends in any of these ways."""

from __future__ import annotations

import copy
import datetime as dt
import gc
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest
from conftest import DATE, Opener, run_python

import collection_fast_persist as package
from collection_fast_persist import CollectionConfig, CollectionFastPersist, CollectionFastPersistError

OPEN = """
import datetime as dt, os, sys
from collection_fast_persist import CollectionConfig, CollectionFastPersist
store = CollectionFastPersist("2025-12-24", sys.argv[1])
"""


def test_a_context_manager_closes_and_makes_a_backup(tmp_path: Path) -> None:
    with CollectionFastPersist(DATE, tmp_path / "store") as store:
        store.store("k", {}, "i", "c", 1)
        assert "open" in repr(store) and str(tmp_path) in repr(store)
    assert "closed" in repr(store)
    assert (tmp_path / "store/2025-12-24/storage_history.duckdb.backup").exists()
    assert not list(store.wal_dir.glob("wal_*.jsonl")) and not store.lock_file_path.exists()


def test_closing_twice_is_fine_and_use_after_it_is_an_error(store: CollectionFastPersist) -> None:
    store.store("k", {}, "i", "c", 1)
    store.close()
    store.close()
    for call in (
        lambda: store.store("k", {}),
        lambda: store.get_item("k", "c", "i"),
        lambda: store.get_key("k"),
        lambda: store.flush_data_to_duckdb(),
        lambda: store.get_stats(),
        lambda: store.backup(),
        lambda: store.history_conn.execute("SELECT 1"),
        lambda: store.rebuild_latest_from_history(),
        lambda: len(store.cache),
    ):
        with pytest.raises(CollectionFastPersistError) as caught:
            call()
        assert caught.value.code == "closed"


@pytest.mark.parametrize("date", [dt.date(2025, 12, 24), dt.datetime(2025, 12, 24, 23, 59), "2025-12-24"], ids=repr)
def test_attributes_are_those_of_the_specification(tmp_path: Path, date: object) -> None:
    base = tmp_path / "store"
    with CollectionFastPersist(date, base) as store:  # type: ignore[arg-type]
        assert (store.base_dir, store.date_str, store.wal_dir) == (base, "2025-12-24", base / "2025-12-24")
        assert store.history_db_path == base / "storage_history.duckdb"
        assert store.latest_db_path == base / "storage_latest.duckdb"
        assert store.lock_file_path == base / ".lock_2025-12-24" and store.lock_file_path.exists()
        assert store.config.base_dir == str(base) and store.config.batch_size == 1000


def test_an_explicit_base_dir_wins_and_leaves_the_config_alone(tmp_path: Path) -> None:
    config = CollectionConfig(base_dir=tmp_path / "config")
    with CollectionFastPersist(DATE, tmp_path / "argument", config) as store:
        assert store.base_dir == tmp_path / "argument"
    assert config.base_dir == tmp_path / "config" and not (tmp_path / "config").exists()


def test_the_default_base_dir_is_the_specifications(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with CollectionFastPersist(DATE) as store:
        assert store.base_dir == tmp_path / "collection_storage"


def test_the_cache_is_a_view_that_cannot_be_changed(store: CollectionFastPersist) -> None:
    store.store("k", {"a": 1}, "i", "c", 1)
    view = store.cache
    assert list(view) == ["k"] and len(view) == 1 and "k" in view and "other" not in view
    assert view["k"]["c"]["i"]["a"] == 1
    view["k"]["c"]["i"]["a"] = 2
    assert view["k"]["c"]["i"]["a"] == 1
    with pytest.raises(TypeError):
        view["k"] = {}  # type: ignore[index]
    with pytest.raises(KeyError):
        view["other"]


def test_pickling_and_copying_are_refused_with_a_reason(store: CollectionFastPersist) -> None:
    for call in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled or copied: one process owns its files"):
            call(store)


def test_a_second_open_says_who_has_it(store: CollectionFastPersist) -> None:
    with pytest.raises(CollectionFastPersistError) as caught:
        CollectionFastPersist(DATE, store.base_dir)
    assert caught.value.code == "locked"
    assert f"pid {os.getpid()}" in str(caught.value)
    done = run_python(OPEN, str(store.base_dir))
    assert done.returncode == 1 and "Another instance is already running for date 2025-12-24" in done.stderr


def test_a_forgotten_store_warns_and_keeps_everything(tmp_path: Path) -> None:
    store = CollectionFastPersist(DATE, tmp_path / "store")
    store.store("k", {}, "i", "c", 1)
    with pytest.warns(ResourceWarning, match="was not closed: it makes no backup"):
        del store
        gc.collect()
    with CollectionFastPersist(DATE, tmp_path / "store") as again:
        assert again.get_item("k", "c", "i")["value"] == 1  # type: ignore[index]


def test_an_end_without_close_gives_the_directory_back_whoever_still_holds_the_object(tmp_path: Path) -> None:
    store = CollectionFastPersist(DATE, tmp_path / "store")
    store.store("k", {}, "i", "c", 1)
    history = store.history_conn
    with pytest.warns(ResourceWarning):
        store._end()
    for call in (lambda: history.execute("SELECT 1"), lambda: store.get_item("k", "c", "i")):
        with pytest.raises(CollectionFastPersistError) as caught:
            call()
        assert caught.value.code == "closed"
    with CollectionFastPersist(DATE, tmp_path / "store") as again:
        assert again.get_stats()["recovered_records"] == 0
        assert again.get_item("k", "c", "i")["value"] == 1  # type: ignore[index]


def test_an_object_that_never_opened_ends_in_silence(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(package.InvalidArgumentError):
            CollectionFastPersist("never", tmp_path)
        gc.collect()
    assert repr(CollectionFastPersist.__new__(CollectionFastPersist)) == "<CollectionFastPersist, not open>"


def test_a_process_that_ends_without_close_flushes_and_copies_nothing(tmp_path: Path) -> None:
    done = run_python(OPEN + "store.store('k', {}, 'i', 'c', 1)", str(tmp_path / "store"))
    assert done.returncode == 0, done.stderr
    assert "ResourceWarning" in done.stderr and "was not closed" in done.stderr
    assert not list(tmp_path.rglob("*.backup")) and not (tmp_path / "store/.lock_2025-12-24").exists()
    with CollectionFastPersist(DATE, tmp_path / "store") as store:
        assert store.get_stats()["recovered_records"] == 0
        assert store.get_item("k", "c", "i")["value"] == 1  # type: ignore[index]


def test_a_warning_that_is_an_error_does_not_hold_up_the_end(tmp_path: Path) -> None:
    program = OPEN + "import warnings\nwarnings.simplefilter('error')\nstore.store('k', {}, 'i', 'c', 1)"
    done = run_python(program, str(tmp_path / "store"))
    assert "was not closed" in done.stderr
    with CollectionFastPersist(DATE, tmp_path / "store") as store:
        assert store.get_item("k", "c", "i")["value"] == 1  # type: ignore[index]


def test_an_exception_ends_a_process_cleanly(tmp_path: Path) -> None:
    program = OPEN + "import threading\nthreading.Thread(target=store.store, args=('k', {}, 'i', 'c', 1)).start()\n1/0"
    done = run_python(program, str(tmp_path / "store"))
    assert done.returncode == 1 and "ZeroDivisionError" in done.stderr
    with CollectionFastPersist(DATE, tmp_path / "store") as store:
        assert store.get_item("k", "c", "i")["value"] == 1  # type: ignore[index]


def test_daemon_threads_that_store_at_exit_lose_nothing_acknowledged(tmp_path: Path) -> None:
    program = OPEN + """
import threading, time
def run(name):
    for number in range(10**9):
        store.store("k", {}, f"{name}-{number}", "c", number)
        os.write(1, f"{name}-{number}\\n".encode())
for name in "abcd":
    threading.Thread(target=run, args=(name,), daemon=True).start()
time.sleep(0.3)
"""
    done = run_python(program, str(tmp_path / "store"))
    assert done.returncode == 0, done.stderr
    acknowledged = done.stdout.split()
    assert acknowledged
    with CollectionFastPersist(DATE, tmp_path / "store") as store:
        assert set(acknowledged) <= set(store.get_key("k", "c"))  # type: ignore[arg-type]


def test_a_forked_child_is_told_and_the_parent_goes_on(tmp_path: Path) -> None:
    program = OPEN + """
store.store("k", {}, "i", "c", 1)
child = os.fork()
if child == 0:
    for call in (lambda: store.store("k", {}), lambda: store.get_item("k", "c", "i"), lambda: store.get_stats(),
                 lambda: store.history_conn.execute("SELECT 1")):
        try:
            call()
        except Exception as error:
            print(type(error).__name__, error.code, flush=True)
    store.close()
    del store
    sys.exit(0)
_, status = os.waitpid(child, 0)
assert status == 0, status
store.store("k", {}, "j", "c", 2)
store.close()
print("parent", flush=True)
"""
    done = run_python(program, str(tmp_path / "store"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["CollectionFastPersistError forked"] * 4 + ["parent"]
    assert "ResourceWarning" not in done.stderr
    with CollectionFastPersist(DATE, tmp_path / "store") as store:
        assert list(store.get_key("k", "c")) == ["i", "j"]  # type: ignore[arg-type]


def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path) -> None:
    program = OPEN + """
import threading
def run(name):
    for number in range(10**9):
        store.store("k", {"n": number}, f"{name}-{number}", f"c{number % 3}", number)
        os.write(1, f"{name}-{number}\\n".encode())
for name in "abcd":
    threading.Thread(target=run, args=(name,)).start()
"""
    acknowledged: set[str] = set()
    for round_number in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", program.replace('"abcd"', repr([f"r{round_number}{letter}" for letter in "abcd"])), str(tmp_path / "store")],
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        lines = []
        for line in child.stdout:
            lines.append(line)
            if len(lines) == 400:
                break
        child.send_signal(signal.SIGKILL)
        lines += child.stdout.readlines()
        child.stdout.close()
        child.wait()
        acknowledged |= {line.decode().strip() for line in lines if line.endswith(b"\n")}
        with CollectionFastPersist(DATE, tmp_path / "store") as store:
            found = {name: item for items in store.get_key("k").values() for name, item in items.items()}  # type: ignore[union-attr]
            assert acknowledged <= set(found)
            assert all(item["value"] == item["n"] == int(name.rpartition("-")[2]) for name, item in found.items())
            rows = store.history_conn.execute("SELECT count(*), count(DISTINCT item_name) FROM storage_history").fetchone()
            assert rows == (len(found), len(found))


def test_control_c_ends_a_long_call_and_nothing_is_lost(tmp_path: Path) -> None:
    program = OPEN + """
import threading, time, signal, _thread
for number in range(2000):
    store.store("k", {}, f"i{number}", "c", number)
def interrupt():
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGINT)
conn = store.history_conn
threading.Thread(target=interrupt).start()
began = time.monotonic()
try:
    conn.execute("SELECT count(*) FROM storage_history a, storage_history b, storage_history c, range(200) d WHERE "
                 "a.version + b.version + c.version + d.range < 0").fetchall()
    print("not interrupted")
except KeyboardInterrupt:
    print("interrupted", flush=True)
print(store.get_item("k", "c", "i7")["value"], flush=True)
os._exit(0)
"""
    done = run_python(program, str(tmp_path / "store"))
    assert done.stdout.split() == ["interrupted", "7"], done.stderr
    with CollectionFastPersist(DATE, tmp_path / "store") as store:
        assert len(store.get_key("k", "c")) == 2000  # type: ignore[arg-type]


def test_a_close_that_was_interrupted_can_be_called_again(tmp_path: Path) -> None:
    program = OPEN + """
import signal
for number in range(3000):
    store.store("k", {}, f"i{number}", "c", number)
def handler(*_):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, handler)
interrupted = 0
while True:
    signal.setitimer(signal.ITIMER_REAL, 0.001 + interrupted * 0.01)
    try:
        store.close()
        signal.setitimer(signal.ITIMER_REAL, 0)
        break
    except KeyboardInterrupt:
        interrupted += 1
print(interrupted > 0, store, flush=True)
"""
    done = run_python(program, str(tmp_path / "store"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("True <CollectionFastPersist") and "closed" in done.stdout
    with CollectionFastPersist(DATE, tmp_path / "store") as store:
        assert len(store.get_key("k", "c")) == 3000  # type: ignore[arg-type]


def test_many_threads_store_and_read(store: CollectionFastPersist) -> None:
    def run(name: str) -> None:
        for number in range(100):
            store.store(name, {"n": number}, f"i{number % 10}", "c", number)
            assert store.get_item(name, "c", f"i{number % 10}")["value"] == number  # type: ignore[index]

    threads = [threading.Thread(target=run, args=(f"k{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(store.cache) == [f"k{number}" for number in range(8)]
    assert store.get_stats()["last_sequence"] == 800


def test_other_threads_run_while_one_waits_for_the_disk(open_store: Opener) -> None:
    store = open_store()
    ticks = 0
    stop = threading.Event()

    def count() -> None:
        nonlocal ticks
        while not stop.is_set():
            ticks += 1

    thread = threading.Thread(target=count)
    thread.start()
    before = ticks
    for number in range(50):
        store.store("k", {}, f"i{number}", "c")
    store.flush_data_to_duckdb()
    store.close()
    stop.set()
    thread.join()
    assert ticks > before


def test_the_version_is_the_projects() -> None:
    text = (Path(__file__).parents[2] / "CMakeLists.txt").read_text()
    found = re.search(r"project\(collection_fast_persist VERSION (\S+)", text)
    assert found is not None and package.__version__ == found.group(1)


def test_a_store_can_be_opened_again_at_once(open_store: Opener) -> None:
    for number in range(5):
        store = open_store(backup_on_close=False)
        assert store.store("k", {}, "i", "c", number) == number + 1
        store.close()


def test_reading_only_changes_nothing(open_store: Opener) -> None:
    store = open_store()
    store.store("k", {"a": 1}, "i", "c", 1)
    store.close()
    before = {path: path.stat().st_mtime_ns for path in store.base_dir.rglob("*")}
    reader, other = open_store(read_only=True), open_store(read_only=True)
    assert reader.get_item("k", "c", "i") == other.get_item("k", "c", "i") != None  # noqa: E711
    for call in (lambda: reader.store("k", {}), lambda: reader.flush_data_to_duckdb(), lambda: reader.backup()):
        with pytest.raises(CollectionFastPersistError) as caught:
            call()
        assert caught.value.code == "read_only"
    reader.close()
    other.close()
    assert {path: path.stat().st_mtime_ns for path in store.base_dir.rglob("*")} == before


def test_a_flush_can_be_waited_for_beside_readers(store: CollectionFastPersist) -> None:
    store.store("k", {}, "i", "c", 1)
    assert store.get_stats()["history_watermark"] == 0
    store.flush_data_to_duckdb()
    stats = store.get_stats()
    assert stats["history_watermark"] == stats["last_sequence"] == 1 and stats["unflushed_records"] == 0

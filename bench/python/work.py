"""One measurement, in a process of its own: work.py IMPLEMENTATION TASK DIRECTORY RECORDS prints {"rate": per second}.

IMPLEMENTATION is ours, reference (ionbus-fast-persist), stand_in (sqlite3 + json + fsync), sqlite or diskcache (peers.py).
"""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable

DATE = "2025-12-24"
DATA = {"label": "Age", "status": "valid", "username": "john_doe", "score": 12.5, "count": 42}


def open_store(implementation: str, directory: str, flushes: bool = False) -> Any:
    """A store that moves nothing to its tables by itself, unless `flushes`."""
    options: Any = {"batch_size": 1000 if flushes else 10**9, "duckdb_flush_interval_seconds": 30 if flushes else 10**6}
    if implementation == "ours":
        from collection_fast_persist import CollectionConfig, CollectionFastPersist

        # Or a full quarter of the default would begin a flush by itself.
        options["max_unflushed_bytes"] = 8 * 1024**3
        return CollectionFastPersist(DATE, config=CollectionConfig(base_dir=directory, backup_on_close=False, **options))
    if implementation == "stand_in":
        from stand_in import StandIn

        return StandIn(directory)
    if implementation in ("sqlite", "diskcache"):
        import peers

        return peers.SqliteStore(directory) if implementation == "sqlite" else peers.DiskCacheStore(directory)
    logging.disable(logging.CRITICAL)
    from ionbus_fast_persist import CollectionConfig as ReferenceConfig
    from ionbus_fast_persist import CollectionFastPersist as Reference

    return Reference(DATE, config=ReferenceConfig(base_dir=directory, **options))


def rate(count: int, work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def fill(store: Any, count: int) -> None:
    for number in range(count):
        store.store(f"k{number % 100}", DATA, f"item_{number}", "c", number)


def store_with_threads(store: Any, threads: int, count: int) -> float:
    def run(name: str) -> None:
        for number in range(count):
            store.store(name, DATA, f"item_{number % 1000}", "c", number)

    def all_of_them() -> None:
        started = [threading.Thread(target=run, args=(f"k{number}",)) for number in range(threads)]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()

    run("warm")
    return rate(threads * count, all_of_them)


def store_async(store: Any) -> float:
    async def group() -> None:
        await asyncio.gather(*(store.store_async("k", DATA, f"item_{number}", "c", number) for number in range(256)))

    async def main() -> float:
        for _ in range(5):
            await group()
        began = time.perf_counter()
        for _ in range(60):
            await group()
        return 60 * 256 / (time.perf_counter() - began)

    return asyncio.run(main())


def repeat(call: Callable[[], object], seconds: float = 1.0, calls: int = 1000) -> float:
    """Calls a second, the median of as many takes as fit."""

    def take() -> None:
        for _ in range(calls):
            call()

    take()
    rates = []
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        rates.append(rate(calls, take))
    return statistics.median(rates)


def recovery(implementation: str, directory: str, records: int) -> float:
    """From a process that was killed with all its records in the log."""
    arguments = [implementation, "fill_and_wait", str(Path(directory).parent), str(records)]
    child = subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    child.send_signal(signal.SIGKILL)
    child.wait()
    time.sleep(2.1)  # the reference takes a younger lock for a live one
    found: list[Any] = []

    def reopen() -> None:
        store = open_store(implementation, directory)
        found.append(store)

    reached = rate(records, reopen)
    assert found[0].get_item("k1", "c", "item_1") is not None
    return reached


def run(implementation: str, task: str, directory: str, records: int) -> float:
    if task == "recovery":
        return recovery(implementation, directory, records)
    store = open_store(implementation, directory)
    if task == "fill_and_wait":
        fill_fast(store, implementation, records)
        print("filled", flush=True)
        time.sleep(3600)
    if task == "store_1":
        return store_with_threads(store, 1, 2000)
    if task == "store_8":
        return store_with_threads(store, 8, 500)
    if task == "store_async":
        return store_async(store)
    if task == "flush":
        fill_fast(store, implementation, records)
        return rate(records, store.flush_data_to_duckdb)
    fill(store, 1000) if task == "get_item" else [store.store("k", DATA, f"item_{n}", "c", n) for n in range(1000)]
    if task == "get_item":
        return repeat(lambda: store.get_item("k0", "c", "item_500"))
    if task == "get_key":
        return 1000 * repeat(lambda: store.get_key("k", "c"), calls=20)
    if task == "deepcopy":
        items = store.get_key("k", "c")
        return 1000 * repeat(lambda: copy.deepcopy(items), calls=5)
    raise SystemExit(f"unknown task {task}")


def fill_fast(store: Any, implementation: str, records: int) -> None:
    """The records are what is wanted here, not the speed of their syncs."""
    if implementation == "ours":

        async def main() -> None:
            for first in range(0, records, 1000):
                await asyncio.gather(
                    *(store.store_async(f"k{n % 100}", DATA, f"item_{n}", "c", n) for n in range(first, first + 1000))
                )

        asyncio.run(main())
        return
    sync = os.fsync
    os.fsync = lambda fd: None
    fill(store, records)
    os.fsync = sync


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    reached = run(sys.argv[1], sys.argv[2], str(Path(sys.argv[3]) / "store"), int(sys.argv[4]))
    print(json.dumps({"rate": reached}), flush=True)
    os._exit(0)

"""Watching a store: in a loop, in a coroutine, by a callback; how each begins, waits and ends."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Opener, run_python

from collection_fast_persist import (
    Change,
    CollectionFastPersist,
    CollectionFastPersistError,
    InvalidArgumentError,
    InvalidTypeError,
    WatchEvent,
)

OPEN = """
import datetime as dt, os, sys, threading
from collection_fast_persist import CollectionConfig, CollectionFastPersist
store = CollectionFastPersist(dt.date(2025, 12, 24), sys.argv[1])
"""


def told(event: WatchEvent) -> str:
    assert isinstance(event, Change)
    number = "-" if event.version.item is None else str(event.version.item["n"])
    return f"{event.sequence}:{event.key}/{event.item_name}={number}"


def store_in_thread(store: CollectionFastPersist, count: int, **last: Any) -> threading.Thread:
    def run() -> None:
        for number in range(count):
            time.sleep(0.01)
            store.store("k", {"n": number}, "i")
        if last.get("close"):
            store.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_loop_gets_every_change_until_the_store_is_closed(store: CollectionFastPersist) -> None:
    store.store("k", {"n": "before"}, "i")
    watcher = store.watch()
    thread = store_in_thread(store, 5, close=True)
    assert [told(event) for event in watcher] == [f"{number + 2}:k/i={number}" for number in range(5)]
    thread.join()
    assert list(watcher) == []


def test_a_change_has_what_was_stored_and_what_was_before(store: CollectionFastPersist) -> None:
    store.store("k", {"label": "Age"}, "a", "c", 32, username="ann")
    with store.batch() as batch:
        batch.store("k", {"label": "Age"}, "a", "c", 33)
        batch.delete_item("k", "c", "a")
    watcher = store.watch(from_sequence=0, with_old=True)
    first, second, third = next(watcher), next(watcher), next(watcher)
    assert isinstance(first, Change) and isinstance(second, Change) and isinstance(third, Change)
    assert (first.key, first.collection_name, first.item_name) == ("k", "c", "a")
    assert first.version.username == "ann" and first.old is None and first.version.batch is None
    assert first.version == store.get_version("k", "c", "a", 1) == second.old
    assert second.version == third.old and second.version.batch == third.version.batch == 2
    assert third.version.deleted and third.version.item is None and third.sequence == watcher.position == 3
    without = next(store.watch(from_sequence=1))
    assert isinstance(without, Change) and without.old is None


def test_a_prefix_and_a_sequence_say_what_is_wanted(store: CollectionFastPersist) -> None:
    for number, key in enumerate(["user_a", "order", "user_b", "order", "üser"]):
        store.store(key, {"n": number}, "i")
        if number == 2:
            store.flush_data_to_duckdb()
    users = store.watch("user_", 0)
    threading.Timer(0.3, users.close).start()
    assert [told(event) for event in users] == ["1:user_a/i=0", "3:user_b/i=2"]
    assert told(next(store.watch("ü", 0))) == "5:üser/i=4"
    assert told(next(store.watch(from_sequence=3))) == "4:order/i=3"
    with pytest.raises(InvalidArgumentError, match="last sequence is 5"):
        store.watch(from_sequence=6)
    with pytest.raises(InvalidArgumentError, match="from_sequence"):
        store.watch(from_sequence=-1)
    with pytest.raises(InvalidTypeError, match="from_sequence"):
        store.watch(from_sequence="1")  # type: ignore[arg-type]
    with pytest.raises(InvalidTypeError, match="prefix"):
        store.watch(5)  # type: ignore[arg-type]


def test_a_program_goes_on_where_it_was(store: CollectionFastPersist, reopen: Any) -> None:
    for number in range(10):
        store.store("k", {"n": number}, "i")
    with store.watch(from_sequence=0) as watcher:
        seen = [next(watcher).sequence for _ in range(4)]
    with pytest.raises(StopIteration):
        next(watcher)
    again = reopen(store)
    watcher = again.watch(from_sequence=seen[-1])
    assert [next(watcher).sequence for _ in range(6)] == [5, 6, 7, 8, 9, 10]


def test_another_thread_ends_the_wait(store: CollectionFastPersist) -> None:
    watcher = store.watch()
    threading.Timer(0.1, watcher.close).start()
    assert list(watcher) == []


def test_a_reader_cannot_watch(open_store: Opener) -> None:
    open_store().close()
    with pytest.raises(CollectionFastPersistError, match="read_only") as error:
        open_store(read_only=True).watch()
    assert error.value.code == "read_only"


def test_ctrl_c_ends_the_wait(store: CollectionFastPersist) -> None:
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        next(store.watch())
    assert time.monotonic() - begin < 5


def test_a_subscription_hears_of_all_and_goes_on_after_an_error(
    store: CollectionFastPersist, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []

    def hear(event: WatchEvent) -> None:
        heard.append(told(event))
        if len(heard) == 1:
            raise RuntimeError("no more of this")

    with caplog.at_level(logging.ERROR, "collection_fast_persist"), store.subscribe(hear) as subscription:
        store_in_thread(store, 3).join()
        while subscription.position < 3:
            time.sleep(0.01)
    store.store("k", {"n": 3}, "i")
    assert heard == ["1:k/i=0", "2:k/i=1", "3:k/i=2"]
    assert "no more of this" in caplog.text
    with pytest.raises(InvalidTypeError, match="callback"):
        store.subscribe(5)  # type: ignore[arg-type]


def test_a_callback_may_end_its_subscription(store: CollectionFastPersist) -> None:
    heard: list[int] = []

    ready, ended = threading.Event(), threading.Event()

    def hear(event: WatchEvent) -> None:
        heard.append(event.sequence)
        ready.wait(5)
        subscription.close()
        ended.set()

    subscription = store.subscribe(hear)
    for _ in range(3):
        store.store("k", {}, "i")
    ready.set()
    assert ended.wait(5)
    subscription.close()
    assert heard == [1]


def test_coroutines_get_every_change_and_do_not_hold_up_their_loop(store: CollectionFastPersist) -> None:
    async def watch(**options: Any) -> list[str]:
        return [told(event) async for event in store.watch(**options)]

    async def run() -> tuple[list[str], list[str]]:
        watching = [asyncio.create_task(watch()), asyncio.create_task(watch(prefix="a"))]
        await asyncio.sleep(0.1)
        for number in range(6):
            await asyncio.wait_for(store.store_async("ab"[number % 2], {"n": number}, "i"), 5)
        await store.close_async()
        every, some = await asyncio.wait_for(asyncio.gather(*watching), 5)
        return every, some

    every, some = asyncio.run(run())
    assert every == [f"{number + 1}:{'ab'[number % 2]}/i={number}" for number in range(6)]
    assert some == every[::2]


def test_a_task_that_is_cancelled_loses_nothing(store: CollectionFastPersist) -> None:
    async def run() -> list[int]:
        seen: list[int] = []
        async with store.watch() as watcher:
            while len(seen) < 40:
                if len(seen) % 7 == 0:
                    await store.store_async("k", {}, "i")
                try:
                    seen.append((await asyncio.wait_for(watcher.__anext__(), 0.001)).sequence)
                except asyncio.TimeoutError:
                    await store.store_async("k", {}, "i")
            position = watcher.position
        assert position == 40
        with pytest.raises(StopAsyncIteration):
            await watcher.__anext__()
        return seen

    assert asyncio.run(run()) == list(range(1, 41))


def test_a_task_that_waits_is_ended_by_close(store: CollectionFastPersist) -> None:
    async def run() -> None:
        watcher = store.watch()
        task = asyncio.create_task(watcher.__anext__())
        await asyncio.sleep(0.05)
        watcher.close()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(task, 5)

    asyncio.run(run())


def test_a_forked_child_is_told(tmp_path: Path) -> None:
    program = OPEN + """
watcher = store.watch()
subscription = store.subscribe(print)
child = os.fork()
if child == 0:
    try:
        next(watcher)
    except Exception as error:
        print(error.code, flush=True)
    os._exit(0)
os.waitpid(child, 0)
store.close()
print(list(watcher))
"""
    done = run_python(program, str(tmp_path / "store"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["forked", "[]"]


def test_a_process_may_end_while_somebody_waits(tmp_path: Path) -> None:
    program = OPEN + """
threading.Thread(target=lambda: list(store.watch()), daemon=True).start()
subscription = store.subscribe(print)
store.store("k", {}, "i")
import time; time.sleep(0.2)
"""
    done = run_python(program, str(tmp_path / "store"))
    assert done.returncode == 0, done.stderr
    assert "item_name='i'" in done.stdout

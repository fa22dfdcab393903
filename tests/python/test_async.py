"""store_async: one sync for many tasks, one wake-up of the loop for a group, no thread for a call."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from conftest import DATE, Opener, run_python

from collection_fast_persist import (
    CollectionFastPersist,
    CollectionFastPersistError,
    InvalidRecordError,
    InvalidTypeError,
    VersionConflictError,
)


def test_tasks_that_store_at_once_share_syncs_and_keep_their_order(store: CollectionFastPersist) -> None:
    async def main() -> list[int]:
        return await asyncio.gather(*(store.store_async("k", {"n": n}, f"i{n}", "c", n) for n in range(500)))

    assert asyncio.run(main()) == list(range(1, 501))
    assert list(store.get_key("k", "c")) == [f"i{n}" for n in range(500)]  # type: ignore[arg-type]
    assert store.get_item("k", "c", "i7")["value"] == 7  # type: ignore[index]


def test_a_record_is_visible_when_its_task_goes_on(store: CollectionFastPersist) -> None:
    async def run(name: str) -> None:
        for number in range(30):
            sequence = await store.store_async("k", {}, name, "c", number, username="me")
            record = store.get_record("k", "c", name)
            assert record is not None
            assert (record["value"], record["sequence"], record["username"]) == (number, sequence, "me")

    async def main() -> None:
        await asyncio.gather(*(run(f"i{number}") for number in range(20)))

    asyncio.run(main())


def test_conditions_requests_and_reasons_are_those_of_store(store: CollectionFastPersist) -> None:
    async def main() -> None:
        async def put(value: int, **options: Any) -> int:
            return await store.store_async("k", {}, "i", "c", value, **options)

        both = await asyncio.gather(put(1, expected_version=0), put(2, expected_version=0), return_exceptions=True)
        assert both[0] == 1 and isinstance(both[1], VersionConflictError)
        assert (both[1].expected_version, both[1].current_version) == (0, 1)
        assert list(await asyncio.gather(put(3, request_id="r"), put(4, request_id="r"), put(5))) == [2, 2, 3]
        assert await put(5, skip_unchanged=True) == 3
        assert await put(6, skip_unchanged=True, reason="six", durability="none") == 4

    asyncio.run(main())
    assert [(v.version, v.item["value"], v.reason) for v in store.get_history("k", "c", "i")] == [  # type: ignore[index]
        (4, 6, "six"), (3, 5, None), (2, 3, None), (1, 1, None)]


def test_tasks_that_count_on_one_item_lose_no_step(store: CollectionFastPersist) -> None:
    async def count() -> None:
        for _ in range(10):
            while True:
                record = store.get_record("k", "c", "counter")
                version, value = (record["version"], record["value"]) if record else (0, 0)
                try:
                    await store.store_async("k", {}, "counter", "c", value + 1, expected_version=version)
                    break
                except VersionConflictError:
                    pass

    async def main() -> None:
        await asyncio.gather(*(count() for _ in range(10)))

    asyncio.run(main())
    assert store.get_item("k", "c", "counter")["value"] == 100  # type: ignore[index]


@pytest.mark.parametrize(
    "arguments, error",
    [((1, {}), InvalidTypeError), (("k", {"a": {1}}), InvalidTypeError), (("k", {"a": float("nan")}), InvalidRecordError),
     (("k", {"status": 1}), InvalidRecordError), (("nul\0", {}), InvalidRecordError), (("k", {"value": [1]}), InvalidRecordError)],
    ids=repr,
)
def test_bad_input_fails_its_own_task_only(
    store: CollectionFastPersist, arguments: tuple[Any, ...], error: type[Exception]
) -> None:
    async def main() -> list[Any]:
        calls = [store.store_async("k", {}, "before", "c"), store.store_async(*arguments), store.store_async("k", {}, "after", "c")]
        return await asyncio.gather(*calls, return_exceptions=True)

    before, refused, after = asyncio.run(main())
    assert type(refused) is error
    assert (before, after) == (1, 2) and list(store.get_key("k")) == ["c"]  # type: ignore[arg-type]


def test_loops_one_after_the_other_and_at_once(store: CollectionFastPersist) -> None:
    descriptors = len(os.listdir("/proc/self/fd"))

    async def main(name: str) -> int:
        return len(await asyncio.gather(*(store.store_async(name, {}, f"i{n}", "c") for n in range(20))))

    def run(name: str) -> None:
        for _ in range(5):
            assert asyncio.run(main(name)) == 20

    run("k")
    threads = [threading.Thread(target=run, args=(f"k{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get_stats()["last_sequence"] == 500
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 2  # loops that ended keep nothing open


def test_a_cancelled_task_harms_no_other(store: CollectionFastPersist) -> None:
    async def main() -> None:
        tasks = [asyncio.ensure_future(store.store_async("k", {}, f"i{n}", "c", n)) for n in range(100)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, (int, asyncio.CancelledError)) for result in results)
        assert all(isinstance(result, int) for result in results[1::2])

    asyncio.run(main())
    assert {f"i{n}" for n in range(1, 100, 2)} <= set(store.get_key("k", "c"))  # type: ignore[arg-type]


def test_close_async_stores_what_was_asked_for_before(open_store: Opener) -> None:
    store = open_store()

    async def main() -> None:
        tasks = [asyncio.ensure_future(store.store_async("k", {}, f"i{n}", "c", n)) for n in range(200)]
        await asyncio.sleep(0)
        beats = 0

        async def beat() -> None:
            nonlocal beats
            while True:
                beats += 1
                await asyncio.sleep(0.001)

        beating = asyncio.ensure_future(beat())
        await store.close_async()
        beating.cancel()
        assert beats > 0
        assert len(await asyncio.gather(*tasks)) == 200
        with pytest.raises(CollectionFastPersistError) as caught:
            await store.store_async("k", {})
        assert caught.value.code == "closed"

    asyncio.run(main())
    again = open_store(store.base_dir)
    assert len(again.get_key("k", "c")) == 200  # type: ignore[arg-type]


def test_a_loop_that_ends_before_its_stores_harms_nothing(store: CollectionFastPersist) -> None:
    loop = asyncio.new_event_loop()

    async def begin() -> list[Any]:
        tasks = [asyncio.ensure_future(store.store_async("k", {}, f"i{n}", "c")) for n in range(50)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        return tasks

    tasks = loop.run_until_complete(begin())
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.close()
    del tasks, loop
    gc.collect()
    store.flush_data_to_duckdb()
    assert store.store("k", {}, "last", "c") > 0


def test_acknowledged_tasks_survive_a_kill(tmp_path: Path) -> None:
    program = """
import asyncio, os, signal, sys
from collection_fast_persist import CollectionFastPersist
store = CollectionFastPersist("2025-12-24", sys.argv[1])
async def run(name):
    for number in range(1000):
        await store.store_async("k", {"n": number}, f"{name}-{number}", "c", number)
        os.write(1, f"{name}-{number}\\n".encode())
        if name == "t3" and number == 20:
            os.kill(os.getpid(), signal.SIGKILL)
async def main():
    await asyncio.gather(*(run(f"t{n}") for n in range(16)))
asyncio.run(main())
"""
    done = run_python(program, str(tmp_path / "store"))
    assert done.returncode == -9
    acknowledged = done.stdout.split()
    assert len(acknowledged) > 100
    with CollectionFastPersist(DATE, tmp_path / "store") as store:
        assert set(acknowledged) <= set(store.get_key("k", "c"))  # type: ignore[arg-type]

"""Storing from coroutines: tasks that store at the same time share one sync, and wake their event loop once.

No thread waits for a task: a thread of the store puts the outcomes where the event loop finds them, and wakes it by a
descriptor.
"""

from __future__ import annotations

import asyncio
import weakref

from ._native import AsyncStores

_by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncStores] = weakref.WeakKeyDictionary()


def stores_of(loop: asyncio.AbstractEventLoop) -> AsyncStores:
    """What the tasks of a loop wait by; made at the first call. Call it on the loop's own thread."""
    stores = _by_loop.get(loop)
    if stores is None:
        stores = _by_loop[loop] = AsyncStores()
        loop.add_reader(stores.fileno(), stores.settle)
    return stores

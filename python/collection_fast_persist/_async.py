"""Storing from coroutines: tasks that store at the same time share one sync, and wake their event loop once.

No thread waits for a task: a thread of the store puts the outcomes where the event loop finds them, and wakes it by a
descriptor.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import Callable, Optional, Tuple

from ._native import AsyncStores

# By loop; a loop that ends takes its entry along.
_by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncStores] = weakref.WeakKeyDictionary()


class LoopFinder:
    """Finds what the tasks of a loop wait by, and remembers the last one: nearly always there is one loop."""

    def __init__(self) -> None:
        self._last: Tuple[Callable[[], Optional[asyncio.AbstractEventLoop]], Callable[[], Optional[AsyncStores]]] = (
            lambda: None,
            lambda: None,
        )

    def stores_of(self, loop: asyncio.AbstractEventLoop) -> AsyncStores:
        """Made at the first call for a loop. Call it on the loop's own thread."""
        last_loop, last_stores = self._last
        stores = last_stores()
        if last_loop() is loop and stores is not None:
            return stores
        stores = _by_loop.get(loop)
        if stores is None:
            stores = _by_loop[loop] = AsyncStores()
            loop.add_reader(stores.fileno(), stores.settle)
        self._last = (weakref.ref(loop), weakref.ref(stores))
        return stores

"""Every change of a store, in order: for loops, for coroutines, and for a callback."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import threading
from types import TracebackType
from typing import Any, AsyncIterator, Callable, Iterator, Optional, Tuple, Type, Union

from ._errors import CollectionFastPersistError, InvalidTypeError
from ._native import Cursor
from ._past import ItemVersion

_logger = logging.getLogger("collection_fast_persist")
_PAUSE_AFTER_ERROR_SECONDS = 0.2


@dataclasses.dataclass(frozen=True)
class Change:
    """One record of the store: a store, or a delete."""

    key: str
    collection_name: str
    item_name: str
    #: What was stored: the item, its sequence, version and time; `deleted` for a delete.
    version: ItemVersion
    #: With `with_old`: the version before, a delete too; None for the first one of the item, and where a repair lost it.
    old: Optional[ItemVersion]

    @property
    def sequence(self) -> int:
        """The number of the record in the store."""
        return self.version.sequence


@dataclasses.dataclass(frozen=True)
class SequenceGap:
    """Sequences, first and last included, that no record has: lost by a repair, or taken by a crash before they counted."""

    first: int
    last: int

    @property
    def sequence(self) -> int:
        """What to pass as `from_sequence` to go on behind it."""
        return self.last


WatchEvent = Union[Change, SequenceGap]


def event_of(found: Tuple[Any, ...]) -> WatchEvent:
    if len(found) == 2:
        return SequenceGap(*found)
    key, collection_name, item_name, version, old = found
    return Change(key, collection_name, item_name, ItemVersion(*version), None if old is None else ItemVersion(*old))


def _settle(woken: asyncio.Future[None]) -> None:
    if not woken.done():  # its task was cancelled
        woken.set_result(None)


class Watcher(Iterator[WatchEvent], AsyncIterator[WatchEvent]):
    """Changes one after another, in a `for` or an `async for`: `CollectionFastPersist.watch` makes it.

    It waits for the next one until it is closed, or the store is: then it ends, after what it had, which is all but for a
    watcher that is more than 1,024 records behind. Waiting lets other threads run and answers Ctrl-C; an `async for` never
    holds up its event loop, and where its task is cancelled, no change is lost.
    Threads: one at a time; `close` from any.
    """

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    @property
    def position(self) -> int:
        """Everything through this sequence was given or did not match: the `from_sequence` to go on from here."""
        return self._cursor.position

    def close(self) -> None:
        """Ends it, also while it waits in another thread or task."""
        self._cursor.stop()

    def __next__(self) -> WatchEvent:
        found = self._cursor.next()
        if found is None:
            raise StopIteration
        return event_of(found)

    async def __anext__(self) -> WatchEvent:
        loop = asyncio.get_running_loop()
        while True:
            found = self._cursor.take()
            if found is not None:
                return event_of(found)
            if self._cursor.ended:
                raise StopAsyncIteration
            # It may read from disk, and what it reads waits for `take`, whatever becomes of this task.
            if not await loop.run_in_executor(None, self._cursor.fetch):
                await self._wait(loop)

    async def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        woken: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self._cursor.fileno(), _settle, woken)
        try:
            self._cursor.arm()
            await woken
        finally:
            loop.remove_reader(self._cursor.fileno())

    def __enter__(self) -> Watcher:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    async def __aenter__(self) -> Watcher:
        return self

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()


class Subscription:
    """A callback that hears of each event, on a thread of its own: `CollectionFastPersist.subscribe` makes it.

    What the callback raises is logged, and the next event follows. Ends with `close` and with the store.
    """

    def __init__(self, watcher: Watcher, callback: Callable[[WatchEvent], object]) -> None:
        if not callable(callback):
            raise InvalidTypeError(f"callback: must be callable, not {type(callback).__name__}")
        self._watcher = watcher
        self._callback = callback
        self._position = watcher.position
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="collection_fast_persist-watch", daemon=True)
        self._thread.start()

    @property
    def position(self) -> int:
        """Everything through this sequence was handled."""
        return self._position

    def close(self) -> None:
        """Returns when the callback has ended, unless it is the one that calls this; it is not called again."""
        self._stopped.set()
        self._watcher.close()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                event = next(self._watcher, None)
            except CollectionFastPersistError as error:
                if error.code == "forked":
                    return
                _logger.error("a subscription cannot read on: %s", error)
                self._stopped.wait(_PAUSE_AFTER_ERROR_SECONDS)
                continue
            if event is None:
                return
            try:
                self._callback(event)
            except Exception:
                _logger.exception("the callback of a subscription raised")
            self._position = self._watcher.position

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

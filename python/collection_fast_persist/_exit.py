"""Stores that are still open when the process ends are flushed and closed, without a backup."""

from __future__ import annotations

import atexit
import contextlib
import os
import weakref
from typing import TYPE_CHECKING

from . import _native

if TYPE_CHECKING:
    from ._store import CollectionFastPersist

_open: weakref.WeakSet[CollectionFastPersist] = weakref.WeakSet()


def watch(store: CollectionFastPersist) -> None:
    _open.add(store)


def forget(store: CollectionFastPersist) -> None:
    _open.discard(store)


os.register_at_fork(after_in_child=_native.forget_calls)


@atexit.register
def _end_all() -> None:
    with contextlib.ExitStack() as stack:  # each of them, also where warnings are errors
        stack.callback(_native.wait_for_calls)
        for store in list(_open):
            stack.callback(store._end)

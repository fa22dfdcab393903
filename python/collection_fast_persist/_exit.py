"""Stores that are still open when the process ends are flushed and closed, without a backup."""

from __future__ import annotations

import atexit
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
    for store in list(_open):
        store._end()
    _native.wait_for_calls()

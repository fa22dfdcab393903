"""Stores and deletes that happen together."""

from __future__ import annotations

import datetime as dt
from types import TracebackType
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Type, Union

from . import _native
from ._errors import InvalidArgumentError

if TYPE_CHECKING:
    from ._store import CollectionFastPersist


class Batch(_native.Batch):
    """Collects stores and deletes; the end of its `with` makes all of them or none, through any crash, with one sync.

    They happen in their order, and readers see all of them at once. Where the block raises, nothing happens. A conflict
    of one expected version refuses the whole. Made by `CollectionFastPersist.batch`. Threads: one at a time.
    """

    def __init__(self, storage: CollectionFastPersist, durability: Optional[str] = None) -> None:
        super().__init__()
        self._durability = durability
        self._storage = storage
        self._is_done = False
        #: Sequence of the last record, once it is done; 0: there was nothing to write.
        self.sequence = 0
        #: How many items it deleted, once it is done.
        self.deleted = 0
        #: One for each change, once it is done: of its record; of the one that was there already (`skip_unchanged`,
        #: `request_id`); or 0 for the delete of what was not there.
        self.sequences: List[int] = []

    def store(
        self,
        key: str,
        data: Dict[str, Any],
        item_name: Optional[str] = None,
        collection_name: Optional[str] = None,
        value: Union[int, float, str, None] = None,
        timestamp: Union[str, dt.date, None] = None,
        username: Optional[str] = None,
        expected_version: Optional[int] = None,
        *,
        skip_unchanged: bool = False,
        reason: Optional[str] = None,
        request_id: Optional[str] = None,
    ) -> None:
        """As `CollectionFastPersist.store`. What `data` is now is what is stored."""
        self._refuse_when_done()
        asked = (expected_version, skip_unchanged, reason, request_id)
        self.add_store(key, data, item_name, collection_name, value, timestamp, username, *asked)

    def delete_item(
        self,
        key: str,
        collection_name: Optional[str],
        item_name: Optional[str],
        username: Optional[str] = None,
        expected_version: Optional[int] = None,
        *,
        reason: Optional[str] = None,
        request_id: Optional[str] = None,
    ) -> None:
        """As `CollectionFastPersist.delete_item`; of an item that is not there it does nothing."""
        self._refuse_when_done()
        self.add_delete(key, collection_name, item_name, username, expected_version, reason, request_id)

    def _refuse_when_done(self) -> None:
        if self._is_done:
            raise InvalidArgumentError("the batch is done; begin another one")

    def __enter__(self) -> Batch:
        self._refuse_when_done()
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._is_done = True
        if kind is None:
            self.sequence, self.deleted, self.sequences = self._storage.commit_batch(self, self._durability)

"""What reading the past gives."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Tuple, overload

from ._listing import listed, name_itself, name_of_item

if TYPE_CHECKING:
    from ._store import CollectionFastPersist


@dataclasses.dataclass(frozen=True)
class ItemVersion:
    """One version of an item: a store, or a delete."""

    #: 1 for the first store of the item, then one more for each store or delete.
    version: int
    #: The number of the record in the store.
    sequence: int
    #: UTC, when the record was accepted.
    updated_at: dt.datetime
    deleted: bool
    #: What `get_item` gave then; None of a delete.
    item: Optional[Dict[str, Any]]
    #: Who stored or deleted it.
    username: Optional[str]
    reason: Optional[str]
    request_id: Optional[str]
    #: Sequence of the first record of the batch it was made in; None: in no batch.
    batch: Optional[int]


@dataclasses.dataclass(frozen=True)
class VersionDiff:
    """What is different in one version of an item from another one; a delete has no fields. `value` is among them."""

    before: ItemVersion
    after: ItemVersion
    added: Dict[str, Any]
    removed: Dict[str, Any]
    #: By name: what it was, and what it is.
    changed: Dict[str, Tuple[Any, Any]]


def diff_from(before: ItemVersion, after: ItemVersion, fields: List[str], value_changed: bool) -> VersionDiff:
    old, new = before.item or {}, after.item or {}
    names = [name for name in fields if name != "value"] + (["value"] if value_changed else [])
    return VersionDiff(
        before,
        after,
        added={name: new[name] for name in names if name in new and name not in old},
        removed={name: old[name] for name in names if name in old and name not in new},
        changed={name: (old[name], new[name]) for name in names if name in old and name in new},
    )


class PastView:
    """A store as it was at a moment, which stays what it is: `CollectionFastPersist.as_of` makes it.

    The calls are those of the store. A page of keys costs a scan of the keys of all of history; the collections and
    items of a key cost what reading them costs. Threads: any, as long as the store is open.
    """

    def __init__(self, store: CollectionFastPersist, sequence: int) -> None:
        self._store = store
        #: Every record through this one counts.
        self.sequence = sequence

    def __repr__(self) -> str:
        return f"<PastView of {str(self._store.base_dir)!r} through {self.sequence}>"

    def get_item(
        self, key: str, collection_name: Optional[str] = None, item_name: Optional[str] = None
    ) -> Optional[Dict[str, Any]]:
        """The item as it was; None when there was none."""
        return self._store.get_item(key, collection_name, item_name, as_of=self.sequence)

    if TYPE_CHECKING:

        @overload
        def get_key(self, key: str, collection_name: None = None) -> Optional[Dict[str, Dict[str, Dict[str, Any]]]]: ...
        @overload
        def get_key(self, key: str, collection_name: str) -> Optional[Dict[str, Dict[str, Any]]]: ...

    def get_key(self, key: str, collection_name: Optional[str] = None) -> Any:
        """The items of a collection, or of all of a key, in their order of then; None when there were none."""
        return self._store.get_key(key, collection_name, as_of=self.sequence)

    def keys(
        self,
        prefix: str = "",
        *,
        after: Optional[str] = None,
        before: Optional[str] = None,
        reverse: bool = False,
        limit: Optional[int] = None,
    ) -> Iterator[str]:
        """The keys that had items; arguments as `CollectionFastPersist.keys` takes them."""
        fetch = self._store.page_of_keys
        return listed(fetch, name_itself, prefix, after, before, reverse, limit, self.sequence)

    def collections(
        self,
        key: str,
        prefix: str = "",
        *,
        after: Optional[str] = None,
        before: Optional[str] = None,
        reverse: bool = False,
        limit: Optional[int] = None,
    ) -> Iterator[str]:
        """The collections of a key that had items."""

        def fetch(*page: Any) -> List[str]:
            return self._store.page_of_collections(key, *page)

        return listed(fetch, name_itself, prefix, after, before, reverse, limit, self.sequence)

    def items(
        self,
        key: str,
        collection_name: Optional[str] = None,
        prefix: str = "",
        *,
        after: Optional[str] = None,
        before: Optional[str] = None,
        reverse: bool = False,
        limit: Optional[int] = None,
    ) -> Iterator[Tuple[str, Dict[str, Any]]]:
        """Names and items of a collection, ordered by name."""

        def fetch(*page: Any) -> List[Tuple[str, Dict[str, Any]]]:
            return self._store.page_of_items(key, collection_name, *page)

        return listed(fetch, name_of_item, prefix, after, before, reverse, limit, self.sequence)

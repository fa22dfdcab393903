"""What is in memory, for those who look into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Dict, Iterator

if TYPE_CHECKING:
    from ._store import CollectionFastPersist


class CacheView(Mapping[str, Dict[str, Dict[str, Dict[str, Any]]]]):
    """A read-only mapping {key: {collection_name: {item_name: item}}} of copies; its keys are those in memory.

    Looking up a key loads what is not in memory of it.
    """

    def __init__(self, store: CollectionFastPersist) -> None:
        self._store = store

    def __getitem__(self, key: str) -> Dict[str, Dict[str, Dict[str, Any]]]:
        found = self._store.get_key(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._store.cached_keys())

    def __len__(self) -> int:
        return len(self._store.cached_keys())

    def __repr__(self) -> str:
        return f"<read-only view of {len(self)} keys in memory>"

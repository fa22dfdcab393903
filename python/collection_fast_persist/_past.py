"""What reading the past gives."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any, Dict, List, Optional, Tuple


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

"""Listings that are read a page at a time."""

from __future__ import annotations

from typing import Any, Callable, Iterator, List, Optional, TypeVar

from ._errors import InvalidArgumentError, InvalidTypeError

Entry = TypeVar("Entry")
#: prefix, after, before, descending, limit, sequence -> a page.
Fetch = Callable[[str, Optional[str], Optional[str], bool, int, Optional[int]], List[Entry]]

#: A page of keys costs a scan whatever its size: the first comes soon, and all of many soon after it.
FIRST_PAGE, LARGEST_PAGE, GROWTH = 256, 65_536, 8


def listed(
    fetch: Fetch[Entry],
    name_of: Callable[[Entry], str],
    prefix: str,
    after: Optional[str],
    before: Optional[str],
    reverse: bool,
    limit: Optional[int],
    sequence: Optional[int] = None,
) -> Iterator[Entry]:
    """What `fetch` gives, page after page. The first is read at once, so that mistakes are told where they are made."""
    if not isinstance(reverse, bool):
        raise InvalidTypeError(f"reverse: must be a bool, not {type(reverse).__name__}")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool)):
        raise InvalidTypeError(f"limit: must be an int or None, not {type(limit).__name__}")
    if limit is not None and limit < 0:
        raise InvalidArgumentError(f"limit: {limit} names cannot be listed; 0 is the least")
    size = FIRST_PAGE if limit is None else min(limit, FIRST_PAGE)
    first = fetch(prefix, after, before, reverse, max(size, 1), sequence)[:size]

    def pages() -> Iterator[Entry]:
        page, count, left, above, below = first, size, limit, after, before
        while True:
            yield from page
            left = None if left is None else left - len(page)
            if len(page) < count or left == 0:
                return
            last = name_of(page[-1])
            above, below = (above, last) if reverse else (last, below)
            count = min(count * GROWTH, LARGEST_PAGE)
            count = count if left is None else min(count, left)
            page = fetch(prefix, above, below, reverse, count, sequence)

    return pages()


def name_itself(name: str) -> str:
    return name


def name_of_item(entry: Any) -> str:
    return str(entry[0])

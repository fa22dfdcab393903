"""What exports and imports take and give."""

from __future__ import annotations

from typing import Any, Callable, Iterable, List, NamedTuple, Optional, Union

from ._errors import InvalidTypeError


class TransferProgress(NamedTuple):
    """How far an export or an import is."""

    #: Done so far.
    records: int
    #: Of how many, where that is known.
    total: Optional[int]
    #: Of an import: they were only read and checked so far.
    checking: bool


class ExportResult(NamedTuple):
    records: int
    #: The records are those of the store when this was its last one.
    last_sequence: int


class ImportResult(NamedTuple):
    #: Of the file, without those that were skipped.
    rows: int
    #: Records stored.
    stored: int
    #: Items deleted, by rows that are deletes.
    deleted: int
    #: Of the last record; 0: there was nothing to write.
    last_sequence: int


TransferCallback = Callable[[TransferProgress], object]


def told_by_tuple(progress: Optional[TransferCallback]) -> Optional[Callable[[int, Optional[int], bool], object]]:
    if progress is None:
        return None
    if not callable(progress):
        raise InvalidTypeError(f"progress: must be callable, not {type(progress).__name__}")
    call = progress

    def tell(records: int, total: Optional[int], checking: bool) -> None:
        call(TransferProgress(records, total, checking))

    return tell


def as_names(names: Union[str, Iterable[str]], what: str) -> List[Any]:
    """One name, or several."""
    if isinstance(names, str):
        return [names]
    try:
        return list(names)
    except TypeError:
        raise InvalidTypeError(f"{what}: must be a str or several, not {type(names).__name__}") from None

"""What the tests of the Python package share."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from collection_fast_persist import CollectionConfig, CollectionFastPersist

DATE = dt.date(2025, 12, 24)
Opener = Callable[..., CollectionFastPersist]


def pytest_report_header() -> str:
    import collection_fast_persist

    return f"collection_fast_persist {collection_fast_persist.__version__} from {collection_fast_persist.__path__[0]}"


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Opener]:
    """Opens stores in the test's directory; those that are open at its end are closed."""
    opened: list[CollectionFastPersist] = []

    def opener(base_dir: Path = tmp_path / "store", **options: Any) -> CollectionFastPersist:
        store = CollectionFastPersist(DATE, config=CollectionConfig(base_dir=base_dir, **options))
        opened.append(store)
        return store

    yield opener
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Opener) -> CollectionFastPersist:
    """One that makes no backup when it is closed: nearly all tests are about something else."""
    return open_store(backup_on_close=False)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectionFastPersist]:
    """One for all tests of a module that change nothing."""
    directory = tmp_path_factory.mktemp("untouched")
    with CollectionFastPersist(DATE, config=CollectionConfig(base_dir=directory, backup_on_close=False)) as store:
        yield store


@pytest.fixture
def reopen(open_store: Opener) -> Callable[[CollectionFastPersist], CollectionFastPersist]:
    """Closes a store and opens it again."""

    def again(store: CollectionFastPersist) -> CollectionFastPersist:
        store.close()
        return open_store(store.base_dir, backup_on_close=False)

    return again


def run_python(program: str, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Runs a program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-X", "dev", "-c", program, *arguments], capture_output=True, text=True, timeout=timeout
    )

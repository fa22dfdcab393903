"""Stores that nobody closes, where warnings are errors: each is ended all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

OPEN = """
from collection_fast_persist import CollectionFastPersist
a, b = (CollectionFastPersist("2025-12-24", base_dir=name) for name in "ab")
a.store("key", {})
b.store("key", {})
"""


@pytest.mark.parametrize("ending", [
    "del a, b",
    # So that nothing but the end of the process can end them.
    "import builtins\nbuiltins.kept = [a, b]",
])
def test_forgotten_stores_are_ended_where_warnings_are_errors(ending: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", OPEN + ending], cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=60,
    )
    assert f"ResourceWarning: <CollectionFastPersist base_dir='{tmp_path}" in done.stderr
    for name in "ab":
        assert done.stderr.count(f"ResourceWarning: <CollectionFastPersist base_dir='{tmp_path / name}'") <= 1
        assert not (tmp_path / name / ".lock_2025-12-24").exists()

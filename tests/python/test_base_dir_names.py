"""How errors name the files of a store: as the caller's Path objects do."""

from __future__ import annotations

from pathlib import Path

import pytest

from collection_fast_persist import CollectionFastPersist, CollectionFastPersistError


@pytest.mark.parametrize("base_dir", ["store", "./store", "././store/", ".//store", "x/../store"])
def test_files_are_named_as_pathlib_names_them(base_dir: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").mkdir()
    monkeypatch.chdir(tmp_path)
    lock_file = Path(base_dir) / ".lock_2025-12-24"
    with CollectionFastPersist("2025-12-24", base_dir=base_dir) as storage:
        assert storage.lock_file_path == Path.cwd() / lock_file and lock_file.exists()
        with pytest.raises(CollectionFastPersistError) as caught:
            CollectionFastPersist("2025-12-24", base_dir=base_dir)
        assert f"Lock file exists at {lock_file}\n" in str(caught.value)

"""Every code block of the specification: programs run (test_spec_programs.py), the others hold by what they show."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import re
import shutil
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, TypeVar

import pytest

from collection_fast_persist import (
    CollectionConfig,
    CollectionFastPersist,
    CollectionFastPersistError,
    ExtraSchemaError,
)
from fast_persist_common import StorageKeys
from spec_document import BLOCKS, KILL_ITSELF, read_blocks, read_table, run
from test_spec_programs import PROGRAMS

Test = TypeVar("Test", bound=Callable[..., Any])

CORRUPT = "Database Corruption: CollectionFastPersistError: Failed to open storage_history.duckdb."
LOCKED = ("Single Instance Violation: "
          "CollectionFastPersistError: Another instance is already running for date 2025-12-24.")
LEVELS = "Three-Level Hierarchy: cache[key][collection_name][item_name] = {"
COLUMNS = "Typed Value Support: storage.store(..., value=32)        # → value_int (BIGINT)"
TYPES = "Typed Value Support: storage.store(..., value=32)         # int"

# The blocks that are no programs, and the test that shows what each of them does.
SHOWN: Dict[str, str] = {
    "Basic Functional Test: python test_collection_fast_persist.py":
        "test_spec_scripts.test_the_functional_test_passes_and_passes_again",
    "Crash Recovery Test: python test_collection_crash_recovery.py 1":
        "test_spec_scripts.test_the_three_stages_pass_over_a_real_kill",
    "Crash Recovery Test: python test_collection_crash_recovery.py 2":
        "test_spec_scripts.test_the_three_stages_pass_over_a_real_kill",
    "Crash Recovery Test: python test_collection_crash_recovery.py 3":
        "test_spec_scripts.test_the_three_stages_pass_over_a_real_kill",
    "Crash Recovery Test: python test_cleanup.py":
        "test_spec_scripts.test_clean_up_removes_both_directories_and_nothing_else",
    "Crash Recovery Test: # Unix/Linux/Mac:":
        "test_spec_scripts.test_clean_up_by_hand_removes_both_directories",
}


def shows(*blocks: str) -> Callable[[Test], Test]:
    def list_it(test: Test) -> Test:
        for block in blocks:
            SHOWN[block] = f"{__name__}.{test.__name__}"
        return test

    return list_it


def test_every_block_of_the_document_is_listed_once() -> None:
    assert not PROGRAMS.keys() & SHOWN.keys()
    assert {*PROGRAMS, *SHOWN} == {*BLOCKS}


def test_blocks_are_told_apart_by_their_names() -> None:
    text = "## `a(b)`\n```python\nx\n```\n1. c\n   ```bash\n   y\n     z\n   ```\n```\nw\n```\n"
    assert [(block.name, block.language, block.text) for block in read_blocks(text)] == [
        ("a(b): x", "python", "x"), ("a(b): y", "bash", "y\n  z"), ("a(b): w", "", "w")]
    assert len(BLOCKS) == len(read_blocks((Path(__file__).parents[2] / "docs/specification.md").read_text()))


@pytest.mark.parametrize("test", sorted(set(SHOWN.values())))
def test_what_shows_a_block_is_a_test(test: str) -> None:
    module, name = test.split(".")
    assert f"\ndef {name}(" in (Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8")


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[CollectionFastPersist]:
    with CollectionFastPersist("2025-12-24", config=CollectionConfig(base_dir=tmp_path / "store")) as opened:
        yield opened


def row(storage: CollectionFastPersist, columns: str) -> Any:
    sql = f"SELECT {columns} FROM storage_history ORDER BY cfp_seq DESC LIMIT 1"
    return storage.history_conn.execute(sql).fetchone()


@shows(
    "Dependencies: pip install duckdb pandas pyarrow",
    "Dependencies: conda install -c conda-forge duckdb pandas pyarrow",
    "Dependencies: pip install backports.strenum",
    "Dependencies: conda install -c conda-forge backports.strenum",
)
def test_the_dependencies_may_be_installed_and_none_is_needed(tmp_path: Path) -> None:
    commands = [block.text.split() for block in BLOCKS.values() if block.section == "Dependencies"]
    packages = {word for command in commands for word in command[2:] if word not in ("-c", "conda-forge")}
    assert packages == {"duckdb", "pandas", "pyarrow", "backports.strenum"}
    assert all("extra ==" in line for line in importlib.metadata.requires("collection_fast_persist") or [])
    without = "import sys\n" + "".join(f"sys.modules[{name!r}] = None\n" for name in packages)
    assert run(without + """
from fast_persist_common import StorageKeys
from collection_fast_persist import CollectionFastPersist
with CollectionFastPersist("2025-12-24", base_dir="store") as storage:
    storage.store("key", {StorageKeys.STATUS: "valid"}, "item", "collection", 1)
    print(storage.history_conn.execute("SELECT status, value_int FROM storage_history").fetchall())
""", tmp_path) == "[('valid', 1)]\n"
    assert (str(StorageKeys.STATUS), f"{StorageKeys.STATUS}") == ("status", "status")


def test_an_item_that_was_never_stored_is_none(storage: CollectionFastPersist) -> None:
    storage.store("key", {"label": "a"}, value=100, timestamp="2025-01-15T10:30:00Z")
    assert storage.get_item("key", "collection", "item") is None


@shows(LEVELS)
def test_the_cache_has_three_levels(storage: CollectionFastPersist) -> None:
    text = BLOCKS[LEVELS].text
    levels, fields = text.split(" = ", 1)
    assert re.findall(r'"(\w+)":', fields) == ["data", "value"]
    storage.store("user_profile", {"unit": "cm", "status": "valid"}, "height", "personal_info", 175)
    names = {"cache": storage.cache, "key": "user_profile", "collection_name": "personal_info",
             "item_name": "height"}
    item = eval(levels, names)
    assert item.pop("timestamp").tzinfo is not None
    assert item == {"unit": "cm", "status": "valid", "value": 175}  # "data" is flat in it, as all examples read it
    exec(levels + "['unit'] = 'km'", names)  # it is a view: what it gives are copies
    assert eval(levels, names)["unit"] == "cm"


@shows(COLUMNS)
def test_values_go_to_the_columns_of_their_types(storage: CollectionFastPersist) -> None:
    lines = BLOCKS[COLUMNS].text.splitlines()
    found = []
    for line in lines:
        call, comment = line.split("# → ")
        exec(call.replace("...", "'key', {}, 'item', 'collection'"), {"storage": storage})
        names = ("value_int", "value_float", "value_string")
        columns = [name for name, value in zip(names, row(storage, ", ".join(names))) if value is not None]
        expected = re.fullmatch(r"(\w+) \((\w+)\)", comment)
        if expected is None:
            assert comment == "all value columns NULL" and columns == []
        else:
            assert columns == [expected.group(1)]
            assert row(storage, f"typeof({columns[0]})") == (expected.group(2),)
        item = storage.get_item("key", "collection", "item")
        assert item is not None
        found.append(item["value"])
    assert found == [32, 1.75, "text", None]


@shows(TYPES)
def test_the_type_of_a_value_may_change(storage: CollectionFastPersist, caplog: pytest.LogCaptureFixture) -> None:
    text = BLOCKS[TYPES].text
    exec(text.replace("...", "'key', {}, 'item', 'collection'"), {"storage": storage})
    item = storage.get_item("key", "collection", "item")
    assert item is not None and item["value"] == "thirty"
    sql = "SELECT version, value_int, value_string FROM storage_history ORDER BY version"
    assert storage.history_conn.execute(sql).fetchall() == [(1, 32, None), (2, None, "thirty")]
    assert not [record for record in caplog.records if record.levelname != "INFO"]  # "no warning!"


@shows("Directory Structure: ./base_dir/")
def test_a_directory_has_the_files_that_the_document_draws(tmp_path: Path) -> None:
    drawn: Dict[str, List[str]] = {"": []}
    directory = ""
    for line in BLOCKS["Directory Structure: ./base_dir/"].text.splitlines()[1:]:
        found = re.match(r"([ │]*)[├└]── (\S+)", line)
        assert found is not None
        name = found.group(2)
        if name.endswith("/"):
            directory = name.rstrip("/")
            drawn[directory] = []
        else:
            drawn[directory if "│" in found.group(1) or len(found.group(1)) > 2 else ""].append(name)
    assert list(drawn) == ["", "2025-12-20", "2025-12-23", "2025-12-24"]

    config = CollectionConfig(base_dir=tmp_path, max_wal_size=4096, retain_days=1)
    backups = set()
    for day in ("2025-12-20", "2025-12-21", "2025-12-22", "2025-12-23"):
        with CollectionFastPersist(day, config=config) as storage:
            storage.store("key", {}, "item", "collection", day)
            logs = {path.name for path in (tmp_path / day).glob("*.jsonl")}
        backups = {path.name for path in (tmp_path / day).glob("*.backup")}
        assert {*drawn["2025-12-23"]} <= logs | backups
    with CollectionFastPersist("2025-12-24", config=config) as storage:
        for number in range(12):
            storage.store("key", {"text": "x" * 500}, f"item {number}", "collection")
        assert {*drawn["2025-12-24"]} <= {path.name for path in storage.wal_dir.iterdir()}
        assert all((tmp_path / name).is_file() for name in drawn[""])
        assert not (tmp_path / "2025-12-20" / "storage_history.duckdb.backup").exists()  # "auto-deleted"
    assert not (tmp_path / ".lock_2025-12-24").exists()


@shows("get_stats(): {")
def test_the_stats_are_the_true_numbers(tmp_path: Path) -> None:
    described = re.findall(r'"(\w+)": int,', BLOCKS["get_stats(): {"].text)
    config = CollectionConfig(base_dir=tmp_path / "store", max_wal_size=4096)
    with CollectionFastPersist("2025-12-24", config=config) as storage:
        assert list(storage.get_stats())[: len(described)] == described
        assert all(type(storage.get_stats()[name]) is int for name in described)
        for number in range(3):
            storage.store(f"key {number}", {}, "item", "collection")
        storage.store("key 0", {}, "item", "collection")
        first = storage.get_stats()
        expected = {"cache_size": 3, "pending_writes": 1, "modified_records": 3, "current_wal_count": 4,
                    "wal_files_count": 1, "wal_sequence": 1}
        assert {name: first[name] for name in expected} == expected
        assert first["current_wal_size"] == len((storage.wal_dir / "wal_000001.jsonl").read_bytes().rstrip(b"\0"))
        storage.store("key 0", {"text": "x" * 5000}, "item", "collection")
        storage.store("key 0", {}, "item", "collection")
        storage.flush_data_to_duckdb()
        assert storage.get_stats()["pending_writes"] == 0
        assert (storage.get_stats()["wal_files_count"], storage.get_stats()["wal_sequence"]) == (2, 2)
        storage._update_latest_table()
        assert storage.get_stats()["modified_records"] == 0


@shows(CORRUPT)
def test_damage_that_nothing_covers_gives_the_text_of_the_document(tmp_path: Path) -> None:
    text = BLOCKS[CORRUPT].text
    config = CollectionConfig(base_dir=tmp_path / "store")
    with CollectionFastPersist("2025-12-24", config=config) as storage:
        storage.store("key", {}, "item", "collection", 1)
    history = storage.history_db_path
    with open(history, "r+b") as file:
        file.write(b"\xff" * 12288)
    bad = history.read_bytes()
    shutil.rmtree(storage.wal_dir)  # or it would heal
    with pytest.raises(CollectionFastPersistError) as caught:
        CollectionFastPersist("2025-12-25", config=config)
    assert caught.value.code == "corrupt"
    assert f"CollectionFastPersistError: {caught.value}".startswith(text + "\n")
    assert history.read_bytes() == bad


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process, which has the store in ./collection_storage open."""
    source = """
from collection_fast_persist import CollectionFastPersist
storage = CollectionFastPersist("2025-12-24")
storage.store("key", {}, "item", "collection", 1)
print("open", flush=True)
input()
"""
    with subprocess.Popen([sys.executable, "-c", source], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "open\n"
        yield process
        process.kill()


@shows(LOCKED)
def test_a_second_process_gets_the_text_of_the_document(
    holder: "subprocess.Popen[str]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CollectionFastPersistError) as caught:
        CollectionFastPersist("2025-12-24")
    assert caught.value.code == "locked"
    assert f"CollectionFastPersistError: {caught.value}".startswith(BLOCKS[LOCKED].text + "\n")
    assert f"pid {holder.pid} " in str(caught.value)


@shows("Single Instance Violation: # Unix/Linux/Mac:")
def test_a_lock_file_that_a_crash_left_holds_nobody_up_and_may_be_removed(
    holder: "subprocess.Popen[str]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    remove = BLOCKS["Single Instance Violation: # Unix/Linux/Mac:"].text.splitlines()[1]
    assert remove == "rm collection_storage/.lock_2025-12-24"
    subprocess.run(remove, shell=True, check=True)
    with pytest.raises(CollectionFastPersistError) as caught:
        CollectionFastPersist("2025-12-24")  # its owner is alive
    assert caught.value.code == "locked"
    holder.kill()
    holder.wait()
    run("from collection_fast_persist import CollectionFastPersist\n"
        "storage = CollectionFastPersist('2025-12-24')\n" + KILL_ITSELF, tmp_path, is_killed=True)
    assert Path("collection_storage/.lock_2025-12-24").exists()
    with CollectionFastPersist("2025-12-24") as storage:  # without removing anything
        assert storage.get_item("key", "collection", "item") is not None
    assert not Path("collection_storage/.lock_2025-12-24").exists()


def test_the_defaults_are_those_of_the_table() -> None:
    defaults = {field.name: field.default for field in dataclasses.fields(CollectionConfig)}
    described = {name: eval(default.split(" (")[0]) for name, default, _ in read_table("Parameter")}
    assert len(described) == 6
    assert {name: defaults[name] for name in described} == described


def test_a_custom_column_has_the_type_that_the_table_says(tmp_path: Path) -> None:
    described = {name: theirs for names, theirs in read_table("PyArrow Type") for name in names.split(", ")}
    columns = {f"c{number}": name for number, name in enumerate(described)}
    config = CollectionConfig(base_dir=tmp_path / "store", extra_schema=columns)
    with CollectionFastPersist("2025-12-24", config=config) as storage:
        storage.store("key", {}, "item", "collection")
        types = storage.history_conn.execute(f"SELECT {', '.join(f'typeof({name})' for name in columns)} "
                                             "FROM storage_history").fetchone()
    assert types is not None and dict(zip(columns.values(), types)) == described


def test_columns_are_added_to_a_store_that_is_there_when_asked(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with CollectionFastPersist("2025-12-24", config=CollectionConfig(base_dir=store)) as storage:
        storage.store("key", {"points": 7, "when": datetime(2025, 1, 15, tzinfo=timezone.utc)}, "item", "collection")
    wider = CollectionConfig(base_dir=store, extra_schema={"points": "int32", "when": "timestamp[us]"})
    with pytest.raises(ExtraSchemaError, match="add_missing_columns"):
        CollectionFastPersist("2025-12-24", config=wider)
    wider.add_missing_columns = True
    with CollectionFastPersist("2025-12-24", config=wider) as storage:
        for connection, table in ((storage.history_conn, "history"), (storage.latest_conn, "latest")):
            row = connection.execute(f'SELECT points, "when" FROM storage_{table}').fetchone()
            assert row == (7, datetime(2025, 1, 15))


@pytest.mark.parametrize("column, type_name", [
    *((name, "string") for name in ("key", "collection_name", "item_name", "data", "value_int", "value_float",
                                    "value_string", "timestamp", "status", "status_int", "username", "updated_at",
                                    "version")),
    ("fine", "decimal"), ("no name", "string2"), ("1", "string"),
])
def test_a_reserved_name_or_an_unknown_type_is_refused_at_open(column: str, type_name: str, tmp_path: Path) -> None:
    config = CollectionConfig(base_dir=tmp_path / "store", extra_schema={column: type_name})
    with pytest.raises(ExtraSchemaError):
        CollectionFastPersist("2025-12-24", config=config)

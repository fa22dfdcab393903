"""What is installed: it brings its libraries along, and asks for nothing else."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import collection_fast_persist as package

HOME = Path(package.__path__[0])


def test_the_libraries_that_are_loaded_are_the_packages_own() -> None:
    import collection_fast_persist._native as native

    assert native.__file__ is not None and Path(native.__file__).parent == HOME
    mapped = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "/" in line}
    for library in ("libduckdb.so", "libsimdjson.so"):
        (found,) = {Path(path) for path in mapped if Path(path).name.startswith(library)}
        assert found.parent == HOME / "libs"


def test_nothing_else_has_to_be_installed() -> None:
    required = importlib.metadata.requires("collection_fast_persist") or []
    assert [one for one in required if "extra ==" not in one] == []
    program = (
        "import sys; before = set(sys.modules); import collection_fast_persist, fast_persist_common;"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert not {"numpy", "pandas", "pyarrow", "polars", "duckdb"} & set(done.stdout.split())


def test_types_come_along() -> None:
    for name in ("py.typed", "_native.pyi"):
        assert (HOME / name).exists()
    import fast_persist_common

    assert (Path(fast_persist_common.__path__[0]) / "py.typed").exists()


def test_the_version_is_the_distributions() -> None:
    assert importlib.metadata.version("collection_fast_persist") == package.__version__

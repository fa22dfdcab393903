"""The same suite on the reference implementation, in its own environment: it brings a DuckDB along."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def test_the_reference_implementation_passes_the_same_suite(reference_python: str) -> None:
    done = subprocess.run(
        [reference_python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", "-o", "filterwarnings=",
         f"--rootdir={HERE.parent}", f"--confcutdir={HERE}", str(HERE)],
        env={**os.environ, "CFP_DROP_IN": "reference"}, cwd=HERE.parent,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=300,
    )
    assert done.returncode == 0, done.stdout
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None and int(passed.group(1)) >= 90, done.stdout

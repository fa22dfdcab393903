"""Removes what the other two scripts leave behind in the current directory.

    python test_cleanup.py
"""

from __future__ import annotations

import shutil
from pathlib import Path

DIRECTORIES = ("collection_test_storage", "crash_test_collection")


def main() -> None:
    for name in DIRECTORIES:
        if Path(name).is_dir():
            shutil.rmtree(name)
            print(f"Removed {name}")
        else:
            print(f"There is no {name}")


if __name__ == "__main__":
    main()

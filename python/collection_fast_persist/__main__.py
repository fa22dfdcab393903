"""`python -m collection_fast_persist`, and `cfp` where pip installed it: the command line, which is a program of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

_HERE = Path(__file__).resolve().parent


def main() -> NoReturn:
    program = str(_HERE / "bin" / "cfp")
    environment = dict(os.environ)
    # Its libraries lie beside the package's own module.
    paths = [str(_HERE / "libs"), *filter(None, [environment.get("LD_LIBRARY_PATH")])]
    environment["LD_LIBRARY_PATH"] = os.pathsep.join(paths)
    os.execve(program, [program, *sys.argv[1:]], environment)


if __name__ == "__main__":
    main()

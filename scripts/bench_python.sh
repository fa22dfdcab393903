#!/usr/bin/env bash
# Measures the Python package beside the one that it replaces, and others; arguments go to bench/python/compare.py. The
# peers come from PyPI; where the first does not install, a stand-in takes its place, and the table says so.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/python.sh
peer=build/python/reference
[ -x "$peer/bin/python" ] || "${CFP_PYTHON:-python3}" -m venv "$peer"
arguments=()
installs() { "$peer/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$1" </dev/null; }
if installs ionbus-fast-persist; then arguments+=(--reference "$PWD/$peer/bin/python"); fi
if installs diskcache; then arguments+=(--diskcache "$PWD/$peer/bin/python"); fi
exec .venv/bin/python bench/python/compare.py "${arguments[@]}" "$@"

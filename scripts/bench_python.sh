#!/usr/bin/env bash
# Measures the Python package beside the one that it replaces; arguments go to bench/python/compare.py. The peer comes
# from PyPI; where it does not install, a stand-in takes its place, and the table says so.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/python.sh
peer=build/python/reference
[ -x "$peer/bin/python" ] || "${CFP_PYTHON:-python3}" -m venv "$peer"
arguments=()
if "$peer/bin/python" -m pip install --quiet --disable-pip-version-check --no-input ionbus-fast-persist </dev/null; then
  arguments=(--reference "$PWD/$peer/bin/python")
fi
exec .venv/bin/python bench/python/compare.py "${arguments[@]}" --json build/python/bench.json "$@"

#!/usr/bin/env bash
# Builds the engine as users get it and the Python package on it, into .venv, with what the package's tests need.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/build.sh release
engine=$PWD/build/python/engine
cmake --install build/release --prefix "$engine" >/dev/null
bash scripts/python_venv.sh "$PWD/.venv" "${CFP_PYTHON:-python3}" full "$engine" "$PWD/build/python/{wheel_tag}"
.venv/bin/python -c 'import collection_fast_persist as p; print("collection_fast_persist", p.__version__, "is in .venv")'

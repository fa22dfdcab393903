#!/usr/bin/env bash
# python_venv.sh VENV INTERPRETER EXTRAS ENGINE BUILD: makes a virtual environment with the package in it, built on an
# installed engine (a directory), and what tests/python/EXTRAS.txt names ("" for nothing). Does again only what changed.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
venv=$1 interpreter=$2 extras=$3 engine=$4 build=$5

fail() { echo "python_venv: $*" >&2; exit 1; }

pip() {
  "$venv/bin/python" -m pip --quiet --disable-pip-version-check --no-input "$@" </dev/null || fail "'pip $*' failed"
}

[ -x "$venv/bin/python" ] || "$interpreter" -m venv "$venv" || fail "$interpreter cannot make a virtual environment"
# The build's own tools stay there, so that the next build goes on where this one ended.
pip install 'pip>=23.1' scikit-build-core 'nanobind>=2.4,<3'
pip install --no-build-isolation --force-reinstall --no-deps "$root" \
  -C "build-dir=$build" -C "cmake.define.collection_fast_persist_ROOT=$engine"
[ -z "$extras" ] || pip install -r "$root/tests/python/$extras.txt"

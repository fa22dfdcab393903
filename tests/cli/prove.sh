#!/usr/bin/env bash
# prove.sh: runs the tests of the command line on a build with a sanitizer, in an environment of their own, which has not
# the package; tests/python/prove.sh runs them in one that has. ctest gives the variables that are asked for below.
set -euo pipefail
: "${CFP_BUILD:?}" "${CFP_SOURCE:?}"
venv=$CFP_BUILD/cli/tests
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip --quiet --disable-pip-version-check --no-input install -r "$CFP_SOURCE/tests/python/core.txt" </dev/null
cd "$CFP_SOURCE"
CFP_PROGRAM=$CFP_BUILD/cli/cfp exec "$venv/bin/python" -m pytest -q -p no:cacheprovider tests/cli

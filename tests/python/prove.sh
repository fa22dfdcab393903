#!/usr/bin/env bash
# prove.sh INTERPRETER full|core: builds the package for one interpreter, on the engine that the tests of the packages have
# installed, and runs the tests of tests/python with it. "full" brings pandas, mypy, a web server and so on; "core" skips
# what needs them, and says so. ctest gives the variables that are asked for below.
set -euo pipefail
: "${CFP_BUILD:?}" "${CFP_SOURCE:?}"
interpreter=$1 kind=$2
version=$("$interpreter" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
venv=$CFP_BUILD/python/$version
bash "$CFP_SOURCE/scripts/python_venv.sh" "$venv" "$interpreter" "$kind" "$CFP_BUILD/packages/moved there" \
  "$CFP_BUILD/python/{wheel_tag}"
cd "$CFP_SOURCE"
exec "$venv/bin/python" -X dev -m pytest -q -p no:cacheprovider tests/python

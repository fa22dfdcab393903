#!/usr/bin/env bash
# prove.sh INTERPRETER full|core|brief: builds the package for one interpreter, on the engine that the tests of the packages have
# installed, and runs the tests of tests/python with it, and once those of tests/cli. "full" brings pandas, mypy, a web server and so on, and in a place
# of its own the reference implementation; "core" skips what needs them, and says so, and leaves out what says the same with
# every interpreter: the suite for the reference, and the specification's scripts; "brief" has the tests of what is the
# interpreter's: values, threads, tasks, the end of a process. ctest gives the variables that are asked for below.
set -euo pipefail
: "${CFP_BUILD:?}" "${CFP_SOURCE:?}"
interpreter=$1 kind=$2
version=$("$interpreter" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
venv=$CFP_BUILD/python/$version
extras=$([ "$kind" = full ] && echo full || echo core)
bash "$CFP_SOURCE/scripts/python_venv.sh" "$venv" "$interpreter" "$extras" "$CFP_BUILD/packages/moved there" \
  "$CFP_BUILD/python/{wheel_tag}"
if [ "$kind" = full ]; then
  # It imports another DuckDB, which must not be in a process with ours.
  reference=$CFP_BUILD/python/reference
  [ -x "$reference/bin/python" ] || "$interpreter" -m venv "$reference"
  rm -f "$reference/why_not.txt"
  output=$("$reference/bin/python" -m pip --quiet --disable-pip-version-check --no-input \
    install -r "$CFP_SOURCE/tests/python/reference.txt" 2>&1 </dev/null) ||
    echo "${output##*$'\n'}" >"$reference/why_not.txt"
  export CFP_REFERENCE_PYTHON=$reference/bin/python
  # The oldest DuckDB that reads what we close, and the newest there is; each in a place of its own.
  for other in '1.4:duckdb==1.4.*' 'newest:duckdb'; do
    place=$CFP_BUILD/python/duckdb_${other%%:*}
    export CFP_OTHER_DUCKDBS=${CFP_OTHER_DUCKDBS:+$CFP_OTHER_DUCKDBS:}$place
    [ ! -d "$place/duckdb" ] || continue
    mkdir -p "$place"
    if output=$("$venv/bin/python" -m pip --quiet --disable-pip-version-check --no-input install --target "$place" \
      "${other#*:}" 2>&1 </dev/null); then
      rm -f "$place/why_not.txt"
    else
      echo "${output##*$'\n'}" >"$place/why_not.txt"
    fi
  done
fi
cd "$CFP_SOURCE"
# pip builds on the sources where it is told of no engine; that this can be configured is all there is to see in a few
# seconds.
if [ "$kind" = full ]; then
  PATH="$venv/bin:$PATH" cmake -G Ninja -S python -B "$CFP_BUILD/python/on_sources" -DCFP_BUILD_TESTS=OFF -DCFP_BUILD_EXAMPLES=OFF \
    -DCFP_INSTALL=OFF -DPython_EXECUTABLE="$venv/bin/python" >"$venv.log" 2>&1 || { cat "$venv.log"; exit 1; }
fi
tests=(tests/python)
mode=()
case $kind in
  full) mode=(-X dev) ;;  # its checks cost an eighth of the time, and are the same with every interpreter
  core) tests+=(--ignore=tests/python/drop_in --ignore=tests/python/test_spec_scripts.py) ;;
  brief) tests=(tests/python/test_{package,values,timestamps,input,async,lifecycle}.py) ;;
esac
# The command line in the same environment: it is in the package, too.
if [ "$kind" = full ]; then
  CFP_PROGRAM=$CFP_BUILD/cli/cfp "$venv/bin/python" -m pytest -q -p no:cacheprovider tests/cli
fi
exec "$venv/bin/python" "${mode[@]}" -m pytest -q -p no:cacheprovider "${tests[@]}"

#!/usr/bin/env bash
# Checks form and habits: clang-format over all C++ sources, bash -n over all scripts, clang-tidy over the library and
# the examples. Says which of the three failed.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${CFP_JOBS:-$(nproc)}
fail() { echo "lint: $*" >&2; exit 1; }

bash scripts/install_tools.sh test lint || fail "step 'install tools' failed"

bash scripts/sources.sh '*.cc' '*.h' | xargs -0 clang-format-14 --dry-run -Werror ||
  fail "step 'clang-format' failed; 'make format' mends it"

bash scripts/sources.sh '*.sh' .ci/run | xargs -0 -n 1 bash -n || fail "step 'bash -n' failed"

# clang-tidy needs the compile commands, so configure; it does not need a build.
[ -n "${DUCKDB_ROOT:-}" ] || bash scripts/fetch_duckdb.sh || fail "step 'fetch DuckDB' failed"
# The same launcher as build.sh has, or the next build would start anew.
export CFP_COMPILER_LAUNCHER=${CFP_COMPILER_LAUNCHER-$(command -v ccache || true)}
# Source by source, where the dev build compiles several at once.
cmake --preset dev -B build/lint -DCMAKE_UNITY_BUILD=OFF >/dev/null || fail "step 'configure' failed"
# Tests are left out: GoogleTest's macros break most of these rules.
bash scripts/sources.sh 'src/*.cc' 'examples/*.cc' ':!*_test.cc' |
  xargs -0 -n 1 -P "$jobs" clang-tidy-14 -p build/lint --quiet 2> >(grep -v 'warnings\? generated\|^Suppressed\|^Use -header' >&2) ||
  fail "step 'clang-tidy' failed"
echo "lint: clean"

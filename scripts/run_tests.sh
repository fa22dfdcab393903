#!/usr/bin/env bash
# run_tests.sh [dev|asan|tsan|clang [CTEST_ARGUMENT...]]: builds that preset and runs every test, or those that the
# arguments leave. ctest's closing lines come last.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-dev}
shift || true
[ "$preset" != clang ] || bash scripts/install_tools.sh lint
bash scripts/build.sh "$preset"
# DuckDB comes without instrumentation: what happens inside it is invisible to the thread sanitizer.
export TSAN_OPTIONS="suppressions=$PWD/scripts/tsan.supp ${TSAN_OPTIONS:-}"
ctest --preset "$preset" -j "${CFP_JOBS:-$(nproc)}" "$@" || { echo "run_tests: step 'test' failed" >&2; exit 1; }

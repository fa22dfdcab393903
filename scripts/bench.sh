#!/usr/bin/env bash
# Builds the bench preset and runs its programs; arguments go to them. Without any, the Python package is measured, too.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "bench: $*" >&2; exit 1; }
bash scripts/install_tools.sh test bench || fail "step 'install tools' failed"
bash scripts/build.sh bench || fail "step 'build' failed"
found=0
for program in build/bench/bench/cfp_bench*; do
  [ -f "$program" ] && [ -x "$program" ] || continue
  found=1
  "$program" "$@" || fail "$program failed"
done
[ $# -gt 0 ] || bash scripts/bench_python.sh || fail "step 'Python' failed"
[ "$found" = 1 ] || fail "no program build/bench/bench/cfp_bench*"

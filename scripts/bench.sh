#!/usr/bin/env bash
# Builds the bench preset, measures, and draws what was measured; arguments go to cfp_bench. Without any, or with
# --publish alone, the Python package is measured, too. --publish keeps figures and plots in bench/results, those of one
# part (--only) in a file of their own.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "bench: $*" >&2; exit 1; }
to=build/bench_results name=cfp_bench
if [ "${1:-}" = --publish ]; then
  to=bench/results
  shift
fi
for argument in "$@"; do
  case $argument in --only=*) name=cfp_bench_${argument#--only=} ;; esac
done
bash scripts/install_tools.sh test bench || fail "step 'install tools' failed"
bash scripts/build.sh bench || fail "step 'build' failed"
mkdir -p "$to"
build/bench/bench/cfp_bench --results="$to/$name.json" "$@" || fail "step 'measure' failed"
plotting=build/python/plotting
[ -x "$plotting/bin/python" ] || "${CFP_PYTHON:-python3}" -m venv "$plotting" || fail "step 'venv' failed"
"$plotting/bin/python" -m pip install --quiet --disable-pip-version-check --no-input matplotlib </dev/null || fail "step 'matplotlib' failed"
"$plotting/bin/python" bench/plot.py "$to"/cfp_bench*.json "$to" || fail "step 'plot' failed"
"$plotting/bin/python" bench/page.py "$to"/cfp_bench*.json "$to" || fail "step 'page' failed"
[ $# -gt 0 ] || bash scripts/bench_python.sh --json "$PWD/$to/python.json" || fail "step 'Python' failed"

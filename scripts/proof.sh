#!/usr/bin/env bash
# proof.sh [proof|soak] [FACTOR]: runs every test with many more cases (tests/support/effort.h); proof then runs them with
# both sanitizers and turns the seeded bugs on; both end with the fuzzers. Every step runs, whatever became of the ones
# before. Ends with each step's result and time and the sums of the counters that the tests print; fails if a step did,
# or did too little.
set -euo pipefail
cd "$(dirname "$0")/.."
level=${1:-proof} factor=${2:-1}
case $level in
  proof) steps=(dev asan tsan mutants fuzz) fuzz_seconds=60 seconds=7200 goals=("simulated states:300000" "kills:4000" "property cases:600000") ;;
  soak) steps=(dev fuzz) fuzz_seconds=4800 seconds=1000000 goals=("simulated states:10000000" "kills:100000" "property cases:100000000") ;;
  *) echo "proof: $level is neither proof nor soak" >&2; exit 1 ;;
esac
awk -v f="$factor" 'BEGIN { exit !(f + 0 > 0) }' || { echo "proof: $factor is no factor" >&2; exit 1; }
goal_of() {
  for goal in "${goals[@]}"; do
    [ "${goal%:*}" != "$1" ] || awk -v n="${goal##*:}" -v f="$factor" 'BEGIN { printf "%.0f", int(n * f) }'
  done
}

logs=build/$level
rm -rf "$logs"
mkdir -p "$logs"
# A soak that repeats the last one finds nothing new.
[ "$level" = proof ] || export CFP_SEED=${CFP_SEED:-$(date +%s)}

run_step() {
  local step=$1
  case $step in
    mutants) bash scripts/mutants.sh ;;
    fuzz) bash scripts/fuzz.sh "$(awk -v n=$fuzz_seconds -v f="$factor" 'BEGIN { printf "%.0f", n * f < 1 ? 1 : n * f }')" ;;
    # The Python package and the ways to install the library try nothing more at another effort: `make test` has them.
    dev) CFP_EFFORT=$level:$factor CFP_TEST_TIMEOUT_SECONDS=$seconds bash scripts/run_tests.sh dev -LE 'python|packages' ;;
    # A sanitizer takes ten times as long, and sees what it is to see in every case. The simulated engine has one thread,
    # of which a thread sanitizer has nothing to say.
    tsan) CFP_EFFORT=ci:0.2 bash scripts/run_tests.sh tsan -E '/SimulatedCrash|/SimulatedFault' ;;
    asan) CFP_EFFORT=ci:0.2 bash scripts/run_tests.sh asan ;;
  esac
}

declare -A result took
failed=0
for step in "${steps[@]}"; do
  echo "== $level: $step (to $logs/$step.out)"
  ctest_log=build/$step/Testing/Temporary/LastTest.log
  rm -f "$ctest_log"
  begun=$SECONDS code=0
  run_step "$step" >"$logs/$step.out" 2>&1 || code=$?
  took[$step]=$((SECONDS - begun)) result[$step]=passed
  if [ $code -ne 0 ]; then
    result[$step]=FAILED failed=1
    grep -aE '^\[  FAILED  \]|\*\*\*|NOT CAUGHT|failed$' "$logs/$step.out" | sort -u | head -n 40 || true
  fi
  tail -n 3 "$logs/$step.out"
  # ctest prints nothing of what a test that passed printed; its log has all of it.
  if [ -f "$ctest_log" ]; then cp "$ctest_log" "$logs/$step.log"; else cp "$logs/$step.out" "$logs/$step.log"; fi
done

sums() { awk '/^counter: .+ [0-9]+\r?$/ { n = $NF; sub(/^counter: /, ""); sub(/ [0-9]+\r?$/, ""); sum[$0] += n }
  END { for (what in sum) printf "%s\t%.0f\n", what, sum[what] }' "$@" | sort; }

for goal in "${goals[@]}"; do
  done_of=$(sums "$logs/dev.log" | awk -F '\t' -v what="${goal%:*}" '$1 == what { print $2 }')
  [ "${done_of:-0}" -ge "$(goal_of "${goal%:*}")" ] || { result[dev]="FAILED (too few ${goal%:*})" failed=1; }
done

revision=$(git describe --always --dirty 2>/dev/null || echo 'an unknown revision')
printf '\n== %s of %s, %s UTC, %s cores, factor %s%s\n' "$level" "$revision" "$(date -u '+%Y-%m-%d %H:%M')" "$(nproc)" \
  "$factor" "${CFP_SEED:+, CFP_SEED=$CFP_SEED}"
for step in "${steps[@]}"; do
  printf '%-30s %6d:%02d  %s\n' "$step" $((took[$step] / 60)) $((took[$step] % 60)) "${result[$step]}"
done
sums "$logs"/*.log | awk -F '\t' '{ printf "%-30s %9d\n", $1, $2 }'
[ $failed -eq 0 ] && echo "$level: passed" || { echo "$level: FAILED; the logs are in $logs" >&2; exit 1; }

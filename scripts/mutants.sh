#!/usr/bin/env bash
# mutants.sh [NAME...]: turns each seeded bug of tests/mutants.txt on (or those named) and runs the tests beside it, which
# must go red; without a bug they must be green. Ends with how many were caught.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/build.sh dev
tests=build/dev/tests/cfp_tests
logs=build/mutants
rm -rf "$logs"
mkdir -p "$logs"

declare -A filter promise
while read -r of name tests_of; do
  [[ -z $of || $of == \#* ]] && continue
  filter[$name]=$tests_of promise[$name]=$of
done <tests/mutants.txt
mapfile -t compiled_in < <(build/dev/tests/cfp_child list-mutants)
for name in "${compiled_in[@]}"; do
  [ -n "${filter[$name]:-}" ] || { echo "mutants: $name has no line in tests/mutants.txt" >&2; exit 1; }
done
for name in "${!filter[@]}"; do
  printf '%s\n' "${compiled_in[@]}" | grep -qx "$name" || { echo "mutants: $name is nowhere in the code" >&2; exit 1; }
done
[ $# -eq 0 ] || compiled_in=("$@")
# A pattern without a test catches nothing.
for name in "${compiled_in[@]}"; do
  IFS=: read -ra patterns <<<"${filter[$name]:?is no mutant}"
  for pattern in "${patterns[@]}"; do
    "$tests" --gtest_filter="$pattern" --gtest_list_tests | grep -q '^  ' || { echo "mutants: no test is called $pattern" >&2; exit 1; }
  done
done

# Red means something only where the same tests are green without a bug.
filter[none]=$(for name in "${compiled_in[@]}"; do echo "${filter[$name]}"; done | sort -u | paste -sd:)

run() {
  local name=$1 limit=300 code=0
  [ "$name" != none ] || limit=1800
  CFP_MUTANT=${name#none} timeout -k 5 $limit "$tests" --gtest_filter="${filter[$name]}" --gtest_fail_fast --gtest_brief=1 \
    >"$logs/$name.log" 2>&1 || code=$?
  echo $code >"$logs/$name.code"
}

# One at a time for each core; the longest first.
for name in none "${compiled_in[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "${CFP_JOBS:-$(nproc)}" ]; do wait -n; done
  run "$name" &
done
wait
[ "$(cat "$logs/none.code")" -eq 0 ] ||
  { grep -a 'FAILED' "$logs/none.log" >&2; echo "mutants: tests fail without a bug; see $logs/none.log" >&2; exit 1; }

caught=0
for name in "${compiled_in[@]}"; do
  code=$(cat "$logs/$name.code")
  by=$(grep -a -m1 -oP '^\[  FAILED  \] \K[A-Za-z0-9_./]+' "$logs/$name.log" || true)
  case $code in
    0) by="NOT CAUGHT by ${filter[$name]}" ;;
    124 | 137) by="by a test that does not end" ;;
    1) by="by $by" ;;
    *) by="by the end of the program ($code)" ;;
  esac
  [ "$code" -eq 0 ] || caught=$((caught + 1))
  printf '%-4s %-36s %s\n' "${promise[$name]}" "$name" "$by"
done
echo "counter: seeded bugs caught $caught"
echo "mutants: $caught of ${#compiled_in[@]} caught"
[ $caught -eq ${#compiled_in[@]} ]

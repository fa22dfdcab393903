#!/usr/bin/env bash
# fuzz.sh [SECONDS] [TARGET...]: lets each fuzz target (or those named) run for so many seconds, 60 by default, on a copy of
# its kept inputs. What breaks a promise stays in build/fuzz/findings, with the command that repeats it.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "fuzz: '$seconds' is no number of seconds" >&2; exit 1; }
shift $(($# > 0 ? 1 : 0))
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for folder in fuzz/corpus/*/; do targets+=("$(basename "$folder")"); done
fi

bash scripts/install_tools.sh fuzz
bash scripts/build.sh fuzz
programs=build/fuzz/fuzz
findings=build/fuzz/findings
mkdir -p "$findings"

"$programs/cfp_fuzz_replay" fuzz/corpus >build/fuzz/replay.log || {
  echo "fuzz: the kept input $(tail -n 1 build/fuzz/replay.log) breaks a promise" >&2; exit 1; }

fuzz() {  # target: leaves its exit code in a file
  local scratch=build/fuzz/corpus/$1 code=0
  rm -rf "$scratch"
  mkdir -p "$scratch"
  cp "fuzz/corpus/$1/"* "$scratch"
  "$programs/cfp_fuzz_$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len=16384 -print_final_stats=1 \
    -artifact_prefix="$findings/$1-" "$scratch" >"build/fuzz/$1.log" 2>&1 </dev/null || code=$?
  echo $code >"build/fuzz/$1.code"
}

for target in "${targets[@]}"; do
  [ -x "$programs/cfp_fuzz_$target" ] && [ -d "fuzz/corpus/$target" ] || { echo "fuzz: there is no target $target" >&2; exit 1; }
done
# One at a time for each core.
for target in "${targets[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "${CFP_JOBS:-$(nproc)}" ]; do wait -n; done
  fuzz "$target" &
done
wait

executions=0 found=0
for target in "${targets[@]}"; do
  log=build/fuzz/$target.log code=$(cat "build/fuzz/$target.code")
  runs=$(grep -a -oP '^stat::number_of_executed_units:\s*\K[0-9]+' "$log" || echo 0)
  executions=$((executions + runs))
  echo "$target: $runs executions"
  [ $code -eq 0 ] && continue
  found=$((found + 1))
  grep -a -m1 -A1 -E 'broken promise:|ERROR: |runtime error: ' "$log" >&2 || true
  input=$(grep -a -oP "Test unit written to \K.*" "$log" | tail -n 1 || true)
  echo "fuzz: $target found something (see $log); repeat it by: $programs/cfp_fuzz_$target ${input:-"build/fuzz/corpus/$target/*"}" >&2
done
echo "counter: fuzz executions $executions"
echo "fuzz: $executions executions of ${#targets[@]} targets, $seconds seconds each, $found findings"
[ $found -eq 0 ]

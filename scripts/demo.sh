#!/usr/bin/env bash
# The main job on real input: Debian's package index (about a million fields) goes through a store that is killed
# half-way, recovers, finishes and is verified field by field by a fresh process.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "demo: $*" >&2; exit 1; }

bash scripts/build.sh release >&2 || fail "step 'build' failed"

work=build/demo
index=$work/packages.txt
mkdir -p "$work"
rm -rf "$work/store" "$work/use_cases"

apt-cache dumpavail >"$index" || fail "'apt-cache dumpavail' failed; the demo reads Debian's package index"
if [ ! -s "$index" ]; then
  echo "apt has no package lists yet; getting them" >&2
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get -q update </dev/null >&2 || fail "'apt-get update' failed"
  apt-cache dumpavail >"$index"
  [ -s "$index" ] || fail "'apt-cache dumpavail' prints nothing"
fi

echo "== The three use cases"
build/release/examples/use_cases "$work/use_cases" || fail "step 'use cases' failed"
echo
echo "== Debian's package index"
build/release/examples/cfp_demo run "$index" "$work/store" || fail "step 'package index' failed"

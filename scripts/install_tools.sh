#!/usr/bin/env bash
# install_tools.sh test|lint|bench|fuzz ...: installs the Debian packages that these jobs need and that are missing. Does
# nothing, and needs no network, when all are there.
set -euo pipefail

fail() { echo "install_tools: $*" >&2; exit 1; }

declare -A packages=(
  [test]="make g++ cmake ninja-build pkgconf libsimdjson-dev libcli11-dev libgtest-dev librapidcheck-dev openssl ca-certificates python3 python3-venv python3-dev zsh fish"
  [lint]="git clang-14 clang-format-14 clang-tidy-14"
  [bench]="libbenchmark-dev libleveldb-dev liblmdb-dev librocksdb-dev libsqlite3-dev"
  [fuzz]="clang-14 libclang-rt-14-dev"
)

installed() { dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^.i'; }

missing=()
for set in "${@:-test}"; do
  [ -n "${packages[$set]:-}" ] || fail "unknown set '$set'; known are test, lint, bench and fuzz"
  for package in ${packages[$set]}; do
    installed "$package" || missing+=("$package")
  done
  # DuckDB comes by npm, and npm often comes from elsewhere than Debian.
  if [ "$set" = test ] && ! command -v npm >/dev/null; then missing+=(npm); fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail "missing: ${missing[*]}; run as root, or install them yourself"
  as_root=(sudo)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  # Over a slow or busy mirror apt's own retries are what saves the run.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=3 "$@" >"$log" 2>&1 </dev/null ||
    fail "'apt-get $*' failed: $(grep -E '^(E|W):' "$log" | head -n 3 | tr '\n' ' ')"
}
echo "installing ${missing[*]}" >&2
apt update
apt install --no-install-recommends "${missing[@]}"

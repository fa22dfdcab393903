#!/usr/bin/env bash
# Puts duckdb.h and libduckdb.so into third_party/duckdb, from the npm packages that carry them, pinned by version and
# checksum. Does nothing when they are there already. DuckDB is not in Debian; see docs/architecture.md.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
target=$root/third_party/duckdb
library_package=@duckdb/node-bindings-linux-x64@1.5.6-r.1
library_sha512=IXcrZJE6kEqM0Z4wwdVnGBHX/frOS33VPNAwDXQ/Q+Fs84b058Qe94chrCCIcNJlG8Y3UHIUU4eBeCQxW5mN1Q==
header_package=duckdb@1.4.4
header_sha512=hEJJ5hyVF0VLj3dmOLpsWrQR0b3d4Ykqtygm6iUXjHJDDnSqg/USKxcb5qvNrOhFYPgktayU6dXCtgPqcmmpog==
stamp=$target/VERSION
wanted="$library_package $header_package"

if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then exit 0; fi
command -v npm >/dev/null || { echo "fetch_duckdb: npm is missing; run 'make install-tools'" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() {  # package, checksum, path in the package, name here
  local file
  file=$(cd "$work" && npm pack --silent "$1" 2>"$work/npm.log" | tail -n 1) || {
    echo "fetch_duckdb: npm cannot get $1: $(tail -n 3 "$work/npm.log")" >&2; exit 1; }
  local sum
  sum=$(openssl dgst -sha512 -binary "$work/$file" | base64 -w 0)
  [ "$sum" = "$2" ] || { echo "fetch_duckdb: checksum of $1 is $sum, not $2" >&2; exit 1; }
  tar -xzf "$work/$file" -C "$work" "package/$3"
  install -m 644 "$work/package/$3" "$target/$4"
  rm -rf "$work/package"
}

mkdir -p "$target"
fetch "$library_package" "$library_sha512" libduckdb.so libduckdb.so
fetch "$header_package" "$header_sha512" src/duckdb/src/include/duckdb.h duckdb.h
echo "$wanted" >"$stamp"

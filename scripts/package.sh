#!/usr/bin/env bash
# Builds the package preset and makes the Debian package, build/collection-fast-persist_VERSION_ARCHITECTURE.deb.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "package: $*" >&2; exit 1; }
bash scripts/build.sh package || fail "step 'build' failed"
work=build/package/cpack
rm -rf "$work"
cpack --config build/package/CPackConfig.cmake -G DEB -B "$work" >build/package/cpack.log ||
  fail "step 'cpack' failed; see build/package/cpack.log"
for deb in "$work"/*.deb; do
  mv "$deb" build/
  echo "build/${deb##*/}"
done
rm -rf "$work"

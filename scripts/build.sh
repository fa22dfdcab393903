#!/usr/bin/env bash
# build.sh PRESET: makes sure that tools and DuckDB are there, configures and builds one CMake preset.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1

step() {  # name, command...
  local name=$1
  shift
  "$@" || { echo "build $preset: step '$name' failed" >&2; exit 1; }
}

duckdb_is_elsewhere() {
  [ -n "${DUCKDB_ROOT:-}" ] || [ -n "${DuckDB_DIR:-}" ] ||
    compgen -G '/usr/lib*/cmake/DuckDB/DuckDBConfig.cmake' >/dev/null ||
    compgen -G '/usr/lib/*/cmake/DuckDB/DuckDBConfig.cmake' >/dev/null ||
    compgen -G '/usr/local/lib*/cmake/DuckDB/DuckDBConfig.cmake' >/dev/null
}

step "install tools" bash scripts/install_tools.sh test
duckdb_is_elsewhere || step "fetch DuckDB" bash scripts/fetch_duckdb.sh
export CFP_COMPILER_LAUNCHER=${CFP_COMPILER_LAUNCHER-$(command -v ccache || true)}
step configure cmake --preset "$preset"
step build cmake --build --preset "$preset" -j "${CFP_JOBS:-$(nproc)}"

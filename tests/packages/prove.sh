#!/usr/bin/env bash
# prove.sh WAY: shows that a program of somebody else's can be built and run with the library, got in one way: install
# (makes what find_package and pkg_config use), find_package, pkg_config, source_tree or deb. ctest gives the variables
# that are asked for below. The paths have spaces in them on purpose.
set -euo pipefail
: "${CFP_BUILD:?}" "${CFP_SOURCE:?}" "${CFP_CXX:?}" "${CFP_GENERATOR:?}"
consumer=$CFP_SOURCE/tests/packages/consumer
work=$CFP_BUILD/packages
prefix="$work/moved there"
unset LD_LIBRARY_PATH

fail() { echo "packages: $*" >&2; exit 1; }

build() {  # directory, options of cmake ...
  local dir=$1
  shift
  rm -rf "$dir"
  cmake -G "$CFP_GENERATOR" -S "$consumer" -B "$dir" -DCMAKE_CXX_COMPILER="$CFP_CXX" -DCMAKE_CXX_FLAGS="${CFP_CXX_FLAGS:-}" \
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "$@" >"$dir.log" 2>&1 || { cat "$dir.log"; fail "step 'configure' failed"; }
  # One job: other tests run beside this one.
  cmake --build "$dir" -j 1 >>"$dir.log" || { tail -n 30 "$dir.log"; fail "step 'build' failed"; }
}

run() {  # program, directory in which its DuckDB must lie, or nothing
  local program=$1 duckdb
  duckdb=$(ldd "$program" | sed -n 's/^\s*libduckdb\.so => \(.*\) (0x.*)$/\1/p')
  [ -n "$duckdb" ] || fail "$program finds no libduckdb.so: $(ldd "$program" | grep duckdb)"
  [ $# -lt 2 ] || [ "$(realpath "$duckdb")" = "$(realpath "$2")/libduckdb.so" ] || fail "$program uses $duckdb, not the one in $2"
  rm -rf "$program store"
  "$program" "$program store" || fail "$program failed"
}

holds_private_duckdb() {  # tree
  [ "$(find "$1" -name '*duckdb*')" = "$(find "$1" -path '*/collection_fast_persist/libduckdb.so')" ] ||
    fail "DuckDB is elsewhere than in its private directory: $(find "$1" -name '*duckdb*')"
}

private_dir() { dirname "$(find "$1" -name libduckdb.so)"; }

case ${1:?way} in
  install)
    rm -rf "$work/first place" "$prefix"
    mkdir -p "$work"
    cmake --install "$CFP_BUILD" --prefix "$work/first place" >"$work/install.log"
    mv "$work/first place" "$prefix"
    holds_private_duckdb "$prefix"
    "$prefix/bin/cfp" version >/dev/null || fail "the installed cfp does not run"
    for file in bash-completion/completions/cfp zsh/site-functions/_cfp fish/vendor_completions.d/cfp.fish; do
      [ -s "$prefix/share/$file" ] || fail "no completion in share/$file"
    done
    ;;
  find_package)
    build "$work/find package" -DCMAKE_PREFIX_PATH="$prefix"
    run "$work/find package/consumer" "$(private_dir "$prefix")"
    # A program keeps its DuckDB when it is installed itself.
    cmake --install "$work/find package" --prefix "$work/find package/installed" >>"$work/find package.log"
    run "$work/find package/installed/bin/consumer" "$(private_dir "$prefix")"
    ;;
  pkg_config)
    export PKG_CONFIG_PATH
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name '*.pc')")
    mkdir -p "$work/pkg config"
    flags=$(pkg-config --cflags --libs collection_fast_persist)
    # As a shell reads it: what pkg-config prints is quoted for one.
    eval "\"\$CFP_CXX\" ${CFP_CXX_FLAGS:-} -std=c++20 \"\$consumer/main.cc\" -o \"\$work/pkg config/consumer\" $flags"
    run "$work/pkg config/consumer" "$(private_dir "$prefix")"
    ;;
  source_tree)
    mkdir -p "$work"
    CFP_CXX_FLAGS=  # a sanitizer would only make it slow
    build "$work/source tree" -DSOURCE_TREE="$CFP_SOURCE" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DCMAKE_UNITY_BUILD=ON \
      -DDuckDB_INCLUDE_DIR="$CFP_DUCKDB_INCLUDE_DIR" -DDuckDB_LIBRARY="$CFP_DUCKDB_LIBRARY"
    run "$work/source tree/consumer"
    ! grep 'consumer/main.cc' "$work/source tree/compile_commands.json" | grep -e '-Wold-style-cast' ||
      fail "warnings of the library's reach the program"
    cmake --install "$work/source tree" --prefix "$work/source tree/installed" >>"$work/source tree.log"
    [ ! -e "$work/source tree/installed/lib" ] || fail "the program's install installs the library"
    ;;
  deb)
    root="$work/unpacked deb"
    rm -rf "$work/deb" "$root"
    cpack --config "$CFP_BUILD/CPackConfig.cmake" -G DEB -B "$work/deb" -D CPACK_DEBIAN_COMPRESSION_TYPE=zstd >/dev/null
    deb=$(echo "$work"/deb/*.deb)
    dpkg-deb -f "$deb" Depends | grep -q 'libsimdjson-dev' || fail "$deb does not depend on simdjson"
    odd=$(dpkg-deb -c "$deb" | grep -vE '^(drwxr-xr-x|-rw-r--r--) root/root|^-rwxr-xr-x root/root .*/usr/bin/cfp$' || true)
    [ -z "$odd" ] || fail "odd modes or owners in the package: $odd"
    dpkg-deb -x "$deb" "$root"
    rm -rf "$work/deb"
    holds_private_duckdb "$root"
    [ -s "$root/usr/share/doc/collection-fast-persist/copyright" ] || fail "no copyright file in the package"
    build "$work/from deb" -DCMAKE_PREFIX_PATH="$root/usr"
    run "$work/from deb/consumer" "$(private_dir "$root")"
    ;;
  *) fail "unknown way '$1'" ;;
esac

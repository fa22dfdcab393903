# Gives DuckDB::DuckDB, DuckDB's C API, from the first of: DUCKDB_ROOT (a directory with duckdb.h and libduckdb.so, in
# itself or in include/ and lib/), a DuckDB config package, the folder that scripts/fetch_duckdb.sh fills.
set(_duckdb_root "${DUCKDB_ROOT}")
if(NOT _duckdb_root)
  set(_duckdb_root "$ENV{DUCKDB_ROOT}")
endif()

if(NOT TARGET DuckDB::DuckDB AND NOT _duckdb_root)
  find_package(DuckDB CONFIG QUIET)
  if(DuckDB_FOUND AND TARGET duckdb)
    add_library(DuckDB::DuckDB INTERFACE IMPORTED)
    target_link_libraries(DuckDB::DuckDB INTERFACE duckdb)
  endif()
endif()

if(NOT TARGET DuckDB::DuckDB)
  if(_duckdb_root)
    set(_duckdb_paths "${_duckdb_root}")
  else()
    set(_duckdb_paths "${CMAKE_CURRENT_LIST_DIR}/../third_party/duckdb")
  endif()
  find_path(DuckDB_INCLUDE_DIR duckdb.h HINTS ${_duckdb_paths} PATH_SUFFIXES include NO_DEFAULT_PATH)
  find_library(DuckDB_LIBRARY duckdb HINTS ${_duckdb_paths} PATH_SUFFIXES lib lib64 NO_DEFAULT_PATH)
  if(DuckDB_INCLUDE_DIR AND DuckDB_LIBRARY)
    # Not IMPORTED_SONAME-versioned: DuckDB's soname carries no version.
    add_library(DuckDB::DuckDB SHARED IMPORTED)
    set_target_properties(DuckDB::DuckDB PROPERTIES
      IMPORTED_LOCATION "${DuckDB_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${DuckDB_INCLUDE_DIR}")
  endif()
endif()

if(TARGET DuckDB::DuckDB)
  set(DuckDB_TARGET DuckDB::DuckDB)
endif()
# The next step, for who builds us: the script that fetches it, or the directory that was named and lacks it.
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH _duckdb_script)
string(APPEND _duckdb_script /scripts/fetch_duckdb.sh)
if(_duckdb_root)
  set(_duckdb_reason "DUCKDB_ROOT is ${_duckdb_root}, which has no duckdb.h and libduckdb.so, in itself or in include/ and lib/. Correct it, or unset it and run ${_duckdb_script}")
else()
  set(_duckdb_reason "run ${_duckdb_script}, or set DUCKDB_ROOT to a directory with duckdb.h and libduckdb.so")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(DuckDB REQUIRED_VARS DuckDB_TARGET
  REASON_FAILURE_MESSAGE "${_duckdb_reason}")
mark_as_advanced(DuckDB_INCLUDE_DIR DuckDB_LIBRARY)

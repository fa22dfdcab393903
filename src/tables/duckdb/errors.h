#pragma once

// What a DuckDB failure means to a caller.

#include <string>
#include <string_view>
#include <utility>

#include "cfp/error.h"
#include "tables/duckdb/connection.h"

namespace cfp::tables::duckdb {

/// The code of a failure of a database that is open: disk_full, io, corrupt, sql, ...
ErrorCode code_of(std::string_view message) noexcept;
/// The error of a file that does not open: its kind, DuckDB's first line, and for damage the spec's steps.
CollectionFastPersistError open_error(std::string_view file_name, std::string_view message);
CollectionFastPersistError damage_error(std::string_view file_name, std::string_view what);
/// The error of an operation on an open file.
CollectionFastPersistError operation_error(std::string_view file_name, const SqlError& error);

/// Runs `step`; a SqlError leaves it as the library's error.
template <typename Step>
decltype(auto) translated(std::string_view file_name, Step&& step) {
  try {
    return std::forward<Step>(step)();
  } catch (const SqlError& error) {
    throw operation_error(file_name, error);
  }
}

}  // namespace cfp::tables::duckdb

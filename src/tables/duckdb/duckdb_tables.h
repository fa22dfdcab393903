#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "tables/table_store.h"

namespace cfp::tables {

struct DuckDbOptions {
  std::filesystem::path base_dir;
  std::uint64_t memory_limit_bytes;  ///< Of each of the two instances.
  int threads;
  /// Opens both files as they are: nothing is made, changed, or written beside them. What would do so throws
  /// `read_only`, or DuckDB's own refusal.
  bool read_only = false;
};

/// The tables of a base directory as two DuckDB files. `base_dir` must exist.
std::unique_ptr<TableStore> make_duckdb_tables(const DuckDbOptions& options);

}  // namespace cfp::tables

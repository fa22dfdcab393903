#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tables/duckdb/instance.h"

namespace cfp::tables::duckdb {

struct MemoryInstanceOptions {
  std::uint64_t memory_limit_bytes;
  std::filesystem::path spill_directory;
  /// The only files and directories that statements may name, each as it stands there.
  std::vector<std::string> accessible;
};

/// A DuckDB instance without a file, of one thread, which so keeps the order of rows. Extensions and configuration are
/// locked.
class MemoryInstance {
 public:
  /// Throws SqlError.
  explicit MemoryInstance(const MemoryInstanceOptions& options);
  [[nodiscard]] Connection connect() const { return Connection(database_.get()); }

 private:
  Database database_;
};

}  // namespace cfp::tables::duckdb

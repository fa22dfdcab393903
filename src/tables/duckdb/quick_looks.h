#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "tables/duckdb/table_file.h"

namespace cfp::tables::duckdb {

/// Looks at small closed files of one directory, one after the other, in one instance, which is kept for the next look:
/// attaching a file to it takes a twentieth of what an instance of the file's own does.
/// Threads: any; while one looks, others have an instance of their own.
class QuickLooks {
 public:
  QuickLooks(std::filesystem::path directory, std::uint64_t memory_limit_bytes);
  QuickLooks(const QuickLooks&) = delete;
  QuickLooks& operator=(const QuickLooks&) = delete;
  ~QuickLooks();
  /// What `examine_file` returns; or nothing, and then that one is to be asked: there is more to read than is read
  /// quickly, or the look failed.
  std::optional<Meta> examine(TableKind kind, const std::filesystem::path& file, Extent extent);

 private:
  class Look;

  const std::filesystem::path directory_;
  const std::uint64_t memory_limit_bytes_;
  std::mutex mutex_;
  std::unique_ptr<Look> kept_;
};

}  // namespace cfp::tables::duckdb

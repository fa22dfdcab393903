#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>

#include "tables/duckdb/connection.h"

namespace cfp::tables::duckdb {

/// An instance without a file, to which files of one directory are attached for a moment, to be made or looked at:
/// attaching one takes a tenth of what an instance of the file's own does. Kept for the next time.
/// Threads: any; who comes while one works has an instance made.
class SpareInstance {
 public:
  SpareInstance(std::filesystem::path directory, std::uint64_t memory_limit_bytes);
  SpareInstance(const SpareInstance&) = delete;
  SpareInstance& operator=(const SpareInstance&) = delete;
  ~SpareInstance();
  [[nodiscard]] bool reaches(const std::filesystem::path& file) const;
  /// Calls `work(connection)`, which has one thread and does not spill, and leaves nothing attached. What it throws
  /// ends the instance: where something failed it may be of no use any more. Throws SqlError.
  void use(const std::function<void(const Connection&)>& work);

 private:
  struct Opened;

  const std::filesystem::path directory_;
  const std::uint64_t memory_limit_bytes_;
  std::mutex mutex_;
  std::unique_ptr<Opened> kept_;
};

}  // namespace cfp::tables::duckdb

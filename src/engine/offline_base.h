#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "os/file_system.h"
#include "tables/table_store.h"

namespace cfp::engine {

/// The directory of a closed store. Throws `invalid_argument` when there is none; never makes one.
std::unique_ptr<os::Directory> open_existing_base(const std::filesystem::path& base_dir);

/// Reads tables by path and makes nothing where they are: DuckDB's spill files go to a directory of its own among the
/// system's temporary files, which is removed with it.
class LookingTables {
 public:
  LookingTables(std::uint64_t memory_limit_bytes, int threads);
  ~LookingTables();
  LookingTables(const LookingTables&) = delete;
  LookingTables& operator=(const LookingTables&) = delete;
  [[nodiscard]] const std::filesystem::path& scratch() const noexcept { return scratch_; }
  [[nodiscard]] tables::TableStore& tables() noexcept { return *tables_; }

 private:
  std::filesystem::path scratch_;
  std::unique_ptr<tables::TableStore> tables_;
};

}  // namespace cfp::engine

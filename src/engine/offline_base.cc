#include "engine/offline_base.h"

#include <random>

#include "cfp/error.h"
#include "tables/duckdb/duckdb_tables.h"

namespace cfp::engine {

std::unique_ptr<os::Directory> open_existing_base(const std::filesystem::path& base_dir) {
  std::error_code cause;
  if (!std::filesystem::is_directory(std::filesystem::symlink_status(base_dir, cause))) {
    throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                     "There is no directory " + base_dir.string() + "; check the path.");
  }
  return os::open_base_directory(base_dir);
}

LookingTables::LookingTables(std::uint64_t memory_limit_bytes, int threads) {
  std::random_device device;
  // Made only when DuckDB has to spill; a directory that cannot be made is reported then.
  const std::string name = "cfp_look_" + std::to_string(device()) + std::to_string(device());
  scratch_ = std::filesystem::temp_directory_path() / name;
  tables_ = tables::make_duckdb_tables({scratch_, memory_limit_bytes, threads});
}

LookingTables::~LookingTables() {
  std::error_code ignored;
  std::filesystem::remove_all(scratch_, ignored);
}

}  // namespace cfp::engine

#include "cfp/repair.h"

#include <system_error>

#include "engine/base_directory.h"
#include "engine/offline_base.h"
#include "model/layout.h"
#include "recovery/store_repair.h"
#include "tables/duckdb/duckdb_tables.h"

namespace cfp {
namespace {

/// A lock needs a file; where there is none (a copy without it), nobody has the store open, and looking leaves none.
std::unique_ptr<os::StoreLock> lock_for(const std::filesystem::path& base_dir, os::Directory& base, bool dry_run) {
  if (dry_run && !base.contains(model::kLockFile)) return nullptr;
  return engine::lock_store(base_dir, base, Date::today());
}

}  // namespace

RepairReport repair(const std::filesystem::path& base_dir, const RepairOptions& options) {
  try {
    const auto base = engine::open_existing_base(base_dir);
    engine::check_local_disk(base_dir, options.allow_network_fs);
    const auto lock = lock_for(base_dir, *base, options.dry_run);
    engine::LookingTables looking(options.duckdb_memory_limit_bytes, options.duckdb_threads);
    const recovery::RepairParts parts{
        *base, looking.tables(), looking.scratch(),
        [&](const std::filesystem::path& directory) {
          return tables::make_duckdb_tables({directory, options.duckdb_memory_limit_bytes, options.duckdb_threads});
        },
        [&](LogLevel level, const std::string& message) {
          if (options.log_sink) options.log_sink(level, message);
        }};
    return recovery::repair_store(parts, options.dry_run);
  } catch (const std::system_error& error) {
    throw engine::describe(error, base_dir);
  }
}

}  // namespace cfp

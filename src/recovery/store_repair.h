#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "cfp/repair.h"
#include "os/file_system.h"
#include "recovery/log_inventory.h"
#include "tables/table_store.h"

namespace cfp::recovery {

/// What a repair stands on. The store is closed, and the caller has its lock.
struct RepairParts {
  os::Directory& base;
  /// Reads files by path; makes nothing in `base`.
  tables::TableStore& looking;
  /// Outside of `base`; made when it is needed, and removed by the caller.
  std::filesystem::path scratch;
  /// The tables of any directory.
  std::function<std::unique_ptr<tables::TableStore>(const std::filesystem::path&)> tables_in;
  Report report;
};

/// As cfp::repair. Damage that the open mends by itself is left to it.
RepairReport repair_store(const RepairParts& parts, bool dry_run);

}  // namespace cfp::recovery

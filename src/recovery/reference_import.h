#pragma once

// Moving in: a directory that the reference implementation left, cleanly or by a crash, becomes a store of ours. Its
// history and its log are written as log segments of ours, which the ordinary recovery then replays into new tables;
// its files move aside and are never touched again.

#include <cstdint>
#include <string>

#include "cfp/timestamp.h"
#include "os/file_system.h"
#include "recovery/log_inventory.h"
#include "tables/table_store.h"

namespace cfp::recovery {

struct ImportOptions {
  Date date;
  std::string store_id;
  std::uint64_t max_segment_bytes;
};

/// Whether an import was begun and has not been finished.
bool is_import_under_way(os::Directory& base);

/// Imports, or finishes an import. May be killed at any step and called again. Throws std::system_error,
/// CollectionFastPersistError. Afterwards the inventory must be taken anew.
void import_reference(os::Directory& base, tables::TableStore& tables, const LogInventory& inventory,
                      const ImportOptions& options, const Report& report);

}  // namespace cfp::recovery

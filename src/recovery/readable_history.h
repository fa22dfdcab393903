#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "os/file_system.h"
#include "tables/table_store.h"

namespace cfp::recovery {

/// A history file that nobody has open: the live one of a closed store, or a backup.
struct ReadableHistory {
  std::filesystem::path path;
  std::string name;  ///< For people, in base_dir.
  tables::Meta meta;
};

/// The live file; nothing when it is missing or damaged.
std::optional<ReadableHistory> find_live_history(const os::Directory& base, tables::TableStore& looking);
/// Throws for a table file that this version cannot judge: a newer one's, or one that is not ours. For a damaged file,
/// or none, it does nothing.
void check_readable_format(const os::Directory& base, tables::TableStore& looking);
/// What the backups in all date directories say of themselves, the one that goes furthest first. They are not verified.
/// Of the given store only, unless the id is empty.
std::vector<ReadableHistory> backups_of(os::Directory& base, tables::TableStore& looking, std::string_view store_id);
/// The first of them that can be read to its last byte.
std::optional<ReadableHistory> find_best_backup(os::Directory& base, tables::TableStore& looking,
                                                std::string_view store_id);

}  // namespace cfp::recovery

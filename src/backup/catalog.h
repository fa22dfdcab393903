#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cfp/backup.h"
#include "os/file_system.h"
#include "tables/table_store.h"

namespace cfp::backup {

/// The backups in all date directories: the highest watermark first (sequences order backups, clocks do not), those
/// that cannot be read last. Changes nothing. Throws std::system_error when the base directory cannot be read.
std::vector<BackupInfo> find_backups(os::Directory& base, tables::TableStore& tables);

/// Reads each readable one in full; a damaged one is readable no more.
void verify_backups(std::vector<BackupInfo>& backups, tables::TableStore& tables);

/// Those of the store that can be read: the only ones that count for anything.
std::vector<BackupInfo> readable_backups_of(std::string_view store_id, const std::vector<BackupInfo>& backups);

/// Backups among which is the one with the highest watermark, readable ones only: that which was written last, where
/// times and dates of all files agree on it and it can be read, and nothing else was looked into; else all of them.
std::vector<BackupInfo> newest_backups(os::Directory& base, tables::TableStore& tables);

/// The name of a table file's backup: "storage_history.duckdb.backup".
std::string backup_file(std::string_view table_file);

}  // namespace cfp::backup

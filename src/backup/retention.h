#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cfp/backup.h"
#include "os/file_system.h"
#include "tables/table_store.h"

namespace cfp::backup {

struct RetentionRule {
  std::string store_id;
  Date store_date;  ///< Of the running store: its directory is never touched.
  int retain_days;
  Timestamp::Micros now;
};

/// Which backups may go, the one with the lowest watermark first: those of the store that are older than `retain_days`
/// from the earlier of today and the store's date, while at least max(2, retain_days) newer ones can be read. None
/// while the clock is earlier than the newest one: then it cannot tell how old anything is.
/// `backups` as `find_backups` gives them.
std::vector<BackupInfo> expired_backups(const std::vector<BackupInfo>& backups, const RetentionRule& rule);

/// Whether the directory of that date is old enough to be removed once it is empty.
bool is_past(const Date& date, const RetentionRule& rule);

/// What retention did.
struct RetentionResult {
  std::vector<std::string> removed_backups;  ///< "2025-12-24/storage_history.duckdb.backup"
  std::vector<std::string> removed_directories;
};

/// Deletes the expired backups, each with the one of latest beside it, and date directories of the past that hold
/// nothing at all. Nothing else, whatever its name. May be killed at any step and is finished by the next run.
/// Throws std::system_error.
RetentionResult apply_retention(os::Directory& base, tables::TableStore& tables, const std::vector<BackupInfo>& backups,
                                const RetentionRule& rule);

}  // namespace cfp::backup

#include "backup/retention.h"

#include <algorithm>
#include <cstddef>
#include <system_error>

#include "backup/catalog.h"
#include "base/failpoint.h"
#include "base/mutant.h"
#include "model/layout.h"

namespace cfp::backup {
namespace {

constexpr std::size_t kNewerBackups = 2;  // one may be rotten

std::chrono::sys_days border_of(const RetentionRule& rule) {
  const auto today = std::chrono::floor<std::chrono::days>(rule.now);
  return std::min(today, std::chrono::sys_days(rule.store_date.day())) - std::chrono::days(rule.retain_days);
}

bool is_clock_behind(const std::vector<BackupInfo>& counted, const RetentionRule& rule) {
  return std::any_of(counted.begin(), counted.end(),
                     [&](const BackupInfo& backup) { return backup.made_at.utc() > rule.now; });
}

/// Removes the backup of latest beside one of history; one of another store stays.
void remove_latest(os::Directory& directory, tables::TableStore& tables, const RetentionRule& rule) {
  const std::string name = backup_file(model::kLatestFile);
  for (const os::DirectoryEntry& entry : directory.list()) {
    if (entry.name != name || entry.kind != os::EntryKind::file) continue;
    const auto meta = tables.read_meta(directory.path() / name, model::kLatestTable);
    if (!meta || meta->store_id == rule.store_id) directory.remove(name);
  }
}

void remove_empty_directories(os::Directory& base, const RetentionRule& rule, RetentionResult& result) {
  for (const os::DirectoryEntry& entry : base.list()) {
    const auto date = model::parse_date_directory(entry.name);
    if (!date || entry.kind != os::EntryKind::directory || !is_past(*date, rule)) continue;
    try {
      if (!base.open_directory(entry.name, false)->list().empty()) continue;
      CFP_FAILPOINT("retention.before_directory");
      base.remove_directory(entry.name);  // refuses one that is not empty
      result.removed_directories.push_back(entry.name);
    } catch (const std::system_error&) {
      continue;  // one that may not be entered is none of ours
    }
  }
  if (!result.removed_directories.empty()) base.sync();
}

}  // namespace

bool is_past(const Date& date, const RetentionRule& rule) {
  return date != rule.store_date && std::chrono::sys_days(date.day()) < border_of(rule);
}

std::vector<BackupInfo> expired_backups(const std::vector<BackupInfo>& backups, const RetentionRule& rule) {
  const std::vector<BackupInfo> counted = readable_backups_of(rule.store_id, backups);
  if (is_clock_behind(counted, rule)) return {};
  const std::size_t kept = CFP_MUTANT("retention_by_date_only")
                               ? 0
                               : std::max(kNewerBackups, static_cast<std::size_t>(std::max(0, rule.retain_days)));
  std::vector<BackupInfo> expired;
  for (std::size_t i = counted.size(); i > kept; --i) {
    if (is_past(counted[i - 1].date, rule)) expired.push_back(counted[i - 1]);
  }
  return expired;
}

RetentionResult apply_retention(os::Directory& base, tables::TableStore& tables, const std::vector<BackupInfo>& backups,
                                const RetentionRule& rule) {
  RetentionResult result;
  if (is_clock_behind(readable_backups_of(rule.store_id, backups), rule)) return result;
  for (const BackupInfo& backup : expired_backups(backups, rule)) {
    const std::string date = backup.date.to_string();
    const auto directory = base.open_directory(date, false);
    CFP_FAILPOINT("retention.before_removal");
    // Latest first: history is what makes the next run find the rest.
    remove_latest(*directory, tables, rule);
    CFP_FAILPOINT("retention.before_history");
    directory->remove(backup_file(model::kHistoryFile));
    directory->sync();
    result.removed_backups.push_back(date + "/" + backup_file(model::kHistoryFile));
  }
  remove_empty_directories(base, rule, result);
  return result;
}

}  // namespace cfp::backup
